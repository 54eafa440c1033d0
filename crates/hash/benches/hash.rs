//! Messages of a record's size, one after the other and in batches; nodes of a tree; codes.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sha2::{Digest as _, Sha256};
use tenure_hash::{Batch, Hmac};

/// Lengths that go round, about 1,500 bytes on average, as CloudTrail's records have.
fn records() -> Vec<Vec<u8>> {
    (0..64_usize).map(|i| vec![i as u8; 900 + i * 389 % 1200]).collect()
}

fn messages(c: &mut Criterion, name: &str, messages: &[Vec<u8>]) {
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Bytes(messages.iter().map(|m| m.len() as u64).sum()));
    group.bench_function("one by one", |b| {
        b.iter(|| {
            for message in messages {
                black_box(Sha256::digest(message));
            }
        });
    });
    let (mut batch, mut hashes) = (Batch::new(), Vec::new());
    group.bench_function("batch", |b| {
        b.iter(|| {
            hashes.clear();
            messages.iter().for_each(|m| batch.push(&[m]));
            batch.finish(&mut hashes);
            black_box(&hashes);
        });
    });
    group.finish();
}

fn codes(c: &mut Criterion) {
    use hmac::{KeyInit as _, Mac as _};
    let mut group = c.benchmark_group("64 codes of 8 bytes");
    group.throughput(Throughput::Elements(64));
    let theirs = hmac::Hmac::<Sha256>::new_from_slice(b"key").expect("any length is a key");
    group.bench_function("one by one", |b| {
        b.iter(|| {
            for i in 0..64_u64 {
                let mut mac = theirs.clone();
                mac.update(&i.to_be_bytes());
                black_box(mac.finalize());
            }
        });
    });
    let ours = Hmac::new(b"key");
    let (mut batch, mut codes) = (Batch::new(), Vec::new());
    group.bench_function("batch", |b| {
        b.iter(|| {
            ours.codes((0..64_u64).map(u64::to_be_bytes), &mut batch, &mut codes);
            black_box(&codes);
        });
    });
    group.finish();
}

fn all(c: &mut Criterion) {
    messages(c, "64 records", &records());
    messages(c, "64 nodes", &vec![vec![1; 65]; 64]);
    codes(c);
}

criterion_group!(benches, all);
criterion_main!(benches);
