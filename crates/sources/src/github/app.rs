//! Installed apps.

use serde_json::Value;
use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::json_files::json::{list, text, time};

use super::name::{bot, lived, login_fact};

/// An app that is installed, by organisation and slug: listings and the audit log both say these.
pub(super) fn app_fact(org: &str, slug: &str, change: Change) -> Fact {
    let id = format!("{}/{}", org.to_lowercase(), slug.to_lowercase());
    Fact::new(TableId::Integrations, "github-app", id, change)
        .with("name", slug)
        .with("identity", bot(slug))
}

/// Every installation of a listing (REST API reference, "List app installations for an
/// organization").
pub(super) fn installations(answer: &Value, org: &str, at: Timestamp) -> Vec<Fact> {
    let all = list(answer, "/installations");
    all.iter().flat_map(|one| installation(one, org, at)).collect()
}

fn installation(one: &Value, org: &str, at: Timestamp) -> Vec<Fact> {
    let Some(slug) = text(one, "/app_slug") else { return Vec::new() };
    let org = text(one, "/account/login").unwrap_or(org);
    let created = time(one, "/created_at");
    let mut facts = lived(created, at, |change| app_fact(org, slug, change));
    let suspended = time(one, "/suspended_at");
    let scopes = scopes(one);
    if let Some(last) = facts.pop() {
        facts.push(last.with("scopes", scopes).with_some("consented_at", created));
    }
    let account = login_fact(&bot(slug), Change::Seen { at })
        .with("kind", "bot")
        .with("kind_basis", "the account of an installed GitHub App")
        .with("status", if suspended.is_some() { "suspended" } else { "active" });
    facts.push(account);
    facts
}

/// Permissions as `name:level`, and whether all repositories can be reached.
fn scopes(one: &Value) -> String {
    let permissions = one.get("permissions").and_then(Value::as_object);
    let mut scopes: Vec<String> = permissions
        .into_iter()
        .flatten()
        .map(|(name, level)| format!("{name}:{}", level.as_str().unwrap_or("unknown")))
        .collect();
    scopes.extend(text(one, "/repository_selection").map(|s| format!("repositories:{s}")));
    scopes.sort();
    scopes.join(";")
}
