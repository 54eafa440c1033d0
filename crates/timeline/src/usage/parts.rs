//! The Parquet files of a run's uses. Row groups are encoded by as many threads as there are
//! processors and written in order, so that the bytes depend on the rows alone.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterPropertiesPtr};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use tenure_model::tables::TableId;
use tenure_model::usage::UsageRows;

use super::Run;
use super::columns::Slice;
use super::distinct::Kept;
use crate::schema::arrow_schema;
use crate::store::{StoreError, builder, io_error};

/// Rows of a row group: few enough that threads end at about the same time.
const GROUP: usize = 64 * 1024;

/// Columns in which nearly every row has a text of its own: a dictionary would only cost.
const UNIQUE: [&str; 2] = ["event_id", "shared_event_id"];

/// The schema of the files of `usage`: the table's, with the evidence in its two parts.
#[must_use]
pub fn usage_schema() -> SchemaRef {
    let table = arrow_schema(TableId::Usage);
    let own = table.fields().iter().filter(|field| field.name() != "evidence").cloned();
    let evidence = [
        Arc::new(Field::new("artifact", DataType::Utf8, true)),
        Arc::new(Field::new("record", DataType::Int64, true)),
    ];
    Arc::new(Schema::new(own.chain(evidence).collect::<Vec<_>>()))
}

/// The schema of the files of `usage_daily`: the table's, with the index that taught us.
#[must_use]
pub fn daily_schema() -> SchemaRef {
    let table = arrow_schema(TableId::UsageDaily);
    let seq = [Arc::new(Field::new("tx_from_seq", DataType::Int64, true))];
    Arc::new(Schema::new(table.fields().iter().cloned().chain(seq).collect::<Vec<_>>()))
}

/// Whether the file is there and has so many rows.
#[must_use]
pub fn is_whole(path: &Path, rows: u64) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let Ok(reader) = SerializedFileReader::new(file) else { return false };
    u64::try_from(reader.metadata().file_metadata().num_rows()) == Ok(rows)
}

/// Writes the two files of a run. They appear when finished.
pub(super) struct PartWriter {
    usage: Part,
    daily: Part,
    seq: u64,
    rows: u64,
}

/// One Parquet file on its way.
struct Part {
    path: PathBuf,
    temporary: PathBuf,
    schema: SchemaRef,
    out: SerializedFileWriter<BufWriter<File>>,
    factory: ArrowRowGroupWriterFactory,
}

impl PartWriter {
    pub(super) fn create(usage: &Path, daily: &Path, seq: u64) -> Result<Self, StoreError> {
        let usage = Part::create(usage, typed(&usage_schema()))?;
        let daily = Part::create(daily, daily_schema())?;
        Ok(Self { usage, daily, seq, rows: 0 })
    }

    /// Adds kept rows.
    pub(super) fn rows(
        &mut self,
        run: &Run,
        rows: &UsageRows,
        kept: &[Kept],
    ) -> Result<(), StoreError> {
        self.rows += kept.len() as u64;
        let groups: Vec<Slice<'_>> =
            kept.chunks(GROUP).map(|kept| Slice { run, rows, kept, seq: self.seq }).collect();
        self.usage.groups(&groups)
    }

    /// Adds days of the roll-up, without the index.
    pub(super) fn daily(&mut self, batch: RecordBatch) -> Result<(), StoreError> {
        let seq = i64::try_from(self.seq).unwrap_or(i64::MAX);
        let seq = arrow::array::Int64Array::from_value(seq, batch.num_rows());
        let mut columns = batch.columns().to_vec();
        columns.push(Arc::new(seq));
        let batch = RecordBatch::try_new(self.daily.schema.clone(), columns)
            .map_err(|source| StoreError::Columns { table: "usage_daily", source })?;
        let daily = &mut self.daily;
        let chunks = daily.encode(0, batch.columns()).map_err(|e| daily.failed(e))?;
        daily.append(chunks)
    }

    /// Completes the files and puts them in place; gives the number of rows.
    pub(super) fn finish(self) -> Result<u64, StoreError> {
        self.daily.finish()?;
        self.usage.finish()?;
        Ok(self.rows)
    }
}

