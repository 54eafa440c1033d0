//! PRA-05: duties that exclude each other.

use tenure_model::entry::CoverageStatus::Proven;
use tenure_model::fact::{Change, Fact};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::outcome::PopulationVerdict;
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, assert_nothing_is_no_pass, begun, seen};
use crate::staff::{GRANTS, account, account_fact, excepted, machine, rule, worker};
use crate::world::{World, granted, removed, t};

const RULES: Cover = ("duty_rules", "2025-01-01", "2026-06-01", Proven);

fn world(facts: Vec<Fact>) -> World {
    let base = vec![
        rule("pay", "enter; enter-all", "approve"),
        worker("1", "ann"),
        worker("2", "bob"),
        account("ann", "active", "2025-01-01"),
        account("bob", "active", "2025-01-01"),
    ];
    let mut world = World::new();
    world.run([base, facts].concat(), Vec::new(), &[RULES, GRANTS]);
    world
}

fn judged(facts: Vec<Fact>) -> Judged {
    Judged::of(&world(facts), "PRA-05")
}

#[test]
fn both_duties_at_once_are_a_conflict() {
    let judged = judged(vec![
        granted("ann", "enter-all", "2025-08-01"),
        granted("ann", "approve", "2025-09-01"),
        removed("ann", "approve", "2025-10-01"),
        granted("bob", "enter", "2025-08-01"),
        removed("bob", "enter", "2025-09-01"),
        granted("bob", "approve", "2025-09-01"),
    ]);
    assert_eq!(judged.result.population.verdict, PopulationVerdict::DemonstratedComplete);
    assert_eq!(judged.item("ann").item, "lab/person/1 lab/rule/pay");
    let found = judged.findings("person/1", "A");
    assert_eq!(
        (found[0].1, found[0].2, found[0].3),
        (Contradicted, t("2025-09-01"), Some(t("2025-10-01")))
    );
    assert_eq!(judged.outcome("person/1", "B"), Contradicted);
    assert_eq!(judged.outcome("person/1", "C"), Supported);
    assert_eq!(judged.outcome("person/2", "A"), Supported, "one ends as the other begins");
    assert_eq!(judged.outcome("person/2", "B"), NotApplicable);
}

#[test]
fn accounts_and_groups_of_one_person_count_together() {
    let team = Fact::new(TableId::Grants, "team", "payers|approve", begun("2025-03-01"))
        .with("entitlement_id", "right/approve")
        .with("principal", "payers")
        .with("entitlement", "approve");
    let judged = judged(vec![
        account_fact("ann2", begun("2025-01-01")).with("email", "ann@x"),
        granted("ann", "enter", "2025-08-01"),
        granted("ann2", "approve", "2025-08-01"),
        granted("bob", "enter", "2025-08-01"),
        granted("bob", "payers", "2025-09-01"),
        team,
        account("nobody", "active", "2025-01-01"),
        granted("nobody", "enter", "2025-08-01"),
        machine("ci", "bot"),
        granted("ci", "enter", "2025-08-01"),
    ]);
    assert_eq!(judged.outcome("person/1", "A"), Contradicted);
    assert_eq!(judged.findings("person/2", "A")[0].2, t("2025-09-01"), "through the group");
    assert_eq!(judged.outcome("login/nobody", "A"), Supported);
    assert_eq!(judged.outcome("login/nobody", "C"), NotDemonstrated);
    assert_eq!(judged.outcome("login/ci", "C"), Supported);
}

#[test]
fn an_exception_annotates_what_it_covers() {
    let item = "lab/person/1 lab/rule/pay";
    let both =
        || vec![granted("ann", "enter", "2025-08-01"), granted("ann", "approve", "2025-09-01")];
    let exception = |to: &str, control: Option<&str>| {
        excepted("E-1", "PRA-05", item, "2025-08-01", to).with_some("compensating_control", control)
    };
    let whole = judged([both(), vec![exception("2026-03-01", Some("monthly review"))]].concat());
    assert_eq!(whole.outcome("person/1", "B"), Supported);
    assert_eq!(whole.outcome("person/1", "A"), Contradicted, "the conflict is still shown");
    assert_eq!((whole.result.deviations.gross, whole.result.deviations.net), (1, 0));
    let short = judged([both(), vec![exception("2025-12-31", Some("monthly review"))]].concat());
    assert_eq!(short.findings("person/1", "B")[0].2, t("2025-12-31"));
    let bare = judged([both(), vec![exception("2026-03-01", None)]].concat());
    assert_eq!(bare.outcome("person/1", "B"), NotDemonstrated);
}

#[test]
fn rights_seen_in_lists_may_or_may_not_have_met() {
    let listed = |change: Change, right: &str| {
        Fact::new(TableId::Grants, "member", format!("ann|{right}"), change)
            .with("identity_id", "login/ann")
            .with("entitlement_id", format!("right/{right}"))
            .with("principal", "ann")
            .with("entitlement", right)
    };
    let judged = judged(vec![
        listed(Change::Absent { at: t("2025-07-02") }, "enter"),
        listed(seen("2025-08-01"), "enter"),
        listed(Change::Absent { at: t("2025-08-15") }, "enter"),
        listed(Change::Absent { at: t("2025-08-08") }, "approve"),
        listed(seen("2025-08-20"), "approve"),
    ]);
    assert_eq!(judged.outcome("person/1", "A"), Indeterminate);
    let found = judged.findings("person/1", "A");
    assert_eq!((found[0].2, found[0].3), (t("2025-08-08"), Some(t("2025-08-15"))));
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("PRA-05");
}
