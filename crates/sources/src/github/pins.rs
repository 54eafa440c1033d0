//! What events say began or ended at their very instant. What has no place here stays a use.

use serde_json::Value;
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::json_files::json::{flag, id, text};

use super::app::app_fact;
use super::credential::{deploy_key, token_fact};
use super::name::{Holder, PERMISSIONS, Right, bot, login_fact, slug};
use super::people::reference;
use super::setting::{PROTECTED, setting};

/// The facts that an event pins.
pub(super) fn facts(event: &Value, action: &str, at: Timestamp) -> Vec<Fact> {
    let pin = Pin { event, at };
    let facts = match action {
        "org.add_member" | "org.update_member" | "org.remove_member" => pin.member(action),
        "team.add_member" | "team.remove_member" => pin.team_member(action.starts_with("team.add")),
        "repo.add_member" | "repo.update_member" | "repo.remove_member" => pin.collaborator(action),
        "team.add_repository" | "team.update_repository_permission" => pin.team_repo(true),
        "team.remove_repository" => pin.team_repo(false),
        "personal_access_token.access_granted" => pin.token(true),
        "personal_access_token.access_revoked"
        | "personal_access_token.access_restriction_enabled"
        | "personal_access_token.destroy" => pin.token(false),
        "oauth_authorization.create" => pin.authorization(true),
        "oauth_authorization.destroy" => pin.authorization(false),
        "integration_installation.create" | "integration_installation.unsuspend" => pin.app(true),
        "integration_installation.destroy" => pin.app(false),
        "public_key.create" | "deploy_key.create" => pin.key(true),
        "public_key.delete" | "deploy_key.delete" | "deploy_key.destroy" => pin.key(false),
        "protected_branch.create" => pin.protection(true),
        "protected_branch.destroy" => pin.protection(false),
        "protected_branch.policy_override" => pin.bypass(),
        _ => None,
    };
    facts.unwrap_or_default()
}

struct Pin<'e> {
    event: &'e Value,
    at: Timestamp,
}

impl<'e> Pin<'e> {
    const fn change(&self, begins: bool) -> Change {
        let (at, basis) = (self.at, Basis::Event);
        if begins { Change::Begun { at, basis } } else { Change::Ended { at, basis } }
    }

