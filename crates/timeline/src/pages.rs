//! Column chunks of Parquet files from values that are numbered already.
//!
//! A Parquet library finds out by itself which texts repeat, and hashes each again. Ours are
//! numbered, so that pages are written from the numbers: texts as a dictionary in the order in which
//! they first occur, numbers as differences, and what hardly repeats one after another.

mod encoder;
mod encoding;
mod paged;

use bytes::Bytes;
use parquet::basic::{BoundaryOrder, Compression, Encoding, PageType, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter as _};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

pub(crate) use encoder::{Encoder, NONE, Numbered};
use encoding::{hybrid, same};
pub(crate) use paged::{Coded, Days, NO_DAY};

/// Rows of a page, of which readers skip those that they do not need.
pub(crate) const PAGE: usize = 20_000;

/// Compressing fewer bytes costs more than it saves.
const WORTH: usize = 256;

/// An encoded column of a row group.
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    pub(crate) close: ColumnCloseResult,
}

/// The pages of a column of a row group, not compressed yet.
pub(crate) struct Pages {
    column: ColumnDescPtr,
    encoding: Encoding,
    dictionary: Option<(Vec<u8>, usize)>,
    data: Vec<Data>,
}

struct Data {
    bytes: Vec<u8>,
    rows: usize,
    /// The lowest and the highest value, where a reader is helped by them.
    bounds: Option<(i64, i64)>,
}

impl Pages {
    pub(crate) fn new(column: ColumnDescPtr, encoding: Encoding) -> Self {
        Self { column, encoding, dictionary: None, data: Vec::new() }
    }

    /// Sets the dictionary of so many texts.
    pub(crate) fn dictionary<'t>(&mut self, texts: impl Iterator<Item = &'t str>) {
        let (mut bytes, mut count) = (Vec::new(), 0);
        for text in texts {
            let length = u32::try_from(text.len()).expect("a text fits into a page");
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
            count += 1;
        }
        self.dictionary = Some((bytes, count));
    }

    /// Adds a page: whether there are values (0 or 1 each) unless all are there, or must be, and then
    /// the values.
    pub(crate) fn page(
        &mut self,
        rows: usize,
        present: Option<&[u32]>,
        bounds: Option<(i64, i64)>,
        values: impl FnOnce(&mut Vec<u8>),
    ) {
        let mut bytes = Vec::new();
        if self.column.max_def_level() > 0 {
            bytes.resize(4, 0);
            match present {
                Some(flags) => hybrid(1, flags, &mut bytes),
                None => same(1, 1, rows, &mut bytes),
            }
            let levels = u32::try_from(bytes.len() - 4).expect("a page is small");
            bytes[..4].copy_from_slice(&levels.to_le_bytes());
        }
        values(&mut bytes);
        self.data.push(Data { bytes, rows, bounds });
    }

    /// Compresses the pages and tells where they lie.
    pub(crate) fn close(self, zstd: &mut Compressor<'_>) -> Result<Chunk> {
        let pages = self.data.iter().map(|page| &page.bytes);
        let pages = pages.chain(self.dictionary.iter().map(|(bytes, _)| bytes));
        let size: usize = pages.map(Vec::len).sum();
        let compression = match size {
            0..WORTH => Compression::UNCOMPRESSED,
            _ => Compression::ZSTD(ZstdLevel::default()),
        };
        let mut sink = TrackedWrite::new(Vec::with_capacity(size));
        let mut writer = SerializedPageWriter::new(&mut sink);
        let mut write = |raw: &[u8], page: &dyn Fn(Bytes) -> Page| {
            let bytes = match compression {
                Compression::UNCOMPRESSED => raw.to_vec(),
                _ => zstd.compress(raw).map_err(|e| ParquetError::External(Box::new(e)))?,
            };
            writer.write_page(CompressedPage::new(page(bytes.into()), raw.len()))
        };
        let mut said = Said::default();
        if let Some((raw, count)) = &self.dictionary {
            let num_values = count_of(*count);
            let (encoding, is_sorted) = (Encoding::PLAIN, false);
            let page = |buf| Page::DictionaryPage { buf, num_values, encoding, is_sorted };
            said.dictionary(&write(raw, &page)?);
        }
        for data in &self.data {
            let page = |buf| Page::DataPage {
                buf,
                num_values: count_of(data.rows),
                encoding: self.encoding,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            };
            said.data(&write(&data.bytes, &page)?, data);
        }
        let bytes = sink.into_inner()?.into();
        Ok(Chunk { bytes, close: said.close(&self, compression)? })
    }
}

