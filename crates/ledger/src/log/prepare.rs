//! What can be done with entries before they are appended: encoding and hashing them.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::Ledger;
use super::error::LedgerError;
use crate::entry::{Entry, EntryError, NewEntry};
use crate::merkle::leaf_hash;
use crate::store::Row;

/// A thread is worth its while from this many entries on.
const PER_THREAD: usize = 512;

/// Entries in their canonical form, with their hashes, ready to be appended as one batch.
#[derive(Debug, Default)]
pub struct Prepared {
    pub(super) rows: Vec<Row>,
}

/// The last entries of a batch, before they are there; see [`Ledger::append_when`].
#[derive(Debug)]
pub struct Awaited(pub(super) Receiver<Vec<Row>>);

/// Where the last entries of a batch are handed over.
#[derive(Debug)]
pub struct LastEntries(Sender<Vec<Row>>);

/// A batch's last entries, from both sides.
#[must_use]
pub fn awaited() -> (LastEntries, Awaited) {
    let (last, awaited) = channel();
    (LastEntries(last), Awaited(awaited))
}

impl LastEntries {
    /// Hands them over, so that the batch is committed. Where nobody waits any more, appending has
    /// failed, which it says itself.
    pub fn hand_over(self, last: Prepared) {
        let _told_by_append = self.0.send(last.rows);
    }
}

impl Ledger {
    /// Encodes and hashes entries. So a caller can do this while what the entries name is still
    /// being made durable.
    ///
    /// # Errors
    /// [`LedgerError::Entry`] for the first entry that cannot be written.
    pub fn prepare(entries: Vec<NewEntry>) -> Result<Prepared, LedgerError> {
        let rows = entries.into_iter().enumerate().map(|(position, new)| encode(position, new));
        Ok(Prepared { rows: rows.collect::<Result<_, _>>()? })
    }

    /// Like [`Self::prepare`], for so many entries that are made one by one, many of them in several
    /// threads: none has to wait in memory for its turn.
    ///
    /// # Errors
    /// The first one of `make`, or of encoding what it made.
    pub fn prepare_each<E: From<LedgerError> + Send>(
        count: usize,
        make: impl Fn(usize) -> Result<NewEntry, E> + Sync,
    ) -> Result<Prepared, E> {
        let some = |numbers: Range<usize>| {
            numbers.map(|number| Ok(encode(number, make(number)?)?)).collect::<Result<Vec<_>, E>>()
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let each = count.div_ceil(threads).max(PER_THREAD);
        if count <= each {
            return Ok(Prepared { rows: some(0..count)? });
        }
        let some = &some;
        let encoded: Vec<_> = std::thread::scope(|scope| {
            let chunks = (0..count).step_by(each).map(|first| first..count.min(first + each));
            let threads: Vec<_> = chunks.map(|chunk| scope.spawn(move || some(chunk))).collect();
            threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
        });
        let mut rows = Vec::with_capacity(count);
        for chunk in encoded {
            let stopped = |_| LedgerError::Stopped { cause: "encoding has panicked".to_owned() };
            rows.append(&mut chunk.map_err(stopped)??);
        }
        Ok(Prepared { rows })
    }
}

fn encode(position: usize, new: NewEntry) -> Result<Row, LedgerError> {
    row(new).map_err(|error| LedgerError::Entry { position, source: Arc::new(error) })
}

fn row(new: NewEntry) -> Result<Row, EntryError> {
    let entry = Entry::from(new);
    let bytes = entry.to_bytes()?;
    Ok(Row {
        leaf_hash: leaf_hash(&bytes),
        bytes,
        kind: entry.kind,
        at: entry.at.micros(),
        actor: entry.actor,
        stream: entry.stream,
        rev: entry.rev.cast_signed(),
    })
}
