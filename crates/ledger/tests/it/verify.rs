use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;
use tenure_ledger::log::{Subject, Verdict, verify};
use tenure_ledger::{KeyType, SigningKey, VerifierKey, VerifyReport};
use tenure_model::ids::Seq;

use crate::support::{ORIGIN, at, batch, filled, key, reopen};

fn vkey() -> VerifierKey {
    key().verifier(ORIGIN, KeyType::Ed25519).expect("a key")
}

fn report(dir: &Path) -> VerifyReport {
    verify(dir, &vkey()).expect("a report")
}

/// 600 published entries with an earlier partial tile still lying around, and 5 pending.
fn ledger() -> TempDir {
    let (dir, ledger) = filled(590, 0);
    ledger.append(batch("c", 0..10)).expect("appended");
    ledger.publish(at(1)).expect("published");
    ledger.append(batch("d", 0..5)).expect("appended");
    drop(ledger);
    dir
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let (mut dirs, mut files) = (vec![dir.join("tiles")], Vec::new());
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { dirs.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

fn tamper(dir: &Path, sql: &str) {
    let database = Connection::open(dir.join("ledger.sqlite")).expect("it opens");
    database
        .execute_batch("DROP TRIGGER entries_never_change; DROP TRIGGER entries_never_leave;")
        .expect("triggers");
    assert_eq!(database.execute(sql, []).unwrap_or_else(|error| panic!("{sql}: {error}")), 1);
}

#[test]
fn a_sound_ledger_is_verified() {
    let dir = ledger();
    let report = report(dir.path());
    assert!(report.is_verified(), "{:?}", report.findings);
    assert_eq!(report.checkpoint.as_ref().map(|checkpoint| checkpoint.size), Some(600));
    assert_eq!((report.verified.entries, report.unpublished), (605, 5));
    assert_eq!(report.verified.files, files(dir.path()).len() as u64);
    assert_eq!((report.missing, report.mismatch), Default::default());
}

#[test]
fn every_missing_file_is_named() {
    let sound = files(ledger().path()).len();
    for place in 0..sound {
        let dir = ledger();
        let path = &files(dir.path())[place];
        fs::remove_file(path).expect("removed");
        let name = path.strip_prefix(dir.path().join("tiles")).expect("inside");
        let report = report(dir.path());
        if name.ends_with("78") {
            // An earlier partial tile may go: the later one covers it.
            assert!(report.is_verified(), "{name:?}");
            continue;
        }
        let found: Vec<_> = report.findings.iter().map(|one| (&one.subject, one.verdict)).collect();
        let named = Subject::File(name.to_string_lossy().into_owned());
        assert_eq!(found, [(&named, Verdict::Missing)]);
        assert_eq!((report.missing.files, report.mismatch.files), (1, 0));
    }
}

#[test]
fn every_changed_column_is_named() {
    let changes = [
        "kind = 'other'",
        "at = at + 1",
        "actor = actor || ' '",
        "stream = 'zzz'",
        "rev = rev + 100000",
        "bytes = cast(replace(cast(bytes as text), 'entry', 'Entry') as blob)",
        "leaf_hash = zeroblob(32)",
        "leaf_hash = x''",
        "seq = seq + 10000",
    ];
    for (number, change) in changes.iter().enumerate() {
        for seq in [number as u64 * 60, 602] {
            let dir = ledger();
            tamper(dir.path(), &format!("UPDATE entries SET {change} WHERE seq = {seq}"));
            let report = report(dir.path());
            let named = report.findings.iter().any(|one| one.subject == Subject::Entry(Seq(seq)));
            assert!(named, "{change} of {seq}: {:?}", report.findings);
            assert!(!report.is_verified());
        }
    }
}

#[test]
fn a_deleted_entry_is_missing() {
    for seq in [0, 300, 599, 602] {
        let dir = ledger();
        tamper(dir.path(), &format!("DELETE FROM entries WHERE seq = {seq}"));
        let report = report(dir.path());
        assert_eq!(report.missing.entries, 1, "{:?}", report.findings);
        assert_eq!(report.findings[0].subject, Subject::Entry(Seq(seq)));
        assert_eq!(report.findings[0].verdict, Verdict::Missing);
    }
}

#[test]
fn other_things_that_are_wrong_are_found() {
    let find = |change: &dyn Fn(&Path)| {
        let dir = ledger();
        change(dir.path());
        let report = report(dir.path());
        assert!(!report.is_verified());
        report.findings.into_iter().map(|one| (one.subject, one.verdict)).collect::<Vec<_>>()
    };
    let file = |name: &str| Subject::File(name.to_owned());
    let write = |name: &'static str| {
        move |dir: &Path| {
            let path = dir.join("tiles").join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(path, "x").expect("written");
        }
    };
    for name in ["stranger", "tile/0/004", "tile/7/000", "tile/0/002.p/89", "tile/0/000.p/3"] {
        assert_eq!(find(&write(name)), [(file(name), Verdict::Mismatch)], "{name}");
    }
    let no_database = find(&|dir| fs::remove_file(dir.join("ledger.sqlite")).expect("removed"));
    assert_eq!(no_database, [(Subject::Database("file"), Verdict::Missing)]);
    let note = find(&|dir| tamper(dir, "UPDATE checkpoint SET note = replace(note, '600', '601')"));
    assert_eq!(note, [(Subject::Database("checkpoint"), Verdict::Mismatch)]);
    let meta = find(&|dir| tamper(dir, "UPDATE meta SET value = value || 'A'"));
    assert_eq!(meta, [(Subject::Database("meta"), Verdict::Mismatch)]);
}

#[test]
fn another_key_verifies_nothing() {
    let dir = ledger();
    let other = SigningKey::from_seed([2; 32]).verifier(ORIGIN, KeyType::Ed25519).expect("a key");
    let report = verify(dir.path(), &other).expect("a report");
    assert!(!report.is_verified());
    assert_eq!(report.checkpoint, None);
}

#[test]
fn rows_with_impossible_indexes_do_not_stop_the_check() {
    for (seq, named) in [(0, Subject::Entry(Seq(0))), (604, Subject::Entry(Seq(604)))] {
        for index in [-1, i64::MIN, i64::MAX, 1 << 60] {
            let dir = ledger();
            tamper(dir.path(), &format!("UPDATE entries SET seq = {index} WHERE seq = {seq}"));
            let report = report(dir.path());
            let found = report.findings.iter().any(|one| one.subject == named)
                || report.findings.iter().any(|one| one.subject == Subject::Database("entries"));
            assert!(found, "{seq} became {index}: {:?}", report.findings);
            assert!(report.findings.len() < 5);
        }
    }
}

/// `stream` and `next_rev` are answered from the index: an index that lies is found too.
#[test]
fn an_index_that_disagrees_with_its_table_is_found() {
    let dir = ledger();
    let database = dir.path().join("ledger.sqlite");
    let connection = Connection::open(&database).expect("it opens");
    // Everything into the file itself, so that its pages can be edited.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
    let page =
        |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u32>(0).map(|n| n as usize));
    let root = page("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_entries_1'");
    let (root, size) = (root.expect("a page"), page("PRAGMA page_size").expect("a size"));
    drop(connection);
    let mut bytes = fs::read(&database).expect("a file");
    let content = &mut bytes[(root - 1) * size..root * size];
    // The last byte of a page of an index is the end of a key: the entry's row number.
    content[size - 1] ^= 1;
    fs::write(&database, &bytes).expect("written");
    let report = report(dir.path());
    assert!(!report.is_verified());
    let found = report.findings.iter().all(|one| matches!(one.subject, Subject::Database(_)));
    assert!(found, "{:?}", report.findings);
}

