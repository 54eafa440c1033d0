//! UAR-01: which reviews are expected when, and what each has to show.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{
    self, Contradicted, Indeterminate, NotApplicable, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, begun};
use crate::staff::{PEOPLE, left, worker};
use crate::world::{Teller, World, entitlement, granted, identity, t};

const GRANTS: Cover = ("grants", "2025-01-01", "2026-06-01", Proven);
const REVIEWS: Cover = ("review_campaigns", "2025-01-01", "2026-06-01", Proven);
const DECISIONS: Cover = ("review_decisions", "2025-01-01", "2026-06-01", Proven);
const Q3: &str = "lab user 2025-07-01..2025-10-01";
const SIGNED: &str = "2025-09-10T10:00:00Z";

/// People who own systems, and one who owns none.
fn people() -> Vec<Fact> {
    vec![worker("1", "zoe"), worker("2", "ada"), worker("3", "max"), worker("4", "eve")]
}

/// Somebody holds something, which is reviewed.
fn held() -> Vec<Fact> {
    vec![identity("ann", "human"), entitlement("prod", false), granted("ann", "prod", "2025-01-01")]
}

/// All that there is around a review in one system.
fn base() -> Vec<Fact> {
    [people(), held(), vec![system("2025-01-01", "T1")]].concat()
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

/// What is said of a quarter.
fn outcomes_of(judged: &Judged, slot: &str) -> [Outcome; 6] {
    ["A", "B", "C", "D", "E", "F"].map(|attribute| judged.outcome(slot, attribute))
}

fn outcomes(judged: &Judged) -> [Outcome; 6] {
    outcomes_of(judged, Q3)
}

const SYSTEMS: [&str; 8] = ["lab0", "lab1", "lab2", "lab3", "lab4", "lab5", "lab6", "lab7"];

/// One world in which each system, with reviews of its own, differs.
fn systems(variants: Vec<(Vec<Fact>, Vec<Cover>)>) -> Judged {
    let mut world = World::new();
    world.run_of(Teller::of("hr"), people(), Vec::new(), &[PEOPLE]);
    for ((facts, covers), name) in variants.into_iter().zip(SYSTEMS) {
        let facts = facts.into_iter().map(|mut fact| match fact.table {
            TableId::ReviewCampaigns => fact.with("system_reviewed", name),
            TableId::Systems => {
                name.clone_into(&mut fact.native_id);
                fact
            }
            _ => fact,
        });
        let covers = [vec![GRANTS], covers].concat();
        world.run_of(Teller::of(name), facts.collect(), Vec::new(), &covers);
    }
    Judged::of(&world, "UAR-01")
}

/// What is said of the third quarter of each of them, all of whose registers are whole.
fn each(variants: Vec<Vec<Fact>>) -> Vec<[Outcome; 6]> {
    let count = variants.len();
    let around = || [held(), vec![system("2025-01-01", "T1")]].concat();
    let covers = vec![REVIEWS, DECISIONS];
    let variants = variants.into_iter().map(|facts| ([around(), facts].concat(), covers.clone()));
    let judged = systems(variants.collect());
    let slots = SYSTEMS.iter().take(count);
    slots.map(|name| outcomes_of(&judged, &Q3.replacen("lab", name, 1))).collect()
}

/// A review with its decision.
fn whole(review: Fact) -> Vec<Fact> {
    [vec![review], kept("q3").to_vec()].concat()
}

const FINE: [Outcome; 6] = [Supported; 6];

fn but(attribute: usize, outcome: Outcome) -> [Outcome; 6] {
    let mut all = FINE;
    all[attribute] = outcome;
    all
}

#[test]
fn a_review_has_listing_sign_off_and_authority() {
    let said = each(vec![
        whole(review("q3")),
        // The first instant of the window, and the one before.
        whole(review("q3").with("listed_at", t("2025-07-01"))),
        whole(review("q3").with("listed_at", t("2025-06-30T23:59:59Z"))),
        // The last instant of the limit, and the one after.
        whole(review("q3").with("signed_off_at", t("2025-10-30T23:59:59Z"))),
        whole(review("q3").with("signed_off_at", t("2025-10-31"))),
        whole(review("q3").with("signed_off_by", "Ada@x")),
        whole(review("q3").with("signed_off_by", "max@x")),
        whole(review("q3").with("signed_off_by", "who@x")),
    ]);
    assert_eq!(
        said,
        [
            FINE,
            FINE,
            but(1, Contradicted),
            FINE,
            but(2, Contradicted),
            FINE,
            but(3, Contradicted),
            but(3, NotDemonstrated),
        ]
    );
}

#[test]
fn what_a_review_does_not_say_is_not_demonstrated() {
    let bare = Fact::new(TableId::ReviewCampaigns, "campaign", "q3", begun("2025-08-01"))
        .with("access_class", "user");
    let started = bare.clone().with("started_at", t("2025-08-02"));
    let listed = bare.with("listed_at", t("2025-08-01")).with("signed_off_at", t(SIGNED));
    let said = each(vec![
        whole(started.clone()),
        whole(started.with("signed_off_at", t(SIGNED))),
        whole(listed.with("signed_off_by", "zoe@x")),
    ]);
    let (yes, no) = (Supported, NotDemonstrated);
    assert_eq!(said[0], [yes, no, no, no, yes, no], "neither listed nor signed off");
    assert_eq!(said[1], [yes, no, yes, no, yes, yes], "by whom is not said");
    assert_eq!(said[2], but(5, NotDemonstrated), "when it started is not said");
    let unvouched = covered(whole(review("q3")), &[]);
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
    let second = |facts: &[Fact]| {
        [whole(review("q3").with("item_count", 2_i64)), vec![item("second", "q3")], facts.to_vec()]
            .concat()
    };
    let undated = Fact::new(TableId::ReviewDecisions, "decision", "undated", begun("2025-08-03"))
        .with("item", "second")
        .with("decision", "keep")
        .with("reviewer", "zoe@x");
    let said = each(vec![
        whole(review("q3").with("item_count", 2_i64)),
        second(&[]),
        second(&[decision("second", "revoke", SIGNED)]),
        second(&[decision("second", "revoke", "2025-09-10T10:00:01Z")]),
        second(&[decision("second", "no_response", "2025-08-10")]),
        second(&[undated]),
    ]);
    assert_eq!(
        said,
        [
            but(4, NotDemonstrated),
            but(4, NotDemonstrated),
            FINE,
            but(4, Contradicted),
            but(4, Contradicted),
            but(5, NotDemonstrated),
        ]
    );
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

fn until(to: &'static str) -> Vec<Cover> {
    let of = |stream| (stream, "2025-01-01", to, Proven);
    vec![of("review_campaigns"), of("review_decisions")]
}

#[test]
fn where_the_register_of_reviews_is_not_whole_nothing_is_known() {
    let nothing = |covers: &[Cover]| outcomes(&covered(Vec::new(), covers));
    assert_eq!(nothing(&until("2025-10-31")), [NotDemonstrated; 6], "to the limit of the window");
    assert_eq!(nothing(&until("2025-10-30T23:59:59Z")), [Indeterminate; 6]);
    let refused = ("review_campaigns", "2025-01-01", "2026-06-01", Gap);
    assert_eq!(nothing(&[refused]), [Indeterminate; 6]);
    assert_eq!(nothing(&[]), [NotDemonstrated; 6], "there is no register");
}

#[test]
fn where_the_register_of_reviews_ends_the_sign_off_may_be_older() {
    let around = || [held(), vec![system("2025-01-01", "T1"), review("q3")]].concat();
    let judged = systems(vec![
        ([around(), kept("q3").to_vec()].concat(), until("2025-09-10T10:00:01Z")),
        ([around(), kept("q3").to_vec()].concat(), until(SIGNED)),
        ([around(), vec![item("i", "q3")]].concat(), until(SIGNED)),
    ]);
    let said = |name: &str| outcomes_of(&judged, &Q3.replacen("lab", name, 1));
    assert_eq!(said("lab0"), FINE);
    assert_eq!(said("lab1"), but(5, Indeterminate));
    assert_eq!(said("lab2")[4..], [Indeterminate, Indeterminate], "it may have been decided");
}

#[test]
fn the_tier_of_a_system_gives_the_cadence() {
    let tiers = [
        (vec![], [true, true, false, false]),
        (vec![system("2025-01-01", "T1")], [true, true, false, false]),
        (vec![system("2025-01-01", "T2")], [false, false, true, false]),
        (vec![system("2025-01-01", "T3")], [false, false, false, true]),
        // Each tier over its own time.
        (vec![system("2025-01-01", "T1"), system("2025-10-01", "T2")], [true, false, true, false]),
    ];
    let root =
        [identity("root", "human"), entitlement("all", true), granted("root", "all", "2025-01-01")];
    let facts = |tier: &Vec<Fact>| [held(), root.to_vec(), tier.clone()].concat();
    let judged = systems(tiers.iter().map(|(tier, _)| (facts(tier), Vec::new())).collect());
    for ((_, expected), name) in tiers.iter().zip(SYSTEMS) {
        let slots = [
            "user 2025-07-01..2025-10-01",
            "user 2025-10-01..2026-01-01",
            "user 2025-07-01..2026-01-01",
            "user 2025-01-01..2026-01-01",
        ];
        assert_eq!(slots.map(|slot| judged.has(&format!("{name} {slot}"))), *expected, "{name}");
        let privileged = format!("{name} privileged 2025-07-01..2025-10-01");
        assert!(judged.has(&privileged), "privileged access is reviewed every quarter");
    }
}

/// A bot of a tier, with its owner, attested to at instants.
fn bot(name: &str, tier: &str, owner: &str, attested: &str) -> [Fact; 2] {
    let entry = Fact::new(TableId::Inventory, "entry", name, begun("2025-01-01"))
        .with("lives_in", "lab")
        .with("name", name)
        .with("tier", tier)
        .with("owner", owner)
        .with("attested_at", attested);
    [identity(name, "bot"), entry]
}

#[test]
fn what_is_no_person_and_of_the_lowest_tier_is_attested_to_once_a_year() {
    let (at, later) = ("2025-09-10T10:00:00Z", "2025-09-10T10:00:01Z");
    let mut facts = [base(), vec![left("2", "ada", at, Some(at))]].concat();
    facts.push(left("4", "eve", later, Some(at)));
    for (name, owner, attested) in [
        ("first", "zoe@x", "2025-01-01T00:00:00Z"),
        ("last", "zoe@x", "2026-01-30T23:59:59Z"),
        ("late", "zoe@x", "2026-01-31T00:00:00Z"),
        ("never", "zoe@x", ""),
        ("gone", "ada@x", at),
        ("near", "eve@x", at),
        ("unowned", "", at),
    ] {
        facts.extend(bot(name, "T3", owner, attested));
    }
    facts.extend(bot("second", "T2", "zoe@x", ""));
    let mut world = World::new();
    world.run(facts, Vec::new(), &[GRANTS, PEOPLE]);
    let judged = Judged::of(&world, "UAR-01");
    let of = |a, d| [a, NotApplicable, a, d, NotApplicable, a];
    for (name, expected) in [
        ("first", of(Supported, Supported)),
        ("last", of(Supported, Supported)),
        ("late", of(NotDemonstrated, NotDemonstrated)),
        ("never", of(NotDemonstrated, NotDemonstrated)),
        ("gone", of(Supported, Contradicted)),
        ("near", of(Supported, Supported)),
        ("unowned", of(Supported, NotDemonstrated)),
    ] {
        let slot = format!("/{name} 2025-01-01..2026-01-01");
        assert_eq!(outcomes_of(&judged, &slot), expected, "{name}");
    }
    assert!(!judged.has("/second"), "a higher tier is reviewed with its system");
    let early = Judged::as_of(&world, "UAR-01", "2026-01-30");
    assert_eq!(early.outcome("/never", "A"), NotYetDue);
    assert_eq!(early.outcome("/never", "B"), NotApplicable);
}
