//! What can go wrong with a ledger, by what the caller can do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::checkpoint::CheckpointError;
use crate::entry::EntryError;
use crate::merkle::ProofError;
use crate::note::KeyError;
use crate::store::StoreError;

/// Why a ledger operation failed. Cloneable, because one failed commit answers many callers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LedgerError {
    /// An entry cannot be written as it is.
    #[error("entry {position} of the batch")]
    Entry {
        /// Its position in the batch, from 0.
        position: usize,
        /// Why.
        #[source]
        source: Arc<EntryError>,
    },
    /// The place in the stream is taken. Nothing of the batch was written.
    #[error(
        "revision {rev} of stream '{stream}' already exists; hint: somebody else wrote in \
         between, read the stream again"
    )]
    Conflict {
        /// The stream.
        stream: String,
        /// The revision that is taken.
        rev: u64,
    },
    /// Whoever appended never said that the batch may be committed. Nothing of it was written.
    #[error("the entries were taken back before they were committed")]
    Withdrawn,
    /// No room. Nothing of the batch was written, and it can be tried again.
    #[error("no space left for the ledger; hint: free disk space and try again")]
    DiskFull(#[source] StoreError),
    /// Another program held the database for too long.
    #[error("the ledger database is busy; hint: another program reads or copies it, try again")]
    Busy(#[source] StoreError),
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// An earlier write failed in a way that leaves its durability unknown.
    #[error(
        "the ledger takes no more entries, because an earlier write failed ({cause}); hint: check \
         the disk, then open the ledger again; every acknowledged entry is still there"
    )]
    Stopped {
        /// The earlier failure.
        cause: String,
    },
    /// Another process writes.
    #[error("the ledger is being written by process {pid}; hint: wait for it to end, or stop it")]
    Locked {
        /// The process that holds the lock, or `unknown`.
        pid: String,
    },
    /// A file or directory failed.
    #[error("cannot access '{path}'")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: Arc<io::Error>,
    },
    /// There already is a ledger.
    #[error("'{0}' already holds a ledger")]
    Exists(PathBuf),
    /// There is no ledger.
    #[error("'{0}' holds no ledger; hint: create one first")]
    NoLedger(PathBuf),
    /// Publishing needs the log's private key.
    #[error("the ledger was opened without its signing key, so nothing can be published")]
    NoSigningKey,
    /// The key is another log's.
    #[error("the signing key is not the one of log '{origin}'; hint: its public key is {expected}")]
    WrongKey {
        /// The log.
        origin: String,
        /// Its verifier key.
        expected: String,
    },
    /// The name cannot be a log's.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A published state contradicts the database: going on would make a second history.
    #[error(
        "the published ledger contradicts the database: {cause}; hint: do not publish again, \
         keep both, verify the ledger and restore the part that is wrong"
    )]
    Inconsistent {
        /// What contradicts what.
        cause: String,
    },
    /// A checkpoint cannot be read or trusted.
    #[error("the checkpoint '{path}'")]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: CheckpointError,
    },
    /// A published file is not there.
    #[error("'{0}' is missing; hint: restore it from a copy of the ledger")]
    TileMissing(PathBuf),
    /// No such entry.
    #[error("the ledger has no entry {0}")]
    NoEntry(u64),
    /// Proofs exist up to the published size only.
    #[error("size {size} is not published, the ledger is published up to {published}")]
    NotPublished {
        /// The size asked for.
        size: u64,
        /// The published size.
        published: u64,
    },
    /// No such proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl From<StoreError> for LedgerError {
    fn from(error: StoreError) -> Self {
        match error {
            error if error.is_full() => Self::DiskFull(error),
            error if error.is_busy() => Self::Busy(error),
            error => Self::Store(error),
        }
    }
}

impl LedgerError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source: Arc::new(source) }
    }

    pub(crate) fn inconsistent(cause: impl Into<String>) -> Self {
        Self::Inconsistent { cause: cause.into() }
    }
}
