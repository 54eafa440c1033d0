//! The audit log: uses, and what they pin.

use serde_json::{Value as Json, json};
use tenure_model::fact::{Change, UseOutcome};
use tenure_model::tables::TableId;

use crate::okta::support::{causes, flag, of_type, one, text, things, told};
use crate::support::{Said, Workspace, at};

const START: i64 = 1_735_689_600_000;

fn event(number: u32, action: &str, more: &Json) -> Json {
    let at = START + i64::from(number) * 60_000;
    let mut event = json!({"@timestamp": at, "created_at": at, "action": action, "actor": "Root",
        "_document_id": format!("d{number}"), "org": "Acme", "actor_is_bot": false});
    for (name, value) in more.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

fn said(events: &[Json]) -> Said {
    let mut workspace = Workspace::with_data("github");
    workspace.write("audit.json", json!(events).to_string());
    let (draft, said) = workspace.run();
    assert_eq!(causes(&draft), [""; 0]);
    said
}

fn minute(number: u32) -> tenure_model::Timestamp {
    at(&format!("2025-01-01T00:{number:02}:00Z"))
}

fn held(said: &Said) -> Vec<String> {
    things(said, TableId::Grants).into_keys().map(|(_, id)| id).collect()
}

#[test]
fn a_use_says_who_what_whence_and_with_which_token() {
    let token = json!({"hashed_token": "aGFzaA==", "token_id": 77, "repo": "Acme/App",
        "programmatic_access_type": "Fine-grained personal access token", "actor_ip": "192.0.2.7",
        "user_agent": "git/2.30.2", "operation_type": "access", "actor_id": 1});
    let said = said(&[
        event(1, "git.clone", &token),
        event(2, "org.sso_response", &json!({"external_identity_nameid": "root@example.com"})),
        event(3, "user.failed_login", &json!({})),
        event(
            4,
            "workflows.created_workflow_run",
            &json!({"actor": "ci[bot]", "actor_is_bot": true}),
        ),
    ]);
    let used: Vec<_> = said.usage.iter().map(|(_, _, usage)| usage).collect();
    assert_eq!(used[0].event_time, Some(minute(1)));
    assert_eq!(used[0].event_id, "d1");
    assert_eq!(used[0].credential_key.as_deref(), Some("aGFzaA=="));
    assert_eq!(used[0].resource.as_deref(), Some("repo:Acme/App"));
    assert_eq!((used[0].service.as_deref(), used[0].read_only), (Some("git"), Some(true)));
    assert_eq!(used[1].federated.as_deref(), Some("root@example.com"));
    assert_eq!(used[2].outcome, Some(UseOutcome::Denied));
    let token = one(&said, TableId::Credentials, "github-token", "77");
    assert_eq!(
        (text(&token, "public_id"), text(&token, "identity_id")),
        ("aGFzaA==", "login/root")
    );
    assert_eq!(text(&token, "native_kind"), "fine_grained_pat");
    let bot = one(&said, TableId::Identities, "login", "ci[bot]");
    assert_eq!(text(&bot, "kind"), "bot");
}

fn user(more: &Json) -> Json {
    let mut user = json!({"user": "Ann"});
    for (name, value) in more.as_object().unwrap() {
        user[name] = value.clone();
    }
    user
}

/// Somebody joins, becomes owner, and gets more and more.
fn membership() -> Vec<Json> {
    let raised = json!({"permission": "admin", "old_permission": "read"});
    let on_repo = json!({"repo": "Acme/App", "permission": "write"});
    let more = json!({"repo": "Acme/App", "new_repo_permission": "admin",
        "old_repo_permission": "write"});
    vec![
        event(1, "org.add_member", &user(&json!({"permission": "read"}))),
        event(2, "org.update_member", &user(&raised)),
        event(3, "team.add_member", &user(&json!({"team": "Acme/Core"}))),
        event(4, "repo.add_member", &user(&on_repo)),
        event(5, "repo.update_member", &user(&more)),
    ]
}

#[test]
fn membership_is_pinned() {
    let mut events = membership();
    let before = said(&events);
    let all = [
        "ann|org:acme:admin",
        "ann|org:acme:member",
        "ann|repo:acme/app:admin",
        "ann|team:acme/core:member",
    ];
    assert_eq!(held(&before), all);
    let owner = told(&before, TableId::Grants, "ann|org:acme:admin");
    let begun = owner.last().unwrap();
    assert!(matches!(begun.change, Change::Begun { at, .. } if at == minute(2)));
    assert_eq!(
        (text(&begun.attrs, "granted_by"), text(&begun.attrs, "granted_event")),
        ("Root", "d2")
    );
    events.push(event(6, "repo.remove_member", &user(&json!({"repo": "Acme/App"}))));
    events.push(event(7, "team.remove_member", &user(&json!({"team": "Acme/Core"}))));
    events.push(event(8, "org.remove_member", &user(&json!({}))));
    let after = said(&events);
    assert_eq!(held(&after), [""; 0]);
    let gone = told(&after, TableId::Grants, "ann|org:acme:admin");
    let last = gone.last().unwrap().change;
    assert_eq!(
        last,
        Change::Absent { at: minute(8) },
        "nobody says that they were owner until then"
    );
}

#[test]
fn tokens_apps_keys_and_authorizations_are_pinned() {
    let key =
        json!({"repo": "Acme/App", "fingerprint": "SHA256:abc", "title": "ci", "read_only": true});
    let said = said(&[
        event(
            1,
            "personal_access_token.access_granted",
            &json!({"user_programmatic_access_id": 77, "user": "bob", "hashed_token": "other"}),
        ),
        event(
            2,
            "personal_access_token.access_revoked",
            &json!({"user_programmatic_access_id": 77}),
        ),
        event(3, "integration_installation.create", &json!({"name": "Microsoft Teams for GitHub"})),
        event(4, "public_key.create", &key),
        event(5, "public_key.delete", &key),
        event(
            6,
            "oauth_authorization.create",
            &json!({"oauth_application_name": "Tool", "user": "bob"}),
        ),
    ]);
    let token = told(&said, TableId::Credentials, "77");
    assert_eq!(text(&token[0].attrs, "identity_id"), "login/bob");
    assert_eq!(text(&token[0].attrs, "public_id"), "", "the hash is that of the call's own token");
    assert!(matches!(token[1].change, Change::Ended { at, .. } if at == minute(2)));
    let app = one(&said, TableId::Integrations, "github-app", "acme/microsoft-teams-for-github");
    assert_eq!(text(&app, "consented_by"), "Root");
    let key = told(&said, TableId::Credentials, "acme/app/SHA256:abc");
    assert_eq!(text(&key[0].attrs, "issued_for"), "ci (read Acme/App)");
    assert_eq!(text(&key[1].attrs, "revoked_by"), "Root");
    let tool = one(&said, TableId::Integrations, "oauth-authorization", "bob/Tool");
    assert_eq!(text(&tool, "identity"), "bob");
}

#[test]
fn overridden_protection_is_a_change_that_bypassed_it() {
    let branch = json!({"repo": "Acme/App", "branch": "refs/heads/main", "after": "abc"});
    let named = json!({"repo": "Acme/App", "name": "main"});
    let said = said(&[
        event(1, "protected_branch.create", &named),
        event(2, "protected_branch.policy_override", &branch),
        event(3, "protected_branch.destroy", &named),
    ]);
    let change = &of_type(&things(&said, TableId::Changes), "policy-override")["acme/app/d2"];
    assert_eq!(flag(change, "bypassed"), Some(true));
    assert_eq!((text(change, "author"), text(change, "artifact_digest")), ("Root", "abc"));
    let setting = told(&said, TableId::Configurations, "repo:acme/app:branch:main/protected");
    assert!(matches!(setting[0].change, Change::Begun { .. }));
    assert!(matches!(setting[1].change, Change::Ended { at, .. } if at == minute(3)));
}

#[test]
fn both_forms_of_time_are_understood_and_others_rejected() {
    let mut workspace = Workspace::with_data("github");
    let lines = [
        r#"{"action":"a.b","created_at":1735689600000,"actor":"x"}"#,
        r#"{"action":"a.b","created_at":1735689600000.0,"actor":"x"}"#,
        r#"{"action":"a.b","created_at":"2025-01-01T00:00:00Z","actor":"y"}"#,
        r#"{"action":"a.b","created_at":"2025-01-01 00:00:00.000","actor":"x"}"#,
        r#"{"action":"a.b","created_at":[],"actor":"x"}"#,
        r#"{"action":"a.b","actor":"x"}"#,
        r#"{"created_at":1735689600000,"actor":"x"}"#,
    ];
    workspace.write("audit.jsonl", lines.join("\n"));
    let (draft, said) = workspace.run();
    assert_eq!(said.usage.len(), 3);
    assert!(said.usage.iter().all(|(_, _, used)| used.event_time == Some(at("2025-01-01"))));
    let gaps: Vec<_> = draft.run.gaps.iter().map(|gap| (gap.record, gap.cause.as_str())).collect();
    let records: Vec<_> = gaps.iter().map(|(record, _)| record.unwrap()).collect();
    assert_eq!(records, [3, 4, 5, 6], "{gaps:?}");
    assert!(gaps[0].1.contains("has no time zone"));
    let ids: std::collections::BTreeSet<_> =
        said.usage.iter().map(|(_, _, used)| used.event_id.as_str()).collect();
    assert_eq!(ids.len(), 3, "records without an id are named by their bytes");
    assert!(ids.iter().all(|id| id.starts_with("record:")));
}
