use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Barrier;
use std::time::Duration;

use proptest::prelude::*;
use rusqlite::Connection;
use tenure_ledger::log::{LedgerError, awaited, verify};
use tenure_ledger::merkle::{root_of, verify_consistency, verify_inclusion};
use tenure_ledger::{KeyType, Ledger, NewEntry, Policy, SigningKey, TlogProof};
use tenure_model::ids::Seq;

use crate::support::{ORIGIN, at, batch, filled, key, new_entry, new_ledger, reopen};

#[test]
fn a_new_ledger_publishes_its_empty_tree() {
    let (dir, ledger) = new_ledger();
    let signed = ledger.checkpoint().expect("published");
    assert_eq!((signed.checkpoint.size, ledger.size().expect("a size")), (0, 0));
    assert_eq!(signed.checkpoint.origin, ORIGIN);
    assert_eq!(ledger.publish(at(1)).expect("nothing to do"), signed.checkpoint);
    assert!(verify(dir.path(), ledger.verifier_key()).expect("a report").is_verified());
}

#[test]
fn creation_and_opening_say_what_is_wrong() {
    let (dir, ledger) = new_ledger();
    drop(ledger);
    assert!(matches!(Ledger::create(dir.path(), ORIGIN, key()), Err(LedgerError::Exists(_))));
    let empty = tempfile::tempdir().expect("a directory");
    assert!(matches!(Ledger::open(empty.path()), Err(LedgerError::NoLedger(_))));
    assert!(matches!(Ledger::create(empty.path(), "a b", key()), Err(LedgerError::Key(_))));
    let open = || Ledger::open(dir.path()).expect("it opens");
    let other = SigningKey::from_seed([1; 32]);
    assert!(matches!(open().with_key(other), Err(LedgerError::WrongKey { .. })));
    assert!(matches!(open().publish(at(0)), Err(LedgerError::NoSigningKey)));
}

#[test]
fn what_is_appended_is_read_back() {
    let (dir, ledger) = new_ledger();
    assert_eq!(ledger.append(Vec::new()).expect("nothing"), []);
    let seqs = ledger.append(batch("a", 0..600)).expect("appended");
    assert_eq!(seqs, (0..600).map(Seq).collect::<Vec<_>>());
    assert_eq!(ledger.append(batch("b", 5..7)).expect("appended"), [Seq(600), Seq(601)]);
    drop(ledger);
    let ledger = Ledger::open(dir.path()).expect("it opens");
    assert_eq!(ledger.size().expect("a size"), 602);
    assert_eq!(ledger.next_rev("a").expect("a revision"), 600);
    assert_eq!(ledger.next_rev("b").expect("a revision"), 7);
    assert_eq!(ledger.next_rev("c").expect("a revision"), 0);
    let read = ledger.entries(590..1000).collect::<Result<Vec<_>, _>>().expect("entries");
    assert_eq!(read.len(), 12);
    assert_eq!(read[0].entry, new_entry("a", 590).into());
    assert_eq!(read[11].seq, Seq(601));
    let stream = ledger.stream("a").collect::<Result<Vec<_>, _>>().expect("entries");
    assert!(stream.iter().map(|one| one.entry.rev).eq(0..600));
    assert_eq!(ledger.entry(Seq(601)).expect("an entry").entry, new_entry("b", 6).into());
    assert!(matches!(ledger.entry(Seq(602)), Err(LedgerError::NoEntry(602))));
    assert!(matches!(ledger.entry(Seq(u64::MAX)), Err(LedgerError::NoEntry(_))));
    assert_eq!(ledger.entries(700..u64::MAX).count(), 0);
}

