//! Rows on their way to their parts: written to a file without a name, part by part, in blocks.
//!
//! A row: the length and bytes of each of its texts, then its values, zigzag; all numbers in groups
//! of seven bits.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::IntervalsError;
use super::read::Rows;
use super::split::Splits;

/// All rows of a subject, to be read back part by part.
pub(super) struct Spill {
    file: File,
    directory: PathBuf,
    end: AtomicU64,
}

/// Where the blocks of each part and table lie: place and length.
pub(super) type Blocks = Vec<Vec<(u64, usize)>>;

impl Spill {
    pub(super) fn create(directory: &Path) -> Result<Self, IntervalsError> {
        let file =
            tempfile::tempfile_in(directory).map_err(|e| IntervalsError::io(directory, e))?;
        Ok(Self { file, directory: directory.to_owned(), end: AtomicU64::new(0) })
    }

    fn append(&self, block: &[u8]) -> Result<(u64, usize), IntervalsError> {
        let at = self.end.fetch_add(block.len() as u64, Ordering::Relaxed);
        self.file.write_all_at(block, at).map_err(|e| IntervalsError::io(&self.directory, e))?;
        Ok((at, block.len()))
    }

    /// The rows of one part and table.
    pub(super) fn read(&self, blocks: &[(u64, usize)]) -> Result<Vec<u8>, IntervalsError> {
        let mut bytes = vec![0; blocks.iter().map(|(_, length)| length).sum()];
        let mut reached = 0;
        for (at, length) in blocks {
            self.file
                .read_exact_at(&mut bytes[reached..reached + length], *at)
                .map_err(|e| IntervalsError::io(&self.directory, e))?;
            reached += length;
        }
        Ok(bytes)
    }
}

/// What one thread has not written yet.
pub(super) struct Scatter<'s> {
    spill: &'s Spill,
    splits: &'s Splits,
    tables: usize,
    most: usize,
    buffers: Vec<Vec<u8>>,
    blocks: Blocks,
    left_out: Vec<u64>,
}

impl<'s> Scatter<'s> {
    /// `memory`: how many bytes may wait.
    pub(super) fn new(spill: &'s Spill, splits: &'s Splits, tables: usize, memory: usize) -> Self {
        let places = splits.parts() * tables;
        let most = (memory / places).clamp(4 << 10, 64 << 10);
        let buffers = (0..places).map(|_| Vec::new()).collect();
        let (blocks, left_out) = (vec![Vec::new(); places], vec![0; tables]);
        Self { spill, splits, tables, most, buffers, blocks, left_out }
    }

    pub(super) fn push(&mut self, table: usize, rows: &Rows) -> Result<(), IntervalsError> {
        for row in 0..rows.len() {
            if !rows.is_whole(row) {
                self.left_out[table] += 1;
                continue;
            }
            let part = self.splits.part(rows.texts[0].value(row).as_bytes());
            let place = part * self.tables + table;
            let buffer = &mut self.buffers[place];
            for texts in &rows.texts {
                let text = texts.value(row).as_bytes();
                put(buffer, text.len() as u64);
                buffer.extend_from_slice(text);
            }
            for (values, _) in &rows.values {
                let value = Rows::value(values, row);
                put(buffer, ((value << 1) ^ (value >> 63)).cast_unsigned());
            }
            if buffer.len() >= self.most {
                self.blocks[place].push(self.spill.append(buffer)?);
                buffer.clear();
            }
        }
        Ok(())
    }

    /// Writes the rest; gives where everything lies, and how many rows of each table lacked
    /// something.
    pub(super) fn finish(mut self) -> Result<(Blocks, Vec<u64>), IntervalsError> {
        for (buffer, blocks) in self.buffers.iter().zip(&mut self.blocks) {
            if !buffer.is_empty() {
                blocks.push(self.spill.append(buffer)?);
            }
        }
        Ok((self.blocks, self.left_out))
    }
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Takes back what was put.
pub(super) struct Cursor<'b>(pub(super) &'b [u8]);

impl<'b> Cursor<'b> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn text(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }

    pub(super) fn value(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}
