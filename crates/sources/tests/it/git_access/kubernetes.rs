//! The real thing: the whole history of the Kubernetes organisations. Runs where the datasets are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::expected::{Checks, Period, group, org, sorted};
use super::support::{Run, Stretch, at, run, settings};

/// The directory of the datasets, when there is one here.
pub(crate) fn datasets() -> Option<PathBuf> {
    std::env::var_os("TENURE_DATASETS").map(PathBuf::from)
}

fn expectations(datasets: &Path) -> BTreeMap<String, Json> {
    let bytes = std::fs::read(datasets.join("expected/access-kubernetes-org.json"));
    let all: Json = serde_json::from_slice(&bytes.expect("the expectations")).expect("JSON");
    let list = all["expectations"].as_array().expect("a list");
    list.iter()
        .map(|e| {
            let id = e["id"].as_str().expect("an id").rsplit('-').next().expect("a number");
            (id.to_owned(), e["expect"].clone())
        })
        .collect()
}

pub(crate) fn whole_history(datasets: &Path) -> Run {
    let tar = datasets.join("access-as-code/kubernetes-org.git.tar");
    run(&settings(&tar, &[]), None, "2026-11-01")
}

#[test]
fn the_whole_history_gives_every_expected_fact() {
    let Some(datasets) = datasets() else { return };
    let run = whole_history(&datasets);
    assert!(run.errors.is_empty(), "{:?}", run.errors);
    assert_eq!(run.gaps().len(), 2, "two people are on a list twice: {:#?}", run.gaps());
    for account in &run.accounts {
        assert_eq!(account.rejected, 0);
        assert!(
            account.integrity.values().all(|verdict| verdict == "verified"),
            "{:?}",
            account.integrity
        );
    }
    let period = Period::new(&run.facts);
    let mut expected = expectations(&datasets);
    let review =
        expected.get_mut("09").and_then(|e| e.as_object_mut()?.remove("commit")).expect("a commit");
    let review = review.as_str().expect("an id");
    let mut checks = Checks::new(&period, &expected);
    checks.common(review);
    checks.same(
        "06",
        period.respellings(),
        sorted(expected["06"].as_array().expect("a list").clone()),
    );
    only_here(&mut checks, &period, &expected);
    assert!(checks.wrong.is_empty(), "{}", checks.wrong.join("\n"));
}

/// What does not survive pseudonyms or a shorter history.
fn only_here(checks: &mut Checks<'_>, period: &Period, expected: &BTreeMap<String, Json>) {
    let import = &expected["16"];
    let time = at(import["time"].as_str().expect("a time"));
    let count =
        period.grants.iter().filter(|s| period.meets(s) && s.from == time && !s.pinned).count();
    checks.same("16", json!(count), import["grants_in_population"].clone());

    let meeting: Vec<_> = period.grants.iter().filter(|s| period.meets(s)).cloned().collect();
    let digest = |all: &[&Stretch]| json!(period.population(all.iter().copied(), false));
    let found = json!({
        "grants": meeting.len(),
        "sha256": period.population(meeting.iter(), false),
        "sha256_clipped": period.population(meeting.iter(), true),
        "sha256_by_kind": group(&meeting, |s| s.kind.clone(), digest),
        "sha256_by_org": group(&meeting, |s| org(&s.what).to_owned(), digest),
    });
    for (name, value) in found.as_object().expect("an object") {
        checks.same(&format!("20 {name}"), value.clone(), expected["20"][name].clone());
    }
    for (name, end) in [("granted", false), ("removed", true)] {
        checks.same(&format!("21 {name}"), json!(period.events(end)), expected["21"][name].clone());
    }
}
