//! A ledger in a directory: append, publish, read, verify.
//!
//! ```text
//! <dir>/ledger.sqlite   the entries: what is sequenced
//! <dir>/ledger.lock     who writes
//! <dir>/tiles/          what is published (C2SP tlog-tiles): checkpoint, tile/…
//! <dir>/staging/        files on their way into tiles/
//! ```
//!
//! Three distinct promises: *sequenced* (durable, the index is never used again), *integrated* (in
//! the tree), *published* (in a signed checkpoint). [`Ledger::append`] returns after the first;
//! [`Ledger::publish`] makes the other two.

mod edge;
mod error;
mod fault;
mod files;
mod lock;
mod prepare;
mod publish;
mod read;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tenure_model::ids::Seq;

pub use self::error::LedgerError;
pub use self::prepare::{Awaited, LastEntries, Prepared, awaited};
pub use self::read::{Entries, Sequenced};
pub use self::verify::{Count, Finding, Subject, Verdict, VerifyReport, verify};

use self::files::Files;
use self::lock::Lock;
use self::writer::{Batch, Job, OnDuplicate, Writer};
use crate::checkpoint::Checkpoint;
use crate::entry::NewEntry;
use crate::merkle::empty_root;
use crate::note::{KeyType, VerifierKey};
use crate::signing::SigningKey;
use crate::store::{Row, Store};

/// Name of the published checkpoint.
const NOTE_FILE: &str = "checkpoint";
const DATABASE: &str = "ledger.sqlite";
const LOCK: &str = "ledger.lock";

/// A ledger. Many threads may share one; one process at a time may write.
#[derive(Debug)]
pub struct Ledger {
    dir: PathBuf,
    verifier: VerifierKey,
    key: Option<SigningKey>,
    files: Files,
    reader: Mutex<Store>,
    /// Started, and the lock taken, by the first write.
    writer: Mutex<Option<Arc<Writer>>>,
    publishing: Mutex<()>,
}

impl Ledger {
    /// Makes a new ledger and publishes its checkpoint of size 0. The origin names the log for
    /// ever: a URL without scheme.
    ///
    /// # Errors
    /// When the directory already holds a ledger, cannot be written, or the origin cannot be a
    /// key name.
    pub fn create(dir: &Path, origin: &str, key: SigningKey) -> Result<Self, LedgerError> {
        let verifier = key.verifier(origin, KeyType::Ed25519)?;
        fs::create_dir_all(dir).map_err(LedgerError::io(dir))?;
        let lock = Lock::acquire(&dir.join(LOCK))?;
        let empty = Checkpoint {
            origin: origin.to_owned(),
            size: 0,
            root: empty_root(),
            extensions: Vec::new(),
        };
        let path = dir.join(NOTE_FILE);
        let signed = empty.sign(&key).map_err(|source| LedgerError::Checkpoint { path, source })?;
        let note = signed.note.to_string();
        let meta = [("verifier_key", verifier.to_string())];
        let meta = meta.each_ref().map(|(name, value)| (*name, value.as_str()));
        let exists = || LedgerError::Exists(dir.to_owned());
        let store = Store::create(&dir.join(DATABASE), &meta, &note)?.ok_or_else(exists)?;
        let files = Files::new(dir);
        files.prepare()?;
        files.replace(NOTE_FILE, note.as_bytes())?;
        drop(lock);
        Self::with_store(dir, store)?.with_key(key)
    }

    /// Opens a ledger for reading and appending. To publish, add the key: [`Self::with_key`].
    ///
    /// # Errors
    /// When the directory holds no ledger, or the database fails.
    pub fn open(dir: &Path) -> Result<Self, LedgerError> {
        let none = || LedgerError::NoLedger(dir.to_owned());
        Self::with_store(dir, Store::open(&dir.join(DATABASE))?.ok_or_else(none)?)
    }

    fn with_store(dir: &Path, store: Store) -> Result<Self, LedgerError> {
        let none = || LedgerError::NoLedger(dir.to_owned());
        let verifier = store.meta("verifier_key")?.ok_or_else(none)?.parse()?;
        Ok(Self {
            dir: dir.to_owned(),
            verifier,
            key: None,
            files: Files::new(dir),
            reader: Mutex::new(store),
            writer: Mutex::new(None),
            publishing: Mutex::new(()),
        })
    }

