//! What the items of listings tell.

use serde_json::Value;
use tenure_model::fact::Fact;

use crate::json_files::json::text;
use crate::json_files::{Event, Item, Reader, Said, Vendor};

use super::request::{Request, VENDOR};
use super::world::World;
use super::{app, change, credential, event, graphql, people, setting};

/// Reads what GitHub gave.
pub(super) struct GitHubReader;

impl Reader for GitHubReader {
    fn vendor(&self) -> &'static Vendor {
        &VENDOR
    }

    fn event(&self, raw: &[u8], value: &Value) -> Result<Event, String> {
        event::event(raw, value)
    }

    fn listing(&self, items: &[Item<'_>]) -> Vec<Said> {
        let world = World::of(items);
        items.iter().map(|item| said(item, &world)).collect()
    }
}

fn said(item: &Item<'_>, world: &World) -> Said {
    let silent = |silent| Said { silent, ..Said::default() };
    let Some(request) = Request::of(&item.line.url, item.value.as_ref()) else {
        return silent("nothing that is read");
    };
    let Some(value) = &item.value else { return silent("it lists nothing") };
    let facts = match &request {
        Request::GraphQl => return graphql::answer(value, &world.nodes, item.line.at),
        Request::Pulls { repo } => match change::pull(value, repo, world) {
            Ok(facts) => facts,
            Err(reason) => return silent(reason),
        },
        Request::Reviews { .. }
        | Request::Checks { .. }
        | Request::Status { .. }
        | Request::DeploymentStatuses { .. } => return silent("part of a change"),
        Request::Deployments { repo } => change::deployment(value, repo, world),
        other => state(other, value, item, world),
    };
    if facts.is_empty() {
        let problems = vec!["the item lacks what names it".to_owned()];
        return Said { facts, silent: "it lacks what names it", problems };
    }
    Said { facts, ..Said::default() }
}

/// What is there at an instant.
fn state(request: &Request, value: &Value, item: &Item<'_>, world: &World) -> Vec<Fact> {
    let at = item.line.at;
    match request {
        Request::Members { org, role, without_mfa } => {
            let login = text(value, "/login").unwrap_or_default();
            let mfa = if *without_mfa { Some(false) } else { world.mfa(org, login) };
            people::member(value, org, role.as_deref(), mfa, at)
        }
        Request::Outside { .. } => people::outside(value, at),
        Request::Teams { org } => people::team(value, org, at),
        Request::TeamMembers { org, team, role } => {
            people::team_member(value, &format!("{org}/{team}"), role.as_deref(), at)
        }
        Request::TeamRepos { org, team } => match text(value, "/full_name") {
            Some(repo) => people::team_repo(value, &format!("{org}/{team}"), repo, at),
            None => Vec::new(),
        },
        Request::RepoTeams { repo } => match text(value, "/slug") {
            Some(slug) => {
                let org = repo.split('/').next().unwrap_or_default();
                people::team_repo(value, &format!("{org}/{slug}"), repo, at)
            }
            None => Vec::new(),
        },
        Request::Repos { .. } => people::repository(value, at),
        Request::Collaborators { repo } => people::collaborator(value, repo, at),
        Request::Installations { org } => app::installations(value, org, at),
        Request::Tokens { .. } => credential::token(value, at),
        Request::Keys { repo } => credential::key(value, repo, at),
        Request::Alerts { repo } => {
            let full = text(value, "/repository/full_name").map(str::to_lowercase);
            credential::alert(value, full.as_deref().or(repo.as_deref()), at)
        }
        Request::Protection { repo, branch } => setting::protection(value, repo, branch, at),
        _ => Vec::new(),
    }
}
