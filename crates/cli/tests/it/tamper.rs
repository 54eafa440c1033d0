//! Any single changed byte is found: of a pack, a published tile, a blob, or an entry in the
//! database. Positions are drawn at random; the seed is fixed, and a failure is made smaller.

use std::cell::RefCell;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rusqlite::Connection;
use tempfile::TempDir;
use tenure_testkit::tenure::{Ran, Tenure};
use tenure_testkit::{fixtures, tree};

use crate::support::{fresh, tenure};

const MISMATCH: i32 = 20;
const MISSING: i32 = 21;

/// A small workspace of two sources with a blob, a cursor and more than one publication.
fn collected() -> (TempDir, Tenure) {
    let (dir, tenure) = fresh();
    let roster = dir.path().join("people.csv");
    fs::write(&roster, fixtures::roster(25)).unwrap();
    tenure.init();
    tenure.add("aws", "cloudtrail", &fixtures::stratus_trail(), &[]);
    tenure.ok(&["collect"]);
    tenure.add("hr", "roster-csv", &roster, &[]);
    tenure.ok(&["collect", "hr"]);
    assert_eq!(tenure.run(&["ledger", "verify"]).code, 0);
    (dir, tenure)
}

/// Draws `cases` positions, the same in every run.
fn each<S: Strategy>(
    cases: u32,
    strategy: S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let outcome = TestRunner::new_with_rng(config, rng).run(&strategy, test);
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// A position, and the bits to turn over there: never none.
fn flips() -> impl Strategy<Value = (Index, Index, u8)> {
    (any::<Index>(), any::<Index>(), 1..=u8::MAX)
}

/// Flips a byte of a file for as long as `look` looks, and tells which.
fn flipped<T>(path: &Path, position: Index, bits: u8, look: impl FnOnce() -> T) -> (usize, T) {
    let before = fs::read(path).unwrap();
    let mut bytes = before.clone();
    let position = position.index(bytes.len());
    bytes[position] ^= bits;
    // Blobs are protected from writing, even by their owner.
    fs::set_permissions(path, Permissions::from_mode(0o640)).unwrap();
    fs::write(path, bytes).unwrap();
    let seen = look();
    fs::write(path, before).unwrap();
    (position, seen)
}

fn is_found(code: i32) -> bool {
    code == MISMATCH || code == MISSING
}

#[test]
fn a_changed_byte_of_a_pack_is_found() {
    let (dir, tenure) = collected();
    let pack = dir.path().join("pack.zip");
    let out = pack.to_str().unwrap();
    let period = ["--from", "2024-07-01", "--to", "2025-01-01"];
    tenure.ok(&[&["pack", "build", "--out", out], &period[..]].concat());
    assert_eq!(tenure.run(&["verify", out]).code, 0);
    let verify = || tenure.run(&["verify", out]);
    each(120, flips(), |(_, position, bits)| {
        let (at, ran) = flipped(&pack, position, bits, verify);
        prop_assert!(is_found(ran.code), "byte {at} ^ {bits}: exit {}\n{}", ran.code, ran.stdout);
        Ok(())
    });
    assert_eq!(verify().code, 0, "the pack is whole again");
}

/// The files of a part of the workspace, in a fixed order.
fn files(tenure: &Tenure, part: &str) -> Vec<PathBuf> {
    let root = tenure.workspace().join(part);
    let files: Vec<_> = tree::read(&root).into_keys().map(|path| root.join(path)).collect();
    assert!(!files.is_empty(), "{part} has files");
    files
}

fn changed_bytes_of_files_are_found(part: &str, cases: u32) {
    let (_dir, tenure) = collected();
    let files = files(&tenure, part);
    let verify = || tenure.run(&["ledger", "verify"]);
    each(cases, flips(), |(file, position, bits)| {
        let file = file.get(&files);
        let (at, ran) = flipped(file, position, bits, verify);
        let name = file.display();
        prop_assert!(is_found(ran.code), "{name}, byte {at} ^ {bits}: {ran:?}");
        Ok(())
    });
    assert_eq!(verify().code, 0, "everything is whole again");
}

#[test]
fn a_changed_byte_of_a_published_file_is_found() {
    changed_bytes_of_files_are_found("ledger/tiles", 150);
}

#[test]
fn a_changed_byte_of_a_blob_is_found() {
    changed_bytes_of_files_are_found("blobs/sha256", 100);
}

/// The database refuses to change entries; whoever wants to has to take that away first.
fn unprotected(workspace: &Path) -> Connection {
    let database = Connection::open(workspace.join("ledger/ledger.sqlite")).unwrap();
    let refused = database.execute("UPDATE entries SET actor = 'somebody' WHERE seq = 0", []);
    assert!(refused.unwrap_err().to_string().contains("never changed"));
    let refused = database.execute("DELETE FROM entries WHERE seq = 0", []);
    assert!(refused.unwrap_err().to_string().contains("never deleted"));
    database
        .execute_batch("DROP TRIGGER entries_never_change; DROP TRIGGER entries_never_leave")
        .unwrap();
    database
}

#[test]
fn a_changed_byte_of_an_entry_in_the_database_is_found() {
    let (_dir, tenure) = collected();
    let database = RefCell::new(unprotected(tenure.workspace()));
    let count: u32 =
        database.borrow().query_row("SELECT count(*) FROM entries", [], |row| row.get(0)).unwrap();
    let columns = ["bytes", "leaf_hash", "kind", "actor", "stream"];
    let strategy = (0..count, 0..columns.len(), any::<Index>(), 1..=u8::MAX);
    each(100, strategy, |(seq, column, position, bits)| {
        let column = columns[column];
        let database = database.borrow();
        let select = format!("SELECT CAST({column} AS BLOB) FROM entries WHERE seq = {seq}");
        let before: Vec<u8> = database.query_row(&select, [], |row| row.get(0)).unwrap();
        let mut bytes = before.clone();
        let position = position.index(bytes.len());
        bytes[position] ^= bits;
        let kind = if matches!(column, "bytes" | "leaf_hash") { "BLOB" } else { "TEXT" };
        let update = format!("UPDATE entries SET {column} = CAST(? AS {kind}) WHERE seq = {seq}");
        // A stream may come out as another one's place; then the database itself refuses.
        if database.execute(&update, [bytes]).is_ok() {
            let ran = tenure.run(&["ledger", "verify"]);
            database.execute(&update, [before]).unwrap();
            prop_assert!(is_found(ran.code), "entry {seq}, {column}[{position}] ^ {bits}: {ran:?}");
        }
        Ok(())
    });
    assert_eq!(tenure.run(&["ledger", "verify"]).code, 0, "everything is whole again");
}

#[test]
fn other_changes_of_the_database_are_found() {
    let changes = [
        "UPDATE entries SET at = at + 1 WHERE seq = 3",
        "UPDATE entries SET rev = rev + 1000 WHERE seq = 3",
        "DELETE FROM entries WHERE seq = 3",
        "DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)",
        "UPDATE checkpoint SET note = replace(note, 'tenure', 'tenura')",
        "UPDATE checkpoint SET size = size - 1",
        "UPDATE meta SET value = replace(value, 'tenure', 'tenura') WHERE name = 'verifier_key'",
    ];
    let (dir, whole) = collected();
    for (number, change) in changes.iter().enumerate() {
        let tenure = tenure(dir.path().join(format!("changed-{number}")));
        tree::copy(whole.workspace(), tenure.workspace());
        let changed = unprotected(tenure.workspace()).execute(change, []).unwrap();
        assert_eq!(changed, 1, "{change}");
        let Ran { code, stdout, stderr } = tenure.run(&["ledger", "verify"]);
        // A workspace whose key is another one cannot even be opened.
        let refused = code == 1 && stderr.starts_with("error:") && change.contains("meta");
        assert!(is_found(code) || refused, "{change}: exit {code}\n{stdout}{stderr}");
    }
}

/// Takes a file away and says what verification says.
fn without(tenure: &Tenure, file: &Path) -> Ran {
    let aside = tenure.workspace().join("aside");
    fs::rename(file, &aside).unwrap();
    let ran = tenure.run(&["ledger", "verify"]);
    fs::rename(&aside, file).unwrap();
    ran
}

#[test]
fn a_removed_blob_is_missing() {
    let (_dir, tenure) = collected();
    for blob in files(&tenure, "blobs/sha256") {
        let ran = without(&tenure, &blob);
        let digest = blob.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(ran.code, MISSING, "{}", ran.stdout);
        assert!(ran.stdout.contains(&format!("blob {digest} is missing")), "{}", ran.stdout);
    }
}

#[test]
fn a_removed_tile_is_missing() {
    let (_dir, tenure) = collected();
    let size = tenure.json(&["ledger", "status"])["published"].as_u64().unwrap();
    let current = format!("000.p/{size}");
    let tiles = files(&tenure, "ledger/tiles/tile");
    let current: Vec<_> = tiles.iter().filter(|path| path.ends_with(&current)).collect();
    assert_eq!(current.len(), 2, "one tile of hashes and one bundle of entries");
    for tile in current {
        let ran = without(&tenure, tile);
        assert_eq!(ran.code, MISSING, "{}: {}", tile.display(), ran.stdout);
    }
    let checkpoint = tenure.workspace().join("ledger/tiles/checkpoint");
    assert_eq!(without(&tenure, &checkpoint).code, MISSING);
}
