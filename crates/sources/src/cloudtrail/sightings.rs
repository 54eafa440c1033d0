//! What records mention in passing: who acted, with which key, and which objects were delivered.

use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::usage::{Actor, Point, Texts};

use super::identity::{Identity, acting, key_fact};
use super::names::ObjectName;
use super::trail;

/// An identity acted; its name is its ARN.
pub(super) const IDENTITY: u8 = 0;
/// A long-term access key was used; the detail is the ARN of whose it is.
pub(super) const KEY: u8 = 1;
/// An object was delivered; the detail is the trail, where that is said.
pub(super) const DELIVERY: u8 = 2;

/// What an actor's own part of a record tells: it was there, and so was its key. Temporary keys
/// (`ASIA…`) are sessions, not credentials that anyone was given.
pub(super) fn acted(texts: &Texts, actor: &Actor, note: &mut dyn FnMut(u8, &str, &str)) {
    let text = |id| texts.get(id);
    let (kind, arn) = (text(actor.actor_type), text(actor.actor));
    let Some(identity) = acting(kind, arn, text(actor.session_issuer)) else { return };
    note(IDENTITY, &identity.arn, "");
    if let Some(key) = text(actor.credential_key).filter(|key| key.starts_with("AKIA")) {
        note(KEY, key, &identity.arn);
    }
}

/// The facts of a mention; see [`crate::source::Source::sighted`].
pub(super) fn sighted(
    kind: u8,
    name: &str,
    detail: &str,
    first: Point,
    last: Point,
) -> Vec<(Point, Fact)> {
    let seen = |of: &dyn Fn(Change) -> Fact| {
        let fact = |at: Point| (at, of(Change::Seen { at: at.at }));
        if first.at == last.at { vec![fact(first)] } else { vec![fact(first), fact(last)] }
    };
    match kind {
        IDENTITY => {
            let Some(identity) = Identity::from_arn(name) else { return Vec::new() };
            seen(&|change| identity.fact(change))
        }
        KEY => {
            let Some(owner) = Identity::from_arn(detail) else { return Vec::new() };
            seen(&|change| key_fact(name, &owner, change))
        }
        DELIVERY => {
            let Some(object) = ObjectName::parse(name) else { return Vec::new() };
            let change = Change::Begun { at: first.at, basis: Basis::Event };
            let trail = Some(detail).filter(|trail| !trail.is_empty());
            let fact = trail::object(&object, change)
                .with("delivered_at", first.at)
                .with_some("trail", trail);
            vec![(first, fact)]
        }
        _ => Vec::new(),
    }
}
