//! SVC-01 and SVC-02: how non-human identities come to be, and what they may do.

use tenure_model::entry::CoverageStatus::Gap;
use tenure_model::fact::{Fact, UsageEvent};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{
    Cover, Judged, LISTING, LOG, admin, arn, assert_nothing_is_no_pass, begun, ended, key,
    principal, used,
};
use crate::aws_privilege::privilege;
use crate::world::{World, approval, t};

fn created(native: &str, name: &str, kind: &str, at: &str) -> Fact {
    Fact::new(TableId::Identities, "iam", arn(native, name), begun(at))
        .with("login", name)
        .with("kind", kind)
        .with("created_by", "zoe")
        .with("created_at_src", t(at))
}

fn owner(native: &str, name: &str, at: &str) -> Fact {
    Fact::new(TableId::Ownerships, "owner", name, begun(at))
        .with("target_table", "identities")
        .with("target", arn(native, name))
        .with("owner", "zoe")
}

fn request(names: &str, at: &str) -> Fact {
    approval(names, Some("ann"), at).with("title", format!("new service account {names}"))
}

#[test]
fn svc_01_wants_request_register_and_pipeline() {
    let at = "2025-08-01T10:00:00Z";
    let good = created("role", "good", "assumable_role", at)
        .with("purpose", "nightly export")
        .with("tier", "T2")
        .with("environment", "production");
    let facts = vec![
        good,
        request("good", at),
        owner("role", "good", "2025-08-08T10:00:00Z"),
        created("role", "late", "assumable_role", at),
        request("late", "2025-08-01T10:00:01Z"),
        owner("role", "late", "2025-08-08T10:00:01Z"),
        created("user", "bare", "unknown", at),
        key("AKIABARE", "bare", at),
        created("user", "ann", "human", at),
        created("role", "AWSServiceRoleForSupport", "assumable_role", at),
        created("role", "earlier", "assumable_role", "2025-06-30T23:59:59Z"),
    ];
    let mut world = World::new();
    world.run(facts, Vec::new(), &[LOG, LISTING]);
    let judged = Judged::of(&world, "SVC-01");
    assert_eq!(judged.result.population.count, 4, "good, late, bare and bare's key");
    for (what, attribute, expected) in [
        ("role/good", "A", Supported),
        ("role/good", "B", Supported),
        ("role/good", "C", Supported),
        ("role/good", "E", Supported),
        ("role/late", "A", Contradicted),
        ("role/late", "B", NotDemonstrated),
        ("role/late", "C", Contradicted),
        ("user/bare", "A", NotDemonstrated),
        ("user/bare", "C", NotDemonstrated),
        ("user/bare", "E", NotApplicable),
        ("AKIABARE", "E", NotDemonstrated),
    ] {
        assert_eq!(judged.outcome(what, attribute), expected, "{attribute} of {what}");
    }
    assert_eq!(judged.reason("role/late", "B"), "not on record: purpose tier environment");
    let early = Judged::as_of(&world, "SVC-01", "2025-08-08T09:59:59Z");
    assert_eq!(early.outcome("user/bare", "C"), NotYetDue);
}

/// A merged change that names what it makes, approved by somebody at an instant.
fn merged(names: &str, approver: &str, approved: &str, at: &str) -> Fact {
    Fact::new(TableId::Changes, "pull-request", names, begun(at))
        .with("kind", "merge")
        .with("change_ref", format!("acme/infra#{names}"))
        .with("title", format!("Add the role {names}"))
        .with("author", "zoe")
        .with("approver", approver)
        .with("approved_at", t(approved))
        .with("merged_at", t(at))
}

#[test]
fn a_reviewed_change_that_creates_it_is_a_request() {
    let at = "2025-08-01T10:00:00Z";
    for (approver, approved, made, expected) in [
        ("ann", at, at, Supported),
        ("ann", at, "2025-08-01T09:59:59Z", Contradicted),
        ("ann", "2025-08-01T10:00:01Z", "2025-08-02T10:00:00Z", NotDemonstrated),
        ("Zoe", "2025-07-31T10:00:00Z", at, NotDemonstrated),
    ] {
        let facts = || {
            let role = created("role", "loader", "assumable_role", made);
            vec![role, merged("loader", approver, approved, at)]
        };
        let mut world = World::new();
        world.run(facts(), Vec::new(), &[LOG, LISTING]);
        let judged = Judged::of(&world, "SVC-01");
        assert_eq!(judged.outcome("role/loader", "A"), expected, "{approver} {approved} {made}");
        let never = "SVC-01: { iac_commit_counts_as_request: never }\n";
        let judged = Judged::with(&world, "SVC-01", never);
        assert_eq!(judged.outcome("role/loader", "A"), NotDemonstrated);
    }
}

