//! Real answers of a real organisation, as somebody recorded them, and labelled samples of the
//! audit log.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use tenure_model::tables::TableId;
use tenure_testkit::datasets::Datasets;

use crate::okta::support::{causes, flag, of_type, over, text, things};
use crate::support::{Said, Workspace};

fn collected(test: &str, file: &str) -> Option<(tenure_sources::pipeline::RunDraft, Said)> {
    let data = Datasets::find(test)?;
    let (draft, said) = over("github", data.file(file)).run();
    assert_eq!(draft.artifacts[0].rejected, 0);
    Some((draft, said))
}

#[test]
fn members_roles_and_teams_are_those_of_the_capture() {
    let test = "members_roles_and_teams_are_those_of_the_capture";
    let file = "github/graph-github-members.responses.ndjson";
    let Some((_, said)) = collected(test, file) else { return };
    let grants = things(&said, TableId::Grants);
    assert_eq!(of_type(&grants, "org-member").len(), 9);
    assert_eq!(of_type(&grants, "org-admin").len(), 8);
    let in_team = |team: &str| {
        let mut held = grants.values().map(|grant| text(grant, "entitlement").to_owned());
        let own = format!("team:jupiterone-sandbox/{team}:");
        held.by_ref().filter(|id| id.starts_with(&own)).count()
    };
    assert_eq!((in_team("integrations-team"), in_team("sre")), (4, 3));
    let logins = of_type(&things(&said, TableId::Identities), "login");
    assert!(logins.values().all(|login| flag(login, "mfa").is_none()), "null is not known");
    let linked = logins.values().filter(|login| text(login, "email").contains('@'));
    assert_eq!(linked.count(), 9, "by the identity provider or their own word");
}

#[test]
fn collaborators_are_those_of_the_capture() {
    let test = "collaborators_are_those_of_the_capture";
    let file = "github/graph-github-collaborators.responses.ndjson.gz";
    let Some((draft, said)) = collected(test, file) else { return };
    let grants = of_type(&things(&said, TableId::Grants), "repo-permission");
    let mut by_level: BTreeMap<&str, u64> = BTreeMap::new();
    for grant in grants.values() {
        *by_level.entry(text(grant, "entitlement").rsplit(':').next().unwrap()).or_default() += 1;
    }
    assert_eq!(by_level, [("admin", 121), ("read", 13), ("write", 2)].into());
    let repositories = of_type(&things(&said, TableId::Resources), "repository");
    assert_eq!(repositories.len(), 15);
    let forbidden = causes(&draft).iter().filter(|cause| cause.contains("FORBIDDEN")).count();
    assert_eq!(forbidden, 10, "status 200 with errors is not whole");
}

#[test]
fn installations_are_those_of_the_capture() {
    let test = "installations_are_those_of_the_capture";
    let file = "github/graph-github-apps.responses.ndjson";
    let Some((_, said)) = collected(test, file) else { return };
    let apps = of_type(&things(&said, TableId::Integrations), "github-app");
    assert_eq!(apps.len(), 11);
    let all = apps.values().filter(|app| text(app, "scopes").contains("repositories:all"));
    assert_eq!(all.count(), 10);
}

#[test]
fn protected_branches_are_those_of_the_capture() {
    let test = "protected_branches_are_those_of_the_capture";
    let file = "github/graph-github-branch-protection.responses.ndjson.gz";
    let Some((draft, said)) = collected(test, file) else { return };
    let settings = of_type(&things(&said, TableId::Configurations), "branch-protection");
    let rules: Vec<_> =
        settings.values().filter(|setting| text(setting, "setting") == "protected").collect();
    assert_eq!(rules.len(), 8);
    let repositories: std::collections::BTreeSet<_> =
        rules.iter().map(|rule| text(rule, "scope").split(":branch:").next().unwrap()).collect();
    assert_eq!(repositories.len(), 7);
    let forbidden = draft.run.gaps.iter().filter(|gap| gap.cause.contains("FORBIDDEN")).count();
    assert_eq!(forbidden, 13);
}

#[test]
fn labelled_samples_are_accounted_for() {
    let Some(data) = Datasets::find("labelled_samples_are_accounted_for") else { return };
    let lines = std::fs::read_to_string(data.file("github/panther-GitHub.Audit.ndjson")).unwrap();
    let event = |line: &str| serde_json::from_str::<Json>(line).unwrap()["event"].clone();
    let samples: Vec<Json> = lines.lines().map(event).collect();
    assert_eq!(samples.len(), 125);
    let mut workspace = Workspace::with_data("github");
    workspace.write("audit.json", json!(samples).to_string());
    let (draft, said) = workspace.run();
    let artifact = &draft.artifacts[0];
    assert_eq!(artifact.records, 125);
    let placed = |event: &&Json| {
        let said = event.get("@timestamp").or_else(|| event.get("created_at"));
        let numeric = said.is_some_and(Json::is_number);
        let zoned = said.and_then(Json::as_str).is_some_and(|text| text.ends_with('Z'));
        event["action"].is_string() && (numeric || zoned)
    };
    let used: Vec<_> = samples.iter().filter(placed).collect();
    assert_eq!(artifact.with_facts, used.len() as u64);
    assert_eq!(artifact.rejected, 125 - used.len() as u64);
    for (event, (_, _, usage)) in used.iter().zip(&said.usage) {
        let same = |ours: &Option<String>, path: &str| {
            let theirs = event.pointer(path).and_then(Json::as_str).filter(|t| !t.is_empty());
            assert_eq!(ours.as_deref(), theirs, "{path}");
        };
        same(&usage.action, "/action");
        same(&usage.actor, "/actor");
        same(&usage.src_ip, "/actor_ip");
        same(&usage.user_agent, "/user_agent");
        same(&usage.credential_key, "/hashed_token");
    }
}
