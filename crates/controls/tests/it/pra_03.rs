//! PRA-03: what is done with emergency accounts.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::{Fact, UsageEvent};
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated, NotYetDue, Supported};
use tenure_model::outcome::PopulationVerdict;
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, LOG, assert_nothing_is_no_pass, begun};
use crate::staff::{left, machine, request, secret, success, worker};
use crate::world::{World, entitlement, granted, t};

const ALERTS: Cover = ("alerts", "2025-01-01", "2026-06-01", Proven);
/// A Friday: two business days are up on Tuesday.
const USED: &str = "2025-08-01T12:00:00Z";

fn glass() -> Vec<Fact> {
    vec![
        machine("glass", "break_glass"),
        secret("K-1", "glass", "2025-01-01"),
        worker("1", "ann"),
        worker("2", "bob"),
    ]
}

fn incident(reviewed: &str, owner: &str) -> Fact {
    Fact::new(TableId::Incidents, "incident", "INC-7", begun("2025-08-01T11:30:00Z"))
        .with("incident_ref", "INC-7")
        .with("title", "database down")
        .with("identities", "other; glass")
        .with("detected_at", t("2025-08-01T11:30:00Z"))
        .with("reviewed_at", t(reviewed))
        .with("owner", owner)
}

fn alert(at: &str) -> Fact {
    Fact::new(TableId::Alerts, "alert", "A-1", begun(at))
        .with("kind", "break_glass")
        .with("identity", "glass")
        .with("raised_at", t(at))
}

fn by(who: &str) -> Vec<UsageEvent> {
    let with = |id: &str, at: &str| UsageEvent {
        source_identity: Some(who.to_owned()),
        ..success(id, "glass", at)
    };
    vec![with("1", USED), with("2", "2025-08-01T13:00:00Z")]
}

fn judged(facts: Vec<Fact>, events: Vec<UsageEvent>) -> Judged {
    let mut world = World::new();
    world.run([glass(), facts].concat(), events, &[LOG, ALERTS]);
    Judged::of(&world, "PRA-03")
}

#[test]
fn a_use_is_justified_alerted_reviewed_and_resealed() {
    let judged = judged(
        vec![
            incident("2025-08-05T13:00:00Z", "bob@x"),
            alert("2025-08-01T12:15:00Z"),
            secret("K-2", "glass", "2025-08-02T13:00:00Z"),
        ],
        by("ann@x"),
    );
    assert_eq!(judged.result.population.count, 1, "two successes within the gap are one use");
    assert_eq!(judged.item("glass").item, format!("lab/login/glass {USED}"));
    for attribute in ["A", "B", "C", "D", "E", "F"] {
        assert_eq!(judged.outcome("glass", attribute), Supported, "{attribute}");
    }
}

#[test]
fn a_second_too_late_is_too_late() {
    let judged = judged(
        vec![
            incident("2025-08-05T13:00:01Z", "bob@x"),
            alert("2025-08-01T12:15:01Z"),
            secret("K-2", "glass", "2025-08-02T13:00:01Z"),
        ],
        by("ann@x"),
    );
    for (attribute, expected) in
        [("A", Supported), ("B", Contradicted), ("D", Contradicted), ("E", Contradicted)]
    {
        assert_eq!(judged.outcome("glass", attribute), expected, "{attribute}");
    }
}

#[test]
fn nobody_reviews_their_own_use_or_after_leaving() {
    let own = judged(vec![incident("2025-08-02", "ann@x")], by("ann@x"));
    assert_eq!(own.outcome("glass", "D"), Contradicted);
    let gone = left("2", "bob", "2025-08-01T20:00:00Z", Some("2025-08-01"));
    let gone = judged(vec![incident("2025-08-02", "bob@x"), gone], by("ann@x"));
    assert_eq!(gone.outcome("glass", "D"), NotDemonstrated);
}

#[test]
fn what_is_not_on_record_is_not_demonstrated() {
    let judged = judged(Vec::new(), vec![success("1", "glass", USED)]);
    for (attribute, expected) in [
        ("A", NotDemonstrated),
        ("B", NotDemonstrated),
        ("C", NotDemonstrated),
        ("D", NotDemonstrated),
        ("E", Contradicted),
        ("F", NotDemonstrated),
    ] {
        assert_eq!(judged.outcome("glass", attribute), expected, "{attribute}");
    }
    let mut world = World::new();
    world.run(glass(), vec![success("1", "glass", USED)], &[LOG, ALERTS]);
    let early = Judged::as_of(&world, "PRA-03", "2025-08-02T11:59:59Z");
    assert_eq!(early.outcome("glass", "D"), NotYetDue);
    assert_eq!(early.outcome("glass", "E"), NotYetDue);
}

#[test]
fn requests_serve_as_well_and_a_later_use_is_another() {
    let asked = request("R-1", "elevation", "ann@x", "bob", "2025-08-01T11:00:00Z")
        .with("requested", "glass")
        .with("reason", "restore");
    let events = vec![success("1", "glass", USED), success("2", "glass", "2025-08-01T16:00:01Z")];
    let judged = judged(vec![asked], events);
    assert_eq!(judged.result.population.count, 2);
    assert_eq!(judged.outcome(USED, "A"), Supported);
    assert_eq!(judged.outcome(USED, "C"), Supported, "the request says who");
    assert_eq!(judged.outcome(USED, "F"), Supported);
}

#[test]
fn a_grant_that_breaks_the_glass_is_a_use() {
    let right =
        granted("ann", "root", USED).with("path_kind", "break_glass").with("reason", "outage");
    let judged = judged(vec![entitlement("root", true), right], Vec::new());
    assert_eq!(judged.outcome("ann|root", "F"), Supported);
    assert_eq!(judged.outcome("ann|root", "A"), NotDemonstrated);
}

#[test]
fn no_use_is_no_pass_and_a_hole_is_noted() {
    assert_nothing_is_no_pass("PRA-03");
    let mut world = World::new();
    world.run(glass(), Vec::new(), &[LOG, ALERTS, ("usage", "2025-09-01", "2025-09-02", Gap)]);
    let judged = Judged::of(&world, "PRA-03");
    assert_eq!(judged.result.population.verdict, PopulationVerdict::CompleteWithNotedGaps);
}
