//! One copy of the versions: blocks by key, and where they are.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use tenure_model::Timestamp;

use super::block::{self, Block, Numbers, ROWS};
use super::packed::PADDING;
use super::{IndexError, io_error};

/// Where a block begins, and between which instants a version of it can answer.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: u64,
    from: i64,
    to: i64,
}

/// A copy that can be read. The file has the blocks, then the number of the first block of each key
/// (one more at the end), then the places of the blocks (one more at the end), then how many keys
/// and blocks there are.
#[derive(Debug)]
pub(super) struct Keyed {
    path: PathBuf,
    file: File,
    firsts: Vec<u32>,
    places: Vec<Place>,
}

impl Keyed {
    pub(super) fn open(path: &Path) -> Result<Self, IndexError> {
        let failed = |e| io_error(path, e);
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let damaged = || IndexError::Damaged(path.to_owned());
        let mut tail = [0; 8];
        let tail_at = length.checked_sub(8).ok_or_else(damaged)?;
        file.read_exact_at(&mut tail, tail_at).map_err(failed)?;
        let (counts, _) = tail.as_chunks::<4>();
        let [keys, blocks] = [counts[0], counts[1]].map(|n| u64::from(u32::from_le_bytes(n)));
        let size = (keys + 1) * 4 + (blocks + 1) * 24;
        let at = tail_at.checked_sub(size).ok_or_else(damaged)?;
        let mut bytes = vec![0; usize::try_from(size).map_err(|_| damaged())?];
        file.read_exact_at(&mut bytes, at).map_err(failed)?;
        let (firsts, places) = bytes.split_at(usize::try_from((keys + 1) * 4).unwrap_or(0));
        let firsts: Vec<u32> =
            firsts.as_chunks::<4>().0.iter().map(|n| u32::from_le_bytes(*n)).collect();
        let places: Vec<Place> = places.as_chunks::<24>().0.iter().map(Place::parse).collect();
        let whole = firsts.is_sorted()
            && firsts.last().is_some_and(|last| u64::from(*last) == blocks)
            && places.is_sorted_by_key(|p| p.start)
            && places.last().is_some_and(|p| p.start <= at);
        if !whole {
            return Err(damaged());
        }
        Ok(Self { path: path.to_owned(), file, firsts, places })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Hands over the blocks of a key in which some version can answer. What lies between the first
    /// and the last of them is read at once.
    pub(super) fn blocks(
        &self,
        key: u32,
        at: Timestamp,
        mut take: impl FnMut(&Block<'_>),
    ) -> Result<(), IndexError> {
        let damaged = || IndexError::Damaged(self.path.clone());
        let key = key as usize;
        let (first, end) =
            self.firsts.get(key).zip(self.firsts.get(key + 1)).ok_or_else(damaged)?;
        let (first, end) = (*first as usize, *end as usize);
        let can = |n: &usize| {
            let place = &self.places[*n];
            place.from <= at.micros() && (place.to > at.micros() || place.to == i64::MAX)
        };
        let Some(first) = (first..end).find(can) else { return Ok(()) };
        let last = (first..end).rev().find(can).unwrap_or(first);
        let start = self.places[first].start;
        let length = usize::try_from(self.places[last + 1].start - start).map_err(|_| damaged())?;
        let mut bytes = vec![0; length + PADDING];
        self.file
            .read_exact_at(&mut bytes[..length], start)
            .map_err(|e| io_error(&self.path, e))?;
        for n in (first..=last).filter(can) {
            let from = usize::try_from(self.places[n].start - start).map_err(|_| damaged())?;
            let to = usize::try_from(self.places[n + 1].start - start).map_err(|_| damaged())?;
            take(&Block::parse(&bytes[from..], to - from).ok_or_else(damaged)?);
        }
        Ok(())
    }
}

impl Place {
    fn parse(bytes: &[u8; 24]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        Self {
            start: u64::from_le_bytes(words[0]),
            from: i64::from_le_bytes(words[1]),
            to: i64::from_le_bytes(words[2]),
        }
    }
}

/// Writes a copy, key by key.
pub(super) struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
    at: u64,
    firsts: Vec<u32>,
    places: Vec<Place>,
    buffer: Vec<u8>,
}

impl Writer {
    pub(super) fn create(path: &Path) -> Result<Self, IndexError> {
        let file = File::create(path).map_err(|e| io_error(path, e))?;
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::with_capacity(1 << 20, file),
            at: 0,
            firsts: Vec::new(),
            places: Vec::new(),
            buffer: Vec::new(),
        })
    }

    /// The versions of the next key, in order of their start.
    pub(super) fn key(&mut self, rows: &[Numbers]) -> Result<(), IndexError> {
        self.firsts.push(self.blocks());
        for rows in rows.chunks(ROWS) {
            let spans = || rows.iter().map(block::span);
            let from = spans().map(|(from, _)| from).min().unwrap_or(i64::MAX);
            let to = spans().map(|(_, to)| to).max().unwrap_or(i64::MIN);
            self.places.push(Place { start: self.at, from, to });
            self.buffer.clear();
            block::write(rows, &mut self.buffer);
            self.file.write_all(&self.buffer).map_err(|e| io_error(&self.path, e))?;
            self.at += self.buffer.len() as u64;
        }
        Ok(())
    }

    fn blocks(&self) -> u32 {
        u32::try_from(self.places.len()).expect("fewer blocks than versions")
    }

    pub(super) fn finish(mut self) -> Result<(), IndexError> {
        let (keys, blocks) = (self.firsts.len(), self.blocks());
        self.firsts.push(blocks);
        self.places.push(Place { start: self.at, from: i64::MAX, to: i64::MIN });
        self.foot(u32::try_from(keys).expect("ids are of 32 bits"), blocks)
            .map_err(|e| io_error(&self.path, e))
    }

    fn foot(&mut self, keys: u32, blocks: u32) -> io::Result<()> {
        for first in &self.firsts {
            self.file.write_all(&first.to_le_bytes())?;
        }
        for place in &self.places {
            self.file.write_all(&place.start.to_le_bytes())?;
            self.file.write_all(&place.from.to_le_bytes())?;
            self.file.write_all(&place.to.to_le_bytes())?;
        }
        self.file.write_all(&keys.to_le_bytes())?;
        self.file.write_all(&blocks.to_le_bytes())?;
        self.file.flush()
    }
}
