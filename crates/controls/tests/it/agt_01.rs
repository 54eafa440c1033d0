//! AGT-01: AI agents.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::{Fact, UsageEvent};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, LOG, assert_nothing_is_no_pass, begun};
use crate::staff::{
    ACCOUNTS, INVENTORY, PEOPLE, deleted, entry, hired, left, machine, request, revoked, secret,
    success, worker,
};
use crate::world::{Teller, World, entitlement, granted, t};

fn drill(id: &str, target: &str, at: &str, seconds: i64) -> Fact {
    Fact::new(TableId::Exercises, "exercise", id, begun(at))
        .with("kind", "revocation")
        .with("target", target)
        .with("held_at", t(at))
        .with("seconds", seconds)
}

/// An agent with everything that it needs.
fn agent(name: &str) -> Vec<Fact> {
    let key = format!("K-{name}");
    vec![
        machine(name, "ai_agent"),
        entry(name, "ai_agent", "2025-01-01")
            .with("owner", "ann@x")
            .with("scopes", "read; write")
            .with("acts_for", "recorded"),
        entitlement("read", false),
        granted(name, "read", "2025-03-01"),
        secret(&key, name, "2025-08-01").with("expires_at", t("2025-08-02")),
        revoked(&key, "2025-08-02"),
        drill(&format!("{name}-1"), name, "2025-06-01", 900),
        drill(&format!("{name}-2"), name, "2025-09-01", 60),
        drill(&format!("{name}-3"), name, "2025-12-01", 60),
    ]
}

fn judged(facts: Vec<Fact>, events: Vec<UsageEvent>, more: &[Cover]) -> Judged {
    let mut world = World::new();
    let facts = [vec![worker("1", "ann"), worker("2", "bob")], facts].concat();
    world.run(facts, events, &[&[LOG, ACCOUNTS, INVENTORY], more].concat());
    Judged::of(&world, "AGT-01")
}

fn acted(id: &str, name: &str, whom: Option<&str>) -> UsageEvent {
    UsageEvent {
        on_behalf_of: whom.map(str::to_owned),
        ..success(id, name, "2025-08-10T10:00:00Z")
    }
}

#[test]
fn an_agent_in_order() {
    let judged = judged(agent("helper"), vec![acted("1", "helper", Some("ann@x"))], &[]);
    assert_eq!(judged.result.population.count, 1);
    assert_eq!(judged.item("helper").item, "lab/login/helper");
    for attribute in ["A", "B", "C", "D", "E", "F", "G"] {
        assert_eq!(judged.outcome("helper", attribute), Supported, "{attribute}");
    }
    assert_eq!(judged.outcome("helper", "H"), NotApplicable);
}

#[test]
fn an_agent_of_which_nothing_is_recorded() {
    let judged = judged(vec![machine("wild", "ai_agent")], Vec::new(), &[]);
    for attribute in ["A", "B", "C", "D", "E", "G"] {
        assert_eq!(judged.outcome("wild", attribute), NotDemonstrated, "{attribute}");
    }
}

#[test]
fn it_is_nobody_elses_and_somebody_answers_for_it() {
    let mut facts = agent("left");
    facts.extend([
        left("1", "ann", "2025-09-01", Some("2025-09-01")),
        hired("1", "ann", "2025-10-01"),
        machine("desk", "human"),
        entry("desk", "ai_agent", "2025-01-01").with("owner", "bob@x"),
        machine("twice", "ai_agent"),
        entry("twice", "ai_agent", "2025-01-01").with("owner", "bob@x"),
        Fact::new(TableId::Inventory, "entry", "other", begun("2025-01-01"))
            .with("lives_in", "lab")
            .with("name", "twice")
            .with("kind", "ai_agent"),
    ]);
    let judged = judged(facts, Vec::new(), &[]);
    let found = judged.findings("login/left", "B");
    assert_eq!((found.len(), found[0].1), (1, Contradicted));
    assert_eq!((found[0].2, found[0].3), (t("2025-09-01"), Some(t("2025-10-01"))));
    assert_eq!(judged.outcome("login/desk", "A"), Contradicted);
    assert_eq!(judged.outcome("login/desk", "B"), Supported);
    assert_eq!(judged.outcome("login/twice", "A"), Contradicted);
}

#[test]
fn after_the_last_word_of_hr_nobody_is_shown_to_answer_for_it() {
    // HR tells up to Wednesday 3 September; five business days are up on the tenth.
    let told = ("people", "2025-01-01", "2025-09-03", Proven);
    let stale = judged(agent("helper"), Vec::new(), &[told]);
    let found = stale.findings("login/helper", "B");
    assert_eq!((found.len(), found[0].1), (1, Indeterminate));
    assert_eq!((found[0].2, found[0].3), (t("2025-09-10"), None));
    let current = judged(agent("helper"), Vec::new(), &[PEOPLE]);
    assert_eq!(current.outcome("login/helper", "B"), Supported);
}

#[test]
fn between_two_owners_hr_must_tell_of_one() {
    // An agency tells of ann up to 3 September only; bob, of whom HR tells, takes over in October.
    let mut world = World::new();
    let facts = [agent("helper"), vec![worker("2", "bob")]].concat();
    let to_bob = entry("helper", "ai_agent", "2025-10-01").with("owner", "bob@x");
    world.run([facts, vec![to_bob]].concat(), Vec::new(), &[LOG, ACCOUNTS, INVENTORY, PEOPLE]);
    let told = ("people", "2025-01-01", "2025-09-03", Proven);
    world.run_of(Teller::of("agency"), vec![worker("1", "ann")], Vec::new(), &[told]);
    let judged = Judged::of(&world, "AGT-01");
    let found = judged.findings("login/helper", "B");
    assert_eq!((found.len(), found[0].1), (1, Indeterminate));
    assert_eq!((found[0].2, found[0].3), (t("2025-09-10"), Some(t("2025-10-01"))));
}

