//! What successful requests change: roles, bindings, service accounts and their tokens.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;

use crate::audit_files::{instant, text, texts};

use super::event::Event;
use super::objects::{self, Binding, Object};
use super::subjects::Subject;
use super::usage::{ISSUED_ID, kind_of};

/// What this artifact told of bindings before: the events that end them need not say whose they
/// were.
#[derive(Debug, Default)]
pub(super) struct Bound {
    subjects: BTreeMap<String, BTreeSet<Subject>>,
    tokens: BTreeSet<String>,
}

impl Bound {
    /// The facts of an event.
    pub(super) fn facts(&mut self, event: &Event<'_>) -> Vec<Fact> {
        if !event.succeeded() {
            return Vec::new();
        }
        match (event.resource(), event.subresource()) {
            ("clusterroles" | "roles", "") => role(event),
            ("clusterrolebindings" | "rolebindings", "") => self.binding(event),
            ("serviceaccounts", "") => account(event).into_iter().collect(),
            ("serviceaccounts", "token") => requested(event).into_iter().collect(),
            ("secrets", "") => self.secret(event).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn binding(&mut self, event: &Event<'_>) -> Vec<Fact> {
        let (Some(name), Some(change)) = (name(event), change(event)) else { return Vec::new() };
        let binding = Binding { namespace: event.text("/objectRef/namespace"), name };
        let key = format!("{}/{}", binding.native_type(), binding.id());
        let object = event.object().filter(|object| object.get("roleRef").is_some());
        let known = self.subjects.remove(&key).unwrap_or_default();
        let facts = match (change, object) {
            (Change::Ended { .. }, _) => return unbound(event, &binding, object, known, change),
            (_, Some(object)) => bound(event, &binding, object, &known),
            // Without a body nobody says who is bound.
            (_, None) => Vec::new(),
        };
        let now = object.map(|object| objects::subjects(object, binding.namespace));
        self.subjects.insert(key, now.map_or(known, |now| now.into_iter().collect()));
        facts
    }

    /// A secret that holds a token. That one ended is told only of what is known to be one.
    fn secret(&mut self, event: &Event<'_>) -> Option<Fact> {
        let change = change(event)?;
        let (namespace, name) = (event.text("/objectRef/namespace"), name(event)?);
        let id = objects::path(namespace, name);
        // What was sent need not repeat where it goes.
        let object = event.object().map(|value| Object { value, kind: "Secret", name, namespace });
        let fact = object.and_then(|object| objects::kept_token(&object, change));
        if let Change::Ended { .. } = change {
            let known = self.tokens.remove(&id) || fact.is_some();
            let ended = Fact::new(TableId::Credentials, "service-account-token", id, change);
            return known.then(|| ended.with_some("revoked_by", event.user()));
        }
        let fact = fact?;
        self.tokens.insert(id);
        Some(match change {
            Change::Begun { .. } => {
                fact.with("created_at_src", event.done).with_some("created_by", event.user())
            }
            _ => fact,
        })
    }
}

/// Who is bound now, and who is no more.
fn bound(
    event: &Event<'_>,
    binding: &Binding<'_>,
    object: &Value,
    known: &BTreeSet<Subject>,
) -> Vec<Fact> {
    let role = object.get("roleRef");
    let begun = Change::Begun { at: event.done, basis: Basis::Event };
    let ended = Change::Ended { at: event.done, basis: Basis::Event };
    let now: BTreeSet<_> = objects::subjects(object, binding.namespace).into_iter().collect();
    let held = now.iter().map(|subject| {
        // Of an update nobody says who was bound before; what this artifact told is known.
        let new = event.verb == "create" || (!known.is_empty() && !known.contains(subject));
        if !new {
            return binding.grant(role, subject, Change::Seen { at: event.done });
        }
        let fact = binding.grant(role, subject, begun);
        fact.with_some("granted_by", event.user()).with("granted_event", event.id())
    });
    let gone = known.difference(&now);
    let gone = gone.map(|subject| removed(event, binding.grant(role, subject, ended)));
    let setting = binding.setting(object, begun).with_some("changed_by", event.user());
    let seen = Change::Seen { at: event.done };
    let role = objects::all_mighty(role, seen);
    // A user who is bound is one, also when they never act.
    let users = now.iter().filter(|subject| matches!(subject, Subject::User(_)));
    let users = users.map(|subject| super::subjects::identity(subject, seen));
    held.chain(gone).chain([setting]).chain(role).chain(users).collect()
}

/// The binding is gone, and with it what it granted, as far as that is known.
fn unbound(
    event: &Event<'_>,
    binding: &Binding<'_>,
    object: Option<&Value>,
    known: BTreeSet<Subject>,
    change: Change,
) -> Vec<Fact> {
    let role = object.and_then(|object| object.get("roleRef"));
    let named = object.map(|object| objects::subjects(object, binding.namespace));
    let all: BTreeSet<_> = named.into_iter().flatten().chain(known).collect();
    let gone = all.iter().map(|subject| removed(event, binding.grant(role, subject, change)));
    gone.chain([setting_ended(binding, change)]).collect()
}

/// Created, changed or deleted.
fn change(event: &Event<'_>) -> Option<Change> {
    let (at, basis) = (event.done, Basis::Event);
    match event.verb {
        "create" => Some(Change::Begun { at, basis }),
        "update" | "patch" => Some(Change::Seen { at }),
        "delete" => Some(Change::Ended { at, basis }),
        _ => None,
    }
}

/// The object's name; one that the server made up stands in its answer only.
fn name<'a>(event: &Event<'a>) -> Option<&'a str> {
    event.text("/objectRef/name").or_else(|| text(event.object()?, "/metadata/name"))
}

