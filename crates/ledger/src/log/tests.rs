//! Crashes at every step of a publication, and disks that fail. These need to reach inside.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;
use tenure_model::Timestamp;

use super::fault::Fault;
use super::lock::Lock;
use super::writer::Writer;
use super::{DATABASE, LOCK, Ledger, LedgerError, NOTE_FILE, verify};
use crate::merkle::verify_consistency;
use crate::store::Store;
use crate::{NewEntry, SigningKey};

fn key() -> SigningKey {
    SigningKey::from_seed([3; 32])
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_750_000_000)
}

fn batch(stream: &str, count: u64) -> Vec<NewEntry> {
    let new = |rev| NewEntry {
        kind: "note".to_owned(),
        at: now(),
        actor: "tester".to_owned(),
        stream: stream.to_owned(),
        rev,
        body: json!({"text": "x".repeat(40)}),
    };
    (0..count).map(new).collect()
}

/// Published up to `published`, with `pending` entries behind it.
fn ledger(published: u64, pending: u64) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(dir.path(), "log.example", key()).unwrap();
    ledger.append(batch("a", published)).unwrap();
    ledger.publish(now()).unwrap();
    ledger.append(batch("b", pending)).unwrap();
    dir
}

fn open(dir: &Path) -> Ledger {
    Ledger::open(dir).unwrap().with_key(key()).unwrap()
}

fn published_files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let root = dir.join("tiles");
    let (mut dirs, mut files) = (vec![root.clone()], BTreeMap::new());
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Publishes with a crash after `steps` steps. `true` when it came to its end before.
fn publish_until(dir: &Path, steps: i64) -> bool {
    let mut ledger = open(dir);
    ledger.files.fault = Fault::after(steps);
    ledger.publish(now()).is_ok()
}

/// What anybody may rely on after a crash, before anything is repaired.
fn check_after_crash(dir: &Path, sequenced: u64) {
    let ledger = open(dir);
    assert_eq!(ledger.size().unwrap(), sequenced);
    let report = verify(dir, ledger.verifier_key()).unwrap();
    assert!(report.is_verified(), "{:?}", report.findings);
    let size = ledger.checkpoint().unwrap().checkpoint.size;
    for seq in [0, size / 2, size - 1] {
        let proof = ledger.tlog_proof(super::Seq(seq)).unwrap();
        let leaf = ledger.entry(super::Seq(seq)).unwrap().leaf_hash;
        proof.verify_with_key(&leaf, ledger.verifier_key()).unwrap();
    }
}

/// One tile grows: few files, each synced by itself.
#[test]
fn a_crash_at_any_step_of_a_small_publication_changes_nothing_in_the_end() {
    crash_everywhere(5, 3);
}

/// Tiles fill, levels begin, partial tiles go: many files, synced together.
#[test]
fn a_crash_at_any_step_of_a_large_publication_changes_nothing_in_the_end() {
    crash_everywhere(200, 400);
}

fn crash_everywhere(published: u64, pending: u64) {
    let undisturbed = ledger(published, pending);
    let wanted_root = open(undisturbed.path()).publish(now()).unwrap().root;
    let wanted = published_files(undisturbed.path());
    let sound = ledger(published, pending);
    let (mut crashes, mut done) = (0, false);
    while !done {
        let dir = copy(sound.path());
        let before = open(dir.path()).checkpoint().unwrap().checkpoint;
        done = publish_until(dir.path(), crashes);
        check_after_crash(dir.path(), published + pending);
        // A second crash, while the first is being repaired.
        publish_until(dir.path(), crashes / 2);
        check_after_crash(dir.path(), published + pending);
        let ledger = open(dir.path());
        let after = ledger.publish(now()).unwrap();
        assert_eq!(after.root, wanted_root, "after {crashes} steps");
        assert_eq!(published_files(dir.path()), wanted, "after {crashes} steps");
        let proof = ledger.consistency_proof(before.size, after.size).unwrap();
        verify_consistency(before.size, after.size, &proof, &before.root, &after.root).unwrap();
        crashes += 1;
    }
    assert!(crashes > 10, "{crashes} steps");
}

fn copy(from: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    let mut dirs = vec![from.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let target = to.path().join(path.strip_prefix(from).unwrap());
            if path.is_dir() {
                fs::create_dir(target).unwrap();
                dirs.push(path);
            } else {
                fs::copy(path, target).unwrap();
            }
        }
    }
    to
}

