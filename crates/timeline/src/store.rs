//! Where the timeline lies, and how its Parquet files are written so that equal tables are equal
//! bytes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use tenure_model::tables::TableId;

use crate::cells::Cell;
use crate::table_file;

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

    /// Writes a table and tells how many rows it has; see [`table_file::write`].
    pub(crate) fn write<R>(
        &self,
        table: TableId,
        rows: &[R],
        cell: impl for<'r> Fn(&'r R, usize) -> Option<Cell<'r>>,
    ) -> Result<u64, StoreError> {
        fs::create_dir_all(&self.root).map_err(|source| io_error(&self.root, source))?;
        table_file::write(&self.table_path(table), table, rows, cell)?;
        Ok(rows.len() as u64)
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

/// Rows of a row group.
pub(crate) const ROW_GROUP: usize = 128 * 1024;

/// Fixed, so that the bytes depend on the rows alone and not on who wrote them.
pub(crate) fn builder() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_created_by("tenure".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(ROW_GROUP))
}
