//! Which answer an item is part of: by the request, or by what is in the item where that tells.

use serde_json::Value;

use crate::json_files::json::{argument, id, parts, text};
use crate::json_files::{Listed, Listing, Missing, Vendor};

/// What is listed. Organisations and repositories (`owner/name`) are in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Request {
    Members { org: String, role: Option<String>, without_mfa: bool },
    Outside { org: String },
    Teams { org: String },
    TeamMembers { org: String, team: String, role: Option<String> },
    TeamRepos { org: String, team: String },
    Repos { org: String },
    Installations { org: String },
    Tokens { org: String },
    Alerts { repo: Option<String> },
    Collaborators { repo: String },
    RepoTeams { repo: String },
    Keys { repo: String },
    Protection { repo: String, branch: String },
    Deployments { repo: String },
    DeploymentStatuses { repo: String, deployment: String },
    Pulls { repo: String },
    Reviews { repo: String, pull: String },
    Checks { repo: String, commit: String },
    Status { repo: String, commit: String },
    AuditLog,
    GraphQl,
}

pub(super) const VENDOR: Vendor = Vendor {
    name: "GitHub",
    stream: "github-state",
    // REST API reference: the secret that an alert is about, tokens of installations, secrets of
    // apps and webhooks, private keys of apps.
    secrets: &["secret", "token", "client_secret", "webhook_secret", "pem"],
    is_event,
    lists,
    scoped: &[
        "owners",
        "members",
        "members without a second factor",
        "outside collaborators",
        "teams",
        "repositories",
        "installations",
        "personal access tokens",
    ],
    windows: &[
        "events",
        "pull requests",
        "reviews",
        "checks",
        "deployments",
        "deployment statuses",
    ],
    window_streams: &[("pull requests", "changes"), ("deployments", "deployments")],
    missing,
};

/// Actions have a category and a name; every event says when, in one of two ways.
fn is_event(value: &Value) -> bool {
    let has = |name: &str| value.get(name).is_some();
    text(value, "/action").is_some()
        && (has("@timestamp") || has("created_at") || has("_document_id"))
        && !has("url")
}

impl Request {
    pub(super) fn of(url: &str, item: Option<&Value>) -> Option<Self> {
        Self::of_url(url).or_else(|| Self::of_item(item?))
    }

    fn of_url(url: &str) -> Option<Self> {
        let parts = parts(url);
        (0..parts.len()).find_map(|from| match &parts[from..] {
            ["orgs", org, rest @ ..] => Self::of_org(url, org.to_lowercase(), rest),
            ["repos", owner, name, rest @ ..] => {
                Self::of_repo(format!("{owner}/{name}").to_lowercase(), rest)
            }
            ["graphql"] => Some(Self::GraphQl),
            _ => None,
        })
    }

    fn of_org(url: &str, org: String, rest: &[&str]) -> Option<Self> {
        let role = argument(url, "role").filter(|role| role != "all");
        Some(match rest {
            ["members"] => {
                let without_mfa = argument(url, "filter")
                    .is_some_and(|filter| filter.starts_with("2fa_") && filter != "2fa_all");
                Self::Members { org, role, without_mfa }
            }
            ["outside_collaborators"] => Self::Outside { org },
            ["teams"] => Self::Teams { org },
            ["teams", team, "members"] => {
                Self::TeamMembers { org, team: team.to_lowercase(), role }
            }
            ["teams", team, "repos"] => Self::TeamRepos { org, team: team.to_lowercase() },
            ["repos"] => Self::Repos { org },
            ["installations"] => Self::Installations { org },
            ["personal-access-tokens"] => Self::Tokens { org },
            ["secret-scanning", "alerts"] => Self::Alerts { repo: None },
            ["audit-log"] => Self::AuditLog,
            _ => return None,
        })
    }

    fn of_repo(repo: String, rest: &[&str]) -> Option<Self> {
        let own = |text: &str| text.to_owned();
        Some(match rest {
            ["collaborators"] => Self::Collaborators { repo },
            ["teams"] => Self::RepoTeams { repo },
            ["keys", ..] => Self::Keys { repo },
            // Names of branches may have slashes.
            ["branches", branch @ .., "protection"] if !branch.is_empty() => {
                Self::Protection { repo, branch: branch.join("/") }
            }
            ["deployments"] => Self::Deployments { repo },
            ["deployments", deployment, "statuses", ..] => {
                Self::DeploymentStatuses { repo, deployment: own(deployment) }
            }
            ["pulls"] | ["pulls", _] => Self::Pulls { repo },
            ["pulls", pull, "reviews", ..] => Self::Reviews { repo, pull: own(pull) },
            ["commits", commit, "check-runs"] => Self::Checks { repo, commit: own(commit) },
            ["commits", commit, "status"] => Self::Status { repo, commit: own(commit) },
            ["secret-scanning", "alerts", ..] => Self::Alerts { repo: Some(repo) },
            _ => return None,
        })
    }

