//! Recording commits: each with the objects that are new with it, in artifacts of a handy size.

use gix::ObjectId;
use gix::objs::Kind;
use tenure_model::time::Timestamp;

use super::Run;
use crate::git_access::artifact::{Base, Header, Held, MAX_FILE, MEDIA_TYPE, Writer};
use crate::git_access::commit::Commit;
use crate::git_access::facts::short;
use crate::git_access::files;
use crate::git_access::layout::FileKind;
use crate::git_access::line::{Line, Start};
use crate::git_access::repo::RepoTrees;
use crate::git_access::tree::{Difference, compare};
use crate::source::{Artifact, Artifacts, Collect, CollectError, Payload};

/// Progress is reported after so many commits.
const PROGRESS_EVERY: usize = 256;

/// An artifact in the making.
struct Part {
    writer: Writer,
    base: Base,
    first: Option<ObjectId>,
    /// The commit recorded last, and its tree.
    last: Option<(ObjectId, ObjectId)>,
    held: Vec<Held>,
}

impl Run {
    /// Records the commits, in as many artifacts as it takes.
    pub(super) fn record(
        &mut self,
        line: &Line,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<(), CollectError> {
        let mut part = self.begin(line.start)?;
        let total = line.commits.len();
        for (index, id) in line.commits.iter().enumerate() {
            if part.writer.is_full() {
                let end = part.last;
                out.put(self.finish(part, cx)?)?;
                let start = end.map_or(line.start, |(id, _)| Start::Continues(id));
                part = self.begin(start)?;
            }
            self.commit(&mut part, *id)?;
            part.writer.end_record();
            if index % PROGRESS_EVERY == 0 {
                cx.progress.report("commits", index as u64, total as u64);
            }
        }
        cx.progress.report("commits", total as u64, total as u64);
        out.put(self.finish(part, cx)?)
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
        let mut part =
            Part { writer: Writer::new(), base, first: commit, last: None, held: Vec::new() };
        if let Some(id) = commit {
            let files = self.commit(&mut part, id)?;
            part.held = self.held(&mut part, id, &files);
        }
        part.writer.end_record();
        Ok(part)
    }

    fn finish(&self, part: Part, cx: &Collect<'_>) -> Result<Artifact, CollectError> {
        let hex = |id: Option<ObjectId>| id.map(|id| id.to_string()).unwrap_or_default();
        let head = hex(part.last.map(|(id, _)| id));
        let base =
            part.first.map_or_else(|| "root".to_owned(), |id| short(&id.to_string()).to_owned());
        let mut name = format!("{}@{base}..{}", self.branch, short(&head));
        if matches!(part.base, Base::Rewritten { .. }) {
            // A branch may be thrown to and fro between the same two heads.
            let taken = (2..).map(|n| format!("{name}~{n}")).find(|n| !cx.known.contains_key(n));
            name = taken.filter(|_| cx.known.contains_key(&name)).unwrap_or(name);
        }
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

    /// Adds a commit to the open record; gives the files in scope that differ.
    fn commit(
        &mut self,
        part: &mut Part,
        id: ObjectId,
    ) -> Result<Vec<(String, FileKind, ObjectId)>, CollectError> {
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
        let differences =
            compare(&mut trees, &self.scope, part.last.map(|(_, tree)| tree), Some(commit.tree));
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
        part.last = Some((id, commit.tree));
        Ok(files)
    }

    fn files(
        &mut self,
        part: &mut Part,
        differences: Vec<Difference>,
        commit: &Commit,
    ) -> Vec<(String, FileKind, ObjectId)> {
        let mut files = Vec::new();
        for difference in differences {
            match difference {
                Difference::File { path, kind, blob: Some(blob) } => {
                    let present = self.blob(part, blob, &path);
                    let known = present && self.readable(&path, kind, blob);
                    self.holes.set(&path, !known, commit.at);
                    files.push((path, kind, blob));
                }
                Difference::File { path, blob: None, .. } => {
                    self.holes.set(&path, false, commit.at)
                }
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
    ) -> Vec<Held> {
        let mut held = Vec::new();
        for (path, kind, blob) in files {
            if self.readable(path, *kind, *blob) {
                continue;
            }
            // It was unreadable when this walk began, so what it says now is not known either.
            self.holes.set(path, true, Timestamp::from_micros(i64::MIN));
            if let Some(id) = self.last_readable(base, path, *kind, *blob) {
                self.blob(part, id, path);
                held.push(Held { path: path.clone(), blob: id.to_string() });
            }
        }
        held
    }

    fn readable(&self, path: &str, kind: FileKind, blob: ObjectId) -> bool {
        let mut buffer = Vec::new();
        matches!(self.repo.object(blob, &mut buffer), Ok(Some(Kind::Blob)))
            && buffer.len() <= MAX_FILE
            && files::parse(&self.scope, kind, path, &buffer).is_ok()
    }

    fn last_readable(
        &self,
        from: ObjectId,
        path: &str,
        kind: FileKind,
        bad: ObjectId,
    ) -> Option<ObjectId> {
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

    fn vanished(&self, cause: String) -> CollectError {
        CollectError {
            what: self.repo.place(),
            cause,
            hint: "nobody may change the repository while it is collected; try again".to_owned(),
        }
    }
}
