//! The Parquet files of a run's uses.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::SchemaDescPtr;
use tenure_model::tables::TableId;

use crate::pages::Chunk;
use crate::schema::arrow_schema;
use crate::store::{StoreError, builder, io_error};

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
    pub(super) usage: Part,
    pub(super) daily: Part,
}

/// One Parquet file on its way.
pub(super) struct Part {
    path: PathBuf,
    temporary: PathBuf,
    pub(super) schema: SchemaDescPtr,
    out: SerializedFileWriter<BufWriter<File>>,
    rows: u64,
}

impl PartWriter {
    pub(super) fn create(usage: &Path, daily: &Path) -> Result<Self, StoreError> {
        let usage = Part::create(usage, &usage_schema())?;
        let daily = Part::create(daily, &daily_schema())?;
        Ok(Self { usage, daily })
    }

    /// Completes the files and puts them in place; gives the number of events.
    pub(super) fn finish(self) -> Result<u64, StoreError> {
        self.daily.finish()?;
        self.usage.finish()
    }
}

impl Part {
    fn create(path: &Path, schema: &Schema) -> Result<Self, StoreError> {
        let parent = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(|e| io_error(parent, e))?;
        let temporary = path.with_extension("parquet.new");
        let file = File::create(&temporary).map_err(|e| io_error(&temporary, e))?;
        let failed = |source| StoreError::Parquet { path: path.to_owned(), source };
        let schema = ArrowSchemaConverter::new().convert(schema).map_err(failed)?;
        let out = SerializedFileWriter::new(
            BufWriter::with_capacity(1 << 20, file),
            schema.root_schema_ptr(),
            Arc::new(builder().build()),
        )
        .map_err(failed)?;
        Ok(Self { path: path.to_owned(), temporary, schema: Arc::new(schema), out, rows: 0 })
    }

    /// Adds a row group.
    pub(super) fn append(
        &mut self,
        chunks: Result<Vec<Chunk>, ParquetError>,
    ) -> Result<(), StoreError> {
        let path = &self.path;
        let failed = |source| StoreError::Parquet { path: path.clone(), source };
        let chunks = chunks.map_err(failed)?;
        self.rows += chunks.first().map_or(0, |chunk| chunk.close.rows_written);
        let mut group = self.out.next_row_group().map_err(failed)?;
        for Chunk { bytes, close } in chunks {
            group.append_column(&bytes, close).map_err(failed)?;
        }
        group.close().map(drop).map_err(failed)
    }

    fn finish(self) -> Result<u64, StoreError> {
        let Self { path, temporary, out, rows, .. } = self;
        out.close().map_err(|source| StoreError::Parquet { path: path.clone(), source })?;
        fs::rename(&temporary, &path).map_err(|e| io_error(&path, e))?;
        Ok(rows)
    }
}
