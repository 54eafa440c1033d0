//! Answers of GitHub's GraphQL API that list members, teams, repositories, collaborators and
//! protection of branches. An answer may be given and lack what the asker may not read: it says
//! so in `errors`, with status 200.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_model::fact::{Change, Fact};
use tenure_model::time::Timestamp;

use crate::json_files::Said;
use crate::json_files::json::{flag, id, list, text};

use super::name::login_fact;
use super::people;
use super::setting::{PROTECTED, said, setting};

/// Names behind ids: later answers name organisations, repositories and teams by id only.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    orgs: BTreeMap<String, String>,
    repos: BTreeMap<String, String>,
    teams: BTreeMap<String, String>,
}

impl Nodes {
    pub(super) fn take(&mut self, answer: &Value) {
        let Some(org) = answer.pointer("/data/organization") else { return };
        let own = text(org, "/id");
        if let (Some(own), Some(login)) = (own, text(org, "/login")) {
            self.orgs.insert(own.to_owned(), login.to_lowercase());
        }
        for repo in list(org, "/repositories/nodes") {
            if let (Some(own), Some(name)) = (text(repo, "/id"), text(repo, "/nameWithOwner")) {
                self.repos.insert(own.to_owned(), name.to_lowercase());
            }
        }
        let org = own.and_then(|own| self.orgs.get(own)).cloned().unwrap_or_default();
        for team in nodes(answer, "/data/organization/teams") {
            if let (Some(own), Some(slug)) = (text(team, "/id"), text(team, "/slug")) {
                self.teams.insert(own.to_owned(), format!("{org}/{}", slug.to_lowercase()));
            }
        }
    }
}

/// The nodes of a list, which may be at the ends of edges.
fn nodes<'v>(value: &'v Value, pointer: &str) -> Vec<&'v Value> {
    let edges = list(value, &format!("{pointer}/edges")).iter().filter_map(|e| e.get("node"));
    edges.chain(list(value, &format!("{pointer}/nodes"))).collect()
}

/// What an answer tells.
pub(super) fn answer(answer: &Value, names: &Nodes, at: Timestamp) -> Said {
    let problems = list(answer, "/errors").iter().map(problem).collect();
    let telling = Telling { names, at };
    let mut facts = Vec::new();
    if let Some(org) = answer.pointer("/data/organization") {
        telling.organisation(org, &mut facts);
    }
    for node in list(answer, "/data/nodes") {
        telling.node(node, &mut facts);
    }
    Said { facts, silent: "it tells nothing of access", problems }
}

fn problem(error: &Value) -> String {
    let path: Vec<String> =
        list(error, "/path").iter().map(|part| part.to_string().replace('"', "")).collect();
    let kind = text(error, "/type").unwrap_or("error");
    let message = text(error, "/message").unwrap_or_default();
    format!("the answer has an error at {}: {kind}: {message}", path.join("/"))
}

struct Telling<'n> {
    names: &'n Nodes,
    at: Timestamp,
}

impl Telling<'_> {
    fn organisation(&self, org: &Value, facts: &mut Vec<Fact>) {
        let name = text(org, "/id").and_then(|own| self.names.orgs.get(own));
        if let Some(name) = name {
            for edge in list(org, "/membersWithRole/edges") {
                facts.extend(self.member(edge, name));
            }
            for team in nodes(org, "/teams") {
                facts.extend(people::team(team, name, self.at));
            }
        }
        for repo in list(org, "/repositories/nodes") {
            let as_rest = json!({
                "full_name": text(repo, "/nameWithOwner"),
                "visibility": text(repo, "/visibility").map(str::to_lowercase),
                "private": flag(repo, "/isPrivate"),
            });
            facts.extend(people::repository(&as_rest, self.at));
        }
        for one in list(org, "/samlIdentityProvider/externalIdentities/nodes") {
            facts.extend(self.external(one));
        }
    }

    fn member(&self, edge: &Value, org: &str) -> Vec<Fact> {
        let Some(node) = edge.get("node") else { return Vec::new() };
        let role = text(edge, "/role").map(str::to_lowercase);
        // Null is what an asker is told who may not know.
        let mfa = flag(edge, "/hasTwoFactorEnabled");
        people::member(&as_account(node), org, role.as_deref(), mfa, self.at)
    }

    /// Which person of the identity provider an account is of.
    fn external(&self, one: &Value) -> Option<Fact> {
        let name = text(one, "/samlIdentity/nameId")?;
        let fact = login_fact(text(one, "/user/login")?, Change::Seen { at: self.at });
        Some(fact.with_some("email", Some(name).filter(|name| name.contains('@'))))
    }

    fn node(&self, node: &Value, facts: &mut Vec<Fact>) {
        let Some(own) = text(node, "/id") else { return };
        if let Some(team) = self.names.teams.get(own) {
            for edge in list(node, "/members/edges") {
                let role = text(edge, "/role");
                let Some(member) = edge.get("node").map(as_account) else { continue };
                facts.extend(people::team_member(&member, team, role, self.at));
            }
        }
        let Some(repo) = self.names.repos.get(own) else { return };
        for edge in list(node, "/collaborators/edges") {
            let Some(mut user) = edge.get("node").map(as_account) else { continue };
            user["role_name"] = json!(text(edge, "/permission").map(str::to_lowercase));
            facts.extend(people::collaborator(&user, repo, self.at));
        }
        for rule in list(node, "/branchProtectionRules/nodes") {
            self.rule(rule, repo, facts);
        }
    }

    fn rule(&self, rule: &Value, repo: &str, facts: &mut Vec<Fact>) {
        let (Some(pattern), Some(members)) = (text(rule, "/pattern"), rule.as_object()) else {
            return;
        };
        let seen = Change::Seen { at: self.at };
        facts.push(setting(repo, pattern, PROTECTED, seen).with("value", "true"));
        let other = |name: &str| !matches!(name, "id" | "databaseId" | "pattern" | "creator");
        for (name, value) in members.iter().filter(|(name, _)| other(name)) {
            facts.push(setting(repo, pattern, name, seen).with("value", said(value)));
        }
    }
}

/// An account as the REST API would list it.
fn as_account(node: &Value) -> Value {
    json!({
        "login": text(node, "/login"),
        "name": text(node, "/name"),
        "email": text(node, "/email"),
        "id": id(node, "/databaseId"),
        "node_id": text(node, "/id"),
    })
}
