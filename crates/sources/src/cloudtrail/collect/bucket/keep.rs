//! What was fetched and is not recorded yet. A collection that is killed finds it here and does not
//! fetch it again. Nothing here is evidence: bytes that do not match their digest are fetched anew.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::source::Payload;

use super::listing::Listed;

/// The metadata that users, and CloudTrail as one of them, give an object: by name.
pub(super) type Metadata = BTreeMap<String, String>;

/// An object as it was fetched.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) metadata: Metadata,
    pub(super) payload: Payload,
}

/// The directory of what was fetched.
#[derive(Clone, Debug)]
pub(super) struct Keep {
    dir: PathBuf,
}

/// Stands before the bytes of a small object, or for a large one.
#[derive(Serialize, Deserialize)]
struct Header {
    metadata: Metadata,
    /// Whether the bytes are in a file of their own.
    apart: bool,
}

impl Keep {
    pub(super) fn new(scratch: &Path) -> Self {
        Self { dir: scratch.join("objects") }
    }

    /// The file of an object. Another version of it is another file.
    fn file(&self, listed: &Listed) -> PathBuf {
        let mut hash = Sha256::new();
        for part in [listed.key.as_bytes(), listed.etag.as_bytes(), &listed.size.to_be_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let name = hex::encode(hash.finalize());
        self.dir.join(&name[..2]).join(&name[2..])
    }

    /// Where a large object is put together.
    pub(super) fn large(&self, listed: &Listed) -> io::Result<PathBuf> {
        let path = self.file(listed).with_extension("large");
        fs::create_dir_all(path.parent().unwrap_or(&self.dir))?;
        Ok(path)
    }

    /// What was kept of an object, if it is whole.
    pub(super) fn find(&self, listed: &Listed) -> Option<Fetched> {
        let kept = fs::read(self.file(listed)).ok()?;
        let (digest, rest) = kept.split_first_chunk::<32>()?;
        if *digest != <[u8; 32]>::from(Sha256::digest(rest)) {
            return None;
        }
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let header: Header = serde_json::from_slice(&rest[..end]).ok()?;
        let payload = if header.apart {
            let path = self.large(listed).ok()?;
            fs::metadata(&path).ok().filter(|file| file.len() == listed.size)?;
            Payload::File(path)
        } else {
            let bytes = &rest[end + 1..];
            (bytes.len() as u64 == listed.size).then(|| Payload::Bytes(bytes.to_vec()))?
        };
        Some(Fetched { metadata: header.metadata, payload })
    }

    /// Keeps an object. A large one lies in its file already.
    pub(super) fn put(&self, listed: &Listed, fetched: &Fetched) -> io::Result<()> {
        let apart = matches!(fetched.payload, Payload::File(_));
        let header = Header { metadata: fetched.metadata.clone(), apart };
        let mut rest = serde_json::to_vec(&header)?;
        rest.push(b'\n');
        if let Payload::Bytes(bytes) = &fetched.payload {
            rest.extend_from_slice(bytes);
        }
        let path = self.file(listed);
        fs::create_dir_all(path.parent().unwrap_or(&self.dir))?;
        let partial = path.with_extension("partial");
        let mut file = File::create(&partial)?;
        file.write_all(&Sha256::digest(&rest))?;
        file.write_all(&rest)?;
        drop(file);
        fs::rename(partial, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed() -> Listed {
        Listed { key: "a/b".to_owned(), size: 3, etag: "e".to_owned() }
    }

    #[test]
    fn what_is_kept_is_found_unless_it_is_damaged_or_of_another_version() {
        let dir = tempfile::tempdir().expect("a directory");
        let keep = Keep::new(dir.path());
        assert!(keep.find(&listed()).is_none());
        let metadata = Metadata::from([("signature".to_owned(), "ab".to_owned())]);
        let fetched =
            Fetched { metadata: metadata.clone(), payload: Payload::Bytes(b"a\nb".to_vec()) };
        keep.put(&listed(), &fetched).expect("kept");
        let found = keep.find(&listed()).expect("found");
        assert_eq!(found.metadata, metadata);
        assert_eq!(found.payload.bytes().expect("bytes").as_ref(), b"a\nb");
        assert!(keep.find(&Listed { etag: "f".to_owned(), ..listed() }).is_none());
        let path = keep.file(&listed());
        let mut bytes = fs::read(&path).expect("the file");
        for cut in 0..bytes.len() {
            fs::write(&path, &bytes[..cut]).expect("written");
            assert!(keep.find(&listed()).is_none(), "{cut}");
        }
        *bytes.last_mut().expect("a byte") ^= 1;
        fs::write(&path, &bytes).expect("written");
        assert!(keep.find(&listed()).is_none());
    }

    #[test]
    fn a_large_one_is_found_when_it_is_all_there() {
        let dir = tempfile::tempdir().expect("a directory");
        let keep = Keep::new(dir.path());
        let path = keep.large(&listed()).expect("a path");
        fs::write(&path, b"abc").expect("written");
        assert!(keep.find(&listed()).is_none(), "it may be incomplete");
        let fetched = Fetched { metadata: Metadata::new(), payload: Payload::File(path.clone()) };
        keep.put(&listed(), &fetched).expect("kept");
        assert!(
            matches!(keep.find(&listed()).expect("found").payload, Payload::File(p) if p == path)
        );
        fs::write(&path, b"ab").expect("written");
        assert!(keep.find(&listed()).is_none());
    }
}
