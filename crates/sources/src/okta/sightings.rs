//! What events mention in passing: that a user acted, and with which API token.

use tenure_model::fact::{Change, Fact};
use tenure_model::usage::{Actor, Point, Texts};

use super::event::SESSION;
use super::name::{USER, token_fact, user_fact};

/// A user acted; the detail is the login.
const ACTED: u8 = 0;
/// An API token was used; the detail is the id of whose it is.
const TOKEN: u8 = 1;

/// What an actor's own part of an event tells. Sessions are no credentials that anybody was given.
pub(super) fn acted(texts: &Texts, actor: &Actor, note: &mut dyn FnMut(u8, &str, &str)) {
    let text = |id| texts.get(id);
    let Some(id) = text(actor.actor_id).filter(|_| text(actor.actor_type) == Some("User")) else {
        return;
    };
    if id == "unknown" {
        return;
    }
    note(ACTED, id, text(actor.actor).unwrap_or_default());
    let by_session = text(actor.session_issuer) == Some(SESSION);
    if let Some(key) = text(actor.credential_key).filter(|_| !by_session) {
        note(TOKEN, key, id);
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
    let of = |change| match kind {
        ACTED => user_fact(name, change).with_some("login", Some(detail).filter(|d| !d.is_empty())),
        _ => token_fact(name, change).with("identity_id", format!("{USER}/{detail}")),
    };
    let fact = |at: Point| (at, of(Change::Seen { at: at.at }));
    if first.at == last.at { vec![fact(first)] } else { vec![fact(first), fact(last)] }
}
