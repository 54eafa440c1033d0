//! GOV-01: who answers for systems and controls.

use tenure_model::entry::CoverageStatus::Proven;
use tenure_model::fact::{Change, Fact};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, assert_nothing_is_no_pass, begun, seen};
use crate::staff::{PEOPLE, hired, left, worker};
use crate::world::{World, entitlement, granted, identity, t};

const SYSTEMS: Cover = ("systems", "2025-01-01", "2026-06-01", Proven);
const ACKNOWLEDGED: &str = "2025-07-20T00:00:00Z 2025-10-20T00:00:00Z";

fn system(id: &str, change: Change, owner: &str) -> Fact {
    Fact::new(TableId::Systems, "system", id, change)
        .with("access_owner", owner)
        .with("provisioning_owner", "zoe@x")
        .with("review_owner", "zoe@x")
        .with("offboarding_owner", "zoe@x")
        .with("approval_path", "ticket")
        .with("log_source", "cloudtrail")
        .with("offboarding_procedure", "runbook 7")
        .with("acknowledged_at", ACKNOWLEDGED)
}

fn owned(id: &str, at: &str, owner: &str) -> Fact {
    system(id, begun(at), owner)
}

fn judged(facts: Vec<Fact>) -> Judged {
    judged_where(PEOPLE, facts)
}

fn judged_where(people: Cover, facts: Vec<Fact>) -> Judged {
    let mut world = World::new();
    world.run([vec![worker("90", "zoe")], facts].concat(), Vec::new(), &[SYSTEMS, people]);
    Judged::of(&world, "GOV-01")
}

#[test]
fn fields_are_recorded_before_the_period() {
    let near = system("near", begun("2025-06-30"), "zoe@x");
    let judged = judged(vec![
        owned("lab", "2025-06-01", "zoe@x"),
        near,
        owned("late", "2025-03-01", ""),
        owned("late", "2025-07-01T00:00:01Z", "zoe@x"),
        owned("bare", "2025-03-01", ""),
        owned("moon", "2025-09-01", "zoe@x").with("scope_from", t("2025-08-01")),
        identity("ann", "human"),
        entitlement("prod", false),
        granted("ann", "prod", "2025-03-01"),
    ]);
    for (item, attribute, expected) in [
        ("system/lab access_owner", "A", Supported),
        ("system/lab access_owner", "B", Supported),
        ("system/lab access_owner", "C", Supported),
        ("system/lab access_owner", "D", Supported),
        ("system/lab log_source", "A", Supported),
        ("system/lab log_source", "B", NotApplicable),
        ("system/near access_owner", "C", Supported),
        ("system/late access_owner", "A", NotDemonstrated),
        ("system/late access_owner", "C", Contradicted),
        ("system/bare access_owner", "A", NotDemonstrated),
        ("system/bare access_owner", "C", NotDemonstrated),
        ("system/moon log_source", "A", NotDemonstrated),
        ("system/moon log_source", "C", Contradicted),
    ] {
        assert_eq!(judged.outcome(item, attribute), expected, "{attribute} of {item}");
    }
    let moon = judged.findings("system/moon log_source", "A");
    assert_eq!((moon[0].2, moon[0].3), (t("2025-08-01"), Some(t("2025-09-01"))));
    assert!(!judged.has("lab unregistered"));
}

#[test]
fn a_system_that_holds_access_is_registered() {
    let judged = judged(vec![
        owned("other", "2025-06-01", "zoe@x"),
        identity("ann", "human"),
        entitlement("prod", false),
        granted("ann", "prod", "2025-03-01"),
    ]);
    assert_eq!(judged.outcome("lab unregistered", "A"), NotDemonstrated);
    assert_eq!(judged.outcome("lab unregistered", "B"), NotApplicable);
}

