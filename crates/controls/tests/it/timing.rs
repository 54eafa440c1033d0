//! When things were done: what bunches before the end of the period, and what came after the fact.

use tenure_model::evaluation::Timing;
use tenure_model::fact::Fact;
use tenure_model::tables::TableId;

use crate::aws::{Judged, admin, begun, principal};
use crate::staff::{ACCOUNTS, GRANTS, PEOPLE, account, left, request, worker};
use crate::world::{World, approval, entitlement, granted, identity, t};

fn timing(control: &str, facts: Vec<Fact>) -> Option<Timing> {
    let mut world = World::new();
    world.run(facts, Vec::new(), &[PEOPLE, ACCOUNTS, GRANTS]);
    Judged::of(&world, control).result.timing
}

/// People who leave at instants, and whose accounts are closed at others.
fn leavers(ends: &[(&str, &str)]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (n, (end, closed)) in ends.iter().enumerate() {
        let (id, name) = (n.to_string(), format!("person{n}"));
        facts.push(worker(&id, &name));
        facts.push(account(&name, "active", "2025-01-01"));
        facts.push(left(&id, &name, end, Some(end)));
        facts.push(account(&name, "suspended", closed));
    }
    facts
}

#[test]
fn removals_that_are_caught_up_at_the_end_bunch() {
    let ends = ["2025-08-01", "2025-09-01", "2025-10-01", "2025-11-01"];
    let caught_up: Vec<_> = ends.iter().map(|end| (*end, "2025-12-20")).collect();
    let told = timing("JML-02", leavers(&caught_up)).expect("removals have instants");
    assert_eq!(told.tail_from, t("2025-12-02"));
    assert_eq!((told.performed, told.in_tail, told.of_tail, told.late), (4, 4, 0, 4));
    assert!(told.clustered);
    assert_eq!(told.examples.len(), 4);
    assert_eq!((told.examples[0].about, told.examples[0].made), (t(ends[0]), t("2025-12-20")));
}

#[test]
fn removals_over_the_period_do_not_bunch() {
    let even = [
        ("2025-08-01", "2025-08-01T10:00:00Z"),
        ("2025-09-01", "2025-09-01T10:00:00Z"),
        ("2025-12-10", "2025-12-10T10:00:00Z"),
    ];
    let told = timing("JML-02", leavers(&even)).expect("removals have instants");
    assert_eq!((told.performed, told.in_tail, told.of_tail, told.late), (3, 1, 1, 0));
    assert!(!told.clustered);
    let december: Vec<_> =
        ["2025-12-10", "2025-12-12", "2025-12-14"].iter().map(|end| (*end, *end)).collect();
    let told = timing("JML-02", leavers(&december)).expect("removals have instants");
    assert!(!told.clustered, "who leaves in December is removed in December");
}

#[test]
fn what_is_done_after_the_period_counts_as_such() {
    let after = [("2025-08-01", "2026-01-05"), ("2025-09-01", "2026-01-06")];
    let told = timing("JML-02", leavers(&after)).expect("removals have instants");
    assert_eq!((told.in_tail, told.after_period, told.clustered), (0, 2, true));
}

#[test]
fn approvals_after_the_fact_are_counted() {
    let with = |who: &str, reference: &str| {
        granted(who, "prod", "2025-08-01T10:00:00Z")
            .with("approval_ref", reference)
            .with("approval_basis", "explicit_id")
            .with("reason", "needs it")
    };
    let mut facts = vec![identity("zoe", "human"), entitlement("prod", false)];
    for (who, reference, at) in [
        ("ann", "1", "2025-07-30"),
        ("bob", "2", "2025-12-27"),
        ("cat", "3", "2025-12-28"),
        ("dan", "4", "2025-12-29"),
    ] {
        facts.extend([identity(who, "human"), approval(reference, Some("zoe"), at)]);
        facts.push(with(who, reference));
    }
    let told = timing("JML-01", facts).expect("approvals have instants");
    assert_eq!((told.performed, told.late, told.in_tail, told.of_tail), (4, 3, 3, 0));
    assert!(told.clustered, "three of four were approved in the last days of the year");
    assert!(told.examples.iter().all(|e| e.attribute == "D" && !e.item.contains("ann")));
}

/// A review of the access of a system, signed off at an instant.
fn review(id: &str, started: &str, signed: &str) -> Fact {
    Fact::new(TableId::ReviewCampaigns, "campaign", id, begun(started))
        .with("system_reviewed", "lab")
        .with("access_class", "user")
        .with("started_at", t(started))
        .with("signed_off_at", t(signed))
        .with("signed_off_by", "zoe")
        .with("state", "closed")
}

#[test]
fn reviews_of_two_quarters_in_december_bunch() {
    let access = || {
        vec![
            identity("ann", "human"),
            entitlement("prod", false),
            granted("ann", "prod", "2025-01-01"),
        ]
    };
    let mut late = access();
    late.extend([
        review("q3", "2025-12-15", "2025-12-20"),
        review("q4", "2025-12-18", "2025-12-22"),
    ]);
    let told = timing("UAR-01", late).expect("reviews have instants");
    assert_eq!((told.performed, told.in_tail, told.of_tail), (4, 4, 1), "starts and sign-offs");
    assert!(told.clustered, "{told:?}");
    let mut even = access();
    even.extend([
        review("q3", "2025-08-15", "2025-08-20"),
        review("q4", "2025-12-18", "2025-12-22"),
    ]);
    let told = timing("UAR-01", even).expect("reviews have instants");
    assert_eq!((told.performed, told.in_tail, told.clustered), (4, 2, false), "{told:?}");
}

#[test]
fn ends_of_violations_are_repairs() {
    let mut facts = Vec::new();
    for name in ["one", "two", "three"] {
        facts.push(principal("user", name, "service_account"));
        facts.extend(admin("user", name, "2025-08-01"));
        facts.push(request(&format!("r-{name}"), "access", name, "zoe", "2025-12-20"));
        facts.push(
            admin("user", name, "2025-12-20")[1].clone().with("approval_ref", format!("r-{name}")),
        );
    }
    let mut world = World::new();
    world.run(facts, Vec::new(), &[GRANTS]);
    let judged = Judged::of(&world, "PRA-01");
    let ended = judged.result.deviations.list.iter().filter(|d| d.outcome.is_deviation());
    let ended = ended.filter(|d| d.to.is_some()).count() as u64;
    let repaired = judged.result.timing.map_or(0, |timing| timing.performed);
    assert_eq!(repaired, ended, "each end of a violation in the period, and no more");
}

#[test]
fn without_instants_nothing_is_said_of_timing() {
    assert_eq!(timing("JML-02", vec![worker("1", "ann")]), None);
}