/// Without the checkpoint file the row in the database says what to verify.
#[test]
fn a_lost_checkpoint_file_hides_nothing_else() {
    let dir = ledger();
    fs::remove_file(dir.path().join("tiles/checkpoint")).expect("removed");
    tamper(dir.path(), "UPDATE entries SET kind = 'x' WHERE seq = 9");
    let report = report(dir.path());
    assert_eq!((report.missing.files, report.mismatch.entries), (1, 1));
    assert_eq!(report.verified.entries, 604);
    // Publishing writes the lost file again, from what is already signed.
    let ledger = reopen(dir.path());
    ledger.publish(at(3)).expect("published");
    assert_eq!(ledger.checkpoint().expect("a checkpoint").checkpoint.size, 605);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_flipped_byte_of_any_file_is_reported(
        file in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        mask in 1_u8..,
    ) {
        let dir = ledger();
        let path = file.get(&files(dir.path())).clone();
        let mut bytes = fs::read(&path).expect("a file");
        let place = place.index(bytes.len());
        bytes[place] ^= mask;
        fs::write(&path, bytes).expect("written");
        let report = report(dir.path());
        let name = path.strip_prefix(dir.path().join("tiles")).expect("inside");
        let named = Subject::File(name.to_string_lossy().into_owned());
        let found = report.findings.iter().any(|one| {
            one.subject == named && one.verdict == Verdict::Mismatch
        });
        // A changed bundle still has the right tiles: its tile or the entries beside it differ.
        let differs = report.mismatch.entries > 0 || report.mismatch.files > 0;
        prop_assert!(found || (name.starts_with("tile/entries") && differs), "{:?}", report.findings);
    }

    #[test]
    fn any_flipped_byte_of_an_entry_is_reported(
        seq in 0_u64..605,
        place in any::<prop::sample::Index>(),
        mask in 1_u8..,
        column in prop::sample::select(vec!["bytes", "leaf_hash"]),
    ) {
        let dir = ledger();
        let database = Connection::open(dir.path().join("ledger.sqlite")).expect("it opens");
        let sql = format!("SELECT {column} FROM entries WHERE seq = {seq}");
        let mut bytes: Vec<u8> = database.query_row(&sql, [], |row| row.get(0)).expect("bytes");
        let place = place.index(bytes.len());
        bytes[place] ^= mask;
        drop(database);
        let hex = hex::encode(bytes);
        tamper(dir.path(), &format!("UPDATE entries SET {column} = x'{hex}' WHERE seq = {seq}"));
        let report = report(dir.path());
        prop_assert_eq!(&report.findings[0].subject, &Subject::Entry(Seq(seq)));
        prop_assert_eq!(report.mismatch.entries, 1);
    }
}
