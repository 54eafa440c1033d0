//! JML-04: what becomes of the access of people who move.

use tenure_model::entry::CoverageStatus::Proven;
use tenure_model::fact::{Fact, Value};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, assert_nothing_is_no_pass, begun, seen};
use crate::staff::{GRANTS, PEOPLE, account, left, request, rule, worker};
use crate::world::{World, entitlement, granted, removed, t};

/// Friday noon: five business days are up on the Friday after.
const MOVED: &str = "2025-08-01T12:00:00Z";
const DUE: &str = "2025-08-08T12:00:00Z";

fn role(id: &str, name: &str, department: &str, at: &str) -> Fact {
    Fact::new(TableId::Subjects, "person", id, begun(at))
        .with("kind", "person")
        .with("display_name", name)
        .with("department", department)
}

fn mover(id: &str, name: &str, right: &str) -> Vec<Fact> {
    vec![
        worker(id, name),
        role(id, name, "sales", "2025-02-01"),
        role(id, name, "finance", MOVED),
        account(name, "active", "2025-01-01"),
        granted(name, right, "2025-03-01"),
    ]
}

fn asked(id: &str, whom: &str, right: &str, approver: &str, at: &str) -> Fact {
    request(id, "access", whom, approver, at).with("requested", right)
}

fn world(facts: Vec<Fact>, covered: &[Cover]) -> World {
    let mut world = World::new();
    world.run(facts, Vec::new(), covered);
    world
}

#[test]
fn each_grant_is_removed_or_approved_again_in_time() {
    let mut facts = vec![entitlement("crm", false), worker("90", "zoe"), worker("91", "gone")];
    facts.push(left("91", "gone", "2025-08-02", Some("2025-08-02")));
    for (id, name) in
        [("1", "ann"), ("2", "bob"), ("3", "cat"), ("4", "dan"), ("5", "eve"), ("6", "fay")]
    {
        facts.extend(mover(id, name, "crm"));
    }
    facts.extend([
        removed("ann", "crm", "2025-08-08T11:59:59Z"),
        removed("bob", "crm", "2025-08-08T12:00:01Z"),
        asked("A-1", "dan@x", "crm; other", "zoe", "2025-08-04"),
        asked("A-2", "eve@x", "crm", "eve", "2025-08-04"),
        asked("A-3", "fay@x", "crm", "gone", "2025-08-04"),
        rule("r", "pay", "approve"),
    ]);
    let judged = Judged::of(&world(facts, &[PEOPLE, GRANTS]), "JML-04");
    assert_eq!(judged.result.population.count, 6);
    assert_eq!(judged.item("|crm").item, "lab/person/1 2025-08-01 lab/member/ann|crm");
    for (item, attribute, expected) in [
        ("ann|crm", "A", Supported),
        ("ann|crm", "B", Supported),
        ("ann|crm", "C", Supported),
        ("ann|crm", "D", Supported),
        ("bob|crm", "B", Supported),
        ("bob|crm", "C", Contradicted),
        ("cat|crm", "A", NotDemonstrated),
        ("cat|crm", "B", Contradicted),
        ("cat|crm", "C", Contradicted),
        ("dan|crm", "C", Supported),
        ("eve|crm", "B", Contradicted),
        ("fay|crm", "B", Contradicted),
    ] {
        assert_eq!(judged.outcome(item, attribute), expected, "{attribute} of {item}");
    }
    assert!(judged.reason("fay|crm", "B").contains("somebody who had left"));
}

#[test]
fn a_transition_may_be_approved_for_some_days() {
    let until = |fact: Fact, at: &str| fact.with("planned_to", Value::from(t(at)));
    let mut facts = vec![entitlement("crm", false), worker("90", "zoe")];
    for (id, name) in [("1", "ann"), ("2", "bob")] {
        facts.extend(mover(id, name, "crm"));
        facts
            .push(until(asked(id, &format!("{name}@x"), "crm", "zoe", "2025-08-04"), "2025-08-13"));
    }
    facts.push(removed("ann", "crm", "2025-08-12"));
    facts.push(removed("bob", "crm", "2025-08-14"));
    let judged = Judged::of(&world(facts, &[PEOPLE, GRANTS]), "JML-04");
    assert_eq!(judged.outcome("ann|crm", "C"), Supported);
    assert_eq!(judged.outcome("bob|crm", "C"), Contradicted);
    assert_eq!(judged.outcome("ann|crm", "D"), NotDemonstrated, "no rules are on record");
}

#[test]
fn a_conflict_that_comes_with_the_new_role_is_resolved() {
    let mut facts =
        vec![entitlement("pay", false), entitlement("approve", false), rule("r", "pay", "approve")];
    for (id, name) in [("1", "ann"), ("2", "bob")] {
        facts.extend(mover(id, name, "pay"));
        facts.push(granted(name, "approve", "2025-08-01T13:00:00Z"));
    }
    facts.push(removed("bob", "pay", "2025-08-05"));
    let judged = Judged::of(&world(facts, &[PEOPLE, GRANTS]), "JML-04");
    assert_eq!(judged.outcome("ann|pay", "D"), Contradicted);
    assert_eq!(judged.outcome("bob|pay", "D"), Supported);
    assert!(!judged.has("ann|approve"), "given with the new role");
}

#[test]
fn what_is_not_known_is_not_decided() {
    let facts = || {
        let mut facts = vec![entitlement("crm", false)];
        facts.extend(mover("1", "ann", "crm"));
        facts
    };
    let early = Judged::as_of(&world(facts(), &[PEOPLE, GRANTS]), "JML-04", "2025-08-08T11:59:59Z");
    assert_eq!(early.outcome("ann|crm", "C"), NotYetDue);
    let late = Judged::as_of(&world(facts(), &[PEOPLE, GRANTS]), "JML-04", DUE);
    assert_eq!(late.outcome("ann|crm", "C"), Contradicted);
    let until: Cover = ("grants", "2025-01-01", "2025-08-05", Proven);
    let unread = Judged::of(&world(facts(), &[PEOPLE, until]), "JML-04");
    assert_eq!(unread.outcome("ann|crm", "B"), Indeterminate);
    // A role that changed between two lists, and a removal between the two due instants.
    let mut facts = facts();
    let listed = |at: &str, department: &str| {
        Fact::new(TableId::Subjects, "person", "2", seen(at))
            .with("kind", "person")
            .with("display_name", "bob")
            .with("department", department)
    };
    facts.extend([
        worker("2", "bob"),
        listed("2025-09-01", "sales"),
        listed("2025-09-15", "finance"),
        account("bob", "active", "2025-01-01"),
        granted("bob", "crm", "2025-03-01"),
        removed("bob", "crm", "2025-09-16"),
    ]);
    let judged = Judged::of(&world(facts, &[PEOPLE, GRANTS]), "JML-04");
    assert_eq!(judged.outcome("bob|crm", "B"), Supported);
    assert_eq!(judged.outcome("bob|crm", "C"), Indeterminate);
}

#[test]
fn a_leave_of_absence_is_no_move() {
    let mut facts = vec![entitlement("crm", false)];
    facts.extend([
        worker("1", "ann").with("employment_status", "active"),
        account("ann", "active", "2025-01-01"),
        granted("ann", "crm", "2025-03-01"),
        Fact::new(TableId::Subjects, "person", "1", begun(MOVED))
            .with("employment_status", "leave"),
    ]);
    assert_eq!(Judged::of(&world(facts, &[PEOPLE, GRANTS]), "JML-04").result.population.count, 0);
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("JML-04");
}
