//! Controls as SQL: facts in, results out.

use tenure_controls::evaluate::{Scope, evaluate};
use tenure_controls::library::Library;
use tenure_model::entry::CoverageStatus;
use tenure_model::evaluation::{ControlResult, Evaluated};
use tenure_model::ids::Seq;
use tenure_model::outcome::{Outcome, PopulationVerdict};
use tenure_model::{Period, Timestamp};

use crate::world::{World, approval, entitlement, granted, identity, removed, t};

const PROVEN: CoverageStatus = CoverageStatus::Proven;

fn judged(world: &World, id: &str) -> (ControlResult, Evaluated) {
    judged_as_of(world, id, t("2026-06-01"))
}

fn judged_as_of(world: &World, id: &str, as_of: Timestamp) -> (ControlResult, Evaluated) {
    let library = Library::load(None).expect("the library");
    let period = Period::new(t("2025-07-01"), t("2026-01-01")).expect("a period");
    let scope = Scope { period, known_at: Seq(1_000), as_of, controls: vec![id.to_owned()] };
    let evaluated = evaluate(&world.store, &library, &scope).expect("an evaluation");
    (evaluated.evaluation.controls[0].clone(), evaluated)
}

fn count(result: &ControlResult, outcome: Outcome) -> u64 {
    result.items[&outcome]
}

#[test]
fn jml_01_tells_late_missing_and_own_approvals_apart() {
    let mut world = World::new();
    let with = |who: &str, reference: &str| {
        granted(who, "prod", "2025-08-01T10:00:00Z")
            .with("approval_ref", reference)
            .with("approval_basis", "explicit_id")
            .with("reason", "needs it")
    };
    world.run(
        vec![
            identity("ann", "human"),
            identity("bob", "human"),
            identity("cat", "human"),
            identity("dan", "human"),
            identity("eve", "human"),
            entitlement("prod", false),
            approval("1", Some("zoe"), "2025-07-30T09:00:00Z"),
            with("ann", "1"),
            approval("2", Some("zoe"), "2025-08-02T09:00:00Z"),
            with("bob", "2"),
            approval("3", Some("cat"), "2025-07-30T09:00:00Z"),
            with("cat", "3"),
            granted("dan", "prod", "2025-08-01T10:00:00Z"),
            approval("5", None, "2025-07-30T09:00:00Z"),
            with("eve", "5"),
        ],
        Vec::new(),
        &[("grants", "2025-01-01", "2026-02-01", PROVEN)],
    );
    let (result, evaluated) = judged(&world, "JML-01");
    assert_eq!(result.population.count, 5);
    assert_eq!(result.population.verdict, PopulationVerdict::DemonstratedComplete);
    assert_eq!(count(&result, Outcome::Supported), 1);
    assert_eq!(count(&result, Outcome::Contradicted), 2, "late, and approved by oneself");
    assert_eq!(count(&result, Outcome::NotDemonstrated), 2, "no request, and no approver");
    let of = |who: &str| {
        evaluated.items["JML-01"].iter().find(|i| i.item.contains(who)).expect(who).clone()
    };
    assert_eq!(of("bob").attributes.get("D"), Some(Outcome::Contradicted));
    assert_eq!(of("cat").attributes.get("C"), Some(Outcome::Contradicted));
    assert_eq!(of("dan").attributes.get("A"), Some(Outcome::NotDemonstrated));
    assert_eq!(of("eve").attributes.get("B"), Some(Outcome::NotDemonstrated));
}

#[test]
fn a_late_arriving_approval_changes_the_answer_from_its_index_on() {
    let mut world = World::new();
    let grant = granted("ann", "prod", "2025-08-01T10:00:00Z")
        .with("approval_ref", "1")
        .with("approval_basis", "explicit_id")
        .with("reason", "needs it");
    world.run(
        vec![identity("ann", "human"), entitlement("prod", false), grant],
        Vec::new(),
        &[("grants", "2025-01-01", "2026-02-01", PROVEN)],
    );
    world.run(vec![approval("1", Some("zoe"), "2025-07-30T09:00:00Z")], Vec::new(), &[]);
    let library = Library::load(None).expect("the library");
    let period = Period::new(t("2025-07-01"), t("2026-01-01")).expect("a period");
    let at = |known_at| {
        let scope = Scope {
            period,
            known_at: Seq(known_at),
            as_of: t("2026-06-01"),
            controls: vec!["JML-01".to_owned()],
        };
        evaluate(&world.store, &library, &scope).expect("an evaluation").evaluation.controls[0]
            .clone()
    };
    assert_eq!(count(&at(0), Outcome::NotDemonstrated), 1);
    assert_eq!(count(&at(1), Outcome::Supported), 1);
}

#[test]
fn pra_01_counts_days_without_approval_and_carries_in_and_out() {
    let mut world = World::new();
    world.run(
        vec![
            identity("ann", "human").with("mfa", true),
            identity("bob", "bot"),
            entitlement("root", true),
            entitlement("read", false),
            granted("ann", "root", "2025-01-01T00:00:00Z").with("reason", "operator"),
            granted("bob", "root", "2025-09-01T00:00:00Z")
                .with("reason", "operator")
                .with("approval_ref", "1"),
            approval("1", Some("zoe"), "2025-09-01T00:00:00Z"),
            removed("bob", "root", "2025-10-01T00:00:00Z"),
            granted("bob", "read", "2025-09-01T00:00:00Z"),
        ],
        Vec::new(),
        &[("grants", "2025-01-01", "2026-02-01", PROVEN)],
    );
    let (result, _) = judged(&world, "PRA-01");
    assert_eq!(result.population.count, 2, "the right to read is not privileged");
    assert_eq!(count(&result, Outcome::Supported), 1, "bob left before the approval lapsed");
    let first = &result.deviations.list[0];
    assert!(first.carry_in && first.carry_out, "{first:?}");
    assert_eq!((first.from, first.to), (t("2025-07-01"), None));
    assert_eq!(result.figures["violating_days"], "184.000");
    assert_eq!(result.figures["exposed_days"], "214.000");
}

