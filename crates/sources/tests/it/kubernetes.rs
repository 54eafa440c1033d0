//! `kubernetes`, by the outside: files in, uses and facts out.

mod audit;
mod expected;
mod listings;
mod mutated;

use serde_json::{Value, json};

use crate::support::Workspace;

/// An event at the stage that counts.
pub(crate) fn event(
    id: &str,
    verb: &str,
    resource: &str,
    name: &str,
    namespace: Option<&str>,
) -> Value {
    let mut event = json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse",
        "auditID": id, "stage": "ResponseComplete", "verb": verb,
        "requestURI": "/apis/x", "userAgent": "kubectl/v1.30",
        "user": {"username": "ann@example.com", "uid": "u-1", "groups": ["system:authenticated"]},
        "sourceIPs": ["1.2.3.4", "10.0.0.9"],
        "objectRef": {"resource": resource, "name": name, "apiGroup": "rbac.authorization.k8s.io"},
        "responseStatus": {"code": 200},
        "requestReceivedTimestamp": "2025-03-01T10:00:00.000001Z",
        "stageTimestamp": "2025-03-01T10:00:00.5Z",
    });
    if let Some(namespace) = namespace {
        event["objectRef"]["namespace"] = json!(namespace);
    }
    event
}

pub(crate) fn binding(subjects: &[(&str, &str)], role: &str) -> Value {
    let subjects: Vec<_> =
        subjects.iter().map(|(kind, name)| json!({"kind": kind, "name": name})).collect();
    json!({"kind": "ClusterRoleBinding", "subjects": subjects,
           "roleRef": {"kind": "ClusterRole", "name": role}})
}

pub(crate) fn collected(events: &[Value]) -> Workspace {
    let workspace = Workspace::with_data("kubernetes");
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    workspace.write("audit.log", lines);
    workspace
}
