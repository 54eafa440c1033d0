//! What `vault read -format=json` and `vault token lookup -format=json` print (HTTP API
//! documentation: `auth/token/lookup-accessor`, `sys/policies/acl`, `identity/entity`,
//! `identity/group`, `auth/approle`, `sys/leases/lookup`, `sys/audit`, `sys/auth`).

use serde_json::Value;
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::audit_files::{instant, text, texts};
use crate::records::Records;

use super::acl;
use super::{credential, sightings};
use crate::level::Level;

/// What a value lists; `None` when it is nothing that is known.
pub(super) fn kind(value: &Value, file: &str) -> Option<&'static str> {
    let data = data(value)?;
    let has = |name: &str| data.get(name).is_some();
    if has("accessor") && has("creation_time") && has("path") {
        return Some("tokens");
    }
    if has("secret_id_accessor") && has("creation_time") {
        return Some("secret ids");
    }
    if has("aliases") && has("id") && has("policies") {
        return Some("entities");
    }
    if has("member_entity_ids") && has("id") {
        return Some("groups");
    }
    if has("issue_time") && has("expire_time") && has("id") {
        return Some("leases");
    }
    if has("name") && (has("policy") || has("rules")) {
        return Some("policies");
    }
    if has("bind_secret_id") && has("token_policies") {
        return role_of(file).map(|_| "approle roles");
    }
    devices(data)
}

/// `vault audit list -detailed` and `vault auth list` print mounts by their paths.
fn devices(data: &Value) -> Option<&'static str> {
    let members = data.as_object().filter(|members| !members.is_empty())?;
    let mount =
        |(path, mount): (&String, &Value)| path.ends_with('/') && mount.get("type").is_some();
    if !members.iter().all(mount) {
        return None;
    }
    let accessor = members.values().any(|mount| mount.get("accessor").is_some());
    Some(if accessor { "mounts" } else { "audit devices" })
}

/// The part that matters: `vault read` wraps it, `vault audit list` does not.
fn data(value: &Value) -> Option<&Value> {
    match value.get("data") {
        Some(data) if data.is_object() => Some(data),
        _ => Some(value).filter(|value| value.is_object()),
    }
}

/// What a role is called is not in what is printed, so the file has to lie where the role does:
/// `…/auth/approle/role/NAME.json`.
fn role_of(file: &str) -> Option<String> {
    let path = file.strip_suffix(".gz").unwrap_or(file).strip_suffix(".json")?;
    let mut parts = path.rsplit('/');
    let (name, role, mount, auth) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    ((role, auth) == ("role", "auth")).then(|| format!("auth/{mount}/role/{name}"))
}

/// One printed value, as one record.
pub(super) fn read(raw: &[u8], value: &Value, file: &str, at: Timestamp, out: &mut Records<'_>) {
    let (Some(kind), Some(data)) = (kind(value, file), data(value)) else {
        return out.reject(raw, "it is nothing that is known", "see the documentation of the kind");
    };
    let facts = match kind {
        "tokens" => token(data, at),
        "secret ids" => secret_id(data, file, at),
        "entities" => entity(data, at),
        "groups" => group(data, at),
        "leases" => lease(data, at),
        "policies" => policy(data, at),
        "approle roles" => role(data, file, at),
        "audit devices" => {
            raw_devices(data, out);
            mounts("sys/audit/", data, at)
        }
        _ => mounts("", data, at),
    };
    out.facts(raw, facts.unwrap_or_default());
}

fn token(data: &Value, at: Timestamp) -> Option<Vec<Fact>> {
    let accessor = text(data, "/accessor")?;
    let entity = text(data, "/entity_id");
    let issued = issued(data);
    let expires = instant(data, "/expire_time");
    let token = |change| credential::token(accessor, entity, change);
    let mut facts: Vec<_> = issued
        .map(|at| token(Change::Begun { at, basis: Basis::SourceAttribute }))
        .into_iter()
        .collect();
    facts.push(
        token(Change::Seen { at })
            .with("status", "active")
            .with_some("created_at_src", issued)
            .with_some("expires_at", expires)
            .with("expiry_kind", expiry(data, expires))
            .with_some("issued_for", text(data, "/display_name")),
    );
    let holder = entity.map_or_else(|| format!("token/{accessor}"), |id| format!("entity/{id}"));
    facts.extend(held(&holder, data, &["/policies", "/identity_policies"], at));
    Some(facts)
}

