//! An event of the audit log as a use of access (GitHub Docs, "Audit log events for your
//! organization", "Identifying audit log events performed by an access token").

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tenure_model::fact::{UsageEvent, UseOutcome};
use tenure_model::time::Timestamp;

use crate::json_files::Event;
use crate::json_files::json::{flag, id, text};

use super::{pins, sightings};

/// The use that an event tells of, and the facts that it pins.
pub(super) fn event(raw: &[u8], event: &Value) -> Result<Event, String> {
    let action = text(event, "/action").ok_or("it has no action")?;
    let at = at(event)?;
    let own = |pointer: &str| text(event, pointer).map(str::to_owned);
    // Exports of before 2022 have no id; the record itself names such an event.
    let event_id = own("/_document_id").unwrap_or_else(|| {
        let digest = hex::encode(Sha256::digest(raw));
        format!("record:{}", &digest[..32])
    });
    let used = UsageEvent {
        event_id,
        event_time: Some(at),
        account: own("/org").or_else(|| own("/business")),
        service: action.split('.').next().map(str::to_owned),
        action: Some(action.to_owned()),
        actor_type: actor_type(event).map(str::to_owned),
        actor: own("/actor"),
        actor_id: id(event, "/actor_id"),
        actor_name: own("/actor"),
        credential_key: own("/hashed_token"),
        resource: resource(event),
        outcome: Some(outcome(action)),
        src_ip: own("/actor_ip"),
        user_agent: own("/user_agent"),
        federated: own("/external_identity_nameid"),
        read_only: text(event, "/operation_type").map(|kind| kind == "access"),
        ..UsageEvent::default()
    };
    let sightings = sightings::token(event).into_iter().collect();
    let facts = pins::facts(event, action, at);
    Ok(Event { used, facts, sightings })
}

/// `@timestamp` says when it happened; exports without it have `created_at`. Both are milliseconds
/// since 1970, or texts that say their zone.
fn at(event: &Value) -> Result<Timestamp, String> {
    let said = event.get("@timestamp").or_else(|| event.get("created_at"));
    match said {
        None | Some(Value::Null) => Err("it has neither @timestamp nor created_at".to_owned()),
        Some(Value::String(text)) => {
            text.parse().map_err(|e| format!("its time cannot be used: {e}"))
        }
        Some(other) => millis(other)
            .and_then(|millis| millis.checked_mul(1000))
            .map(Timestamp::from_micros)
            .ok_or_else(|| format!("its time cannot be used: {other}")),
    }
}

/// Whole milliseconds; some exports write them with a point.
fn millis(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let text = value.to_string();
        text.strip_suffix(".0")?.parse().ok()
    })
}

fn actor_type(event: &Value) -> Option<&'static str> {
    match (flag(event, "/actor_is_agent"), flag(event, "/actor_is_bot")) {
        (Some(true), _) => Some("Agent"),
        (_, Some(true)) => Some("Bot"),
        (_, Some(false)) => Some("User"),
        _ => None,
    }
}

/// What it was done to: repository, team, account, whichever are named.
fn resource(event: &Value) -> Option<String> {
    let one = |kind: &str, pointer: &str| Some(format!("{kind}:{}", text(event, pointer)?));
    let repo = one("repo", "/repo").or_else(|| one("repo", "/repository"));
    let team = one("team", "/team").or_else(|| one("team", "/data/team"));
    let user = one("user", "/user");
    let all: Vec<_> = [repo, team, user].into_iter().flatten().collect();
    if all.is_empty() { one("org", "/org") } else { Some(all.join(";")) }
}

/// The log holds what happened; few actions tell of what was refused.
fn outcome(action: &str) -> UseOutcome {
    let (_, name) = action.rsplit_once('.').unwrap_or(("", action));
    let refused = ["failed_login", "denied", "rejected_push", "push_protection_blocked"];
    if refused.iter().any(|word| name.contains(word)) {
        UseOutcome::Denied
    } else {
        UseOutcome::Success
    }
}
