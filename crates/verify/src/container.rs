//! The container of a pack: a ZIP file of which every byte follows from the names and the contents.
//!
//! Why our own few lines and not a ZIP library: the verifier re-encodes what it read and requires
//! the whole file to be equal, so nothing can hide between, before or after the files, and a pack
//! written today is byte-identical to one written by a later version of anybody's library.
//! Any unzip program opens it (APPNOTE 6.3: method 0 "stored", no ZIP64, no encryption).
//!
//! The rules: files sorted by name; stored; date 1980-01-01 00:00; flag bit 11 (UTF-8) set and
//! nothing else; no extra field, comment, attribute or directory; at most 65,534 files and 4 GiB.

mod crc32;
mod read;
mod write;

pub use read::Archive;
pub use write::{encode, encoded_len};

/// Longest name of a file in a pack.
pub const MAX_NAME: usize = 255;
/// Most files in a pack; one more would need ZIP64.
pub const MAX_FILES: usize = 65_534;
/// Most bytes in a pack; one more would need ZIP64.
pub const MAX_BYTES: u64 = 0xffff_fffe;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const LOCAL_LEN: usize = 30;
const CENTRAL_LEN: usize = 46;
const END_LEN: usize = 22;
/// What both kinds of header say of a file: version needed 1.0, bit 11, stored, 1980-01-01 00:00.
const FIXED: [u8; 10] = [10, 0, 0, 8, 0, 0, 0, 0, 0x21, 0];

/// Why bytes are not the container of a pack, or files cannot be put in one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ContainerError {
    /// The file ends before the structure does.
    #[error("the file is cut off: {what} should lie at byte {at}")]
    Truncated {
        /// What is missing.
        what: &'static str,
        /// Where it should be.
        at: u64,
    },
    /// A ZIP structure does not say what a pack's must.
    #[error(
        "no pack container: {what} at byte {at}; a pack must be handed on unchanged, never re-zipped"
    )]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Where.
        at: u64,
    },
    /// A name that no file of a pack may have.
    #[error("'{name}' cannot be the name of a file in a pack: {rule}")]
    Name {
        /// The name, made printable.
        name: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// Two files with one name, or files out of order.
    #[error("the files are not in strict order of their names at '{0}'")]
    Order(String),
    /// More than a ZIP without ZIP64 can hold.
    #[error("{what} is too large for a pack ({found}, at most {most}); disclose fewer records")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large.
        found: u64,
        /// The limit.
        most: u64,
    },
}

/// Checks a name: slash-separated parts of `A-Z a-z 0-9 . _ -`, none of them empty, `.` or `..`.
///
/// # Errors
/// When the name breaks a rule: such a file could land outside the folder it is unzipped to.
pub fn check_name(name: &str) -> Result<(), ContainerError> {
    let rule = if name.is_empty() || name.len() > MAX_NAME {
        "it must be 1 to 255 bytes long"
    } else if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b)) {
        "only A-Z, a-z, 0-9, '.', '_', '-' and '/' are allowed"
    } else if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        "no part of it may be empty, '.' or '..'"
    } else {
        return Ok(());
    };
    Err(ContainerError::Name { name: name.escape_default().to_string(), rule })
}
