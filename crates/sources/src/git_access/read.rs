//! Reading an artifact: objects are verified, files that changed are parsed, and every commit
//! becomes a record with its facts or the reason that it has none.

mod tell;

use std::borrow::Cow;
use std::collections::HashMap;

use gix::ObjectId;
use gix::objs::Kind;
use tenure_model::time::Timestamp;

use super::artifact::{self, Base, Header, Object};
use super::commit::Commit;
use super::files::{Version, parse_all, verify_all};
use super::state::State;
use super::tree::{Difference, Trees, compare, find};
use crate::records::Records;
use crate::source::ReadError;

/// File bytes parsed ahead at once: bounds memory, and gives every thread something to do.
const BATCH: usize = 4 << 20;

/// Reads the uncompressed artifact; `cut` says why it could not be uncompressed to its end.
pub(super) fn read(
    bytes: &[u8],
    cut: Option<String>,
    out: &mut Records<'_>,
) -> Result<(), ReadError> {
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

    fn open(
        &mut self,
        raw: &'a [u8],
        list: Result<Vec<Object<'a>>, String>,
        out: &mut Records<'_>,
    ) -> Opened<'a> {
        let number = self.opened;
        self.opened += 1;
        let mut opened =
            Opened { raw, number, commit: None, touches: false, differences: Vec::new() };
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
        let Some((first, data)) = list.first().and_then(|first| Some((first.id, first.data?)))
        else {
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
            (
                0,
                Base::Continues { commit }
                | Base::Boundary { commit }
                | Base::Rewritten { commit, .. },
            ) => commit,
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

    fn finish(self, out: &mut Records<'_>) {
        let verdict =
            |bad: bool, good: &'static str, worse: &'static str| if bad { worse } else { good };
        out.integrity("git_object_ids", verdict(self.mismatches > 0, "verified", "mismatch"));
        let head = self.last.map(|last| last.id.to_string());
        let ends = head.as_deref() == Some(self.header.head.as_str());
        if !ends {
            out.gap(
                format!("the last commit is not the head {}", self.header.head),
                "collect the repository again",
            );
        }
        out.integrity(
            "first_parent_chain",
            verdict(self.breaks > 0 || !ends, "verified", "broken"),
        );
    }
}

/// The trees that the artifact holds.
struct Stored<'s, 'a>(&'s HashMap<ObjectId, (Kind, &'a [u8])>);

impl<'a> Trees<'a> for Stored<'_, 'a> {
    fn tree(&mut self, id: ObjectId) -> Option<Cow<'a, [u8]>> {
        self.0
            .get(&id)
            .filter(|(kind, _)| *kind == Kind::Tree)
            .map(|(_, data)| Cow::Borrowed(*data))
    }
}