#[test]
fn scopes_and_credentials_are_bounded() {
    let mut facts = agent("wide");
    facts.extend([
        entitlement("admin", true),
        granted("wide", "admin", "2025-08-01"),
        secret("K-long", "wide", "2025-08-01").with("expires_at", t("2025-08-02T00:00:01Z")),
    ]);
    facts.extend(agent("near"));
    facts.push(granted("near", "write", "2025-08-01").with("approval_ref", "R-1"));
    let judged = judged(facts, Vec::new(), &[]);
    assert_eq!(judged.outcome("login/wide", "C"), Contradicted);
    assert_eq!(judged.outcome("login/wide", "D"), Contradicted);
    assert_eq!(judged.outcome("login/wide", "F"), NotDemonstrated, "given without a record");
    assert_eq!(judged.outcome("login/near", "C"), Supported);
    assert_eq!(judged.outcome("login/near", "D"), Supported);
    assert_eq!(judged.outcome("login/near", "F"), Supported);
}

#[test]
fn a_credential_counts_from_the_maximum_on() {
    let with = |name: &str, end: Option<&str>| {
        let key = format!("T-{name}");
        let mut facts = vec![
            machine(name, "ai_agent"),
            entry(name, "ai_agent", "2025-01-01").with("owner", "ann@x"),
            secret(&key, name, "2025-08-01"),
        ];
        facts.extend(end.map(|end| revoked(&key, end)));
        facts
    };
    let facts = [
        with("day", Some("2025-08-02")),
        with("more", Some("2025-08-02T00:00:01Z")),
        with("stays", None),
    ];
    let judged = judged(facts.concat(), Vec::new(), &[]);
    assert_eq!(judged.outcome("login/day", "D"), Supported, "it was gone within the maximum");
    let more = judged.findings("login/more", "D");
    assert_eq!((more.len(), more[0].1), (1, NotDemonstrated));
    assert_eq!((more[0].2, more[0].3), (t("2025-08-02"), Some(t("2025-08-02T00:00:01Z"))));
    assert_eq!(judged.findings("login/stays", "D")[0].2, t("2025-08-02"));
}

#[test]
fn sessions_of_a_role_end_by_themselves() {
    let role = |kind| {
        Fact::new(TableId::Identities, kind, "arn:triage", begun("2025-01-01"))
            .with("kind", "ai_agent")
            .with("status", "active")
    };
    let judged = judged(vec![role("iam-role"), role("iam-user")], Vec::new(), &[]);
    assert_eq!(judged.outcome("iam-role/arn:triage", "D"), Supported);
    assert_eq!(judged.outcome("iam-user/arn:triage", "D"), NotDemonstrated);
}

#[test]
fn changes_of_scopes_have_a_record() {
    let rescoped = |name: &str| {
        entry(name, "ai_agent", "2025-08-01T10:00:00Z").with("scopes", "read; write; delete")
    };
    let mut facts = [agent("asked"), agent("quiet")].concat();
    facts.extend([
        rescoped("asked"),
        request("R-1", "scope", "asked", "zoe", "2025-08-01T10:00:00Z"),
        rescoped("quiet"),
        request("R-2", "scope", "quiet", "zoe", "2025-08-01T10:00:01Z"),
    ]);
    let judged = judged(facts, Vec::new(), &[]);
    assert_eq!(judged.outcome("login/asked", "F"), Supported);
    assert_eq!(judged.outcome("login/quiet", "F"), NotDemonstrated);
}

#[test]
fn its_actions_say_on_whose_behalf() {
    let facts = || [agent("helper"), agent("fixed")].concat();
    let fixed = entry("fixed", "ai_agent", "2025-01-02").with("acts_for", "bob@x");
    let events = || vec![acted("1", "helper", None), acted("2", "fixed", None)];
    let judged_all = judged([facts(), vec![fixed]].concat(), events(), &[]);
    assert_eq!(judged_all.outcome("login/helper", "E"), Contradicted);
    assert_eq!(judged_all.outcome("login/fixed", "E"), Supported, "the register says for whom");
    let hole: Cover = ("usage", "2025-09-01", "2025-09-02", Gap);
    let dark = judged(agent("helper"), vec![acted("1", "helper", Some("ann@x"))], &[hole]);
    assert_eq!(dark.outcome("login/helper", "E"), Indeterminate);
}

#[test]
fn drills_are_held_and_fast_enough() {
    let slow = [agent("slow"), vec![drill("s-4", "slow", "2025-10-01", 901)]].concat();
    assert_eq!(judged(slow, Vec::new(), &[]).outcome("login/slow", "G"), Contradicted);
    let never = vec![machine("never", "ai_agent"), drill("n-1", "never", "2025-06-01", 60)];
    let never = judged(never, Vec::new(), &[]);
    assert_eq!(never.findings("login/never", "G")[0].2, t("2025-09-01"), "92 days after the drill");
}

#[test]
fn its_end_is_on_record() {
    let mut facts = [agent("done"), agent("lost")].concat();
    facts.extend([
        entry("done", "ai_agent", "2025-10-01").with("retired_at", t("2025-10-01")),
        deleted("done", "2025-10-01"),
        deleted("lost", "2025-10-01"),
    ]);
    let judged = judged(facts, Vec::new(), &[]);
    assert_eq!(judged.outcome("login/done", "H"), Supported);
    assert_eq!(judged.outcome("login/lost", "H"), NotDemonstrated);
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("AGT-01");
}
