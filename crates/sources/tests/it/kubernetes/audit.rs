//! What an audit log tells, event by event.

use serde_json::json;
use tenure_model::entry::{CoverageStatus, RunOutcome};
use tenure_model::fact::{Change, Fact, UseOutcome};
use tenure_model::tables::TableId;

use crate::support::{Said, Workspace, at, text, time};

use super::{binding, collected, event};

fn of<'a>(said: &'a Said, table: TableId, id: &str) -> Vec<&'a Fact> {
    said.table(table).into_iter().filter(|f| f.native_id == id).collect()
}

#[test]
fn a_request_is_one_use_whatever_its_stages() {
    let complete = event("a-1", "create", "pods", "p", Some("default"));
    let mut complete = complete;
    complete["objectRef"]["subresource"] = json!("exec");
    complete["objectRef"]["apiGroup"] = json!("");
    complete["responseStatus"]["code"] = json!(101);
    complete["user"]["extra"] = json!({"authentication.kubernetes.io/credential-id": ["JTI=j-1"]});
    complete["impersonatedUser"] = json!({"username": "bob"});
    let mut received = complete.clone();
    received["stage"] = json!("RequestReceived");
    let mut started = complete.clone();
    started["stage"] = json!("ResponseStarted");
    let mut panicked = event("a-2", "get", "pods", "p", None);
    panicked["stage"] = json!("Panic");
    let (draft, said) = collected(&[received, started, complete, panicked]).run();
    assert_eq!(draft.run.outcome, RunOutcome::Complete, "{:?}", draft.run.gaps);
    let artifact = &draft.artifacts[0];
    assert_eq!((artifact.records, artifact.with_facts), (4, 2), "a panic ends a request, too");
    for stage in ["RequestReceived", "ResponseStarted"] {
        assert_eq!(artifact.skipped[&format!("stage {stage}, told by a later one")], 1);
    }
    assert_eq!(artifact.integrity["audit_stages"], "1 requests have no ResponseComplete here");
    let use_ = &said.usage[0].2;
    assert_eq!((use_.event_id.as_str(), use_.actor.as_deref()), ("a-1", Some("ann@example.com")));
    assert_eq!(use_.event_time, Some(at("2025-03-01T10:00:00.000001Z")));
    assert_eq!(use_.action.as_deref(), Some("create pods/exec"));
    assert_eq!(use_.resource.as_deref(), Some("namespaces/default/pods/p"));
    assert_eq!(use_.service.as_deref(), Some("core"));
    assert_eq!(use_.credential_key.as_deref(), Some("JTI=j-1"));
    assert_eq!(use_.on_behalf_of.as_deref(), Some("bob"));
    assert_eq!(use_.src_ip.as_deref(), Some("10.0.0.9"), "the others are set by the client");
    assert_eq!((use_.outcome, use_.read_only), (Some(UseOutcome::Success), Some(false)));
    assert_eq!(draft.coverage[0].status, CoverageStatus::Unknown);
}

#[test]
fn what_still_runs_is_a_use_and_the_same_one_when_it_ends() {
    let mut shell = event("a-1", "create", "pods", "p", Some("default"));
    shell["objectRef"]["subresource"] = json!("exec");
    shell["responseStatus"]["code"] = json!(101);
    let complete = shell.clone();
    shell["stage"] = json!("ResponseStarted");
    let mut workspace = collected(&[shell.clone()]);
    let (_, first) = workspace.run();
    assert_eq!(first.usage[0].2.outcome, Some(UseOutcome::Success));
    workspace.write("audit.log", format!("{shell}\n{complete}\n"));
    let (_, second) = workspace.run();
    let of = |said: &Said| (said.usage[0].2.event_id.clone(), said.usage[0].2.event_time);
    assert_eq!(of(&first), of(&second), "by which the timeline knows them as one event");
}