    fn said(&self, pointer: &str) -> Option<&'e str> {
        text(self.event, pointer)
    }

    fn repo(&self) -> Option<&'e str> {
        self.said("/repo").or_else(|| self.said("/repository")).filter(|repo| repo.contains('/'))
    }

    /// `org/slug`; some exports write the slug alone.
    fn team(&self) -> Option<String> {
        let team = self.said("/team").or_else(|| self.said("/data/team"))?;
        if team.contains('/') {
            return Some(team.to_lowercase());
        }
        Some(format!("{}/{team}", self.said("/org")?).to_lowercase())
    }

    /// A right that begins or ends to be held, and by whose doing.
    fn grant(&self, right: &Right, holder: Holder<'_>, begins: bool) -> Fact {
        let (by, event) = match begins {
            true => ("granted_by", "granted_event"),
            false => ("removed_by", "removed_event"),
        };
        right
            .held(holder, self.change(begins))
            .with_some(by, self.said("/actor"))
            .with_some(event, self.said("/_document_id"))
    }

    fn granted(&self, right: &Right, holder: Holder<'_>) -> [Fact; 2] {
        [right.there(self.at), self.grant(right, holder, true)]
    }

    /// That somebody does not hold it now, whether or not they did before.
    fn not_held(&self, right: &Right, holder: Holder<'_>) -> Fact {
        right.held(holder, Change::Absent { at: self.at })
    }

    /// The account that the event is about.
    fn user(&self) -> Option<(&'e str, Fact)> {
        let login = self.said("/user")?;
        Some((login, login_fact(login, Change::Seen { at: self.at })))
    }

    fn member(&self, action: &str) -> Option<Vec<Fact>> {
        let ((login, account), org) = (self.user()?, self.said("/org")?);
        let (member, owner) = (Right::member(org), Right::owner(org));
        let holder = Holder::Login(login);
        let mut facts = vec![account];
        let owns = self.said("/permission").map(|said| said == "admin");
        match action {
            "org.remove_member" => {
                facts.push(self.grant(&member, holder, false));
                facts.push(self.not_held(&owner, holder));
                return Some(facts);
            }
            "org.add_member" => facts.extend(self.granted(&member, holder)),
            _ => facts.extend(member.seen(holder, self.at)),
        }
        let owned = self.said("/old_permission").map(|said| said == "admin");
        match (owns, owned) {
            (Some(true), _) => facts.extend(self.granted(&owner, holder)),
            (Some(false), Some(true)) => facts.push(self.grant(&owner, holder, false)),
            (Some(false), _) => facts.push(self.not_held(&owner, holder)),
            (None, _) => {}
        }
        Some(facts)
    }

    fn team_member(&self, begins: bool) -> Option<Vec<Fact>> {
        let ((login, account), team) = (self.user()?, self.team()?);
        let (member, holder) = (Right::team(&team, None), Holder::Login(login));
        let mut facts = vec![account];
        if begins {
            facts.extend(self.granted(&member, holder));
        } else {
            // Who maintained the team was listed as maintainer, not as member.
            let maintainer = Right::team(&team, Some("maintainer"));
            facts.push(self.grant(&member, holder, false));
            facts.push(self.not_held(&maintainer, holder));
        }
        Some(facts)
    }

    /// Which permission the event gives, and which it takes.
    fn permissions(&self) -> (Option<&'e str>, Option<&'e str>) {
        let first = |names: &[&str]| names.iter().find_map(|name| self.said(name));
        let new =
            first(&["/new_repo_permission", "/new_permission", "/permission", "/repo_permission"]);
        (new, first(&["/old_repo_permission", "/old_permission"]))
    }

    fn collaborator(&self, action: &str) -> Option<Vec<Fact>> {
        let (login, account) = self.user()?;
        let begins = action != "repo.remove_member";
        let mut facts = vec![account];
        facts.extend(self.access(Holder::Login(login), begins)?);
        Some(facts)
    }

    fn team_repo(&self, begins: bool) -> Option<Vec<Fact>> {
        self.access(Holder::Team(&self.team()?), begins)
    }

    /// Somebody has one permission on a repository, or none.
    fn access(&self, holder: Holder<'_>, begins: bool) -> Option<Vec<Fact>> {
        let repo = self.repo()?;
        let (new, old) = self.permissions();
        let right = Right::repo(repo, new);
        let mut facts = Vec::new();
        if begins {
            facts.extend(self.granted(&right, holder));
        }
        let taken = old.or(new.filter(|_| !begins)).map(|old| Right::repo(repo, Some(old)));
        if let Some(taken) = taken.as_ref().filter(|taken| !begins || **taken != right) {
            facts.push(self.grant(taken, holder, false));
        }
        for permission in PERMISSIONS {
            let other = Right::repo(repo, Some(permission));
            if Some(&other) != taken.as_ref() && (!begins || other != right) {
                facts.push(self.not_held(&other, holder));
            }
        }
        Some(facts)
    }

    /// The token that the event is about: that of the call itself is `hashed_token`.
    fn token(&self, begins: bool) -> Option<Vec<Fact>> {
        let number = id(self.event, "/user_programmatic_access_id")
            .or_else(|| id(self.event, "/token_id"))
            .filter(|number| number != "0")?;
        let owner = self.said("/user").or_else(|| self.said("/actor"));
        let fact = token_fact(&number, "fine_grained_pat", self.change(begins))
            .with_some("issued_for", self.said("/user_programmatic_access_name"));
        Some(vec![if begins {
            fact.with("status", "active")
                .with_some("identity_id", owner.map(reference))
                .with_some("created_by", owner)
        } else {
            fact.with_some("revoked_by", self.said("/actor"))
        }])
    }

    /// An OAuth app that somebody let act for themselves.
    fn authorization(&self, begins: bool) -> Option<Vec<Fact>> {
        let app = self.said("/oauth_application_name").or_else(|| self.said("/application_name"));
        let app = app.map(str::to_owned).or_else(|| id(self.event, "/oauth_application_id"))?;
        let user = self.said("/user").or_else(|| self.said("/actor"))?;
        let name = format!("{}/{app}", user.to_lowercase());
        let change = self.change(begins);
        let fact = Fact::new(TableId::Integrations, "oauth-authorization", name, change)
            .with("name", app)
            .with("identity", user.to_lowercase());
        Some(vec![if begins {
            fact.with_some("scopes", self.said("/token_scopes").or_else(|| self.said("/scopes")))
                .with("consented_at", self.at)
                .with_some("consented_by", self.said("/actor"))
        } else {
            fact
        }])
    }

    fn app(&self, begins: bool) -> Option<Vec<Fact>> {
        let name = self.said("/integration").or_else(|| self.said("/name"))?;
        let (org, slug) = (self.said("/org")?, slug(name));
        let fact = app_fact(org, &slug, self.change(begins));
        if !begins {
            return Some(vec![fact]);
        }
        let account = login_fact(&bot(&slug), Change::Seen { at: self.at })
            .with("kind", "bot")
            .with("kind_basis", "the account of an installed GitHub App");
        let told =
            fact.with("consented_at", self.at).with_some("consented_by", self.said("/actor"));
        Some(vec![told, account])
    }

    fn key(&self, begins: bool) -> Option<Vec<Fact>> {
        let (repo, print) = (self.repo()?, self.said("/fingerprint")?);
        let fact = deploy_key(repo, print, self.change(begins));
        let reads = flag(self.event, "/read_only");
        let access = reads.map(|reads| if reads { "read" } else { "read and write" });
        let title = self.said("/title").unwrap_or_default();
        Some(vec![if begins {
            fact.with("status", "active")
                .with("created_at_src", self.at)
                .with_some("created_by", self.said("/actor"))
                .with_some("issued_for", access.map(|access| format!("{title} ({access} {repo})")))
        } else {
            fact.with_some("revoked_by", self.said("/actor"))
        }])
    }

    fn protection(&self, begins: bool) -> Option<Vec<Fact>> {
        let branch = self.said("/name").or_else(|| self.said("/branch"))?;
        let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
        let fact = setting(self.repo()?, branch, PROTECTED, self.change(begins))
            .with_some("changed_by", self.said("/actor"))
            .with_some("change_ref", self.said("/_document_id"));
        Some(vec![if begins { fact.with("value", "true") } else { fact }])
    }

    /// Somebody put a change into force although required checks or reviews were missing.
    fn bypass(&self) -> Option<Vec<Fact>> {
        let repo = self.repo()?.to_lowercase();
        let branch = self.said("/branch").unwrap_or("a branch");
        let commit = self.said("/after");
        let event = self.said("/_document_id").or(commit);
        let name = match event {
            Some(event) => format!("{repo}/{event}"),
            None => format!("{repo}/{}", self.at),
        };
        let fact = Fact::new(TableId::Changes, "policy-override", name, self.change(true))
            .with("kind", "merge")
            .with("system_changed", repo)
            .with("title", format!("branch protection of {branch} was overridden"))
            .with_some("author", self.said("/actor"))
            .with_some("merged_by", self.said("/actor"))
            .with("merged_at", self.at)
            .with_some("artifact_digest", commit)
            .with("bypassed", true);
        Some(vec![fact])
    }
}
