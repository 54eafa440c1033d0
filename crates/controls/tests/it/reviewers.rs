//! UAR-03: who decided, with what authority, and how.

use tenure_model::entry::CoverageStatus::Proven;
use tenure_model::fact::{Change, Fact};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, assert_nothing_is_no_pass, begun, seen};
use crate::world::{World, entitlement, granted, identity, t};

const GRANTS: Cover = ("grants", "2025-01-01", "2026-06-01", Proven);
const AT: &str = "2025-08-01T10:00:00Z";

fn person(id: &str, manager: Option<&str>) -> Fact {
    Fact::new(TableId::Subjects, "person", id, begun("2025-01-01"))
        .with("email", format!("{id}@example.org"))
        .with_some("manager", manager.map(|m| format!("person/{m}")))
}

fn account(login: &str) -> Fact {
    identity(login, "human").with("email", format!("{login}@example.org"))
}

fn item(id: &str, target: &str) -> Fact {
    Fact::new(TableId::ReviewItems, "item", id, begun(AT))
        .with("campaign", "q3")
        .with("target", target)
}

fn decision(id: &str, of: &str, decision: &str, by: &str, at: &str) -> Fact {
    Fact::new(TableId::ReviewDecisions, "decision", id, begun(at))
        .with("item", of)
        .with("decision", decision)
        .with("reviewer", by)
        .with("assigned_to", by)
        .with("decided_at", t(at))
}

/// The item and the decision on it share a name.
fn kept(id: &str, target: &str, by: &str) -> [Fact; 2] {
    [item(id, target), decision(id, id, "keep", by, AT)]
}

fn base() -> Vec<Fact> {
    vec![
        entitlement("prod", false),
        entitlement("root", true),
        person("boss", None),
        person("ann", Some("boss")),
        person("bob", Some("boss")),
        // Left one second too early.
        person("old", None).with("termination_effective", t(AT)),
        person("sam", Some("old")),
        account("ann"),
        account("bob"),
        account("boss"),
        account("sam"),
        identity("loner", "human"),
        identity("robot", "bot"),
        granted("ann", "prod", "2025-01-01"),
        granted("ann", "root", "2025-01-01"),
        granted("bob", "prod", "2025-01-01"),
        granted("sam", "prod", "2025-01-01"),
        granted("loner", "prod", "2025-01-01"),
        granted("robot", "prod", "2025-01-01"),
        Fact::new(TableId::ReviewCampaigns, "review", "q3", begun("2025-07-20"))
            .with("system_reviewed", "lab")
            .with("due_at", t("2025-08-31")),
    ]
}

fn world(more: impl IntoIterator<Item = Fact>) -> World {
    let mut facts = base();
    facts.extend(more);
    let mut world = World::new();
    world.run(facts, Vec::new(), &[GRANTS]);
    world
}

fn ownership(target: &str, owner: &str, change: Change) -> Fact {
    Fact::new(TableId::Ownerships, "owner", target, change)
        .with("target_table", "identities")
        .with("target", target)
        .with("owner", owner)
}

#[test]
fn a_reviewer_is_somebody_else_with_authority_who_is_still_there() {
    let mut facts = vec![ownership("robot", "bob", begun("2025-01-01"))];
    facts.extend(kept("good", "lab/member/ann|prod", "boss@example.org"));
    facts.extend(kept("self", "bob|prod", "Bob@example.org"));
    facts.extend(kept("peer", "lab/member/ann|prod", "bob"));
    facts.extend(kept("left", "lab/member/sam|prod", "old"));
    facts.extend(kept("owner", "lab/member/robot|prod", "bob"));
    facts.extend(kept("nobody", "lab/member/loner|prod", "boss"));
    facts.extend(kept("stranger", "somewhere|else", "boss"));
    facts.extend(kept("outside", "lab/member/ann|prod", "consultant"));
    let judged = Judged::of(&world(facts), "UAR-03");
    for (decision, attribute, expected) in [
        ("/good", "A", Supported),
        ("/good", "B", Supported),
        ("/good", "C", Supported),
        ("/good", "D", NotApplicable),
        ("/good", "E", Supported),
        ("/good", "F", NotApplicable),
        ("/self", "A", Contradicted),
        ("/self", "B", Contradicted),
        ("/peer", "A", Supported),
        ("/peer", "B", Contradicted),
        ("/left", "A", Supported),
        ("/left", "B", Contradicted),
        ("/owner", "A", Supported),
        ("/owner", "B", Supported),
        ("/nobody", "A", Supported),
        ("/nobody", "B", NotDemonstrated),
        ("/stranger", "A", NotDemonstrated),
        ("/stranger", "B", NotDemonstrated),
        ("/outside", "A", NotDemonstrated),
        // Nobody knows who that is, so not that it is not the manager.
        ("/outside", "B", NotDemonstrated),
    ] {
        assert_eq!(judged.outcome(decision, attribute), expected, "{attribute} of {decision}");
    }
}

