//! UAR-02: what a review lists against what was in force when it was frozen.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::{Change, Fact};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, assert_nothing_is_no_pass, begun, seen};
use crate::world::{World, entitlement, granted, identity, removed, t};

const GRANTS: Cover = ("grants", "2025-01-01", "2026-06-01", Proven);
const FROZEN: &str = "2025-08-01T10:00:00Z";

fn campaign(id: &str, class: &str, items: &[&str]) -> Vec<Fact> {
    let whole = i64::try_from(items.len()).expect("a few items");
    let campaign = Fact::new(TableId::ReviewCampaigns, "review", id, begun(FROZEN))
        .with("scope", "everything in lab")
        .with("system_reviewed", "lab")
        .with("access_class", class)
        .with("item_root", "aa")
        .with("item_count", whole)
        .with("started_at", t(FROZEN));
    let item = |target: &&str| {
        Fact::new(TableId::ReviewItems, "item", format!("{id}/{target}"), begun(FROZEN))
            .with("campaign", id)
            .with("target", *target)
    };
    std::iter::once(campaign).chain(items.iter().map(item)).collect()
}

fn world(covered: &[Cover], more: Vec<Fact>) -> World {
    let mut facts = vec![
        identity("ann", "human"),
        identity("bob", "human"),
        identity("cat", "human"),
        identity("robot", "bot"),
        entitlement("prod", false),
        entitlement("root", true),
        granted("ann", "prod", "2025-01-01"),
        granted("ann", "root", "2025-01-01"),
        granted("bob", "prod", FROZEN),
        granted("robot", "prod", "2025-01-01"),
        // Ended at the very instant: it was no longer in force.
        granted("cat", "prod", "2025-01-01"),
        removed("cat", "prod", FROZEN),
        // Given a second later.
        granted("cat", "root", "2025-08-01T10:00:01Z"),
    ];
    facts.extend(more);
    let mut world = World::new();
    world.run(facts, Vec::new(), covered);
    world
}

const ALL: [&str; 3] = ["lab/member/ann|prod", "ann|root", "lab/member/bob|prod"];

#[test]
fn a_campaign_that_lists_what_was_in_force_reconciles() {
    let world = world(&[GRANTS], campaign("q3", "user", &ALL));
    let judged = Judged::of(&world, "UAR-02");
    assert_eq!(judged.result.population.count, 1);
    for (attribute, expected) in
        [("A", Supported), ("B", Supported), ("C", Supported), ("D", Supported)]
    {
        assert_eq!(judged.outcome("review/q3", attribute), expected, "{attribute}");
    }
    assert_eq!(judged.outcome("review/q3", "E"), NotDemonstrated, "no ledger index is on record");
}

#[test]
fn an_index_that_no_entry_has_does_not_date_the_listing() {
    let indexed = |mut facts: Vec<Fact>| {
        facts[0] = facts[0].clone().with("as_of_seq", 0_i64);
        facts
    };
    let judged = Judged::of(&world(&[GRANTS], indexed(campaign("q3", "user", &ALL))), "UAR-02");
    assert_eq!(judged.outcome("review/q3", "E"), NotDemonstrated, "the index is of no entry");
}

#[test]
fn omissions_phantoms_and_strangers_are_named() {
    let items = ["lab/member/ann|prod", "lab/member/cat|prod", "a stranger", "cat|root"];
    let judged = Judged::of(&world(&[GRANTS], campaign("q3", "user", &items)), "UAR-02");
    assert_eq!(judged.result.population.count, 1 + 2 + 3);
    for (item, attribute, expected) in [
        ("review/q3", "B", Contradicted),
        ("review/q3", "C", Contradicted),
        ("review/q3 lab/member/bob|prod", "B", Contradicted),
        ("review/q3 lab/member/ann|root", "B", Contradicted),
        ("review/q3 lab/member/cat|prod", "B", Contradicted),
        ("review/q3 lab/member/cat|root", "B", Contradicted),
        ("review/q3 a stranger", "B", NotDemonstrated),
        ("review/q3 a stranger", "A", NotApplicable),
    ] {
        assert_eq!(judged.outcome(item, attribute), expected, "{attribute} of {item}");
    }
    let reason = judged.reason("review/q3", "B");
    assert!(reason.contains("2 in force and left out (ann · root …)"), "{reason}");
    assert!(reason.contains("2 listed and not in force (cat · prod …)"), "{reason}");
    assert!(!judged.has("robot"), "another class");
}

#[test]
fn counts_and_classes_are_told_apart() {
    let mut facts = campaign("users", "user", &ALL);
    facts[0] = facts[0].clone().with("item_count", 4_i64);
    facts.extend(campaign("robots", "non_human", &["robot|prod"]));
    facts.extend(campaign("mighty", "privileged", &["lab/member/ann|root"]));
    facts.extend(campaign("logins", "user", &["lab/login/ann", "bob"]));
    facts.extend(campaign("none", "user", &[]));
    let judged = Judged::of(&world(&[GRANTS], facts), "UAR-02");
    for (campaign, attribute, expected) in [
        ("review/users", "A", Contradicted),
        ("review/users", "B", Supported),
        ("review/robots", "A", Supported),
        ("review/robots", "B", Supported),
        ("review/robots", "C", Supported),
        ("review/mighty", "B", Supported),
        ("review/logins", "B", Contradicted),
        ("review/logins lab/login/cat", "B", Contradicted),
        ("review/logins", "C", NotApplicable),
        ("review/none", "A", NotDemonstrated),
        ("review/none", "B", Contradicted),
    ] {
        assert_eq!(judged.outcome(campaign, attribute), expected, "{attribute} of {campaign}");
    }
}

