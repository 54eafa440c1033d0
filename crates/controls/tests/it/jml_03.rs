//! JML-03: nothing is done under a leaver's account.

use tenure_model::entry::CoverageStatus::Gap;
use tenure_model::fact::{Change, Fact, UsageEvent};
use tenure_model::outcome::Outcome::{Contradicted, Indeterminate, Supported};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, LOG, assert_nothing_is_no_pass, begun, key, principal, used};
use crate::staff::{PEOPLE, account, hired, left, success, worker};
use crate::world::{World, approval, t};

const END: &str = "2025-08-01T12:00:00Z";

fn judged(facts: Vec<Fact>, events: Vec<UsageEvent>, covered: &[Cover]) -> Judged {
    let mut world = World::new();
    world.run(facts, events, covered);
    Judged::of(&world, "JML-03")
}

fn leavers(names: &[&str]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (id, name) in names.iter().enumerate() {
        let id = id.to_string();
        facts.push(worker(&id, name));
        facts.push(account(name, "active", "2025-01-01"));
        facts.push(left(&id, name, END, Some(END)));
    }
    facts
}

#[test]
fn the_last_second_before_the_end_is_still_theirs() {
    let events = vec![
        success("1", "ann", "2025-08-01T11:59:59Z"),
        success("2", "bob", "2025-08-01T08:00:00Z"),
        success("3", "bob", END),
        success("4", "CAT@x", "2025-09-01T08:00:00Z"),
    ];
    let judged = judged(leavers(&["ann", "bob", "cat"]), events, &[PEOPLE, LOG]);
    assert_eq!(judged.outcome("login/ann", "A"), Supported);
    assert_eq!(judged.outcome("login/ann", "B"), Supported);
    assert_eq!(judged.outcome("login/bob", "A"), Contradicted);
    let found = judged.findings("login/bob", "A");
    assert_eq!((found.len(), found[0].2), (1, t(END)), "the morning was theirs");
    assert_eq!(judged.outcome("login/cat", "A"), Contradicted, "by the address");
}

#[test]
fn silence_supports_nothing_where_the_log_has_a_hole() {
    let hole: Cover = ("usage", "2025-10-01", "2025-10-02", Gap);
    let judged = judged(leavers(&["ann"]), Vec::new(), &[PEOPLE, LOG, hole]);
    assert_eq!(judged.outcome("login/ann", "A"), Indeterminate);
    assert_eq!(judged.outcome("login/ann", "B"), Indeterminate);
}

#[test]
fn an_end_known_only_between_two_lists_leaves_uses_in_between_open() {
    let mut facts = vec![worker("1", "ann"), account("ann", "active", "2025-01-01")];
    let at = |at: &str| Fact::new(TableId::Subjects, "person", "1", Change::Seen { at: t(at) });
    facts.push(at("2025-08-01"));
    facts.push(Fact::new(TableId::Subjects, "person", "1", Change::Absent { at: t("2025-08-08") }));
    let events = vec![success("1", "ann", "2025-08-05")];
    let judged = judged(facts, events, &[PEOPLE, LOG]);
    assert_eq!(judged.outcome("login/ann", "A"), Indeterminate);
    assert_eq!(judged.item("login/ann").from, t("2025-08-01"));
}

#[test]
fn keys_count_and_a_rehiring_gives_the_account_back() {
    let link = Fact::new(TableId::SubjectLinks, "link", "9", begun("2025-01-01"))
        .with("subject_id", "person/9")
        .with("identity_id", format!("iam/{}", crate::aws::arn("user", "zed")));
    let facts = vec![
        worker("9", "zed"),
        link,
        principal("user", "zed", "human"),
        key("AKIAZED", "zed", "2025-03-01"),
        left("9", "zed", END, Some(END)),
        hired("9", "zed", "2025-10-01"),
    ];
    let mut with_key = used("1", "2025-09-01", "zed", "AKIAZED");
    with_key.actor = None;
    let later = used("2", "2025-10-01", "zed", "AKIAZED");
    let found = judged(facts.clone(), vec![with_key, later.clone()], &[PEOPLE, LOG]);
    assert_eq!(found.findings("user/zed", "A").len(), 1);
    assert_eq!(found.outcome("user/zed", "A"), Contradicted);
    let near = judged(facts, vec![later], &[PEOPLE, LOG]);
    assert_eq!(near.outcome("user/zed", "A"), Supported, "hired again by then");
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("JML-03");
}

/// An agreement that somebody works with an account of who left.
fn delegated(account: &str, from: &str, to: &str) -> Fact {
    approval(&format!("D {account} {from}"), Some("boss"), from)
        .with("kind", "delegation")
        .with("requested_for", "cat")
        .with("requested", account)
        .with("planned_to", t(to))
}

#[test]
fn what_is_done_under_a_delegation_is_left_out_to_the_second() {
    let at = "2025-09-01T08:00:00Z";
    for (from, to, expected) in [
        (at, "2025-09-01T08:00:01Z", Supported),
        ("2025-09-01T08:00:01Z", "2025-10-01", Contradicted),
        ("2025-08-01", at, Contradicted),
    ] {
        let facts = [leavers(&["ann"]), vec![delegated("ann", from, to)]].concat();
        let judged = judged(facts, vec![success("1", "ann", at)], &[PEOPLE, LOG]);
        assert_eq!(judged.outcome("login/ann", "A"), expected, "{from}..{to}");
    }
    let facts = [leavers(&["ann", "bob"]), vec![delegated("bob", "2025-08-01", "2025-10-01")]];
    let mut world = World::new();
    world.run(facts.concat(), vec![success("1", "ann", at), success("2", "bob", at)], &[LOG]);
    let judged = Judged::of(&world, "JML-03");
    assert_eq!(judged.outcome("login/ann", "A"), Contradicted, "of another account");
    assert_eq!(judged.outcome("login/bob", "A"), Supported);
    let all = Judged::with(&world, "JML-03", "JML-03: { exclude: nothing }\n");
    assert_eq!(all.outcome("login/bob", "A"), Contradicted);
}

#[test]
fn between_two_delegations_of_a_day_something_may_have_been_done() {
    let day = |from: &str, to: &str| {
        delegated("ann", &format!("2025-09-01T{from}:00Z"), &format!("2025-09-01T{to}:00Z"))
    };
    let uses = || ["08:30", "12:00", "16:30"].map(|at| format!("2025-09-01T{at}:00Z"));
    let uses = uses().iter().map(|at| success(at, "ann", at)).collect();
    let both = vec![day("08:00", "09:00"), day("16:00", "17:00")];
    let judged = judged([leavers(&["ann"]), both].concat(), uses, &[PEOPLE, LOG]);
    assert_eq!(judged.outcome("login/ann", "A"), Indeterminate);
}
