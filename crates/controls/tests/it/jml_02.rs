//! JML-02: leavers and what becomes of their accounts.

use tenure_model::fact::{Change, Fact};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::outcome::PopulationVerdict;
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, begun, seen};
use crate::staff::{
    ACCOUNTS, PEOPLE, account, account_fact, deleted, hired, left, person_seen, request, revoked,
    secret, worker,
};
use crate::world::{World, entitlement, granted, t};

const JANUARY: &str = "2025-01-01";

fn judged(facts: Vec<Fact>, covered: &[Cover]) -> Judged {
    let mut world = World::new();
    world.run(facts, Vec::new(), covered);
    Judged::of(&world, "JML-02")
}

/// Ended on 1 August, recorded at nine: due on the second at nine.
fn leaver(id: &str, name: &str) -> [Fact; 3] {
    let recorded = Some("2025-08-01T09:00:00Z");
    [worker(id, name), account(name, "active", JANUARY), left(id, name, "2025-08-01", recorded)]
}

fn disabled(name: &str, at: &str) -> Fact {
    account(name, "suspended", at)
}

#[test]
fn a_right_that_only_a_later_listing_lacks_went_at_some_time_before() {
    // The log of the time between was lost: neither in time nor late is shown.
    let [worker, _, left] = leaver("1", "ann");
    let user = Fact::new(TableId::Identities, "login", "ann", seen(JANUARY))
        .with("login", "ann")
        .with("email", "ann@x")
        .with("kind", "human");
    let gone = |at: &str| {
        let absent = Change::Absent { at: t(at) };
        Fact::new(TableId::Grants, "member", "ann|prod", absent)
    };
    let told = |at: &str| {
        let right = granted("ann", "prod", "2025-03-01");
        judged(
            vec![worker.clone(), left.clone(), user.clone(), right, gone(at)],
            &[PEOPLE, ACCOUNTS],
        )
    };
    let late = told("2025-12-01");
    assert_eq!(late.outcome("ann", "B"), Supported, "it is gone");
    assert_eq!(late.outcome("ann", "C"), Indeterminate);
    let reason = late.reason("ann", "C");
    assert!(reason.contains("between 2025-03-01") && reason.contains("and 2025-12-01"), "{reason}");
    assert_eq!(told("2025-08-02").outcome("ann", "C"), Supported, "gone before it was due");
}

#[test]
fn removal_is_in_time_or_late_or_missing() {
    let mut facts = Vec::new();
    for (id, name) in [("1", "ann"), ("2", "bob"), ("3", "cat"), ("5", "eve")] {
        facts.extend(leaver(id, name));
    }
    facts.extend([
        disabled("ann", "2025-08-02T09:00:00Z"),
        disabled("bob", "2025-08-02T09:00:01Z"),
        worker("4", "dan"),
        left("4", "dan", "2025-08-01", Some("2025-08-01")),
        account_fact("eve", seen("2025-08-02")),
        account_fact("eve", Change::Absent { at: t("2025-08-03") }),
        request("off-1", "retirement", "ann@x", "zoe", "2025-08-02"),
        worker("6", "fay"),
    ]);
    let judged = judged(facts, &[PEOPLE, ACCOUNTS]);
    assert_eq!(judged.result.population.count, 5, "four accounts, and dan without one");
    // HR says that cat left; the directory never closed the account.
    assert_eq!(judged.result.population.verdict, PopulationVerdict::CompleteWithNotedGaps);
    for (item, attribute, expected) in [
        ("login/ann", "A", Supported),
        ("login/ann", "B", Supported),
        ("login/ann", "C", Supported),
        ("login/ann", "D", NotDemonstrated),
        ("login/ann", "E", Supported),
        ("login/bob", "B", Supported),
        ("login/bob", "C", Contradicted),
        ("login/bob", "E", NotDemonstrated),
        ("login/cat", "B", Contradicted),
        ("login/cat", "C", Contradicted),
        ("person/4 no account", "B", NotDemonstrated),
        ("login/eve", "B", Supported),
        ("login/eve", "C", Indeterminate),
    ] {
        assert_eq!(judged.outcome(item, attribute), expected, "{attribute} of {item}");
    }
    assert_eq!(judged.item("login/ann").item, "lab/person/1 lab/login/ann");
    let reason = judged.reason("login/bob", "C");
    assert!(reason.contains("24.0 hours after HR's record, 33.0 hours after"), "{reason}");
}

