//! What can be done with entries before they are appended: encoding and hashing them.

use std::sync::Arc;

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

impl Ledger {
    /// Encodes and hashes entries, many of them in several threads. So a caller can do this while
    /// what the entries name is still being made durable.
    ///
    /// # Errors
    /// [`LedgerError::Entry`] for the first entry that cannot be written.
    pub fn prepare(entries: Vec<NewEntry>) -> Result<Prepared, LedgerError> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let each = entries.len().div_ceil(threads).max(PER_THREAD);
        if entries.len() <= each {
            return Ok(Prepared { rows: encode_all(0, entries)? });
        }
        let count = entries.len();
        let mut chunks = Vec::new();
        let mut left = entries.into_iter();
        for first in (0..count).step_by(each) {
            chunks.push((first, left.by_ref().take(each).collect::<Vec<_>>()));
        }
        let encoded: Vec<_> = std::thread::scope(|scope| {
            let encode = |(first, chunk)| scope.spawn(move || encode_all(first, chunk));
            let threads: Vec<_> = chunks.into_iter().map(encode).collect();
            threads.into_iter().map(|thread| thread.join()).collect()
        });
        let mut rows = Vec::with_capacity(count);
        for chunk in encoded {
            let stopped = |_| LedgerError::Stopped { cause: "encoding has panicked".to_owned() };
            rows.append(&mut chunk.map_err(stopped)??);
        }
        Ok(Prepared { rows })
    }
}

fn encode_all(first: usize, entries: Vec<NewEntry>) -> Result<Vec<Row>, LedgerError> {
    let encode = |(position, new)| {
        encode(new).map_err(|error| LedgerError::Entry { position, source: Arc::new(error) })
    };
    (first..).zip(entries).map(encode).collect()
}

fn encode(new: NewEntry) -> Result<Row, EntryError> {
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
