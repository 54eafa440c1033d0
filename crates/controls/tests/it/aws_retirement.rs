//! CRD-05 and CRD-06: retired credentials, and credentials with more than one consumer.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::{Fact, UsageEvent, UseOutcome};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotDemonstrated, NotYetDue, Supported,
};

use crate::aws::{
    Cover, Judged, LISTING, LOG, arn, assert_nothing_is_no_pass, ended, key, key_fact, principal,
    seen, status, used,
};
use crate::world::{World, t};

/// A key deleted on 1 August, and what came after.
fn retired(more: Vec<Fact>, events: Vec<UsageEvent>, covered: &[Cover], as_of: &str) -> Judged {
    let mut facts = vec![
        principal("user", "bot", "service_account"),
        key("AKIABOT", "bot", "2025-02-01T00:00:00Z"),
        key_fact("AKIABOT", "bot", ended("2025-08-01T12:00:00Z")).with("revoked_by", "zoe"),
    ];
    facts.extend(more);
    let mut world = World::new();
    world.run(facts, events, covered);
    Judged::as_of(&world, "CRD-05", as_of)
}

const LATER: &str = "2026-06-01";

#[test]
fn a_success_after_the_retirement_contradicts_and_one_at_its_instant_does_not() {
    for (at, expected) in
        [("2025-08-01T12:00:00Z", Supported), ("2025-08-01T12:00:01Z", Contradicted)]
    {
        let judged =
            retired(Vec::new(), vec![used("1", at, "bot", "AKIABOT")], &[LOG, LISTING], LATER);
        assert_eq!(judged.result.population.count, 1);
        assert_eq!(judged.outcome("AKIABOT", "E"), expected, "used {at}");
        assert_eq!(judged.outcome("AKIABOT", "B"), Supported);
        assert_eq!(judged.outcome("AKIABOT", "C"), Supported, "the listing of 31 December");
        assert_eq!(judged.outcome("AKIABOT", "F"), Supported);
        for missing in ["A", "G"] {
            assert_eq!(judged.outcome("AKIABOT", missing), NotDemonstrated);
        }
    }
}

#[test]
fn the_proof_window_must_be_covered_and_over() {
    let hole: Cover = ("usage", "2025-08-15T11:59:59Z", "2025-08-15T13:00:00Z", Gap);
    let later_hole: Cover = ("usage", "2025-08-15T12:00:00Z", "2025-08-15T13:00:00Z", Gap);
    let elsewhere: Cover = ("usage", "2024-01-01", "2024-02-01", Proven);
    for (covered, as_of, expected) in [
        (vec![LOG, hole, LISTING], LATER, Indeterminate),
        (vec![LOG, later_hole, LISTING], LATER, Supported),
        (vec![elsewhere, LISTING], LATER, Indeterminate),
        (vec![LISTING], LATER, Indeterminate),
        (vec![LOG, LISTING], "2025-08-15T11:59:59Z", NotYetDue),
        (vec![LOG, LISTING], "2025-08-15T12:00:00Z", Supported),
    ] {
        let judged = retired(Vec::new(), Vec::new(), &covered, as_of);
        for attribute in ["D", "E", "F"] {
            let found = judged.outcome("AKIABOT", attribute);
            assert_eq!(found, expected, "{attribute} with {covered:?} as of {as_of}");
        }
    }
}

#[test]
fn refused_attempts_want_a_triage_and_a_success_outweighs_a_hole() {
    let refused = UsageEvent {
        outcome: Some(UseOutcome::Denied),
        ..used("1", "2025-08-03T00:00:00Z", "bot", "AKIABOT")
    };
    let success = used("2", "2025-08-04T00:00:00Z", "bot", "AKIABOT");
    let judged = retired(Vec::new(), vec![refused, success], &[LISTING], LATER);
    assert_eq!(judged.outcome("AKIABOT", "F"), NotDemonstrated);
    assert!(judged.reason("AKIABOT", "F").starts_with("1 refused attempts after it"));
    assert_eq!(judged.outcome("AKIABOT", "E"), Contradicted, "no coverage is needed to see it");
    assert_eq!(judged.outcome("AKIABOT", "D"), Indeterminate);
}

#[test]
fn what_is_only_disabled_is_to_be_deleted_and_what_is_enabled_again_is_not_retired() {
    let more = || {
        vec![
            key("AKIAOFF", "bot", "2025-02-01T00:00:00Z"),
            status("AKIAOFF", "bot", "inactive", "2025-08-01T00:00:00Z"),
            key("AKIABACK", "bot", "2025-02-01T00:00:00Z"),
            status("AKIABACK", "bot", "inactive", "2025-08-01T00:00:00Z"),
            status("AKIABACK", "bot", "active", "2025-08-02T00:00:00Z"),
            key("AKIABEFORE", "bot", "2025-02-01T00:00:00Z"),
            key_fact("AKIABEFORE", "bot", ended("2025-06-30T23:59:59Z")),
        ]
    };
    let judged = retired(more(), Vec::new(), &[LOG, LISTING], LATER);
    assert_eq!(judged.result.population.count, 2, "the deleted one and the disabled one");
    assert!(!judged.has("AKIABACK") && !judged.has("AKIABEFORE"));
    assert_eq!(judged.outcome("AKIAOFF", "C"), Contradicted);
    let early = retired(more(), Vec::new(), &[LOG, LISTING], "2025-08-20");
    assert_eq!(early.outcome("AKIAOFF", "C"), NotYetDue);
    let unlisted = retired(more(), Vec::new(), &[LOG], LATER);
    assert_eq!(unlisted.outcome("AKIABOT", "C"), NotDemonstrated, "no listing after it");
}

