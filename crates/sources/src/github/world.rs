//! What items of other answers say about an item: reviews of a pull request, checks of a commit,
//! names behind the ids of GraphQL.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenure_model::time::Timestamp;

use crate::json_files::Item;
use crate::json_files::json::{id, list, text, time};

use super::graphql;
use super::request::Request;

/// Whether what was to be built and tested was.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Tests {
    /// No check ran.
    None,
    Passed,
    Failed,
}

/// A review that approved.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Approval {
    pub(super) at: Timestamp,
    pub(super) by: String,
}

/// A repository and something in it.
type Place = (String, String);

#[derive(Debug, Default)]
pub(super) struct World {
    /// Approvals by pull request; an entry without any says that nobody approved.
    pub(super) approvals: BTreeMap<Place, Vec<Approval>>,
    pub(super) tests: BTreeMap<Place, Tests>,
    /// The first success of a deployment.
    pub(super) deployed: BTreeMap<Place, Timestamp>,
    /// Pull requests by the commit that merged them.
    pub(super) merges: BTreeMap<Place, String>,
    /// Members without a second factor, by organisation, where they were asked for.
    pub(super) without_mfa: BTreeMap<String, BTreeSet<String>>,
    pub(super) nodes: graphql::Nodes,
}

impl World {
    pub(super) fn of(items: &[Item<'_>]) -> Self {
        let mut world = Self::default();
        for item in items {
            if let Some(request) = Request::of(&item.line.url, item.value.as_ref()) {
                world.take(request, item.value.as_ref());
            }
        }
        world
    }

    fn take(&mut self, request: Request, item: Option<&Value>) {
        match (request, item) {
            (Request::Reviews { repo, pull }, review) => {
                let approvals = self.approvals.entry((repo, pull)).or_default();
                approvals.extend(review.and_then(approval));
            }
            (Request::Checks { repo, commit }, Some(answer)) => {
                let tests = list(answer, "/check_runs").iter().filter_map(run);
                self.tested(repo, commit, tests.max().unwrap_or(Tests::None));
            }
            (Request::Status { repo, commit }, Some(answer)) => {
                if let Some(tests) = status(answer) {
                    self.tested(repo, commit, tests);
                }
            }
            (Request::Pulls { repo }, Some(pull)) => {
                let commit =
                    text(pull, "/merge_commit_sha").filter(|_| pull.get("merged_at").is_some());
                if let (Some(commit), Some(number)) = (commit, id(pull, "/number")) {
                    let name = format!("{repo}#{number}");
                    self.merges.insert((repo, commit.to_owned()), name);
                }
            }
            (Request::DeploymentStatuses { repo, deployment }, Some(status)) => {
                let success = text(status, "/state") == Some("success");
                if let Some(at) = time(status, "/created_at").filter(|_| success) {
                    let first = self.deployed.entry((repo, deployment)).or_insert(at);
                    *first = (*first).min(at);
                }
            }
            (Request::Members { org, without_mfa: true, .. }, member) => {
                let login = member.and_then(|member| text(member, "/login"));
                let logins = self.without_mfa.entry(org).or_default();
                logins.extend(login.map(str::to_lowercase));
            }
            (Request::GraphQl, Some(answer)) => self.nodes.take(answer),
            _ => {}
        }
    }

    /// One failure is a failure, and one check is more than none.
    fn tested(&mut self, repo: String, commit: String, tests: Tests) {
        let known = self.tests.entry((repo, commit)).or_insert(tests);
        *known = (*known).max(tests);
    }

    /// Whether a member has a second factor, where those without were asked for.
    pub(super) fn mfa(&self, org: &str, login: &str) -> Option<bool> {
        Some(!self.without_mfa.get(org)?.contains(&login.to_lowercase()))
    }
}

fn approval(review: &Value) -> Option<Approval> {
    let approved = text(review, "/state").is_some_and(|s| s.eq_ignore_ascii_case("approved"));
    let at = time(review, "/submitted_at").filter(|_| approved)?;
    Some(Approval { at, by: text(review, "/user/login")?.to_owned() })
}

/// How the statuses of a commit are in all; while one is pending, nothing is said.
fn status(answer: &Value) -> Option<Tests> {
    match (list(answer, "/statuses").is_empty(), text(answer, "/state")) {
        (true, _) => Some(Tests::None),
        (false, Some("success")) => Some(Tests::Passed),
        (false, Some("failure" | "error")) => Some(Tests::Failed),
        _ => None,
    }
}

/// How a check ended (REST API reference, "Check runs"); one that is not over says nothing.
fn run(run: &Value) -> Option<Tests> {
    match text(run, "/conclusion")? {
        "success" => Some(Tests::Passed),
        "failure" | "timed_out" | "cancelled" | "action_required" | "startup_failure" => {
            Some(Tests::Failed)
        }
        _ => None,
    }
}
