//! What the items of listings tell.

use std::collections::BTreeMap;

use serde_json::Value;
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::json_files::json::{list, text, time};
use crate::json_files::{Event, Item, Reader, Said, Vendor};

use super::name::{FACTOR, Holder, Right, USER, token_fact, user_fact};
use super::request::{Request, VENDOR};
use super::{event, user};

/// Reads what Okta gave.
pub(super) struct OktaReader;

impl Reader for OktaReader {
    fn vendor(&self) -> &'static Vendor {
        &VENDOR
    }

    fn event(&self, _raw: &[u8], value: &Value) -> Result<Event, String> {
        event::event(value)
    }

    fn listing(&self, items: &[Item<'_>]) -> Vec<Said> {
        let mfa = mfa(items);
        items.iter().map(|item| said(item, &mfa)).collect()
    }
}

/// Whether a user has a factor that works, by the list of their factors. A question is something
/// that is known, like the password, so it is none.
fn mfa(items: &[Item<'_>]) -> BTreeMap<String, bool> {
    let mut users = BTreeMap::new();
    for item in items {
        let Some(Request::Factors(user)) = Request::of(&item.line.url, item.value.as_ref()) else {
            continue;
        };
        let works = item.value.as_ref().is_some_and(|factor| {
            text(factor, "/status") == Some("ACTIVE")
                && text(factor, "/factorType") != Some("question")
        });
        *users.entry(user).or_default() |= works;
    }
    users
}

fn said(item: &Item<'_>, mfa: &BTreeMap<String, bool>) -> Said {
    let Some(request) = Request::of(&item.line.url, item.value.as_ref()) else {
        return Said { silent: "nothing that is read", ..Said::default() };
    };
    let at = item.line.at;
    let mut facts = Vec::new();
    if let Request::Factors(user) = &request {
        let has = mfa.get(user).copied();
        facts.push(user_fact(user, Change::Seen { at }).with_some("mfa", has));
    }
    let Some(value) = &item.value else {
        return Said { facts, silent: "it lists nothing", ..Said::default() };
    };
    let Some(id) = text(value, "/id") else {
        let problems = vec!["the item has no id".to_owned()];
        return Said { facts, silent: "it has no id", problems };
    };
    facts.extend(match &request {
        Request::Users => user::facts(value, at, None),
        Request::Factors(user) => factor(value, id, user, at),
        Request::UserRoles(user) => role(value, Holder::User(user), at),
        Request::GroupRoles(group) => role(value, Holder::Group(group), at),
        Request::Groups => group(value, id, at),
        Request::GroupMembers(group) => {
            let account = user_fact(id, Change::Seen { at });
            let mut facts = vec![account.with_some("login", text(value, "/profile/login"))];
            facts.extend(member(id, group, at));
            facts
        }
        Request::UserGroups(user) => {
            let mut facts = group(value, id, at);
            facts.extend(member(user, id, at));
            facts
        }
        Request::Apps => app(value, id, at),
        Request::AppUsers(app) => app_user(value, id, app, at),
        Request::AppGroups(app) => {
            vec![Right::app(app).held(Holder::Group(id), Change::Seen { at })]
        }
        Request::ApiTokens => token(value, id, at),
        Request::Logs => Vec::new(),
    });
    Said { facts, ..Said::default() }
}

/// That something began when Okta says, as far as that is past, and that it was there.
fn lived(since: Option<Timestamp>, at: Timestamp, make: impl Fn(Change) -> Fact) -> Vec<Fact> {
    let basis = Basis::SourceAttribute;
    let begun = since.filter(|since| *since <= at).map(|at| make(Change::Begun { at, basis }));
    begun.into_iter().chain([make(Change::Seen { at })]).collect()
}

fn group(value: &Value, id: &str, at: Timestamp) -> Vec<Fact> {
    let name = text(value, "/profile/name");
    lived(time(value, "/created"), at, |change| Right::group(id).fact(change, name))
}

fn member(user: &str, group: &str, at: Timestamp) -> Vec<Fact> {
    vec![Right::group(group).held(Holder::User(user), Change::Seen { at })]
}

fn app(value: &Value, id: &str, at: Timestamp) -> Vec<Fact> {
    let name = text(value, "/label").or_else(|| text(value, "/name"));
    let mut facts = lived(time(value, "/created"), at, |change| Right::app(id).fact(change, name));
    let grants = list(value, "/settings/oauthClient/grant_types");
    if grants.iter().any(|grant| grant == "client_credentials") {
        let service = Fact::new(TableId::Identities, "okta-app", id, Change::Seen { at })
            .with("kind", "app_registration")
            .with("kind_basis", "its grant types have client_credentials")
            .with_some("login", text(value, "/credentials/oauthClient/client_id"))
            .with_some("display_name", name)
            .with_some("status", text(value, "/status").map(str::to_lowercase))
            .with_some("created_at_src", time(value, "/created"));
        facts.push(service);
    }
    facts
}

fn app_user(value: &Value, id: &str, app: &str, at: Timestamp) -> Vec<Fact> {
    let by_group = text(value, "/scope") == Some("GROUP");
    let hold = |change| {
        let fact = Right::app(app).held(Holder::User(id), change);
        if by_group { fact.with("path_kind", "group") } else { fact }
    };
    // What is left of an assignment that was taken back (API reference, "Application user status").
    let ended = matches!(text(value, "/status"), Some("DEPROVISIONED" | "REVOKED" | "INACTIVE"));
    match time(value, "/statusChanged").filter(|_| ended) {
        Some(when) => vec![hold(Change::Ended { at: when, basis: Basis::SourceAttribute })],
        None if ended => vec![hold(Change::Absent { at })],
        None => lived(time(value, "/created"), at, hold),
    }
}

/// An admin role that is assigned. What comes from a group is held by the group as well.
fn role(value: &Value, holder: Holder<'_>, at: Timestamp) -> Vec<Fact> {
    let kind = text(value, "/type").unwrap_or("CUSTOM");
    let custom = text(value, "/role").filter(|_| kind == "CUSTOM");
    let right = Right::role(custom.unwrap_or(kind));
    let by_group =
        matches!(holder, Holder::User(_)) && text(value, "/assignmentType") == Some("GROUP");
    let mut facts = vec![right.fact(Change::Seen { at }, text(value, "/label"))];
    facts.extend(lived(time(value, "/created"), at, |change| {
        let fact = right.held(holder, change);
        if by_group { fact.with("path_kind", "group") } else { fact }
    }));
    if let Holder::Group(group) = holder {
        let change = Change::Seen { at };
        facts.push(Right::group(group).fact(change, None).with("privileged", true));
    }
    facts
}

fn factor(value: &Value, id: &str, user: &str, at: Timestamp) -> Vec<Fact> {
    let parts = [text(value, "/provider"), text(value, "/factorType")];
    let kind = parts.into_iter().flatten().collect::<Vec<_>>().join(":").to_lowercase();
    let created = time(value, "/created");
    lived(created, at, |change| {
        Fact::new(TableId::Credentials, FACTOR, id, change)
            .with("identity_id", format!("{USER}/{user}"))
            .with("class", "mfa_factor")
            .with("native_kind", kind.as_str())
            .with("public_id", id)
            .with_some("status", text(value, "/status").map(str::to_lowercase))
            .with_some("created_at_src", created)
    })
}

/// A token ends when it is not used for its window (API reference, "API Tokens").
fn token(value: &Value, id: &str, at: Timestamp) -> Vec<Fact> {
    let created = time(value, "/created");
    lived(created, at, |change| {
        token_fact(id, change)
            .with_some("identity_id", text(value, "/userId").map(|user| format!("{USER}/{user}")))
            .with("status", "active")
            .with_some("created_at_src", created)
            .with_some("expires_at", time(value, "/expiresAt"))
            .with("expiry_kind", "sliding")
            .with_some("issued_for", text(value, "/name"))
    })
}
