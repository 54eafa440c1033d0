//! UAR-01: which reviews are expected when, and what each has to show.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{
    self, Contradicted, Indeterminate, NotApplicable, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, begun};
use crate::staff::{PEOPLE, left, worker};
use crate::world::{World, entitlement, granted, identity, t};

const GRANTS: Cover = ("grants", "2025-01-01", "2026-06-01", Proven);
const REVIEWS: Cover = ("review_campaigns", "2025-01-01", "2026-06-01", Proven);
const DECISIONS: Cover = ("review_decisions", "2025-01-01", "2026-06-01", Proven);
const Q3: &str = "lab user 2025-07-01..2025-10-01";
const SIGNED: &str = "2025-09-10T10:00:00Z";

/// Somebody whose access is reviewed, and who owns the system's reviews.
fn base() -> Vec<Fact> {
    vec![
        worker("1", "zoe"),
        worker("2", "ada"),
        worker("3", "max"),
        identity("ann", "human"),
        entitlement("prod", false),
        granted("ann", "prod", "2025-01-01"),
        system("2025-01-01", "T1"),
    ]
}

fn system(at: &str, tier: &str) -> Fact {
    Fact::new(TableId::Systems, "system", "lab", begun(at))
        .with("review_owner", "zoe@x")
        .with("access_owner", "ada@x")
        .with("tier", tier)
}

/// A review of the third quarter that is as it should be.
fn review(id: &str) -> Fact {
    Fact::new(TableId::ReviewCampaigns, "campaign", id, begun("2025-08-01"))
        .with("system_reviewed", "lab")
        .with("access_class", "user")
        .with("item_count", 1_i64)
        .with("listed_at", t("2025-08-01"))
        .with("started_at", t("2025-08-02"))
        .with("signed_off_at", t(SIGNED))
        .with("signed_off_by", "zoe@x")
}

fn item(id: &str, of: &str) -> Fact {
    Fact::new(TableId::ReviewItems, "item", id, begun("2025-08-02"))
        .with("campaign", of)
        .with("target", "ann|prod")
}

fn decision(of: &str, verdict: &str, at: &str) -> Fact {
    Fact::new(TableId::ReviewDecisions, "decision", format!("d-{of}"), begun("2025-08-03"))
        .with("item", of)
        .with("decision", verdict)
        .with("reviewer", "zoe@x")
        .with("decided_at", t(at))
}

fn kept(of: &str) -> [Fact; 2] {
    let id = format!("i-{of}");
    [item(&id, of), decision(&id, "keep", "2025-08-10")]
}

fn covered(facts: Vec<Fact>, covers: &[Cover]) -> Judged {
    let mut world = World::new();
    let all = [&[GRANTS, PEOPLE][..], covers].concat();
    world.run([base(), facts].concat(), Vec::new(), &all);
    Judged::of(&world, "UAR-01")
}

fn judged(facts: Vec<Fact>) -> Judged {
    covered(facts, &[REVIEWS, DECISIONS])
}

/// What is said of the third quarter.
fn outcomes(judged: &Judged) -> [Outcome; 6] {
    ["A", "B", "C", "D", "E", "F"].map(|attribute| judged.outcome(Q3, attribute))
}

/// What is said of a review that differs in one respect.
fn one(review: Fact) -> [Outcome; 6] {
    outcomes(&judged([vec![review], kept("q3").to_vec()].concat()))
}

const FINE: [Outcome; 6] = [Supported; 6];

fn but(attribute: usize, outcome: Outcome) -> [Outcome; 6] {
    let mut all = FINE;
    all[attribute] = outcome;
    all
}

#[test]
fn a_review_has_listing_sign_off_authority_decisions_and_dates() {
    assert_eq!(one(review("q3")), FINE);
    // The first instant of the window, and the one before.
    assert_eq!(one(review("q3").with("listed_at", t("2025-07-01"))), FINE);
    let before = review("q3").with("listed_at", t("2025-06-30T23:59:59Z"));
    assert_eq!(one(before), but(1, Contradicted));
    // The last instant of the limit, and the one after.
    assert_eq!(one(review("q3").with("signed_off_at", t("2025-10-30T23:59:59Z"))), FINE);
    assert_eq!(one(review("q3").with("signed_off_at", t("2025-10-31"))), but(2, Contradicted));
    assert_eq!(one(review("q3").with("signed_off_by", "Ada@x")), FINE, "owner of the access");
    assert_eq!(one(review("q3").with("signed_off_by", "max@x")), but(3, Contradicted));
    assert_eq!(one(review("q3").with("signed_off_by", "who@x")), but(3, NotDemonstrated));
}

