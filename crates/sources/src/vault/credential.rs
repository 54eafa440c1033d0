//! What an entry tells of credentials: tokens, secret ids, leases, certificates, kept secrets.

use std::collections::BTreeMap;

use serde_json::Value;
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use super::entry::Entry;
use super::usage::LEASE;

/// Accessors by what they are the accessors of, as far as this artifact told: what is revoked is
/// named by the HMAC of the secret itself.
#[derive(Debug, Default)]
pub(super) struct Known {
    accessors: BTreeMap<String, String>,
}

impl Known {
    fn learn(&mut self, secret: Option<String>, accessor: Option<&String>) {
        if let (Some(secret), Some(accessor)) = (secret, accessor) {
            self.accessors.entry(secret).or_insert_with(|| accessor.clone());
        }
    }

    /// Takes in the tokens that an entry names.
    pub(super) fn take(&mut self, entry: &Entry<'_>) {
        for part in ["/auth", "/response/auth"] {
            let accessor = entry.key(&format!("{part}/accessor"));
            self.learn(entry.key(&format!("{part}/client_token")), accessor.as_ref());
        }
        let accessor = entry.key("/response/data/secret_id_accessor");
        self.learn(entry.key("/response/data/secret_id"), accessor.as_ref());
    }

    fn accessor(&self, secret: Option<String>) -> Option<String> {
        self.accessors.get(&secret?).cloned()
    }
}

/// A token, by its accessor.
pub(super) fn token(key: &str, entity: Option<&str>, change: Change) -> Fact {
    Fact::new(TableId::Credentials, "token", key, change)
        .with_some("identity_id", entity.map(|id| format!("entity/{id}")))
        .with("class", "session")
        .with("native_kind", "token")
        .with("public_id", key)
}

/// A secret id of a role, by its accessor.
pub(super) fn secret_id(accessor: &str, role: &str, change: Change) -> Fact {
    Fact::new(TableId::Credentials, "approle-secret-id", accessor, change)
        .with("identity_id", format!("approle-role/{role}"))
        .with("class", "static_secret")
        .with("native_kind", "approle_secret_id")
}

/// The facts of a successful operation.
pub(super) fn facts(entry: &Entry<'_>, known: &Known) -> Vec<Fact> {
    let begun = Change::Begun { at: entry.at, basis: Basis::Event };
    let mut facts: Vec<Fact> = issued(entry).into_iter().collect();
    let parts = entry.parts();
    match parts.as_slice() {
        ["auth", _, "revoke-self" | "revoke" | "revoke-accessor" | "revoke-orphan"] => {
            facts.extend(revoked(entry, known));
        }
        ["auth", mount, "role", role, rest @ ..] if !rest.is_empty() => {
            let role = format!("auth/{mount}/role/{role}");
            facts.extend(of_secret_id(entry, &role, rest, known));
        }
        [mount, "data" | "metadata" | "destroy" | "delete" | "undelete", ..]
            if *mount != "auth" && *mount != "sys" =>
        {
            facts.extend(kept_secret(entry).unwrap_or_default());
        }
        // A certificate that is revoked is named as it was when it was issued (API documentation,
        // "PKI secrets engine", Revoke certificate).
        [mount, "revoke"] if *mount != "auth" && *mount != "sys" => {
            let ended = Change::Ended { at: entry.at, basis: Basis::Event };
            let serial = entry.key("/request/data/serial_number");
            facts.extend(serial.map(|serial| {
                Fact::new(TableId::Credentials, "certificate", serial, ended)
                    .with_some("revoked_by", entry.actor())
            }));
        }
        [mount, "rotate-role", name] => {
            let path = format!("{mount}/static-roles/{name}");
            facts.extend(rotated(entry, &path, "static_role"));
        }
        [mount, "rotate-root", name] => {
            let path = format!("{mount}/config/{name}");
            facts.extend(rotated(entry, &path, "root_credential"));
        }
        _ => {}
    }
    facts.extend(leased(entry, begun));
    facts.extend(certificate(entry, begun));
    facts
}

