//! What several tests need: vectors, keys, ledgers in temporary directories.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use tenure_ledger::merkle::{Hash, leaf_hash};
use tenure_ledger::{Ledger, NewEntry, SigningKey};
use tenure_model::Timestamp;

pub(crate) const ORIGIN: &str = "tenure.example/log";

/// One of the files in `tests/vectors`.
pub(crate) fn vectors(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).expect("vectors are JSON")
}

pub(crate) fn base64(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().expect("base64 text")).expect("base64")
}

/// Some published cases have texts where hashes belong; padding keeps equal and different ones
/// apart. `None` for an empty one: that is a hash our types cannot express.
pub(crate) fn hash(value: &Value) -> Option<Hash> {
    let mut bytes = base64(value);
    let usable = (1..=32).contains(&bytes.len());
    bytes.resize(32, 0);
    bytes.try_into().ok().filter(|_| usable)
}

pub(crate) fn hex_hash(value: &Value) -> Hash {
    let bytes = hex::decode(value.as_str().expect("hex text")).expect("hex");
    bytes.try_into().expect("32 bytes")
}

pub(crate) fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|index| leaf_hash(index.to_string().as_bytes())).collect()
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_750_000_000 + seconds)
}

pub(crate) fn new_entry(stream: &str, rev: u64) -> NewEntry {
    NewEntry {
        kind: "note".to_owned(),
        at: at(rev.cast_signed()),
        actor: "tester \"é\"\n".to_owned(),
        stream: stream.to_owned(),
        rev,
        body: json!({"text": format!("entry {rev} of {stream}"), "n": [rev, 0.5, null]}),
    }
}

pub(crate) fn batch(stream: &str, revs: std::ops::Range<u64>) -> Vec<NewEntry> {
    revs.map(|rev| new_entry(stream, rev)).collect()
}

pub(crate) fn new_ledger() -> (TempDir, Ledger) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let ledger = Ledger::create(dir.path(), ORIGIN, key()).expect("a new ledger");
    (dir, ledger)
}

/// A ledger with `published` entries in its checkpoint and `pending` more behind it.
pub(crate) fn filled(published: u64, pending: u64) -> (TempDir, Ledger) {
    let (dir, ledger) = new_ledger();
    ledger.append(batch("a", 0..published)).expect("appended");
    ledger.publish(at(0)).expect("published");
    ledger.append(batch("b", 0..pending)).expect("appended");
    (dir, ledger)
}

pub(crate) fn reopen(dir: &Path) -> Ledger {
    Ledger::open(dir).and_then(|ledger| ledger.with_key(key())).expect("the ledger opens")
}
