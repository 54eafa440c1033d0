//! Which answer an item is part of: by the request, or by what is in the item where that tells.

use serde_json::Value;

use crate::json_files::json::{after, argument, parts, text};
use crate::json_files::{Listed, Listing, Missing, Vendor};

/// What is listed; the text is the id of the user, group or app whose list it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Request {
    Users,
    Factors(String),
    UserRoles(String),
    UserGroups(String),
    Groups,
    GroupMembers(String),
    GroupRoles(String),
    Apps,
    AppUsers(String),
    AppGroups(String),
    ApiTokens,
    Logs,
}

pub(super) const VENDOR: Vendor = Vendor {
    name: "Okta",
    stream: "okta-state",
    // Okta API reference: secrets of clients, of factors in enrolment, passwords and their hashes,
    // answers to recovery questions, one-time tokens.
    secrets: &[
        "client_secret",
        "sharedSecret",
        "password",
        "tempPassword",
        "answer",
        "activationToken",
        "recoveryToken",
        "sessionToken",
        "stateToken",
        "token",
        "passCode",
    ],
    is_event,
    lists,
    scoped: &[],
    windows: &["events"],
    window_streams: &[],
    missing,
};

/// Okta calls it `eventType`; every event has it and `published` or `uuid`.
fn is_event(value: &Value) -> bool {
    text(value, "/eventType").is_some()
        && (value.get("published").is_some() || value.get("uuid").is_some())
}

impl Request {
    /// What was asked for, by path and query.
    fn of_url(url: &str) -> Option<Self> {
        let parts = parts(url);
        // What stands before is `api/v1`, or a directory of somebody's choice.
        (0..parts.len()).find_map(|from| Self::of_parts(&parts[from..]))
    }

    fn of_parts(parts: &[&str]) -> Option<Self> {
        let own = |id: &&str| (*id).to_owned();
        Some(match parts {
            ["users"] => Self::Users,
            ["users", id, "factors"] => Self::Factors(own(id)),
            ["users", id, "roles"] => Self::UserRoles(own(id)),
            ["users", id, "groups"] => Self::UserGroups(own(id)),
            ["groups"] => Self::Groups,
            ["groups", id, "users"] => Self::GroupMembers(own(id)),
            ["groups", id, "roles"] => Self::GroupRoles(own(id)),
            ["apps"] => Self::Apps,
            ["apps", id, "users"] => Self::AppUsers(own(id)),
            ["apps", id, "groups"] => Self::AppGroups(own(id)),
            ["api-tokens"] => Self::ApiTokens,
            ["logs"] => Self::Logs,
            _ => return None,
        })
    }

    /// What it must be by its members, where they tell.
    fn of_item(item: &Value) -> Option<Self> {
        let link = |name: &str, of: &str| {
            let link = text(item, &format!("/_links/{name}/href"))?;
            after(link, of).map(str::to_owned)
        };
        if is_event(item) {
            Some(Self::Logs)
        } else if item.get("factorType").is_some() {
            Some(Self::Factors(link("user", "users").or_else(|| link("self", "users"))?))
        } else if item.get("tokenWindow").is_some() {
            Some(Self::ApiTokens)
        } else if item.get("assignmentType").is_some() {
            let user = link("assignee", "users").map(Self::UserRoles);
            user.or_else(|| link("assignee", "groups").map(Self::GroupRoles))
        } else if item.get("signOnMode").is_some() {
            Some(Self::Apps)
        } else if item.get("scope").is_some() && item.pointer("/_links/app").is_some() {
            link("app", "apps").map(Self::AppUsers)
        } else if item.get("priority").is_some() && item.pointer("/_links/app").is_some() {
            link("app", "apps").map(Self::AppGroups)
        } else if item.get("objectClass").is_some() {
            Some(Self::Groups)
        } else if item.get("status").is_some() && text(item, "/profile/login").is_some() {
            Some(Self::Users)
        } else {
            None
        }
    }

    /// By the request; else by the item.
    pub(super) fn of(url: &str, item: Option<&Value>) -> Option<Self> {
        Self::of_url(url).or_else(|| Self::of_item(item?))
    }

    fn kind(&self) -> (&'static str, &str) {
        match self {
            Self::Users => ("users", ""),
            Self::Factors(id) => ("factors", id),
            Self::UserRoles(id) => ("admin roles of users", id),
            Self::UserGroups(id) => ("groups of users", id),
            Self::Groups => ("groups", ""),
            Self::GroupMembers(id) => ("group members", id),
            Self::GroupRoles(id) => ("admin roles of groups", id),
            Self::Apps => ("apps", ""),
            Self::AppUsers(id) => ("app users", id),
            Self::AppGroups(id) => ("app groups", id),
            Self::ApiTokens => ("API tokens", ""),
            Self::Logs => ("events", ""),
        }
    }
}

/// Users who are deactivated are a list of their own: the one without a filter leaves them out.
const DEPROVISIONED: &str = "DEPROVISIONED";

fn lists(url: &str, item: Option<&Value>) -> Option<Listing> {
    let request = Request::of(url, item)?;
    let id = item.and_then(|item| text(item, "/id")).map(str::to_owned);
    let (kind, of) = request.kind();
    if request == Request::Users {
        let asked = ["filter", "search", "status"].iter().filter_map(|name| argument(url, name));
        let asked = asked.collect::<String>().contains(DEPROVISIONED);
        let is = item.and_then(|item| text(item, "/status")) == Some(DEPROVISIONED);
        // They have no factors and may have no roles: nobody asks for those.
        let (of, id) = if asked || is { (DEPROVISIONED, None) } else { ("", id) };
        return Some(Listing { kind, of: of.to_owned(), id });
    }
    Some(Listing { kind, of: of.to_owned(), id })
}

fn missing(listed: &Listed) -> Vec<Missing> {
    let mut missing: Vec<Missing> = [
        listed.without("groups", "group members"),
        listed.without("groups", "admin roles of groups"),
        listed.without("apps", "app users"),
        listed.without("apps", "app groups"),
        listed.without("users", "factors"),
        listed.without("users", "admin roles of users"),
        listed.without("users", "groups of users"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if listed.any("users") && !listed.has("users", DEPROVISIONED) {
        missing.push(Missing {
            cause: "deactivated users are in no listing: the one without a filter leaves them out"
                .to_owned(),
            hint: "export /api/v1/users?filter=status eq \"DEPROVISIONED\" too, as users.status=DEPROVISIONED.json if it is empty".to_owned(),
        });
    }
    missing
}
