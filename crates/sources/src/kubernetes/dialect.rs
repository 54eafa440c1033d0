//! What Kubernetes' JSON looks like to the collector.

use serde_json::Value;

use crate::audit_files::{Dialect, Seen, Shape, instant, latest, text};

use super::bodies;

/// Kubernetes' JSON.
pub(super) struct KubernetesJson;

/// The kinds that a listing may be of, as `kubectl` and the API name them.
pub(super) const LISTED: &[&str] =
    &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Secret", "ServiceAccount"];

impl Dialect for KubernetesJson {
    fn state(&self) -> &'static str {
        "kubernetes-state"
    }

    fn shape(&self, value: &Value, _file: &str) -> Option<Shape> {
        if is_event(value) || events(value).is_some_and(|items| items.iter().any(is_event)) {
            return Some(Shape::Log);
        }
        let kinds = listed(value);
        (!kinds.is_empty()).then(|| Shape::Listing(kinds.join(", ")))
    }

    fn examine(&self, value: &mut Value) -> Seen {
        let mut blotted = 0;
        if is_event(value) {
            blotted += bodies::blot_event(value);
            return Seen { at: received(value), blotted, ..Seen::default() };
        }
        if let Some(items) = events_mut(value) {
            blotted = items.iter_mut().map(bodies::blot_event).sum();
            let at = items.iter().filter_map(received).max();
            return Seen { at, blotted, ..Seen::default() };
        }
        blotted += bodies::blot_object(value);
        Seen { at: latest(value), blotted, ..Seen::default() }
    }

    /// Bodies of secrets are in logs by their policy; that they are dropped is no finding.
    fn blotted_hint(&self) -> Option<&'static str> {
        None
    }
}

/// Whether a value is an event of an audit log (`audit.k8s.io` v1 and before).
pub(super) fn is_event(value: &Value) -> bool {
    value.get("auditID").is_some_and(Value::is_string) && value.get("stage").is_some()
}

/// The events of a list of them.
pub(super) fn events(value: &Value) -> Option<&Vec<Value>> {
    match value {
        Value::Array(items) => Some(items),
        _ if text(value, "/kind") == Some("EventList") => value.get("items")?.as_array(),
        _ => None,
    }
}

fn events_mut(value: &mut Value) -> Option<&mut Vec<Value>> {
    events(value)?;
    match value {
        Value::Array(items) => Some(items),
        _ => value.get_mut("items")?.as_array_mut(),
    }
}

/// The kinds of objects that a value lists, or is.
fn listed(value: &Value) -> Vec<&str> {
    let Some(kind) = text(value, "/kind") else { return Vec::new() };
    let of = |kind: &str| LISTED.iter().copied().find(|listed| *listed == kind);
    if kind != "List" {
        return of(kind.strip_suffix("List").unwrap_or(kind)).into_iter().collect();
    }
    let items = value.get("items").and_then(Value::as_array).into_iter().flatten();
    let mut kinds: Vec<_> = items.filter_map(|item| of(text(item, "/kind")?)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn received(event: &Value) -> Option<tenure_model::Timestamp> {
    let times = ["/requestReceivedTimestamp", "/stageTimestamp", "/timestamp"];
    times.iter().find_map(|pointer| instant(event, pointer))
}
