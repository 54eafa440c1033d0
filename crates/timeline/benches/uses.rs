//! Writing the uses of one run: rows put in order, told once each, rolled up by day, encoded.
//!
//! The rows are made up, and shaped as those of a company's trail: 600,000 records in 200 objects,
//! of which one in twenty is delivered twice, over half a year; some hundred identities, a few
//! thousand keys and addresses, a hundred actions, and ids without any pattern.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use tempfile::TempDir;
use tenure_model::fact::{UsageEvent, UseOutcome};
use tenure_model::usage::UsageRows;
use tenure_model::{Digest, Timestamp};
use tenure_timeline::store::Store;
use tenure_timeline::usage::UsageWriter;

const OBJECTS: u64 = 200;
const DISTINCT: u64 = 570_000;
const DELIVERED: u64 = 600_000;

/// Numbers without a pattern, the same on every machine (Vigna's SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn event(number: u64) -> UsageEvent {
    let (high, low) = (mixed(number), mixed(number + DISTINCT));
    // Somebody does some things in a row; few do much, and many do little.
    let session = mixed(number / 4 + 2 * DISTINCT);
    let who = (session % 300) * (session / 300 % 300) / 300;
    let key = session / 90_000 % 7;
    let what = mixed(number / 2 + 3 * DISTINCT) % 116;
    let (denied, user) = (high.is_multiple_of(40), who.is_multiple_of(3));
    UsageEvent {
        event_id: format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0xfff,
            low & 0xffff_ffff_ffff
        ),
        // Half a year, in seconds, as the trail has them.
        event_time: Some(Timestamp::from_seconds(
            1_767_225_600 + (number * 27 + low % 27).cast_signed(),
        )),
        account: Some(format!("{:012}", 111_122_223_333 + who % 3)),
        region: Some(format!("eu-west-{}", what % 13)),
        service: Some(format!("service{}.amazonaws.com", what % 21)),
        action: Some(format!("DescribeSomething{what}")),
        actor_type: Some(if user { "IAMUser" } else { "AssumedRole" }.to_owned()),
        actor: Some(format!("arn:aws:sts::111122223333:assumed-role/app{who}/i-{who:08}")),
        actor_id: Some(format!("AROAEXAMPLE{who:010}:i-{who:08}")),
        actor_name: user.then(|| format!("user{who:04}")),
        credential_key: Some(format!("ASIAEXAMPLE{:09}", who * 10 + key)),
        session_issuer: (!user).then(|| format!("arn:aws:iam::111122223333:role/app{who}")),
        actor_account: Some("111122223333".to_owned()),
        resource: what.is_multiple_of(5).then(|| format!("arn:aws:s3:::bucket{}", low % 400)),
        outcome: Some(if denied { UseOutcome::Denied } else { UseOutcome::Success }),
        error_code: denied.then(|| "AccessDenied".to_owned()),
        src_ip: Some(format!("198.51.{}.{}", who % 10, session / 630_000 % 300 % 256)),
        user_agent: Some(format!("aws-sdk-rust/1.{} os/linux lang/rust", who % 32)),
        read_only: Some(!what.is_multiple_of(4)),
        management: Some(true),
        session_mfa: user.then_some(who.is_multiple_of(2)),
        ..UsageEvent::default()
    }
}

/// What one object tells. Each holds some days, and its last records come again with the next.
fn object(number: u64) -> UsageRows {
    let mut rows = UsageRows::default();
    let first = number * (DISTINCT / OBJECTS);
    let again = DELIVERED / OBJECTS - DISTINCT / OBJECTS;
    for (record, event_number) in
        (first.saturating_sub(again)..first + DISTINCT / OBJECTS).enumerate()
    {
        rows.push(&event(event_number), 0, record as u64);
    }
    rows
}

fn writer(store: &Store, objects: &[UsageRows], memory: usize) -> UsageWriter {
    let mut writer = UsageWriter::new(store, "trail", "aws", memory);
    for (number, rows) in (0_u64..).zip(objects) {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&mixed(number).to_le_bytes());
        writer.absorb(rows.clone(), &[Digest(digest)]).expect("rows are taken");
    }
    writer
}

fn writing(c: &mut Criterion) {
    let objects: Vec<_> = (0..OBJECTS).map(object).collect();
    let mut group = c.benchmark_group("uses");
    group.sample_size(10);
    group.throughput(Throughput::Elements(DISTINCT));
    for (name, memory) in [("in memory", 512 << 20), ("from disk", 64 << 20)] {
        group.bench_function(name, |b| {
            b.iter_batched(
                || {
                    let dir = TempDir::new().expect("a directory");
                    let store = Store::new(dir.path());
                    let writer = writer(&store, &objects, memory);
                    (dir, store, writer)
                },
                |(dir, store, writer)| {
                    black_box(writer.finish(&store, 1).expect("files are written"));
                    dir
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, writing);
criterion_main!(benches);
