//! PRA-01 and PRA-02: standing privilege, and roles that are assumed.

use tenure_model::entry::CoverageStatus::Gap;
use tenure_model::fact::{Fact, UsageEvent, UseOutcome};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::outcome::PopulationVerdict;
use tenure_model::tables::TableId;

use crate::aws::{
    Cover, Judged, LISTING, LOG, admin, arn, assert_nothing_is_no_pass, begun, principal, seen,
    used,
};
use crate::world::{World, approval, t};

/// What an identity can effectively do.
pub(crate) fn privilege(native: &str, name: &str, service: &str, level: &str, at: &str) -> Fact {
    let id = format!("{name}|{service}");
    Fact::new(TableId::Privileges, "effective", id, begun(at))
        .with("identity_id", format!("iam/{}", arn(native, name)))
        .with("principal", arn(native, name))
        .with("kind", "service")
        .with("service", service)
        .with("level", level)
        .with("statement", "inline#0")
}

#[test]
fn pra_01_counts_grants_and_effective_privilege_once() {
    let linked = |subject: &str, name: &str| {
        Fact::new(TableId::SubjectLinks, "link", format!("{subject}|{name}"), seen("2025-01-01"))
            .with("subject_id", format!("person/{subject}"))
            .with("identity_id", format!("iam/{}", arn("user", name)))
    };
    let mut facts = vec![
        Fact::new(TableId::Subjects, "person", "ann", seen("2025-01-01")).with("kind", "person"),
        principal("user", "ann-admin", "human").with("mfa", true),
        principal("user", "ann", "human").with("mfa", true),
        linked("ann", "ann-admin"),
        linked("ann", "ann"),
        principal("user", "bob", "human").with("mfa", false),
        principal("role", "deploy", "assumable_role"),
        principal("role", "reader", "assumable_role"),
        privilege("role", "deploy", "iam", "admin", "2025-10-01T00:00:00Z"),
        privilege("role", "deploy", "s3", "admin", "2025-10-01T00:00:00Z"),
        privilege("role", "reader", "s3", "read", "2025-02-01T00:00:00Z"),
        privilege("user", "bob", "*", "admin", "2025-02-01T00:00:00Z"),
    ];
    facts.extend(admin("user", "bob", "2025-02-01T00:00:00Z"));
    let [policy, grant] = admin("user", "ann-admin", "2025-12-01T00:00:00Z");
    let grant = grant
        .with("approval_ref", "T-1")
        .with("reason", "on call")
        .with("planned_end", t("2025-12-20"));
    facts.extend([policy, grant, approval("T-1", Some("zoe"), "2025-11-30T00:00:00Z")]);
    let mut world = World::new();
    world.run(facts, Vec::new(), &[LISTING]);
    let judged = Judged::of(&world, "PRA-01");
    assert_eq!(judged.result.population.count, 3, "bob's effective privilege is his grant");
    assert_eq!(judged.result.population.verdict, PopulationVerdict::CompleteWithNotedGaps);
    for (who, attribute, expected) in [
        ("bob|Admin", "A", NotDemonstrated),
        ("bob|Admin", "B", NotDemonstrated),
        ("bob|Admin", "D", NotApplicable),
        ("bob|Admin", "E", NotDemonstrated),
        ("bob|Admin", "F", Contradicted),
        ("ann-admin|Admin", "A", Supported),
        ("ann-admin|Admin", "B", Supported),
        ("ann-admin|Admin", "C", Supported),
        ("ann-admin|Admin", "D", Contradicted),
        ("ann-admin|Admin", "E", Supported),
        ("ann-admin|Admin", "F", Supported),
        ("deploy effective", "A", NotDemonstrated),
        ("deploy effective", "F", NotApplicable),
    ] {
        assert_eq!(judged.outcome(who, attribute), expected, "{attribute} of {who}");
    }
    let bob = &judged.findings("bob|Admin", "A")[0];
    assert_eq!((bob.2, bob.3), (t("2025-07-01"), None), "carried in and out");
    let late = &judged.findings("ann-admin|Admin", "D")[0];
    assert_eq!(late.2, t("2025-12-20"));
}

/// Ann assumes the role of administrators.
fn assumed(id: &str, at: &str, session: &str) -> UsageEvent {
    UsageEvent {
        service: Some("sts.amazonaws.com".to_owned()),
        action: Some("AssumeRole".to_owned()),
        resource: Some(arn("role", "ops/admin")),
        issued_key: Some(session.to_owned()),
        ..used(id, at, "ann", "AKIAANN")
    }
}

fn in_session(id: &str, at: &str, session: &str) -> UsageEvent {
    UsageEvent {
        actor_type: Some("AssumedRole".to_owned()),
        actor: Some("arn:aws:sts::111122223333:assumed-role/admin/ann".to_owned()),
        ..used(id, at, "admin", session)
    }
}

fn request(reference: &str, by: &str, approver: &str, at: &str) -> Fact {
    approval(reference, Some(approver), at)
        .with("title", "elevate to admin: restore a table")
        .with("requested_by", by)
        .with("outcome", "approved")
}

