//! Collecting: the new part of the branch's first-parent line becomes artifacts, and the claim of
//! how far it is complete.

use std::collections::BTreeMap;

use gix::ObjectId;
use gix::objs::Kind;
use serde::{Deserialize, Serialize};
use tenure_model::entry::{CoverageStatus, Gap};
use tenure_model::time::Timestamp;

use super::artifact::{Base, Header, Held, MAX_FILE, MEDIA_TYPE, Writer};
use super::commit::Commit;
use super::facts::short;
use super::files;
use super::layout::{FileKind, Layout, Scope};
use super::line::{self, Line, Start};
use super::repo::{Repo, RepoTrees};
use super::tree::{Difference, compare};
use crate::source::{Artifact, Artifacts, Claim, Collect, CollectError, Collected, Payload};

/// The name of the total.
pub(super) const COMMITS: &str = "commits";
/// Progress is reported after so many commits.
const PROGRESS_EVERY: usize = 256;

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
pub(super) fn collect(wanted: &Wanted, cx: &Collect<'_>, out: &mut dyn Artifacts) -> Result<Collected, CollectError> {
    let repo = Repo::open(&wanted.path)?;
    let cursor = cx.cursor.map(|text| parse_cursor(text, wanted)).transpose()?;
    let named = wanted.branch.as_deref().or(cursor.as_ref().map(|cursor| cursor.branch.as_str()));
    let branch = repo.branch(named.filter(|name| *name != "HEAD"))?;
    let mut buffer = Vec::new();
    let head = repo.commit(branch.head, &mut buffer).ok().flatten().ok_or_else(|| CollectError {
        what: repo.place(),
        cause: format!("the head {} of '{}' is not in the repository", branch.head, branch.name),
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
    Ok(format!("branch {} at {}: {commits} first-parent commits, {layout} files under '{root}'", branch.name, short(&id)))
}

fn parse_cursor(text: &str, wanted: &Wanted) -> Result<Cursor, CollectError> {
    let error = |cause: String, hint: &str| CollectError { what: "cursor".to_owned(), cause, hint: hint.to_owned() };
    let cursor: Cursor = serde_json::from_str(text)
        .map_err(|e| error(format!("it is not one of git-access: {e}"), "the source's history was written by another kind"))?;
    if ObjectId::from_hex(cursor.head.as_bytes()).is_err() {
        return Err(error(format!("'{}' is no commit id", cursor.head), "check the ledger with 'tenure ledger verify'"));
    }
    let changed = [
        wanted.branch.as_ref().filter(|b| **b != cursor.branch).map(|_| "branch"),
        wanted.layout.filter(|l| *l != cursor.layout).map(|_| "layout"),
    ];
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
    fn go(mut self, line: &Line, cx: &Collect<'_>, out: &mut dyn Artifacts) -> Result<Collected, CollectError> {
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
            format!("the branch was rewritten, and its former head {old} is no longer in the repository"),
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
        let scope = format!("branch {}, {} files under '{}'", self.branch, self.scope.layout.name(), self.scope.root);
        Collected {
            scope,
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
            return if from < self.until { vec![claim(from, self.until, status, detail)] } else { Vec::new() };
        }
        let mut claims = Vec::new();
        let mut at = from;
        let chain = format!("every first-parent commit up to {}", short(&self.head.to_string()));
        for (start, end) in self.holes.within(from, self.until) {
            if at < start {
                claims.push(claim(at, start, status, chain.clone()));
            }
            let detail = "the content of a file is not in the repository".to_owned();
            claims.push(claim(start, end, CoverageStatus::Gap, detail));
            at = end;
        }
        if at < self.until {
            claims.push(claim(at, self.until, status, chain));
        }
        claims
    }

    /// Records the commits, in as many artifacts as it takes.
    fn record(&mut self, line: &Line, cx: &Collect<'_>, out: &mut dyn Artifacts) -> Result<(), CollectError> {
        let mut part = self.begin(line.start)?;
        let total = line.commits.len();
        for (index, id) in line.commits.iter().enumerate() {
            if part.writer.is_full() {
                let end = part.last;
                out.put(self.finish(part)?)?;
                let start = end.map_or(line.start, |(id, _)| Start::Continues(id));
                part = self.begin(start)?;
            }
            self.commit(&mut part, *id)?;
            if index % PROGRESS_EVERY == 0 {
                cx.progress.report("commits", index as u64, total as u64);
            }
        }
        cx.progress.report("commits", total as u64, total as u64);
        out.put(self.finish(part)?)
    }

    /// Begins an artifact with the state that it starts from.
    fn begin(&mut self, start: Start) -> Result<Part, CollectError> {
        let hex = |id: ObjectId| id.to_string();
        let (base, commit) = match start {
            Start::Root => (Base::Root, None),
            Start::Continues(id) => (Base::Continues { commit: hex(id) }, Some(id)),
            Start::Boundary(id) => (Base::Boundary { commit: hex(id) }, Some(id)),
            Start::Rewritten { old, onto } => {
                let base = Base::Rewritten { commit: hex(old), onto: hex(onto), seen_at: self.now };
                (base, Some(old))
            }
            Start::Lost(_) => (Base::Root, None),
        };
        let mut part = Part { writer: Writer::new(), base, first: commit, last: None, held: Vec::new() };
        match commit {
            Some(id) => {
                let files = self.commit(&mut part, id)?;
                part.held = self.held(&mut part, id, &files)?;
            }
            None => {}
        }
        if commit.is_none() || part.writer.records() == 0 {
            part.writer.end_record();
        }
        Ok(part)
    }

    fn finish(&self, part: Part) -> Result<Artifact, CollectError> {
        let hex = |id: Option<ObjectId>| id.map(|id| id.to_string()).unwrap_or_default();
        let head = hex(part.last.map(|(id, _)| id));
        let base = part.first.map_or_else(|| "root".to_owned(), |id| short(&id.to_string()).to_owned());
        let name = format!("{}@{base}..{}", self.branch, short(&head));
        let header = Header {
            branch: self.branch.clone(),
            scope: self.scope.clone(),
            base: part.base,
            head,
            records: part.writer.records(),
            held: part.held,
        };
        let bytes = part.writer.finish(&header).map_err(|error| CollectError {
            what: name.clone(),
            cause: format!("it does not compress: {error}"),
            hint: "free memory and collect again".to_owned(),
        })?;
        Ok(Artifact { name, media_type: MEDIA_TYPE, payload: Payload::Bytes(bytes) })
    }

    /// Adds the record of a commit; gives the files in scope that differ.
    fn commit(&mut self, part: &mut Part, id: ObjectId) -> Result<Vec<(String, FileKind, ObjectId)>, CollectError> {
        let mut buffer = Vec::new();
        let commit = match self.repo.commit(id, &mut buffer) {
            Ok(Some(commit)) => commit,
            Ok(None) => return Err(self.vanished(format!("commit {id} is gone"))),
            Err(cause) => return Err(self.vanished(cause)),
        };
        part.writer.take(id);
        part.writer.object(id, Kind::Commit, &buffer);
        self.objects += 1;
        let mut trees = RepoTrees::of(&self.repo);
        let differences = compare(&mut trees, &self.scope, part.last.map(|(_, tree)| tree), Some(commit.tree));
        for (id, tree) in trees.seen {
            if part.writer.take(id) {
                self.objects += 1;
                match tree {
                    Some(bytes) => part.writer.object(id, Kind::Tree, &bytes),
                    None => part.writer.missing(id),
                }
            }
        }
        let files = self.files(part, differences, &commit);
        // The record of a base is closed once the files it holds on to are in it as well.
        if part.last.is_some() || part.first != Some(id) {
            part.writer.end_record();
        }
        part.last = Some((id, commit.tree));
        Ok(files)
    }

    fn files(&mut self, part: &mut Part, differences: Vec<Difference>, commit: &Commit) -> Vec<(String, FileKind, ObjectId)> {
        let mut files = Vec::new();
        for difference in differences {
            match difference {
                Difference::File { path, kind, blob: Some(blob) } => {
                    let present = self.blob(part, blob, &path);
                    self.holes.set(&path, !present, commit.at);
                    files.push((path, kind, blob));
                }
                Difference::File { path, blob: None, .. } => self.holes.set(&path, false, commit.at),
                Difference::Unreadable { path, .. } => self.holes.set(&path, true, commit.at),
                Difference::Relisted { path } => self.holes.set(&path, false, commit.at),
            }
        }
        files
    }

    /// Adds a file's content; gives whether the repository has it.
    fn blob(&mut self, part: &mut Part, id: ObjectId, path: &str) -> bool {
        let mut buffer = Vec::new();
        let found = matches!(self.repo.object(id, &mut buffer), Ok(Some(Kind::Blob)));
        let present = found && buffer.len() <= MAX_FILE;
        if part.writer.take(id) {
            self.objects += 1;
            match present {
                true => part.writer.object(id, Kind::Blob, &buffer),
                false => part.writer.missing(id),
            }
            if found && !present {
                self.gap(format!("{path} is larger than {} MiB", MAX_FILE >> 20), "split the file");
            }
        }
        present
    }

    /// For files of a base that cannot be read: the last version before that could be.
    fn held(
        &mut self,
        part: &mut Part,
        base: ObjectId,
        files: &[(String, FileKind, ObjectId)],
    ) -> Result<Vec<Held>, CollectError> {
        let mut held = Vec::new();
        for (path, kind, blob) in files {
            if self.readable(path, *kind, *blob) {
                continue;
            }
            if let Some(id) = self.last_readable(base, path, *kind, *blob) {
                self.blob(part, id, path);
                held.push(Held { path: path.clone(), blob: id.to_string() });
            }
        }
        part.writer.end_record();
        Ok(held)
    }

    fn readable(&self, path: &str, kind: FileKind, blob: ObjectId) -> bool {
        let mut buffer = Vec::new();
        matches!(self.repo.object(blob, &mut buffer), Ok(Some(Kind::Blob)))
            && buffer.len() <= MAX_FILE
            && files::parse(&self.scope, kind, path, &buffer).is_ok()
    }

    fn last_readable(&self, from: ObjectId, path: &str, kind: FileKind, bad: ObjectId) -> Option<ObjectId> {
        let mut buffer = Vec::new();
        let mut tried = bad;
        let mut at = Some(from);
        while let Some(id) = at {
            let commit = self.repo.commit(id, &mut buffer).ok().flatten()?;
            let blob = self.repo.blob_at(commit.tree, path)?;
            if blob != tried {
                tried = blob;
                if self.readable(path, kind, blob) {
                    return Some(blob);
                }
            }
            at = commit.parent;
        }
        None
    }

    fn time(&self, id: ObjectId) -> Option<Timestamp> {
        self.repo.commit(id, &mut Vec::new()).ok().flatten().map(|commit| commit.at)
    }

    fn gap(&mut self, cause: String, hint: &str) {
        let artifact = format!("branch {}", self.branch);
        self.gaps.push(Gap { artifact, record: None, cause, hint: hint.to_owned() });
    }

    fn vanished(&self, cause: String) -> CollectError {
        CollectError {
            what: self.repo.place(),
            cause,
            hint: "nobody may change the repository while it is collected; try again".to_owned(),
        }
    }
}

/// An artifact in the making.
struct Part {
    writer: Writer,
    base: Base,
    first: Option<ObjectId>,
    /// The commit recorded last, and its tree.
    last: Option<(ObjectId, ObjectId)>,
    held: Vec<Held>,
}

/// Stretches of time in which the content of a file is not known.
#[derive(Default)]
struct Holes {
    open: BTreeMap<String, Timestamp>,
    closed: Vec<(Timestamp, Timestamp)>,
}

impl Holes {
    fn set(&mut self, path: &str, missing: bool, at: Timestamp) {
        match missing {
            true => {
                self.open.entry(path.to_owned()).or_insert(at);
            }
            false => self.closed.extend(self.open.remove(path).map(|from| (from, at))),
        }
    }

    /// The holes inside `[from, to)`, in order, merged where they meet.
    fn within(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let open = self.open.values().map(|start| (*start, to));
        let mut all: Vec<_> = self.closed.iter().copied().chain(open).collect();
        all.sort_unstable();
        let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (start, end) in all {
            let (start, end) = (start.max(from), end.min(to));
            match merged.last_mut() {
                _ if start >= end => {}
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        merged
    }
}
