//! The database beside the bundles: the same bytes, in the same order, under the right columns.

use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;

use rusqlite::Statement;
use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::types::ValueRef;
use tenure_model::Timestamp;
use tenure_model::ids::Seq;

use super::{Subject, Verdict, VerifyReport};
use crate::log::error::LedgerError;
use crate::merkle::{Hash, leaf_hash};
use crate::store::{Store, StoreError};

pub(super) fn prepare(store: &Store) -> Result<Statement<'_>, StoreError> {
    store.prepare_scan()
}

/// All entries of the database in order, one at a time.
pub(super) struct Rows<'s> {
    rows: rusqlite::Rows<'s>,
    /// Index of the row the cursor stands on; none when there is no further row.
    current: Option<i64>,
    /// The start and end that the columns imply for the entry's bytes.
    implied: Implied,
    places: Places,
}

/// A sum over the places of entries, the same in whatever order they come. The hash is keyed at
/// random, so nobody can choose places with an equal sum.
#[derive(Default)]
struct Places {
    state: RandomState,
    sum: u64,
    count: u64,
}

impl Places {
    fn add(&mut self, stream: &str, rev: i64, seq: u64) {
        self.sum = self.sum.wrapping_add(self.state.hash_one((stream, rev, seq)));
        self.count += 1;
    }
}

impl<'s> Rows<'s> {
    pub(super) fn new(statement: &'s mut Statement<'_>) -> Result<Self, LedgerError> {
        let rows = statement.query([]).map_err(StoreError::reading)?;
        let mut this =
            Self { rows, current: None, implied: Implied::default(), places: Places::default() };
        this.step().map_err(StoreError::reading)?;
        Ok(this)
    }

    fn step(&mut self) -> Result<(), rusqlite::Error> {
        self.current = match self.rows.next()? {
            Some(row) => Some(row.get(0)?),
            None => None,
        };
        Ok(())
    }

    /// Compares the rows of one bundle. Without a usable bundle (`entries` empty) the rows are
    /// measured against the leaves of the tile, or, failing that, give the leaves themselves.
    pub(super) fn compare(
        &mut self,
        first: u64,
        width: u16,
        entries: &[u8],
        leaves: &mut Vec<Hash>,
        report: &mut VerifyReport,
    ) {
        let mut rest = entries;
        let known = leaves.len() == usize::from(width);
        if !known {
            leaves.clear();
        }
        for item in 0..width {
            let seq = first + u64::from(item);
            let entry = split_entry(&mut rest);
            let leaf = if known { leaves.get(usize::from(item)).copied() } else { None };
            let found = self.row(seq, entry, leaf, report);
            if !known {
                leaves.extend(found);
            }
        }
    }

    /// The entries after the published ones.
    pub(super) fn rest(&mut self, size: u64, report: &mut VerifyReport) {
        let mut next = size;
        while let Some(current) = self.current {
            let gap = current.cast_unsigned().saturating_sub(next);
            if current >= 0 && gap > 0 {
                // One finding for the whole gap: a damaged index may be astronomically large.
                let cause = format!("the database has no entries from here to {current}");
                report.find(Subject::Entry(Seq(next)), Verdict::Missing, cause);
                report.missing.entries += gap - 1;
                next += gap;
            }
            self.row(next, None, None, report);
            next += 1;
            report.unpublished += 1;
        }
    }

    /// Whether the index by stream, which answers `stream` and `next_rev`, has the same entries.
    pub(super) fn compare_index(self, store: &Store, report: &mut VerifyReport) {
        let mut index = Places { state: self.places.state, ..Places::default() };
        let scanned = store.scan_index(|stream, rev, seq| index.add(stream, rev, seq));
        let same = (index.sum, index.count) == (self.places.sum, self.places.count);
        if scanned.is_err() || !same {
            let cause = "the index by stream and revision disagrees with the entries";
            report.find(Subject::Database("index"), Verdict::Mismatch, cause);
        }
    }

    /// Checks one row and moves on. Gives the leaf hash of its bytes, if it has any.
    fn row(
        &mut self,
        seq: u64,
        entry: Option<&[u8]>,
        leaf: Option<Hash>,
        report: &mut VerifyReport,
    ) -> Option<Hash> {
        let subject = Subject::Entry(Seq(seq));
        // Rows come in order: one that is behind has an index that no entry can have.
        while let Some(current) = self.current.filter(|current| *current < seq.cast_signed()) {
            let cause = format!("a row has the index {current}");
            report.find(Subject::Database("entries"), Verdict::Mismatch, cause);
            self.advance(seq, report);
        }
        if self.current != Some(seq.cast_signed()) {
            report.find(subject, Verdict::Missing, "the database has no such entry");
            return None;
        }
        let checked = match self.rows.get() {
            Some(row) => {
                if let (Ok(stream), Ok(rev)) = (text(row, 4), integer(row, 5)) {
                    self.places.add(stream, rev, seq);
                }
                check(row, entry, leaf, &mut self.implied)
            }
            None => Err("it cannot be read".to_owned()),
        };
        let found = match checked {
            Ok(hash) => {
                report.verified.entries += 1;
                Some(hash)
            }
            Err(cause) => {
                report.find(subject, Verdict::Mismatch, cause);
                None
            }
        };
        self.advance(seq, report);
        found
    }

