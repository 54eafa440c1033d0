//! Questions to an index of a million versions, and making it.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use tempfile::TempDir;
use tenure_model::ids::Seq;
use tenure_model::{Timestamp, Validity};
use tenure_timeline::asof_index::{Builder, Index, Side};

const VERSIONS: u64 = 1_000_000;
const PEOPLE: u64 = VERSIONS / 50;
const RIGHTS: u64 = VERSIONS / 200;
const YEARS: i64 = 3 * 365 * 86_400;

/// Numbers without a pattern, the same on every machine (Vigna's SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn person(number: u64) -> String {
    format!("user-{number:07}@corp.example")
}

fn right(number: u64) -> String {
    format!("app{:03}:resource/{number:05}:read", number * 7919 % 211)
}

fn seconds(number: u64, most: i64) -> i64 {
    number.cast_signed().rem_euclid(most)
}

fn versions() -> Builder {
    let mut builder = Builder::default();
    for n in 0..VERSIONS {
        let [a, b, c, d] = [0, 1, 2, 3].map(|k| mixed(n * 4 + k));
        // Few rights have most of the holders.
        let popular = (b % RIGHTS) * (b >> 32) / (1 << 32);
        let from = seconds(c, YEARS);
        let to = Some(from + 60 + seconds(d, YEARS)).filter(|to| *to < YEARS);
        let to = to.map(Timestamp::from_seconds);
        let from = Timestamp::from_seconds(from);
        let validity = Validity { from_lo: Some(from), from_hi: from, to_lo: to, to_hi: to };
        let (person, right) = (person(a % PEOPLE), right(popular));
        builder.push([&person, &right, "direct"], &validity, (Seq(0), None));
    }
    builder
}

fn asking(c: &mut Criterion) {
    let dir = TempDir::new().expect("a directory");
    let builder = versions();
    builder.write(dir.path()).expect("an index");
    let index = Index::open(dir.path()).expect("an index");
    let at = Timestamp::from_seconds(YEARS / 2);
    let mut group = c.benchmark_group("as of");
    let keys = [
        ("who, most popular", Side::Who, right(0)),
        ("who, ordinary", Side::Who, right(RIGHTS / 2)),
        ("what", Side::What, person(7)),
    ];
    for (name, side, key) in keys {
        group.bench_function(name, |b| {
            b.iter(|| black_box(index.ask(side, &key, at, Seq::LATEST).expect("an answer").len()));
        });
    }
    group.sample_size(10);
    group.bench_function("making the index", |b| {
        b.iter(|| builder.write(dir.path()).expect("an index"));
    });
    group.finish();
}

criterion_group!(benches, asking);
criterion_main!(benches);