#[test]
fn outcomes() {
    let of = |code: i64| {
        let mut event = event("a", "get", "secrets", "s", None);
        event["responseStatus"]["code"] = json!(code);
        event
    };
    let mut unsaid = of(0);
    unsaid.as_object_mut().unwrap().remove("responseStatus");
    let mut forbidden = unsaid.clone();
    forbidden["annotations"] = json!({"authorization.k8s.io/decision": "forbid"});
    let events = [of(200), of(403), of(401), of(404), of(500), unsaid, forbidden];
    let (_, said) = collected(&events).run();
    let outcomes: Vec<_> = said.usage.iter().map(|(_, _, u)| u.outcome).collect();
    use UseOutcome::{Denied, Error, Success};
    let expected =
        [Some(Success), Some(Denied), Some(Denied), Some(Error), Some(Error), None, Some(Denied)];
    assert_eq!(outcomes, expected);
}

#[test]
fn bindings_begin_change_and_end() {
    let with = |id: &str, verb: &str, body| {
        let mut event = event(id, verb, "clusterrolebindings", "ops", None);
        event["responseObject"] = body;
        event["stageTimestamp"] = json!(format!("2025-03-01T10:00:0{id}Z"));
        event
    };
    let events = [
        with("1", "create", binding(&[("User", "bob"), ("Group", "devs")], "cluster-admin")),
        with("2", "update", binding(&[("User", "bob"), ("User", "eve")], "cluster-admin")),
        with("3", "delete", json!({"kind": "Status", "status": "Success"})),
    ];
    let (_, said) = collected(&events).run();
    let bob = of(&said, TableId::Grants, "ops#bob");
    assert!(
        matches!(bob[0].change, Change::Begun { at: t, .. } if t == at("2025-03-01T10:00:01Z"))
    );
    assert_eq!(text(bob[0], "entitlement_id"), Some("cluster-role/cluster-admin"));
    assert_eq!(text(bob[0], "granted_by"), Some("ann@example.com"));
    assert!(matches!(bob[1].change, Change::Seen { .. }), "an update begins nothing by itself");
    assert!(
        matches!(bob[2].change, Change::Ended { at: t, .. } if t == at("2025-03-01T10:00:03Z"))
    );
    let devs = of(&said, TableId::Grants, "ops#group:devs");
    assert_eq!((text(devs[0], "identity_id"), text(devs[0], "path_kind")), (None, Some("group")));
    assert!(
        matches!(devs[1].change, Change::Ended { at: t, .. } if t == at("2025-03-01T10:00:02Z"))
    );
    let eve = of(&said, TableId::Grants, "ops#eve");
    assert!(matches!(eve[0].change, Change::Begun { .. }) && eve.len() == 2);
    assert_eq!(text(eve[1], "removed_by"), Some("ann@example.com"));
    let role = of(&said, TableId::Entitlements, "cluster-admin");
    assert_eq!(
        text(role[0], "level"),
        Some("admin"),
        "what every cluster's own role allows is known"
    );
    let setting = of(&said, TableId::Configurations, "cluster-role-binding/ops");
    assert_eq!(setting.len(), 3);
}

#[test]
fn roles_accounts_and_tokens() {
    let mut role = event("1", "create", "roles", "deploy", Some("web"));
    role["requestObject"] = json!({"kind": "Role", "rules": [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]});
    let account = event("2", "create", "serviceaccounts", "ci", Some("web"));
    let mut token = event("3", "create", "serviceaccounts", "ci", Some("web"));
    token["objectRef"]["subresource"] = json!("token");
    token["annotations"] = json!({"authentication.kubernetes.io/issued-credential-id": "JTI=j-9"});
    token["responseObject"] = json!({"kind": "TokenRequest", "spec": {"audiences": ["api"]},
        "status": {"token": "eyJ.clear", "expirationTimestamp": "2025-03-01T11:00:00Z"}});
    let mut of_node = token.clone();
    of_node["user"]["username"] = json!("system:node:n1");
    of_node["annotations"] =
        json!({"authentication.kubernetes.io/issued-credential-id": "JTI=j-10"});
    let mut kept = event("4", "create", "secrets", "ci-token", Some("web"));
    kept["requestObject"] = json!({"kind": "Secret", "type": "kubernetes.io/service-account-token",
        "metadata": {"name": "ci-token", "annotations": {"kubernetes.io/service-account.name": "ci"}},
        "data": {"token": "c2VjcmV0"}});
    let other = event("5", "delete", "secrets", "unknown", Some("web"));
    let gone = event("6", "delete", "serviceaccounts", "ci", Some("web"));
    let all = event("7", "deletecollection", "rolebindings", "", Some("web"));
    let mut workspace = collected(&[role, account, token, of_node, kept, other, gone, all]);
    let (draft, said) = workspace.run();
    let stored = workspace.blobs.get(&draft.artifacts[0].blob).unwrap();
    let stored = String::from_utf8(stored).unwrap();
    assert!(!stored.contains("eyJ.clear") && !stored.contains("c2VjcmV0"));
    let role = of(&said, TableId::Entitlements, "web/deploy")[0];
    assert_eq!(
        (text(role, "level"), role.attrs["privileged"].clone()),
        (Some("read"), true.into())
    );
    let account = of(&said, TableId::Identities, "system:serviceaccount:web:ci");
    assert!(matches!(account[0].change, Change::Begun { .. }));
    assert!(matches!(account[1].change, Change::Ended { .. }));
    tokens_are_told(&said);
    assert!(draft.run.gaps[0].cause.contains("it is not said which they were"));
}

