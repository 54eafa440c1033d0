//! The database behind a ledger: one SQLite file (WAL, `synchronous=FULL`).
//!
//! There is no update or delete path for entries: no function here has one, and triggers refuse
//! what comes from elsewhere. What a tile or a signature is, this module does not know.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Statement, params};

use crate::merkle::Hash;

/// The memory that the processes share cannot be made larger.
const SQLITE_IOERR_SHMSIZE: i32 = 4874;

/// Which layout the database has; a later program can tell what to migrate.
const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    stream TEXT NOT NULL,
    rev INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    leaf_hash BLOB NOT NULL,
    UNIQUE (stream, rev)
) STRICT;
CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'ledger entries are never changed'); END;
CREATE TRIGGER entries_never_leave BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'ledger entries are never deleted'); END;
CREATE TRIGGER entries_leave_no_gap BEFORE INSERT ON entries
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM entries)
BEGIN SELECT RAISE(ABORT, 'ledger entries are numbered without gaps'); END;
CREATE TABLE checkpoint (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    signed_at INTEGER
) STRICT;
CREATE TABLE staged (path TEXT PRIMARY KEY, bytes BLOB) STRICT, WITHOUT ROWID;
";

/// The database failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{doing} the ledger database")]
pub struct StoreError {
    doing: &'static str,
    #[source]
    source: Arc<rusqlite::Error>,
}

impl StoreError {
    fn new(doing: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |source| Self { doing, source: Arc::new(source) }
    }

    pub(crate) fn reading(source: rusqlite::Error) -> Self {
        Self::new("cannot read")(source)
    }

    /// There was no room: nothing was written, and the same can be tried again.
    pub(crate) fn is_full(&self) -> bool {
        // The index of the write-ahead log is another file, with an error of its own for this.
        self.source.sqlite_error_code() == Some(ErrorCode::DiskFull)
            || self.source.sqlite_error().map(|e| e.extended_code) == Some(SQLITE_IOERR_SHMSIZE)
    }

    /// Another connection held the database for too long: nothing was written.
    pub(crate) fn is_busy(&self) -> bool {
        let code = self.source.sqlite_error_code();
        matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    }
}

/// An entry ready to be written.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) kind: String,
    pub(crate) at: i64,
    pub(crate) actor: String,
    pub(crate) stream: String,
    pub(crate) rev: i64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) leaf_hash: Hash,
}

/// An entry as stored.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) seq: u64,
    pub(crate) rev: i64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) leaf_hash: Vec<u8>,
}

/// A tile of the newest checkpoint: its path and bytes. Bundles have no bytes here, because the
/// entries are in this very database.
pub(crate) type Staged = (String, Option<Vec<u8>>);

/// One connection.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) connection: Connection,
}

impl Store {
    /// Makes the database of a new ledger. `Ok(None)` when there already is one.
    pub(crate) fn create(
        path: &Path,
        meta: &[(&str, &str)],
        note: &str,
    ) -> Result<Option<Self>, StoreError> {
        let failed = StoreError::new("cannot create");
        let store = Self::connect(path, OpenFlags::SQLITE_OPEN_CREATE).map_err(&failed)?;
        if store.schema_version().map_err(&failed)? != 0 {
            return Ok(None);
        }
        let write = || {
            let transaction = store.connection.unchecked_transaction()?;
            transaction.execute_batch(SCHEMA)?;
            for (name, value) in meta {
                transaction.execute("INSERT INTO meta VALUES (?1, ?2)", [name, value])?;
            }
            transaction.execute("INSERT INTO checkpoint VALUES (1, 0, ?1, NULL)", [note])?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            transaction.commit()
        };
        write().map_err(&failed)?;
        Ok(Some(store))
    }

