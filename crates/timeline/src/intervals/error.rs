//! What can go wrong between tables, store and answer.

use std::io;
use std::path::{Path, PathBuf};

/// Why tables could not be loaded, or a question not be answered.
#[derive(Debug, thiserror::Error)]
pub enum IntervalsError {
    /// A file could not be written or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A Parquet file could not be written or read.
    #[error("{}: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the Parquet library says.
        source: parquet::errors::ParquetError,
    },
    /// A table does not have a column that is needed, or has it in another form.
    #[error("{}, column {column}: {cause}; hint: 'tenure intervals load --help' lists tables and columns", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// A file of the store is damaged.
    #[error("{}: {cause}; hint: delete the store and load it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The store holds no such tables, or is none.
    #[error("{}: no {what} in this store; hint: load it with 'tenure intervals load'", path.display())]
    NotLoaded {
        /// The store.
        path: PathBuf,
        /// What the question reads.
        what: &'static str,
    },
    /// A directory that should become a store holds something else.
    #[error("{}: is not empty; hint: name a new directory", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
}

impl IntervalsError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    pub(super) fn parquet(path: &Path, source: parquet::errors::ParquetError) -> Self {
        Self::Parquet { path: path.to_owned(), source }
    }

    pub(super) fn damaged(path: &Path, cause: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), cause: cause.into() }
    }
}
