//! What `kubectl get -o json` prints.

use serde_json::{Value, json};
use tenure_model::entry::{CoverageStatus, RunKind, RunOutcome};
use tenure_model::fact::Change;
use tenure_model::tables::TableId;

use crate::support::{Workspace, at, text};

fn listed(items: &Value) -> Workspace {
    let workspace = Workspace::with_data("kubernetes").set("as-of", "2025-06-30");
    let list = json!({"kind": "List", "apiVersion": "v1", "items": items});
    workspace.write("rbac.json", serde_json::to_string_pretty(&list).unwrap());
    workspace
}

fn meta(name: &str, namespace: Option<&str>, untouched: bool) -> Value {
    let created = "2025-01-02T03:04:05Z";
    let mut meta = json!({"name": name, "uid": "u", "creationTimestamp": created});
    if let Some(namespace) = namespace {
        meta["namespace"] = json!(namespace);
    }
    let last = if untouched { created } else { "2025-02-01T00:00:00Z" };
    meta["managedFields"] = json!([{"time": created}, {"time": last}]);
    meta
}

/// One of each kind.
fn cluster() -> Workspace {
    let rules = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
    let read = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]);
    let mut part = meta("part", None, true);
    part["labels"] = json!({"into": "whole"});
    let whole = json!({"clusterRoleSelectors": [{"matchLabels": {"into": "whole"}}]});
    let bound = |name: &str, namespace: Option<&str>, untouched| {
        json!({
            "kind": if namespace.is_none() { "ClusterRoleBinding" } else { "RoleBinding" },
            "metadata": meta(name, namespace, untouched),
            "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": "ci", "namespace": "web"},
                         {"kind": "User", "name": "ann"}],
        })
    };
    listed(&json!([
        {"kind": "ClusterRole", "metadata": meta("cluster-admin", None, true), "rules": rules},
        {"kind": "ClusterRole", "metadata": part, "rules": read},
        {"kind": "ClusterRole", "metadata": meta("whole", None, true), "rules": null, "aggregationRule": whole},
        bound("a", None, true),
        bound("b", Some("web"), false),
        {"kind": "ServiceAccount", "metadata": meta("ci", Some("web"), true)},
        {"kind": "Secret", "type": "Opaque", "metadata": meta("s", Some("web"), true), "data": {"k": "c2VjcmV0"}},
        {"kind": "Pod", "metadata": meta("p", Some("web"), true)},
    ]))
}

#[test]
fn roles_bindings_and_accounts() {
    let mut workspace = cluster();
    let (draft, said) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Complete, "{:?}", draft.run.gaps);
    assert_eq!(draft.run.kind, RunKind::Full);
    let artifact = &draft.artifacts[0];
    assert_eq!((artifact.records, artifact.with_facts), (8, 6));
    let stored = String::from_utf8(workspace.blobs.get(&artifact.blob).unwrap()).unwrap();
    assert!(!stored.contains("c2VjcmV0"));
    let roles = said.table(TableId::Entitlements);
    let level = |id: &str| text(roles.iter().rfind(|f| f.native_id == id).unwrap(), "level");
    assert_eq!((level("cluster-admin"), level("whole")), (Some("admin"), Some("read")));
    let grants = said.table(TableId::Grants);
    let of = |id: &str| grants.iter().filter(|f| f.native_id == id).collect::<Vec<_>>();
    let created = at("2025-01-02T03:04:05Z");
    let pinned = of("a#ann");
    assert!(matches!(pinned[0].change, Change::Absent { at: t } if t == created.plus_micros(-1)));
    assert!(matches!(pinned[1].change, Change::Begun { at: t, .. } if t == created));
    assert!(matches!(pinned[2].change, Change::Seen { at: t } if t == at("2025-06-30")));
    let bounded = of("web/b#system:serviceaccount:web:ci");
    assert_eq!(bounded.len(), 2, "somebody wrote to it since, so its subjects may be younger");
    assert_eq!(text(bounded[1], "condition_expr"), Some("in namespace web"));
    assert_eq!(text(bounded[1], "entitlement_id"), Some("cluster-role/cluster-admin"));
}

#[test]
fn the_same_listing_is_nothing_new_and_a_later_one_is() {
    let account = json!({"kind": "ServiceAccount", "metadata": meta("ci", Some("web"), true)});
    let mut workspace = listed(&json!([account]));
    let scope = workspace.run().0.run.scope;
    assert_eq!(scope, "listings: ServiceAccount");
    let (draft, _) = workspace.run();
    assert!(draft.nothing_new);
    workspace.settings.insert("as-of".to_owned(), "2025-07-31".to_owned());
    let (draft, _) = workspace.run();
    assert_eq!((draft.run.kind, draft.run.scope), (RunKind::Full, scope));
    // Older than what is known: nothing is gone because of it.
    workspace.settings.insert("as-of".to_owned(), "2025-05-31".to_owned());
    let (draft, _) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
    assert!(draft.run.gaps[0].cause.contains("older than those"));
}

#[test]
fn a_page_of_a_list_is_a_gap() {
    let workspace = Workspace::with_data("kubernetes").set("as-of", "2025-06-30");
    let list = json!({"kind": "RoleList", "metadata": {"continue": "abc"}, "items": [
        {"metadata": {"name": "r", "namespace": "n"}, "rules": []}]});
    workspace.write("roles.json", list.to_string());
    let mut workspace = workspace;
    let (draft, said) = workspace.run();
    assert!(draft.run.gaps[0].cause.contains("goes on elsewhere"));
    assert_eq!(said.table(TableId::Entitlements)[0].native_id, "n/r");
}

#[test]
fn listings_cover_their_instant_and_labels_say_what_an_account_is_for() {
    let mut account = meta("ci", Some("web"), true);
    account["labels"] = json!({"example.com/tier": "t1", "env": "production"});
    account["annotations"] = json!({"purpose": "builds images"});
    let mut workspace = listed(&json!([{"kind": "ServiceAccount", "metadata": account}]));
    let (draft, said) = workspace.run();
    let covered = &draft.coverage[0];
    assert_eq!((covered.stream.as_str(), covered.from), ("kubernetes-state", at("2025-06-30")));
    assert_eq!(covered.status, CoverageStatus::Asserted);
    let accounts = said.table(TableId::Identities);
    let seen = accounts.iter().rfind(|f| matches!(f.change, Change::Seen { .. })).unwrap();
    assert_eq!(text(seen, "tier"), Some("T1"));
    assert_eq!(text(seen, "environment"), Some("production"));
    assert_eq!(text(seen, "purpose"), Some("builds images"));
    // A page of a longer list is not all there is.
    let page = json!({"kind": "ServiceAccountList", "metadata": {"continue": "x"}, "items": [
        {"metadata": meta("ci", Some("web"), true)}]});
    let mut workspace = Workspace::with_data("kubernetes").set("as-of", "2025-06-30");
    workspace.write("page.json", page.to_string());
    let (draft, _) = workspace.run();
    assert_eq!(draft.coverage[0].status, CoverageStatus::Gap);
}