fn tokens_are_told(said: &Said) {
    let token = of(said, TableId::Credentials, "JTI=j-9")[0];
    assert_eq!(time(token, "expires_at"), Some(at("2025-03-01T11:00:00Z")));
    assert_eq!(text(token, "identity_id"), Some("service-account/system:serviceaccount:web:ci"));
    assert!(of(said, TableId::Credentials, "JTI=j-10").is_empty(), "a pod's session");
    assert_eq!(said.usage[2].2.issued_key.as_deref(), Some("JTI=j-9"));
    let kept = of(said, TableId::Credentials, "web/ci-token");
    assert_eq!(text(kept[0], "expiry_kind"), Some("never"));
    assert!(of(said, TableId::Credentials, "web/unknown").is_empty(), "it may be no token");
}

#[test]
fn lists_and_arrays_of_events() {
    let events = [event("1", "get", "pods", "p", None), event("2", "get", "pods", "q", None)];
    let list = json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": events});
    let array = json!([event("3", "get", "pods", "p", None)]);
    let mut workspace = Workspace::with_data("kubernetes");
    workspace.write("list.json", serde_json::to_string_pretty(&list).unwrap());
    workspace.write("array.json", array.to_string());
    let (draft, said) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Complete, "{:?}", draft.run.gaps);
    assert_eq!(said.usage.len(), 3);
    assert_eq!(draft.artifacts.iter().map(|a| a.records).sum::<u64>(), 3);
}

#[test]
fn an_event_without_an_instant_is_rejected_where_it_stands() {
    let good = event("1", "get", "pods", "p", None);
    let mut bad = event("2", "get", "pods", "p", None);
    bad["requestReceivedTimestamp"] = json!("2022-11-29 00:09:04.38");
    let mut strange = event("3", "get", "pods", "p", None);
    strange["stage"] = json!("Whatever");
    let (draft, _) = collected(&[good, bad, strange]).run();
    assert_eq!(draft.artifacts[0].rejected, 2);
    assert_eq!(draft.run.gaps[0].record, Some(1));
    assert!(draft.run.gaps[0].cause.contains("has no time zone"), "{}", draft.run.gaps[0].cause);
}

#[test]
fn who_is_bound_is_on_record_and_a_deleted_account_was_active_before() {
    let mut bound = event("a-1", "create", "clusterrolebindings", "b", None);
    bound["responseObject"] = binding(&[("User", "bob@example.com")], "view");
    let mut gone = event("a-2", "delete", "serviceaccounts", "ci", Some("web"));
    gone["responseObject"] = json!({"kind": "Status", "status": "Success"});
    let (draft, said) = collected(&[bound, gone]).run();
    assert!(draft.coverage.iter().all(|claim| claim.stream == "usage"));
    let bob = of(&said, TableId::Identities, "bob@example.com");
    assert!(matches!(bob[0].change, Change::Seen { .. }), "nobody says since when he is there");
    let account = of(&said, TableId::Identities, "system:serviceaccount:web:ci");
    assert!(matches!(account[0].change, Change::Ended { .. }));
    assert_eq!(text(account[0], "status"), None);
}
