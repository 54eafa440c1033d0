//! Listings that somebody exported: what is gone is told where they are complete.

use serde_json::{Value as Json, json};
use tenure_model::entry::{CoverageStatus, RunKind, RunOutcome};
use tenure_model::fact::Change;
use tenure_model::tables::TableId;

use super::support::{causes, flag, of_type, one, tag, text, things, told};
use crate::support::{Workspace, at, gzip};

const AT: &str = "2025-06-01T00:00:00Z";

fn user(id: &str, status: &str, changed: &str) -> Json {
    json!({"id": id, "status": status, "created": "2024-01-01T00:00:00.000Z",
        "activated": "2024-01-02T00:00:00.000Z", "statusChanged": changed, "lastLogin": null,
        "profile": {"login": format!("{id}@example.com"), "email": format!("{id}@example.com"),
            "firstName": "A", "lastName": id, "userType": "Employee"},
        "credentials": {"password": {}, "provider": {"type": "OKTA", "name": "OKTA"}}})
}

fn active(id: &str) -> Json {
    user(id, "ACTIVE", "2024-01-02T00:00:00.000Z")
}

/// A small organisation, exported whole.
fn whole() -> Workspace {
    let workspace = Workspace::with_data("okta").set("as-of", AT);
    let write = |name: &str, value: Json| workspace.write(name, value.to_string());
    write("users-0001.json", json!([active("ann"), active("bob")]));
    write("users-0002.json", json!([active("cid")]));
    write(
        "users.status=DEPROVISIONED.json",
        json!([user("dan", "DEPROVISIONED", "2025-03-01T10:00:00.000Z")]),
    );
    write("groups.json", json!([group("g1", "Everyone"), group("g2", "Admins")]));
    write("groups/g1/users.json", json!([active("ann"), active("bob")]));
    workspace.write("groups/g2/users.json.gz", gzip(json!([active("ann")]).to_string().as_bytes()));
    write("apps.json", json!([app()]));
    write("apps/a1/users.json", json!([app_user()]));
    write("api-tokens.json", json!([token()]));
    workspace
}

fn group(id: &str, name: &str) -> Json {
    json!({"id": id, "created": "2024-01-01T00:00:00.000Z", "type": "OKTA_GROUP",
        "objectClass": ["okta:user_group"], "profile": {"name": name}})
}

fn app() -> Json {
    json!({"id": "a1", "name": "oidc_client", "label": "Robot", "status": "ACTIVE",
        "created": "2024-01-01T00:00:00.000Z", "signOnMode": "OPENID_CONNECT",
        "credentials": {"oauthClient": {"client_id": "a1", "client_secret": "do-not-keep-me"}},
        "settings": {"oauthClient": {"grant_types": ["client_credentials"]}}})
}

fn app_user() -> Json {
    json!({"id": "bob", "created": "2024-05-01T00:00:00.000Z", "status": "ACTIVE",
        "scope": "USER", "_links": {"app": {"href": "https://x.okta.com/api/v1/apps/a1"}}})
}

fn token() -> Json {
    json!({"id": "00Tabc", "name": "ci", "userId": "ann", "clientName": "Okta API",
        "created": "2024-06-01T00:00:00.000Z", "expiresAt": "2025-07-01T00:00:00.000Z",
        "tokenWindow": "P30D"})
}

