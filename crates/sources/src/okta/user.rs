//! A user of a listing.

use serde_json::{Map, Value};
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::time::Timestamp;

use crate::json_files::json::{text, time};

use super::name::user_fact;

/// What a status of Okta's means in the words of all systems (API reference, "User status").
pub(super) fn status(native: &str) -> String {
    match native {
        "STAGED" | "PROVISIONED" => "staged".to_owned(),
        "ACTIVE" | "RECOVERY" | "PASSWORD_EXPIRED" => "active".to_owned(),
        "LOCKED_OUT" => "locked".to_owned(),
        "SUSPENDED" => "suspended".to_owned(),
        "DEPROVISIONED" => "deprovisioned".to_owned(),
        other => other.to_lowercase(),
    }
}

/// The facts of a user who was listed at an instant: Okta keeps when each was created, activated
/// and last changed its status, which pins what was so from then on.
pub(super) fn facts(user: &Value, at: Timestamp, mfa: Option<bool>) -> Vec<Fact> {
    let Some(id) = text(user, "/id") else { return Vec::new() };
    let now = text(user, "/status").map(status);
    let created = time(user, "/created").filter(|created| *created <= at);
    let past = |pointer| time(user, pointer).filter(|when| *when <= at && Some(*when) > created);
    let (activated, changed) = (past("/activated"), past("/statusChanged"));
    let begun = |at, status: Option<&str>| {
        user_fact(id, Change::Begun { at, basis: Basis::SourceAttribute })
            .with_some("status", status)
    };
    let mut facts = Vec::new();
    if let Some(created) = created {
        let before = match (activated, changed) {
            (None, None) => now.as_deref(),
            // Activated as it was created, if it was activated at all.
            (None, Some(_)) if time(user, "/activated").is_some() => Some("active"),
            _ => Some("staged"),
        };
        facts.push(begun(created, before));
        facts.extend(activated.map(|at| begun(at, Some("active"))));
        facts.extend(changed.map(|at| begun(at, now.as_deref())));
    }
    facts.push(seen(user, id, at, now, mfa));
    facts
}

fn seen(user: &Value, id: &str, at: Timestamp, now: Option<String>, mfa: Option<bool>) -> Fact {
    let names = [text(user, "/profile/firstName"), text(user, "/profile/lastName")];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let display = text(user, "/profile/displayName").map(str::to_owned);
    let (kind, basis) = kind(user);
    user_fact(id, Change::Seen { at })
        .with("kind", kind)
        .with_some("kind_basis", basis)
        .with_some("login", text(user, "/profile/login"))
        .with_some("display_name", display.or_else(|| (!name.is_empty()).then_some(name)))
        .with_some("email", text(user, "/profile/email"))
        .with_some("status", now)
        .with_some("created_at_src", time(user, "/created"))
        .with_some("last_auth_at", time(user, "/lastLogin"))
        .with_some("mfa", mfa)
        .with("tags", tags(user))
}

/// Only what somebody wrote down about the account says what is behind it; names do not.
fn kind(user: &Value) -> (&'static str, Option<String>) {
    if let Some(said) = text(user, "/profile/userType") {
        let basis = Some(format!("profile.userType is '{said}'"));
        let words = said.to_lowercase();
        let has = |all: &[&str]| all.iter().any(|word| words.contains(word));
        if has(&["service", "non-human", "nonhuman", "system", "robot"]) {
            return ("service_account", basis);
        }
        if has(&["employee", "contractor", "intern", "consultant", "worker"]) {
            return ("human", basis);
        }
    }
    match text(user, "/profile/employeeNumber") {
        Some(_) => ("human", Some("profile.employeeNumber is set".to_owned())),
        None => ("unknown", None),
    }
}

/// Okta's own words that have no column.
fn tags(user: &Value) -> String {
    let mut tags = Map::new();
    let said = [
        ("status", "/status"),
        ("activated", "/activated"),
        ("statusChanged", "/statusChanged"),
        ("passwordChanged", "/passwordChanged"),
        ("provider", "/credentials/provider/type"),
        ("userType", "/profile/userType"),
        ("employeeNumber", "/profile/employeeNumber"),
        ("managerId", "/profile/managerId"),
        ("department", "/profile/department"),
    ];
    for (name, pointer) in said {
        if let Some(value) = text(user, pointer) {
            tags.insert(name.to_owned(), value.into());
        }
    }
    Value::Object(tags).to_string()
}
