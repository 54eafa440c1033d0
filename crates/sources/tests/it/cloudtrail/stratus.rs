//! Facts about the records of attack simulations, established independently of this reader.

use serde_json::json;
use tenure_model::entry::{CoverageStatus, RunKind, RunOutcome};
use tenure_model::tables::TableId;

use super::support::{canonical_digest, counted, events, first_last};
use crate::support::{KEY, Said, Workspace, fixture, text};

pub(super) fn workspace() -> Workspace {
    let path = fixture("cloudtrail/stratus-detonation-logs.tar.gz");
    Workspace::new("cloudtrail").set("path", path.to_str().unwrap())
}

const IDENTITY_CHANGES: [&str; 9] = [
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreateAccessKey",
    "CreateLoginProfile",
    "CreateRole",
    "CreateUser",
    "DeleteLoginProfile",
    "UpdateAssumeRolePolicy",
    "UpdateLoginProfile",
];

#[test]
fn stratus_01_volume() {
    let (draft, said) = workspace().run();
    assert_eq!(draft.artifacts.len(), 35);
    assert!(draft.artifacts.iter().all(|a| a.records > 0));
    assert_eq!(draft.artifacts.iter().map(|a| a.records).sum::<u64>(), 310);
    assert_eq!(draft.artifacts.iter().map(|a| a.with_facts).sum::<u64>(), 310);
    assert_eq!(said.usage.len(), 310);
    assert_eq!(events(&said).len(), 310);
    assert_eq!(draft.run.outcome, RunOutcome::Complete);
    assert_eq!(draft.run.kind, RunKind::Events);
    assert_eq!(draft.run.gaps, []);
}

#[test]
fn stratus_02_first_and_last_event() {
    let (_, said) = workspace().run();
    assert_eq!(first_last(&said), ["2024-07-30T21:31:10Z", "2024-11-30T08:43:18Z"]);
}

#[test]
fn stratus_03_identity_types() {
    let (_, said) = workspace().run();
    let types = counted(events(&said).values().filter_map(|e| e.actor_type.clone()));
    assert_eq!(json!(types), json!({"IAMUser": 241, "AssumedRole": 68, "FederatedUser": 1}));
}

#[test]
fn stratus_04_identity_changes() {
    let (_, said) = workspace().run();
    let of_interest = |e: &&&tenure_model::fact::UsageEvent| {
        e.service.as_deref() == Some("iam.amazonaws.com")
            && e.action.as_deref().is_some_and(|a| IDENTITY_CHANGES.contains(&a))
    };
    let events = events(&said);
    let all = counted(events.values().filter(of_interest).filter_map(|e| e.action.clone()));
    let done = events.values().filter(of_interest).filter(|e| e.error_code.is_none());
    let done = counted(done.filter_map(|e| e.action.clone()));
    assert_eq!(
        json!(all),
        json!({
            "CreateAccessKey": 2, "AttachRolePolicy": 1, "AttachUserPolicy": 1,
            "CreateLoginProfile": 1, "CreateRole": 1, "CreateUser": 1, "DeleteLoginProfile": 1,
            "UpdateAssumeRolePolicy": 1, "UpdateLoginProfile": 1
        })
    );
    assert_eq!(
        json!(done),
        json!({
            "CreateAccessKey": 2, "AttachRolePolicy": 1, "AttachUserPolicy": 1,
            "CreateLoginProfile": 1, "CreateRole": 1, "CreateUser": 1,
            "UpdateAssumeRolePolicy": 1, "UpdateLoginProfile": 1
        })
    );
}

#[test]
fn stratus_05_errors_by_code() {
    let (_, said) = workspace().run();
    let codes = counted(events(&said).values().filter_map(|e| e.error_code.clone()));
    assert_eq!(
        json!(codes),
        json!({
            "Client.UnauthorizedOperation": 46, "AccessDenied": 5,
            "EntityTemporarilyUnmodifiableException": 1
        })
    );
    let outcomes = counted(events(&said).values().map(|e| e.outcome.unwrap().as_str()));
    assert_eq!(json!(outcomes), json!({"success": 258, "denied": 51, "error": 1}));
}

#[test]
fn stratus_06_canonical_digest() {
    let (_, said) = workspace().run();
    let expected = "2d112e86e6c4cd9f1ff57d744519566d78a5b25a8e2a182fb3ed7f72527b80f2";
    assert_eq!(canonical_digest(&said), expected);
}

#[test]
fn an_admin_made_by_an_attacker_is_told_completely() {
    let (_, said) = workspace().run();
    let user = "arn:aws:iam::229654561268:user/malicious-iam-user";
    let by = "arn:aws:iam::229654561268:user/christophe";
    let identity = said.table(TableId::Identities).into_iter().find(|f| f.native_id == user);
    assert_eq!(text(identity.unwrap(), "created_by"), Some(by));
    let grants = said.table(TableId::Grants);
    let grant = grants.iter().find(|f| text(f, "principal") == Some(user)).unwrap();
    assert_eq!(
        text(grant, "entitlement"),
        Some("policy:arn:aws:iam::aws:policy/AdministratorAccess")
    );
    assert_eq!(text(grant, "granted_by"), Some(by));
    let entitlements = said.table(TableId::Entitlements);
    assert!(entitlements.iter().all(|f| text(f, "level") == Some("admin")));
    let keys = said.table(TableId::Credentials);
    let key = keys.iter().find(|f| f.native_id == "AKIAXAFZN8JEPF6L682H").unwrap();
    assert_eq!(text(key, "identity_id"), Some(format!("iam-user/{user}").as_str()));
    assert_eq!(text(key, "status"), Some("active"));
}

#[test]
fn a_trail_that_is_stopped_or_deleted_covers_nothing_any_more() {
    let (draft, said) = workspace().run();
    let off: Vec<_> = said
        .table(TableId::Configurations)
        .into_iter()
        .filter(|f| text(f, "setting") == Some("logging") && text(f, "value") == Some("off"))
        .map(|f| (f.change.at().to_string(), text(f, "scope").unwrap().to_owned()))
        .collect();
    assert_eq!(off.len(), 2, "{off:?}");
    assert!(off.iter().any(|(at, _)| at == "2024-07-31T13:06:24Z"));
    let gaps = draft.coverage.iter().filter(|c| c.status == CoverageStatus::Gap);
    assert!(gaps.clone().count() > 0);
    assert!(gaps.into_iter().all(|c| c.detail.contains("switched off")));
    assert!(draft.coverage.iter().all(|c| c.status != CoverageStatus::Proven));
}

#[test]
fn the_number_of_workers_changes_nothing() {
    let mut one = workspace();
    one.workers = 1;
    let mut many = workspace();
    many.workers = 7;
    let (a, b) = (one.run(), many.run());
    assert_eq!(a, b);
}

#[test]
fn reading_again_gives_the_same() {
    let mut workspace = workspace();
    let (draft, said) = workspace.run();
    let mut again = Said::default();
    let artifacts: Vec<_> = draft.artifacts.iter().collect();
    let (source, settings) = (workspace.source(), workspace.checked());
    let blobs = &workspace.blobs;
    tenure_sources::pipeline::reread(source, &settings, &artifacts, blobs, &KEY, &mut again)
        .unwrap();
    assert_eq!(said, again);
}
