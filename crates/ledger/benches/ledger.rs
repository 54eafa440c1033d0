//! Durable appends with many threads, publication, and verification.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use tempfile::TempDir;
use tenure_ledger::log::verify;
use tenure_ledger::merkle::{TreeBuilder, leaf_hash};
use tenure_ledger::tiles::{push_entry, read_bundle};
use tenure_ledger::{Ledger, NewEntry, SigningKey};
use tenure_model::Timestamp;

const THREADS: u64 = 64;
const LEAVES: u64 = 1 << 18;

fn at() -> Timestamp {
    Timestamp::from_seconds(1_750_000_000)
}

/// About 330 bytes, the size of a run's artifact entry without gaps.
fn entry(stream: &str, rev: u64) -> NewEntry {
    NewEntry {
        kind: "artifact".to_owned(),
        at: at().plus_micros(rev.cast_signed() / 1000),
        actor: "collector".to_owned(),
        stream: stream.to_owned(),
        rev,
        body: json!({
            "blob": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "bytes": rev, "records": 17, "name": "audit/2025-07-01.jsonl",
            "source": "k8s", "run": "k8s-17", "media_type": "application/jsonl",
        }),
    }
}

fn ledger() -> (TempDir, Ledger) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let key = SigningKey::from_seed([1; 32]);
    let ledger = Ledger::create(dir.path(), "bench.example", key).expect("a ledger");
    (dir, ledger)
}

fn filled(leaves: u64) -> (TempDir, Ledger) {
    let (dir, ledger) = ledger();
    for first in (0..leaves).step_by(8192) {
        let end = leaves.min(first + 8192);
        ledger.append((first..end).map(|rev| entry("bench", rev)).collect()).expect("appended");
    }
    (dir, ledger)
}

/// Each append is one entry and returns when it is durable.
fn appends(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("append");
    group.throughput(Throughput::Elements(THREADS)).sample_size(10);
    group.measurement_time(Duration::from_secs(8));
    for batch in [1_u64, 16] {
        group.throughput(Throughput::Elements(THREADS * batch));
        group.bench_function(format!("64 threads, batches of {batch}"), |bencher| {
            let (_dir, ledger) = ledger();
            let next = AtomicU64::new(0);
            bencher.iter_custom(|rounds| {
                let start = Instant::now();
                std::thread::scope(|scope| {
                    for thread in 0..THREADS {
                        let (ledger, next) = (&ledger, &next);
                        scope.spawn(move || {
                            let stream = format!("stream/{thread}");
                            for _ in 0..rounds {
                                let first = next.fetch_add(batch, Ordering::Relaxed);
                                let entries = (first..first + batch).map(|rev| entry(&stream, rev));
                                ledger.append(entries.collect()).expect("appended");
                            }
                        });
                    }
                });
                start.elapsed()
            });
        });
    }
    group.finish();
}

fn publication(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("publish");
    group.sample_size(10);
    group.bench_function("10 entries", |bencher| {
        let (_dir, ledger) = filled(1000);
        bencher.iter_custom(|rounds| {
            let mut spent = Duration::ZERO;
            for _ in 0..rounds {
                let first = ledger.size().expect("a size");
                let entries = (first..first + 10).map(|rev| entry("bench", rev));
                ledger.append(entries.collect()).expect("appended");
                let start = Instant::now();
                ledger.publish(at()).expect("published");
                spent += start.elapsed();
            }
            spent
        });
    });
    group.finish();
}

fn verification(criterion: &mut Criterion) {
    let (dir, ledger) = filled(LEAVES);
    ledger.publish(at()).expect("published");
    let mut group = criterion.benchmark_group("verify");
    group.throughput(Throughput::Elements(LEAVES)).sample_size(10);
    group.bench_function("tiles and database", |bencher| {
        bencher.iter(|| {
            let report = verify(dir.path(), ledger.verifier_key()).expect("a report");
            assert!(report.is_verified());
            black_box(report)
        });
    });
    let copy = tempfile::tempdir().expect("a directory");
    std::fs::rename(dir.path().join("tiles"), copy.path().join("tiles")).expect("moved");
    group.bench_function("tiles only", |bencher| {
        bencher.iter(|| {
            let report = verify(copy.path(), ledger.verifier_key()).expect("a report");
            assert_eq!(report.findings.len(), 1, "only the database is missing");
            black_box(report)
        });
    });
    let mut bundle = Vec::new();
    for rev in 0..256 {
        let bytes = tenure_ledger::Entry::from(entry("bench", rev)).to_bytes().expect("an entry");
        push_entry(&mut bundle, &bytes).expect("short");
    }
    group.throughput(Throughput::Elements(256));
    group.bench_function("hashing alone", |bencher| {
        bencher.iter(|| {
            let mut tree = TreeBuilder::new();
            read_bundle(&bundle, 256, |entry| tree.push(leaf_hash(entry))).expect("a bundle");
            black_box(tree.root())
        });
    });
    group.finish();
}

criterion_group!(benches, appends, publication, verification);
criterion_main!(benches);