/// A token that the response hands out or renews.
fn issued(entry: &Entry<'_>) -> Option<Fact> {
    let key = entry.key("/response/auth/accessor")?;
    let renewed = entry.path.starts_with("auth/token/renew");
    let change = if renewed {
        Change::Seen { at: entry.at }
    } else {
        Change::Begun { at: entry.at, basis: Basis::Event }
    };
    let ttl = ["/response/auth/token_ttl", "/response/auth/lease_duration"];
    let expires = ttl.iter().find_map(|pointer| entry.after_seconds(pointer));
    let fact = token(&key, entry.text("/response/auth/entity_id"), change)
        .with_some("expires_at", expires)
        .with_some("expiry_kind", expires.map(|_| "sliding"))
        .with("status", "active");
    if renewed {
        return Some(fact);
    }
    let by = if entry.is_login() { None } else { entry.actor() };
    Some(
        fact.with("created_at_src", entry.at)
            .with_some("created_by", by)
            .with_some("issued_for", entry.text("/response/auth/display_name")),
    )
}

fn revoked(entry: &Entry<'_>, known: &Known) -> Option<Fact> {
    let key = if entry.path.ends_with("/revoke-self") {
        entry.key("/request/client_token_accessor").or_else(|| entry.key("/auth/accessor"))
    } else {
        let named = entry.key("/request/data/accessor");
        named.or_else(|| known.accessor(entry.key("/request/data/token")))
    }?;
    let ended = Change::Ended { at: entry.at, basis: Basis::Event };
    let fact = Fact::new(TableId::Credentials, "token", key, ended);
    Some(fact.with_some("revoked_by", entry.actor()))
}

fn of_secret_id(entry: &Entry<'_>, role: &str, rest: &[&str], known: &Known) -> Option<Fact> {
    let ended = Change::Ended { at: entry.at, basis: Basis::Event };
    let destroyed =
        |accessor: &str| secret_id(accessor, role, ended).with_some("revoked_by", entry.actor());
    match rest {
        ["secret-id" | "custom-secret-id"] if entry.operation != "list" => {
            let accessor = entry.key("/response/data/secret_id_accessor")?;
            let ttl = "/response/data/secret_id_ttl";
            let expires = entry.after_seconds(ttl);
            // No time to live is one without end.
            let endless = (entry.get(ttl).and_then(Value::as_i64) == Some(0)).then_some("never");
            let begun = Change::Begun { at: entry.at, basis: Basis::Event };
            Some(
                secret_id(&accessor, role, begun)
                    .with_some("public_id", entry.key("/response/data/secret_id"))
                    .with("status", "active")
                    .with("created_at_src", entry.at)
                    .with_some("created_by", entry.actor())
                    .with_some("expires_at", expires)
                    .with_some("expiry_kind", expires.map(|_| "fixed").or(endless)),
            )
        }
        ["secret-id-accessor", "destroy"] => {
            entry.key("/request/data/secret_id_accessor").map(|accessor| destroyed(&accessor))
        }
        ["secret-id", "destroy"] => {
            let accessor = known.accessor(entry.key("/request/data/secret_id"))?;
            Some(destroyed(&accessor))
        }
        _ => None,
    }
}

/// A secret that somebody keeps in Vault, by its path: what it is worth elsewhere nobody says here.
fn kept(path: &str, kind: &'static str, change: Change) -> Fact {
    Fact::new(TableId::Credentials, "kept-secret", path, change)
        .with("class", "static_secret")
        .with("native_kind", kind)
}

/// New material of something that was there before: that it was is said first, so that only the
/// material begins with the change.
pub(super) fn replaced(at: Timestamp, of: impl Fn(Change) -> Fact, material: &str) -> [Fact; 2] {
    let before = of(Change::Seen { at: at.plus_micros(-1) });
    let begun = of(Change::Begun { at, basis: Basis::Event });
    [before, begun.with("material", material)]
}

/// Material that Vault itself replaced.
fn rotated(entry: &Entry<'_>, path: &str, kind: &'static str) -> [Fact; 2] {
    let material = format!("rotated {}", entry.at);
    replaced(entry.at, |change| kept(path, kind, change), &material)
}