    fn advance(&mut self, seq: u64, report: &mut VerifyReport) {
        if let Err(error) = self.step() {
            let cause = format!("reading stops at entry {seq}: {error}");
            report.find(Subject::Database("entries"), Verdict::Mismatch, cause);
            self.current = None;
        }
    }
}

fn split_entry<'e>(rest: &mut &'e [u8]) -> Option<&'e [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let (entry, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = after;
    Some(entry)
}

fn check(
    row: &rusqlite::Row<'_>,
    entry: Option<&[u8]>,
    leaf: Option<Hash>,
    implied: &mut Implied,
) -> Result<Hash, String> {
    let (ValueRef::Blob(bytes), ValueRef::Blob(stored)) = (value(row, 6)?, value(row, 7)?) else {
        return Err("its bytes or its hash are no bytes".to_owned());
    };
    let hash = match (entry, leaf) {
        // The bundle's entry was hashed already; the same bytes have the same hash.
        (Some(entry), Some(leaf)) if entry == bytes => leaf,
        (Some(_), _) => return Err("its bytes are not those of the entry bundle".to_owned()),
        (None, known) => {
            let hash = leaf_hash(bytes);
            if known.is_some_and(|known| known != hash) {
                return Err("its bytes do not match the published hash".to_owned());
            }
            hash
        }
    };
    if hash != *stored {
        return Err("its stored hash is not that of its bytes".to_owned());
    }
    implied.columns(row)?;
    let fits = bytes.len() >= implied.start.len() + implied.end.len()
        && bytes.starts_with(&implied.start)
        && bytes.ends_with(&implied.end);
    if fits { Ok(hash) } else { Err("its columns say something else than its bytes".to_owned()) }
}

fn value<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Result<ValueRef<'r>, String> {
    row.get_ref(column).map_err(|error| error.to_string())
}

fn text<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Result<&'r str, String> {
    value(row, column)?.as_str().map_err(|_| "a column of it is no text".to_owned())
}

fn integer(row: &rusqlite::Row<'_>, column: usize) -> Result<i64, String> {
    value(row, column)?.as_i64().map_err(|_| "a column of it is no number".to_owned())
}

/// How canonical bytes must start and end, given the columns. Canonical JSON has its keys in
/// order, so everything but the body is determined: comparing costs no parsing.
#[derive(Default)]
struct Implied {
    start: Vec<u8>,
    end: Vec<u8>,
    /// The last instant and its text; entries of one run share theirs.
    at: (i64, String),
}

impl Implied {
    fn columns(&mut self, row: &rusqlite::Row<'_>) -> Result<(), String> {
        let (kind, actor, stream) = (text(row, 1)?, text(row, 3)?, text(row, 4)?);
        let (at, rev) = (integer(row, 2)?, integer(row, 5)?);
        if self.at.0 != at || self.at.1.is_empty() {
            self.at = (at, Timestamp::from_micros(at).to_string());
        }
        self.start.clear();
        self.end.clear();
        self.start(actor)
            .and_then(|()| self.end(kind, rev, stream))
            .map_err(|error| error.to_string())
    }

    fn start(&mut self, actor: &str) -> Result<(), serde_json::Error> {
        self.start.extend_from_slice(b"{\"actor\":");
        serde_json::to_writer(&mut self.start, actor)?;
        self.start.extend_from_slice(b",\"at\":\"");
        self.start.extend_from_slice(self.at.1.as_bytes());
        self.start.extend_from_slice(b"\",\"body\":");
        Ok(())
    }

    fn end(&mut self, kind: &str, rev: i64, stream: &str) -> Result<(), serde_json::Error> {
        self.end.extend_from_slice(b",\"kind\":");
        serde_json::to_writer(&mut self.end, kind)?;
        write!(self.end, ",\"rev\":{rev},\"stream\":").map_err(serde_json::Error::io)?;
        serde_json::to_writer(&mut self.end, stream)?;
        self.end.extend_from_slice(b",\"v\":1}");
        Ok(())
    }
}