impl Part {
    fn create(path: &Path, schema: SchemaRef) -> Result<Self, StoreError> {
        let parent = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(|e| io_error(parent, e))?;
        let temporary = path.with_extension("parquet.new");
        let file = File::create(&temporary).map_err(|e| io_error(&temporary, e))?;
        let failed = |source| StoreError::Parquet { path: path.to_owned(), source };
        let parquet = ArrowSchemaConverter::new().convert(&schema).map_err(failed)?;
        let out = SerializedFileWriter::new(
            BufWriter::with_capacity(1 << 20, file),
            parquet.root_schema_ptr(),
            properties(),
        )
        .map_err(failed)?;
        let factory = ArrowRowGroupWriterFactory::new(&out, Arc::clone(&schema));
        Ok(Self { path: path.to_owned(), temporary, schema, out, factory })
    }

    fn failed(&self, source: ParquetError) -> StoreError {
        StoreError::Parquet { path: self.path.clone(), source }
    }

    /// Encodes the groups side by side and appends them in order.
    fn groups(&mut self, groups: &[Slice<'_>]) -> Result<(), StoreError> {
        let next = AtomicUsize::new(0);
        let threads = std::thread::available_parallelism().map_or(2, |n| n.get()).min(groups.len());
        let (done, encoded) = channel();
        let mut all: Vec<_> = groups.iter().map(|_| None).collect();
        let this = &*self;
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (next, done) = (&next, done.clone());
                scope.spawn(move || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(slice) = groups.get(index) else { return };
                        let columns = this.schema.fields().iter().map(|field| {
                            slice.column(field.name()).expect("every declared column is known")
                        });
                        let chunks = this.encode(index, &columns.collect::<Vec<_>>());
                        if done.send((index, chunks)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(done);
            for (index, chunks) in encoded {
                all[index] = Some(chunks);
            }
        });
        for chunks in all.into_iter().flatten() {
            let chunks = chunks.map_err(|e| self.failed(e))?;
            self.append(chunks)?;
        }
        Ok(())
    }

    fn encode(
        &self,
        group: usize,
        columns: &[arrow::array::ArrayRef],
    ) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
        let writers = self.factory.create_column_writers(group)?;
        let fields = self.schema.fields().iter().zip(columns);
        fields
            .zip(writers)
            .map(|((field, column), mut writer)| {
                for leaf in compute_leaves(field, column)? {
                    writer.write(&leaf)?;
                }
                writer.close()
            })
            .collect()
    }

    fn append(&mut self, chunks: Vec<ArrowColumnChunk>) -> Result<(), StoreError> {
        let path = self.path.clone();
        let failed = |source| StoreError::Parquet { path: path.clone(), source };
        let mut group = self.out.next_row_group().map_err(failed)?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group).map_err(failed)?;
        }
        group.close().map(drop).map_err(failed)
    }

    fn finish(self) -> Result<(), StoreError> {
        let Self { path, temporary, out, .. } = self;
        out.close().map_err(|source| StoreError::Parquet { path: path.clone(), source })?;
        fs::rename(&temporary, &path).map_err(|e| io_error(&path, e))
    }
}

/// The schema as rows are handed over: repeating texts as dictionaries. In the file they are text.
fn typed(schema: &SchemaRef) -> SchemaRef {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = schema.fields().iter().map(|field| {
        let repeats = *field.data_type() == DataType::Utf8 && !UNIQUE.contains(&&**field.name());
        if repeats {
            Arc::new(Field::new(field.name(), dictionary.clone(), true))
        } else {
            Arc::clone(field)
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Rows are in order of time, so bounds of other columns tell nothing and would cost comparisons.
fn properties() -> WriterPropertiesPtr {
    let plain = builder().set_statistics_enabled(EnabledStatistics::None);
    let unique = UNIQUE.iter().fold(plain, |builder, name| {
        builder.set_column_dictionary_enabled(ColumnPath::from(*name), false)
    });
    let times = ["event_time", "day"].iter().fold(unique, |builder, name| {
        builder.set_column_statistics_enabled(ColumnPath::from(*name), EnabledStatistics::Page)
    });
    Arc::new(times.build())
}
