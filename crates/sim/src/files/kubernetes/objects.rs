//! Objects of Kubernetes, and events of its audit log, as JSON.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tenure_model::Timestamp;

use super::{Account, Binding, Call, Kubernetes, MILLI, RBAC, Token, Who};

/// A UUID that a name always has.
fn uid(name: &str) -> String {
    let hash = hex::encode(Sha256::digest(name));
    format!(
        "{}-{}-4{}-8{}-{}",
        &hash[..8],
        &hash[8..12],
        &hash[13..16],
        &hash[17..20],
        &hash[20..32]
    )
}

/// An instant as objects have it: to the second.
fn second(at: Timestamp) -> String {
    Timestamp::from_seconds(at.seconds()).to_string()
}

/// An instant as events have it: to the microsecond.
fn micro(at: Timestamp) -> String {
    let text = at.to_string();
    let (seconds, rest) = text.split_once('.').unwrap_or((text.trim_end_matches('Z'), ""));
    let micros: String =
        rest.trim_end_matches('Z').chars().chain("000000".chars()).take(6).collect();
    format!("{seconds}.{micros}Z")
}

/// Metadata of an object that nobody wrote to after it was created.
fn metadata(namespace: Option<&str>, name: &str, created: Timestamp) -> Value {
    let mut metadata = json!({
        "name": name,
        "uid": uid(&format!("{}/{name}/{created}", namespace.unwrap_or_default())),
        "resourceVersion": format!("{}", 1_000 + created.seconds() % 1_000_000),
        "creationTimestamp": second(created),
        "managedFields": [{"manager": "kustomize-controller", "operation": "Apply", "apiVersion": "v1",
            "time": second(created)}],
    });
    if let Some(namespace) = namespace {
        metadata["namespace"] = json!(namespace);
    }
    metadata
}

pub(super) fn account(namespace: &str, name: &str, account: &Account) -> Value {
    let mut metadata = metadata(Some(namespace), name, account.created);
    metadata["labels"] = account.labels.clone();
    json!({"kind": "ServiceAccount", "apiVersion": "v1", "metadata": metadata})
}

pub(super) fn token(namespace: &str, name: &str, token: &Token, used: Option<&str>) -> Value {
    let mut metadata = metadata(Some(namespace), name, token.created);
    metadata["annotations"] = json!({"kubernetes.io/service-account.name": token.account});
    if let Some(day) = used {
        metadata["labels"] = json!({"kubernetes.io/legacy-token-last-used": day});
    }
    json!({"kind": "Secret", "apiVersion": "v1", "metadata": metadata,
        "type": "kubernetes.io/service-account-token"})
}

pub(super) fn binding(binding: &Binding) -> Value {
    let kind = if binding.namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
    let group = RBAC;
    let subject = match &binding.who {
        Who::User(name) => json!({"kind": "User", "apiGroup": group, "name": name}),
        Who::Group(name) => json!({"kind": "Group", "apiGroup": group, "name": name}),
        Who::Account(namespace, name) => {
            json!({"kind": "ServiceAccount", "namespace": namespace, "name": name})
        }
    };
    json!({"kind": kind, "apiVersion": format!("{RBAC}/v1"),
        "metadata": metadata(binding.namespace.as_deref(), &binding.name, binding.created),
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": binding.role},
        "subjects": [subject]})
}

/// What the server answers when something is deleted.
pub(super) fn deleted(resource: &str, name: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        "details": {"name": name, "kind": resource}})
}

pub(super) fn token_request(at: Timestamp) -> Value {
    let hour = at.plus_micros(3_600 * 1_000 * MILLI);
    json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
        "spec": {"audiences": ["https://kubernetes.default.svc"], "expirationSeconds": 3600},
        "status": {"expirationTimestamp": second(hour)}})
}

