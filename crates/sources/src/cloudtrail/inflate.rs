//! The bytes of an object, inflated when they are gzip, and never more of them than allowed.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use libdeflater::{Crc, Decompressor};
use memchr::memmem;

use crate::source::Payload;

/// Inflated objects up to this size are inflated at once, which is several times faster.
const AT_ONCE: u64 = 64 * 1024 * 1024;
/// Below this size no ratio is suspicious.
const FREE_OF_RATIO: u64 = 16 * 1024 * 1024;
/// Real log objects shrink to a twentieth, seldom to a fiftieth.
const MOST_RATIO: u64 = 200;
/// RFC 1952, section 2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Why the bytes end before the object does. Travels inside an [`io::Error`].
#[derive(Clone, Debug, thiserror::Error)]
#[error("{cause}")]
pub(crate) struct Stop {
    pub(crate) cause: String,
    pub(crate) hint: String,
}

impl Stop {
    pub(super) fn new(cause: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { cause: cause.into(), hint: hint.into() }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        let kind = error.kind();
        match error.downcast::<Self>() {
            Ok(stop) => stop,
            Err(_) if kind == io::ErrorKind::UnexpectedEof => {
                Self::new("the gzip data end too early", "fetch the object again: it is cut off")
            }
            Err(error) => Self::new(
                format!("the bytes cannot be read: {error}"),
                "fetch the object again: it is damaged",
            ),
        }
    }
}

/// Whether the bytes begin as gzip does.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&GZIP_MAGIC)
}

/// The object's bytes one after another, inflated if need be.
pub(crate) fn open(payload: &Payload, most: u64) -> Result<Box<dyn Read + '_>, Stop> {
    match payload {
        Payload::Bytes(bytes) if is_gzip(bytes) => {
            let limit = Limit::of_gzip(most, bytes.len() as u64);
            Ok(Box::new(Inflate::new(bytes.as_slice(), limit)))
        }
        Payload::Bytes(bytes) => Ok(Box::new(Capped::new(bytes.as_slice(), Limit::plain(most)))),
        Payload::File(path) => {
            let file = File::open(path)?;
            let bytes = file.metadata()?.len();
            let mut file = BufReader::with_capacity(256 * 1024, file);
            if is_gzip(file.fill_buf()?) {
                return Ok(Box::new(Inflate::new(file, Limit::of_gzip(most, bytes))));
            }
            Ok(Box::new(Capped::new(file, Limit::plain(most))))
        }
    }
}

/// How many bytes an object may have, and what to say when it has more.
#[derive(Clone, Copy)]
struct Limit {
    bytes: u64,
    by_ratio: bool,
}

impl Limit {
    const fn plain(most: u64) -> Self {
        Self { bytes: most, by_ratio: false }
    }

    fn of_gzip(most: u64, compressed: u64) -> Self {
        let by_ratio = compressed.saturating_mul(MOST_RATIO).max(FREE_OF_RATIO);
        if by_ratio < most { Self { bytes: by_ratio, by_ratio: true } } else { Self::plain(most) }
    }

    fn exceeded(self) -> io::Error {
        let stop = if self.by_ratio {
            Stop::new(
                format!("the object inflates to more than {MOST_RATIO} times its size"),
                "no log object does that: look where it comes from; if it is genuine, inflate it before collecting",
            )
        } else {
            Stop::new(
                format!("the object has more than {} bytes when inflated", self.bytes),
                "raise the setting max-object-bytes if the object is genuine",
            )
        };
        io::Error::other(stop)
    }
}

thread_local! {
    /// Each worker inflates into the same memory again and again: fresh memory costs more than
    /// inflating into it.
    static INFLATER: RefCell<Inflater> = RefCell::new(Inflater::default());
}

struct Inflater {
    decompressor: Decompressor,
    buffer: Vec<u8>,
}

impl Default for Inflater {
    fn default() -> Self {
        Self { decompressor: Decompressor::new(), buffer: Vec::new() }
    }
}

/// Hands over the whole object at once; `None` when that is not possible, whatever the reason.
pub(super) fn whole<T>(payload: &Payload, most: u64, take: impl FnOnce(&[u8]) -> T) -> Option<T> {
    let Payload::Bytes(bytes) = payload else { return None };
    if !is_gzip(bytes) {
        return (bytes.len() as u64 <= most.min(AT_ONCE)).then(|| take(bytes));
    }
    let limit = Limit::of_gzip(most, bytes.len() as u64);
    INFLATER.with_borrow_mut(|inflater| inflater.inflate(bytes, limit.bytes).map(take))
}