/// What the metadata of a column say.
#[derive(Default)]
struct Said {
    compressed: usize,
    uncompressed: usize,
    dictionary_at: Option<i64>,
    data_at: Option<i64>,
    offsets: OffsetIndexBuilder,
}

impl Said {
    fn dictionary(&mut self, page: &PageWriteSpec) {
        self.dictionary_at = Some(page.offset.cast_signed());
        self.compressed += page.compressed_size;
        self.uncompressed += page.uncompressed_size;
    }

    fn data(&mut self, page: &PageWriteSpec, data: &Data) {
        self.data_at.get_or_insert(page.offset.cast_signed());
        self.compressed += page.compressed_size;
        self.uncompressed += page.uncompressed_size;
        self.offsets.append_row_count(data.rows as i64);
        let size = i32::try_from(page.compressed_size).expect("a page is small");
        self.offsets.append_offset_and_size(page.offset.cast_signed(), size);
    }

    fn close(self, pages: &Pages, compression: Compression) -> Result<ColumnCloseResult> {
        let rows: usize = pages.data.iter().map(|data| data.rows).sum();
        let data = (PageType::DATA_PAGE, pages.encoding, pages.data.len());
        let dictionary = (PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1);
        let kinds: Vec<_> = pages.dictionary.iter().map(|_| dictionary).chain([data]).collect();
        let stats = kinds.iter().map(|(page_type, encoding, count)| PageEncodingStats {
            page_type: *page_type,
            encoding: *encoding,
            count: *count as i32,
        });
        let encodings = kinds.iter().map(|(_, encoding, _)| *encoding).chain([Encoding::RLE]);
        let mut metadata = ColumnChunkMetaData::builder(pages.column.clone())
            .set_compression(compression)
            .set_encodings(encodings.collect())
            .set_page_encoding_stats(stats.collect())
            .set_num_values(rows as i64)
            .set_total_compressed_size(self.compressed as i64)
            .set_total_uncompressed_size(self.uncompressed as i64)
            .set_dictionary_page_offset(self.dictionary_at)
            .set_data_page_offset(self.data_at.unwrap_or_default());
        let (statistics, column_index) = pages.bounds()?.unzip();
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        Ok(ColumnCloseResult {
            bytes_written: self.compressed as u64,
            rows_written: rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index,
            offset_index: Some(self.offsets.build()),
        })
    }
}

impl Pages {
    /// The bounds of the column and of its pages, where each page has some. Values ascend.
    fn bounds(&self) -> Result<Option<(Statistics, ColumnIndexMetaData)>> {
        let bounds: Option<Vec<_>> = self.data.iter().map(|data| data.bounds).collect();
        let Some(bounds) = bounds.filter(|bounds| !bounds.is_empty()) else { return Ok(None) };
        let mut index = ColumnIndexBuilder::new(self.column.physical_type());
        for (low, high) in &bounds {
            index.append(false, low.to_le_bytes().to_vec(), high.to_le_bytes().to_vec(), 0);
        }
        index.set_boundary_order(BoundaryOrder::ASCENDING);
        let low = bounds.iter().map(|(low, _)| *low).min();
        let high = bounds.iter().map(|(_, high)| *high).max();
        Ok(Some((Statistics::int64(low, high, None, Some(0), false), index.build()?)))
    }
}

fn count_of(values: usize) -> u32 {
    u32::try_from(values).expect("a row group is small")
}
