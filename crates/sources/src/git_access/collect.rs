//! Collecting: the new part of the branch's first-parent line becomes artifacts, and the claim of
//! how far it is complete.

mod holes;
mod parts;

use std::collections::BTreeMap;

use gix::ObjectId;
use serde::{Deserialize, Serialize};
use tenure_model::entry::{CoverageStatus, Gap};
use tenure_model::time::Timestamp;

use self::holes::Holes;
use super::facts::short;
use super::layout::{Layout, Scope};
use super::line::{self, Line, Start};
use super::repo::{Branch, Repo, normal};
use crate::source::{Artifacts, Claim, Collect, CollectError, Collected};

/// The name of the total.
pub(super) const COMMITS: &str = "commits";
/// Where the next run goes on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor {
    pub(super) head: String,
    pub(super) branch: String,
    pub(super) layout: Layout,
    pub(super) root: String,
    /// The line is covered up to this instant.
    pub(super) until: Timestamp,
}

/// What the settings ask for.
pub(super) struct Wanted {
    pub(super) path: String,
    pub(super) branch: Option<String>,
    pub(super) layout: Option<Layout>,
    pub(super) root: String,
    /// When the repository was last known to be current.
    pub(super) as_of: Option<Timestamp>,
}

/// Collects what is new.
pub(super) fn collect(
    wanted: &Wanted,
    cx: &Collect<'_>,
    out: &mut dyn Artifacts,
) -> Result<Collected, CollectError> {
    let repo = Repo::open(&wanted.path)?;
    let cursor = cx.cursor.map(|text| parse_cursor(text, wanted)).transpose()?;
    let branch = branch(&repo, wanted, cursor.as_ref())?;
    let mut buffer = Vec::new();
    let head =
        repo.commit(branch.head, &mut buffer).ok().flatten().ok_or_else(|| CollectError {
            what: repo.place(),
            cause: format!(
                "the head {} of '{}' is not in the repository",
                branch.head, branch.name
            ),
            hint: "check the repository with 'git fsck', or clone it again".to_owned(),
        })?;
    let scope = match &cursor {
        Some(cursor) => Scope { layout: cursor.layout, root: cursor.root.clone() },
        None => repo.scope(head.tree, wanted.layout, &wanted.root)?,
    };
    let last = cursor.as_ref().map(|cursor| ObjectId::from_hex(cursor.head.as_bytes()));
    let line = line::follow(&repo, branch.head, last.and_then(Result::ok));
    let now = cx.clock.now();
    let run = Run {
        repo,
        scope,
        branch: branch.name,
        head: branch.head,
        now,
        until: wanted.as_of.map_or(now, |as_of| as_of.min(now)),
        previous: cursor,
        holes: Holes::default(),
        gaps: Vec::new(),
        objects: 0,
    };
    run.go(&line, cx, out)
}

/// The branch of the settings, else the one collected before, else the repository's own: a
/// default branch may be renamed, and goes on from the same head.
fn branch(repo: &Repo, wanted: &Wanted, cursor: Option<&Cursor>) -> Result<Branch, CollectError> {
    if wanted.branch.is_some() {
        return repo.branch(wanted.branch.as_deref());
    }
    let before = cursor.map(|cursor| repo.branch(Some(&cursor.branch)));
    before.and_then(Result::ok).map_or_else(|| repo.branch(None), Ok)
}

/// Says what is there, without recording anything.
pub(super) fn look(wanted: &Wanted) -> Result<String, CollectError> {
    let repo = Repo::open(&wanted.path)?;
    let branch = repo.branch(wanted.branch.as_deref())?;
    let line = line::follow(&repo, branch.head, None);
    let head = repo.commit(branch.head, &mut Vec::new()).ok().flatten();
    let Some(head) = head else {
        return Err(CollectError {
            what: repo.place(),
            cause: format!("the head {} is not in the repository", branch.head),
            hint: "check the repository with 'git fsck', or clone it again".to_owned(),
        });
    };
    let scope = repo.scope(head.tree, wanted.layout, &wanted.root)?;
    let commits = line.commits.len() + usize::from(matches!(line.start, Start::Boundary(_)));
    let (id, layout, root) = (branch.head.to_string(), scope.layout.name(), &scope.root);
    Ok(format!(
        "branch {} at {}: {commits} first-parent commits, {layout} files under '{root}'",
        branch.name,
        short(&id)
    ))
}

fn parse_cursor(text: &str, wanted: &Wanted) -> Result<Cursor, CollectError> {
    let error = |cause: String, hint: &str| CollectError {
        what: "cursor".to_owned(),
        cause,
        hint: hint.to_owned(),
    };
    let cursor: Cursor = serde_json::from_str(text).map_err(|e| {
        error(
            format!("it is not one of git-access: {e}"),
            "the source's history was written by another kind",
        )
    })?;
    if ObjectId::from_hex(cursor.head.as_bytes()).is_err() {
        return Err(error(
            format!("'{}' is no commit id", cursor.head),
            "check the ledger with 'tenure ledger verify'",
        ));
    }
    let root = cursor.layout == Layout::Peribolos && normal(&wanted.root) != cursor.root;
    let changed =
        [wanted.layout.filter(|l| *l != cursor.layout).map(|_| "layout"), root.then_some("root")];
    match changed.into_iter().flatten().next() {
        None => Ok(cursor),
        Some(name) => Err(error(
            format!("the setting '{name}' is another than when this source was first collected"),
            "one source tells one history: add another source for the other",
        )),
    }
}

