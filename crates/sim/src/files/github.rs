//! GitHub: the audit log of each organisation, its listings as on the day of collection, and merged
//! pull requests with their reviews, checks and deployments.
//!
//! Shapes: GitHub, "Audit log events for your organization" and "REST API reference".

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_model::Timestamp;

use crate::World;
use crate::chance::Chance;
use crate::files::events::Events;

mod changes;
mod held;
mod listings;

pub use changes::{Deployment, Pull};
pub use held::Right;

/// The system of the main organisation.
pub const SYSTEM: &str = "github";
/// The system of a second organisation, whose log was kept only from the middle of the period on.
pub const LABS: &str = "github-labs";

/// From when to when something was so; without an end, it still is.
pub type Stretch = (Timestamp, Option<Timestamp>);

/// Organisations by the system that they are.
#[derive(Clone, Default, Debug)]
pub struct GitHub(BTreeMap<String, Organisation>);

/// What happened in one organisation, in any order.
#[derive(Clone, Default, Debug)]
pub struct Organisation {
    name: String,
    members: BTreeMap<String, Member>,
    held: Vec<Right>,
    tokens: BTreeMap<u64, Token>,
    events: Events,
    /// When each account acted.
    acts: BTreeMap<String, Vec<Timestamp>>,
    /// Since when each account is on record.
    seen: BTreeMap<String, Timestamp>,
    pulls: Vec<Pull>,
    deployments: Vec<Deployment>,
    alerts: Vec<Value>,
    /// From when on the log is said to be whole; from when logs were kept, if absent.
    pub kept_from: Option<Timestamp>,
    /// Whether its log leaves out from where somebody acts, as it does until it is told otherwise.
    pub hides_addresses: bool,
}

#[derive(Clone, Debug)]
struct Member {
    owner: bool,
    gone: bool,
}

/// A fine-grained token, as scenarios name it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// The number in listings.
    pub number: u64,
    /// Its hash, which the log names at each use: the public id of the credential.
    pub hash: String,
    owner: String,
    name: String,
    /// When it was granted access.
    pub granted: Timestamp,
    /// When it lost it.
    pub revoked: Option<Timestamp>,
    /// When it was used, in any order.
    pub uses: Vec<Timestamp>,
}

/// How a secret-scanning alert ended.
#[derive(Clone, Copy, Debug)]
pub struct Resolution<'a> {
    /// `false_positive`, `used_in_tests`, `revoked`, `wont_fix`.
    pub how: &'a str,
    /// What was said about it.
    pub comment: Option<&'a str>,
    /// By whom.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
}

impl GitHub {
    /// The organisation of a system, which is its name, too, without what comes before a hyphen.
    pub fn organisation(&mut self, system: &str) -> &mut Organisation {
        let organisation = self.0.entry(system.to_owned()).or_default();
        if organisation.name.is_empty() {
            organisation.name =
                system.rsplit('-').next().unwrap_or(system).replace("github", "acme");
        }
        organisation
    }

