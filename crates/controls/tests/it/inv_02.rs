//! INV-02: who answers for a non-human identity, what it is for, and whether they still stand by it.

use tenure_model::entry::CoverageStatus::Proven;
use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, begun, ended};
use crate::staff::{GRANTS, PEOPLE, entry, hired, left, machine, worker};
use crate::world::{Teller, World, t};

/// Friday; five business days later is the Friday after.
const LEFT: &str = "2025-08-01T12:00:00Z";

fn owner(target: &str, who: &str, at: &str) -> Fact {
    Fact::new(TableId::Ownerships, "owner", format!("{target}|{who}"), begun(at))
        .with("target_table", "identities")
        .with("target", target)
        .with("owner", who)
}

/// An entry that says all there is to say.
fn whole(name: &str) -> Fact {
    entry(name, "service_account", "2025-01-01")
        .with("owner", "bob@x")
        .with("purpose", "sends invoices")
        .with("workload", "billing")
        .with("attested_at", "2025-02-01T00:00:00Z 2025-07-15T00:00:00Z")
}

fn bots(names: &[&str], more: Vec<Fact>, covered: &[Cover]) -> Judged {
    let mut facts: Vec<_> = names.iter().map(|name| machine(name, "service_account")).collect();
    facts.extend([worker("1", "ann"), worker("2", "bob"), left("1", "ann", LEFT, Some(LEFT))]);
    facts.extend(more);
    let mut world = World::new();
    world.run(facts, Vec::new(), covered);
    Judged::of(&world, "INV-02")
}

#[test]
fn an_owner_is_a_person_who_works_there() {
    let from_ann = |name: &str| whole(name).with("owner", "ann@x");
    let more = vec![
        whole("good"),
        from_ann("left"),
        from_ann("taken"),
        owner("taken", "bob@x", "2025-08-08T11:59:59Z"),
        from_ann("late"),
        owner("late", "bob@x", "2025-08-11T12:00:00Z"),
        whole("team").with("owner", "the platform team"),
    ];
    let judged = bots(&["good", "left", "taken", "late", "team"], more, &[GRANTS, PEOPLE]);
    for fine in ["good", "taken"] {
        assert_eq!(judged.item(fine).outcome, Supported, "{fine}");
    }
    let due = t("2025-08-08T12:00:00Z");
    let found = judged.findings("login/left", "B");
    assert_eq!(found, [("B".to_owned(), Contradicted, due, None)]);
    let found = judged.findings("login/late", "B");
    assert_eq!(found[0].3, Some(t("2025-08-11T12:00:00Z")), "until somebody else took it over");
    assert_eq!(judged.outcome("login/team", "A"), Supported, "a team is named");
    assert_eq!(judged.outcome("login/team", "B"), NotDemonstrated, "and is nobody");
    assert!(judged.reason("login/team", "B").contains("not the name of one person"));
}

#[test]
fn who_comes_back_answers_again_and_who_leaves_twice_no_more() {
    let more = vec![
        whole("known").with("owner", "cat@x"),
        worker("3", "cat"),
        left("3", "cat", "2025-03-01", Some("2025-03-01")),
        hired("3-again", "cat", "2025-04-01"),
        left("3-again", "cat", "2025-10-01", Some("2025-10-01")),
    ];
    let judged = bots(&["known"], more, &[GRANTS, PEOPLE]);
    let found = judged.findings("known", "B");
    assert_eq!(found, [("B".to_owned(), Contradicted, t("2025-10-08"), None)]);
}

#[test]
fn of_whom_hr_tells_no_more_nobody_knows() {
    let agency = Teller { source: "agency", system: "agency", part_of: None };
    let mut world = World::new();
    let facts = vec![machine("bot", "service_account"), whole("bot").with("owner", "dan@x")];
    world.run(facts, Vec::new(), &[GRANTS]);
    let told = ("people", "2025-01-01", "2025-09-01", Proven);
    world.run_of(agency, vec![worker("9", "dan")], Vec::new(), &[told]);
    let judged = Judged::of(&world, "INV-02");
    let found = judged.findings("bot", "B");
    // Monday 1 September, five business days twice: how old the word may be, and the grace.
    assert_eq!(found, [("B".to_owned(), Indeterminate, t("2025-09-15"), None)]);
}

#[test]
fn what_it_is_for_and_what_uses_it_are_on_record() {
    let blank = |name: &str| whole(name).with("purpose", " ").with("workload", "");
    let role = machine("role", "workload").with("purpose", "runs the shop");
    let more = vec![
        blank("blank"),
        Fact::new(TableId::Inventory, "entry", "later", begun("2025-09-01"))
            .with("lives_in", "lab")
            .with("name", "later")
            .with("purpose", "sends invoices")
            .with("workload", "billing"),
        Fact::new(TableId::Inventory, "entry", "over", ended("2025-09-01")),
        whole("over"),
        role,
        whole("role").with("purpose", "").with("workload", ""),
        machine("glass", "break_glass"),
        whole("glass").with("workload", ""),
        machine("linked", "system"),
    ];
    let judged = bots(&["blank", "later", "over"], more, &[GRANTS, PEOPLE]);
    for attribute in ["C", "D"] {
        let from = |item: &str| judged.findings(item, attribute)[0].clone();
        assert_eq!(from("login/blank").1, NotDemonstrated);
        assert_eq!(from("login/blank").2, t("2025-07-01"), "carried in");
        assert_eq!(from("login/later").3, Some(t("2025-09-01")), "until it is written down");
        assert_eq!(from("login/over").2, t("2025-09-08"), "and once it no longer is");
        assert_eq!(judged.outcome("login/role", attribute), Supported, "its own system says so");
        assert_eq!(judged.outcome("login/linked", attribute), NotApplicable);
    }
    assert_eq!(judged.outcome("login/glass", "C"), Supported);
    assert_eq!(judged.outcome("login/glass", "D"), NotApplicable, "no machine uses it");
}

#[test]
fn owners_attest_at_the_interval_of_the_tier() {
    let attested =
        |name: &str, tier: &str, at: &str| whole(name).with("tier", tier).with("attested_at", at);
    let more = vec![
        attested("t1", "T1", "2025-06-01T00:00:00Z"),
        attested("t2", "T2", "2025-06-01T00:00:00Z"),
        attested("t3", "T3", "2025-06-01T00:00:00Z"),
        attested("just", "T1", "2025-06-01T00:00:00Z 2025-08-29T23:59:59Z 2025-11-27T23:59:58Z"),
        attested("agent", "T3", "2025-06-01T00:00:00Z").with("kind", "ai_agent"),
        whole("never").with("attested_at", ""),
    ];
    let names = ["t1", "t2", "t3", "just", "agent", "never", "shadow"];
    let judged = bots(&names, more, &[GRANTS, PEOPLE]);
    let from = |item: &str| judged.findings(&format!("login/{item}"), "E")[0].2;
    assert_eq!(from("t1"), t("2025-08-30"), "90 days");
    assert_eq!(from("t2"), t("2025-11-28"), "180 days");
    assert_eq!(judged.outcome("login/t3", "E"), Supported, "a year");
    assert_eq!(judged.outcome("login/just", "E"), Supported, "each time in the last second");
    assert_eq!(from("agent"), t("2025-08-30"), "an agent is of tier T1");
    assert_eq!(from("never"), t("2025-07-01"), "since long before the period");
    assert_eq!(judged.outcome("login/shadow", "E"), NotDemonstrated, "in no inventory");
    assert!(judged.reason("login/t1", "E").contains("last at 2025-06-01"));
}
