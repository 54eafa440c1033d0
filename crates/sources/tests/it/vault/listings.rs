//! What `vault read -format=json` prints.

use serde_json::{Value, json};
use tenure_model::entry::{RunKind, RunOutcome};
use tenure_model::fact::Change;
use tenure_model::tables::TableId;

use crate::support::{Workspace, at, text, time};

fn read(data: Value) -> String {
    json!({"request_id": "r", "lease_id": "", "renewable": false, "data": data}).to_string()
}

fn listings() -> Workspace {
    let workspace = Workspace::with_data("vault").set("as-of", "2025-06-30");
    workspace.write("tokens/a.json", read(json!({
        "accessor": "A1", "creation_time": 1_740_000_000, "path": "auth/token/create",
        "display_name": "token-ci", "entity_id": "", "id": "s.secret", "policies": ["root"],
        "issue_time": "2025-02-19T21:20:00.5Z", "expire_time": null, "ttl": 0, "renewable": false,
    })));
    workspace.write("entity.json", read(json!({
        "id": "e-1", "name": "ann", "aliases": [{"name": "ann@example.com"}], "policies": ["dev"],
        "disabled": true, "metadata": {"team": "payments"},
        "creation_time": "2024-01-01T00:00:00Z", "last_update_time": "2025-06-01T00:00:00Z",
    })));
    workspace.write(
        "group.json",
        read(json!({
            "id": "g-1", "name": "admins", "member_entity_ids": ["e-1"], "policies": ["admin"],
            "type": "internal",
        })),
    );
    workspace.write(
        "auth/approle/role/ci.json",
        read(json!({
            "bind_secret_id": true, "token_policies": ["ci"], "secret_id_ttl": 0,
        })),
    );
    workspace.write("policy.json", read(json!({"name": "ci", "policy": "path \"x\" {}"})));
    workspace.write("lease.json", read(json!({
        "id": "database/creds/ci/L1", "issue_time": "2025-06-29T10:00:00Z",
        "expire_time": "2025-06-30T10:00:00Z", "last_renewal": null, "renewable": true, "ttl": 9,
    })));
    workspace
}

#[test]
fn a_state_is_listed() {
    let mut workspace = listings();
    std::fs::remove_file(workspace.data().join("lease.json")).unwrap();
    let (draft, said) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Complete, "{:?}", draft.run.gaps);
    assert_eq!(draft.run.kind, RunKind::Full);
    assert_eq!(draft.run.scope, "listings: approle roles, entities, groups, policies, tokens");
    let credentials = said.table(TableId::Credentials);
    let token = credentials.iter().find(|f| f.native_id == "A1").unwrap();
    assert!(
        matches!(token.change, Change::Begun { at: t, .. } if t == at("2025-02-19T21:20:00.5Z"))
    );
    let seen = credentials.iter().rfind(|f| f.native_id == "A1").unwrap();
    assert_eq!(text(seen, "expiry_kind"), Some("never"));
    let grants = said.table(TableId::Grants);
    let held: Vec<_> = grants
        .iter()
        .map(|f| (text(f, "principal").unwrap(), text(f, "entitlement").unwrap()))
        .collect();
    let expected = [
        ("approle-role/auth/approle/role/ci", "ci"),
        ("entity/e-1", "dev"),
        ("entity/e-1", "g-1"),
        ("group/g-1", "admin"),
        ("token/A1", "root"),
    ];
    assert_eq!(held, expected);
    let identities = said.table(TableId::Identities);
    let ann = identities.iter().rfind(|f| f.native_id == "e-1").unwrap();
    assert_eq!(
        (text(ann, "status"), text(ann, "login")),
        (Some("disabled"), Some("ann@example.com"))
    );
    let root = said.table(TableId::Entitlements);
    let root = root.iter().find(|f| f.native_id == "root").unwrap();
    assert_eq!(text(root, "level"), Some("admin"));
}

