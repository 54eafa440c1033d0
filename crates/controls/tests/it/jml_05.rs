//! JML-05: what leavers and movers leave behind.

use tenure_model::entry::CoverageStatus::Proven;
use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, assert_nothing_is_no_pass, begun, ended};
use crate::staff::{ACCOUNTS, PEOPLE, deleted, entry, left, machine, revoked, secret, worker};
use crate::world::{Teller, World, t};

/// Friday: due on the Friday after.
const END: &str = "2025-08-01T12:00:00Z";

fn owner(target: &str, who: &str, at: &str) -> Fact {
    Fact::new(TableId::Ownerships, "owner", format!("{target}|{who}"), begun(at))
        .with("target_table", "identities")
        .with("target", target)
        .with("owner", who)
}

fn staff() -> Vec<Fact> {
    vec![
        worker("1", "ann"),
        left("1", "ann", END, Some(END)),
        worker("2", "bob"),
        worker("3", "cat"),
        left("3", "cat", "2025-08-02", Some("2025-08-02")),
    ]
}

fn bot(login: &str) -> Vec<Fact> {
    let key = format!("K-{login}");
    vec![
        machine(login, "service_account"),
        owner(login, "ann@x", "2025-02-01"),
        secret(&key, login, "2025-02-01"),
    ]
}

fn judged(facts: Vec<Fact>, covered: &[Cover]) -> Judged {
    let mut world = World::new();
    world.run(facts, Vec::new(), covered);
    Judged::of(&world, "JML-05")
}

#[test]
fn owners_change_and_secrets_are_replaced_in_time() {
    let mut facts = staff();
    for login in ["good", "late", "kept", "gone", "idle", "passed", "free"] {
        facts.extend(bot(login));
    }
    facts.extend([
        owner("good", "bob@x", "2025-08-04"),
        revoked("K-good", "2025-08-08T11:59:59Z"),
        owner("late", "bob@x", "2025-08-04"),
        revoked("K-late", "2025-08-08T12:00:01Z"),
        owner("kept", "bob@x", "2025-03-01"),
        entry("gone", "service_account", "2025-02-01").with("retired_at", t("2025-08-05")),
        deleted("gone", "2025-08-06"),
        revoked("K-gone", "2025-08-06"),
        // Handed on to somebody who leaves as well.
        owner("passed", "cat@x", "2025-08-01"),
        revoked("K-passed", "2025-08-06"),
        machine("other", "service_account"),
        owner("other", "bob@x", "2025-02-01"),
        // Owned by somebody else, but its secret was issued to the leaver.
        machine("known", "bot"),
        owner("known", "bob@x", "2025-02-01"),
        secret("K-known", "known", "2025-02-01").with("created_by", "ann@x"),
        Fact::new(TableId::Ownerships, "owner", "free|ann@x", ended("2025-07-31")),
    ]);
    let judged = judged(facts, &[PEOPLE, ACCOUNTS]);
    assert_eq!(judged.item("login/good").item, "lab/person/1 lab/login/good");
    assert!(!judged.has("person/1 lab/login/other"), "owned by somebody who stayed");
    assert!(!judged.has("person/1 lab/login/free"), "handed over before");
    for (item, attribute, expected) in [
        ("login/good", "A", Supported),
        ("login/good", "B", Supported),
        ("login/good", "C", Supported),
        ("login/good", "D", NotApplicable),
        ("login/good", "E", Supported),
        ("login/late", "C", Supported),
        ("login/late", "E", Contradicted),
        ("login/kept", "A", Supported),
        ("login/kept", "C", Contradicted),
        ("login/gone", "A", Supported),
        ("login/gone", "B", NotApplicable),
        ("login/gone", "D", Supported),
        ("login/idle", "A", NotDemonstrated),
        ("login/idle", "B", NotDemonstrated),
        ("login/idle", "C", Contradicted),
        ("person/1 lab/login/passed", "B", NotDemonstrated),
        ("login/known", "A", Supported),
        ("login/known", "C", Contradicted),
    ] {
        assert_eq!(judged.outcome(item, attribute), expected, "{attribute} of {item}");
    }
}

