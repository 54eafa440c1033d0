//! CRD-04: what became of secrets that were found where they must not be.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::{Change, Fact};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{
    Cover, Judged, LISTING, LOG, assert_nothing_is_no_pass, begun, ended, key, key_fact, principal,
    seen, used,
};
use crate::world::{World, t};

const ALERTS: Cover = ("alerts", "2025-01-01", "2026-06-01", Proven);
const AT: &str = "2025-08-01T10:00:00Z";

fn leak(id: &str, key: Option<&str>) -> Fact {
    Fact::new(TableId::Alerts, "leak", id, begun(AT))
        .with("kind", "secret_exposure")
        .with("raised_at", t(AT))
        .with("place", "a repository")
        .with_some("credential", key)
}

fn tidied(leak: Fact) -> Fact {
    leak.with("triaged_at", t("2025-08-01T14:00:00Z"))
        .with("disposition", "true_positive")
        .with("use_reviewed_at", t("2025-08-04T10:00:00Z"))
        .with("removed_at", t("2025-08-04T10:00:00Z"))
        // Friday plus ten business days.
        .with("closed_at", t("2025-08-15T10:00:00Z"))
}

fn world(covered: &[Cover]) -> World {
    let with_key = |id: &str, end: Option<&str>| {
        let mut facts = vec![key(id, "bot", "2025-02-01T00:00:00Z")];
        facts.extend(end.map(|at| key_fact(id, "bot", ended(at))));
        facts
    };
    let mut facts = vec![
        principal("user", "bot", "service_account"),
        principal("user", "top", "service_account").with("tier", "T1"),
        key("AKIATOP", "top", "2025-02-01T00:00:00Z"),
        key_fact("AKIATOP", "top", ended("2025-08-01T14:00:01Z")),
        key_fact("AKIALIST", "bot", seen("2025-08-01")).with("status", "active"),
        key_fact("AKIALIST", "bot", Change::Absent { at: t("2025-08-05") }),
        tidied(leak("1", Some("AKIAJUST"))),
        tidied(leak("2", Some("AKIALATE"))).with("triaged_at", t("2025-08-01T14:00:01Z")),
        leak("3", Some("AKIALIVE")),
        tidied(leak("4", Some("AKIAUSED"))).with("closed_at", t("2025-08-15T10:00:01Z")),
        tidied(leak("5", Some("AKIATOP"))),
        tidied(leak("6", Some("AKIALIST"))),
        leak("7", Some("hunter2")),
        leak("8", None).with("disposition", "false_positive").with("reason", "an example key"),
        tidied(leak("9", Some("AKIAJUST"))),
        tidied(leak("10", Some("AKIADEAD"))),
    ];
    facts.extend(with_key("AKIAJUST", Some("2025-08-02T10:00:00Z")));
    facts.extend(with_key("AKIALATE", Some("2025-08-02T10:00:01Z")));
    facts.extend(with_key("AKIALIVE", None));
    facts.extend(with_key("AKIAUSED", Some("2025-08-01T12:00:00Z")));
    facts.extend(with_key("AKIADEAD", Some("2025-07-01T12:00:00Z")));
    let uses = vec![
        used("1", "2025-08-01T11:59:59Z", "bot", "AKIAJUST"),
        used("2", "2025-08-01T12:00:01Z", "bot", "AKIAUSED"),
    ];
    let mut world = World::new();
    world.run(facts, uses, covered);
    world
}

#[test]
fn a_secret_is_revoked_in_time_and_dead_afterwards() {
    let judged = Judged::of(&world(&[ALERTS, LOG, LISTING]), "CRD-04");
    assert_eq!(judged.result.population.count, 9, "two findings of one key are one item");
    for (key, attribute, expected) in [
        ("AKIAJUST", "A", Supported),
        ("AKIAJUST", "B", Supported),
        ("AKIAJUST", "C", Supported),
        ("AKIAJUST", "D", Supported),
        ("AKIAJUST", "E", Supported),
        ("AKIAJUST", "F", Supported),
        ("AKIAJUST", "G", Supported),
        ("AKIALATE", "A", Contradicted),
        ("AKIALATE", "C", Contradicted),
        ("AKIALIVE", "A", NotDemonstrated),
        ("AKIALIVE", "C", Contradicted),
        ("AKIALIVE", "D", NotDemonstrated),
        ("AKIALIVE", "E", NotDemonstrated),
        ("AKIALIVE", "F", NotDemonstrated),
        ("AKIAUSED", "C", Supported),
        ("AKIAUSED", "D", Contradicted),
        ("AKIAUSED", "G", Contradicted),
        ("AKIATOP", "C", Contradicted),
        ("AKIALIST", "C", Indeterminate),
        ("AKIADEAD", "C", NotApplicable),
        ("hunter2", "B", NotDemonstrated),
        ("hunter2", "C", NotDemonstrated),
        ("leak/8", "B", Supported),
        ("leak/8", "C", NotApplicable),
        ("leak/8", "D", NotApplicable),
    ] {
        assert_eq!(judged.outcome(key, attribute), expected, "{attribute} of {key}");
    }
}

#[test]
fn a_hole_in_the_log_and_a_system_nobody_watched_decide_nothing() {
    let hole: Cover = ("usage", "2025-08-15T09:59:59Z", "2025-08-16", Gap);
    let judged = Judged::of(&world(&[ALERTS, LOG, hole, LISTING]), "CRD-04");
    assert_eq!(judged.outcome("AKIAJUST", "D"), Indeterminate);
    assert_eq!(judged.outcome("AKIAUSED", "D"), Contradicted, "what is seen is seen");
    let dark = Judged::of(&world(&[]), "CRD-04");
    assert_eq!(dark.outcome("AKIALIVE", "C"), Indeterminate);
    assert_eq!(dark.outcome("AKIAJUST", "C"), Supported, "its end is on record");
}

#[test]
fn a_deadline_ahead_is_not_missed() {
    let judged = Judged::as_of(&world(&[ALERTS, LOG]), "CRD-04", "2025-08-02T09:59:59Z");
    assert_eq!(judged.outcome("AKIALIVE", "C"), NotYetDue);
    assert_eq!(judged.outcome("AKIALIVE", "E"), NotYetDue);
    assert_eq!(judged.outcome("hunter2", "C"), NotYetDue);
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("CRD-04");
}