#[test]
fn what_a_review_does_not_say_is_not_demonstrated() {
    let bare = || {
        Fact::new(TableId::ReviewCampaigns, "campaign", "q3", begun("2025-08-01"))
            .with("system_reviewed", "lab")
            .with("access_class", "user")
            .with("started_at", t("2025-08-02"))
    };
    let signed = || bare().with("signed_off_at", t(SIGNED));
    assert_eq!(
        one(bare()),
        [Supported, NotDemonstrated, NotDemonstrated, NotDemonstrated, Supported, NotDemonstrated],
        "neither listed nor signed off"
    );
    let nobody = one(signed());
    assert_eq!(nobody[2..4], [Supported, NotDemonstrated], "who signed off is not said");
    let listed = Fact::new(TableId::ReviewCampaigns, "campaign", "q3", begun("2025-08-01"))
        .with("system_reviewed", "lab")
        .with("access_class", "user")
        .with("listed_at", t("2025-08-01"))
        .with("signed_off_at", t(SIGNED))
        .with("signed_off_by", "zoe@x");
    assert_eq!(one(listed), but(5, NotDemonstrated), "when it started is not said");
    let unvouched = covered([vec![review("q3")], kept("q3").to_vec()].concat(), &[]);
    assert_eq!(outcomes(&unvouched), but(5, NotDemonstrated), "nobody vouches for the register");
}

#[test]
fn who_signs_off_still_works_there() {
    let leaver = |at: &str| {
        let facts = [
            vec![review("q3").with("signed_off_by", "ada@x"), left("2", "ada", at, Some(at))],
            kept("q3").to_vec(),
        ];
        outcomes(&judged(facts.concat()))
    };
    assert_eq!(leaver(SIGNED), but(3, Contradicted), "left at that instant");
    assert_eq!(leaver("2025-09-10T10:00:01Z"), FINE, "left a second later");
}

#[test]
fn every_item_is_decided_by_the_sign_off() {
    let with = |facts: &[Fact]| {
        let counted = review("q3").with("item_count", 2_i64);
        outcomes(&judged([vec![counted], kept("q3").to_vec(), facts.to_vec()].concat()))
    };
    let second = || item("second", "q3");
    let later = "2025-09-10T10:00:01Z";
    assert_eq!(with(&[]), but(4, NotDemonstrated), "two items are counted, one is on record");
    assert_eq!(with(&[second()]), but(4, NotDemonstrated));
    assert_eq!(with(&[second(), decision("second", "revoke", SIGNED)]), FINE);
    assert_eq!(with(&[second(), decision("second", "revoke", later)]), but(4, Contradicted));
    let silent = decision("second", "no_response", "2025-08-10");
    assert_eq!(with(&[second(), silent]), but(4, Contradicted));
    let undated = Fact::new(TableId::ReviewDecisions, "decision", "undated", begun("2025-08-03"))
        .with("item", "second")
        .with("decision", "keep")
        .with("reviewer", "zoe@x");
    assert_eq!(with(&[second(), undated]), but(5, NotDemonstrated));
}

#[test]
fn several_reviews_of_a_window_are_not_mixed() {
    // One has no decisions, the other no authority: neither is a whole review.
    let other = review("other").with("started_at", t("2025-08-20")).with("signed_off_by", "max@x");
    let facts = [vec![review("q3"), other], kept("other").to_vec()].concat();
    let judged = judged(facts);
    let found: Vec<_> = outcomes(&judged).into_iter().filter(|o| *o != Supported).collect();
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn where_the_register_of_reviews_is_not_whole_nothing_is_known() {
    let until = |to: &'static str| -> [Cover; 2] {
        [
            ("review_campaigns", "2025-01-01", to, Proven),
            ("review_decisions", "2025-01-01", to, Proven),
        ]
    };
    let nothing = |covers: &[Cover]| outcomes(&covered(Vec::new(), covers));
    assert_eq!(nothing(&until("2025-10-31")), [NotDemonstrated; 6], "to the limit of the window");
    assert_eq!(nothing(&until("2025-10-30T23:59:59Z")), [Indeterminate; 6]);
    assert_eq!(
        nothing(&[("review_campaigns", "2025-01-01", "2026-06-01", Gap)]),
        [Indeterminate; 6]
    );
    assert_eq!(nothing(&[]), [NotDemonstrated; 6], "there is no register");
    let reviewed = |to: &'static str, more: Vec<Fact>| {
        outcomes(&covered([vec![review("q3")], more].concat(), &until(to)))
    };
    assert_eq!(reviewed("2025-09-10T10:00:01Z", kept("q3").to_vec()), FINE);
    assert_eq!(reviewed(SIGNED, kept("q3").to_vec()), but(5, Indeterminate));
    let undecided = reviewed(SIGNED, vec![item("i", "q3")]);
    assert_eq!(undecided[4..], [Indeterminate, Indeterminate], "it may have been decided");
}

