//! What an entry tells of what governs access: policies, auth methods and their roles, mounts,
//! audit devices, entities and groups.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;

use super::entry::Entry;
use super::{credential, sightings};

/// Longer values are told by their hash.
const LONGEST_VALUE: usize = 4_096;
/// Parts of the system backend that govern access.
const SYSTEM: &[&str] = &[
    "audit",
    "auth",
    "config",
    "mfa",
    "mounts",
    "namespaces",
    "plugins",
    "policies",
    "policy",
    "quotas",
    "remount",
];
/// Parts of other backends that do.
const BACKEND: &[&str] =
    &["certs", "config", "groups", "map", "role", "roles", "static-roles", "users"];
/// Parts of the identity backend that do.
const IDENTITY: &[&str] =
    &["entity", "entity-alias", "group", "group-alias", "mfa", "oidc", "persona"];

/// The facts of a successful operation that changes something.
pub(super) fn facts(entry: &Entry<'_>) -> Vec<Fact> {
    let change = match entry.operation {
        "create" | "update" | "patch" => Change::Begun { at: entry.at, basis: Basis::Event },
        "delete" => Change::Ended { at: entry.at, basis: Basis::Event },
        _ => return Vec::new(),
    };
    let parts = entry.parts();
    if !governs(&parts) {
        return Vec::new();
    }
    let mut facts = vec![setting(entry, change)];
    match parts.as_slice() {
        ["sys", "policy", name] | ["sys", "policies", "acl", name] => {
            // Writing a policy is an update also when there was none.
            facts.push(sightings::policy(name, at_least(change)));
        }
        ["auth", mount, "role", _] if *mount == "approle" || entry.mount_type() == "approle" => {
            facts.push(account(entry, "approle-role", "workload", change));
        }
        ["auth", _, "users", name] => {
            facts.push(account(entry, "auth-user", "unknown", change).with("login", *name));
            facts.extend(password(entry, entry.path, change));
        }
        ["auth", mount, "users", name, "password"] => {
            facts.extend(password(entry, &format!("auth/{mount}/users/{name}"), change));
        }
        ["identity", "entity", "id", id] => {
            let fact = Fact::new(TableId::Identities, "entity", *id, at_least(change));
            facts.push(match change {
                // That it is gone is its end; a status would be told of the time before.
                Change::Ended { .. } => fact,
                _ => fact.with("kind", "unknown"),
            });
        }
        _ => {}
    }
    facts
}

/// Something written was there from then on, perhaps before; only its end is pinned.
const fn at_least(change: Change) -> Change {
    match change {
        Change::Begun { at, .. } => Change::Seen { at },
        other => other,
    }
}

/// The device was tried, as it is when it is enabled and when the server starts: what was asked for
/// before that, and is not here, was not logged by it.
pub(super) fn device_started(entry: &Entry<'_>) -> Fact {
    let begun = Change::Begun { at: entry.at, basis: Basis::Event };
    Fact::new(TableId::Configurations, "audit-device", entry.device, begun)
        .with("scope", "sys/audit")
        .with("setting", "started")
        .with("value", entry.at.to_string())
}

fn governs(parts: &[&str]) -> bool {
    match parts {
        ["sys", what, _, ..] => SYSTEM.contains(what),
        ["identity", what, ..] => IDENTITY.contains(what),
        // Secret ids are credentials.
        ["auth", _, "role", _, "secret-id" | "secret-id-accessor" | "custom-secret-id", ..] => {
            false
        }
        ["auth", _, what, ..] | [_, what, _, ..] => BACKEND.contains(what),
        [_, "config"] => true,
        _ => false,
    }
}

fn setting(entry: &Entry<'_>, change: Change) -> Fact {
    let path = entry.path.trim_end_matches('/');
    let value = entry.get("/request/data").map_or_else(|| "{}".to_owned(), Value::to_string);
    let value = if value.len() > LONGEST_VALUE {
        format!("sha256:{}", hex::encode(Sha256::digest(&value)))
    } else {
        value
    };
    let ended = matches!(change, Change::Ended { .. });
    Fact::new(TableId::Configurations, "vault-path", path, change)
        .with("scope", entry.mount())
        .with("setting", path)
        .with_some("value", (!ended).then_some(value))
        .with_some("changed_by", entry.actor())
}

/// Something that signs in, by the path under which it is configured.
fn account(
    entry: &Entry<'_>,
    native_type: &'static str,
    kind: &'static str,
    change: Change,
) -> Fact {
    let path = entry.path.trim_end_matches('/');
    let basis = (kind != "unknown").then(|| format!("a role of {}", entry.mount()));
    let created = entry.operation == "create";
    let change = if created { change } else { at_least(change) };
    let fact = Fact::new(TableId::Identities, native_type, path, change)
        .with("kind", kind)
        .with_some("kind_basis", basis);
    match change {
        Change::Ended { .. } => fact,
        _ if created => fact
            .with("status", "active")
            .with("created_at_src", entry.at)
            .with_some("created_by", entry.actor()),
        _ => fact.with("status", "active"),
    }
}

/// A password, which has another HMAC when it is another one.
fn password(entry: &Entry<'_>, user: &str, change: Change) -> Vec<Fact> {
    let of = |change| {
        Fact::new(TableId::Credentials, "password", user, change)
            .with("identity_id", format!("auth-user/{user}"))
            .with("class", "password")
            .with("native_kind", "password")
    };
    match (entry.key("/request/data/password"), change) {
        (_, Change::Ended { .. }) => vec![of(change)],
        (Some(material), _) if entry.operation == "create" => {
            vec![of(change).with("material", material)]
        }
        (Some(material), _) => credential::replaced(entry.at, of, &material).to_vec(),
        (None, _) => Vec::new(),
    }
}
