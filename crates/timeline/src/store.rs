//! Where the timeline lies, and how its Parquet files are written so that equal tables are equal
//! bytes.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use tenure_model::tables::TableId;

use crate::schema::arrow_schema;

/// The directory of a timeline. Everything in it can be deleted and built again.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

/// Why the timeline could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file could not be written or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Columns do not fit their schema.
    #[error("table {table}: {source}")]
    Columns {
        /// The table.
        table: &'static str,
        /// What Arrow says.
        source: arrow::error::ArrowError,
    },
    /// A Parquet file could not be written or read.
    #[error("{}: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the Parquet library says.
        source: parquet::errors::ParquetError,
    },
    /// A file of facts is damaged.
    #[error("{}, line {line}: {cause}", path.display())]
    Facts {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        cause: String,
    },
    /// A reader gave a value that its table does not declare.
    #[error("source {source_name} gives a fact that does not fit: {problem}")]
    Undeclared {
        /// The source.
        source_name: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Store {
    /// The timeline in this directory.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The Parquet file of a table; for `usage` and `usage_daily`, the directory of its files.
    #[must_use]
    pub fn table_path(&self, table: TableId) -> PathBuf {
        match table {
            TableId::Usage | TableId::UsageDaily => self.root.join(table.name()),
            _ => self.root.join(format!("{}.parquet", table.name())),
        }
    }

    /// The file of a run's facts.
    #[must_use]
    pub fn facts_path(&self, seq: u64) -> PathBuf {
        self.root.join("facts").join(format!("{seq:012}.jsonl.zst"))
    }

    /// Writes a table (or a part of one) so that a reader sees the old file or the new, never half.
    pub(crate) fn write(
        &self,
        path: &Path,
        table: TableId,
        batch: &RecordBatch,
    ) -> Result<(), StoreError> {
        let parent = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(parent).map_err(|source| io_error(parent, source))?;
        let temporary = path.with_extension("parquet.new");
        let file = File::create(&temporary).map_err(|source| io_error(&temporary, source))?;
        let parquet = |source| StoreError::Parquet { path: path.to_owned(), source };
        let mut writer = ArrowWriter::try_new(file, arrow_schema(table), Some(builder().build()))
            .map_err(parquet)?;
        writer.write(batch).map_err(parquet)?;
        writer.close().map_err(parquet)?;
        fs::rename(&temporary, path).map_err(|source| io_error(path, source))
    }
}

pub(crate) fn io_error(path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { path: path.to_owned(), source }
}

pub(crate) fn list(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(|source| io_error(dir, source))? {
        paths.push(entry.map_err(|source| io_error(dir, source))?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Fixed, so that the bytes depend on the rows alone and not on who wrote them.
pub(crate) fn builder() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_created_by("tenure".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(128 * 1024))
}
