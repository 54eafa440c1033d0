//! A part: all rows of a range of keys, as one file.
//!
//! A mark, the number of sections, and for each of them its name, its rows and its length; then the
//! sections. Texts (keys, and second keys) are a column of their ends and their bytes; a table is a
//! column of how many rows each key has, one of second keys if it has them, and one for each value.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::IntervalsError;
use super::column::{decode, encode};

const MARK: &[u8; 8] = b"TENUREi1";
const ENTRY: usize = 20;
const MOST_SECTIONS: u32 = 64;

/// What a section holds. Columns of a table: how many rows each key has, second keys, values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Section {
    KeyEnds,
    KeyBytes,
    SecondEnds,
    SecondBytes,
    Counts(usize),
    Seconds(usize),
    Value(usize, usize),
}

impl Section {
    fn tag(self) -> u32 {
        let of = |table: usize, column: usize| u32::try_from(16 * (table + 1) + column);
        match self {
            Self::KeyEnds => Ok(0),
            Self::KeyBytes => Ok(1),
            Self::SecondEnds => Ok(2),
            Self::SecondBytes => Ok(3),
            Self::Counts(table) => of(table, 0),
            Self::Seconds(table) => of(table, 1),
            Self::Value(table, column) => of(table, 2 + column),
        }
        .unwrap_or(u32::MAX)
    }
}

/// A part that is being put together.
#[derive(Default)]
pub(super) struct PartWriter {
    sections: Vec<(Section, usize, Vec<u8>)>,
}

impl PartWriter {
    pub(super) fn column(&mut self, section: Section, values: &[i64]) {
        let mut bytes = Vec::new();
        encode(values, &mut bytes);
        self.sections.push((section, values.len(), bytes));
    }

    pub(super) fn texts(&mut self, ends: Section, bytes: Section, texts: &[&[u8]]) {
        let mut reached = 0;
        let of: Vec<i64> = texts
            .iter()
            .map(|text| {
                reached += text.len() as i64;
                reached
            })
            .collect();
        self.column(ends, &of);
        self.sections.push((bytes, texts.len(), texts.concat()));
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), IntervalsError> {
        let mut bytes = MARK.to_vec();
        bytes.extend_from_slice(&(self.sections.len() as u32).to_le_bytes());
        for (section, rows, of) in &self.sections {
            bytes.extend_from_slice(&section.tag().to_le_bytes());
            bytes.extend_from_slice(&(*rows as u64).to_le_bytes());
            bytes.extend_from_slice(&(of.len() as u64).to_le_bytes());
        }
        for (_, _, of) in &self.sections {
            bytes.extend_from_slice(of);
        }
        std::fs::write(path, bytes).map_err(|e| IntervalsError::io(path, e))
    }
}

/// An open part. Only the sections that are asked for are read.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    /// Name, rows, place, length.
    sections: Vec<(u32, usize, u64, usize)>,
}

impl Part {
    pub(super) fn open(path: &Path) -> Result<Self, IntervalsError> {
        let file = File::open(path).map_err(|e| IntervalsError::io(path, e))?;
        let length = file.metadata().map_err(|e| IntervalsError::io(path, e))?.len();
        let mut part = Self { file, path: path.to_owned(), sections: Vec::new() };
        let mut head = [0; 12];
        part.read_at(&mut head, 0)?;
        let [count] = head[8..].as_chunks::<4>().0 else { return Err(part.damaged("no head")) };
        let count = u32::from_le_bytes(*count);
        if head[..8] != *MARK || count > MOST_SECTIONS {
            return Err(part.damaged("not a part of a store"));
        }
        let mut entries = vec![0; count as usize * ENTRY];
        part.read_at(&mut entries, 12)?;
        let mut place = 12 + entries.len() as u64;
        for entry in entries.as_chunks::<ENTRY>().0 {
            let number = |at: usize| {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(&entry[at..at + 8]);
                u64::from_le_bytes(bytes)
            };
            let (rows, size) = (number(4), number(12));
            if size > length.saturating_sub(place) {
                return Err(part.damaged("it is cut short"));
            }
            let tag = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
            let whole = |number| usize::try_from(number).unwrap_or(usize::MAX);
            part.sections.push((tag, whole(rows), place, whole(size)));
            place += size;
        }
        Ok(part)
    }

    /// Reads a section into a buffer, which is cleared first; gives its rows.
    fn section(&self, section: Section, bytes: &mut Vec<u8>) -> Result<usize, IntervalsError> {
        let tag = section.tag();
        let Some((_, rows, place, size)) = self.sections.iter().find(|s| s.0 == tag) else {
            return Err(self.damaged(format!("there is no section {section:?}")));
        };
        bytes.clear();
        bytes.resize(*size, 0);
        self.read_at(bytes, *place)?;
        Ok(*rows)
    }

    /// How many rows a section has; `None` when there is no such section.
    pub(super) fn rows(&self, section: Section) -> Option<usize> {
        let tag = section.tag();
        self.sections.iter().find(|s| s.0 == tag).map(|s| s.1)
    }

    /// Reads a column into a buffer, by way of another.
    pub(super) fn column(
        &self,
        section: Section,
        bytes: &mut Vec<u8>,
        values: &mut Vec<i64>,
    ) -> Result<(), IntervalsError> {
        let rows = self.section(section, bytes)?;
        decode(bytes, rows, values)
            .ok_or_else(|| self.damaged(format!("section {section:?} is no column")))
    }

    /// Reads texts into a buffer, with the end of each of them.
    pub(super) fn texts(
        &self,
        (ends, bytes): (Section, Section),
        text: &mut Texts,
    ) -> Result<(), IntervalsError> {
        let mut buffer = std::mem::take(&mut text.text).into_bytes();
        self.column(ends, &mut buffer, &mut text.ends)?;
        self.section(bytes, &mut buffer)?;
        text.text =
            String::from_utf8(buffer).map_err(|_| self.damaged("its texts are no texts"))?;
        let inside =
            |end: &i64| usize::try_from(*end).is_ok_and(|end| text.text.is_char_boundary(end));
        if !text.ends.is_sorted() || !text.ends.iter().all(inside) {
            return Err(self.damaged("its texts are no texts"));
        }
        Ok(())
    }

    pub(super) fn damaged(&self, cause: impl Into<String>) -> IntervalsError {
        IntervalsError::damaged(&self.path, cause)
    }

    fn read_at(&self, bytes: &mut [u8], place: u64) -> Result<(), IntervalsError> {
        self.file.read_exact_at(bytes, place).map_err(|e| match e.kind() {
            std::io::ErrorKind::UnexpectedEof => self.damaged("it is cut short"),
            _ => IntervalsError::io(&self.path, e),
        })
    }
}

/// Texts one behind the other.
#[derive(Default)]
pub(super) struct Texts {
    text: String,
    ends: Vec<i64>,
}

impl Texts {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A text; empty where there is none.
    pub(super) fn get(&self, index: usize) -> &str {
        let end = |index: usize| self.ends.get(index).map_or(0, |end| *end as usize);
        let start = index.checked_sub(1).map_or(0, end);
        self.text.get(start..end(index)).unwrap_or_default()
    }
}
