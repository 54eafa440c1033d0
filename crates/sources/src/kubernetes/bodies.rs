//! Drops what must not be stored: the contents of secrets and config maps, and tokens. Names,
//! types, labels and owners stay.

use serde_json::{Map, Value};

use crate::audit_files::{BLOTTED, text};

/// What stays of an object's metadata.
const METADATA: &[&str] = &[
    "annotations",
    "creationTimestamp",
    "deletionTimestamp",
    "generateName",
    "labels",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "uid",
];
/// A copy of the whole object, with its contents.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Blots an audit event; gives the number of bodies and tokens that had to go.
pub(super) fn blot_event(event: &mut Value) -> u64 {
    let resource = text(event, "/objectRef/resource").unwrap_or_default();
    let secret = matches!(resource, "secrets" | "configmaps");
    let mut blotted = 0;
    for body in ["requestObject", "responseObject"] {
        let Some(body) = event.get_mut(body) else { continue };
        let before = blot_object(body);
        // A patch, or whatever else it is, of a secret.
        let kind = text(body, "/kind").unwrap_or_default();
        let known = kind == "Status"
            || kind == "DeleteOptions"
            || kind.starts_with("Secret")
            || kind.starts_with("ConfigMap");
        if secret && !known && !body.is_null() && *body != BLOTTED {
            *body = Value::from(BLOTTED);
            blotted += 1;
        } else {
            blotted += before;
        }
    }
    blotted
}

/// Blots an object or a list of them.
pub(super) fn blot_object(object: &mut Value) -> u64 {
    let kind = text(object, "/kind").unwrap_or_default().to_owned();
    match kind.as_str() {
        "Secret" | "ConfigMap" => projected(object),
        "TokenRequest" => blot(object.pointer_mut("/status/token")),
        "TokenReview" => blot(object.pointer_mut("/spec/token")),
        "SecretList" | "ConfigMapList" => items(object).map(projected).sum(),
        "List" => items(object).map(blot_object).sum(),
        _ => 0,
    }
}

fn items(object: &mut Value) -> impl Iterator<Item = &mut Value> {
    object.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten()
}

fn blot(token: Option<&mut Value>) -> u64 {
    match token {
        Some(token) if !token.is_null() && *token != BLOTTED => {
            *token = Value::from(BLOTTED);
            1
        }
        _ => 0,
    }
}

/// Leaves what names the object.
fn projected(object: &mut Value) -> u64 {
    let Value::Object(members) = &*object else { return 0 };
    let mut kept = Map::new();
    for name in ["apiVersion", "immutable", "kind", "type"] {
        kept.extend(members.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    if let Some(Value::Object(metadata)) = members.get("metadata") {
        let mut of_it: Map<String, Value> = metadata.clone();
        of_it.retain(|name, _| METADATA.contains(&name.as_str()));
        if let Some(Value::Object(annotations)) = of_it.get_mut("annotations") {
            annotations.remove(LAST_APPLIED);
        }
        kept.insert("metadata".to_owned(), Value::Object(of_it));
    }
    let kept = Value::Object(kept);
    let dropped = kept != *object;
    *object = kept;
    u64::from(dropped)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn contents_go_and_names_stay() {
        let mut event = json!({
            "auditID": "a", "stage": "ResponseComplete",
            "objectRef": {"resource": "secrets"},
            "requestObject": [{"op": "add", "path": "/data/k", "value": "c2VjcmV0"}],
            "responseObject": {"kind": "Secret", "type": "Opaque", "data": {"k": "c2VjcmV0"},
                "metadata": {"name": "n", "annotations": {LAST_APPLIED: "{\"data\":1}", "a": "b"}}},
        });
        assert_eq!(blot_event(&mut event), 2);
        assert!(!event.to_string().contains("c2VjcmV0") && !event.to_string().contains("data\\\""));
        assert_eq!(event["responseObject"]["metadata"]["annotations"], json!({"a": "b"}));
        assert_eq!(event["responseObject"]["type"], "Opaque");
        assert_eq!(blot_event(&mut event), 0, "once is enough");
    }

    #[test]
    fn tokens_go() {
        let mut request = json!({"kind": "TokenRequest", "spec": {}, "status": {"token": "eyJ"}});
        assert_eq!(blot_object(&mut request), 1);
        let mut list = json!({"kind": "List", "items": [{"kind": "Secret", "data": {}},
            {"kind": "Role", "rules": []}]});
        assert_eq!(blot_object(&mut list), 1);
        assert_eq!(list["items"][1], json!({"kind": "Role", "rules": []}));
    }
}
