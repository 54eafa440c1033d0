//! CHG-01: what was put into production, and the changes it carries.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::outcome::PopulationVerdict;
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, assert_nothing_is_no_pass, begun};
use crate::world::{World, approval, entitlement, granted, identity, t};

const CHANGES: Cover = ("changes", "2025-01-01", "2026-06-01", Proven);
const MERGED: &str = "2025-08-01T09:00:00Z";
/// A Friday.
const DEPLOYED: &str = "2025-08-01T10:00:00Z";

fn merge(id: &str) -> Fact {
    Fact::new(TableId::Changes, "merge", id, begun(MERGED))
        .with("kind", "merge")
        .with("change_ref", id)
        .with("merged_at", t(MERGED))
        .with("author", "ann")
        .with("approver", "bob")
        .with("approved_at", t(DEPLOYED))
        .with("tests", "passed")
}

fn deployment(id: &str, carries: Option<&str>) -> Fact {
    Fact::new(TableId::Changes, "deployment", id, begun(DEPLOYED))
        .with("kind", "deployment")
        .with("environment", "production")
        .with("merged_at", t(DEPLOYED))
        .with("merged_by", "ci")
        .with("artifact_digest", "sha256:aa")
        .with_some("changes", carries)
}

fn facts() -> Vec<Fact> {
    vec![
        identity("ci", "bot"),
        identity("ann", "human"),
        identity("kim", "human"),
        entitlement("deploy", false),
        granted("kim", "deploy", "2025-01-01"),
        merge("m-good").with("artifact_digest", "sha256:AA"),
        deployment("good", Some("m-good; M-GOOD")),
        merge("m-late").with("approved_at", t("2025-08-01T10:00:01Z")),
        deployment("late", Some("m-late")),
        merge("m-own").with("approver", "Ann").with("tests", "failed"),
        deployment("own", Some("m-good;m-own")).with("merged_by", "kim"),
        merge("m-bypass").with("bypassed", true),
        deployment("bypass", Some("m-bypass")).with("merged_by", "ann"),
        deployment("empty", None).with("artifact_digest", "sha256:bb"),
        deployment("strange", Some("m-nowhere")),
        merge("m-after").with("merged_at", t("2025-08-01T10:00:01Z")),
        deployment("after", Some("m-after")),
        merge("m-built").with("artifact_digest", "sha256:cc"),
        deployment("built", Some("m-built")).with("artifact_digest", "sha256:dd"),
        deployment("ticket", Some("CHG-7")),
        approval("CHG-7", Some("zoe"), "2025-07-31").with("requested_by", "ann"),
        deployment("staging", None).with("environment", "staging"),
        merge("m-waiting"),
        merge("m-access").with("grants_begun", 2_i64).with("kind", "change"),
        // Two business days from Friday 10:00 are Tuesday 10:00.
        merge("m-fire").with("emergency", true).with("approved_at", t("2025-08-05T10:00:00Z")),
        deployment("fire", Some("m-fire")),
        merge("m-ashes").with("emergency", true).with("approved_at", t("2025-08-05T10:00:01Z")),
        deployment("ashes", Some("m-ashes")),
        Fact::new(TableId::Changes, "merge", "m-open", begun(MERGED))
            .with("kind", "merge")
            .with("change_ref", "m-open")
            .with("merged_at", t(MERGED))
            .with("author", "ann")
            .with("emergency", true),
        deployment("open", Some("m-open")),
    ]
}

fn judged(covered: &[Cover], as_of: &str) -> Judged {
    let mut world = World::new();
    world.run(facts(), Vec::new(), covered);
    Judged::as_of(&world, "CHG-01", as_of)
}

