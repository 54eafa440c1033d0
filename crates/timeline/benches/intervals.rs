//! Interval questions on a store of 100,000 credentials and 400,000 grants: made-up rows, no two
//! alike, in an order that is of no help.

use std::fs::File;
use std::hint::black_box;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray, TimestampSecondArray,
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;
use tenure_timeline::intervals::ops::Interval;
use tenure_timeline::intervals::{Question, Settings, ask, load};

const CREDENTIALS: i64 = 100_000;
const USED: i64 = 2_000_000;
const GRANTS: i64 = 400_000;
const START: i64 = 20_454;
const DAYS: i64 = 181;
const DAY: i64 = 86_400;

/// Numbers without a pattern, the same on every machine (Vigna's SplitMix64).
fn mixed(number: i64) -> i64 {
    let mut z = number.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 33)).cast_signed().abs()
}

fn texts(prefix: &str, rows: i64, of: impl Fn(i64) -> i64) -> ArrayRef {
    Arc::new(StringArray::from_iter_values((0..rows).map(|n| format!("{prefix}{:09}", of(n)))))
}

fn times(rows: i64, of: impl Fn(i64) -> Option<i64>) -> ArrayRef {
    Arc::new((0..rows).map(of).collect::<TimestampSecondArray>())
}

fn days(rows: i64, of: impl Fn(i64) -> Option<i64>) -> ArrayRef {
    let day = |n| of(n).and_then(|day| i32::try_from(day).ok());
    Arc::new((0..rows).map(day).collect::<Date32Array>())
}

fn table(dir: &Path, name: &str, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let file = File::create(dir.join(format!("{name}.parquet"))).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows are written");
    writer.close().expect("the file is written");
}

fn tables(dir: &Path) {
    let who = |n: i64| mixed(n) % CREDENTIALS;
    let created = |n: i64| (START - 300 + mixed(n + 1) % 400) * DAY + mixed(n) % DAY;
    let retired = |n: i64| (n % 5 > 0).then(|| created(n) + mixed(n + 2) % (300 * DAY));
    table(
        dir,
        "credential_versions",
        vec![
            ("credential_id", texts("AKIA", 4 * CREDENTIALS, who)),
            ("created_at", times(4 * CREDENTIALS, |n| Some(created(n)))),
            ("retired_at", times(4 * CREDENTIALS, retired)),
        ],
    );
    table(
        dir,
        "enabled",
        vec![
            ("credential_id", texts("AKIA", CREDENTIALS, |n| n)),
            ("account", texts("", CREDENTIALS, |n| n % 200)),
            ("enabled_from", days(CREDENTIALS, |n| Some(START - mixed(n) % 300))),
            ("enabled_to", days(CREDENTIALS, |n| (n % 9 == 0).then_some(START + 90))),
        ],
    );
    table(
        dir,
        "usage_daily",
        vec![
            ("credential_id", texts("AKIA", USED, who)),
            ("day", days(USED, |n| Some(START - 90 + mixed(n + 3) % (DAYS + 90)))),
        ],
    );
    table(
        dir,
        "coverage_gaps",
        vec![
            ("account", texts("", 1_600, |n| n % 200)),
            ("gap_from", days(1_600, |n| Some(START + mixed(n) % DAYS))),
            ("gap_to", days(1_600, |n| Some(START + mixed(n) % DAYS + 3))),
        ],
    );
    let (person, role) = (|n: i64| mixed(n) % 8_000, |n: i64| mixed(n + 5) % 2_000);
    table(
        dir,
        "grants",
        vec![
            ("grant_id", Arc::new(Int64Array::from_iter_values(0..GRANTS))),
            ("principal", texts("user-", GRANTS, person)),
            ("entitlement", texts("role/", GRANTS, role)),
            ("valid_from", times(GRANTS, |n| Some(created(n)))),
            ("valid_to", times(GRANTS, retired)),
        ],
    );
    table(
        dir,
        "approvals",
        vec![
            ("principal", texts("user-", GRANTS, person)),
            ("entitlement", texts("role/", GRANTS, role)),
            ("resolved_at", times(GRANTS, |n| Some(created(n) + mixed(n + 6) % 9 - 7))),
            ("outcome", Arc::new(StringArray::from_iter_values((0..GRANTS).map(|_| "approved")))),
        ],
    );
}

fn asking(c: &mut Criterion) {
    let dir = TempDir::new().expect("a directory");
    let (store, out) = (dir.path().join("store"), dir.path().join("out.parquet"));
    tables(dir.path());
    let settings = Settings { threads: NonZero::new(2).expect("two"), ..Settings::default() };
    load(dir.path(), &store, &[], settings).expect("a store");
    let micros = DAY * 1_000_000;
    let period = Interval::new(START * micros, (START + DAYS) * micros);
    let in_days = Interval::new(START, START + DAYS);
    let questions = [
        (
            "old credentials",
            Question::OldCredentials { period, max_age: 90 * micros },
            4 * CREDENTIALS,
        ),
        ("unapproved grants", Question::UnapprovedGrants { period }, 2 * GRANTS),
        ("unused credentials", Question::UnusedCredentials { period: in_days, limit: 45 }, USED),
    ];
    let mut group = c.benchmark_group("intervals");
    group.sample_size(10);
    for (name, question, rows) in questions {
        group.throughput(Throughput::Elements(rows.unsigned_abs()));
        group.bench_function(name, |b| {
            b.iter(|| black_box(ask(&store, question, &out, settings.threads).expect("an answer")));
        });
    }
    group.throughput(Throughput::Elements((5 * CREDENTIALS + USED + 2 * GRANTS).unsigned_abs()));
    group.bench_function("load", |b| {
        b.iter_batched(
            || TempDir::new().expect("a directory"),
            |store| {
                load(dir.path(), store.path(), &[], settings).expect("a store");
                store
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, asking);
criterion_main!(benches);