fn elevations(approvals: Vec<Fact>, events: Vec<UsageEvent>, covered: &[Cover]) -> Judged {
    let mut facts = vec![
        principal("user", "ann", "human"),
        principal("role", "admin", "assumable_role"),
        principal("role", "reader", "assumable_role"),
    ];
    facts.extend(admin("role", "admin", "2025-02-01T00:00:00Z"));
    facts.extend(approvals);
    let mut world = World::new();
    world.run(facts, events, covered);
    Judged::of(&world, "PRA-02")
}

#[test]
fn pra_02_matches_assumptions_with_approvals() {
    let at = "2025-08-01T10:00:00Z";
    for (approvals, expected) in [
        (vec![], [NotDemonstrated, NotDemonstrated, NotDemonstrated]),
        (vec![request("1", "ann", "zoe", "2025-08-01T10:00:00Z")], [Supported; 3]),
        (vec![request("1", "ann", "zoe", "2025-08-01T02:00:00Z")], [Supported; 3]),
        (
            vec![request("1", "ann", "zoe", "2025-08-01T01:59:59Z")],
            [Contradicted, NotDemonstrated, NotDemonstrated],
        ),
        (
            vec![request("1", "ann", "zoe", "2025-08-01T10:00:01Z")],
            [Supported, Supported, Contradicted],
        ),
        (
            vec![request("1", "ann", "ann", "2025-08-01T09:00:00Z")],
            [Supported, Contradicted, Supported],
        ),
        (
            vec![request("1", "bob", "zoe", "2025-08-01T09:00:00Z")],
            [Contradicted, NotDemonstrated, NotDemonstrated],
        ),
    ] {
        let told = format!("{approvals:?}");
        let judged = elevations(approvals, vec![assumed("e1", at, "ASIA1")], &[LOG, LISTING]);
        assert_eq!(judged.result.population.count, 1);
        let found = ["H", "B", "C"].map(|attribute| judged.outcome("e1", attribute));
        assert_eq!(found, expected, "{told}");
        assert_eq!(judged.outcome("e1", "E"), NotApplicable, "a session ends by itself");
    }
}

#[test]
fn pra_02_bounds_the_session_by_its_use_and_the_log() {
    let at = "2025-08-01T10:00:00Z";
    let hole: Cover = ("usage", "2025-08-01T17:59:59Z", "2025-08-01T20:00:00Z", Gap);
    let later: Cover = ("usage", "2025-08-01T18:00:00Z", "2025-08-01T20:00:00Z", Gap);
    for (last, covered, f, d, g) in [
        ("2025-08-01T18:00:00Z", vec![LOG, LISTING], Supported, NotDemonstrated, Supported),
        ("2025-08-01T18:00:01Z", vec![LOG, LISTING], Contradicted, Contradicted, Supported),
        (
            "2025-08-01T11:00:00Z",
            vec![LOG, LISTING, hole],
            Indeterminate,
            NotDemonstrated,
            Indeterminate,
        ),
        ("2025-08-01T11:00:00Z", vec![LOG, LISTING, later], Supported, NotDemonstrated, Supported),
    ] {
        let events = vec![assumed("e1", at, "ASIA1"), in_session("e2", last, "ASIA1")];
        let judged = elevations(Vec::new(), events, &covered);
        let found = ["F", "D", "G"].map(|attribute| judged.outcome("e1", attribute));
        assert_eq!(found, [f, d, g], "used until {last}, {covered:?}");
    }
}

#[test]
fn pra_02_leaves_out_what_is_no_elevation() {
    let service = UsageEvent {
        actor_type: Some("AWSService".to_owned()),
        ..assumed("svc", "2025-08-01T10:00:00Z", "ASIA2")
    };
    let reader = UsageEvent {
        resource: Some(arn("role", "reader")),
        ..assumed("reader", "2025-08-01T10:00:00Z", "ASIA3")
    };
    let refused = UsageEvent {
        outcome: Some(UseOutcome::Denied),
        ..assumed("refused", "2025-08-01T10:00:00Z", "ASIA4")
    };
    let before = assumed("before", "2025-06-30T23:59:59Z", "ASIA5");
    let jit = Fact::new(TableId::Grants, "jit", "ann|prod", begun("2025-09-01T10:00:00Z"))
        .with("identity_id", format!("iam/{}", arn("user", "ann")))
        .with("principal", "ann")
        .with("entitlement", "prod")
        .with("path_kind", "jit")
        .with("planned_end", t("2025-09-01T12:00:00Z"));
    let jit_end =
        Fact::new(TableId::Grants, "jit", "ann|prod", crate::aws::ended("2025-09-01T12:05:01Z"));
    let judged =
        elevations(vec![jit, jit_end], vec![service, reader, refused, before], &[LOG, LISTING]);
    assert_eq!(judged.result.population.count, 1, "the elevation that its own system recorded");
    assert_eq!(judged.outcome("ann|prod", "E"), Contradicted, "a second beyond the tolerance");
    assert_eq!(judged.outcome("ann|prod", "D"), Supported);
}

#[test]
fn nothing_on_record_is_no_pass() {
    for control in ["PRA-01", "PRA-02"] {
        assert_nothing_is_no_pass(control);
    }
}
