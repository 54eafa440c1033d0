//! The file of an answer: Parquet, row groups encoded by many threads and written in order.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, Date32Array, Int64Array, StringBuilder};
use arrow::datatypes::{DataType, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::IntervalsError;
use crate::store::builder;

/// Rows of an answer: an id, if the answer has ids, and numbers.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) ids: StringBuilder,
    pub(super) numbers: [Vec<i64>; 3],
}

impl Rows {
    /// The columns of a schema in its order; the rows are gone then.
    fn take(&mut self, schema: &Schema) -> Vec<ArrayRef> {
        let mut numbers = self.numbers.iter_mut().map(std::mem::take);
        let mut column = |of: &DataType| -> ArrayRef {
            if *of == DataType::Utf8 {
                return Arc::new(self.ids.finish());
            }
            let numbers = numbers.next().unwrap_or_default();
            if *of == DataType::Date32 {
                let day = |day: i64| i32::try_from(day).ok();
                return Arc::new(numbers.into_iter().map(day).collect::<Date32Array>());
            }
            Arc::new(Int64Array::from(numbers))
        };
        schema.fields().iter().map(|field| column(field.data_type())).collect()
    }
}

/// An answer that is being written.
pub(super) struct Answer {
    path: PathBuf,
    temporary: PathBuf,
    schema: Arc<Schema>,
    factory: ArrowRowGroupWriterFactory,
    writing: Mutex<Writing>,
}

struct Writing {
    writer: SerializedFileWriter<BufWriter<File>>,
    next: usize,
    rows: u64,
    /// Row groups that came before their turn.
    waiting: BTreeMap<usize, (u64, Vec<ArrowColumnChunk>)>,
}

impl Answer {
    pub(super) fn create(path: &Path, schema: Arc<Schema>) -> Result<Self, IntervalsError> {
        let temporary = path.with_extension("parquet.new");
        let file = File::create(&temporary).map_err(|e| IntervalsError::io(&temporary, e))?;
        let file = BufWriter::with_capacity(1 << 20, file);
        let (writer, factory) =
            ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties(&schema)))
                .and_then(ArrowWriter::into_serialized_writer)
                .map_err(|e| IntervalsError::parquet(path, e))?;
        let writing = Writing { writer, next: 0, rows: 0, waiting: BTreeMap::new() };
        let (path, writing) = (path.to_owned(), Mutex::new(writing));
        Ok(Self { path, temporary, schema, factory, writing })
    }

    /// Encodes a row group, and writes it when those before it are written.
    pub(super) fn put(&self, number: usize, rows: &mut Rows) -> Result<(), IntervalsError> {
        let encoded = self.encode(rows).map_err(|e| IntervalsError::parquet(&self.path, e))?;
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        writing.waiting.insert(number, encoded);
        writing.write().map_err(|e| IntervalsError::parquet(&self.path, e))
    }

    fn encode(&self, rows: &mut Rows) -> Result<(u64, Vec<ArrowColumnChunk>), ParquetError> {
        let columns = rows.take(&self.schema);
        let count = columns.first().map_or(0, |column| column.len());
        if count == 0 {
            return Ok((0, Vec::new()));
        }
        let mut chunks = Vec::new();
        let writers = self.factory.create_column_writers(0)?;
        for ((mut writer, column), field) in
            writers.into_iter().zip(&columns).zip(self.schema.fields())
        {
            for leaf in compute_leaves(field, column)? {
                writer.write(&leaf)?;
            }
            chunks.push(writer.close()?);
        }
        Ok((count as u64, chunks))
    }

    /// Ends the file and gives it its name; gives its rows.
    pub(super) fn finish(self) -> Result<u64, IntervalsError> {
        let writing = self.writing.into_inner().unwrap_or_else(PoisonError::into_inner);
        writing.writer.close().map_err(|e| IntervalsError::parquet(&self.path, e))?;
        fs::rename(&self.temporary, &self.path).map_err(|e| IntervalsError::io(&self.path, e))?;
        Ok(writing.rows)
    }
}

impl Writing {
    fn write(&mut self) -> Result<(), ParquetError> {
        while let Some((rows, chunks)) = self.waiting.remove(&self.next) {
            self.next += 1;
            self.rows += rows;
            if rows > 0 {
                let mut group = self.writer.next_row_group()?;
                for chunk in chunks {
                    chunk.append_to_row_group(&mut group)?;
                }
                group.close()?;
            }
        }
        Ok(())
    }
}

/// Ids are in order and numbers alike, so differences are what is stored.
fn properties(schema: &Schema) -> WriterProperties {
    let mut properties = builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for field in schema.fields() {
        let encoding = match field.data_type() {
            DataType::Utf8 => Encoding::DELTA_BYTE_ARRAY,
            _ => Encoding::DELTA_BINARY_PACKED,
        };
        let path = ColumnPath::from(field.name().as_str());
        properties = properties.set_column_encoding(path, encoding);
    }
    properties.build()
}