#[test]
fn who_leaves_a_second_later_was_there_and_who_perhaps_owned_it_perhaps_may() {
    let mut facts = vec![
        person("near", None).with("termination_effective", t("2025-08-01T10:00:01Z")),
        ownership("robot", "near", begun("2025-01-01")),
        identity("maybe", "bot"),
        granted("maybe", "prod", "2025-01-01"),
        ownership("maybe", "bob", seen("2025-08-02")),
        identity("crew", "bot"),
        granted("crew", "prod", "2025-01-01"),
        ownership("crew", "team:crew", begun("2025-01-01")),
    ];
    facts.extend(kept("near", "lab/member/robot|prod", "near"));
    facts.extend(kept("perhaps", "lab/member/maybe|prod", "bob"));
    facts.extend(kept("team", "lab/member/crew|prod", "bob"));
    let judged = Judged::of(&world(facts), "UAR-03");
    assert_eq!(judged.outcome("/near", "B"), Supported);
    assert_eq!(judged.outcome("/perhaps", "B"), Indeterminate, "listed as owner only afterwards");
    assert_eq!(judged.outcome("/team", "B"), NotDemonstrated, "perhaps a member of the group");
}

#[test]
fn decisions_are_explicit_reasoned_and_handed_over_on_record() {
    let mut facts = Vec::from(kept("flagged", "lab/member/ann|root", "boss"));
    facts.extend([
        item("reason", "lab/member/ann|root"),
        decision("reason", "reason", "keep", "boss", AT).with("justification", "operator"),
        item("silent", "lab/member/ann|prod"),
        decision("silent", "silent", "no_response", "boss", AT),
        item("raised", "lab/member/ann|prod"),
        decision("raised-1", "raised", "no_response", "bob", AT),
        decision("raised-2", "raised", "revoke", "boss", "2025-08-02T10:00:00Z"),
        item("handed", "lab/member/ann|prod"),
        decision("handed-1", "handed", "reassign", "bob", AT),
        decision("handed-2", "handed", "keep", "boss", "2025-08-02T10:00:00Z")
            .with("assigned_to", "bob"),
        item("taken", "lab/member/ann|prod"),
        decision("taken", "taken", "keep", "boss", AT).with("assigned_to", "bob"),
        item("none", "lab/member/ann|prod"),
    ]);
    let world = world(facts);
    let judged = Judged::of(&world, "UAR-03");
    assert_eq!(judged.result.population.count, 8 + 1, "eight decisions, and an item without one");
    for (decision, attribute, expected) in [
        ("decision/flagged", "D", NotDemonstrated),
        ("decision/reason", "D", Supported),
        ("decision/silent", "C", Contradicted),
        ("decision/silent", "A", NotApplicable),
        ("decision/raised-1", "C", Supported),
        ("decision/handed-2", "F", Supported),
        ("decision/taken", "F", NotDemonstrated),
        ("item/none", "C", NotDemonstrated),
        ("item/none", "A", NotApplicable),
    ] {
        assert_eq!(judged.outcome(decision, attribute), expected, "{attribute} of {decision}");
    }
    let early = Judged::as_of(&world, "UAR-03", "2025-08-30");
    assert_eq!(early.outcome("item/none", "C"), NotYetDue);
    assert_eq!(early.outcome("decision/silent", "C"), NotYetDue);
}