#[test]
fn a_retired_identity_is_disabled_in_time() {
    let mut facts = staff();
    for (login, at) in [("near", "2025-08-08T12:00:00Z"), ("over", "2025-08-08T12:00:01Z")] {
        facts.extend(bot(login));
        facts.push(
            entry(login, "service_account", "2025-02-01").with("retired_at", t("2025-08-05")),
        );
        facts.push(deleted(login, at));
    }
    let judged = judged(facts, &[PEOPLE, ACCOUNTS]);
    assert_eq!(judged.outcome("login/near", "D"), Supported);
    assert_eq!(judged.outcome("login/over", "D"), Contradicted);
}

#[test]
fn of_another_owner_hr_must_still_tell_when_somebody_leaves() {
    // An agency tells of bob up to some instant; ann leaves on 1 August.
    let told = |until: &'static str| {
        let mut world = World::new();
        let mut facts = vec![worker("1", "ann"), left("1", "ann", END, Some(END))];
        for login in ["lent", "safe"] {
            facts.extend(bot(login));
            facts.push(owner(login, "bob@x", "2025-03-01"));
            facts.push(revoked(&format!("K-{login}"), "2025-08-04"));
        }
        facts.extend([worker("3", "cat"), owner("safe", "cat@x", "2025-03-01")]);
        world.run(facts, Vec::new(), &[PEOPLE, ACCOUNTS]);
        let covered = ("people", "2025-01-01", until, Proven);
        world.run_of(Teller::of("agency"), vec![worker("2", "bob")], Vec::new(), &[covered]);
        Judged::of(&world, "JML-05")
    };
    let stale = told("2025-07-25T11:59:59Z");
    for attribute in ["A", "B", "E"] {
        assert_eq!(stale.outcome("lent", attribute), Indeterminate, "{attribute}");
        let reason = stale.reason("lent", attribute);
        assert!(reason.contains("agency tells nothing after 2025-07-25"), "{reason}");
        assert_eq!(stale.outcome("safe", attribute), Supported, "{attribute}");
    }
    // The last list is just five business days old.
    assert_eq!(told("2025-07-25T12:00:00Z").outcome("lent", "B"), Supported);
}

#[test]
fn what_is_not_known_is_not_decided() {
    let facts = || [staff(), bot("ci")].concat();
    let until: Cover = ("accounts", "2025-01-01", "2025-08-05", Proven);
    assert_eq!(judged(facts(), &[PEOPLE, until]).outcome("login/ci", "C"), Indeterminate);
    let mut world = World::new();
    world.run(facts(), Vec::new(), &[PEOPLE, ACCOUNTS]);
    let early = Judged::as_of(&world, "JML-05", "2025-08-08T11:59:59Z");
    assert_eq!(early.outcome("login/ci", "C"), NotYetDue);
    assert_eq!(early.outcome("login/ci", "A"), NotYetDue);
    let mut bare = staff();
    bare.extend([machine("ci", "bot"), owner("ci", "ann@x", "2025-02-01")]);
    let bare = judged(bare, &[PEOPLE, ACCOUNTS]);
    assert_eq!(bare.outcome("login/ci", "C"), NotDemonstrated, "its secrets are not collected");
}

#[test]
fn a_mover_leaves_things_behind_as_well() {
    let role = |department: &str, at: &str| {
        Fact::new(TableId::Subjects, "person", "2", begun(at)).with("department", department)
    };
    let mut facts = staff();
    facts.extend([role("sales", "2025-03-01"), role("finance", "2025-09-01")]);
    facts.extend([machine("ci", "bot"), owner("ci", "bob@x", "2025-02-01")]);
    let judged = judged(facts, &[PEOPLE, ACCOUNTS]);
    assert_eq!(judged.item("login/ci").item, "lab/person/2 2025-09-01 lab/login/ci");
    assert_eq!(judged.outcome("login/ci", "A"), NotDemonstrated);
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("JML-05");
}
