//! The bundle that ships with the demonstration: real, half a year, pseudonymised.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use tenure_model::entry::CoverageStatus;
use tenure_model::fact::Change;
use tenure_model::tables::TableId;
use tenure_sources::source::Payload;

use super::expected::{Checks, Period, sorted};
use super::kubernetes::{datasets, whole_history};
use super::support::{Run, at, collect, run, settings, stretches, text};

pub(crate) fn bundle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo/kubernetes-org-2025H2.bundle")
}

fn half_year() -> Run {
    run(&settings(&bundle(), &[("as_of", "2026-01-01")]), None, "2026-02-01")
}

#[test]
fn the_half_year_gives_the_facts_of_the_real_history() {
    let run = half_year();
    assert!(run.errors.is_empty() && run.gaps().is_empty(), "{:?} {:?}", run.errors, run.gaps());
    let period = Period::new(&run.facts);
    let known: Json = serde_json::from_str(include_str!("half_year.json")).expect("JSON");
    let expected: BTreeMap<String, Json> =
        known["expect"].as_object().expect("an object").clone().into_iter().collect();
    let review =
        period.removed().find(|s| s.end_attr("removal_ref") == "5718").expect("the review");
    let review = review.end_attr("removed_event").to_owned();
    let mut checks = Checks::new(&period, &expected);
    checks.common(&review);
    // Names differ, times and requests do not.
    let respelled = period.respellings();
    let respelled = respelled.as_array().expect("a list").iter().map(|r| json!([r[0], r[1], r[2]]));
    let wanted = sorted(expected["06"].as_array().expect("a list").clone());
    checks.same("06", sorted(respelled.collect()), wanted);
    assert!(checks.wrong.is_empty(), "{}", checks.wrong.join("\n"));
}

#[test]
fn what_was_there_at_the_start_is_an_import() {
    let run = half_year();
    let grants = stretches(&run.facts, TableId::Grants);
    let start = grants.iter().map(|s| s.from).min().expect("grants");
    let at_start: Vec<_> = grants.iter().filter(|s| s.from == start).collect();
    assert!(at_start.len() > 6_000);
    for s in at_start {
        assert!(matches!(s.begun.change, Change::Seen { .. }), "{s:?}");
        assert_eq!((s.attr("approval_ref"), s.attr("approval_basis")), ("", "none"));
    }
}

#[test]
fn the_copy_is_complete_up_to_when_it_was_current() {
    let run = half_year();
    let [claim] = run.collected.coverage.as_slice() else { panic!("{:?}", run.collected.coverage) };
    assert_eq!(claim.status, CoverageStatus::Proven);
    assert_eq!((claim.stream.as_str(), claim.proof_kind), ("grants", "commit_chain"));
    assert!(claim.from < at("2025-07-01"));
    assert_eq!(claim.to, at("2026-01-01"));
    for account in &run.accounts {
        assert!(
            account.integrity.values().all(|verdict| verdict == "verified"),
            "{:?}",
            account.integrity
        );
    }
}

#[test]
fn collecting_twice_gives_the_same_bytes_and_then_nothing() {
    let settings = settings(&bundle(), &[]);
    let first = run(&settings, None, "2026-02-01");
    let second = run(&settings, None, "2026-02-01");
    let bytes = |run: &Run| format!("{:?}", run.artifacts);
    assert_eq!(bytes(&first), bytes(&second));
    assert_eq!(first.facts, second.facts);
    let (artifacts, collected) =
        collect(&settings, Some(first.cursor()), "2026-03-01").expect("it can be collected");
    assert!(artifacts.is_empty());
    let [claim] = collected.coverage.as_slice() else { panic!("{:?}", collected.coverage) };
    assert_eq!(
        (claim.from, claim.to),
        (at("2026-02-01"), at("2026-03-01")),
        "runs tile without a hole"
    );
}

#[test]
fn bots_are_told_from_people() {
    let run = half_year();
    let identities = run.facts.iter().filter(|f| f.table == TableId::Identities);
    let bots: BTreeSet<&str> =
        identities.filter(|f| text(f, "kind") == "bot").map(|f| f.native_id.as_str()).collect();
    assert!(bots.len() >= 5, "{bots:?}");
    assert!(
        bots.iter().all(|login| login.ends_with("-bot") || login.ends_with("-robot")),
        "{bots:?}"
    );
}

/// Words of everything that the artifacts hold.
fn words(run: &Run) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for artifact in &run.artifacts {
        let Payload::Bytes(bytes) = &artifact.payload else { panic!("bytes") };
        let bytes = zstd::decode_all(bytes.as_slice()).expect("zstd");
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        let split = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        words.extend(split.map(|word| word.trim_matches('-').to_owned()));
    }
    words
}

#[test]
fn nobody_of_the_real_history_is_named() {
    let Some(datasets) = datasets() else { return };
    let real = whole_history(&datasets);
    let logins: BTreeSet<&str> = real
        .facts
        .iter()
        .filter(|f| f.table == TableId::Identities && f.native_id.len() >= 4)
        .map(|f| f.native_id.as_str())
        .collect();
    assert!(logins.len() > 2_500, "{}", logins.len());
    let words = words(&half_year());
    let named: Vec<_> = logins.iter().filter(|login| words.contains(**login)).collect();
    assert!(named.is_empty(), "{named:?}");
}