    /// What it must be by its members, where they tell: many have their own address in them.
    fn of_item(item: &Value) -> Option<Self> {
        if is_event(item) {
            return Some(Self::AuditLog);
        }
        let has = |name: &str| item.get(name).is_some();
        if has("secret_type") {
            let repo = text(item, "/repository/full_name").map(str::to_lowercase);
            return Some(Self::Alerts { repo: repo.or_else(|| repo_of(text(item, "/url")?)) });
        }
        if has("installations") {
            let org = text(item, "/installations/0/account/login").unwrap_or_default();
            return Some(Self::Installations { org: org.to_lowercase() });
        }
        if has("token_id") && has("access_granted_at") {
            return Some(Self::Tokens { org: String::new() });
        }
        if has("slug") && has("members_url") {
            let org = crate::json_files::json::after(text(item, "/html_url")?, "orgs")?;
            return Some(Self::Teams { org: org.to_lowercase() });
        }
        if has("full_name") && has("private") && !has("permission") {
            let (owner, _) = text(item, "/full_name")?.split_once('/')?;
            return Some(Self::Repos { org: owner.to_lowercase() });
        }
        if has("check_runs") {
            let commit = text(item, "/check_runs/0/head_sha")?.to_owned();
            return Some(Self::Checks { repo: repo_of(text(item, "/check_runs/0/url")?)?, commit });
        }
        let link = text(item, "/pull_request_url").filter(|_| has("submitted_at"));
        if let Some(link) = link {
            let pull = crate::json_files::json::after(link, "pulls")?.to_owned();
            return Some(Self::Reviews { repo: repo_of(link)?, pull });
        }
        let known = has("merged_at") || has("statuses_url") || has("read_only");
        let url = text(item, "/url").filter(|url| known || url.ends_with("/protection"))?;
        Self::of_url(url.split_once("://").map_or(url, |(_, rest)| rest)).or_else(|| {
            has("statuses_url").then(|| repo_of(url).map(|repo| Self::Deployments { repo }))?
        })
    }

    fn kind(&self) -> (&'static str, String) {
        match self {
            Self::Members { org, without_mfa: true, .. } => {
                ("members without a second factor", org.clone())
            }
            Self::Members { org, role, .. } => match role.as_deref() {
                Some("admin") => ("owners", org.clone()),
                _ => ("members", org.clone()),
            },
            Self::Outside { org } => ("outside collaborators", org.clone()),
            Self::Teams { org } => ("teams", org.clone()),
            Self::TeamMembers { org, team, role } => match role.as_deref() {
                Some("maintainer") => ("team maintainers", format!("{org}/{team}")),
                _ => ("team members", format!("{org}/{team}")),
            },
            Self::TeamRepos { org, team } => ("team repositories", format!("{org}/{team}")),
            Self::Repos { org } => ("repositories", org.clone()),
            Self::Installations { org } => ("installations", org.clone()),
            Self::Tokens { org } => ("personal access tokens", org.clone()),
            Self::Alerts { repo } => ("secret-scanning alerts", repo.clone().unwrap_or_default()),
            Self::Collaborators { repo } => ("collaborators", repo.clone()),
            Self::RepoTeams { repo } => ("teams of repositories", repo.clone()),
            Self::Keys { repo } => ("deploy keys", repo.clone()),
            Self::Protection { repo, .. } => ("branch protection", repo.clone()),
            Self::Deployments { repo } => ("deployments", repo.clone()),
            Self::DeploymentStatuses { repo, .. } => ("deployment statuses", repo.clone()),
            Self::Pulls { repo } => ("pull requests", repo.clone()),
            Self::Reviews { repo, .. } => ("reviews", repo.clone()),
            Self::Checks { repo, .. } | Self::Status { repo, .. } => ("checks", repo.clone()),
            Self::AuditLog => ("events", String::new()),
            Self::GraphQl => ("GraphQL answers", String::new()),
        }
    }
}

/// The repository in an address of the API.
fn repo_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("/repos/")?;
    let mut parts = rest.split('/');
    Some(format!("{}/{}", parts.next()?, parts.next()?).to_lowercase())
}

fn lists(url: &str, item: Option<&Value>) -> Option<Listing> {
    let request = Request::of(url, item)?;
    let (kind, of) = request.kind();
    let name = item.and_then(|item| match &request {
        Request::Teams { org } => Some(format!("{org}/{}", text(item, "/slug")?.to_lowercase())),
        Request::Repos { .. } => Some(text(item, "/full_name")?.to_lowercase()),
        _ => id(item, "/id"),
    });
    Some(Listing { kind, of, id: name })
}

fn missing(listed: &Listed) -> Vec<Missing> {
    let mut missing: Vec<Missing> = [
        listed.without("teams", "team members"),
        listed.without("teams", "team maintainers"),
        listed.without("teams", "team repositories"),
        listed.without("repositories", "collaborators"),
        listed.without("repositories", "teams of repositories"),
        listed.without("repositories", "deploy keys"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if listed.any("GraphQL answers") {
        missing.push(Missing {
            cause: "GraphQL answers do not say how far they are whole".to_owned(),
            hint:
                "nothing is taken as gone because of them; export the REST API's listings for that"
                    .to_owned(),
        });
    }
    missing
}
