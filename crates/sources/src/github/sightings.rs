//! What events mention in passing: that an account acted, and with which token.

use serde_json::Value;
use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::usage::{Actor, Point, Texts};

use crate::json_files::json::{id, text};

use super::credential::token_fact;
use super::name::login_fact;
use super::people::reference;

/// An account acted; the detail is `Bot` or `Agent` where the event says so.
const ACTED: u8 = 0;
/// A token was used; its name is its number or, without one, its hash.
const TOKEN: u8 = 1;

/// Between the parts of a detail; no part can hold it.
const BETWEEN: char = '\n';

/// What an actor's own part of an event tells.
pub(super) fn acted(texts: &Texts, actor: &Actor, note: &mut dyn FnMut(u8, &str, &str)) {
    if let Some(login) = texts.get(actor.actor) {
        let kind = texts.get(actor.actor_type).filter(|kind| *kind != "User");
        note(ACTED, login, kind.unwrap_or_default());
    }
}

/// The token that was used: the event has its hash, and may have its number, which listings have.
pub(super) fn token(event: &Value) -> Option<(u8, String, String)> {
    let hash = text(event, "/hashed_token")?;
    let number = id(event, "/token_id").filter(|number| number != "0");
    let kind = text(event, "/programmatic_access_type").unwrap_or("token");
    let actor = text(event, "/actor").unwrap_or_default();
    let detail = [hash, kind, actor].map(|part| part.replace(BETWEEN, " "));
    Some((TOKEN, number.unwrap_or_else(|| hash.to_owned()), detail.join("\n")))
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
        ACTED => account(name, detail, change),
        _ => used(name, detail, change),
    };
    let fact = |at: Point| (at, of(Change::Seen { at: at.at }));
    if first.at == last.at { vec![fact(first)] } else { vec![fact(first), fact(last)] }
}

fn account(login: &str, detail: &str, change: Change) -> Fact {
    let fact = login_fact(login, change);
    let (kind, basis) = match detail {
        "Bot" => ("bot", "actor_is_bot is true"),
        "Agent" => ("ai_agent", "actor_is_agent is true"),
        _ => return fact,
    };
    fact.with("kind", kind).with("kind_basis", basis)
}

fn used(name: &str, detail: &str, change: Change) -> Fact {
    let mut parts = detail.split(BETWEEN);
    let mut part = || parts.next().filter(|part| !part.is_empty());
    let (hash, kind, actor) = (part(), part(), part());
    let native_kind = match kind {
        Some("Fine-grained personal access token") => "fine_grained_pat".to_owned(),
        Some(kind) => kind.to_lowercase().replace(' ', "_"),
        None => "token".to_owned(),
    };
    let fact = token_fact(name, &native_kind, change);
    debug_assert_eq!(fact.table, TableId::Credentials, "a token is a credential");
    fact.with_some("public_id", hash)
        .with_some("material", hash)
        .with_some("identity_id", actor.map(reference))
}
