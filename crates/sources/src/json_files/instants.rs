//! The latest instant of the past that an answer mentions: it was not given before that.

use serde_json::Value;
use tenure_model::time::Timestamp;

/// The latest instant up to `now` in the value. Members that name what is to come are left out.
pub(super) fn latest(value: &Value, now: Timestamp) -> Option<Timestamp> {
    match value {
        Value::String(text) if text.len() >= 20 => text.parse().ok().filter(|at| *at <= now),
        Value::Array(items) => items.iter().filter_map(|item| latest(item, now)).max(),
        Value::Object(members) => {
            let past = members.iter().filter(|(name, _)| !name.to_lowercase().contains("expir"));
            past.filter_map(|(_, value)| latest(value, now)).max()
        }
        _ => None,
    }
}