    /// The systems that are organisations.
    #[must_use]
    pub fn systems(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

impl Organisation {
    /// The tokens that were granted access.
    pub fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.tokens.values()
    }

    /// Who was a member, and from when to when, each time.
    #[must_use]
    pub fn stays(&self) -> Vec<(String, Vec<Stretch>)> {
        let mut stays: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for right in self.held.iter().filter(|right| !right.owner) {
            stays.entry(right.login.clone()).or_default().push((right.from, right.to));
        }
        stays.into_iter().collect()
    }

    /// Somebody becomes a member.
    pub fn add(&mut self, login: &str, owner: bool, at: Timestamp, by: &str) {
        self.members.insert(login.to_owned(), Member { owner, gone: false });
        self.begin(login, owner, at);
        let permission = if owner { "admin" } else { "read" };
        let said = [("user", json!(login)), ("permission", json!(permission))];
        self.event("org.add_member", at, by, &said);
    }

    /// An owner becomes a member like any other.
    pub fn demote(&mut self, login: &str, at: Timestamp, by: &str) {
        if let Some(member) = self.members.get_mut(login) {
            member.owner = false;
        }
        self.end(login, true, at);
        let said = [
            ("user", json!(login)),
            ("permission", json!("read")),
            ("old_permission", json!("admin")),
        ];
        self.event("org.update_member", at, by, &said);
    }

    /// A member leaves.
    pub fn remove(&mut self, login: &str, at: Timestamp, by: &str) {
        if let Some(member) = self.members.get_mut(login) {
            member.gone = true;
        }
        self.end(login, false, at);
        self.event("org.remove_member", at, by, &[("user", json!(login))]);
    }

    /// Every account that became a member or acted, and since when it is on record.
    #[must_use]
    pub fn accounts(&self) -> BTreeMap<String, Timestamp> {
        self.seen.clone()
    }

    /// Who owned it, from when to when.
    pub fn owners(&self) -> impl Iterator<Item = (&str, Timestamp, Option<Timestamp>)> {
        let owners = self.held.iter().filter(|right| right.owner);
        owners.map(|right| (right.login.as_str(), right.from, right.to))
    }

    /// When an account acted.
    pub fn acted<'a>(&'a self, login: &'a str) -> impl Iterator<Item = Timestamp> + 'a {
        self.acts.get(login).into_iter().flatten().copied()
    }

    /// The instants of what is logged.
    pub fn logged(&self) -> impl Iterator<Item = Timestamp> {
        self.acts.values().flatten().copied()
    }

    /// An account does something in the web interface.
    pub fn act(&mut self, login: &str, action: &str, at: Timestamp) {
        let bot = login.ends_with("[bot]");
        self.event(action, at, login, &[("actor_is_bot", json!(bot))]);
    }

    /// GitHub does something by itself: the record names nobody, and says nothing of where from.
    pub fn by_itself(&mut self, action: &str, at: Timestamp) {
        self.event(action, at, "", &[]);
        if let Some((_, event)) = self.events.last_mut()
            && let Some(event) = event.as_object_mut()
        {
            event.remove("actor");
        }
    }

    /// A token of a member is granted access, and is used for the first time a minute later, by
    /// which the log ties its hash to its number.
    pub fn token(&mut self, owner: &str, name: &str, at: Timestamp, chance: &mut Chance) -> Token {
        const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let number = 4_000_000 + self.tokens.len() as u64;
        let hash = format!("{}=", chance.letters(BASE64, 43));
        let (owner, name) = (owner.to_owned(), name.to_owned());
        let uses = Vec::new();
        let token = Token { number, hash, owner, name, granted: at, revoked: None, uses };
        let said = [
            ("user", json!(token.owner)),
            ("user_programmatic_access_id", json!(number)),
            ("user_programmatic_access_name", json!(token.name)),
        ];
        self.event("personal_access_token.access_granted", at, &token.owner, &said);
        self.tokens.insert(number, token.clone());
        self.use_token(&token, at.plus_micros(60_000_000));
        token
    }

    /// A token is used.
    pub fn use_token(&mut self, token: &Token, at: Timestamp) {
        if let Some(token) = self.tokens.get_mut(&token.number) {
            token.uses.push(at);
        }
        let said = [
            ("hashed_token", json!(token.hash)),
            ("token_id", json!(token.number)),
            ("programmatic_access_type", json!("Fine-grained personal access token")),
            ("repo", json!(format!("{}/app", self.name))),
        ];
        self.event("git.clone", at, &token.owner, &said);
    }

    /// A token loses its access.
    pub fn revoke(&mut self, token: &Token, at: Timestamp, by: &str) {
        if let Some(token) = self.tokens.get_mut(&token.number) {
            token.revoked = Some(at);
        }
        let said = [
            ("user", json!(token.owner)),
            ("user_programmatic_access_id", json!(token.number)),
            ("user_programmatic_access_name", json!(token.name)),
        ];
        self.event("personal_access_token.access_revoked", at, by, &said);
    }

    /// A secret is found in a repository; the id under which Tenure lists the alert, without the
    /// system.
    pub fn alert(&mut self, at: Timestamp, resolution: Option<Resolution<'_>>) -> String {
        let number = self.alerts.len() + 1;
        let repo = format!("{}/app", self.name);
        let resolved = resolution.map(|r| json!({"login": r.by, "id": 1, "type": "User"}));
        self.alerts.push(json!({
            "number": number,
            "created_at": at.to_string(),
            "url": format!("https://api.github.com/repos/{repo}/secret-scanning/alerts/{number}"),
            "state": if resolution.is_some() { "resolved" } else { "open" },
            "resolution": resolution.map(|r| r.how),
            "resolution_comment": resolution.and_then(|r| r.comment),
            "resolved_at": resolution.map(|r| r.at.to_string()),
            "resolved_by": resolved,
            "secret_type": "google_api_key",
            "secret_type_display_name": "Google API Key",
            "secret": "not recorded",
            "repository": {"full_name": repo},
        }));
        format!("secret-scanning/{repo}#{number}")
    }

    /// A pull request is merged; its number.
    pub fn merge(&mut self, pull: Pull) -> usize {
        self.pulls.push(pull);
        self.pulls.len()
    }

    /// Somebody merges a pull request although required reviews or checks are missing.
    pub fn override_protection(&mut self, pull: usize, at: Timestamp, by: &str) {
        let said = [
            ("repo", json!(format!("{}/app", self.name))),
            ("branch", json!("main")),
            ("after", json!(changes::merge_commit(pull))),
        ];
        self.event("protected_branch.policy_override", at, by, &said);
    }

    /// Something is deployed; the id under which Tenure lists it, without the system.
    pub fn deploy(&mut self, deployment: Deployment) -> String {
        self.deployments.push(deployment);
        format!("deployment/{}/app/deployments/{}", self.name, self.deployments.len())
    }

    fn event(&mut self, action: &str, at: Timestamp, by: &str, said: &[(&str, Value)]) {
        let n = self.events.len();
        let millis = at.micros() / 1000;
        let mut event = json!({
            "@timestamp": millis, "created_at": millis,
            "_document_id": format!("{}-{n:08}", self.name),
            "action": action, "actor": by, "org": self.name,
            "operation_type": if action.starts_with("git.") { "access" } else { "modify" },
        });
        if by.starts_with("agent-") {
            event["actor_is_agent"] = json!(true);
        }
        for (name, value) in said {
            event[*name] = value.clone();
        }
        self.acts.entry(by.to_owned()).or_default().push(at);
        let added = said.iter().find(|(name, _)| action == "org.add_member" && *name == "user");
        let added = added.and_then(|(_, login)| login.as_str());
        let acting = Some(by).filter(|by| !by.is_empty());
        for login in [acting, added].into_iter().flatten() {
            let first = self.seen.entry(login.to_owned()).or_insert(at);
            *first = at.min(*first);
        }
        self.events.push((at, event));
    }
}

/// Writes logs, listings and changes.
pub fn write(world: &mut World) {
    let mut github = std::mem::take(&mut world.github);
    let (from, at) = (world.settings.log_from(), world.settings.collected_at());
    for (system, organisation) in &mut github.0 {
        log(organisation, system, world);
        if organisation.kept_from.is_none() {
            // What was there when the log begins, so that its events have something to begin with.
            listings::opening(organisation, system, from, &mut world.output);
        }
        listings::write(organisation, system, &mut world.output);
        changes::write(organisation, system, &mut world.output);
        let (until, kept) = (at.to_string(), organisation.kept_from.unwrap_or(from).to_string());
        let path = |what: &str| format!("@/{system}/{what}");
        let (state, audit, merged) = (path("state"), path("log"), path("changes"));
        let state = [("path", state.as_str()), ("as-of", until.as_str())];
        world.output.source_of(system, system, "github", &state);
        let covers = ("covers-from", kept.as_str());
        let audit = [("path", audit.as_str()), covers, ("covers-to", until.as_str())];
        world.output.source_of(&format!("{system}-log"), system, "github", &audit);
        if !organisation.pulls.is_empty() {
            let from = from.to_string();
            let merged = [
                ("path", merged.as_str()),
                ("as-of", until.as_str()),
                ("covers-from", from.as_str()),
                ("covers-to", until.as_str()),
            ];
            world.output.source_of(&format!("{system}-changes"), system, "github", &merged);
        }
    }
}

fn log(organisation: &mut Organisation, system: &str, world: &mut World) {
    let (start, end) = (world.settings.log_from(), world.settings.collected_at());
    let mut months: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let events = organisation.events.take().into_iter();
    for (at, event) in events.filter(|(at, _)| start <= *at && *at <= end) {
        let lines = months.entry(at.date()[..7].to_owned()).or_default();
        // Records that name nobody do not say from where.
        if organisation.hides_addresses || !event.contains(r#""actor":"#) {
            lines.extend_from_slice(event.as_bytes());
        } else {
            let end = event.strip_suffix('}').unwrap_or(&event);
            lines.extend_from_slice(end.as_bytes());
            lines.extend_from_slice(br#","actor_ip":"203.0.113.40"}"#);
        }
        lines.push(b'\n');
    }
    for (month, lines) in months {
        world.output.gzip(format!("{system}/log/{month}.jsonl.gz"), &lines);
    }
}