/// Whole seconds are all that some listings give.
fn issued(data: &Value) -> Option<Timestamp> {
    let seconds = || data.get("creation_time").and_then(Value::as_i64).map(Timestamp::from_seconds);
    let said = instant(data, "/issue_time").or_else(|| instant(data, "/creation_time"));
    said.or_else(seconds)
}

fn expiry(data: &Value, expires: Option<Timestamp>) -> &'static str {
    match (expires, data.get("renewable").and_then(Value::as_bool)) {
        (Some(_), Some(true)) => "sliding",
        (Some(_), _) => "fixed",
        // Root tokens without a time to live have none.
        (None, _) if data.get("ttl").and_then(Value::as_i64) == Some(0) => "never",
        (None, _) => "unknown",
    }
}

fn held(holder: &str, data: &Value, pointers: &[&str], at: Timestamp) -> Vec<Fact> {
    let mut names: Vec<_> = pointers.iter().flat_map(|pointer| texts(data, pointer)).collect();
    names.sort_unstable();
    names.dedup();
    let facts = names.iter().flat_map(|name| {
        let seen = Change::Seen { at };
        [sightings::policy(name, seen), sightings::held(holder, name, seen)]
    });
    facts.collect()
}

fn secret_id(data: &Value, file: &str, at: Timestamp) -> Option<Vec<Fact>> {
    let accessor = text(data, "/secret_id_accessor")?;
    let role = text(data, "/role_name").map(|name| format!("auth/approle/role/{name}"));
    let role = role.or_else(|| {
        let (role, _) = file.split_once("/secret-id")?;
        role_of(&format!("{role}.json"))
    });
    let created = issued(data);
    // A secret id without an end has the zero time of Go.
    let expires = instant(data, "/expiration_time").filter(|at| at.seconds() > 0);
    let of = |change| match &role {
        Some(role) => credential::secret_id(accessor, role, change),
        None => Fact::new(TableId::Credentials, "approle-secret-id", accessor, change)
            .with("class", "static_secret")
            .with("native_kind", "approle_secret_id"),
    };
    let begun = created.map(|at| of(Change::Begun { at, basis: Basis::SourceAttribute }));
    let seen = of(Change::Seen { at })
        .with("status", "active")
        .with_some("created_at_src", created)
        .with_some("expires_at", expires)
        .with("expiry_kind", if expires.is_some() { "fixed" } else { "never" });
    Some(begun.into_iter().chain([seen]).collect())
}

fn entity(data: &Value, at: Timestamp) -> Option<Vec<Fact>> {
    let id = text(data, "/id")?;
    let of = |change| Fact::new(TableId::Identities, "entity", id, change);
    let disabled = data.get("disabled").and_then(Value::as_bool);
    let status = disabled.map(|disabled| if disabled { "disabled" } else { "active" });
    let created = instant(data, "/creation_time");
    let tags = data.get("metadata").filter(|m| m.as_object().is_some_and(|m| !m.is_empty()));
    let alias = text(data, "/aliases/0/name");
    let (kind, basis) = sightings::kind(text(data, "/aliases/0/mount_type").unwrap_or_default());
    let mut facts: Vec<_> = created
        .map(|at| of(Change::Begun { at, basis: Basis::SourceAttribute }))
        .into_iter()
        .collect();
    facts.push(
        of(Change::Seen { at })
            .with("kind", kind)
            .with_some("kind_basis", basis)
            .with_some("display_name", text(data, "/name"))
            .with_some("login", alias)
            .with_some("status", status)
            .with_some("created_at_src", created)
            .with_some("tags", tags.map(Value::to_string)),
    );
    facts.extend(held(&format!("entity/{id}"), data, &["/policies"], at));
    Some(facts)
}

