//! Merged pull requests with their reviews and checks, and deployments with their statuses.

use serde_json::{Value, json};
use tenure_model::Timestamp;

use super::Organisation;
use crate::output::Output;

/// A pull request that was merged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pull {
    /// Who made it.
    pub author: String,
    /// Who approved it, and when.
    pub approved: Option<(String, Timestamp)>,
    /// Who merged it.
    pub merged_by: String,
    /// When.
    pub merged: Timestamp,
    /// How its checks ended: `success`, `failure`, `skipped`; none = no check ran.
    pub checks: &'static [&'static str],
}

/// A deployment to production.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deployment {
    /// Who deployed.
    pub by: String,
    /// When it succeeded.
    pub at: Timestamp,
    /// The number of the pull request whose merge was deployed; 0 = of a commit that none merged.
    pub pull: usize,
}

/// A commit of a pull request; those of number 0 belong to none.
fn commit(pull: usize, what: u8, nth: usize) -> String {
    format!("{what:02x}{pull:018x}{nth:020x}")
}

/// The commit that merged a pull request.
pub(super) fn merge_commit(pull: usize) -> String {
    commit(pull, 2, 0)
}

pub(super) fn write(organisation: &Organisation, system: &str, output: &mut Output) {
    if organisation.pulls.is_empty() {
        return;
    }
    let repo = format!("{}/app", organisation.name);
    let mut file = |name: &str, value: &Value| {
        output.file(
            format!("{system}/changes/repos/{repo}/{name}.json"),
            value.to_string().into_bytes(),
        );
    };
    let url = |rest: &str| format!("https://api.github.com/repos/{repo}/{rest}");
    let mut pulls = Vec::new();
    for (n, pull) in (1..).zip(&organisation.pulls) {
        let head = commit(n, 1, 0);
        pulls.push(json!({
            "number": n, "id": 9000 + n, "url": url(&format!("pulls/{n}")), "state": "closed",
            "title": format!("Change {n}"), "user": {"login": pull.author},
            "merged_at": pull.merged.to_string(), "merged_by": {"login": pull.merged_by},
            "head": {"sha": head}, "merge_commit_sha": merge_commit(n),
        }));
        let reviews: Vec<_> = pull
            .approved
            .iter()
            .map(|(by, at)| {
                json!({
                    "id": 50_000 + n, "user": {"login": by}, "state": "APPROVED",
                    "submitted_at": at.to_string(), "pull_request_url": url(&format!("pulls/{n}")),
                })
            })
            .collect();
        file(&format!("pulls/{n}/reviews"), &Value::Array(reviews));
        let named = ["test", "preview"].into_iter().zip(pull.checks);
        let runs: Vec<_> = named
            .map(|(name, conclusion)| {
                json!({"id": 70_000 + n, "name": name, "head_sha": head, "status": "completed", "conclusion": conclusion})
            })
            .collect();
        let answer = json!({"total_count": runs.len(), "check_runs": runs});
        file(&format!("commits/{head}/check-runs"), &answer);
    }
    file("pulls", &Value::Array(pulls));
    let mut deployments = Vec::new();
    for (n, deployment) in (1..).zip(&organisation.deployments) {
        let sha = match deployment.pull {
            0 => commit(0, 3, n),
            pull => merge_commit(pull),
        };
        let at = deployment.at.to_string();
        deployments.push(json!({
            "id": n, "sha": sha, "ref": "main", "environment": "production",
            "creator": {"login": deployment.by},
            "created_at": deployment.at.plus_micros(-60_000_000).to_string(),
            "url": url(&format!("deployments/{n}")), "statuses_url": url(&format!("deployments/{n}/statuses")),
        }));
        let status = json!([{"id": 80_000 + n, "state": "success", "created_at": at}]);
        file(&format!("deployments/{n}/statuses"), &status);
    }
    file("deployments", &Value::Array(deployments));
}
