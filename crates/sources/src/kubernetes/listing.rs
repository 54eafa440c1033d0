//! Listings: `kubectl get clusterroles,clusterrolebindings,roles,rolebindings,serviceaccounts -A
//! -o json`, or the API's own lists.

use serde_json::Value;
use serde_json::value::RawValue;
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::time::Timestamp;

use crate::audit_files::text;
use crate::records::Records;

use super::objects::{self, Binding, Object};
use super::subjects;

const COMPARE: &str = "compare the object with its source";

/// A list, each item as one record; or one object.
pub(super) fn read(raw: &[u8], value: &Value, at: Timestamp, out: &mut Records<'_>) {
    let list = value.get("items").and_then(Value::as_array);
    let (Some(items), Some(raws)) = (list, raw_items(raw)) else {
        return record(raw, value, None, std::slice::from_ref(value), at, out);
    };
    let kind = text(value, "/kind").and_then(|kind| kind.strip_suffix("List"));
    let kind = kind.filter(|kind| !kind.is_empty());
    for (item, raw) in items.iter().zip(raws) {
        record(raw.get().as_bytes(), item, kind, items, at, out);
    }
    if text(value, "/metadata/continue").is_some() {
        out.gap("the list goes on elsewhere (metadata.continue)", "list without a limit");
    }
}

/// The items as they stand in the bytes.
pub(super) fn raw_items(raw: &[u8]) -> Option<Vec<&RawValue>> {
    #[derive(serde::Deserialize)]
    struct List<'a> {
        #[serde(borrow)]
        items: Vec<&'a RawValue>,
    }
    if raw.starts_with(b"[") {
        return serde_json::from_slice(raw).ok();
    }
    serde_json::from_slice::<List<'_>>(raw).ok().map(|list| list.items)
}

fn record(
    raw: &[u8],
    item: &Value,
    kind: Option<&str>,
    all: &[Value],
    at: Timestamp,
    out: &mut Records<'_>,
) {
    let Some(object) = Object::of(item, kind) else {
        return out.reject(raw, "it has no kind or no name", COMPARE);
    };
    let facts = match object.kind {
        "ClusterRole" | "Role" => role(&object, all, at, out),
        "ClusterRoleBinding" | "RoleBinding" => {
            // A binding without subjects grants nothing, and is there all the same.
            binding(&object, at)
        }
        "ServiceAccount" => account(&object, at),
        "Secret" => match token(&object, at) {
            facts if facts.is_empty() => {
                return out.skip(raw, "secret that is no token of a service account");
            }
            facts => facts,
        },
        _ => return out.skip(raw, "object of a kind that tells nothing of access"),
    };
    if facts.is_empty() {
        return out.reject(raw, "it has no namespace", COMPARE);
    }
    out.facts(raw, facts);
}

/// What was created at an instant was not there before it under that name, or was another thing:
/// so the same name with another uid is another incarnation.
fn since(object: &Object<'_>, of: impl Fn(Change) -> Fact) -> Vec<Fact> {
    let Some(created) = object.created() else { return Vec::new() };
    let begun = Change::Begun { at: created, basis: Basis::SourceAttribute };
    vec![of(Change::Absent { at: created.plus_micros(-1) }), of(begun)]
}

fn role(object: &Object<'_>, all: &[Value], at: Timestamp, out: &mut Records<'_>) -> Vec<Fact> {
    let of = |change| objects::role(object.namespace, object.name, change);
    let mut facts = since(object, of);
    let seen = Change::Seen { at };
    match rules(object, all) {
        Some(rules) => {
            facts.push(objects::judged(of(seen), rules.iter().copied()));
            let rules = Value::Array(rules.into_iter().cloned().collect());
            facts.push(objects::rules_setting(object.namespace, object.name, &rules, seen));
        }
        None => {
            let name = object.name;
            let cause = format!("the rules of the aggregated cluster role {name} are not here");
            out.gap(cause, "list the cluster roles once the controller has filled them in");
            facts.push(of(seen).with("level", "unknown"));
        }
    }
    facts
}

/// A role's rules; those of an aggregated one stand in it, or in the roles that it selects. `None`
/// when they cannot be told.
fn rules<'v>(object: &Object<'v>, all: &'v [Value]) -> Option<Vec<&'v Value>> {
    let own = object.value.get("rules").and_then(Value::as_array);
    let own: Vec<_> = own.into_iter().flatten().collect();
    let selectors = object.value.pointer("/aggregationRule/clusterRoleSelectors");
    let Some(selectors) = selectors.and_then(Value::as_array).filter(|_| own.is_empty()) else {
        return Some(own);
    };
    let mut rules = Vec::new();
    for selector in selectors {
        if selector.get("matchExpressions").is_some() {
            return None;
        }
        let wanted = selector.get("matchLabels").and_then(Value::as_object)?;
        let selected = all.iter().filter(|other| {
            let labels = other.pointer("/metadata/labels");
            wanted.iter().all(|(name, value)| labels.and_then(|l| l.get(name)) == Some(value))
        });
        for other in selected {
            rules.extend(other.get("rules").and_then(Value::as_array).into_iter().flatten());
        }
    }
    Some(rules)
}

fn binding(object: &Object<'_>, at: Timestamp) -> Vec<Fact> {
    let binding = Binding { namespace: object.namespace, name: object.name };
    let role = object.value.get("roleRef");
    let seen = Change::Seen { at };
    let mut facts = vec![binding.setting(object.value, seen)];
    for subject in objects::subjects(object.value, object.namespace) {
        let of = |change| binding.grant(role, &subject, change);
        if let Some(created) = object.created() {
            // Subjects can be added later: the binding's time is the grant's only while nobody
            // wrote to it since.
            facts.push(of(Change::Absent { at: created.plus_micros(-1) }));
            if object.untouched() {
                facts.push(of(Change::Begun { at: created, basis: Basis::SourceAttribute }));
            }
        }
        facts.push(of(seen));
        if subject.identity_id().is_some_and(|id| id.starts_with("user/")) {
            facts.push(subjects::identity(&subject, seen));
        }
    }
    facts
}

fn account(object: &Object<'_>, at: Timestamp) -> Vec<Fact> {
    let Some(seen) = objects::service_account(object, Change::Seen { at }) else {
        return Vec::new();
    };
    let bare = |change| Fact { change, attrs: named(&seen), ..seen.clone() };
    let mut facts = since(object, bare);
    facts.push(seen.clone().with_some("created_at_src", object.created()));
    facts
}

/// Who it is, which does not change.
fn named(fact: &Fact) -> tenure_model::fact::Attrs {
    let keep = ["kind", "kind_basis", "login", "identity_id", "class", "native_kind", "public_id"];
    let of = fact.attrs.iter().filter(|(name, _)| keep.contains(&name.as_ref()));
    of.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn token(object: &Object<'_>, at: Timestamp) -> Vec<Fact> {
    let Some(seen) = objects::kept_token(object, Change::Seen { at }) else { return Vec::new() };
    let bare = |change| Fact { change, attrs: named(&seen), ..seen.clone() };
    let mut facts = since(object, bare);
    facts.push(seen.clone().with_some("created_at_src", object.created()));
    facts
}