#[test]
fn inv_02_wants_an_owner_after_the_grace() {
    let mut world = World::new();
    let owner = |target: &str, at: &str| {
        let change = tenure_model::fact::Change::Begun {
            at: t(at),
            basis: tenure_model::fact::Basis::Attested,
        };
        tenure_model::fact::Fact::new(
            tenure_model::tables::TableId::Ownerships,
            "owner",
            target,
            change,
        )
        .with("target_table", "identities")
        .with("target", target)
        .with("owner", "zoe")
    };
    world.run(
        vec![
            identity("robot", "bot"),
            identity("ci", "bot"),
            identity("ann", "human"),
            entitlement("prod", false),
            granted("robot", "prod", "2025-08-01T00:00:00Z"),
            granted("ci", "prod", "2025-08-01T00:00:00Z"),
            granted("ann", "prod", "2025-08-01T00:00:00Z"),
            owner("ci", "2025-08-04T00:00:00Z"),
        ],
        Vec::new(),
        &[("grants", "2025-01-01", "2026-02-01", PROVEN)],
    );
    let (result, _) = judged(&world, "INV-02");
    assert_eq!(result.population.count, 2);
    let of_a = || result.deviations.list.iter().filter(|found| found.attribute == "A");
    assert_eq!(of_a().count(), 1, "ci got an owner within five business days");
    let only = of_a().next().expect("a finding");
    assert_eq!(only.from, t("2025-08-08"), "Friday 1 August plus five business days");
}

#[test]
fn uar_01_without_a_review_is_not_demonstrated() {
    let mut world = World::new();
    world.run(
        vec![
            identity("ann", "human"),
            entitlement("prod", false),
            granted("ann", "prod", "2025-01-01T00:00:00Z"),
        ],
        Vec::new(),
        &[("grants", "2025-01-01", "2026-02-01", PROVEN)],
    );
    let (result, _) = judged(&world, "UAR-01");
    assert_eq!(result.population.count, 2, "two quarters of one class");
    assert_eq!(count(&result, Outcome::NotDemonstrated), 2);
    let (early, _) = judged_as_of(&world, "UAR-01", t("2025-10-15"));
    assert_eq!(count(&early, Outcome::NotYetDue), 2, "neither quarter is due yet");
}

#[test]
fn uar_01_expects_reviews_of_classes_while_they_are_held() {
    let mut world = World::new();
    world.run(
        vec![
            identity("robot", "bot"),
            entitlement("root", true),
            granted("robot", "root", "2025-01-01T00:00:00Z"),
            removed("robot", "root", "2025-09-20T00:00:00Z"),
        ],
        Vec::new(),
        &[("grants", "2025-01-01", "2026-02-01", PROVEN)],
    );
    let (_, evaluated) = judged(&world, "UAR-01");
    let items: Vec<_> = evaluated.items["UAR-01"].iter().map(|i| i.item.as_str()).collect();
    let quarter = "2025-07-01..2025-10-01";
    let expected = [format!("lab non_human {quarter}"), format!("lab privileged {quarter}")];
    assert_eq!(items, expected, "nobody is a user, and nothing is held in the last quarter");
}

#[test]
fn gov_02_wants_a_run_in_every_slot() {
    let mut world = World::new();
    world.run(Vec::new(), Vec::new(), &[]);
    let (result, evaluated) = judged(&world, "GOV-02");
    assert_eq!(result.population.count, 26);
    let of_a = |outcome| {
        let items = evaluated.items["GOV-02"].iter();
        items.filter(|item| item.attributes.get("A") == Some(outcome)).count()
    };
    assert_eq!(of_a(Outcome::Supported), 1, "the run of 31 December");
    assert_eq!(of_a(Outcome::NotDemonstrated), 25);
}

#[test]
fn cfg_01_tests_the_value_at_every_instant() {
    let mut world = World::new();
    let setting = |at: &str, value: &str, change: Option<&str>| {
        let change_kind = tenure_model::fact::Change::Begun {
            at: t(at),
            basis: tenure_model::fact::Basis::Event,
        };
        tenure_model::fact::Fact::new(
            tenure_model::tables::TableId::Configurations,
            "org",
            "org:lab/default_repository_permission",
            change_kind,
        )
        .with("scope", "org:lab")
        .with("setting", "default_repository_permission")
        .with("value", value)
        .with_some("change_ref", change)
    };
    world.run(
        vec![
            setting("2025-01-01", "read", Some("1")),
            setting("2025-09-01", "write", Some("2")),
            setting("2025-09-11", "read", Some("3")),
        ],
        Vec::new(),
        &[("grants", "2025-01-01", "2026-02-01", PROVEN)],
    );
    let (result, _) = judged(&world, "CFG-01");
    assert_eq!(result.population.count, 1);
    assert_eq!(count(&result, Outcome::Contradicted), 1);
    assert_eq!(result.figures["violating_days"], "10.000");
}

#[test]
fn nothing_on_record_is_no_pass() {
    let mut world = World::new();
    world.run(Vec::new(), Vec::new(), &[]);
    let (result, _) = judged(&world, "JML-01");
    assert_eq!(result.population.count, 0);
    assert_eq!(result.population.verdict, PopulationVerdict::NotDemonstrated);
    assert!(
        result.conclusion.contains("operating effectiveness not tested"),
        "{}",
        result.conclusion
    );
}