fn group(data: &Value, at: Timestamp) -> Option<Vec<Fact>> {
    let id = text(data, "/id")?;
    let seen = Change::Seen { at };
    let mut facts = vec![
        Fact::new(TableId::Entitlements, "group", id, seen)
            .with_some("name", text(data, "/name"))
            .with("purpose", "membership")
            .with("level", "unknown"),
    ];
    for member in texts(data, "/member_entity_ids") {
        let holder = format!("entity/{member}");
        facts.push(
            Fact::new(TableId::Grants, "group", format!("{holder}#{id}"), seen)
                .with("identity_id", holder.as_str())
                .with("entitlement_id", format!("group/{id}"))
                .with("principal", holder.as_str())
                .with("entitlement", id)
                .with("effect", "allow")
                .with("path_kind", "group"),
        );
    }
    facts.extend(held(&format!("group/{id}"), data, &["/policies"], at));
    Some(facts)
}

fn lease(data: &Value, at: Timestamp) -> Option<Vec<Fact>> {
    let id = text(data, "/id")?;
    let of = |change| Fact::new(TableId::Credentials, "lease", id, change);
    let (issued, expires) = (instant(data, "/issue_time"), instant(data, "/expire_time"));
    let begun = issued.map(|at| of(Change::Begun { at, basis: Basis::SourceAttribute }));
    let seen = of(Change::Seen { at })
        .with("class", credential::lease_class(issued, expires))
        .with("native_kind", "dynamic_secret")
        .with("status", "active")
        .with_some("created_at_src", issued)
        .with_some("expires_at", expires)
        .with("expiry_kind", expiry(data, expires));
    Some(begun.into_iter().chain([seen]).collect())
}

fn policy(data: &Value, at: Timestamp) -> Option<Vec<Fact>> {
    let name = text(data, "/name")?;
    let document = text(data, "/policy").or_else(|| text(data, "/rules"));
    let id = format!("sys/policies/acl/{name}");
    let setting = Fact::new(TableId::Configurations, "policy-text", id, Change::Seen { at })
        .with("scope", "sys")
        .with("setting", format!("policy {name}"))
        .with("value", document.unwrap_or_default());
    let right = sightings::policy(name, Change::Seen { at });
    let level = document.map_or(Level::Unknown, acl::level);
    if name == "root" || level == Level::Unknown {
        return Some(vec![right, setting]);
    }
    let right = right.with("level", level.as_str()).with("privileged", level == Level::Admin);
    Some(vec![right, setting])
}

fn role(data: &Value, file: &str, at: Timestamp) -> Option<Vec<Fact>> {
    let id = role_of(file)?;
    let mut facts = vec![
        Fact::new(TableId::Identities, "approle-role", id.as_str(), Change::Seen { at })
            .with("kind", "workload")
            .with("kind_basis", "a role of AppRole")
            .with("status", "active"),
    ];
    let setting = Fact::new(TableId::Configurations, "role", id.as_str(), Change::Seen { at });
    facts.push(
        setting
            .with("scope", "approle")
            .with("setting", id.as_str())
            .with("value", data.to_string()),
    );
    facts.extend(held(&format!("approle-role/{id}"), data, &["/token_policies"], at));
    Some(facts)
}

fn mounts(prefix: &str, data: &Value, at: Timestamp) -> Option<Vec<Fact>> {
    let facts = data.as_object()?.iter().map(|(path, mount)| {
        let id = format!("{prefix}{}", path.trim_end_matches('/'));
        Fact::new(TableId::Configurations, "mount", id.as_str(), Change::Seen { at })
            .with("scope", text(mount, "/type").unwrap_or("unknown"))
            .with("setting", id)
            .with("value", mount.to_string())
    });
    Some(facts.collect())
}

/// Devices that write secrets.
fn raw_devices(data: &Value, out: &mut Records<'_>) {
    for (path, device) in data.as_object().into_iter().flatten() {
        if text(device, "/options/log_raw") == Some("true") {
            let cause = format!("the audit device {path} logs in clear (log_raw)");
            out.gap(cause, "disable the device and enable it without log_raw");
        }
    }
}
