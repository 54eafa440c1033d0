//! The listings in a directory, and their bytes.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use libdeflater::{Crc, Decompressor};
use memchr::memmem;
use serde::{Deserialize, Serialize};
use tenure_model::Timestamp;

use super::HistoryError;
use super::text::Text;

/// A file that lists everything held, one JSON object a line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Listing {
    /// The file's name.
    pub name: String,
    /// Its day, in days since 1970-01-01.
    pub day: i32,
    /// Its length.
    pub bytes: u64,
    /// Its last eight bytes: of a gzip file, checksum and length of what is in it (RFC 1952).
    pub tail: u64,
}

/// No deflate stream grows more than this: a longer length is a lie.
const MOST_RATIO: usize = 1032;

/// The listings of a directory by day. Other files are none of them.
pub(super) fn find(dir: &Path) -> Result<Vec<Listing>, HistoryError> {
    let failed = |source| HistoryError::Io { path: dir.to_owned(), source };
    let mut found: Vec<Listing> = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let Some(day) = day_of(name) else { continue };
        let (bytes, tail) =
            mark(&path).map_err(|source| HistoryError::Io { path: path.clone(), source })?;
        found.push(Listing { name: name.to_owned(), day, bytes, tail });
    }
    found.sort_by(|a, b| (a.day, &a.name).cmp(&(b.day, &b.name)));
    if let Some([first, second]) = found.array_windows().find(|[a, b]| a.day == b.day) {
        let (first, second) = (first.name.clone(), second.name.clone());
        return Err(HistoryError::SameDay { first, second });
    }
    if found.is_empty() {
        return Err(HistoryError::NoListing(dir.to_owned()));
    }
    Ok(found)
}

fn day_of(name: &str) -> Option<i32> {
    let date = name.strip_suffix(".gz").unwrap_or(name).strip_suffix(".jsonl")?;
    if date.len() != 10 {
        return None;
    }
    let at = Timestamp::parse_or_date(date).ok()?;
    i32::try_from(at.micros().div_euclid(Timestamp::DAY)).ok()
}

fn mark(path: &Path) -> io::Result<(u64, u64)> {
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut tail = [0; 8];
    let n = bytes.min(8);
    file.seek(SeekFrom::Start(bytes - n))?;
    file.read_exact(&mut tail[..usize::try_from(n).unwrap_or(8)])?;
    Ok((bytes, u64::from_le_bytes(tail)))
}

/// Reads listings, inflating them into memory that is used again: fresh memory costs as much as
/// inflating into it.
pub(super) struct Reader {
    raw: Text,
    decompressor: Decompressor,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self { raw: Text::default(), decompressor: Decompressor::new() }
    }

    /// The text of a listing, in the given memory; what is wrong with it if it cannot be had whole.
    pub(super) fn read(&mut self, path: &Path, mut text: Text) -> Result<Text, String> {
        self.raw.read(path).map_err(|e| format!("the file cannot be read: {e}"))?;
        text.clear();
        if !self.raw.starts_with(&[0x1f, 0x8b]) {
            text.extend_from_slice(&self.raw);
            return Ok(text);
        }
        if self.whole(&mut text).is_some() {
            return Ok(text);
        }
        let mut inflated = Vec::new();
        MultiGzDecoder::new(&self.raw[..])
            .read_to_end(&mut inflated)
            .map_err(|e| format!("the gzip data are damaged or end too early: {e}"))?;
        Ok(inflated.into())
    }

    /// Inflates at once, several times faster. Only a single member that ends exactly where the
    /// bytes end is taken: its checksum and length must be the last ones, and the only ones, since
    /// the same may be there twice.
    fn whole(&mut self, text: &mut Text) -> Option<()> {
        let (data, trailer) = self.raw.split_last_chunk::<8>()?;
        if memmem::find(&self.raw, trailer) != Some(data.len()) {
            return None;
        }
        let (checksum, size) = trailer.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_le_bytes(*size.first_chunk()?)).ok()?;
        if size / MOST_RATIO > self.raw.len() {
            return None;
        }
        text.resize(size);
        let n = self.decompressor.gzip_decompress(&self.raw, text).ok()?;
        let mut crc = Crc::new();
        crc.update(text);
        (n == size && crc.sum() == u32::from_le_bytes(*checksum)).then_some(())
    }
}
