//! The bytes of an object, inflated as one gzip member with nothing behind it, or plain. Stricter
//! than reading: what stands after the member is hashed by no digest, so nothing may stand there.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use sha2::{Digest as _, Sha256};
use tenure_blobs::BlobStore;
use tenure_model::digest::Digest;

use super::super::inflate::is_gzip;

/// Why an object has no hash that could be compared.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Unhashed {
    /// Something was appended.
    #[error("there are bytes after the end of the gzip data")]
    Trailing,
    /// It was cut off or damaged.
    #[error("the gzip data are cut off or damaged: {0}")]
    Damaged(String),
    /// More bytes than allowed.
    #[error("it has more than {0} bytes when inflated")]
    TooLarge(u64),
    /// The store does not have it any more.
    #[error("its bytes cannot be read back: {0}")]
    Unreadable(String),
}

/// SHA-256 of a stored object's inflated bytes.
pub(super) fn hash(blobs: &BlobStore, blob: &Digest, most: u64) -> Result<Digest, Unhashed> {
    let mut hash = Sha256::new();
    inflate(blobs, blob, most, |bytes| hash.update(bytes))?;
    Ok(Digest(hash.finalize().into()))
}

/// A stored object's inflated bytes.
pub(super) fn bytes(blobs: &BlobStore, blob: &Digest, most: u64) -> Result<Vec<u8>, Unhashed> {
    let mut all = Vec::new();
    inflate(blobs, blob, most, |bytes| all.extend_from_slice(bytes))?;
    Ok(all)
}

fn inflate(
    blobs: &BlobStore,
    blob: &Digest,
    most: u64,
    mut take: impl FnMut(&[u8]),
) -> Result<(), Unhashed> {
    let unreadable = |e: &dyn std::fmt::Display| Unhashed::Unreadable(e.to_string());
    let stored = blobs.open_blob(blob).map_err(|e| unreadable(&e))?;
    let mut stored = BufReader::with_capacity(64 * 1024, stored);
    let head = stored.fill_buf().map_err(|e| unreadable(&e))?;
    if !is_gzip(head) {
        return copy(stored, most, &mut take).map(|_| ());
    }
    let mut rest = copy(GzDecoder::new(stored), most, &mut take)?.into_inner();
    // Reading to the end also checks that these are the bytes that were stored.
    let left = io::copy(&mut rest, &mut io::sink()).map_err(|e| unreadable(&e))?;
    if left > 0 { Err(Unhashed::Trailing) } else { Ok(()) }
}

fn copy<R: Read>(mut from: R, most: u64, take: &mut impl FnMut(&[u8])) -> Result<R, Unhashed> {
    let mut buffer = vec![0; 64 * 1024];
    let mut left = most;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(from),
            Ok(n) => {
                left = left.checked_sub(n as u64).ok_or(Unhashed::TooLarge(most))?;
                take(&buffer[..n]);
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Unhashed::Damaged(e.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory takes bytes");
        encoder.finish().expect("memory takes bytes")
    }

    fn hash_of(object: &[u8]) -> Result<Digest, Unhashed> {
        let dir = tempfile::TempDir::new().expect("a directory");
        let blobs = BlobStore::open(dir.path()).expect("a store");
        let blob = blobs.put(object).expect("stored");
        hash(&blobs, &blob, 1_000)
    }

    #[test]
    fn one_member_or_plain_bytes() {
        let expected = Ok(Digest(Sha256::digest(b"abc").into()));
        assert_eq!(hash_of(b"abc"), expected);
        assert_eq!(hash_of(&gzip(b"abc")), expected);
    }

    #[test]
    fn nothing_may_follow_the_member() {
        let (one, two) = (gzip(b"abc"), gzip(b"def"));
        assert_eq!(hash_of(&[&one[..], b"x"].concat()), Err(Unhashed::Trailing));
        assert_eq!(hash_of(&[&one[..], b"\0"].concat()), Err(Unhashed::Trailing));
        assert_eq!(hash_of(&[one, two].concat()), Err(Unhashed::Trailing), "a second member");
    }

    #[test]
    fn what_is_cut_off_or_too_large_has_no_hash() {
        let object = gzip(b"abc");
        assert!(matches!(hash_of(&object[..object.len() - 3]), Err(Unhashed::Damaged(_))));
        assert_eq!(hash_of(&gzip(&[7; 2_000])), Err(Unhashed::TooLarge(1_000)));
    }

    #[test]
    fn an_object_that_is_gone_has_no_hash() {
        let dir = tempfile::TempDir::new().expect("a directory");
        let blobs = BlobStore::open(dir.path()).expect("a store");
        let gone = hash(&blobs, &Digest([1; 32]), 10);
        assert!(matches!(gone, Err(Unhashed::Unreadable(_))), "{gone:?}");
    }
}