#[test]
fn what_was_perhaps_in_force_or_not_watched_is_indeterminate() {
    let row = |change| {
        Fact::new(TableId::Grants, "member", "dan|prod", change)
            .with("identity_id", "login/dan")
            .with("entitlement_id", "right/prod")
            .with("principal", "dan")
            .with("entitlement", "prod")
    };
    let listed = vec![
        identity("dan", "human"),
        row(seen("2025-07-15")),
        row(Change::Absent { at: t("2025-08-15") }),
    ];
    let perhaps = |items: &[&str]| {
        let mut facts = campaign("q3", "user", items);
        facts.extend(listed.clone());
        Judged::of(&world(&[GRANTS], facts), "UAR-02")
    };
    let left_out = perhaps(&ALL);
    assert_eq!(left_out.outcome("review/q3", "B"), Indeterminate);
    assert_eq!(left_out.outcome("review/q3", "A"), Indeterminate);
    assert_eq!(left_out.outcome("review/q3 lab/member/dan|prod", "B"), Indeterminate);
    let with = perhaps(&[ALL[0], ALL[1], ALL[2], "lab/member/dan|prod"]);
    assert_eq!(with.outcome("review/q3 lab/member/dan|prod", "B"), Indeterminate);
    let hole: Cover = ("grants", "2025-08-01", "2025-08-02", Gap);
    for covered in [vec![GRANTS, hole], Vec::new()] {
        let judged = Judged::of(&world(&covered, campaign("q3", "user", &ALL)), "UAR-02");
        assert_eq!(judged.outcome("review/q3", "B"), Indeterminate, "{covered:?}");
    }
    let short = Judged::of(&world(&[], campaign("q3", "user", &ALL[..2])), "UAR-02");
    assert_eq!(short.outcome("review/q3", "B"), Contradicted, "what was there was there");
}

/// Listed on the first of October, and not on the first of January before.
#[test]
fn no_access_is_older_than_its_account() {
    for (made, expected) in [("2025-08-01T10:00:01Z", Supported), ("2025-07-31", Indeterminate)] {
        let row = |change| Fact::new(TableId::Grants, "member", "dan|prod", change);
        let mut facts = campaign("q3", "user", &ALL);
        facts.extend([
            Fact::new(TableId::Identities, "login", "dan", begun(made)).with("kind", "human"),
            row(Change::Absent { at: t("2025-01-01") }),
            row(seen("2025-10-01"))
                .with("identity_id", "login/dan")
                .with("entitlement_id", "right/prod")
                .with("principal", "dan")
                .with("entitlement", "prod"),
        ]);
        let judged = Judged::of(&world(&[GRANTS], facts), "UAR-02");
        assert_eq!(judged.outcome("review/q3", "B"), expected, "made {made}");
    }
}

#[test]
fn a_register_may_say_when_it_was_listed() {
    let listed = |at: &str, started: &str| {
        let mut facts = campaign("q3", "user", &ALL);
        facts[0] = facts[0].clone().with("listed_at", t(at)).with("started_at", t(started));
        Judged::of(&world(&[GRANTS], facts), "UAR-02")
    };
    for (started, expected) in
        [("2025-08-15T10:00:00Z", Supported), ("2025-08-15T10:00:01Z", Contradicted)]
    {
        let judged = listed(FROZEN, started);
        assert_eq!(judged.outcome("review/q3", "E"), expected, "{started}");
        assert_eq!(judged.outcome("review/q3", "B"), Supported, "it is of when it was listed");
        assert_eq!(judged.item("review/q3").from, t(FROZEN));
    }
}

#[test]
fn a_review_of_nothing_reconciles_only_with_nothing() {
    let users = Judged::of(&world(&[GRANTS], campaign("none", "user", &[])), "UAR-02");
    assert_eq!(users.outcome("review/none", "A"), NotDemonstrated);
    let mut facts = campaign("none", "privileged", &[]);
    facts.push(removed("ann", "root", "2025-02-01"));
    let judged = Judged::of(&world(&[GRANTS], facts), "UAR-02");
    for (attribute, expected) in [("A", Supported), ("B", Supported), ("C", NotApplicable)] {
        assert_eq!(judged.outcome("review/none", attribute), expected, "{attribute}");
    }
    let mut facts = campaign("none", "privileged", &[]);
    facts.push(removed("ann", "root", "2025-02-01"));
    let unwatched = Judged::of(&world(&[], facts), "UAR-02");
    assert_eq!(unwatched.outcome("review/none", "A"), NotDemonstrated);
}

#[test]
fn accounts_are_privileged_by_what_they_hold_then() {
    // What cat may do came a second later.
    let judged = Judged::of(
        &world(&[GRANTS], campaign("mighty", "privileged", &["lab/login/ann"])),
        "UAR-02",
    );
    assert_eq!(judged.outcome("review/mighty", "A"), Supported);
    assert_eq!(judged.outcome("review/mighty", "B"), Supported);
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("UAR-02");
}