/// The record of a creation tells of the event and of the identity.
#[test]
fn svc_01_calls_creation_in_the_console_by_its_name() {
    let at = "2025-08-01T10:00:00Z";
    for (agent, expected) in [
        ("Mozilla/5.0 (Macintosh)", Contradicted),
        ("APN/1.0 HashiCorp/1.0 Terraform/1.9", NotDemonstrated),
    ] {
        let event = UsageEvent {
            service: Some("iam.amazonaws.com".to_owned()),
            action: Some("CreateRole".to_owned()),
            user_agent: Some(agent.to_owned()),
            ..used("1", at, "zoe", "AKIAZOE")
        };
        let mut world = World::new();
        let role =
            created("role", "bot", "assumable_role", at).with("created_by", arn("user", "zoe"));
        world.run(vec![role], vec![event], &[LOG, LISTING]);
        let judged = Judged::of(&world, "SVC-01");
        assert_eq!(judged.outcome("role/bot", "D"), expected, "{agent}");
    }
}

fn entitled(events: Vec<UsageEvent>, more: Vec<Fact>, covered: &[Cover]) -> Judged {
    let mut facts = vec![
        principal("user", "bot", "service_account"),
        privilege("user", "bot", "ec2", "write", "2025-03-01T00:00:00Z"),
    ];
    facts.extend(more);
    let mut world = World::new();
    world.run(facts, events, covered);
    Judged::of(&world, "SVC-02")
}

fn ec2(at: &str) -> UsageEvent {
    UsageEvent {
        service: Some("ec2.amazonaws.com".to_owned()),
        action: Some("DescribeInstances".to_owned()),
        ..used(at, at, "bot", "AKIABOT")
    }
}

#[test]
fn svc_02_finds_unused_services_after_limit_and_grace() {
    let judged = entitled(vec![ec2("2025-07-01T00:00:00Z")], Vec::new(), &[LOG, LISTING]);
    assert_eq!(judged.result.population.count, 1);
    let found: Vec<_> = judged.findings("bot", "C").into_iter().map(|f| (f.1, f.2, f.3)).collect();
    assert_eq!(found, [(Contradicted, t("2025-10-29"), None)], "120 days after the last use");
    assert!(judged.reason("bot", "C").ends_with("unused for longer than the limit: ec2"));
    let near = entitled(
        vec![ec2("2025-07-01T00:00:00Z"), ec2("2025-10-28T23:59:59Z")],
        Vec::new(),
        &[LOG, LISTING],
    );
    assert_eq!(near.outcome("bot", "C"), Supported);
}

#[test]
fn svc_02_takes_what_a_deleted_identity_could_do_for_gone() {
    let gone = Fact::new(TableId::Identities, "iam", arn("user", "bot"), ended("2025-09-01"));
    let judged = entitled(vec![ec2("2025-07-01T00:00:00Z")], vec![gone], &[LOG, LISTING]);
    assert_eq!(judged.outcome("bot", "C"), Supported);
    let late = Fact::new(TableId::Identities, "iam", arn("user", "bot"), ended("2025-11-01"));
    let judged = entitled(vec![ec2("2025-07-01T00:00:00Z")], vec![late], &[LOG, LISTING]);
    let found: Vec<_> = judged.findings("bot", "C").into_iter().map(|f| (f.2, f.3)).collect();
    assert_eq!(found, [(t("2025-10-29"), Some(t("2025-11-01")))]);
}

#[test]
fn svc_02_takes_silence_for_nothing_where_uses_are_not_logged() {
    let hole: Cover = ("usage", "2025-12-01", "2025-12-02", Gap);
    let judged = entitled(vec![ec2("2025-07-01T00:00:00Z")], Vec::new(), &[LOG, LISTING, hole]);
    let found: Vec<_> = judged.findings("bot", "C").into_iter().map(|f| (f.1, f.2, f.3)).collect();
    assert_eq!(
        found,
        [
            (Contradicted, t("2025-10-29"), Some(t("2025-12-01"))),
            (Indeterminate, t("2025-12-01"), None),
        ]
    );
    let data = privilege("user", "bot", "sqs", "write", "2025-03-01T00:00:00Z");
    let judged = entitled(
        vec![ec2("2025-07-01T00:00:00Z"), ec2("2025-10-01T00:00:00Z")],
        vec![data],
        &[LOG, LISTING],
    );
    assert_eq!(judged.outcome("bot", "C"), Indeterminate, "data events of sqs are not logged");
}

#[test]
fn svc_02_wants_approval_for_what_is_wide() {
    let mut more = vec![principal("role", "wide", "assumable_role")];
    let [policy, grant] = admin("role", "wide", "2025-03-01T00:00:00Z");
    more.extend([
        policy,
        grant.with("approval_ref", "T-1"),
        approval("T-1", Some("ann"), "2025-03-01T00:00:00Z"),
    ]);
    more.extend(admin("user", "bot", "2025-03-01T00:00:00Z"));
    let judged = entitled(Vec::new(), more, &[LOG, LISTING]);
    assert_eq!(judged.result.population.count, 2);
    assert_eq!(judged.outcome("user/bot", "B"), NotDemonstrated);
    assert_eq!(judged.outcome("role/wide", "B"), Supported);
    assert_eq!(judged.outcome("role/wide", "A"), Supported);
    assert_eq!(judged.outcome("role/wide", "C"), NotDemonstrated, "its services are not on record");
    assert_eq!(judged.outcome("role/wide", "D"), NotDemonstrated, "no review is on record");
}

#[test]
fn nothing_on_record_is_no_pass() {
    for control in ["SVC-01", "SVC-02"] {
        assert_nothing_is_no_pass(control);
    }
}
