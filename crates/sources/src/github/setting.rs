//! Protection of branches as settings, one per rule of a branch.

use serde_json::Value;
use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::json_files::json::text;

/// A setting of the protection of a branch (or of a pattern of branches).
pub(super) fn setting(repo: &str, branch: &str, name: &str, change: Change) -> Fact {
    let scope = format!("repo:{}:branch:{branch}", repo.to_lowercase());
    let id = format!("{scope}/{name}");
    Fact::new(TableId::Configurations, "branch-protection", id, change)
        .with("scope", scope)
        .with("setting", name)
}

/// That a branch is protected at all.
pub(super) const PROTECTED: &str = "protected";

/// Every setting of an answer (REST API reference, "Get branch protection").
pub(super) fn protection(answer: &Value, repo: &str, branch: &str, at: Timestamp) -> Vec<Fact> {
    let Some(members) = answer.as_object() else { return Vec::new() };
    let seen = Change::Seen { at };
    let mut facts = vec![setting(repo, branch, PROTECTED, seen).with("value", "true")];
    for (name, value) in members.iter().filter(|(name, _)| !name.ends_with("url")) {
        facts.push(setting(repo, branch, name, seen).with("value", said(value)));
    }
    facts
}

/// The value without addresses: they say where it is, not what it is. Accounts, teams and apps are
/// named, not described.
pub(super) fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => short(other).to_string(),
    }
}

fn short(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(short).collect(),
        Value::Object(members) => {
            let name = ["/login", "/slug"].into_iter().find_map(|name| text(value, name));
            if let Some(name) = name {
                return name.into();
            }
            let kept = members.iter().filter(|(name, _)| !name.ends_with("url"));
            Value::Object(kept.map(|(name, value)| (name.clone(), short(value))).collect())
        }
        other => other.clone(),
    }
}
