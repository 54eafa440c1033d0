//! The text of a file, inflated when it is gzip.

use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// A larger file is no output of the AWS CLI that we read: an account holds at most 5,000 users.
const LARGEST: u64 = 512 * 1024 * 1024;
/// RFC 1952, section 2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A file.
pub(super) struct Found {
    /// The bytes as found.
    pub(super) raw: Vec<u8>,
    pub(super) gzip: bool,
    pub(super) text: String,
}

/// Reads a file; why not, for people.
pub(super) fn of_file(path: &Path) -> Result<Found, String> {
    let size = fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > LARGEST {
        return Err(format!("it has {size} bytes, more than {LARGEST}"));
    }
    let raw = fs::read(path).map_err(|e| e.to_string())?;
    let gzip = raw.starts_with(&GZIP_MAGIC);
    let mut bytes = Vec::new();
    if gzip {
        let mut inflated = MultiGzDecoder::new(raw.as_slice()).take(LARGEST + 1);
        inflated.read_to_end(&mut bytes).map_err(|e| format!("it is damaged gzip: {e}"))?;
        if bytes.len() as u64 > LARGEST {
            return Err(format!("it inflates to more than {LARGEST} bytes"));
        }
    } else {
        bytes.clone_from(&raw);
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("it is UTF-16".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let text = text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned);
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(Found { raw, gzip, text })
}