#[test]
fn a_token_that_was_looked_up_by_itself_is_not_stored() {
    let mut workspace = listings();
    let (draft, _) = workspace.run();
    for artifact in &draft.artifacts {
        let stored = workspace.blobs.get(&artifact.blob).unwrap();
        assert!(!String::from_utf8(stored).unwrap().contains("s.secret"), "{}", artifact.name);
    }
}

#[test]
fn what_is_later_than_said_and_what_is_not_dated_is_a_gap() {
    // The lease ends after the listing was made.
    let (draft, said) = listings().run();
    assert_eq!(draft.run.outcome, RunOutcome::Complete, "{:?}", draft.run.gaps);
    let leases = said.table(TableId::Credentials);
    let lease = leases.iter().rfind(|f| f.native_type == "lease").unwrap();
    assert_eq!(time(lease, "expires_at"), Some(at("2025-06-30T10:00:00Z")));
    let mut undated = Workspace::with_data("vault");
    undated.write("policy.json", read(json!({"name": "ci", "policy": ""})));
    let (draft, said) = undated.run();
    assert!(draft.run.gaps[0].cause.contains("does not say when it was made"));
    assert!(said.facts.is_empty() && draft.artifacts.is_empty());
}

#[test]
fn a_device_that_logs_in_clear_is_told() {
    let mut workspace = Workspace::with_data("vault").set("as-of", "2025-06-30");
    let device = json!({"type": "file", "path": "file/", "options": {"log_raw": "true"}});
    workspace.write("audit.json", json!({"file/": device}).to_string());
    let (draft, said) = workspace.run();
    assert!(draft.run.gaps[0].cause.contains("log_raw"), "{:?}", draft.run.gaps);
    assert_eq!(said.table(TableId::Configurations)[0].native_id, "sys/audit/file");
}

#[test]
fn what_is_not_known_is_not_stored() {
    let mut workspace = Workspace::with_data("vault").set("as-of", "2025-06-30");
    workspace.write("init.json", json!({"unseal_keys_b64": ["k"], "root_token": "t"}).to_string());
    let (draft, _) = workspace.run();
    assert_eq!((draft.artifacts.len(), draft.run.outcome), (0, RunOutcome::Failed));
    assert_eq!(draft.run.gaps[0].cause, "it is nothing that is known");
}

#[test]
fn policies_have_levels_and_entities_are_known_by_how_they_sign_in() {
    let mut workspace = Workspace::with_data("vault").set("as-of", "2025-06-30");
    let all = "path \"*\" {\n  capabilities = [\"create\", \"sudo\"]\n}";
    workspace.write("admin.json", read(json!({"name": "admin", "policy": all})));
    let some = "path \"kv/*\" { capabilities = [\"read\"] }";
    workspace.write("some.json", read(json!({"name": "some", "policy": some})));
    workspace.write(
        "entity.json",
        read(json!({
            "id": "e-1", "name": "entity_1", "aliases": [{"name": "r", "mount_type": "approle"}],
            "policies": [], "disabled": false, "creation_time": "2024-01-01T00:00:00Z",
        })),
    );
    workspace.write(
        "lease.json",
        read(json!({
            "id": "database/creds/x/1", "issue_time": "2025-06-01T00:00:00Z",
            "expire_time": "2025-09-01T00:00:00Z", "ttl": 5_000_000, "renewable": true,
        })),
    );
    let (draft, said) = workspace.run();
    assert_eq!(draft.coverage[0].stream, "vault-state");
    let rights = said.table(TableId::Entitlements);
    let level = |id: &str| text(rights.iter().find(|f| f.native_id == id).unwrap(), "level");
    assert_eq!((level("admin"), level("some")), (Some("admin"), Some("read")));
    let entities = said.table(TableId::Identities);
    assert_eq!(text(entities.last().unwrap(), "kind"), Some("workload"));
    let leases = said.table(TableId::Credentials);
    assert_eq!(text(leases.last().unwrap(), "class"), Some("static_secret"), "92 days are long");
}
