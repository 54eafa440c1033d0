//! What `tenure evaluate` says of the same events.

use serde_json::Value;
use tenure_testkit::tenure::Tenure;

/// The deviations of a control over the days of the log.
fn deviations(w: &Tenure, control: &str) -> Vec<Value> {
    let period = ["--from", "2021-07-28", "--to", "2021-08-03", "--control", control];
    let evaluation = w.json(&[&["evaluate"], &period[..]].concat());
    assert_eq!(evaluation["controls"][0]["id"], control);
    evaluation["controls"][0]["deviations"]["list"].as_array().unwrap().clone()
}

/// Root tried to sign in, each time without a second factor: every attempt contradicts that root
/// is not used, every success contradicts that people sign in with one.
pub(super) fn root_sign_ins_are_contradicted(w: &Tenure, attempts: &Value) {
    let deviations = deviations(w, "AUT-01");
    let contradicted = |attribute: &str, at: &Value| {
        deviations.iter().any(|d| {
            d["attribute"] == attribute && d["from"] == *at && d["outcome"] == "contradicted"
        })
    };
    let attempts = attempts.as_array().unwrap();
    assert!(!attempts.is_empty());
    for attempt in attempts {
        let (at, succeeded) = (&attempt[0], attempt[4] == "Success");
        assert!(contradicted("F", at), "the attempt at {at} contradicts");
        assert_eq!(contradicted("D", at), succeeded, "the sign-in at {at}");
    }
}

/// Until the trail recorded its own deliveries, nothing shows that the log is whole.
pub(super) fn silence_before_the_trail_shows_nothing(w: &Tenure, recorded_from: &Value) {
    let deviations = deviations(w, "MON-01");
    let whole = |d: &&Value| d["attribute"] == "B" && d["from"] == "2021-07-28T00:00:00Z";
    let before = deviations.iter().find(whole);
    let before = before.expect("the time before is told of");
    assert_eq!(before["outcome"], "not_demonstrated");
    assert_eq!(before["to"], *recorded_from);
    // Without digests nothing is proven; records of deliveries assert.
    let covered =
        "SELECT covered_from, status FROM coverage WHERE status IN ('proven', 'asserted')";
    let expected = vec![vec![recorded_from.clone(), "asserted".into()]];
    assert_eq!(w.query(covered), expected, "asserted from the first record on");
}
