//! A history of daily listings from nothing, and one more day.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tempfile::TempDir;
use tenure_timeline::snapshots::history;

const GRANTS: u64 = 20_000;
const DAYS: u64 = 30;

/// The listing of a day: one grant in five hundred changes a day.
fn listing(day: u64) -> Vec<u8> {
    let mut text = String::new();
    for n in 0..GRANTS {
        let turn = (n + day) / 500 * 500 + n % 500;
        let (person, right) = (turn * 7919 % 4_001, turn * 104_729 % 211);
        text.push_str(&format!(
            "{{\"principal\":\"user-{person:06}@corp.example\",\"entitlement\":\"app{right:03}:read\",\"via\":\"direct\"}}\n"
        ));
    }
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut packed = vec![0; compressor.gzip_compress_bound(text.len())];
    let n = compressor.gzip_compress(text.as_bytes(), &mut packed).expect("room enough");
    packed.truncate(n);
    packed
}

fn put(dir: &Path, day: u64) {
    let name = format!("2026-{:02}-{:02}.jsonl.gz", day / 28 + 1, day % 28 + 1);
    fs::write(dir.join(name), listing(day)).expect("a file");
}

fn building(c: &mut Criterion) {
    let dir = TempDir::new().expect("a directory");
    let all = dir.path().join("in");
    fs::create_dir(&all).expect("a directory");
    (0..DAYS - 1).for_each(|day| put(&all, day));
    let (out, before) = (dir.path().join("out.parquet"), dir.path().join("before"));
    history(&all, Some(&before), &out).expect("a history");
    put(&all, DAYS - 1);
    let mut group = c.benchmark_group("history");
    group.sample_size(20).throughput(Throughput::Elements(GRANTS * DAYS));
    group.bench_function("from nothing", |b| {
        b.iter(|| black_box(history(&all, None, &out).expect("a history")));
    });
    let state = dir.path().join("state");
    group.bench_function("one more day", |b| {
        b.iter(|| {
            // Copying the state of the day before is timed too: a few milliseconds at most.
            fs::create_dir_all(&state).expect("a directory");
            fs::copy(before.join("history.state"), state.join("history.state")).expect("a copy");
            black_box(history(&all, Some(&state), &out).expect("a history"))
        });
    });
    group.finish();
}

criterion_group!(benches, building);
criterion_main!(benches);
