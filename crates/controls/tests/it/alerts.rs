//! MON-03: what became of alerts, and whether what raises them was tried.

use tenure_model::entry::CoverageStatus::Proven;
use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::outcome::PopulationVerdict;
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, assert_nothing_is_no_pass, begun};
use crate::world::{World, t};

const ALERTS: Cover = ("alerts", "2025-01-01", "2026-06-01", Proven);

fn alert(id: &str, severity: Option<&str>, at: &str) -> Fact {
    Fact::new(TableId::Alerts, "case", id, begun(at))
        .with("kind", "identity")
        .with("rule", "impossible travel")
        .with("raised_at", t(at))
        .with_some("severity", severity)
}

/// Assigned, looked at and closed at these instants.
fn handled(alert: Fact, looked: &str, closed: &str) -> Fact {
    alert
        .with("assigned_to", "zoe")
        .with("triaged_at", t(looked))
        .with("disposition", "false_positive")
        .with("reason", "a known proxy")
        .with("closed_at", t(closed))
}

fn world() -> World {
    const AT: &str = "2025-08-01T10:00:00Z";
    const FRIDAY: &str = "2025-10-03T15:00:00Z";
    let critical = |id| alert(id, Some("Critical"), AT);
    let high = |id| alert(id, Some("high"), FRIDAY);
    let incident = Fact::new(TableId::Incidents, "incident", "1", begun(AT));
    let mut world = World::new();
    world.run(
        vec![
            handled(critical("just"), "2025-08-01T11:00:00Z", "2025-08-02T10:00:00Z"),
            handled(critical("late"), "2025-08-01T11:00:01Z", "2025-08-02T10:00:01Z"),
            handled(high("weekend"), "2025-10-03T19:00:00Z", "2025-10-08T15:00:00Z"),
            handled(high("wednesday"), "2025-10-03T19:00:01Z", "2025-10-08T15:00:01Z"),
            handled(alert("graded", None, AT), "2025-08-01T12:00:00Z", "2025-08-02T09:00:00Z"),
            critical("open"),
            handled(critical("right"), "2025-08-01T10:30:00Z", "2025-08-01T12:00:00Z")
                .with("disposition", "true_positive")
                .with("incident_ref", "INC-1"),
            handled(critical("cited"), "2025-08-01T10:30:00Z", "2025-08-01T12:00:00Z")
                .with("disposition", "true_positive")
                .with("incident_ref", "INC-2"),
            handled(critical("mute"), "2025-08-01T10:30:00Z", "2025-08-01T12:00:00Z")
                .with("reason", " "),
            incident.with("incident_ref", "INC-1"),
            critical("leak").with("kind", "secret_exposure"),
            alert("drill", None, "2025-07-10T10:00:00Z").with("kind", "test"),
        ],
        Vec::new(),
        &[ALERTS],
    );
    world
}

#[test]
fn each_alert_has_its_clocks_by_severity() {
    let judged = Judged::of(&world(), "MON-03");
    assert_eq!(judged.result.population.count, 9 + 6, "nine alerts and six months");
    assert_eq!(judged.result.population.verdict, PopulationVerdict::DemonstratedComplete);
    for (alert, attribute, expected) in [
        ("/just", "A", Supported),
        ("/just", "B", Supported),
        ("/just", "C", Supported),
        ("/just", "D", NotApplicable),
        ("/just", "E", NotApplicable),
        ("/late", "B", Contradicted),
        ("/late", "C", Contradicted),
        ("/weekend", "B", Supported),
        ("/weekend", "C", Supported),
        ("/wednesday", "B", Contradicted),
        ("/wednesday", "C", Contradicted),
        ("/graded", "B", Indeterminate),
        ("/graded", "C", Supported),
        ("/open", "A", NotDemonstrated),
        ("/open", "B", NotDemonstrated),
        ("/open", "C", NotDemonstrated),
        ("/right", "D", Supported),
        ("/cited", "D", NotDemonstrated),
        ("/mute", "C", NotDemonstrated),
        ("test lab 2025-07", "E", Supported),
        ("test lab 2025-07", "A", NotApplicable),
        ("test lab 2025-08", "E", NotDemonstrated),
    ] {
        assert_eq!(judged.outcome(alert, attribute), expected, "{attribute} of {alert}");
    }
    assert!(judged.reason("/late", "B").contains("due 2025-08-01T11:00:00Z"));
}

#[test]
fn what_is_not_due_is_not_missing() {
    let judged = Judged::as_of(&world(), "MON-03", "2025-08-01T10:59:59Z");
    assert_eq!(judged.outcome("/open", "B"), NotYetDue);
    assert_eq!(judged.outcome("/open", "C"), NotYetDue);
    assert_eq!(judged.outcome("test lab 2025-08", "E"), NotYetDue);
    let later = Judged::as_of(&world(), "MON-03", "2025-08-01T11:00:00Z");
    assert_eq!(later.outcome("/open", "B"), NotDemonstrated);
    assert_eq!(later.outcome("/open", "C"), NotYetDue);
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("MON-03");
}