#[test]
fn a_token_outlives_its_disabled_account() {
    let mut facts = Vec::new();
    for (id, name) in [("1", "ann"), ("2", "bob"), ("3", "cat")] {
        facts.extend(leaver(id, name));
        facts.push(disabled(name, "2025-08-01T10:00:00Z"));
    }
    facts.extend([
        secret("K-ann", "ann", JANUARY),
        revoked("K-ann", "2025-08-02T08:59:59Z"),
        secret("K-bob", "bob", JANUARY),
    ]);
    let judged = judged(facts, &[PEOPLE, ACCOUNTS]);
    assert_eq!(judged.outcome("login/ann", "D"), Supported);
    assert_eq!(judged.outcome("login/bob", "C"), Supported, "the account itself was in time");
    assert_eq!(judged.outcome("login/bob", "D"), Contradicted);
    assert_eq!(judged.outcome("login/cat", "D"), Supported, "keys are read, and it has none");
}

#[test]
fn nothing_is_said_of_a_system_that_was_not_read_since() {
    let until: Cover = (
        "accounts",
        "2025-01-01",
        "2025-08-02T08:00:00Z",
        tenure_model::entry::CoverageStatus::Proven,
    );
    let judged = judged(leaver("1", "ann").to_vec(), &[PEOPLE, until]);
    assert_eq!(judged.outcome("login/ann", "B"), Indeterminate);
    assert_eq!(judged.outcome("login/ann", "C"), Indeterminate);
}

#[test]
fn the_record_of_hr_starts_the_clock() {
    let facts = vec![
        worker("1", "ann"),
        account("ann", "active", JANUARY),
        left("1", "ann", "2025-08-01", Some("2025-07-01")),
        disabled("ann", "2025-08-02T00:00:01Z"),
        worker("2", "bob"),
        account("bob", "active", JANUARY),
        left("2", "bob", "2025-08-01", None),
        disabled("bob", "2025-08-01T23:00:00Z"),
        worker("3", "cat"),
        account("cat", "active", JANUARY),
        left("3", "cat", "2025-08-01", None),
        disabled("cat", "2025-08-05"),
        // Entered in the period with a date before it: carried in.
        worker("4", "dan"),
        account("dan", "active", JANUARY),
        left("4", "dan", "2025-06-20", Some("2025-07-02T09:00:00Z")),
        disabled("dan", "2025-07-03T09:00:00Z"),
        // Holds privileged access: four hours.
        worker("5", "eve"),
        account("eve", "active", JANUARY),
        entitlement("root", true),
        granted("eve", "root", JANUARY),
        left("5", "eve", "2025-08-01", Some("2025-08-01")),
        disabled("eve", "2025-08-01T04:00:01Z"),
    ];
    let judged = judged(facts, &[PEOPLE, ACCOUNTS]);
    assert_eq!(judged.outcome("login/ann", "C"), Contradicted, "recorded ahead: due a day after");
    assert_eq!(judged.outcome("login/bob", "A"), NotDemonstrated);
    assert_eq!(judged.outcome("login/bob", "C"), Supported, "in time whenever it was recorded");
    assert_eq!(judged.outcome("login/cat", "C"), Indeterminate);
    assert_eq!(judged.outcome("login/dan", "C"), Supported);
    assert_eq!(judged.item("login/dan").from, t("2025-07-02T09:00:00Z"));
    assert!(judged.item("login/dan").label.contains("carried in"));
    assert_eq!(judged.outcome("login/eve", "C"), Contradicted);
}

#[test]
fn rehired_with_the_same_account() {
    let mut facts = Vec::new();
    for (id, name, again) in
        [("1", "ann", "2025-08-02T08:00:00Z"), ("2", "bob", "2025-09-01T00:00:00Z")]
    {
        facts.extend(leaver(id, name));
        facts.push(hired(id, name, again));
    }
    facts.extend(leaver("3", "cat"));
    facts.push(disabled("cat", "2025-08-01T12:00:00Z"));
    facts.push(hired("3", "cat", "2025-10-01"));
    facts.push(account("cat", "active", "2025-10-01"));
    let judged = judged(facts, &[PEOPLE, ACCOUNTS]);
    assert_eq!(judged.result.population.count, 3);
    assert_eq!(judged.outcome("login/ann", "C"), Supported, "hired again before it was due");
    assert_eq!(judged.outcome("login/bob", "C"), Contradicted, "stood for a month in between");
    assert_eq!(judged.outcome("login/cat", "C"), Supported, "active again only since the rehiring");
}