#[test]
fn a_taken_place_refuses_its_whole_batch_and_no_other() {
    let (_dir, ledger) = new_ledger();
    ledger.append(batch("a", 0..3)).expect("appended");
    let mixed = vec![new_entry("b", 0), new_entry("a", 2), new_entry("b", 1)];
    match ledger.append(mixed) {
        Err(LedgerError::Conflict { stream, rev }) => assert_eq!((stream.as_str(), rev), ("a", 2)),
        other => panic!("{other:?}"),
    }
    let twice = vec![new_entry("b", 0), new_entry("b", 0)];
    assert!(matches!(ledger.append(twice), Err(LedgerError::Conflict { .. })));
    assert_eq!(ledger.size().expect("a size"), 3);
    assert_eq!(ledger.append(batch("b", 0..1)).expect("appended"), [Seq(3)]);
}

#[test]
fn an_interrupted_caller_can_repeat_itself() {
    let (_dir, ledger) = new_ledger();
    let first = ledger.append(batch("a", 0..3)).expect("appended");
    let again = ledger.append_idempotent(batch("a", 0..5)).expect("repeated");
    assert_eq!(again[..3], first);
    assert_eq!(again[3..], [Seq(3), Seq(4)]);
    let other = NewEntry { body: 1.into(), ..new_entry("a", 4) };
    let refused = ledger.append_idempotent(vec![new_entry("a", 5), other]);
    assert!(matches!(refused, Err(LedgerError::Conflict { rev: 4, .. })));
    assert_eq!(ledger.size().expect("a size"), 5);
}

#[test]
fn an_unusable_entry_is_named_by_its_position() {
    let (_dir, ledger) = new_ledger();
    let empty = NewEntry { kind: String::new(), ..new_entry("a", 1) };
    let refused = ledger.append(vec![new_entry("a", 0), empty]);
    assert!(matches!(refused, Err(LedgerError::Entry { position: 1, .. })));
    assert_eq!(ledger.size().expect("a size"), 0);
}