#[test]
fn a_pace_that_nobody_can_read_at_is_a_warning() {
    let batch = |name: &str, count: usize, step: usize| {
        let mut facts = Vec::new();
        for n in 0..count {
            let id = format!("{name}-{n:02}");
            let at = format!("2025-08-0{}T10:00:{:02}Z", if step == 1 { 1 } else { 2 }, n * step);
            facts.push(item(&id, "lab/member/ann|prod"));
            facts.push(decision(&id, &id, "keep", "boss", &at));
        }
        facts
    };
    let mut facts = batch("fast", 12, 1);
    facts.extend(batch("slow", 12, 2));
    let judged = Judged::of(&world(facts), "UAR-03");
    for n in ["fast-00", "fast-06", "fast-11"] {
        assert_eq!(judged.outcome(n, "E"), Indeterminate, "{n}");
    }
    for n in ["slow-00", "slow-11"] {
        assert_eq!(judged.outcome(n, "E"), Supported, "{n}");
    }
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("UAR-03");
}

#[test]
fn nearly_all_decisions_in_one_act_are_a_warning() {
    let act = |name: &str, at_once: usize, later: usize| {
        let mut facts = Vec::new();
        for n in 0..at_once + later {
            let id = format!("{name}-{n:02}");
            let at = if n < at_once { AT.to_owned() } else { format!("2025-08-01T11:{n:02}:00Z") };
            facts.push(item(&id, "lab/member/ann|prod").with("campaign", name));
            facts.push(decision(&id, &id, "keep", "boss", &at));
        }
        facts
    };
    let mut facts = act("bulk", 10, 0);
    facts.extend(act("mixed", 10, 1));
    facts.extend(act("few", 9, 0));
    let judged = Judged::of(&world(facts), "UAR-03");
    assert_eq!(judged.outcome("bulk-00", "E"), Indeterminate, "ten of ten");
    assert!(judged.reason("bulk-00", "E").contains("in one act"));
    assert_eq!(judged.outcome("mixed-00", "E"), Supported, "ten of eleven");
    assert_eq!(judged.outcome("few-00", "E"), Supported, "nine are too few to tell");
}

#[test]
fn no_answer_is_no_decision_to_keep() {
    let later = "2025-08-02T10:00:00Z";
    let unanswered = |id: &str, then: Fact| {
        let silent = format!("{id}-silent");
        [item(id, "lab/member/ann|prod"), decision(&silent, id, "no_response", "bob", AT), then]
    };
    let nobody = |id: &str, verdict: &str| {
        Fact::new(TableId::ReviewDecisions, "decision", format!("{id}-then"), begun(later))
            .with("item", id)
            .with("decision", verdict)
            .with("decided_at", t(later))
    };
    let then = |id: &str, by: &str| decision(&format!("{id}-then"), id, "keep", by, later);
    let mut facts = Vec::new();
    facts.extend(unanswered("kept", nobody("kept", "keep")));
    facts.extend(unanswered("gone", nobody("gone", "revoke")));
    facts.extend(unanswered("after", then("after", "bob")));
    facts.extend(unanswered("other", then("other", "boss")));
    let world = world(facts);
    let judged = Judged::of(&world, "UAR-03");
    for (id, expected) in
        [("kept", Contradicted), ("gone", Supported), ("after", Supported), ("other", Supported)]
    {
        assert_eq!(judged.outcome(&format!("{id}-silent"), "C"), expected, "{id}");
    }
    // Where it is escalated, somebody else has to decide.
    let escalated = Judged::with(&world, "UAR-03", "UAR-03: { no_response: escalate }\n");
    for (id, expected) in [
        ("kept", Contradicted),
        ("gone", Contradicted),
        ("after", Contradicted),
        ("other", Supported),
    ] {
        assert_eq!(escalated.outcome(&format!("{id}-silent"), "C"), expected, "{id}");
    }
}