#[test]
fn an_organisation_is_read() {
    let (draft, said) = whole().run();
    assert_eq!(causes(&draft), [""; 0]);
    assert_eq!((draft.run.outcome, draft.run.kind), (RunOutcome::Complete, RunKind::Full));
    let identities = things(&said, TableId::Identities);
    assert_eq!(of_type(&identities, "okta-user").len(), 4);
    let ann = one(&said, TableId::Identities, "okta-user", "ann");
    assert_eq!((text(&ann, "status"), text(&ann, "kind")), ("active", "human"));
    assert_eq!(text(&ann, "kind_basis"), "profile.userType is 'Employee'");
    assert_eq!((text(&ann, "login"), text(&ann, "display_name")), ("ann@example.com", "A ann"));
    assert_eq!(flag(&ann, "mfa"), None, "nobody asked for factors");
    let robot = one(&said, TableId::Identities, "okta-app", "a1");
    assert_eq!(text(&robot, "kind"), "app_registration");
    let grants = things(&said, TableId::Grants);
    let members: Vec<_> = of_type(&grants, "okta-group-member").into_keys().collect();
    assert_eq!(members, ["ann|g1", "ann|g2", "bob|g1"]);
    assert_eq!(of_type(&grants, "okta-app-assignment").len(), 1);
    let token = one(&said, TableId::Credentials, "okta-api-token", "00Tabc");
    assert_eq!(text(&token, "identity_id"), "okta-user/ann");
    let coverage: Vec<_> = draft.coverage.iter().map(|c| (c.stream.as_str(), c.status)).collect();
    assert_eq!(coverage, [("okta-state", CoverageStatus::Asserted)]);
}

#[test]
fn what_okta_keeps_pins_status() {
    let (_, said) = whole().run();
    let dan = told(&said, TableId::Identities, "dan");
    let pins: Vec<_> = dan
        .iter()
        .filter(|fact| matches!(fact.change, Change::Begun { .. }))
        .map(|fact| (fact.change.at(), text(&fact.attrs, "status")))
        .collect();
    let expected = [
        (at("2024-01-01"), "staged"),
        (at("2024-01-02"), "active"),
        (at("2025-03-01T10:00:00Z"), "deprovisioned"),
    ];
    assert_eq!(pins, expected);
    assert_eq!(tag(&dan.last().unwrap().attrs, "status"), "DEPROVISIONED");
}

#[test]
fn secrets_are_not_kept() {
    let mut workspace = whole();
    let (draft, _) = workspace.run();
    let bytes = workspace.blobs.get(&draft.artifacts[0].blob).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(!text.contains("do-not-keep-me"));
    assert!(text.contains("/credentials/oauthClient/client_secret"), "that it was there is");
    assert!(text.contains(r#"\"password\":{}"#), "what is no secret stays as it was");
}

#[test]
fn the_same_files_are_nothing_new() {
    let mut workspace = whole();
    workspace.run();
    let (draft, _) = workspace.run();
    assert!(draft.nothing_new, "{:?}", draft.run.gaps);
    let mut later = workspace.set("as-of", "2025-07-01");
    let (draft, _) = later.run();
    assert_eq!((draft.run.outcome, draft.run.kind), (RunOutcome::Complete, RunKind::Full));
    let mut earlier = later.set("as-of", "2025-05-01");
    let (draft, _) = earlier.run();
    assert!(causes(&draft)[0].contains("older than those of 2025-07-01"), "{:?}", causes(&draft));
}

#[test]
fn what_is_not_whole_closes_nothing() {
    type Spoil = fn(&Workspace);
    let cases: &[(Spoil, &str)] = &[
        (|w| std::fs::remove_file(w.data().join("groups/g1/users.json")).unwrap(), "group members"),
        (|w| std::fs::remove_file(w.data().join("users-0001.json")).unwrap(), "number 2"),
        (
            |w| {
                std::fs::remove_file(w.data().join("users.status=DEPROVISIONED.json")).unwrap();
            },
            "deactivated users are in no listing",
        ),
        (|w| w.write("users-0002.json", "[{\"id\":"), "too early"),
        (|w| w.write("users-0003.json", json!([active("e"), active("f")]).to_string()), "full"),
        (|w| w.write("other.json", json!([{"a": 1}]).to_string()), "nothing that is known"),
        (|w| w.write("logs.json", EVENT), "together with a log"),
        (|w| w.write("apps/a2/users.json", ERROR), "status 403"),
    ];
    for (spoil, cause) in cases {
        let mut workspace = whole();
        spoil(&workspace);
        let (draft, _) = workspace.run();
        let found = causes(&draft);
        assert!(found.iter().any(|c| c.contains(cause)), "{cause}: {found:?}");
        assert_eq!(draft.run.outcome, RunOutcome::Partial, "{cause}");
        assert!(draft.run.gaps.iter().all(|gap| !gap.hint.is_empty()), "{cause}");
    }
}

const EVENT: &str = r#"[{"eventType":"user.session.start","published":"2025-01-01T00:00:00.000Z",
    "uuid":"u1","actor":{"id":"ann","type":"User","alternateId":"ann@example.com"}}]"#;
