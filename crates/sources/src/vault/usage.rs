//! The use of access that an operation is, as a row.

use serde_json::Value;
use tenure_model::fact::UseOutcome;
use tenure_model::usage::{Actor, EventId, Row, TextId, UsageRows};

use super::entry::Entry;

/// The most characters of an error's text that are kept.
const LONGEST_ERROR: usize = 200;

pub(super) fn row(entry: &Entry<'_>, rows: &mut UsageRows) -> Row {
    let texts = &mut rows.texts;
    let mut add = |text: Option<&str>| text.map_or(TextId::NONE, |text| texts.add(text));
    let used = credential_key(entry);
    let actor_type = if entry.is_root() { Some("root") } else { entry.text("/auth/token_type") };
    let named = ["/auth/metadata/username", "/auth/metadata/role_name", "/auth/metadata/role"];
    let actor = Actor {
        actor_type: add(entry.actor().and(actor_type)),
        actor: add(entry.actor()),
        actor_id: add(entry.text("/auth/entity_id")),
        actor_name: add(named.iter().find_map(|pointer| entry.text(pointer))),
        credential_key: add(used.as_deref()),
        ..Actor::default()
    };
    let namespace =
        entry.text("/request/namespace/path").or_else(|| entry.text("/request/namespace/id"));
    let outcome = outcome(entry);
    let action = format!("{} {}", entry.operation, entry.area());
    let agent = ["/request/headers/user-agent/0", "/request/headers/User-Agent/0"];
    let issued = entry.key("/response/auth/accessor").or_else(|| entry.key(LEASE));
    // What is renewed is not issued.
    let issued = issued.filter(|issued| used.as_ref() != Some(issued));
    let row = Row {
        account: add(namespace),
        service: add(Some(entry.mount())),
        action: add(Some(&action)),
        resource: add(Some(entry.path)),
        error_code: add(error(entry).as_deref()),
        src_ip: add(entry.text("/request/remote_address")),
        user_agent: add(agent.iter().find_map(|pointer| entry.text(pointer))),
        issued_key: add(issued.as_deref()),
        outcome,
        read_only: Some(is_read_only(entry)),
        ..Row::at(entry.at)
    };
    let event_id = EventId::of(entry.id(), texts);
    Row { event_id, actor: rows.actor_id(actor), ..row }
}

/// Where a lease stands that a response hands out; plain by default.
pub(super) const LEASE: &str = "/response/secret/lease_id";

/// What proved who it was: the secret id of a role, else the token. A sign-in without either proves
/// itself by what is not told (a password, a signature).
fn credential_key(entry: &Entry<'_>) -> Option<String> {
    if entry.is_login() {
        return entry
            .key("/request/data/secret_id")
            .or_else(|| entry.key("/request/client_certificate_serial_number"));
    }
    entry.key("/auth/accessor").or_else(|| entry.key("/request/client_token_accessor"))
}

/// A request that nobody answered has none.
fn outcome(entry: &Entry<'_>) -> Option<UseOutcome> {
    let refused = entry.get("/auth/policy_results/allowed") == Some(&Value::Bool(false));
    match entry.error() {
        Some(error) if refused || entry.is_login() || is_denial(error) => Some(UseOutcome::Denied),
        Some(_) => Some(UseOutcome::Error),
        None if !entry.is_response() => None,
        None if entry.is_login() && entry.get("/response/auth").is_none() => {
            // A sign-in that gives no token did not sign in.
            Some(UseOutcome::Denied)
        }
        None if entry.answers_error() => Some(UseOutcome::Error),
        None => Some(UseOutcome::Success),
    }
}

/// Words of `logical.ErrPermissionDenied` and of refused tokens.
fn is_denial(error: &str) -> bool {
    let words = ["permission denied", "missing client token", "bad token", "invalid token"];
    words.iter().any(|word| error.contains(word))
}

fn error(entry: &Entry<'_>) -> Option<String> {
    match entry.error() {
        Some(error) => {
            let words: Vec<_> = error.split_whitespace().collect();
            Some(words.join(" ").chars().take(LONGEST_ERROR).collect())
        }
        // Its text is HMAC'd.
        None => entry.answers_error().then(|| "error in the response".to_owned()),
    }
}

/// Reading what makes a secret is no reading.
fn is_read_only(entry: &Entry<'_>) -> bool {
    matches!(entry.operation, "read" | "list" | "help" | "header")
        && entry.text(LEASE).is_none()
        && entry.get("/response/auth").is_none()
}
