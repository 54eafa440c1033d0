//! Reading an artifact: objects are verified, files that changed are parsed, and every commit
//! becomes a record with its facts or the reason that it has none.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use gix::ObjectId;
use gix::objs::Kind;
use tenure_model::time::Timestamp;

use super::artifact::{self, Base, Header, Object};
use super::commit::Commit;
use super::facts::{self, Moment};
use super::files::{Parsed, Version, parse_all, verify_all};
use super::layout::FileKind;
use super::state::State;
use super::tree::{Difference, Trees, compare, find, is_below};
use crate::records::Records;
use crate::source::ReadError;

/// File bytes parsed ahead at once: bounds memory, and gives every thread something to do.
const BATCH: usize = 4 << 20;

/// Reads the uncompressed artifact; `cut` says why it could not be uncompressed to its end.
pub(super) fn read(bytes: &[u8], cut: Option<String>, out: &mut Records<'_>) -> Result<(), ReadError> {
    let (header, frames) = artifact::open(bytes).map_err(|cause| broken(None, cause))?;
    out.declare(header.records);
    let mut reader = Reader::new(&header);
    let mut batch = Vec::new();
    let mut size = 0;
    let mut end = cut;
    for frame in frames {
        match frame {
            Ok(raw) => {
                size += raw.len();
                batch.push(raw);
            }
            Err(cause) => end = end.or(Some(cause)),
        }
        if size >= BATCH {
            reader.batch(&std::mem::take(&mut batch), out);
            size = 0;
        }
    }
    reader.batch(&batch, out);
    reader.finish(out);
    match end {
        Some(cause) => Err(broken(Some(out.next()), cause)),
        None => Ok(()),
    }
}

fn broken(record: Option<u64>, cause: String) -> ReadError {
    ReadError { record, cause, hint: "collect the repository again".to_owned() }
}

struct Reader<'a, 'h> {
    header: &'h Header,
    objects: HashMap<ObjectId, (Kind, &'a [u8])>,
    state: State<'a>,
    /// Records opened so far.
    opened: u64,
    /// The commit opened last.
    last: Option<Commit>,
    /// Set while the line is rewritten: steps are held back until one can be dated.
    restart: Option<Restart>,
    mismatches: u64,
    breaks: u64,
}

/// The time of the head that is no longer on the branch.
struct Restart {
    old_at: Timestamp,
}

/// A record, opened: its commit and what differs with it.
struct Opened<'a> {
    raw: &'a [u8],
    number: u64,
    /// `None` for the empty base of a walk from the root.
    commit: Option<Result<Commit, String>>,
    /// Whether the tree differs within the root; then the commit is a change under control.
    touches: bool,
    differences: Vec<Difference>,
}

impl<'a, 'h> Reader<'a, 'h> {
    fn new(header: &'h Header) -> Self {
        Self {
            header,
            objects: HashMap::new(),
            state: State::new(header.scope.clone()),
            opened: 0,
            last: None,
            restart: None,
            mismatches: 0,
            breaks: 0,
        }
    }

