//! Merged pull requests and deployments as changes.

use serde_json::Value;
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;

use crate::json_files::json::{id, text, time};

use super::world::{Approval, Tests, World};

/// A pull request, when it was merged (REST API reference, "Pull requests"). The approval that
/// counts is the last before the merge, or else the first one after it; whether there was any is only
/// known with its reviews.
pub(super) fn pull(pull: &Value, repo: &str, world: &World) -> Result<Vec<Fact>, &'static str> {
    let (Some(number), Some(merged)) = (id(pull, "/number"), time(pull, "/merged_at")) else {
        return Err("it was not merged");
    };
    let place = (repo.to_owned(), number.clone());
    let approvals = world.approvals.get(&place).map_or(&[][..], Vec::as_slice);
    let before: Option<&Approval> = approvals.iter().filter(|a| a.at <= merged).max();
    let approval = before.or_else(|| approvals.iter().min());
    let commits = [text(pull, "/head/sha"), text(pull, "/merge_commit_sha")];
    let tests = commits
        .into_iter()
        .flatten()
        .filter_map(|commit| world.tests.get(&(repo.to_owned(), commit.to_owned())))
        .max();
    let begun = Change::Begun { at: merged, basis: Basis::SourceAttribute };
    let name = format!("{repo}#{number}");
    let fact = Fact::new(TableId::Changes, "pull-request", name.as_str(), begun)
        .with("kind", "merge")
        .with("change_ref", name)
        .with("system_changed", repo)
        .with_some("title", text(pull, "/title"))
        .with_some("author", text(pull, "/user/login"))
        .with_some("approver", approval.map(|approval| approval.by.as_str()))
        .with_some("approved_at", approval.map(|approval| approval.at))
        .with_some("merged_by", text(pull, "/merged_by/login"))
        .with("merged_at", merged)
        .with_some("artifact_digest", text(pull, "/merge_commit_sha"))
        .with_some("tests", tests.map(word));
    Ok(vec![fact])
}

const fn word(tests: &Tests) -> &'static str {
    match tests {
        Tests::None => "none",
        Tests::Passed => "passed",
        Tests::Failed => "failed",
    }
}

/// A deployment (REST API reference, "Deployments"). It came into force with its first success;
/// without its statuses, no earlier than it was asked for.
pub(super) fn deployment(one: &Value, repo: &str, world: &World) -> Vec<Fact> {
    let (Some(number), Some(created)) = (id(one, "/id"), time(one, "/created_at")) else {
        return Vec::new();
    };
    let place = (repo.to_owned(), number.clone());
    let at = world.deployed.get(&place).copied().unwrap_or(created);
    let commit = text(one, "/sha");
    let carried = commit.and_then(|sha| world.merges.get(&(repo.to_owned(), sha.to_owned())));
    let tests = commit.and_then(|sha| world.tests.get(&(repo.to_owned(), sha.to_owned())));
    let begun = Change::Begun { at, basis: Basis::SourceAttribute };
    let name = format!("{repo}/deployments/{number}");
    let fact = Fact::new(TableId::Changes, "deployment", name.as_str(), begun)
        .with("kind", "deployment")
        .with("change_ref", name)
        .with("system_changed", repo)
        .with_some("title", text(one, "/description").or_else(|| text(one, "/ref")))
        .with_some("author", text(one, "/creator/login"))
        .with_some("merged_by", text(one, "/creator/login"))
        .with("merged_at", at)
        .with_some("environment", text(one, "/environment"))
        .with_some("changes", carried.map(String::as_str))
        .with_some("artifact_digest", commit)
        .with_some("tests", tests.map(word));
    vec![fact]
}
