//! The first-parent line of a branch: what is new on it since the last run, and how it joins what
//! was collected before.

use std::collections::HashSet;

use gix::ObjectId;

use super::repo::Repo;

/// What is to be collected.
#[derive(Debug)]
pub(super) struct Line {
    /// Commits to record, oldest first.
    pub(super) commits: Vec<ObjectId>,
    pub(super) start: Start,
    /// Why the line goes no further back, when that is for want of objects.
    pub(super) truncated: Option<String>,
}

/// How the line begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// At the root of the history.
    Root,
    /// After the head of the last run.
    Continues(ObjectId),
    /// After this commit, whose parent the repository does not have.
    Boundary(ObjectId),
    /// The head of the last run is no longer on the line; the line is recorded from `onto`, which
    /// is the first of the commits.
    Rewritten { old: ObjectId, onto: ObjectId },
    /// As before, but the repository no longer has the old head.
    Lost(ObjectId),
}

/// Follows the line from `head` back to the head of the last run or to its beginning.
pub(super) fn follow(repo: &Repo, head: ObjectId, last: Option<ObjectId>) -> Line {
    let walked = walk(repo, head, |id| Some(id) == last);
    let (mut commits, truncated) = (walked.commits, walked.truncated);
    let start = match (walked.stopped, last) {
        (true, Some(last)) => Start::Continues(last),
        (_, Some(last)) => rewritten(repo, last, &mut commits),
        (_, None) if truncated.is_some() => match commits.pop() {
            Some(boundary) => Start::Boundary(boundary),
            None => Start::Root,
        },
        (_, None) => Start::Root,
    };
    commits.reverse();
    let truncated = truncated.filter(|_| matches!(start, Start::Boundary(_)));
    Line { commits, start, truncated }
}

/// Cuts `commits` (newest first) down to the part that the old line does not have, and the last
/// commit that both have.
fn rewritten(repo: &Repo, old: ObjectId, commits: &mut Vec<ObjectId>) -> Start {
    let old_line: HashSet<ObjectId> = walk(repo, old, |_| false).commits.into_iter().collect();
    if old_line.is_empty() {
        return Start::Lost(old);
    }
    if let Some(shared) = commits.iter().position(|id| old_line.contains(id)) {
        commits.truncate(shared + 1);
    }
    match commits.last() {
        Some(onto) => Start::Rewritten { old, onto: *onto },
        None => Start::Lost(old),
    }
}

struct Walked {
    /// Newest first, without the one it stopped at.
    commits: Vec<ObjectId>,
    stopped: bool,
    truncated: Option<String>,
}

fn walk(repo: &Repo, from: ObjectId, stop: impl Fn(ObjectId) -> bool) -> Walked {
    let mut walked = Walked { commits: Vec::new(), stopped: false, truncated: None };
    let mut buffer = Vec::new();
    let mut next = Some(from);
    while let Some(id) = next {
        if stop(id) {
            walked.stopped = true;
            break;
        }
        match repo.commit(id, &mut buffer) {
            Ok(Some(commit)) => {
                walked.commits.push(id);
                next = commit.parent;
            }
            Ok(None) => {
                walked.truncated = Some(format!("commit {id} is not in the repository"));
                break;
            }
            Err(cause) => {
                walked.truncated = Some(cause);
                break;
            }
        }
    }
    walked
}