#[test]
fn an_overridden_protection_is_part_of_the_merge_of_its_commit() {
    let overridden = |id: &str, commit: &str| {
        Fact::new(TableId::Changes, "policy-override", id, begun(MERGED))
            .with("kind", "merge")
            .with("merged_at", t(MERGED))
            .with("merged_by", "kim")
            .with("artifact_digest", commit)
            .with("bypassed", true)
    };
    let mut world = World::new();
    let mut facts = facts();
    facts.extend([
        merge("m-forced").with("artifact_digest", "commit-1"),
        deployment("forced", Some("m-forced")).with("artifact_digest", "commit-1"),
        overridden("event-1", "commit-1"),
        overridden("event-2", "commit-2"),
    ]);
    world.run(facts, Vec::new(), &[CHANGES]);
    let judged = Judged::as_of(&world, "CHG-01", "2026-06-01");
    assert_eq!(judged.outcome("deployment/forced", "B"), Contradicted);
    assert!(!judged.has("event-1"), "the merge itself is on record");
    assert_eq!(judged.outcome("event-2", "B"), Contradicted, "of a merge that is on no record");
}

#[test]
fn each_deployment_is_judged_by_the_changes_it_carries() {
    let judged = judged(&[CHANGES], "2026-06-01");
    // Merges that no deployment carries, and deployments of what was never merged, are noted.
    assert_eq!(judged.result.population.verdict, PopulationVerdict::CompleteWithNotedGaps);
    assert_eq!(judged.result.population.reconciliations.len(), 1);
    assert_eq!(judged.result.population.count, 12 + 2, "deployments, and two merges of their own");
    assert!(!judged.has("staging") && !judged.has("merge/m-good"));
    for (item, attribute, expected) in [
        ("deployment/good", "A", Supported),
        ("deployment/good", "B", Supported),
        ("deployment/good", "C", Supported),
        ("deployment/good", "D", Supported),
        ("deployment/good", "E", Supported),
        ("deployment/good", "F", Supported),
        ("deployment/good", "G", NotApplicable),
        ("deployment/good", "H", Supported),
        ("deployment/late", "C", Contradicted),
        ("deployment/own", "B", Contradicted),
        ("deployment/own", "D", Contradicted),
        ("deployment/own", "E", Supported),
        ("deployment/bypass", "B", Contradicted),
        ("deployment/bypass", "E", NotDemonstrated),
        ("deployment/empty", "A", NotDemonstrated),
        ("deployment/empty", "B", NotDemonstrated),
        ("deployment/empty", "C", NotDemonstrated),
        ("deployment/empty", "D", NotDemonstrated),
        ("deployment/empty", "F", NotDemonstrated),
        ("deployment/empty", "H", NotDemonstrated),
        ("deployment/strange", "A", NotDemonstrated),
        ("deployment/strange", "H", NotDemonstrated),
        ("deployment/after", "H", Contradicted),
        ("deployment/built", "F", Contradicted),
        ("deployment/ticket", "A", Supported),
        ("deployment/ticket", "B", Supported),
        ("deployment/ticket", "C", Supported),
        ("deployment/ticket", "D", NotDemonstrated),
        ("m-waiting", "H", NotDemonstrated),
        ("m-access", "A", Supported),
        ("m-access", "C", Contradicted),
        ("deployment/fire", "C", NotApplicable),
        ("deployment/fire", "G", Supported),
        ("deployment/ashes", "G", Contradicted),
        ("deployment/open", "B", NotDemonstrated),
        ("deployment/open", "G", NotDemonstrated),
    ] {
        assert_eq!(judged.outcome(item, attribute), expected, "{attribute} of {item}");
    }
    assert!(judged.reason("deployment/late", "C").starts_with("retroactive"));
}

#[test]
fn an_emergency_has_until_tuesday_and_a_merge_its_window() {
    let judged = judged(&[CHANGES], "2025-08-05T09:59:59Z");
    assert_eq!(judged.outcome("deployment/open", "G"), NotYetDue);
    assert_eq!(judged.outcome("deployment/open", "B"), NotYetDue);
    assert_eq!(judged.outcome("m-waiting", "H"), NotYetDue);
}

#[test]
fn a_merge_waits_in_vain_only_where_deployments_are_on_record() {
    let hole: Cover = ("changes", "2025-01-01", "2025-08-31T08:59:59Z", Proven);
    let gap: Cover = ("changes", "2025-08-31T08:59:59Z", "2026-01-01", Gap);
    let judged = judged(&[hole, gap], "2026-06-01");
    assert_eq!(judged.outcome("m-waiting", "H"), Indeterminate);
    assert_eq!(judged.result.population.verdict, PopulationVerdict::CompleteWithNotedGaps);
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("CHG-01");
}