/// A version written, or the secret deleted (API documentation, "KV secrets engine, version 2").
fn kept_secret(entry: &Entry<'_>) -> Option<Vec<Fact>> {
    let (mount, rest) = entry.path.split_once('/')?;
    let (what, name) = rest.split_once('/').filter(|(_, name)| !name.is_empty())?;
    let (begun, ended) = (
        Change::Begun { at: entry.at, basis: Basis::Event },
        Change::Ended { at: entry.at, basis: Basis::Event },
    );
    let path = format!("{mount}/{name}");
    let version = entry.get("/response/data/version").and_then(Value::as_i64);
    let seen = Change::Seen { at: entry.at };
    match (what, entry.operation) {
        ("data", "create" | "update" | "patch") => {
            let material = format!("version {}", version?);
            if version == Some(1) {
                let fact = kept(&path, "kv_v2", begun).with("material", material);
                let fact = fact.with("status", "active").with_some("created_by", entry.actor());
                return Some(vec![fact]);
            }
            let [before, now] =
                replaced(entry.at, |change| kept(&path, "kv_v2", change), &material);
            Some(vec![before, now.with("status", "active")])
        }
        ("data", "delete") | ("delete" | "destroy", "create" | "update") => {
            let status = if what == "destroy" { "versions destroyed" } else { "deleted" };
            let fact = kept(&path, "kv_v2", seen).with("status", status);
            Some(vec![fact.with_some("revoked_by", entry.actor())])
        }
        ("undelete", "create" | "update") => {
            Some(vec![kept(&path, "kv_v2", seen).with("status", "active")])
        }
        ("metadata", "delete") => {
            Some(vec![kept(&path, "kv_v2", ended).with_some("revoked_by", entry.actor())])
        }
        _ => None,
    }
}

/// Vault's own longest lease, by default.
const LONGEST_LEASE: i64 = 768 * 3_600 * 1_000_000;

/// The class of what a lease is of. Vault ends it by itself, as it does tokens, so it is a session;
/// with what lives longer than Vault lets it by default, somebody lives.
pub(super) fn lease_class(given: Option<Timestamp>, ends: Option<Timestamp>) -> &'static str {
    match (given, ends) {
        (Some(given), Some(ends)) if ends > given.plus_micros(LONGEST_LEASE) => "static_secret",
        _ => "session",
    }
}

/// A dynamic secret: who asked for it is whose it is.
fn leased(entry: &Entry<'_>, begun: Change) -> Option<Fact> {
    let id = entry.text(LEASE)?;
    let lease = |change| Fact::new(TableId::Credentials, "lease", id, change);
    let until = ["/response/secret/lease_duration", "/response/data/lease_duration"];
    let expires = until.iter().find_map(|pointer| entry.after_seconds(pointer));
    if entry.path.starts_with("sys/leases/renew") || entry.path.starts_with("sys/renew") {
        return Some(lease(Change::Seen { at: entry.at }).with_some("expires_at", expires));
    }
    let entity = entry.text("/auth/entity_id");
    Some(
        lease(begun)
            .with_some("identity_id", entity.map(|id| format!("entity/{id}")))
            .with("class", lease_class(Some(entry.at), expires))
            .with("native_kind", "dynamic_secret")
            .with_some("public_id", entry.key("/response/data/username"))
            .with("status", "active")
            .with("created_at_src", entry.at)
            .with_some("created_by", entry.actor())
            .with_some("expires_at", expires)
            .with_some("expiry_kind", expires.map(|_| "sliding"))
            // The token behind it: when that is revoked, so is the lease.
            .with_some("issued_for", entry.key("/auth/accessor").map(|key| format!("token/{key}"))),
    )
}

/// A certificate that a PKI engine issued or signed, by its serial number.
fn certificate(entry: &Entry<'_>, begun: Change) -> Option<Fact> {
    let parts = entry.parts();
    let issues = matches!(parts.get(1), Some(&("issue" | "sign" | "sign-verbatim")));
    let serial = entry.key("/response/data/serial_number").filter(|_| issues)?;
    let expires = entry.get("/response/data/expiration").and_then(Value::as_i64);
    let expires = expires.map(Timestamp::from_seconds);
    Some(
        Fact::new(TableId::Credentials, "certificate", serial.as_str(), begun)
            .with_some(
                "identity_id",
                entry.text("/auth/entity_id").map(|id| format!("entity/{id}")),
            )
            .with("class", "certificate")
            .with("native_kind", "pki")
            .with("public_id", serial)
            .with("created_at_src", entry.at)
            .with_some("created_by", entry.actor())
            .with_some("expires_at", expires)
            .with_some("expiry_kind", expires.map(|_| "fixed"))
            .with_some("issued_for", parts.get(..3).map(|parts| parts.join("/"))),
    )
}
