//! Columns encoded a page at a time, so that no more than a page of values is needed at once.

use parquet::basic::Encoding;
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use super::encoder::NONE;
use super::encoding::{delta, hybrid, width};
use super::{Chunk, Pages};

/// No day: far outside any calendar.
pub(crate) const NO_DAY: i32 = i32::MIN;

/// A column of texts by their codes, which number a dictionary.
pub(crate) struct Coded {
    pages: Pages,
    /// Bits of a code; `None` without a dictionary.
    bits: Option<u32>,
    some: Vec<u32>,
    flags: Vec<u32>,
}

impl Coded {
    pub(crate) fn new<'t>(
        column: ColumnDescPtr,
        dictionary: impl ExactSizeIterator<Item = &'t str>,
    ) -> Self {
        let count = dictionary.len() as u64;
        let bits = count.checked_sub(1).map(width);
        let encoding = if bits.is_none() { Encoding::PLAIN } else { Encoding::RLE_DICTIONARY };
        let mut pages = Pages::new(column, encoding);
        if bits.is_some() {
            pages.dictionary(dictionary);
        }
        Self { pages, bits, some: Vec::new(), flags: Vec::new() }
    }

    /// Adds a page of codes, [`NONE`] where there is no text.
    pub(crate) fn page(&mut self, codes: &[u32]) {
        let Self { pages, bits, some, flags } = self;
        let present = split(codes, NONE, some, flags);
        let values = if present.is_some() { &some[..] } else { codes };
        pages.page(codes.len(), present, None, |out| {
            if let Some(bits) = *bits {
                out.push(bits as u8);
                hybrid(bits, values, out);
            }
        });
    }

    pub(crate) fn close(self, zstd: &mut Compressor<'_>) -> Result<Chunk> {
        self.pages.close(zstd)
    }
}

/// A column of days, which differ by less than 2^31.
pub(crate) struct Days {
    pages: Pages,
    some: Vec<i32>,
    flags: Vec<u32>,
}

impl Days {
    pub(crate) fn new(column: ColumnDescPtr) -> Self {
        let pages = Pages::new(column, Encoding::DELTA_BINARY_PACKED);
        Self { pages, some: Vec::new(), flags: Vec::new() }
    }

    /// Adds a page of days, [`NO_DAY`] where nothing is said.
    pub(crate) fn page(&mut self, days: &[i32]) {
        let Self { pages, some, flags } = self;
        let present = split(days, NO_DAY, some, flags);
        let values = if present.is_some() { &some[..] } else { days };
        pages.page(days.len(), present, None, |out| delta(values, out));
    }

    pub(crate) fn close(self, zstd: &mut Compressor<'_>) -> Result<Chunk> {
        self.pages.close(zstd)
    }
}

/// Parts the values that are there from those that are not; gives which are, unless all are.
fn split<'f, T: Copy + PartialEq>(
    values: &[T],
    none: T,
    some: &mut Vec<T>,
    flags: &'f mut Vec<u32>,
) -> Option<&'f [u32]> {
    if !values.contains(&none) {
        return None;
    }
    flags.clear();
    flags.extend(values.iter().map(|value| u32::from(*value != none)));
    // Each value is written where the last one that is there ended.
    some.clear();
    some.resize(values.len(), none);
    let mut count = 0;
    for value in values {
        some[count] = *value;
        count += usize::from(*value != none);
    }
    some.truncate(count);
    Some(flags)
}
