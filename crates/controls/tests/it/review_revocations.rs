//! UAR-04: whether what a review took away is gone, and stays away.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::{Change, Fact};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::outcome::PopulationVerdict;
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, assert_nothing_is_no_pass, begun, seen};
use crate::world::{World, approval, entitlement, granted, identity, removed, t};

const DECISIONS: Cover = ("review_decisions", "2025-01-01", "2026-06-01", Proven);
const GRANTS: Cover = ("grants", "2025-01-01", "2026-06-01", Proven);
/// A Friday.
const AT: &str = "2025-08-01T10:00:00Z";

/// The item and the decision on a target; the item and the decision share a name.
fn decided(id: &str, target: &str, decision: &str) -> [Fact; 2] {
    [
        Fact::new(TableId::ReviewItems, "item", id, begun(AT))
            .with("campaign", "q3")
            .with("target", target),
        Fact::new(TableId::ReviewDecisions, "decision", id, begun(AT))
            .with("item", id)
            .with("decision", decision)
            .with("reviewer", "zoe")
            .with("decided_at", t(AT)),
    ]
}

fn ticket(decision: &str, done: &str) -> Fact {
    Fact::new(TableId::Remediations, "ticket", decision, begun(AT))
        .with("decision", decision)
        .with("executed_at", t(done))
}

fn world(covered: &[Cover]) -> World {
    let held = |who: &str| granted(who, "prod", "2025-01-01");
    let mut facts = vec![
        entitlement("prod", false),
        entitlement("root", true),
        Fact::new(TableId::ReviewCampaigns, "review", "q3", begun("2025-07-20"))
            .with("system_reviewed", "lab"),
        approval("9", Some("zoe"), "2025-08-10"),
    ];
    for who in ["just", "late", "open", "root", "back", "asked", "list", "less", "same"] {
        facts.push(identity(who, "human"));
    }
    for who in ["just", "late", "open", "back", "asked", "less", "same"] {
        facts.push(held(who).with("condition_expr", "anywhere"));
    }
    facts.extend([
        granted("root", "root", "2025-01-01"),
        removed("root", "root", "2025-08-02T10:00:01Z"),
        // Five business days from Friday: the next Friday.
        removed("just", "prod", "2025-08-08T10:00:00Z"),
        ticket("just", "2025-08-08T10:00:00Z"),
        removed("late", "prod", "2025-08-08T10:00:01Z"),
        ticket("open", "2025-08-02T10:00:00Z"),
        removed("back", "prod", "2025-08-04T10:00:00Z"),
        granted("back", "prod", "2025-08-20T10:00:00Z"),
        removed("asked", "prod", "2025-08-04T10:00:00Z"),
        granted("asked", "prod", "2025-08-20T10:00:00Z").with("approval_ref", "9"),
        granted("less", "prod", "2025-08-05T10:00:00Z").with("condition_expr", "read only"),
    ]);
    let listed = |change| {
        Fact::new(TableId::Grants, "member", "list|prod", change)
            .with("identity_id", "login/list")
            .with("entitlement_id", "right/prod")
            .with("principal", "list")
            .with("entitlement", "prod")
    };
    facts.push(listed(seen("2025-08-07")));
    facts.push(listed(Change::Absent { at: t("2025-08-09") }));
    for who in ["just", "late", "open", "back", "asked", "list"] {
        facts.extend(decided(who, &format!("lab/member/{who}|prod"), "revoke"));
    }
    facts.extend(decided("root", "root|root", "revoke"));
    facts.extend(decided("less", "lab/member/less|prod", "reduce"));
    facts.extend(decided("same", "lab/member/same|prod", "reduce"));
    facts.extend(decided("ghost", "somewhere|else", "revoke"));
    facts.extend(decided("kept", "lab/member/just|prod", "keep"));
    let mut world = World::new();
    world.run(facts, Vec::new(), covered);
    world
}

#[test]
fn removal_is_judged_by_the_system_and_not_by_the_ticket() {
    let judged = Judged::of(&world(&[GRANTS, DECISIONS]), "UAR-04");
    assert_eq!(judged.result.population.count, 10, "what was kept is not in the population");
    assert_eq!(judged.result.population.verdict, PopulationVerdict::DemonstratedComplete);
    for (decision, attribute, expected) in [
        ("/just", "A", Supported),
        ("/just", "B", Supported),
        ("/just", "C", Supported),
        ("/just", "D", Supported),
        ("/just", "E", Supported),
        ("/late", "A", NotDemonstrated),
        ("/late", "C", Contradicted),
        ("/late", "D", Supported),
        ("/open", "A", Supported),
        ("/open", "B", NotDemonstrated),
        ("/open", "C", Contradicted),
        ("/open", "D", Contradicted),
        ("decision/root", "C", Contradicted),
        ("/back", "C", Supported),
        ("/back", "E", Contradicted),
        ("/asked", "E", Supported),
        ("/less", "C", Supported),
        ("/same", "C", NotDemonstrated),
        ("/less", "E", NotApplicable),
        ("/ghost", "C", NotDemonstrated),
        ("/ghost", "B", NotDemonstrated),
    ] {
        assert_eq!(judged.outcome(decision, attribute), expected, "{attribute} of {decision}");
    }
    assert!(judged.reason("/open", "C").starts_with("closed, not removed"));
    assert!(judged.reason("decision/root", "C").contains("due 2025-08-02T10:00:00Z"));
}

#[test]
fn between_two_listings_and_in_a_hole_nothing_is_certain() {
    let hole: Cover = ("grants", "2025-09-01", "2025-09-02", Gap);
    let judged = Judged::of(&world(&[GRANTS, hole]), "UAR-04");
    assert_eq!(judged.outcome("/list", "C"), Indeterminate);
    assert_eq!(judged.outcome("/list", "B"), NotDemonstrated);
    assert_eq!(judged.outcome("/just", "E"), Indeterminate);
    let dark = Judged::of(&world(&[]), "UAR-04");
    assert_eq!(dark.outcome("/open", "C"), Indeterminate, "nobody looked after the deadline");
    assert_eq!(dark.outcome("/just", "D"), NotDemonstrated);
}

#[test]
fn a_deadline_ahead_is_not_missed() {
    let judged = Judged::as_of(&world(&[GRANTS]), "UAR-04", "2025-08-08T09:59:59Z");
    for (decision, attribute) in [("/open", "C"), ("/open", "D"), ("/late", "A"), ("/ghost", "C")] {
        assert_eq!(judged.outcome(decision, attribute), NotYetDue, "{attribute} of {decision}");
    }
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("UAR-04");
}