#[test]
fn many_entries_are_prepared_as_few_are() {
    const MANY: u64 = 5_000;
    let (_dir, together) = new_ledger();
    let each = |entries: Vec<NewEntry>| {
        Ledger::prepare_each(entries.len(), |n| Ok::<_, LedgerError>(entries[n].clone()))
    };
    let prepared = each(batch("a", 0..MANY)).expect("entries");
    let seqs = together.append_prepared(prepared).expect("appended");
    assert_eq!(seqs, (0..MANY).map(Seq).collect::<Vec<_>>());
    let (_dir, apart) = new_ledger();
    for first in (0..MANY).step_by(100) {
        apart.append(batch("a", first..first + 100)).expect("appended");
    }
    let all = |ledger: &Ledger| {
        ledger.entries(0..MANY).map(|e| e.expect("an entry").bytes).collect::<Vec<_>>()
    };
    assert_eq!(all(&together), all(&apart));
    assert_eq!(
        together.publish(at(1)).expect("published"),
        apart.publish(at(1)).expect("published")
    );

    for position in [0, 700, 4_999] {
        let mut entries = batch("b", 0..MANY);
        entries[position].actor.clear();
        entries[4_999].kind.clear();
        match each(entries) {
            Err(LedgerError::Entry { position: named, .. }) => assert_eq!(named, position),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_batch_is_committed_with_its_last_entries_and_not_before() {
    let (_dir, ledger) = new_ledger();
    let prepared = |revs| Ledger::prepare(batch("a", revs)).expect("entries");
    for (withdrawn, size) in [(true, 0), (false, 5), (true, 5)] {
        let (last, awaited) = awaited();
        let appended = std::thread::scope(|scope| {
            let first = if withdrawn { 40..43 } else { 20..23 };
            let appended = scope.spawn(|| ledger.append_when(prepared(first), awaited));
            std::thread::sleep(Duration::from_millis(50));
            assert!(!appended.is_finished());
            if withdrawn {
                drop(last);
            } else {
                last.hand_over(prepared(0..2));
            }
            appended.join().expect("no panic")
        });
        match appended {
            Ok(seqs) => assert_eq!((seqs, withdrawn), ((0..5).map(Seq).collect(), false)),
            Err(error) => assert!(withdrawn && matches!(error, LedgerError::Withdrawn)),
        }
        assert_eq!(ledger.size().expect("a size"), size);
    }
    // The last ones may conflict as well, and then nothing is there.
    let (last, awaited) = awaited();
    last.hand_over(prepared(0..1));
    let refused = ledger.append_when(prepared(10..12), awaited);
    assert!(matches!(refused, Err(LedgerError::Conflict { rev: 0, .. })));
    assert_eq!(ledger.append(batch("a", 10..11)).expect("the place is free"), [Seq(5)]);
}

#[test]
fn entries_of_a_kind_are_found_among_others() {
    let (_dir, ledger) = new_ledger();
    let of = |kind: &str, rev| NewEntry { kind: kind.to_owned(), ..new_entry("a", rev) };
    let kind = |rev: u64| if rev.is_multiple_of(3) { "third" } else { "other" };
    ledger.append((0..1_000).map(|rev| of(kind(rev), rev)).collect()).expect("appended");
    let revs = |kind: &str| {
        let entries = ledger.of_kind(kind).expect("a size");
        entries.map(|entry| entry.expect("an entry").entry.rev).collect::<Vec<_>>()
    };
    assert_eq!(revs("third"), (0..1_000).step_by(3).collect::<Vec<_>>());
    assert_eq!(revs("none"), [] as [u64; 0]);
}

#[test]
fn the_database_refuses_change() {
    let (dir, ledger) = filled(3, 0);
    drop(ledger);
    let database = Connection::open(dir.path().join("ledger.sqlite")).expect("it opens");
    database.pragma_update(None, "recursive_triggers", true).expect("a pragma");
    for sql in [
        "UPDATE entries SET kind = 'x' WHERE seq = 1",
        "DELETE FROM entries WHERE seq = 2",
        "DELETE FROM entries",
        "INSERT OR REPLACE INTO entries SELECT 3, kind, at, actor, stream, rev, bytes, leaf_hash FROM entries WHERE seq = 0",
        "INSERT INTO entries SELECT seq + 9, kind, at, actor, 'x', rev, bytes, leaf_hash FROM entries WHERE seq = 0",
    ] {
        let error = database.execute(sql, []).expect_err(sql).to_string();
        assert!(error.contains("ledger entries are"), "{sql}: {error}");
    }
}

#[test]
fn a_second_writer_is_told_who_writes() {
    let (dir, ledger) = filled(2, 1);
    let second = reopen(dir.path());
    assert_eq!(second.size().expect("readers need no lock"), 3);
    for refused in [second.append(batch("c", 0..1)).err(), second.publish(at(1)).err()] {
        match refused {
            Some(LedgerError::Locked { pid }) => assert_eq!(pid, std::process::id().to_string()),
            other => panic!("{other:?}"),
        }
    }
    drop(ledger);
    assert_eq!(second.append(batch("c", 0..1)).expect("the lock is free"), [Seq(3)]);
}

#[test]
fn sixty_four_threads_share_commits() {
    const THREADS: u64 = 64;
    const EACH: u64 = 20;
    let (dir, ledger) = new_ledger();
    let start = Barrier::new(THREADS as usize);
    let acknowledged: BTreeMap<u64, Vec<Seq>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (ledger, start) = (&ledger, &start);
                scope.spawn(move || {
                    start.wait();
                    let stream = format!("t{thread}");
                    let append = |rev| {
                        // Everybody fights for the same place too; exactly one gets it.
                        let shared = ledger.append(vec![new_entry("shared", rev)]);
                        assert!(matches!(shared, Ok(_) | Err(LedgerError::Conflict { .. })));
                        ledger.append(vec![new_entry(&stream, rev)]).expect("appended")[0]
                    };
                    (thread, (0..EACH).map(append).collect())
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    drop(ledger);
    let ledger = reopen(dir.path());
    assert_eq!(ledger.size().expect("a size"), THREADS * EACH + EACH);
    for (thread, seqs) in acknowledged {
        assert!(seqs.is_sorted(), "thread {thread} keeps its order");
        for (seq, rev) in seqs.iter().zip(0..) {
            let read = ledger.entry(*seq).expect("acknowledged entries are there");
            assert_eq!(read.entry, new_entry(&format!("t{thread}"), rev).into());
        }
    }
    assert_eq!(ledger.next_rev("shared").expect("a revision"), EACH);
    ledger.publish(at(0)).expect("published");
    assert!(verify(dir.path(), ledger.verifier_key()).expect("a report").is_verified());
}

#[test]
fn proofs_come_from_tiles_at_every_published_size() {
    let (_dir, ledger) = new_ledger();
    let mut leaves = Vec::new();
    let mut published = Vec::new();
    for (step, count) in [1_u64, 2, 250, 4, 255, 1, 300].into_iter().enumerate() {
        ledger.append(batch(&format!("s{step}"), 0..count)).expect("appended");
        let new = ledger.entries(leaves.len() as u64..u64::MAX);
        leaves.extend(new.map(|entry| entry.expect("an entry").leaf_hash));
        let checkpoint = ledger.publish(at(0)).expect("published");
        assert_eq!(checkpoint.root, root_of(&leaves));
        published.push(checkpoint);
    }
    let last = published.last().expect("published");
    for old in &published {
        let proof = ledger.consistency_proof(old.size, last.size).expect("a proof");
        verify_consistency(old.size, last.size, &proof, &old.root, &last.root).expect("verifies");
        for seq in [0, old.size / 2, old.size - 1] {
            let proof = ledger.inclusion_proof(Seq(seq), old.size).expect("a proof");
            let leaf = &leaves[seq as usize];
            verify_inclusion(leaf, seq, old.size, &proof, &old.root).expect("verifies");
        }
    }
    let beyond = ledger.inclusion_proof(Seq(0), last.size + 1);
    assert!(matches!(beyond, Err(LedgerError::NotPublished { .. })));
    assert!(matches!(ledger.inclusion_proof(Seq(5), 5), Err(LedgerError::Proof(_))));
    assert!(matches!(ledger.consistency_proof(0, 5), Err(LedgerError::Proof(_))));
}

#[test]
fn a_proof_file_verifies_offline() {
    let (_dir, ledger) = filled(300, 1);
    let file = ledger.tlog_proof(Seq(256)).expect("a proof").to_string();
    let proof = TlogProof::parse(file.as_bytes()).expect("it reads");
    let leaf = ledger.entry(Seq(256)).expect("an entry").leaf_hash;
    let policy = Policy::log_only(key().verifier(ORIGIN, KeyType::Ed25519).expect("a key"));
    proof.verify(&leaf, &policy).expect("it verifies");
    proof.verify_with_key(&leaf, ledger.verifier_key()).expect("it verifies");
    let other = ledger.entry(Seq(255)).expect("an entry").leaf_hash;
    assert!(proof.verify(&other, &policy).is_err());
    let moved = TlogProof { index: 255, ..proof };
    assert!(moved.verify(&leaf, &policy).is_err());
    assert!(matches!(ledger.tlog_proof(Seq(300)), Err(LedgerError::NotPublished { .. })));
}

#[test]
fn full_tiles_replace_partial_ones() {
    let (dir, ledger) = filled(200, 0);
    let partial = dir.path().join("tiles/tile/0/000.p");
    assert!(partial.join("200").exists());
    ledger.append(batch("c", 0..60)).expect("appended");
    ledger.publish(at(1)).expect("published");
    assert!(!partial.exists());
    assert!(dir.path().join("tiles/tile/0/000").exists());
    assert!(dir.path().join("tiles/tile/entries/001.p/4").exists());
    assert!(dir.path().join("tiles/tile/1/000.p/1").exists());
}

#[test]
fn a_published_state_that_contradicts_the_database_stops_publication() {
    let newer = |dir: &Path| fs::read(dir.join("tiles/checkpoint")).expect("a checkpoint");
    // The database is an old copy: the published checkpoint is newer.
    let (dir, ledger) = filled(3, 0);
    drop(ledger);
    let copy = tempfile::tempdir().expect("a directory");
    fs::copy(dir.path().join("ledger.sqlite"), copy.path().join("ledger.sqlite")).expect("copied");
    let ledger = reopen(dir.path());
    ledger.append(batch("c", 0..3)).expect("appended");
    ledger.publish(at(1)).expect("published");
    fs::create_dir_all(copy.path().join("tiles")).expect("a directory");
    fs::write(copy.path().join("tiles/checkpoint"), newer(dir.path())).expect("written");
    let old = reopen(copy.path());
    assert!(matches!(old.publish(at(2)), Err(LedgerError::Inconsistent { .. })));
    // Same size, another root: two histories.
    let (other_dir, _other) = {
        let (dir, ledger) = new_ledger();
        ledger.append(batch("z", 0..6)).expect("appended");
        ledger.publish(at(0)).expect("published");
        (dir, ledger)
    };
    fs::write(dir.path().join("tiles/checkpoint"), newer(other_dir.path())).expect("written");
    assert!(matches!(ledger.publish(at(2)), Err(LedgerError::Inconsistent { .. })));
    // Somebody else's checkpoint, or none at all that can be read.
    fs::write(dir.path().join("tiles/checkpoint"), "nonsense").expect("written");
    assert!(matches!(ledger.publish(at(2)), Err(LedgerError::Checkpoint { .. })));
}

#[test]
fn an_older_published_root_that_is_no_prefix_stops_publication() {
    let (dir, ledger) = filled(6, 0);
    let (other_dir, _other) = {
        let (dir, ledger) = new_ledger();
        ledger.append(batch("z", 0..3)).expect("appended");
        ledger.publish(at(0)).expect("published");
        (dir, ledger)
    };
    let foreign = fs::read(other_dir.path().join("tiles/checkpoint")).expect("a checkpoint");
    fs::write(dir.path().join("tiles/checkpoint"), foreign).expect("written");
    ledger.append(batch("c", 0..1)).expect("appended");
    assert!(matches!(ledger.publish(at(2)), Err(LedgerError::Inconsistent { .. })));
}

#[test]
fn a_changed_tile_stops_publication() {
    let (dir, ledger) = filled(6, 1);
    let path = dir.path().join("tiles/tile/0/000.p/6");
    let mut tile = fs::read(&path).expect("a tile");
    tile[40] ^= 1;
    fs::write(&path, tile).expect("written");
    assert!(matches!(ledger.publish(at(2)), Err(LedgerError::Inconsistent { .. })));
    fs::remove_file(&path).expect("removed");
    assert!(matches!(ledger.publish(at(2)), Err(LedgerError::TileMissing(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// However a log is cut into publications, its tiles end up the same.
    #[test]
    fn the_cuts_do_not_matter(cuts in prop::collection::btree_set(1_u64..700, 0..6)) {
        let total = 700;
        let (dir, ledger) = new_ledger();
        for end in cuts.iter().copied().chain([total]) {
            let first = ledger.size().expect("a size");
            ledger.append(batch("a", first..end)).expect("appended");
            ledger.publish(at(0)).expect("published");
        }
        let (whole_dir, whole) = new_ledger();
        whole.append(batch("a", 0..total)).expect("appended");
        whole.publish(at(0)).expect("published");
        prop_assert_eq!(ledger.checkpoint().expect("one"), whole.checkpoint().expect("one"));
        for name in ["tile/0/000", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/002.p/188"] {
            let read = |dir: &Path| fs::read(dir.join("tiles").join(name)).expect("a tile");
            prop_assert_eq!(read(dir.path()), read(whole_dir.path()));
        }
        let report = verify(dir.path(), ledger.verifier_key()).expect("a report");
        prop_assert!(report.is_verified(), "{:?}", report.findings);
    }
}
