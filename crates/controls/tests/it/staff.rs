//! People, their accounts and what is recorded about both, for the tests of controls.

use tenure_model::entry::CoverageStatus::Proven;
use tenure_model::fact::{Basis, Change, Fact, UsageEvent, UseOutcome};
use tenure_model::tables::TableId;

use crate::aws::{Cover, begun, ended};
use crate::world::t;

/// People and accounts are read without a hole until long after the period.
pub(crate) const PEOPLE: Cover = ("people", "2025-01-01", "2026-06-01", Proven);
pub(crate) const ACCOUNTS: Cover = ("accounts", "2025-01-01", "2026-06-01", Proven);
pub(crate) const GRANTS: Cover = ("grants", "2025-01-01", "2026-06-01", Proven);
pub(crate) const INVENTORY: Cover = ("inventory", "2025-01-01", "2026-06-01", Proven);

fn of_person(id: &str, name: &str, change: Change) -> Fact {
    Fact::new(TableId::Subjects, "person", id, change)
        .with("kind", "person")
        .with("employee_id", id)
        .with("display_name", name)
        .with("email", format!("{name}@x"))
}

/// Somebody hired at an instant.
pub(crate) fn hired(id: &str, name: &str, at: &str) -> Fact {
    let change = Change::Begun { at: t(at), basis: Basis::SourceAttribute };
    of_person(id, name, change).with("hired_at", t(at))
}

/// Somebody who was there before the period.
pub(crate) fn worker(id: &str, name: &str) -> Fact {
    hired(id, name, "2025-01-01")
}

/// The record of a person at an instant, hired with the year.
pub(crate) fn person_seen(id: &str, name: &str, at: &str) -> Fact {
    of_person(id, name, Change::Seen { at: t(at) }).with("hired_at", t("2025-01-01"))
}

/// Their employment ends, and HR records it.
pub(crate) fn left(id: &str, name: &str, at: &str, recorded: Option<&str>) -> Fact {
    let change = Change::Ended { at: t(at), basis: Basis::SourceAttribute };
    of_person(id, name, change)
        .with("termination_effective", t(at))
        .with_some("termination_recorded_at", recorded.map(t))
}

/// An account, by its login, with the address of its holder.
pub(crate) fn account(login: &str, status: &str, at: &str) -> Fact {
    account_fact(login, begun(at)).with("status", status)
}

pub(crate) fn account_fact(login: &str, change: Change) -> Fact {
    Fact::new(TableId::Identities, "login", login, change)
        .with("login", login)
        .with("email", format!("{login}@x"))
        .with("kind", "human")
}

/// A non-human account.
pub(crate) fn machine(login: &str, kind: &str) -> Fact {
    Fact::new(TableId::Identities, "login", login, begun("2025-01-01"))
        .with("login", login)
        .with("kind", kind)
        .with("status", "active")
}

/// An account is deleted.
pub(crate) fn deleted(login: &str, at: &str) -> Fact {
    Fact::new(TableId::Identities, "login", login, ended(at))
}

/// A key of an account.
pub(crate) fn secret(id: &str, login: &str, at: &str) -> Fact {
    Fact::new(TableId::Credentials, "key", id, begun(at))
        .with("identity_id", format!("login/{login}"))
        .with("class", "static_secret")
        .with("public_id", id)
        .with("status", "active")
}

/// The key is revoked.
pub(crate) fn revoked(id: &str, at: &str) -> Fact {
    Fact::new(TableId::Credentials, "key", id, ended(at))
}

/// A request, decided at an instant.
pub(crate) fn request(id: &str, kind: &str, whom: &str, approver: &str, at: &str) -> Fact {
    Fact::new(TableId::Approvals, "request", id, begun(at))
        .with("request_ref", id)
        .with("kind", kind)
        .with("requested_for", whom)
        .with("approver", approver)
        .with("outcome", "approved")
        .with("requested_at", t(at))
        .with("resolved_at", t(at))
}

/// A success of an account.
pub(crate) fn success(id: &str, login: &str, at: &str) -> UsageEvent {
    UsageEvent {
        event_id: id.to_owned(),
        event_time: Some(t(at)),
        action: Some("sign-in".to_owned()),
        actor: Some(login.to_owned()),
        outcome: Some(UseOutcome::Success),
        ..UsageEvent::default()
    }
}

/// An entry of the inventory.
pub(crate) fn entry(name: &str, kind: &str, at: &str) -> Fact {
    Fact::new(TableId::Inventory, "entry", name, begun(at))
        .with("lives_in", "lab")
        .with("name", name)
        .with("kind", kind)
        .with("tier", "T2")
        .with("environment", "production")
}

/// Two duties that exclude each other.
pub(crate) fn rule(id: &str, left: &str, right: &str) -> Fact {
    Fact::new(TableId::DutyRules, "rule", id, begun("2025-01-01"))
        .with("name", id)
        .with("left_duty", left)
        .with("right_duty", right)
}

/// A policy exception.
pub(crate) fn excepted(id: &str, control: &str, target: &str, from: &str, to: &str) -> Fact {
    Fact::new(TableId::Exceptions, "exception", id, begun(from))
        .with("control_id", control)
        .with("target", target)
        .with("approved_by", "zoe")
        .with("approved_at", t(from))
        .with("expires_at", t(to))
}
