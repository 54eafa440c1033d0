//! Columns of a row group to pages.

use parquet::basic::{Encoding, ZstdLevel};
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;
use tenure_model::usage::{TextId, Texts};
use zstd::bulk::Compressor;

use super::encoding::{bits, delta, same};
use super::{Chunk, Coded, PAGE, Pages};

/// The code of no text.
pub(crate) const NONE: u32 = u32::MAX;

/// Encodes columns; one for each thread.
pub(crate) struct Encoder {
    pub(crate) zstd: Compressor<'static>,
    /// By text id, the text's code in the column at hand and one more; 0 = not met yet.
    codes: Vec<u32>,
}

/// Texts by their number in a column.
pub(crate) struct Numbered {
    /// Of each row, or [`NONE`].
    pub(crate) codes: Vec<u32>,
    /// By number.
    pub(crate) met: Vec<TextId>,
}

impl Encoder {
    pub(crate) fn new() -> Self {
        let zstd = Compressor::new(ZstdLevel::default().compression_level());
        Self { zstd: zstd.expect("a level that zstd has"), codes: Vec::new() }
    }

    /// One text in every row.
    pub(crate) fn constant(
        &mut self,
        column: ColumnDescPtr,
        text: &str,
        rows: usize,
    ) -> Result<Chunk> {
        let mut pages = Pages::new(column, Encoding::RLE_DICTIONARY);
        pages.dictionary([text].into_iter());
        for (_, rows) in pages_of(rows) {
            pages.page(rows, None, None, |out| {
                out.push(0);
                same(0, 0, rows, out);
            });
        }
        pages.close(&mut self.zstd)
    }

    /// Texts; those that repeat are written once.
    pub(crate) fn texts(
        &mut self,
        column: ColumnDescPtr,
        ids: &[TextId],
        texts: &Texts,
    ) -> Result<Chunk> {
        let Numbered { codes, met } = self.numbered(ids, texts);
        let said = codes.iter().filter(|code| **code != NONE).count();
        let text = |id: TextId| texts.get(id).unwrap_or_default();
        if met.len() <= said / 2 {
            return self.coded(column, &codes, met.iter().map(|id| text(*id)));
        }
        self.strings(column, ids.len(), |row, out| {
            out.extend_from_slice(text(ids[row]).as_bytes());
            !ids[row].is_none()
        })
    }

    /// Numbers texts as they first occur.
    pub(crate) fn numbered(&mut self, ids: &[TextId], texts: &Texts) -> Numbered {
        self.codes.resize(self.codes.len().max(texts.len() + 1), 0);
        let mut met = Vec::new();
        let code_of = |id: &TextId| {
            if id.is_none() {
                return NONE;
            }
            let code = &mut self.codes[id.0 as usize];
            if *code == 0 {
                met.push(*id);
                *code = u32::try_from(met.len()).expect("fewer texts than rows");
            }
            *code - 1
        };
        let codes = ids.iter().map(code_of).collect();
        for id in &met {
            self.codes[id.0 as usize] = 0;
        }
        Numbered { codes, met }
    }

    /// Texts by their codes, which number the dictionary.
    pub(crate) fn coded<'t>(
        &mut self,
        column: ColumnDescPtr,
        codes: &[u32],
        dictionary: impl ExactSizeIterator<Item = &'t str>,
    ) -> Result<Chunk> {
        let mut coded = Coded::new(column, dictionary);
        for codes in codes.chunks(PAGE) {
            coded.page(codes);
        }
        coded.close(&mut self.zstd)
    }

    /// Texts one after another: `write` adds the text of a row and tells whether there is one.
    pub(crate) fn strings(
        &mut self,
        column: ColumnDescPtr,
        rows: usize,
        mut write: impl FnMut(usize, &mut Vec<u8>) -> bool,
    ) -> Result<Chunk> {
        let mut pages = Pages::new(column, Encoding::DELTA_LENGTH_BYTE_ARRAY);
        let (mut bytes, mut lengths, mut said) = (Vec::new(), Vec::new(), Vec::new());
        for (first, rows) in pages_of(rows) {
            bytes.clear();
            lengths.clear();
            said.clear();
            for row in first..first + rows {
                let before = bytes.len();
                said.push(write(row, &mut bytes));
                if said.last() == Some(&true) {
                    lengths.push((bytes.len() - before) as i64);
                }
            }
            let present = presence(lengths.len() == rows, said.iter().copied());
            pages.page(rows, present.as_deref(), None, |out| {
                out.reserve(bytes.len() + lengths.len() / 4);
                delta(&lengths, out);
                out.extend_from_slice(&bytes);
            });
        }
        pages.close(&mut self.zstd)
    }

    /// Numbers and instants; with their bounds where they ascend.
    pub(crate) fn numbers(
        &mut self,
        column: ColumnDescPtr,
        values: &[i64],
        ascend: bool,
    ) -> Result<Chunk> {
        let mut pages = Pages::new(column, Encoding::DELTA_BINARY_PACKED);
        for values in values.chunks(PAGE) {
            let ends = values.first().copied().zip(values.last().copied());
            pages.page(values.len(), None, ends.filter(|_| ascend), |out| delta(values, out));
        }
        pages.close(&mut self.zstd)
    }

    /// Yes, no, or nothing said.
    pub(crate) fn flags(
        &mut self,
        column: ColumnDescPtr,
        values: &[Option<bool>],
    ) -> Result<Chunk> {
        let mut pages = Pages::new(column, Encoding::PLAIN);
        for values in values.chunks(PAGE) {
            let some: Vec<bool> = values.iter().copied().flatten().collect();
            let present = presence(some.len() == values.len(), values.iter().map(Option::is_some));
            pages.page(values.len(), present.as_deref(), None, |out| bits(some.into_iter(), out));
        }
        pages.close(&mut self.zstd)
    }
}

/// Which rows say something, unless all do.
fn presence(all: bool, said: impl Iterator<Item = bool>) -> Option<Vec<u32>> {
    (!all).then(|| said.map(u32::from).collect())
}

/// The pages of so many rows: the first row of each, and how many it has.
fn pages_of(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).step_by(PAGE).map(move |first| (first, PAGE.min(rows - first)))
}

#[cfg(test)]
mod tests;