#[test]
fn a_deleted_role_that_still_acts_contradicts_unless_it_was_made_again() {
    let role = |change| {
        Fact::new(tenure_model::tables::TableId::Identities, "iam", arn("role", "job"), change)
            .with("login", "job")
            .with("kind", "assumable_role")
    };
    let session = UsageEvent {
        actor_type: Some("AssumedRole".to_owned()),
        actor: Some("arn:aws:sts::111122223333:assumed-role/job/i-0a".to_owned()),
        credential_key: Some("ASIA1".to_owned()),
        ..used("1", "2025-09-02T00:00:00Z", "job", "ASIA1")
    };
    let gone = vec![role(seen("2025-02-01")), role(ended("2025-09-01T00:00:00Z"))];
    let again = vec![
        role(seen("2025-02-01")),
        role(ended("2025-09-01T00:00:00Z")),
        role(crate::aws::begun("2025-09-01T12:00:00Z")),
    ];
    for (facts, expected) in [(gone, Contradicted), (again, Supported)] {
        let judged = retired(facts, vec![session.clone()], &[LOG, LISTING], LATER);
        assert_eq!(judged.outcome("role/job", "E"), expected);
    }
}

#[test]
fn a_key_gone_between_two_listings_has_no_event_of_its_end() {
    let absent = tenure_model::fact::Change::Absent { at: t("2025-09-01") };
    let more = vec![
        key_fact("AKIALISTED", "bot", seen("2025-08-01")).with("status", "active"),
        key_fact("AKIALISTED", "bot", absent),
    ];
    let judged = retired(more, Vec::new(), &[LOG, LISTING], LATER);
    assert_eq!(judged.outcome("AKIALISTED", "B"), NotDemonstrated);
    assert!(judged.reason("AKIALISTED", "B").contains("between two listings"));
}

#[test]
fn several_networks_or_programs_are_told_and_never_called_proof() {
    let from = |id: &str, at: &str, ip: &str, agent: &str| UsageEvent {
        src_ip: Some(ip.to_owned()),
        user_agent: Some(agent.to_owned()),
        ..used(id, at, "bot", "AKIABOT")
    };
    let mut world = World::new();
    world.run(
        vec![
            principal("user", "bot", "service_account"),
            key("AKIABOT", "bot", "2025-07-01T00:00:00Z"),
            key("AKIAIDLE", "bot", "2025-07-01T00:00:00Z"),
        ],
        vec![
            from("1", "2025-08-01T10:00:00Z", "192.0.2.1", "Boto3/1.34"),
            from("2", "2025-08-01T11:00:00Z", "192.0.2.77", "Boto3/1.35"),
            from("3", "2025-08-02T10:00:00Z", "192.0.2.1", "Boto3/1.34"),
            from("4", "2025-08-02T11:00:00Z", "198.51.100.1", "aws-cli/2.15"),
            from("5", "2025-08-02T12:00:00Z", "athena.amazonaws.com", "athena.amazonaws.com"),
        ],
        &[LOG, LISTING],
    );
    let judged = Judged::of(&world, "CRD-06");
    assert_eq!(judged.result.population.count, 1, "only what was used has consumers");
    assert_eq!(judged.outcome("AKIABOT", "B"), NotDemonstrated, "no consumer is declared");
    let list = &judged.result.deviations.list;
    let shared = list.iter().find(|d| d.outcome == Indeterminate && d.attribute == "B");
    let shared = shared.expect("the second day");
    assert_eq!((shared.from, shared.to), (t("2025-08-02"), Some(t("2025-08-03"))));
    let shared = &shared.reason;
    assert!(shared.contains("2 networks (192.0.2.0/24 … 198.51.100.0/24)"), "{shared}");
    assert!(shared.contains("2 kinds of software (Boto3 … aws-cli)"), "{shared}");
    for missing in ["A", "C"] {
        assert_eq!(judged.outcome("AKIABOT", missing), NotDemonstrated);
    }
    assert_eq!(judged.result.items[&Contradicted], 0, "networks and programs prove nothing");
}

#[test]
fn nothing_on_record_is_no_pass() {
    for control in ["CRD-05", "CRD-06"] {
        assert_nothing_is_no_pass(control);
    }
}
