//! PRA-04: accounts that several people use.

use tenure_model::entry::CoverageStatus::Gap;
use tenure_model::fact::{Fact, UsageEvent};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, LOG, assert_nothing_is_no_pass, begun};
use crate::staff::{ACCOUNTS, account, excepted, machine, request, secret, success, worker};
use crate::world::{World, t};

fn judged(facts: Vec<Fact>, events: Vec<UsageEvent>, more: &[Cover]) -> Judged {
    let mut world = World::new();
    world.run(facts, events, &[&[LOG, ACCOUNTS], more].concat());
    Judged::of(&world, "PRA-04")
}

fn checkout(id: &str, from: &str, to: &str) -> Fact {
    request(id, "elevation", "ann@x", "zoe", from)
        .with("requested", "admin")
        .with("planned_from", t(from))
        .with("planned_to", t(to))
}

fn with_mfa(id: &str, at: &str, mfa: Option<bool>) -> UsageEvent {
    UsageEvent { mfa, ..success(id, "admin", at) }
}

#[test]
fn an_exception_holds_as_long_as_one_approval_may() {
    let target = "lab/login/admin";
    let exceptions = [
        excepted("E-1", "PRA-04", target, "2025-06-01", "2025-08-01"),
        excepted("E-2", "PRA-04", target, "2025-07-20", "2026-03-01"),
    ];
    let facts = [vec![machine("admin", "shared"), machine("bare", "shared")], exceptions.to_vec()];
    let first = judged(facts.concat(), Vec::new(), &[]);
    let found = first.findings("login/admin", "A");
    assert_eq!((found.len(), found[0].1, found[0].2), (1, Contradicted, t("2025-10-18")));
    assert_eq!(first.findings("login/bare", "A")[0].2, t("2025-07-01"));
    let near = [
        machine("admin", "shared"),
        excepted("E-1", "PRA-04", "admin", "2025-06-30", "2025-09-28"),
        excepted("E-2", "PRA-04", "admin", "2025-09-28", "2025-12-27"),
        excepted("E-3", "PRA-04", "admin", "2025-12-26", "2026-01-01"),
    ];
    let near = judged(near.to_vec(), Vec::new(), &[]);
    assert_eq!(near.outcome("login/admin", "A"), Supported, "one right after the other");
}

/// The user is older than the log: of their password it is on record when it was set, not which ones
/// there were before.
#[test]
fn the_first_password_on_record_is_as_old_as_it_was_set() {
    for (set, expected) in
        [("2025-08-02T12:00:00Z", Supported), ("2025-08-02T12:00:01Z", Contradicted)]
    {
        let password = secret("P-1", "admin", "2025-01-01")
            .with("class", "password")
            .with("created_at_src", t("2025-01-01"))
            .with("material", format!("set {set}"));
        let facts = vec![
            worker("1", "ann"),
            machine("admin", "shared"),
            password,
            checkout("C-1", "2025-08-01T10:00:00Z", "2025-08-01T12:00:00Z"),
        ];
        assert_eq!(judged(facts, Vec::new(), &[]).outcome("admin", "E"), expected, "{set}");
    }
}

#[test]
fn each_use_falls_into_a_checkout_and_the_secret_changes_after_it() {
    let facts = |renewed: &str| {
        vec![
            worker("1", "ann"),
            machine("admin", "shared"),
            secret("K-1", "admin", "2025-01-01"),
            checkout("C-1", "2025-08-01T10:00:00Z", "2025-08-01T12:00:00Z"),
            secret("K-2", "admin", renewed),
        ]
    };
    let inside = with_mfa("1", "2025-08-01T11:59:59Z", Some(true));
    let good = judged(facts("2025-08-02T12:00:00Z"), vec![inside.clone()], &[]);
    for (attribute, expected) in
        [("B", Supported), ("C", Supported), ("D", Supported), ("E", Supported)]
    {
        assert_eq!(good.outcome("admin", attribute), expected, "{attribute}");
    }
    let outside = with_mfa("2", "2025-08-01T12:00:00Z", Some(false));
    let bad = judged(facts("2025-08-02T12:00:01Z"), vec![inside, outside], &[]);
    assert_eq!(bad.outcome("admin", "B"), Contradicted, "a check-out ends with its last instant");
    assert_eq!(bad.outcome("admin", "C"), Contradicted);
    assert_eq!(bad.outcome("admin", "E"), Contradicted);
}

#[test]
fn without_records_nothing_is_demonstrated() {
    let event = with_mfa("1", "2025-08-01T11:00:00Z", None);
    let judged = judged(vec![machine("admin", "shared")], vec![event], &[]);
    assert_eq!(judged.outcome("admin", "B"), NotDemonstrated);
    assert_eq!(judged.outcome("admin", "C"), NotDemonstrated);
    assert_eq!(judged.outcome("admin", "E"), NotApplicable);
}

#[test]
fn silence_supports_nothing_where_the_log_has_a_hole() {
    let hole: Cover = ("usage", "2025-09-01", "2025-09-02", Gap);
    let judged = judged(vec![machine("admin", "shared")], Vec::new(), &[hole]);
    for attribute in ["B", "C", "D"] {
        assert_eq!(judged.outcome("admin", attribute), Indeterminate, "{attribute}");
    }
}

#[test]
fn an_account_with_several_people_behind_it_is_shared() {
    let link = |id: &str| {
        Fact::new(TableId::SubjectLinks, "link", id, begun("2025-01-01"))
            .with("subject_id", format!("person/{id}"))
            .with("identity_id", "login/team")
            .with("basis", "manual")
    };
    let facts = vec![
        worker("1", "ann"),
        worker("2", "bob"),
        account("team", "active", "2025-01-01"),
        account("ann", "active", "2025-01-01"),
        link("1"),
        link("2"),
    ];
    let judged = judged(facts, Vec::new(), &[]);
    assert_eq!(judged.result.population.count, 1);
    assert_eq!(judged.outcome("login/team", "A"), Contradicted);
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("PRA-04");
}
