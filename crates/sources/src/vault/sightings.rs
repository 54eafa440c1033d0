//! What entries mention in passing: entities that acted, tokens that were used, policies held.

use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::usage::Point;

use crate::records::Records;

use super::credential;
use super::entry::Entry;

/// An entity acted; the detail is how it signs in.
const ENTITY: u8 = 0;
/// A token was used; the detail is the entity that it is of.
const TOKEN: u8 = 1;
/// A policy is held; the name is of the policy, the detail of who holds it.
const POLICY: u8 = 2;

/// How entities sign in that are workloads, and people, by the type of the method.
const WORKLOADS: &[&str] =
    &["approle", "kubernetes", "aws", "gcp", "azure", "alicloud", "oci", "cf", "kerberos"];
const PEOPLE: &[&str] = &["userpass", "ldap", "okta", "github", "radius", "oidc"];

/// Tells what an entry mentions.
pub(super) fn note(entry: &Entry<'_>, out: &mut Records<'_>) {
    let entity = entry.text("/auth/entity_id");
    if let Some(entity) = entity {
        let method = if entry.is_login() { entry.mount_type() } else { "" };
        out.sighting(ENTITY, entity, method, entry.at);
    }
    let Some(key) = entry.key("/auth/accessor") else { return };
    out.sighting(TOKEN, &key, entity.unwrap_or_default(), entry.at);
    let holder = entity.map_or_else(|| format!("token/{key}"), |id| format!("entity/{id}"));
    for policy in entry.texts("/auth/policies") {
        out.sighting(POLICY, policy, &holder, entry.at);
    }
}

/// The facts of a mention; see [`crate::source::Source::sighted`].
pub(super) fn sighted(
    kind: u8,
    name: &str,
    detail: &str,
    first: Point,
    last: Point,
) -> Vec<(Point, Fact)> {
    let seen = |of: &dyn Fn(Change) -> Fact| {
        let fact = |at: Point| (at, of(Change::Seen { at: at.at }));
        if first.at == last.at { vec![fact(first)] } else { vec![fact(first), fact(last)] }
    };
    match kind {
        ENTITY => seen(&|change| entity(name, detail, change)),
        TOKEN => {
            let entity = Some(detail).filter(|detail| !detail.is_empty());
            seen(&|change| credential::token(name, entity, change))
        }
        POLICY => {
            let mut facts = seen(&|change| policy(name, change));
            facts.extend(seen(&|change| held(detail, name, change)));
            facts
        }
        _ => Vec::new(),
    }
}

/// An entity; how it signs in says what it is.
fn entity(id: &str, method: &str, change: Change) -> Fact {
    let (kind, basis) = kind(method);
    Fact::new(TableId::Identities, "entity", id, change)
        .with("kind", kind)
        .with_some("kind_basis", basis)
}

/// What an entity is that signs in so, and by what that is known.
pub(super) fn kind(method: &str) -> (&'static str, Option<String>) {
    let kind = match method {
        _ if WORKLOADS.contains(&method) => "workload",
        _ if PEOPLE.contains(&method) => "human",
        _ => "unknown",
    };
    (kind, (kind != "unknown").then(|| format!("signs in by {method}")))
}

/// A policy as a right that can be held. Only `root` is known by its name: it is built in and
/// allows everything.
pub(super) fn policy(name: &str, change: Change) -> Fact {
    let root = name == "root";
    Fact::new(TableId::Entitlements, "policy", name, change)
        .with("name", name)
        .with("purpose", "permission")
        .with("level", if root { "admin" } else { "unknown" })
        .with_some("privileged", root.then_some(true))
}

/// Somebody holds a policy: `entity/…`, `group/…`, `approle-role/…`, or a token of no entity.
pub(super) fn held(holder: &str, policy: &str, change: Change) -> Fact {
    let identity = holder.starts_with("entity/") || holder.starts_with("approle-role/");
    Fact::new(TableId::Grants, "policy", format!("{holder}#{policy}"), change)
        .with_some("identity_id", identity.then_some(holder))
        .with("entitlement_id", format!("policy/{policy}"))
        .with("principal", holder)
        .with("entitlement", policy)
        .with("effect", "allow")
        .with("path_kind", "policy")
}
