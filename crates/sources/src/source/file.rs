//! Files of a source that are read when their turn comes.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{Artifact, Payload};

/// What to do about a file that cannot be read.
pub const UNREADABLE_HINT: &str = "check its permissions";

/// Files up to this size are read into memory.
const IN_MEMORY: u64 = 8 * 1024 * 1024;

/// Memory of so many files is kept by each thread …
const KEPT: usize = 2;
/// … if they are of this size: less is had quickly, and more is too much to keep.
const WORTH_KEEPING: std::ops::RangeInclusive<usize> = 64 * 1024..=2 * 1024 * 1024;

thread_local! {
    /// Memory that files were read into: fresh memory has to be cleared before.
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A file of the source that becomes an artifact.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The artifact's name at the source, unique within the source.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size when it was found.
    pub bytes: u64,
    /// Tells what the bytes are, for people.
    pub media_type: fn(&Payload) -> &'static str,
    /// Whether the digest of its content will be asked for, so that a reader that has the content
    /// at hand should take it; see [`crate::records::Records::content_hash_wanted`].
    pub content_hash_wanted: bool,
}

impl SourceFile {
    /// The artifact: small files in memory.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(self) -> io::Result<Artifact> {
        let payload = if self.bytes > IN_MEMORY {
            Payload::File(self.path)
        } else {
            Payload::Bytes(read_sized(&self.path, self.bytes as usize)?)
        };
        let media_type = (self.media_type)(&payload);
        Ok(Artifact { name: self.name, media_type, payload })
    }
}

/// Takes memory that nobody needs any more, for the next file of this thread.
pub(crate) fn give_back(payload: Payload) {
    if let Payload::Bytes(bytes) = payload
        && WORTH_KEEPING.contains(&bytes.len())
    {
        SPARE.with_borrow_mut(|spare| {
            if spare.len() < KEPT {
                spare.push(bytes);
            }
        });
    }
}

/// Memory of so many bytes, whatever they are.
fn memory(size: usize) -> Vec<u8> {
    if !WORTH_KEEPING.contains(&size) {
        return vec![0; size];
    }
    let spare = SPARE.with_borrow_mut(Vec::pop).filter(|spare| size <= spare.capacity());
    // Room for files that are a bit larger.
    let mut bytes = spare.unwrap_or_else(|| vec![0; (size + size / 4).next_multiple_of(4096)]);
    bytes.resize(size, 0);
    bytes
}

/// Reads a file that had this size when it was found: where it still has, one call is enough.
fn read_sized(path: &Path, size: usize) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    // One byte more tells a file that has grown.
    let mut bytes = memory(size + 1);
    let mut filled = 0;
    loop {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
        if filled > size {
            file.read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        if filled == size {
            break; // A file gives less than was asked for only at its end.
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn read(found: u64, now: &[u8]) -> io::Result<Vec<u8>> {
        let dir = tempfile::TempDir::new()?;
        let path = dir.path().join("object.json");
        std::fs::write(&path, now)?;
        let media_type = |_: &Payload| "application/json";
        let name = "object.json".to_owned();
        let content_hash_wanted = false;
        let file = SourceFile { name, path, bytes: found, media_type, content_hash_wanted };
        file.read()?.payload.bytes().map(Cow::into_owned)
    }

    #[test]
    fn a_file_is_read_as_it_is_whatever_its_size_was() {
        for now in [&b""[..], b"a", b"abc", &[b'x'; 70_000]] {
            for found in [0, 1, 2, 3, 4, 100, 69_999, 70_000, 70_001] {
                assert_eq!(read(found, now).expect("a file"), now, "{found} bytes were found");
                give_back(Payload::Bytes(vec![b'y'; 69_000]));
                give_back(Payload::Bytes(vec![b'z'; 90_000]));
            }
        }
    }
}
