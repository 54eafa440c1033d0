//! An event of the system log as a use of access (API reference, "System Log", LogEvent).

use serde_json::Value;
use tenure_model::fact::{UsageEvent, UseOutcome};

use crate::json_files::Event;
use crate::json_files::json::{list, text};

use super::pins;

/// What `session_issuer` says of uses whose credential is a session of Okta's.
pub(super) const SESSION: &str = "okta-session";

/// The use that an event tells of, and the facts that it pins.
pub(super) fn event(event: &Value) -> Result<Event, String> {
    let action = text(event, "/eventType").ok_or("it has no eventType")?;
    let published = text(event, "/published").ok_or("it has no published")?;
    let at = published.parse().map_err(|e| format!("its published cannot be used: {e}"))?;
    let event_id = text(event, "/uuid").ok_or("it has no uuid")?.to_owned();
    let own = |pointer: &str| text(event, pointer).map(str::to_owned);
    let token = own("/transaction/detail/requestApiTokenId");
    let session = own("/authenticationContext/externalSessionId").filter(|id| id != "unknown");
    let by_session = token.is_none() && session.is_some();
    let outcome = outcome(event, action);
    let created = (action == "system.api_token.create").then(|| target(event, "Token"));
    let used = UsageEvent {
        event_id,
        event_time: Some(at),
        service: Some("okta".to_owned()),
        action: Some(action.to_owned()),
        actor_type: own("/actor/type"),
        actor: own("/actor/alternateId").or_else(|| own("/actor/id")),
        actor_id: own("/actor/id"),
        actor_name: own("/actor/displayName"),
        credential_key: token.or(session),
        session_issuer: by_session.then(|| SESSION.to_owned()),
        resource: resource(event),
        outcome,
        error_code: own("/outcome/reason")
            .or_else(|| own("/outcome/result").filter(|result| result != "UNKNOWN"))
            .filter(|_| outcome != Some(UseOutcome::Success)),
        src_ip: own("/client/ipAddress"),
        user_agent: own("/client/userAgent/rawUserAgent"),
        mfa: mfa(action, outcome),
        federated: federated(event),
        issued_key: created.flatten().map(str::to_owned),
        ..UsageEvent::default()
    };
    let happened = matches!(outcome, Some(UseOutcome::Success) | None);
    let facts = if happened { pins::facts(event, action, at) } else { Vec::new() };
    Ok(Event { used, facts, sightings: Vec::new() })
}

/// The id of the first target of a type. Targets stand in no order that means something.
pub(super) fn target<'e>(event: &'e Value, kind: &str) -> Option<&'e str> {
    targets(event, kind).next().and_then(|target| text(target, "/id"))
}

/// The targets of a type.
pub(super) fn targets<'e>(event: &'e Value, kind: &str) -> impl Iterator<Item = &'e Value> {
    list(event, "/target").iter().filter(move |target| {
        text(target, "/type").is_some_and(|said| said.eq_ignore_ascii_case(kind))
    })
}

/// All targets as `type:id`, in order of these.
fn resource(event: &Value) -> Option<String> {
    let one = |target: &Value| {
        Some(format!("{}:{}", text(target, "/type").unwrap_or("unknown"), text(target, "/id")?))
    };
    let mut all: Vec<_> = list(event, "/target").iter().filter_map(one).collect();
    all.sort();
    all.dedup();
    (!all.is_empty()).then(|| all.join(";"))
}

/// `CHALLENGE`, `SKIPPED`, `UNKNOWN` and others are neither: what came of it is another event.
fn outcome(event: &Value, action: &str) -> Option<UseOutcome> {
    let signs_in =
        action.starts_with("user.session.") || action.starts_with("user.authentication.");
    match text(event, "/outcome/result")? {
        "SUCCESS" | "ALLOW" => Some(UseOutcome::Success),
        "DENY" => Some(UseOutcome::Denied),
        "FAILURE" if signs_in => Some(UseOutcome::Denied),
        "FAILURE" => Some(UseOutcome::Error),
        _ => None,
    }
}

/// The event of a factor that was asked for and given says so; that of a session does not.
fn mfa(action: &str, outcome: Option<UseOutcome>) -> Option<bool> {
    let by_factor = action == "user.authentication.auth_via_mfa";
    (by_factor && outcome == Some(UseOutcome::Success)).then_some(true)
}

fn federated(event: &Value) -> Option<String> {
    let by = text(event, "/authenticationContext/authenticationProvider")?;
    let issuer = text(event, "/authenticationContext/issuer/id");
    (by == "FEDERATION").then(|| issuer.unwrap_or(by).to_owned())
}
