//! Names of things: those of the kind `git-access`. Logins, organisations, teams and repositories
//! are in lower case, since GitHub does not tell them apart by case.

use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

/// Native type of accounts.
pub(super) const LOGIN: &str = "login";
/// Permissions on a repository, as the REST API names the standard ones.
pub(super) const PERMISSIONS: &[&str] =
    &["read", "triage", "write", "maintain", "admin", "unknown"];

/// Who holds something.
#[derive(Clone, Copy)]
pub(super) enum Holder<'a> {
    Login(&'a str),
    /// `org/slug`.
    Team(&'a str),
}

/// A right that can be held.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Right {
    native_type: &'static str,
    pub(super) id: String,
    resource: String,
    level: &'static str,
    privileged: bool,
}

impl Right {
    pub(super) fn member(org: &str) -> Self {
        Self::of("org-member", format!("org:{}", org.to_lowercase()), "member", "read", false)
    }

    /// GitHub calls those with the role `admin` owners: they can do everything.
    pub(super) fn owner(org: &str) -> Self {
        Self::of("org-admin", format!("org:{}", org.to_lowercase()), "admin", "admin", true)
    }

    /// Of `org/slug`.
    pub(super) fn team(team: &str, role: Option<&str>) -> Self {
        let team = format!("team:{}", team.to_lowercase());
        match role.map(str::to_lowercase).as_deref() {
            Some("maintainer") => Self::of("team-maintainer", team, "maintainer", "write", false),
            _ => Self::of("team-member", team, "member", "read", false),
        }
    }

    /// Of `owner/name`. Older names of permissions are understood.
    pub(super) fn repo(repo: &str, permission: Option<&str>) -> Self {
        let said = permission.map(str::to_lowercase);
        let (permission, level) = match said.as_deref() {
            Some("admin") => ("admin", "admin"),
            Some("maintain") => ("maintain", "write"),
            Some("write" | "push") => ("write", "write"),
            Some("triage") => ("triage", "read"),
            Some("read" | "pull") => ("read", "read"),
            Some(other) => (other, "unknown"),
            None => ("unknown", "unknown"),
        };
        let resource = format!("repo:{}", repo.to_lowercase());
        Self::of("repo-permission", resource, permission, level, permission == "admin")
    }

    fn of(
        native_type: &'static str,
        resource: String,
        role: &str,
        level: &'static str,
        privileged: bool,
    ) -> Self {
        Self { native_type, id: format!("{resource}:{role}"), resource, level, privileged }
    }

    /// That the right exists.
    pub(super) fn there(&self, at: Timestamp) -> Fact {
        let purpose =
            if self.native_type == "repo-permission" { "permission" } else { "membership" };
        Fact::new(TableId::Entitlements, self.native_type, self.id.as_str(), Change::Seen { at })
            .with("name", self.id.as_str())
            .with("purpose", purpose)
            .with("level", self.level)
            .with("privileged", self.privileged)
            .with("resource", self.resource.as_str())
    }

    /// That somebody holds it.
    pub(super) fn held(&self, holder: Holder<'_>, change: Change) -> Fact {
        let (name, identity, path) = match holder {
            Holder::Login(login) => {
                let login = login.to_lowercase();
                let identity = format!("{LOGIN}/{login}");
                (login, Some(identity), "direct")
            }
            Holder::Team(team) => (format!("team:{}", team.to_lowercase()), None, "group"),
        };
        let id = format!("{name}|{}", self.id);
        Fact::new(TableId::Grants, self.native_type, id, change)
            .with_some("identity_id", identity)
            .with("entitlement_id", format!("{}/{}", self.native_type, self.id))
            .with("principal", name)
            .with("entitlement", self.id.as_str())
            .with("effect", "allow")
            .with("path_kind", path)
    }

    /// That the right exists and somebody holds it, both seen then.
    pub(super) fn seen(&self, holder: Holder<'_>, at: Timestamp) -> Vec<Fact> {
        vec![self.there(at), self.held(holder, Change::Seen { at })]
    }
}

/// An account.
pub(super) fn login_fact(login: &str, change: Change) -> Fact {
    Fact::new(TableId::Identities, LOGIN, login.to_lowercase(), change).with("login", login)
}

/// The account of an installed app, by the app's slug (GitHub writes `slug[bot]`).
pub(super) fn bot(slug: &str) -> String {
    format!("{}[bot]", slug.to_lowercase())
}

/// What GitHub makes of an app's name for its address.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// That something began when GitHub says, as far as that is past, and that it was there.
pub(super) fn lived(
    since: Option<Timestamp>,
    at: Timestamp,
    make: impl Fn(Change) -> Fact,
) -> Vec<Fact> {
    let basis = Basis::SourceAttribute;
    let begun = since.filter(|since| *since <= at).map(|at| make(Change::Begun { at, basis }));
    begun.into_iter().chain([make(Change::Seen { at })]).collect()
}
