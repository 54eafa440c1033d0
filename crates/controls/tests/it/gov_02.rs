//! GOV-02: collections on their cadence, late ones, and what is recorded of each.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::entry::RunOutcome::{self, Complete, Failed, Partial};
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated, Supported};

use crate::aws::{Cover, Judged};
use crate::world::World;

/// Weeks of the period begin on Tuesdays, the first on 1 July.
fn collected(runs: &[(&str, RunOutcome)], covered: &[Cover]) -> Judged {
    let mut world = World::new();
    for (n, (at, outcome)) in runs.iter().enumerate() {
        let covered = if n + 1 == runs.len() { covered } else { &[] };
        world.collection("lab", at, *outcome, covered);
    }
    Judged::of(&world, "GOV-02")
}

const FIRST: &str = "2025-07-01..2025-07-08";
const SECOND: &str = "2025-07-08..2025-07-15";
const THIRD: &str = "2025-07-15..2025-07-22";

#[test]
fn a_late_collection_is_one_and_late() {
    let judged = collected(
        &[
            ("2025-07-03", Complete),
            // Two days and nothing after the second week.
            ("2025-07-17T00:00:00Z", Complete),
            ("2025-07-18", Complete),
        ],
        &[],
    );
    assert_eq!(judged.item(FIRST).attributes.get("B"), Some(Supported));
    assert_eq!(judged.outcome(SECOND, "A"), Supported, "it was collected");
    assert_eq!(judged.outcome(SECOND, "B"), Contradicted, "too late");
    assert!(judged.reason(SECOND, "B").contains("0.000 days after the limit"));
    assert_eq!(judged.outcome(THIRD, "B"), Supported, "the week after has one of its own");
}

#[test]
fn a_collection_of_the_next_week_is_not_a_late_one_of_this() {
    let judged = collected(&[("2025-07-03", Complete), ("2025-07-18", Complete)], &[]);
    for attribute in ["A", "B", "C", "D"] {
        assert_eq!(judged.outcome(SECOND, attribute), NotDemonstrated, "{attribute}");
        assert_eq!(judged.outcome(THIRD, attribute), Supported, "{attribute}");
    }
    let judged = collected(&[("2025-07-03", Complete), ("2025-07-16T23:59:59Z", Complete)], &[]);
    assert_eq!(judged.outcome(SECOND, "B"), Supported, "in the last second that counts");
}

#[test]
fn what_was_not_received_whole_is_on_record_and_not_complete() {
    let judged = collected(
        &[
            ("2025-07-03", Partial),
            ("2025-07-10", Partial),
            ("2025-07-11", Complete),
            ("2025-07-16", Failed),
        ],
        &[],
    );
    assert_eq!(judged.outcome(FIRST, "A"), Supported);
    assert_eq!(judged.outcome(FIRST, "C"), Contradicted);
    assert_eq!(judged.outcome(SECOND, "C"), Supported, "corrected the day after");
    assert_eq!(judged.outcome(THIRD, "A"), Contradicted, "a failed run collects nothing");
    assert_eq!(judged.outcome(THIRD, "D"), NotDemonstrated);
}

#[test]
fn what_a_log_lacks_since_the_collection_before_is_told() {
    let lacks = ("usage", "2025-07-05", "2025-07-06", Gap);
    let whole = ("usage", "2025-01-01", "2025-07-05", Proven);
    let runs = [("2025-07-03", Complete), ("2025-07-10", Complete), ("2025-07-17", Complete)];
    let judged = collected(&runs, &[whole, lacks]);
    assert_eq!(judged.outcome(FIRST, "C"), Supported);
    assert_eq!(judged.outcome(SECOND, "C"), Contradicted, "a day of its week is missing");
    assert_eq!(judged.outcome(THIRD, "C"), Supported);
}

#[test]
fn nobody_named_as_collector_is_not_demonstrated() {
    // The tests' timeline has no entries, so nothing says who wrote the run's.
    let judged = collected(&[("2025-07-03", Complete)], &[]);
    assert_eq!(judged.outcome(FIRST, "E"), NotDemonstrated);
    assert!(judged.reason(FIRST, "E").contains("nobody is named"));
}