    /// Opens the database of a ledger. `Ok(None)` when there is none.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, StoreError> {
        if !path.exists() {
            return Ok(None);
        }
        let failed = StoreError::new("cannot open");
        let store = Self::connect(path, OpenFlags::empty()).map_err(&failed)?;
        let known = store.schema_version().map_err(&failed)? == SCHEMA_VERSION;
        Ok(known.then_some(store))
    }

    fn connect(path: &Path, create: OpenFlags) -> Result<Self, rusqlite::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::from_secs(30))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // macOS: without it fsync does not reach the platter.
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // Makes REPLACE fire the triggers that forbid deletion.
        connection.pragma_update(None, "recursive_triggers", true)?;
        connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
        connection.pragma_update(None, "cache_size", -32_768)?;
        Ok(Self { connection })
    }

    fn schema_version(&self) -> Result<i64, rusqlite::Error> {
        self.connection.pragma_query_value(None, "user_version", |row| row.get(0))
    }

    /// Moves everything from the write-ahead log into the database file and syncs it. Pages that
    /// an earlier process could not sync are thereby written again, instead of being trusted
    /// because the page cache still has them.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(StoreError::new("cannot settle"))
    }

    /// Moves what it can from the write-ahead log into the database file, so that it need not be
    /// done when the connection is closed. The log stays until then, so a failure harms nothing.
    pub(crate) fn relieve(&self) {
        let _tried_again_when_closed =
            self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }

    pub(crate) fn meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.connection
            .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
            .optional()
            .map_err(StoreError::new("cannot read"))
    }

    /// Number of entries; also the next index.
    pub(crate) fn count(&self) -> Result<u64, StoreError> {
        self.connection
            .prepare_cached("SELECT coalesce(max(seq) + 1, 0) FROM entries")
            .and_then(|mut query| query.query_row([], |row| row.get::<_, i64>(0)))
            .map(i64::cast_unsigned)
            .map_err(StoreError::new("cannot read"))
    }

    /// The newest signed checkpoint, published or about to be.
    pub(crate) fn checkpoint(&self) -> Result<String, StoreError> {
        self.connection
            .query_row("SELECT note FROM checkpoint WHERE id = 1", [], |row| row.get(0))
            .map_err(StoreError::new("cannot read"))
    }

    /// The size beside that checkpoint: for people, nothing rests on it.
    pub(crate) fn checkpoint_size(&self) -> Result<i64, StoreError> {
        self.connection
            .query_row("SELECT size FROM checkpoint WHERE id = 1", [], |row| row.get(0))
            .map_err(StoreError::new("cannot read"))
    }

    /// Replaces the checkpoint and its staged tiles in one transaction, if it is still `old`.
    pub(crate) fn swap_checkpoint(
        &self,
        old: &str,
        new: &NewCheckpoint,
    ) -> Result<bool, StoreError> {
        let swap = || {
            let transaction = self.connection.unchecked_transaction()?;
            let changed = transaction.execute(
                "UPDATE checkpoint SET size = ?1, note = ?2, signed_at = ?3 WHERE note = ?4",
                params![new.size.cast_signed(), new.note, new.signed_at, old],
            )?;
            if changed != 1 {
                return Ok(false);
            }
            transaction.execute("DELETE FROM staged", [])?;
            let mut insert = transaction.prepare_cached("INSERT INTO staged VALUES (?1, ?2)")?;
            for (path, bytes) in &new.staged {
                insert.execute(params![path, bytes])?;
            }
            drop(insert);
            transaction.commit()?;
            Ok(true)
        };
        swap().map_err(StoreError::new("cannot write a checkpoint to"))
    }

    /// The tiles of the newest checkpoint.
    pub(crate) fn staged(&self) -> Result<Vec<Staged>, StoreError> {
        let read = || {
            let mut query = self.connection.prepare("SELECT path, bytes FROM staged")?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(StoreError::new("cannot read"))
    }

    /// The highest revision of a stream.
    pub(crate) fn last_rev(&self, stream: &str) -> Result<Option<u64>, StoreError> {
        self.connection
            .prepare_cached("SELECT max(rev) FROM entries WHERE stream = ?1")
            .and_then(|mut query| query.query_row([stream], |row| row.get::<_, Option<i64>>(0)))
            .map(|rev| rev.map(i64::cast_unsigned))
            .map_err(StoreError::new("cannot read"))
    }

    /// Up to `limit` entries from index `first`, below index `end`.
    pub(crate) fn page(&self, first: u64, end: u64, limit: u32) -> Result<Vec<Stored>, StoreError> {
        let sql = "SELECT seq, rev, bytes, leaf_hash FROM entries \
                   WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ?3";
        self.rows(sql, params![first.cast_signed(), end.cast_signed(), limit])
    }

    /// Up to `limit` entries of a kind from index `first`, below index `end`.
    pub(crate) fn kind_page(
        &self,
        kind: &str,
        first: u64,
        end: u64,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError> {
        let sql = "SELECT seq, rev, bytes, leaf_hash FROM entries \
                   WHERE kind = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq LIMIT ?4";
        self.rows(sql, params![kind, first.cast_signed(), end.cast_signed(), limit])
    }

    /// Up to `limit` entries of a stream, from revision `first`.
    pub(crate) fn stream_page(
        &self,
        stream: &str,
        first: i64,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError> {
        let sql = "SELECT seq, rev, bytes, leaf_hash FROM entries \
                   WHERE stream = ?1 AND rev >= ?2 ORDER BY rev LIMIT ?3";
        self.rows(sql, params![stream, first, limit])
    }

    fn rows(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Stored>, StoreError> {
        let read = || {
            let mut query = self.connection.prepare_cached(sql)?;
            let rows = query.query_map(params, |row| {
                Ok(Stored {
                    seq: row.get::<_, i64>(0)?.cast_unsigned(),
                    rev: row.get(1)?,
                    bytes: row.get(2)?,
                    leaf_hash: row.get(3)?,
                })
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(StoreError::new("cannot read"))
    }

    /// A scan of all entries: seq, kind, at, actor, stream, rev, bytes, leaf hash.
    pub(crate) fn prepare_scan(&self) -> Result<Statement<'_>, StoreError> {
        let sql = "SELECT seq, kind, at, actor, stream, rev, bytes, leaf_hash \
                   FROM entries NOT INDEXED ORDER BY seq";
        self.connection.prepare(sql).map_err(StoreError::reading)
    }

    /// Calls `each` with stream, revision and index of every entry, as the index by stream has
    /// them, in its order.
    pub(crate) fn scan_index(
        &self,
        mut each: impl FnMut(&str, i64, u64),
    ) -> Result<(), StoreError> {
        let sql = "SELECT stream, rev, seq FROM entries \
                   INDEXED BY sqlite_autoindex_entries_1 ORDER BY stream, rev";
        let mut scan = || {
            let mut query = self.connection.prepare(sql)?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let seq = row.get::<_, i64>(2)?.cast_unsigned();
                each(row.get_ref(0)?.as_str()?, row.get(1)?, seq);
            }
            Ok(())
        };
        scan().map_err(StoreError::reading)
    }

    /// Begins the transaction of a group of batches.
    pub(crate) fn begin(&self) -> Result<(), StoreError> {
        self.run("BEGIN IMMEDIATE")
    }

    /// Makes the group durable: returns only after the write-ahead log is synced.
    pub(crate) fn commit(&self) -> Result<(), StoreError> {
        self.run("COMMIT")
    }

    /// Gives the group up. Fails harmlessly when SQLite already did.
    pub(crate) fn rollback(&self) {
        let _already_rolled_back = self.run("ROLLBACK");
    }

    /// Marks the start of one batch in the group.
    pub(crate) fn mark(&self) -> Result<(), StoreError> {
        self.run("SAVEPOINT batch")
    }

    /// Takes back what was written since the mark.
    pub(crate) fn take_back(&self) -> Result<(), StoreError> {
        self.run("ROLLBACK TO batch")
    }

    /// Forgets the mark; what was written since stays in the transaction.
    pub(crate) fn unmark(&self) -> Result<(), StoreError> {
        self.run("RELEASE batch")
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .map(|_| ())
            .map_err(StoreError::new("cannot write to"))
    }

    /// Inserts an entry. `false` when its `(stream, rev)` is taken: then nothing was written.
    pub(crate) fn insert(&self, seq: u64, row: &Row) -> Result<bool, StoreError> {
        let sql = "INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
                   ON CONFLICT (stream, rev) DO NOTHING";
        let params = params![
            seq.cast_signed(),
            row.kind,
            row.at,
            row.actor,
            row.stream,
            row.rev,
            row.bytes,
            row.leaf_hash
        ];
        self.connection
            .prepare_cached(sql)
            .and_then(|mut insert| insert.execute(params))
            .map(|changed| changed == 1)
            .map_err(StoreError::new("cannot write to"))
    }

    /// Index and bytes of the entry at a place of a stream.
    pub(crate) fn find(
        &self,
        stream: &str,
        rev: i64,
    ) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let sql = "SELECT seq, bytes FROM entries WHERE stream = ?1 AND rev = ?2";
        self.connection
            .prepare_cached(sql)
            .and_then(|mut query| {
                query
                    .query_row(params![stream, rev], |row| {
                        Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
                    })
                    .optional()
            })
            .map_err(StoreError::new("cannot read"))
    }
}

/// A checkpoint to be swapped in, with the tiles it needs.
#[derive(Debug)]
pub(crate) struct NewCheckpoint {
    pub(crate) size: u64,
    pub(crate) note: String,
    pub(crate) signed_at: i64,
    pub(crate) staged: Vec<Staged>,
}
