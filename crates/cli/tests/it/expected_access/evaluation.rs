//! What `tenure evaluate` says of the same grants.

use serde_json::{Value, json};
use tenure_testkit::tenure::Tenure;

use crate::support::text;

/// The control over new access looks at each grant of the period, in the promised shape.
pub(super) fn evaluation_counts_what_was_granted(w: &Tenure, granted: &Value) {
    let period = ["--from", "2025-07-01", "--to", "2026-01-01", "--control", "JML-01"];
    let evaluation = w.json(&[&["evaluate"], &period[..]].concat());
    assert_eq!(evaluation["schema"], "tenure.evaluation/v1");
    let instants = json!({"from": "2025-07-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"});
    assert_eq!(evaluation["period"], instants);
    let entries = w.cell("SELECT count(*) - 1 FROM entries");
    assert_eq!(evaluation["known_at"], entries);
    let controls = evaluation["controls"].as_array().unwrap();
    assert_eq!(controls.len(), 1);
    let control = &controls[0];
    assert_eq!((&control["id"], &control["kind"]), (&json!("JML-01"), &json!("EVENT")));
    assert_eq!(&control["population"]["count"], granted);
    assert_eq!(control["population"]["verdict"], "demonstrated_complete");
    assert_eq!(text(&control["population"]["digest"]).len(), 64);

    let items = control["items"].as_object().unwrap();
    let sum: u64 = items.values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(json!(sum), *granted, "each item has one outcome");
    let mut outcomes: Vec<_> = items.keys().map(String::as_str).collect();
    outcomes.sort_unstable();
    let six = [
        "contradicted",
        "indeterminate",
        "not_applicable",
        "not_demonstrated",
        "not_yet_due",
        "supported",
    ];
    assert_eq!(outcomes, six);
    let deviations = &control["deviations"];
    let list = deviations["list"].as_array().unwrap();
    assert_eq!(deviations["gross"], json!(list.len()));
    assert!(deviations["net"].as_u64() <= deviations["gross"].as_u64());
    for name in [
        "item",
        "attribute",
        "outcome",
        "from",
        "to",
        "carry_in",
        "carry_out",
        "reason",
        "evidence",
    ] {
        assert!(list[0].get(name).is_some(), "a deviation has '{name}'");
    }
}