#[test]
fn owners_work_there_all_the_while() {
    // Wednesday 3 September; five business days are up on the tenth.
    let end = Some("2025-09-03");
    let judged = judged(vec![
        worker("1", "ann"),
        left("1", "ann", "2025-09-03", end),
        worker("2", "bob"),
        left("2", "bob", "2025-09-03", end),
        hired("2", "bob", "2025-09-09"),
        owned("in-time", "2025-06-01", "ann@x"),
        owned("in-time", "2025-09-10", "zoe@x"),
        owned("late", "2025-06-01", "ann@x"),
        owned("late", "2025-09-10T00:00:01Z", "zoe@x"),
        owned("back", "2025-06-01", "bob@x"),
        owned("after", "2025-06-01", "zoe@x"),
        owned("after", "2025-10-01", "ann@x"),
        owned("nobody", "2025-06-01", "the platform team"),
    ]);
    assert_eq!(judged.outcome("in-time access_owner", "B"), Supported);
    assert_eq!(judged.outcome("late access_owner", "B"), Contradicted);
    assert_eq!(judged.findings("late access_owner", "B")[0].2, t("2025-09-10"));
    assert_eq!(judged.outcome("back access_owner", "B"), Supported, "hired again within the grace");
    assert_eq!(
        judged.findings("after access_owner", "B")[0].2,
        t("2025-10-01"),
        "had left by then"
    );
    assert_eq!(judged.outcome("nobody access_owner", "B"), NotDemonstrated);
}

#[test]
fn after_the_last_word_of_hr_nobody_is_shown_to_work_there() {
    // HR tells up to Wednesday 3 September; five business days are up on the tenth.
    let told = ("people", "2025-01-01", "2025-09-03", Proven);
    let facts = || {
        vec![
            worker("1", "ann"),
            left("1", "ann", "2025-08-01", Some("2025-08-01")),
            owned("old", "2025-06-01", "zoe@x"),
            owned("gone", "2025-06-01", "ann@x"),
            owned("new", "2025-10-01", "zoe@x"),
        ]
    };
    let stale = judged_where(told, facts());
    for (item, from) in [("old", "2025-09-10"), ("new", "2025-10-01")] {
        let found = stale.findings(&format!("system/{item} access_owner"), "B");
        assert_eq!((found.len(), found[0].1, found[0].2), (1, Indeterminate, t(from)), "{item}");
    }
    let reason = stale.reason("system/old access_owner", "B");
    assert!(reason.contains("nothing after 2025-09-03") && reason.contains("zoe@x"), "{reason}");
    let gone = stale.findings("system/gone access_owner", "B");
    assert_eq!((gone.len(), gone[0].1), (1, Contradicted), "had left while HR still told");
    let current = judged_where(PEOPLE, facts());
    assert_eq!(current.outcome("system/old access_owner", "B"), Supported);
}

#[test]
fn acknowledgements_lapse_and_controls_keep_none() {
    let control = Fact::new(TableId::ControlOwners, "control", "JML-01", begun("2025-06-01"))
        .with("control_id", "JML-01")
        .with("owner", "zoe@x")
        .with("sponsor", "zoe@x")
        .with("producer", "tenure")
        .with("source_of_truth", "hr")
        .with("cadence", "weekly");
    let never = owned("never", "2025-06-01", "zoe@x").with("acknowledged_at", "");
    let once = owned("once", "2025-06-01", "zoe@x").with("acknowledged_at", "2025-09-30T23:59:59Z");
    let judged = judged(vec![control, never, once]);
    let found = judged.findings("system/never access_owner", "D");
    assert_eq!(found[0].2, t("2025-10-01"), "92 days after the period began");
    let once = judged.findings("system/once access_owner", "D");
    assert_eq!((once.len(), once[0].2), (1, t("2025-12-31T23:59:59Z")), "in time, then lapsed");
    assert_eq!(judged.outcome("control/JML-01 artifact", "A"), NotDemonstrated);
    assert_eq!(judged.outcome("control/JML-01 owner", "B"), Supported);
    assert_eq!(judged.outcome("control/JML-01 owner", "D"), NotDemonstrated);
}

#[test]
fn a_register_first_read_in_the_period_says_nothing_of_the_time_before() {
    let judged = judged(vec![system("lab", seen("2025-08-01"), "zoe@x")]);
    assert_eq!(judged.outcome("lab access_owner", "A"), Supported);
    assert_eq!(judged.outcome("lab access_owner", "C"), Indeterminate);
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("GOV-01");
}