struct Run {
    repo: Repo,
    scope: Scope,
    branch: String,
    head: ObjectId,
    now: Timestamp,
    until: Timestamp,
    previous: Option<Cursor>,
    holes: Holes,
    gaps: Vec<Gap>,
    objects: u64,
}

impl Run {
    fn go(
        mut self,
        line: &Line,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        if let Start::Lost(old) = line.start {
            return Ok(self.lost(old));
        }
        if let Start::Rewritten { old, onto } = line.start {
            self.gap(
                format!("the branch was rewritten: {old} is no longer on it, both lines share {onto}"),
                "find out who rewrote the branch and why; what changed in between is dated only by bounds",
            );
        }
        if let Some(cause) = &line.truncated {
            self.gap(
                format!("the history is not whole: {cause}"),
                "collect from a full clone to learn what was before",
            );
        }
        let before = self.previous.as_ref().map(|cursor| cursor.until);
        let from = match (before, line.start) {
            (Some(before), _) => Some(before),
            (None, Start::Boundary(id)) => self.time(id),
            (None, _) => line.commits.first().and_then(|id| self.time(*id)),
        };
        // A boundary is news even when it is the only commit.
        if !line.commits.is_empty() || matches!(line.start, Start::Boundary(_)) {
            self.record(line, cx, out)?;
        }
        let status = match line.start {
            Start::Rewritten { .. } => CoverageStatus::Gap,
            _ => CoverageStatus::Proven,
        };
        let coverage = from.map_or_else(Vec::new, |from| self.coverage(from, status));
        let head = self.head.to_string();
        Ok(self.collected(line.commits.len(), coverage, head))
    }

    /// The line is another, and what was told of the old one cannot be compared with it.
    fn lost(mut self, old: ObjectId) -> Collected {
        self.gap(
            format!(
                "the branch was rewritten, and its former head {old} is no longer in the repository"
            ),
            "fetch the former head into the repository and collect again",
        );
        let from = self.previous.as_ref().map(|cursor| cursor.until);
        let coverage = from.map_or_else(Vec::new, |from| self.coverage(from, CoverageStatus::Gap));
        // The cursor stays, so that the next run finds the same and nothing is passed over.
        let until = self.previous.as_ref().map_or(self.until, |cursor| cursor.until);
        self.until = until;
        self.collected(0, coverage, old.to_string())
    }

    fn collected(self, commits: usize, coverage: Vec<Claim>, head: String) -> Collected {
        let cursor = Cursor {
            head,
            branch: self.branch.clone(),
            layout: self.scope.layout,
            root: self.scope.root.clone(),
            until: self.previous.as_ref().map_or(self.until, |cursor| cursor.until.max(self.until)),
        };
        let scope = format!(
            "branch {}, {} files under '{}'",
            self.branch,
            self.scope.layout.name(),
            self.scope.root
        );
        Collected {
            scope,
            kind: None,
            requests: self.objects,
            source_totals: BTreeMap::from([(COMMITS.to_owned(), commits as u64)]),
            gaps: self.gaps,
            cursor: serde_json::to_string(&cursor).ok(),
            checks: vec!["first_parent_line_followed".to_owned()],
            coverage,
        }
    }

    fn coverage(&self, from: Timestamp, status: CoverageStatus) -> Vec<Claim> {
        let claim = |from, to, status, detail: String| Claim {
            stream: "grants".to_owned(),
            from,
            to,
            status,
            proof_kind: "commit_chain",
            detail,
        };
        if status != CoverageStatus::Proven {
            let detail = format!("the branch {} was rewritten", self.branch);
            return if from < self.until {
                vec![claim(from, self.until, status, detail)]
            } else {
                Vec::new()
            };
        }
        let mut claims = Vec::new();
        let mut at = from;
        let chain = format!("every first-parent commit up to {}", short(&self.head.to_string()));
        for (start, end) in self.holes.within(from, self.until) {
            if at < start {
                claims.push(claim(at, start, status, chain.clone()));
            }
            let detail =
                "the content of a file is not in the repository, or cannot be read".to_owned();
            claims.push(claim(start, end, CoverageStatus::Gap, detail));
            at = end;
        }
        if at < self.until {
            claims.push(claim(at, self.until, status, chain));
        }
        claims
    }

    fn time(&self, id: ObjectId) -> Option<Timestamp> {
        self.repo.commit(id, &mut Vec::new()).ok().flatten().map(|commit| commit.at)
    }

    fn gap(&mut self, cause: String, hint: &str) {
        let artifact = format!("branch {}", self.branch);
        self.gaps.push(Gap { artifact, record: None, cause, hint: hint.to_owned() });
    }
}
