//! The digest chain, on buckets made and signed for the purpose.

use tenure_model::Timestamp;
use tenure_model::entry::{CoverageStatus, Gap};
use tenure_sources::pipeline::RunDraft;
use tenure_testkit::cloudtrail::{Hour, Objects, Signer, Trail, public_keys};
use tenure_testkit::time::HOUR;

use crate::support::{Workspace, at, gaps};

mod shared;
mod shipped;
mod tampered;
mod whole;

/// The region that is tampered with.
const REGION: &str = "eu-west-1";
/// The other one.
const OTHER: &str = "us-east-1";
const KEYS: &str = "public-keys/eu-west-1.json";

fn start() -> Timestamp {
    at("2024-05-01")
}

/// So many minutes after the start.
fn minutes(n: i64) -> Timestamp {
    start().plus_micros(n * 60_000_000)
}

/// The first hours of the trail, each with two deliveries.
fn hours(n: i64) -> Vec<Hour> {
    let mut hours: Vec<_> =
        (0..n).map(|h| Hour::new(start().plus_micros(h * HOUR), &[10, 40])).collect();
    hours[0].starting = true;
    hours
}

/// The first key is valid all the time, the second was and the third will be.
fn keys() -> Vec<u8> {
    public_keys(&[
        (Signer::FIRST, at("2024-01-01"), at("2025-01-01")),
        (Signer::SECOND, at("2022-01-01"), at("2023-01-01")),
        (Signer::THIRD, at("2030-01-01"), at("2031-01-01")),
    ])
}

/// A bucket with the region's hours as given, and the other region's as they should be.
fn bucket(hours: &[Hour]) -> Objects {
    let mut objects = Trail::new(REGION).deliver(hours);
    objects.extend(Trail::new(OTHER).deliver(&self::hours(12)));
    objects.insert(KEYS.to_owned(), keys());
    objects
}

fn put(workspace: &Workspace, objects: &Objects) {
    for (key, bytes) in objects {
        workspace.write(key, bytes);
    }
}

/// A run over a bucket.
fn run(objects: &Objects) -> (Workspace, RunDraft) {
    let mut workspace = Workspace::with_data("cloudtrail");
    put(&workspace, objects);
    let (draft, _) = workspace.run();
    (workspace, draft)
}

/// Gaps, except that metadata and key lists are no records of the log.
fn found(workspace: &Workspace, draft: &RunDraft) -> Vec<Gap> {
    let mut gaps = gaps(workspace, &draft.run);
    let is_beside = |name: &str| name.ends_with(".metadata.json") || name == KEYS;
    gaps.retain(|gap| !(is_beside(&gap.artifact) && gap.record.is_some()));
    gaps
}

/// What the drafts state of an instant; a later statement supersedes an earlier one.
fn status(drafts: &[RunDraft], stream: &str, at: Timestamp) -> Option<CoverageStatus> {
    let stated = drafts.iter().rev().find_map(|draft| {
        draft.coverage.iter().find(|c| c.stream == stream && c.from <= at && at < c.to)
    });
    stated.map(|claim| claim.status)
}

/// Whether that is proven of a minute.
fn is_proven(draft: &RunDraft, stream: &str, minute: i64) -> bool {
    let status = status(std::slice::from_ref(draft), stream, minutes(minute));
    status == Some(CoverageStatus::Proven)
}