fn removed(event: &Event<'_>, fact: Fact) -> Fact {
    fact.with_some("removed_by", event.user()).with("removed_event", event.id())
}

fn setting_ended(binding: &Binding<'_>, change: Change) -> Fact {
    let scope = format!("{}/{}", binding.native_type(), binding.id());
    Fact::new(TableId::Configurations, "binding", scope, change)
}

fn role(event: &Event<'_>) -> Vec<Fact> {
    let (Some(change), Some(name)) = (change(event), name(event)) else { return Vec::new() };
    let namespace = event.text("/objectRef/namespace");
    let of = |change| objects::role(namespace, name, change);
    let rules = event.object().and_then(|object| object.get("rules"));
    match (change, rules.and_then(Value::as_array)) {
        (Change::Ended { .. }, _) => {
            let scope = of(change).native_type.into_owned() + "/" + &objects::path(namespace, name);
            let rules = Fact::new(TableId::Configurations, "role-rules", scope, change);
            vec![of(change), rules]
        }
        (_, None) => vec![of(change)],
        (_, Some(list)) => {
            // What it allows begins now, also when the role is older.
            let begun = Change::Begun { at: event.done, basis: Basis::Event };
            let rules = Value::Array(list.clone());
            let setting = objects::rules_setting(namespace, name, &rules, begun)
                .with_some("changed_by", event.user());
            let before = Change::Seen { at: event.done.plus_micros(-1) };
            let was = matches!(change, Change::Seen { .. }).then(|| of(before));
            was.into_iter().chain([objects::judged(of(begun), list), setting]).collect()
        }
    }
}

fn account(event: &Event<'_>) -> Option<Fact> {
    let (change, name) = (change(event)?, name(event)?);
    let namespace = event.text("/objectRef/namespace")?;
    let subject = Subject::service_account(namespace, name);
    let fact = super::subjects::identity(&subject, change);
    let fact = match event.object() {
        Some(object) => objects::described(fact, object),
        None => fact,
    };
    Some(match change {
        // That it is gone is its end; a status would be told of the time before.
        Change::Ended { .. } => fact,
        Change::Begun { at, .. } => fact
            .with("status", "active")
            .with("created_at_src", at)
            .with_some("created_by", event.user()),
        _ => fact,
    })
}

/// A token that somebody asked for. What nodes ask for, for the pods on them, are sessions of
/// those pods; they stay in the uses.
fn requested(event: &Event<'_>) -> Option<Fact> {
    let id = event.annotation(ISSUED_ID).filter(|_| event.verb == "create")?;
    let by = event.user();
    if by.is_some_and(|user| kind_of(user) == "node") {
        return None;
    }
    let namespace = event.text("/objectRef/namespace")?;
    let subject = Subject::service_account(namespace, event.text("/objectRef/name")?);
    let expires = event.object().and_then(|o| instant(o, "/status/expirationTimestamp"));
    let audiences = event.object().map(|o| texts(o, "/spec/audiences").join(" "));
    let begun = Change::Begun { at: event.done, basis: Basis::Event };
    Some(
        Fact::new(TableId::Credentials, "requested-token", id, begun)
            .with_some("identity_id", subject.identity_id())
            .with("class", "session")
            .with("native_kind", "token_request")
            .with("public_id", id)
            .with("status", "active")
            .with("created_at_src", event.done)
            .with_some("created_by", by)
            .with_some("expires_at", expires)
            .with("expiry_kind", "fixed")
            .with_some("issued_for", audiences.filter(|text| !text.is_empty())),
    )
}