    /// Adds the log's signing key, so that [`Self::publish`] works.
    ///
    /// # Errors
    /// When it is another log's key.
    pub fn with_key(mut self, key: SigningKey) -> Result<Self, LedgerError> {
        self.set_key(key)?;
        Ok(self)
    }

    /// Adds the log's signing key to a ledger that is in use.
    ///
    /// # Errors
    /// When it is another log's key.
    pub fn set_key(&mut self, key: SigningKey) -> Result<(), LedgerError> {
        if key.verifier(self.origin(), KeyType::Ed25519)? != self.verifier {
            return Err(LedgerError::WrongKey {
                origin: self.origin().to_owned(),
                expected: self.verifier.to_string(),
            });
        }
        self.key = Some(key);
        Ok(())
    }

    /// Whether it has its signing key.
    #[must_use]
    pub const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.verifier.name()
    }

    /// The log's public key: what a verifier must know.
    #[must_use]
    pub const fn verifier_key(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Becomes the one writer now rather than at the first write, so that nothing is prepared for
    /// an append that another process would keep from happening.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] when another process writes; others when the database fails.
    pub fn claim(&self) -> Result<(), LedgerError> {
        self.writer().map(drop)
    }

    /// Appends a batch: all of it or nothing. Returns the indexes only when the entries are
    /// durable. Batches of other threads share the transaction and its sync.
    ///
    /// # Errors
    /// [`LedgerError::Conflict`] when a place in a stream is taken; others when an entry cannot be
    /// written, another process writes, or the disk fails.
    pub fn append(&self, entries: Vec<NewEntry>) -> Result<Vec<Seq>, LedgerError> {
        self.append_prepared(Self::prepare(entries)?)
    }

    /// Like [`Self::append`], for entries that were prepared before.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_prepared(&self, entries: Prepared) -> Result<Vec<Seq>, LedgerError> {
        self.append_rows(entries, OnDuplicate::Refuse, None)
    }

    /// Like [`Self::append_prepared`], for a batch of which the last entries come later: it is
    /// committed when they are there, and what has to be there before all of them can be written
    /// meanwhile. Other writers of this ledger wait.
    ///
    /// # Errors
    /// [`LedgerError::Withdrawn`] when [`Awaited`] goes without entries; others as [`Self::append`].
    pub fn append_when(&self, first: Prepared, last: Awaited) -> Result<Vec<Seq>, LedgerError> {
        self.append_rows(first, OnDuplicate::Refuse, Some(last.0))
    }

    /// Like [`Self::append`], but an entry that is already there with the same bytes is not an
    /// error: its index is returned. So an interrupted caller can repeat itself.
    ///
    /// # Errors
    /// As [`Self::append`]; other bytes at the same place are still a conflict.
    pub fn append_idempotent(&self, entries: Vec<NewEntry>) -> Result<Vec<Seq>, LedgerError> {
        self.append_rows(Self::prepare(entries)?, OnDuplicate::AcceptSame, None)
    }

    fn append_rows(
        &self,
        Prepared { rows }: Prepared,
        on_duplicate: OnDuplicate,
        last: Option<Receiver<Vec<Row>>>,
    ) -> Result<Vec<Seq>, LedgerError> {
        if rows.is_empty() && last.is_none() {
            return Ok(Vec::new());
        }
        let batch = Batch { rows, on_duplicate, last };
        let seqs = self.writer()?.call(|reply| Job::Append(batch, reply))?;
        Ok(seqs.into_iter().map(Seq).collect())
    }

    fn writer(&self) -> Result<Arc<Writer>, LedgerError> {
        let mut writer = unpoisoned(&self.writer);
        if let Some(writer) = writer.as_ref() {
            return Ok(Arc::clone(writer));
        }
        let lock = Lock::acquire(&self.dir.join(LOCK))?;
        self.files.prepare()?;
        let started = Arc::new(Writer::start(&self.dir.join(DATABASE), lock)?);
        *writer = Some(Arc::clone(&started));
        Ok(started)
    }

    fn reader(&self) -> MutexGuard<'_, Store> {
        unpoisoned(&self.reader)
    }

    fn publishing(&self) -> MutexGuard<'_, ()> {
        unpoisoned(&self.publishing)
    }
}

/// What these locks guard stays valid when a thread panics while holding one.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
