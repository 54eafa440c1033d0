//! INC-01: the course of incidents, what was compromised in them, and exercises of the plan.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, LISTING, LOG, begun, ended, key, key_fact, principal, used};
use crate::world::{World, t};

const INCIDENTS: Cover = ("incidents", "2025-01-01", "2026-06-01", Proven);
const EXERCISE: &str = "exercise 2025-01-01..2026-01-01";

fn incident(id: &str) -> Fact {
    let at = "2025-08-01T10:00:00Z";
    Fact::new(TableId::Incidents, "incident", id, begun(at))
        .with("kind", "credential")
        .with("detected_at", t(at))
        .with("declared_at", t(at))
}

/// A critical incident with every clock in time to the second.
fn whole(id: &str, keys: &str) -> Fact {
    incident(id)
        .with("severity", "critical")
        .with("escalated_at", t("2025-08-01T11:00:00Z"))
        .with("contained_at", t("2025-08-01T14:00:00Z"))
        .with("eradicated_at", t("2025-08-01T15:00:00Z"))
        .with("recovered_at", t("2025-08-01T16:00:00Z"))
        .with("closed_at", t("2025-08-01T17:00:00Z"))
        // Friday plus ten business days, over two weekends.
        .with("reviewed_at", t("2025-08-15T17:00:00Z"))
        .with("follow_ups_due", t("2025-09-01"))
        .with("follow_ups_closed_at", t("2025-09-01"))
        .with("credentials", keys)
}

fn world(covered: &[Cover], more: Vec<Fact>) -> World {
    let mut facts = vec![
        principal("user", "bot", "service_account"),
        key("AKIADEAD", "bot", "2025-02-01T00:00:00Z"),
        key_fact("AKIADEAD", "bot", ended("2025-08-01T14:00:00Z")),
        key("AKIALIVE", "bot", "2025-02-01T00:00:00Z"),
        key("AKIAUSED", "bot", "2025-02-01T00:00:00Z"),
        key_fact("AKIAUSED", "bot", ended("2025-08-01T13:00:00Z")),
        whole("good", "AKIADEAD"),
        whole("late", "AKIADEAD; AKIALIVE")
            .with("escalated_at", t("2025-08-01T11:00:01Z"))
            .with("contained_at", t("2025-08-01T14:00:01Z"))
            .with("reviewed_at", t("2025-08-15T17:00:01Z"))
            .with("follow_ups_closed_at", t("2025-09-01T00:00:01Z")),
        whole("used", "AKIAUSED").with("recovered_at", t("2025-08-01T13:00:00Z")),
        whole("strange", "AKIAOTHER"),
        incident("bare"),
        incident("ungraded").with("escalated_at", t("2025-08-01T12:00:00Z")),
        incident("other").with("kind", "other"),
    ];
    facts.extend(more);
    let mut world = World::new();
    let uses = vec![used("1", "2025-08-01T14:00:01Z", "bot", "AKIAUSED")];
    world.run(facts, uses, covered);
    world
}

fn exercise(at: &str, result: Option<&str>) -> Fact {
    Fact::new(TableId::Exercises, "exercise", at, begun(at))
        .with("kind", "incident")
        .with("held_at", t(at))
        .with_some("result", result)
}

#[test]
fn each_incident_has_its_clocks_and_its_proof() {
    let held = exercise("2025-03-01", Some("two findings"));
    let judged = Judged::of(&world(&[INCIDENTS, LOG, LISTING], vec![held]), "INC-01");
    assert_eq!(judged.result.population.count, 6 + 1, "six incidents and one exercise");
    for (incident, attribute, expected) in [
        ("/good", "A", Supported),
        ("/good", "B", Supported),
        ("/good", "C", Supported),
        ("/good", "D", Supported),
        ("/good", "E", Supported),
        ("/good", "F", Supported),
        ("/good", "G", Supported),
        ("/good", "H", NotApplicable),
        ("/late", "C", Contradicted),
        ("/late", "D", Contradicted),
        ("/late", "E", Contradicted),
        ("/late", "F", Contradicted),
        ("/late", "G", Contradicted),
        ("/used", "A", Contradicted),
        ("/used", "E", Contradicted),
        ("/strange", "E", NotDemonstrated),
        ("/bare", "A", NotDemonstrated),
        ("/bare", "B", NotDemonstrated),
        ("/bare", "C", NotDemonstrated),
        ("/bare", "D", NotDemonstrated),
        ("/bare", "E", NotDemonstrated),
        ("/bare", "F", NotDemonstrated),
        ("/bare", "G", NotDemonstrated),
        ("/ungraded", "C", Indeterminate),
        (EXERCISE, "H", Supported),
        (EXERCISE, "A", NotApplicable),
    ] {
        assert_eq!(judged.outcome(incident, attribute), expected, "{attribute} of {incident}");
    }
    assert!(judged.reason("/late", "E").contains("AKIALIVE"));
    assert!(judged.reason("/used", "A").contains("contradict each other"));
}

#[test]
fn silence_after_the_containment_counts_only_where_the_log_is_whole() {
    let hole: Cover = ("usage", "2025-08-10", "2025-08-11", Gap);
    let judged = Judged::of(&world(&[INCIDENTS, LOG, hole, LISTING], Vec::new()), "INC-01");
    assert_eq!(judged.outcome("/good", "E"), Indeterminate);
    assert_eq!(judged.outcome("/used", "E"), Contradicted);
    assert_eq!(judged.outcome(EXERCISE, "H"), NotDemonstrated);
    let dark = Judged::of(&world(&[], Vec::new()), "INC-01");
    assert_eq!(dark.outcome("/late", "E"), Indeterminate, "nobody saw the key afterwards");
}

#[test]
fn what_is_still_open_is_not_yet_due() {
    let tried = exercise("2025-07-15", None);
    let world = world(&[INCIDENTS, LOG], vec![tried]);
    let judged = Judged::as_of(&world, "INC-01", "2025-08-01T10:59:59Z");
    for attribute in ["A", "C", "D", "E", "F", "G"] {
        assert_eq!(judged.outcome("/bare", attribute), NotYetDue, "{attribute}");
    }
    assert_eq!(judged.outcome(EXERCISE, "H"), NotYetDue);
    let later = Judged::of(&world, "INC-01");
    assert_eq!(later.outcome(EXERCISE, "H"), NotDemonstrated, "held without a result");
}

#[test]
fn without_incidents_the_exercise_remains() {
    let mut world = World::new();
    world.run(Vec::new(), Vec::new(), &[LOG, INCIDENTS]);
    let judged = Judged::of(&world, "INC-01");
    assert_eq!(judged.result.population.count, 1);
    assert_eq!(judged.outcome(EXERCISE, "H"), NotDemonstrated);
}
