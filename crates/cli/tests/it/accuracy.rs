//! What is planted in a simulated company is found, and nothing else is.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::support::fresh;

/// Every scenario finds people enough for each of its kinds, and the test takes a minute, not ten.
const PEOPLE: &str = "60";

#[test]
fn every_control_finds_what_is_planted_and_nothing_else() {
    let (_dir, tenure) = fresh();
    let ran = tenure.run(&["sim", "accuracy", "--people", PEOPLE, "--format", "json"]);
    let told: Value = serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|e| panic!("exit code {}, {e}: {}", ran.code, ran.stderr));
    let controls = told["runs"][0]["controls"].as_object().unwrap();
    assert!(controls.len() >= 37, "{} controls", controls.len());
    let mut wrong = String::new();
    for (id, row) in controls {
        let count = |field: &str| row[field].as_u64().unwrap();
        let planted = count("planted") + count("gaps");
        let missed = count("missed") + count("gaps") - count("gaps_answered");
        if planted == 0 || missed > 0 || count("false_findings") > 0 {
            writeln!(wrong, "{id}: {row:#}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(ran.code, 0);
    let planted = |counts: &Value| counts["planted"] != 0;
    let told = listed("## What has no deviation planted");
    assert_eq!(without(controls, planted), told, "docs/accuracy.md says what has none planted");
    let supported = |counts: &Value| counts["supported"] != 0;
    let told = listed("## What nothing supports");
    assert_eq!(without(controls, supported), told, "docs/accuracy.md says what has no support");
}

/// Attributes of which nothing is so, as `CRD-02 D`.
fn without(controls: &Map<String, Value>, so: impl Fn(&Value) -> bool) -> Vec<String> {
    let attributes = controls.iter().flat_map(|(id, row)| {
        let attributes = row["attributes"].as_object().unwrap().iter();
        attributes.map(move |(attribute, counts)| (format!("{id} {attribute}"), counts))
    });
    attributes.filter(|(_, counts)| !so(counts)).map(|(name, _)| name).collect()
}

/// The same, as the documentation says under a heading.
fn listed(heading: &str) -> Vec<String> {
    let page = include_str!("../../../../docs/accuracy.md");
    let (_, table) = page.split_once(heading).unwrap();
    let table = table.split_once("\n## ").map_or(table, |(table, _)| table);
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let names = rows.map(|(name, _)| name.to_owned());
    names.filter(|name| name != "attribute").collect()
}