fn user(by: &Who, token: Option<&str>) -> Value {
    let login = by.login();
    match by {
        Who::Account(namespace, _) => {
            let own = format!("JTI={}", uid(&format!("token of {login}")));
            json!({"username": login, "uid": uid(&login),
                "groups": ["system:serviceaccounts", format!("system:serviceaccounts:{namespace}"),
                    "system:authenticated"],
                "extra": {"authentication.kubernetes.io/credential-id": [token.unwrap_or(&own)]}})
        }
        _ => json!({"username": login, "groups": ["oidc:staff", "system:authenticated"]}),
    }
}

/// The event of a request, once it is answered.
pub(super) fn event(call: &Call<'_>, n: usize) -> Value {
    let (resource, part) = call.resource.split_once('/').unwrap_or((call.resource, ""));
    let code = if call.verb == "create" { 201 } else { 200 };
    let mut object = json!({"resource": resource, "apiVersion": "v1"});
    for (member, value) in [
        ("namespace", call.namespace.filter(|n| !n.is_empty())),
        ("name", call.name),
        ("apiGroup", Some(call.group).filter(|group| !group.is_empty())),
        ("subresource", Some(part).filter(|part| !part.is_empty())),
    ] {
        if let Some(value) = value {
            object[member] = json!(value);
        }
    }
    let level = if call.object.is_some() { "RequestResponse" } else { "Metadata" };
    let path = if call.group.is_empty() {
        "/api/v1".to_owned()
    } else {
        format!("/apis/{}/v1", call.group)
    };
    let within = call.namespace.map(|n| format!("/namespaces/{n}")).unwrap_or_default();
    let mut event = json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": level,
        "auditID": uid(&format!("event {n} {}", call.at)), "stage": "ResponseComplete",
        "requestURI": format!("{path}{within}/{resource}"), "verb": call.verb,
        "user": user(call.by, call.token), "sourceIPs": [call.from.1], "userAgent": call.from.0,
        "objectRef": object, "responseStatus": {"metadata": {}, "code": code},
        "requestReceivedTimestamp": micro(call.at), "stageTimestamp": micro(call.at.plus_micros(4 * MILLI)),
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
    });
    if let Some(object) = &call.object {
        event["responseObject"] = object.clone();
    }
    event
}

/// What every cluster has.
const ROLES: &[(&str, &str, &[&str])] = &[
    ("cluster-admin", "*", &["*"]),
    ("view", "", &["get", "list", "watch"]),
    ("edit", "apps", &["get", "list", "watch", "create", "update", "patch", "delete"]),
];

/// What stands at an instant; tokens were last used on that day.
pub(super) fn listing(cluster: &Kubernetes, at: Timestamp) -> Value {
    let mut items = Vec::new();
    let installed = Timestamp::from_seconds(1_672_531_200);
    let role = |name: &str, rules: Value| {
        json!({"kind": "ClusterRole", "apiVersion": format!("{RBAC}/v1"),
            "metadata": metadata(None, name, installed), "rules": rules})
    };
    for (name, group, verbs) in ROLES {
        let resources = match *name {
            "cluster-admin" => json!(["*"]),
            "view" => json!(["configmaps", "pods", "services"]),
            _ => json!(["deployments"]),
        };
        items.push(role(
            name,
            json!([{"apiGroups": [group], "resources": resources, "verbs": verbs}]),
        ));
    }
    items.extend(cluster.roles.iter().map(|(name, rules)| role(name, rules.clone())));
    let there = |created: Timestamp, ended: Option<Timestamp>| {
        created <= at && ended.is_none_or(|ended| at < ended)
    };
    let given = cluster.given.iter().filter(|(one, ended)| there(one.created, *ended));
    items.extend(given.map(|(one, _)| binding(one)));
    let accounts = cluster.accounts.iter();
    for ((namespace, name), one) in accounts.filter(|(_, one)| there(one.created, one.deleted)) {
        items.push(account(namespace, name, one));
    }
    let day = at.date();
    for ((namespace, name), one) in cluster.tokens.iter().filter(|(_, one)| one.created <= at) {
        items.push(token(namespace, name, one, Some(&day)));
    }
    json!({"apiVersion": "v1", "kind": "List", "items": items, "metadata": {"resourceVersion": ""}})
}