    /// Takes some records: opens them in order, parses their files at once, tells them in order.
    fn batch(&mut self, records: &[&'a [u8]], out: &mut Records<'_>) {
        let lists: Vec<_> = records.iter().map(|raw| artifact::objects(raw)).collect();
        let verified = verify_all(&lists);
        let mut opened = Vec::with_capacity(records.len());
        for ((raw, list), verified) in records.iter().zip(lists).zip(verified) {
            self.mismatches += u64::from(verified.is_err());
            let list = list.and_then(|list| verified.map(|()| list));
            opened.push(self.open(raw, list, out));
        }
        let parsed = parse_all(&self.header.scope, &self.wanted(&opened));
        for record in opened {
            self.tell(record, &parsed, out);
        }
    }

    /// The versions of files that the records bring into force.
    fn wanted<'o>(&self, opened: &'o [Opened<'a>]) -> Vec<Version<'o, 'a>>
    where
        'h: 'o,
    {
        let mut wanted = Vec::new();
        let mut want = |path: &'o str, kind, blob: ObjectId| {
            let data = self.objects.get(&blob).filter(|(kind, _)| *kind == Kind::Blob);
            wanted.extend(data.map(|(_, data)| (path, kind, blob, *data)));
        };
        for record in opened {
            for difference in &record.differences {
                if let Difference::File { path, kind, blob: Some(blob) } = difference {
                    want(path, *kind, *blob);
                }
            }
            for held in self.header.held.iter().filter(|_| record.number == 0) {
                let id = ObjectId::from_hex(held.blob.as_bytes());
                if let (Ok(id), Some(kind)) = (id, self.header.scope.kind(&held.path)) {
                    want(&held.path, kind, id);
                }
            }
        }
        wanted
    }

    fn open(&mut self, raw: &'a [u8], list: Result<Vec<Object<'a>>, String>, out: &mut Records<'_>) -> Opened<'a> {
        let number = self.opened;
        self.opened += 1;
        let mut opened = Opened { raw, number, commit: None, touches: false, differences: Vec::new() };
        if raw.is_empty() && number == 0 && self.header.base == Base::Root {
            return opened;
        }
        let commit = match list.and_then(|list| self.commit(&list)) {
            Ok(commit) => commit,
            Err(cause) => {
                opened.commit = Some(Err(cause));
                return opened;
            }
        };
        if let Err(cause) = self.link(number, &commit) {
            self.breaks += 1;
            out.gap(cause, "collect the repository again; until then the history has a hole here");
        }
        let before = self.last.as_ref().map(|last| last.tree);
        let scope = &self.header.scope;
        let mut trees = Stored(&self.objects);
        opened.touches = scope.tops().iter().any(|top| {
            let old = before.and_then(|tree| find(&mut trees, tree, top));
            old != find(&mut trees, commit.tree, top)
        });
        opened.differences = compare(&mut trees, scope, before, Some(commit.tree));
        self.last = Some(commit.clone());
        opened.commit = Some(Ok(commit));
        opened
    }

    /// Stores the objects of a record; the first is its commit.
    fn commit(&mut self, list: &[Object<'a>]) -> Result<Commit, String> {
        let Some((first, data)) = list.first().and_then(|first| Some((first.id, first.data?))) else {
            return Err("the record has no commit".to_owned());
        };
        let commit = match data {
            (Kind::Commit, data) => Commit::parse(first, data)?,
            _ => return Err("the record does not begin with a commit".to_owned()),
        };
        for object in list {
            if let Some(data) = object.data {
                self.objects.insert(object.id, data);
            }
        }
        Ok(commit)
    }

    /// Whether the commit follows on the one before.
    fn link(&self, number: u64, commit: &Commit) -> Result<(), String> {
        let id = commit.id.to_string();
        let base = &self.header.base;
        let expected = match (number, base) {
            (0, Base::Continues { commit } | Base::Boundary { commit } | Base::Rewritten { commit, .. }) => commit,
            (1, Base::Rewritten { onto, .. }) => onto,
            _ => {
                let last = self.last.as_ref().map(|last| last.id);
                return match commit.parent == last {
                    true => Ok(()),
                    false => Err(format!("commit {id} does not follow on the record before it")),
                };
            }
        };
        match *expected == id {
            true => Ok(()),
            false => Err(format!("the header names {expected} where commit {id} is")),
        }
    }

    /// Hands the record over.
    fn tell(&mut self, record: Opened<'a>, parsed: &Parsed<'a>, out: &mut Records<'_>) {
        let commit = match record.commit {
            None => return out.skip(record.raw, "start of the history"),
            Some(Ok(commit)) => commit,
            Some(Err(cause)) => {
                return out.reject(record.raw, cause, "collect the repository again");
            }
        };
        let mut problems = Vec::new();
        self.apply(&record.differences, parsed, &mut problems);
        if record.number == 0 {
            return self.tell_base(record.raw, &commit, problems, out);
        }
        if let Base::Rewritten { .. } = self.header.base
            && let Some(restart) = self.restart.take()
        {
            return self.tell_restart(restart, &record.raw, record.number, &commit, problems, out);
        }
        if !record.touches {
            return out.skip(record.raw, "touches no access file");
        }
        let delta = self.state.step();
        let at = &commit.id.to_string()[..12];
        problems.extend(delta.oddities.iter().map(|oddity| (oddity.clone(), "correct the file")));
        if delta.is_unchanged() && !problems.is_empty() {
            let causes: Vec<_> = problems.into_iter().map(|(cause, _)| cause).collect();
            let cause = format!("commit {at}: {}", causes.join("; "));
            return out.reject(record.raw, cause, KEPT);
        }
        for (cause, hint) in problems {
            out.gap(format!("commit {at}: {cause}"), hint);
        }
        out.facts(record.raw, facts::of_step(&self.state, &delta, &commit, Moment::Pinned));
    }

    fn tell_base(&mut self, raw: &[u8], commit: &Commit, problems: Vec<(String, &'static str)>, out: &mut Records<'_>) {
        let delta = self.state.step();
        if let Base::Rewritten { .. } = self.header.base {
            self.restart = Some(Restart { old_at: commit.at });
        }
        if !matches!(self.header.base, Base::Boundary { .. }) {
            return out.skip(raw, "state that earlier artifacts have told");
        }
        for (cause, hint) in problems {
            out.gap(cause, hint);
        }
        out.facts(raw, facts::of_step(&self.state, &delta, commit, Moment::Found));
    }

    /// While a rewritten line is no later than the head it replaces, nothing says when its states
    /// came into force. The first later commit, or the end, tells the whole difference at once.
    fn tell_restart(
        &mut self,
        restart: Restart,
        raw: &[u8],
        number: u64,
        commit: &Commit,
        problems: Vec<(String, &'static str)>,
        out: &mut Records<'_>,
    ) {
        let Base::Rewritten { commit: old, onto, seen_at } = &self.header.base else { return };
        for (cause, hint) in problems {
            out.gap(cause, hint);
        }
        let later = commit.at > restart.old_at;
        if !later && number + 1 < self.header.records {
            self.restart = Some(restart);
            return out.skip(raw, "part of a rewritten line; a later commit of it tells the difference");
        }
        let by = if later { commit.at } else { (*seen_at).max(restart.old_at) };
        let delta = self.state.step();
        let mut told = vec![facts::rewritten(old, &self.header.head, onto, *seen_at)];
        told.extend(facts::of_step(&self.state, &delta, commit, Moment::Between(restart.old_at, by)));
        out.facts(raw, told);
    }

    /// Brings the differences into force; what cannot be read leaves the state as it was.
    fn apply(&mut self, differences: &[Difference], parsed: &Parsed<'a>, problems: &mut Vec<(String, &'static str)>) {
        let mut stale = BTreeSet::new();
        for difference in differences {
            match difference {
                Difference::Relisted { path } => {
                    stale.extend(self.state.below(path).map(str::to_owned));
                }
                Difference::Unreadable { path, cause } => {
                    stale.retain(|stale| !is_below(stale, path));
                    problems.push((format!("{path}: {cause}"), KEPT));
                }
                Difference::File { path, blob: None, .. } => self.state.remove(path),
                Difference::File { path, kind, blob: Some(blob) } => {
                    stale.remove(path);
                    if let Err(cause) = self.put(path, *kind, *blob, parsed) {
                        problems.push((format!("{path}: {cause}"), KEPT));
                    }
                }
            }
        }
        for path in stale {
            self.state.remove(&path);
        }
    }

    fn put(&mut self, path: &str, kind: FileKind, blob: ObjectId, parsed: &Parsed<'a>) -> Result<(), String> {
        if self.state.blob(path) == Some(blob) {
            return Ok(());
        }
        let cause = match parsed.get(&(path.to_owned(), blob)) {
            Some(Ok(doc)) => {
                self.state.put(path, kind, blob, doc.clone());
                return Ok(());
            }
            Some(Err(cause)) => cause.clone(),
            None => format!("its content {blob} is not in the repository"),
        };
        let held = self.header.held.iter().find(|held| held.path == path && self.state.blob(path).is_none());
        let held = held.and_then(|held| ObjectId::from_hex(held.blob.as_bytes()).ok());
        if let Some(held) = held
            && let Some(Ok(doc)) = parsed.get(&(path.to_owned(), held))
        {
            self.state.put(path, kind, held, doc.clone());
        }
        Err(cause)
    }

    fn finish(self, out: &mut Records<'_>) {
        let verdict = |bad: bool, good: &'static str, worse: &'static str| if bad { worse } else { good };
        out.integrity("git_object_ids", verdict(self.mismatches > 0, "verified", "mismatch"));
        let head = self.last.map(|last| last.id.to_string());
        let ends = head.as_deref() == Some(self.header.head.as_str());
        if !ends {
            out.gap(format!("the last commit is not the head {}", self.header.head), "collect the repository again");
        }
        out.integrity("first_parent_chain", verdict(self.breaks > 0 || !ends, "verified", "broken"));
    }
}

/// What follows from a file that cannot be read.
const KEPT: &str = "the version before stays in force until one can be read; what it granted or removed is not known";

/// The trees that the artifact holds.
struct Stored<'s, 'a>(&'s HashMap<ObjectId, (Kind, &'a [u8])>);

impl<'a> Trees<'a> for Stored<'_, 'a> {
    fn tree(&mut self, id: ObjectId) -> Option<Cow<'a, [u8]>> {
        self.0.get(&id).filter(|(kind, _)| *kind == Kind::Tree).map(|(_, data)| Cow::Borrowed(*data))
    }
}