impl Inflater {
    /// Only a single member that ends exactly where the bytes end is taken: its checksum and size
    /// must be the last ones, and the only ones, since the same may be there twice.
    fn inflate(&mut self, bytes: &[u8], limit: u64) -> Option<&[u8]> {
        let (data, trailer) = bytes.split_last_chunk::<8>()?;
        let (checksum, size) = trailer.split_first_chunk::<4>()?;
        // A member of this size ends with it: if it is there once only, that is where it ends, and
        // libdeflate compares its checksum. Else checksum and size together must be there once.
        let once = memmem::find(bytes, size) == Some(data.len() + 4);
        if !once && memmem::find(bytes, trailer) != Some(data.len()) {
            return None;
        }
        let length = u64::from(u32::from_le_bytes(*size.first_chunk::<4>()?));
        if length > limit.min(AT_ONCE) {
            return None;
        }
        let length = usize::try_from(length).ok()?;
        if self.buffer.len() < length {
            self.buffer.resize(length, 0);
        }
        let inflated = &mut self.buffer[..length];
        let n = self.decompressor.gzip_decompress(bytes, inflated).ok()?;
        (n == length && (once || checksum_of(inflated) == *checksum)).then_some(inflated)
    }
}

fn checksum_of(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

/// Gzip members one after another (RFC 1952, section 2.2), bounded.
struct Inflate<R> {
    member: Option<GzDecoder<R>>,
    limit: Limit,
    left: u64,
}

impl<R: BufRead> Inflate<R> {
    fn new(reader: R, limit: Limit) -> Self {
        Self { member: Some(GzDecoder::new(reader)), limit, left: limit.bytes }
    }
}

impl<R: BufRead> Read for Inflate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(mut member) = self.member.take() {
            let n = member.read(buffer)?;
            if n > 0 || buffer.is_empty() {
                self.member = Some(member);
                self.left = self.left.checked_sub(n as u64).ok_or_else(|| self.limit.exceeded())?;
                return Ok(n);
            }
            let mut rest = member.into_inner();
            let next = rest.fill_buf()?;
            if is_gzip(next) {
                self.member = Some(GzDecoder::new(rest));
            } else if !next.is_empty() {
                return Err(io::Error::other(Stop::new(
                    "there are bytes after the end of the gzip data",
                    "fetch the object again: something was appended to it",
                )));
            }
        }
        Ok(0)
    }
}

/// Plain bytes, bounded.
struct Capped<R> {
    reader: R,
    limit: Limit,
    left: u64,
}

impl<R: Read> Capped<R> {
    fn new(reader: R, limit: Limit) -> Self {
        Self { reader, limit, left: limit.bytes }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.left = self.left.checked_sub(n as u64).ok_or_else(|| self.limit.exceeded())?;
        Ok(n)
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

    fn at_once(bytes: Vec<u8>) -> Option<Vec<u8>> {
        whole(&Payload::Bytes(bytes), 1_000, <[u8]>::to_vec)
    }

    #[test]
    fn one_member_is_inflated_at_once() {
        assert_eq!(at_once(gzip(b"abc")), Some(b"abc".to_vec()));
        assert_eq!(at_once(b"abc".to_vec()), Some(b"abc".to_vec()));
    }

    #[test]
    fn a_member_that_is_there_twice_is_no_single_one() {
        let member = gzip(b"abc");
        assert_eq!(at_once(member.repeat(2)), None);
        let (data, trailer) = member.split_at(member.len() - 8);
        assert_eq!(at_once([data, trailer, b"appended", trailer].concat()), None);
        // The size alone may be there twice, by chance or because another follows.
        let size = &trailer[4..];
        assert_eq!(at_once([data, trailer, b"appended", size].concat()), None);
        let zeros = gzip(&[0; 3]);
        assert_eq!(at_once(zeros.clone()), Some(vec![0; 3]));
        let mut wrong = zeros;
        let checksum = wrong.len() - 8;
        wrong[checksum] ^= 1;
        assert_eq!(at_once(wrong), None);
        let mut all = Vec::new();
        let twice = Payload::Bytes(member.repeat(2));
        open(&twice, 1_000).expect("gzip").read_to_end(&mut all).expect("two members");
        assert_eq!(all, b"abcabc");
    }
}
