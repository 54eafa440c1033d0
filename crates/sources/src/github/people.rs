//! People, teams and repositories of listings.

use serde_json::{Value, json};
use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::json_files::json::{flag, id, text};

use super::name::{Holder, LOGIN, Right, login_fact};

/// An account of a listing (REST API reference, "Simple User").
pub(super) fn account(user: &Value, at: Timestamp) -> Option<Fact> {
    let login = text(user, "/login")?;
    let (kind, basis) = match text(user, "/type") {
        Some("Bot") => ("bot", Some("its type is 'Bot'")),
        // An account of the type User may be a program's all the same.
        _ => ("unknown", None),
    };
    let mut tags = json!({});
    if let Some(number) = id(user, "/id") {
        tags["id"] = number.into();
    }
    for (name, pointer) in [("type", "/type"), ("node_id", "/node_id")] {
        if let Some(said) = text(user, pointer) {
            tags[name] = said.into();
        }
    }
    let fact = login_fact(login, Change::Seen { at })
        .with("kind", kind)
        .with_some("kind_basis", basis)
        .with_some("display_name", text(user, "/name"))
        .with_some("email", text(user, "/email"))
        .with("tags", tags.to_string());
    Some(fact)
}

/// A member of an organisation. Owners are members, too.
pub(super) fn member(
    user: &Value,
    org: &str,
    role: Option<&str>,
    mfa: Option<bool>,
    at: Timestamp,
) -> Vec<Fact> {
    let Some(login) = text(user, "/login") else { return Vec::new() };
    let mut facts: Vec<Fact> =
        account(user, at).map(|fact| fact.with_some("mfa", mfa)).into_iter().collect();
    facts.extend(Right::member(org).seen(Holder::Login(login), at));
    match role {
        Some("admin") => facts.extend(Right::owner(org).seen(Holder::Login(login), at)),
        Some(_) => {
            let gone = Change::Absent { at };
            facts.push(Right::owner(org).held(Holder::Login(login), gone));
        }
        None => {}
    }
    facts
}

/// Somebody from outside who may reach some of the repositories.
pub(super) fn outside(user: &Value, at: Timestamp) -> Vec<Fact> {
    let external = |fact: Fact| {
        fact.with("kind", "external").with("kind_basis", "listed as an outside collaborator")
    };
    account(user, at).map(external).into_iter().collect()
}

/// A team: a place in which rights are held, and what membership of it is called.
pub(super) fn team(team: &Value, org: &str, at: Timestamp) -> Vec<Fact> {
    let Some(slug) = text(team, "/slug") else { return Vec::new() };
    let name = format!("{org}/{}", slug.to_lowercase());
    let place = Fact::new(TableId::Resources, "team", name.as_str(), Change::Seen { at })
        .with("kind", "team")
        .with_some("name", text(team, "/name"));
    vec![place, Right::team(&name, None).there(at)]
}

pub(super) fn team_member(
    user: &Value,
    team: &str,
    role: Option<&str>,
    at: Timestamp,
) -> Vec<Fact> {
    let Some(login) = text(user, "/login") else { return Vec::new() };
    let mut facts: Vec<Fact> = account(user, at).into_iter().collect();
    facts.extend(Right::team(team, role).seen(Holder::Login(login), at));
    facts
}

/// A repository, its place and who sees it.
pub(super) fn repository(repo: &Value, at: Timestamp) -> Vec<Fact> {
    let Some(name) = text(repo, "/full_name") else { return Vec::new() };
    let private = flag(repo, "/private").map(|private| if private { "private" } else { "public" });
    let visibility = text(repo, "/visibility").or(private);
    let fact =
        Fact::new(TableId::Resources, "repository", name.to_lowercase(), Change::Seen { at })
            .with("kind", "repository")
            .with("name", name)
            .with_some("sensitivity", visibility);
    vec![fact]
}

/// The permission that a holder has: by its name, or the highest of the flags.
pub(super) fn permission(value: &Value) -> Option<&str> {
    let named = text(value, "/role_name").or_else(|| text(value, "/permission"));
    let flags = ["admin", "maintain", "push", "triage", "pull"];
    named.or_else(|| {
        flags.into_iter().find(|name| flag(value, &format!("/permissions/{name}")) == Some(true))
    })
}

pub(super) fn collaborator(user: &Value, repo: &str, at: Timestamp) -> Vec<Fact> {
    let Some(login) = text(user, "/login") else { return Vec::new() };
    let mut facts: Vec<Fact> = account(user, at).into_iter().collect();
    facts.extend(Right::repo(repo, permission(user)).seen(Holder::Login(login), at));
    facts
}

/// A repository of a team, or a team of a repository.
pub(super) fn team_repo(item: &Value, team: &str, repo: &str, at: Timestamp) -> Vec<Fact> {
    Right::repo(repo, permission(item)).seen(Holder::Team(team), at)
}

/// A reference to an account.
pub(super) fn reference(login: &str) -> String {
    format!("{LOGIN}/{}", login.to_lowercase())
}
