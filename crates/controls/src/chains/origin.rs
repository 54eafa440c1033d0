//! Who stands behind a key at which a chain ends.

use crate::covered::Logs;

use super::{Basis, Issued, Origin, Seen};

/// The longest that a temporary credential can live: 36 hours for GetSessionToken and
/// GetFederationToken, 12 hours for roles (STS API Reference, DurationSeconds).
const LONGEST_SESSION: i64 = 36 * 3_600 * 1_000_000;

impl Origin {
    pub(super) const fn known(behind: String, basis: Basis) -> Self {
        Self { behind: Some(behind), key: None, basis, why: None }
    }

    pub(super) const fn unknown(why: String) -> Self {
        Self { behind: None, key: None, basis: Basis::Unattributable, why: Some(why) }
    }

    pub(super) fn circle() -> Self {
        Self::unknown("the events that issued it lead round in a circle".to_owned())
    }

    /// The same, unless nobody stands behind it and the session itself names somebody.
    pub(super) fn or_said(self, source_identity: Option<&str>) -> Self {
        match source_identity {
            Some(said) if self.basis == Basis::Unattributable => {
                Self { behind: Some(said.to_owned()), basis: Basis::SourceIdentity, ..self }
            }
            _ => self,
        }
    }
}

/// Behind a call that was not made with a temporary key.
pub(super) fn of_caller(call: &Issued) -> Origin {
    let caller = call.caller.clone();
    if let Some(key) = &call.caller_key {
        let behind = caller.or_else(|| foreign(call)).unwrap_or_else(|| key.clone());
        return Origin { key: Some(key.clone()), ..Origin::known(behind, Basis::IssuedKey) };
    }
    if let Some(person) = &call.on_behalf_of {
        return Origin::known(person.clone(), Basis::OnBehalfOf);
    }
    let federated = matches!(call.caller_type.as_deref(), Some("SAMLUser" | "WebIdentityUser"));
    if let Some(subject) = call.federated.clone().or_else(|| caller.clone().filter(|_| federated)) {
        return Origin::known(subject, Basis::Federated);
    }
    let assumed = call.caller_type.as_deref() == Some("AssumedRole");
    match (caller, &call.invoked_by) {
        (Some(_), _) if assumed => Origin::unknown(
            "the session that issued it shows no key in the log, so it cannot be followed back"
                .to_owned(),
        ),
        (Some(caller), _) => Origin::known(caller, Basis::IssuedKey),
        (None, Some(service)) => Origin::known(service.clone(), Basis::IssuedKey),
        (None, None) => Origin::unknown(match foreign(call) {
            Some(account) => {
                format!("it was issued to a caller of {account}, whose log is not here")
            }
            None => "the event that issued it does not say who called".to_owned(),
        }),
    }
}

fn foreign(call: &Issued) -> Option<String> {
    let account = call.caller_account.as_ref().filter(|a| Some(*a) != call.account.as_ref())?;
    Some(format!("account {account}"))
}

/// Behind a key that is used although no event that issued it is known.
pub(super) fn of_uses(seen: &Seen, logs: &Logs) -> Origin {
    // What a user or root does in the console, or with GetSessionToken, shows them as the actor.
    let owner = match seen.actor_type.as_deref() {
        Some("IAMUser" | "Root") => seen.actor.as_ref(),
        Some("FederatedUser") => seen.issuer.as_ref(),
        _ => None,
    };
    if let Some(owner) = owner {
        return Origin::known(owner.clone(), Basis::SessionOwner);
    }
    if let Some(person) = &seen.on_behalf_of {
        return Origin::known(person.clone(), Basis::OnBehalfOf);
    }
    if let Some(subject) = &seen.federated {
        return Origin::known(subject.clone(), Basis::Federated);
    }
    let calls_itself = match (seen.actor_type.as_deref(), seen.actor.as_deref()) {
        (Some("AssumedRole"), Some(arn)) => arn.rsplit_once('/').map(|(_, name)| name),
        _ => None,
    };
    let named = calls_itself.map(|name| format!("; the session calls itself '{name}'"));
    Origin::unknown(format!(
        "the event that issued it is not in the collected log: {}{}",
        gone(seen, logs),
        named.unwrap_or_default()
    ))
}

/// Where the event may be instead.
fn gone(seen: &Seen, logs: &Logs) -> String {
    let earliest = seen.first.plus_micros(-LONGEST_SESSION);
    let other = seen.actor_account.as_ref().filter(|a| Some(*a) != seen.account.as_ref());
    if let Some(account) = other {
        return format!("the session belongs to account {account}, whose log is not here");
    }
    let log = logs.of(&seen.system);
    match log.and_then(|log| log.reach()) {
        Some((begin, _)) if begin > earliest => format!("it may lie before the log begins at {begin}"),
        _ if log.is_some_and(|log| log.covers(earliest, seen.first)) => {
            "the log is complete there, so it was issued in another account or region, or by a service that does not log it".to_owned()
        }
        _ => format!("it may lie in a gap of the log between {earliest} and {}", seen.first),
    }
}