#[test]
fn the_tier_of_a_system_gives_the_cadence() {
    let slots = |facts: Vec<Fact>| {
        let mut world = World::new();
        let more = [identity("root", "human"), entitlement("all", true)];
        let held = [granted("root", "all", "2025-01-01")];
        let base: Vec<_> = base().into_iter().filter(|f| f.table != TableId::Systems).collect();
        let facts = [base, more.to_vec(), held.to_vec(), facts].concat();
        world.run(facts, Vec::new(), &[GRANTS, PEOPLE]);
        let judged = Judged::of(&world, "UAR-01");
        let expected = [
            "lab user 2025-07-01..2025-10-01",
            "lab user 2025-10-01..2026-01-01",
            "lab user 2025-07-01..2026-01-01",
            "lab user 2025-01-01..2026-01-01",
        ];
        assert!(
            judged.has("lab privileged 2025-07-01..2025-10-01"),
            "privileged access is quarterly"
        );
        expected.map(|slot| judged.has(slot))
    };
    assert_eq!(slots(Vec::new()), [true, true, false, false], "no tier is known");
    assert_eq!(slots(vec![system("2025-01-01", "T1")]), [true, true, false, false]);
    assert_eq!(slots(vec![system("2025-01-01", "T2")]), [false, false, true, false]);
    assert_eq!(slots(vec![system("2025-01-01", "T3")]), [false, false, false, true]);
    let lowered = vec![system("2025-01-01", "T1"), system("2025-10-01", "T2")];
    assert_eq!(slots(lowered), [true, false, true, false], "each tier over its own time");
}

/// A bot of tier T3, attested to at instants.
fn bot(attested: &str) -> Vec<Fact> {
    vec![
        identity("bot", "bot"),
        Fact::new(TableId::Inventory, "entry", "E1", begun("2025-01-01"))
            .with("lives_in", "lab")
            .with("name", "bot")
            .with("tier", "T3")
            .with("owner", "ada@x")
            .with("attested_at", attested),
    ]
}

#[test]
fn what_is_no_person_and_of_the_lowest_tier_is_attested_to_once_a_year() {
    let said = |facts: Vec<Fact>| {
        let judged = judged(facts);
        ["A", "B", "C", "D", "E", "F"].map(|a| judged.outcome("/bot 2025-01-01..2026-01-01", a))
    };
    let of = |a, d| [a, NotApplicable, a, d, NotApplicable, a];
    assert_eq!(said(bot("2025-01-01T00:00:00Z")), of(Supported, Supported));
    assert_eq!(said(bot("2026-01-30T23:59:59Z")), of(Supported, Supported), "within the limit");
    assert_eq!(said(bot("2026-01-31T00:00:00Z")), of(NotDemonstrated, NotDemonstrated));
    assert_eq!(said(bot("")), of(NotDemonstrated, NotDemonstrated));
    let at = "2025-09-10T10:00:00Z";
    let gone = [bot(at), vec![left("2", "ada", at, Some(at))]].concat();
    assert_eq!(said(gone), of(Supported, Contradicted), "the owner had left");
    let near = [bot(at), vec![left("2", "ada", "2025-09-10T10:00:01Z", Some(at))]].concat();
    assert_eq!(said(near), of(Supported, Supported), "the owner left a second later");
    let mut unowned = bot(at);
    unowned[1] = unowned[1].clone().with("owner", "");
    assert_eq!(said(unowned), of(Supported, NotDemonstrated));
    let mut world = World::new();
    world.run([base(), bot("")].concat(), Vec::new(), &[GRANTS, PEOPLE]);
    let early = Judged::as_of(&world, "UAR-01", "2026-01-30");
    assert_eq!(early.outcome("/bot", "A"), NotYetDue);
    assert_eq!(early.outcome("/bot", "B"), NotApplicable);
}

#[test]
fn a_second_tier_needs_no_attestation() {
    let mut second = bot("");
    second[1] = second[1].clone().with("tier", "T2");
    assert!(!judged(second).has("/bot"));
}