#[test]
fn who_goes_on_working_left_nothing() {
    let mut world = World::new();
    let leave = person_seen("1", "ann", "2025-08-01").with("employment_status", "leave");
    let facts = vec![
        worker("1", "ann"),
        leave,
        account("ann", "active", JANUARY),
        // Two employments of one person, one of which ends.
        worker("2", "bob"),
        hired("22", "bob", "2025-02-01"),
        left("2", "bob", "2025-08-01", Some("2025-08-01")),
        account("bob", "active", JANUARY),
        // A contract that ends, and an extension that is recorded only later.
        worker("3", "cat"),
        left("3", "cat", "2025-08-01", Some("2025-07-01")),
        account("cat", "active", JANUARY),
    ];
    world.run(facts, Vec::new(), &[PEOPLE, ACCOUNTS]);
    let extended = person_seen("3", "cat", "2025-08-05")
        .with("termination_effective", t("2026-12-31"))
        .with("termination_recorded_at", t("2025-08-04"));
    let before = Judged::of(&world, "JML-02");
    assert_eq!(before.result.population.count, 1, "cat alone, as known before the extension");
    world.run(vec![extended], Vec::new(), &[]);
    let judged = Judged::of(&world, "JML-02");
    assert_eq!(judged.result.population.count, 0);
}

#[test]
fn a_termination_dated_back_is_still_one() {
    let mut world = World::new();
    let facts = vec![
        worker("1", "ann"),
        person_seen("1", "ann", "2025-08-05"),
        account("ann", "active", JANUARY),
        worker("2", "bob"),
        person_seen("2", "bob", "2025-08-05"),
        account("bob", "active", JANUARY),
    ];
    world.run(facts, Vec::new(), &[PEOPLE, ACCOUNTS]);
    let later = vec![
        left("1", "ann", "2025-08-01", Some("2025-08-09T12:00:00Z")),
        disabled("ann", "2025-08-10T11:59:59Z"),
        left("2", "bob", "2025-08-01", None),
    ];
    world.run(later, Vec::new(), &[]);
    let judged = Judged::of(&world, "JML-02");
    assert_eq!(judged.outcome("login/ann", "C"), Supported, "due a day after it was recorded");
    assert_eq!(judged.outcome("login/bob", "C"), Indeterminate, "dated back, or taken back");
}

#[test]
fn accounts_are_found_under_other_names() {
    let link = Fact::new(TableId::SubjectLinks, "link", "1", begun(JANUARY))
        .with("subject_id", "person/1")
        .with("identity_id", "login/u-7")
        .with("basis", "hr_id");
    let mut facts = leaver("1", "ann").to_vec();
    facts.extend([
        // Renamed before the end: the same account under another login.
        account_fact("ann", begun("2025-05-01")).with("login", "annette"),
        disabled("ann", "2025-08-01T10:00:00Z").with("login", "annette"),
        account_fact("u-7", begun(JANUARY)).with("email", "other@x").with("status", "active"),
        link,
        // Deleted well before, and made after the end.
        account_fact("old", begun(JANUARY)).with("email", "ann@x"),
        deleted("old", "2025-06-01"),
        account_fact("new", begun("2025-08-10")).with("email", "ann@x").with("status", "active"),
    ]);
    let judged = judged(facts, &[PEOPLE, ACCOUNTS]);
    assert_eq!(judged.outcome("login/ann", "C"), Supported);
    assert_eq!(judged.outcome("login/u-7", "C"), Contradicted, "linked by HR's id");
    assert!(!judged.has("login/old"));
    assert_eq!(judged.outcome("login/new", "C"), Contradicted, "made for somebody who had left");
}

#[test]
fn the_last_day_of_the_period_is_not_yet_due() {
    let mut world = World::new();
    let recorded = Some("2025-12-31T20:00:00Z");
    let facts = vec![
        worker("1", "ann"),
        account("ann", "active", JANUARY),
        left("1", "ann", "2025-12-31T20:00:00Z", recorded),
    ];
    world.run(facts, Vec::new(), &[PEOPLE, ACCOUNTS]);
    let early = Judged::as_of(&world, "JML-02", "2026-01-01T19:59:59Z");
    assert_eq!(early.outcome("login/ann", "C"), NotYetDue);
    let late = Judged::as_of(&world, "JML-02", "2026-01-01T20:00:00Z");
    assert_eq!(late.outcome("login/ann", "C"), Contradicted);
}