const ERROR: &str = r#"{"at":"2025-06-01T00:00:00Z","method":"GET","status":403,
    "url":"https://x.okta.com/api/v1/apps/a2/users","body":"{\"errorCode\":\"E0000006\"}"}"#;

#[test]
fn factors_say_whether_there_is_a_second_one() {
    let workspace = Workspace::with_data("okta").set("as-of", AT);
    let factor = |id: &str, kind: &str, status: &str| {
        json!({"id": id, "factorType": kind, "provider": "OKTA", "status": status,
            "created": "2024-02-01T00:00:00.000Z",
            "_embedded": {"activation": {"sharedSecret": "JBSWY3DPEHPK3PXP"}}})
    };
    let all = [
        ("ann", json!([factor("f1", "push", "ACTIVE"), factor("f2", "sms", "PENDING_ACTIVATION")])),
        ("bob", json!([])),
        ("cid", json!([factor("f3", "question", "ACTIVE")])),
    ];
    for (user, factors) in &all {
        workspace.write(&format!("users/{user}/factors.json"), factors.to_string());
    }
    let mut workspace = workspace;
    let (draft, said) = workspace.run();
    let mfa = |id| flag(&one(&said, TableId::Identities, "okta-user", id), "mfa");
    assert_eq!((mfa("ann"), mfa("bob"), mfa("cid")), (Some(true), Some(false), Some(false)));
    let factor = one(&said, TableId::Credentials, "okta-factor", "f1");
    assert_eq!((text(&factor, "class"), text(&factor, "status")), ("mfa_factor", "active"));
    let bytes = workspace.blobs.get(&draft.artifacts[0].blob).unwrap();
    assert!(!String::from_utf8(bytes).unwrap().contains("JBSWY3DPEHPK3PXP"));
}

#[test]
fn roles_are_privileged_whoever_holds_them() {
    let mut workspace = Workspace::with_data("okta").set("as-of", AT);
    let role = |id: &str, kind: &str, by: &str, of: &str| {
        json!({"id": id, "type": kind, "label": kind, "status": "ACTIVE", "assignmentType": by,
            "created": "2024-02-01T00:00:00.000Z",
            "_links": {"assignee": {"href": format!("https://x.okta.com/api/v1/{of}")}}})
    };
    // Names that say nothing: the items say whose they are.
    let user = json!([role("r1", "SUPER_ADMIN", "USER", "users/ann")]);
    workspace.write("export-a.json", user.to_string());
    let group = json!([role("r2", "READ_ONLY_ADMIN", "GROUP", "groups/g2")]);
    workspace.write("export-b.json", group.to_string());
    let (_, said) = workspace.run();
    let grants = of_type(&things(&said, TableId::Grants), "okta-role-assignment");
    let who: Vec<_> = grants.keys().map(String::as_str).collect();
    assert_eq!(who, ["ann|SUPER_ADMIN", "g2|READ_ONLY_ADMIN"]);
    let role = one(&said, TableId::Entitlements, "okta-admin-role", "READ_ONLY_ADMIN");
    assert_eq!((flag(&role, "privileged"), text(&role, "level")), (Some(true), "read"));
    let through = one(&said, TableId::Entitlements, "okta-group", "g2");
    assert_eq!(flag(&through, "privileged"), Some(true));
}

#[test]
fn files_that_do_not_say_when_are_dated_by_what_they_mention() {
    let mut workspace = Workspace::with_data("okta");
    workspace.write("users.json", json!([active("ann")]).to_string());
    let (draft, said) = workspace.run();
    assert!(causes(&draft)[0].contains("2024-01-02T00:00:00Z, is used as a lower bound"));
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
    let last = told(&said, TableId::Identities, "ann").last().unwrap().change;
    assert_eq!(last, Change::Seen { at: at("2024-01-02") });
}