/// Entries that come between a crash and its repair are in the next checkpoint, not in this one.
#[test]
fn entries_after_a_crash_do_not_change_what_was_signed() {
    let dir = ledger(5, 300);
    let mut crashes = 0;
    while !publish_until(copy(dir.path()).path(), crashes) {
        let dir = copy(dir.path());
        publish_until(dir.path(), crashes);
        let ledger = open(dir.path());
        let decided = ledger.check_note(ledger.reader().checkpoint().unwrap().as_bytes()).unwrap();
        ledger.append(batch("c", 7)).unwrap();
        let last = ledger.publish(now()).unwrap();
        assert_eq!(last.size, 312);
        let (old, new) = (&decided.checkpoint, &last);
        let proof = ledger.consistency_proof(old.size, new.size).unwrap();
        verify_consistency(old.size, new.size, &proof, &old.root, &new.root).unwrap();
        crashes += 1;
    }
    assert!(crashes > 10, "{crashes} steps");
}

#[test]
fn a_file_that_a_crash_left_with_other_bytes_stops_publication() {
    let dir = ledger(5, 3);
    fs::write(dir.path().join("tiles/tile/0/000.p/8"), "other").unwrap();
    let refused = open(dir.path()).publish(now());
    assert!(matches!(refused, Err(LedgerError::Inconsistent { .. })), "{refused:?}");
    let note = fs::read_to_string(dir.path().join("tiles").join(NOTE_FILE)).unwrap();
    assert!(note.contains("\n5\n"));
}

/// A ledger whose database may not grow by more than `pages`.
fn cramped(dir: &Path, pages: i64) -> Ledger {
    let ledger = open(dir);
    let store = Store::open(&dir.join(DATABASE)).unwrap().unwrap();
    let count: i64 =
        store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    let limit = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    let sql = format!("PRAGMA max_page_count = {}", count + pages);
    store.connection.query_row(&sql, [], limit).unwrap();
    let lock = Lock::acquire(&dir.join(LOCK)).unwrap();
    *ledger.writer.lock().unwrap() = Some(Arc::new(Writer::with_store(store, lock).unwrap()));
    ledger
}

#[test]
fn a_full_disk_fails_the_batch_and_loses_nothing() {
    let dir = ledger(5, 0);
    let full = cramped(dir.path(), 20);
    let refused = full.append(batch("big", 1000)).unwrap_err();
    assert!(matches!(refused, LedgerError::DiskFull(_)), "{refused:?}");
    assert!(refused.to_string().contains("hint: free disk space"));
    // Nothing of it was written, and what fits is still taken.
    assert_eq!(full.append(batch("small", 2)).unwrap(), [super::Seq(5), super::Seq(6)]);
    drop(full);
    let ledger = open(dir.path());
    assert_eq!(ledger.size().unwrap(), 7);
    assert_eq!(ledger.append(batch("big", 1000)).unwrap().len(), 1000);
    ledger.publish(now()).unwrap();
    assert!(verify(dir.path(), ledger.verifier_key()).unwrap().is_verified());
}

#[test]
fn after_a_failed_write_the_handle_takes_nothing_more() {
    let dir = ledger(5, 0);
    let first = open(dir.path());
    first.append(batch("b", 1)).unwrap();
    // Somebody goes around the lock: the next index is taken behind the writer's back.
    let stranger = Store::open(&dir.path().join(DATABASE)).unwrap().unwrap();
    let sql = "INSERT INTO entries SELECT 6, kind, at, actor, 'x', rev, bytes, leaf_hash \
               FROM entries WHERE seq = 0";
    stranger.connection.execute(sql, []).unwrap();
    assert!(matches!(first.append(batch("c", 1)), Err(LedgerError::Store(_))));
    match first.append(batch("d", 1)) {
        Err(LedgerError::Stopped { cause }) => assert!(cause.contains("without gaps"), "{cause}"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(first.publish(now()), Err(LedgerError::Stopped { .. })));
    drop(first);
    assert_eq!(open(dir.path()).append(batch("d", 1)).unwrap(), [super::Seq(7)]);
}

/// The swap compares: a checkpoint that somebody else signed in between is not overwritten.
#[test]
fn a_checkpoint_that_changed_in_between_is_not_replaced() {
    let dir = ledger(5, 3);
    let store = Store::open(&dir.path().join(DATABASE)).unwrap().unwrap();
    let current = store.checkpoint().unwrap();
    let new = |size| crate::store::NewCheckpoint {
        size,
        note: format!("note {size}"),
        signed_at: 0,
        staged: vec![(format!("path {size}"), None)],
    };
    assert!(store.swap_checkpoint(&current, &new(6)).unwrap());
    assert!(!store.swap_checkpoint(&current, &new(7)).unwrap());
    assert_eq!(store.checkpoint().unwrap(), "note 6");
    assert_eq!(store.staged().unwrap(), [("path 6".to_owned(), None)]);
}
