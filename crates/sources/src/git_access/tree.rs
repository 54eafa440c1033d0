//! Comparing two trees: only what differs is descended into. The collector and the reader use the
//! same comparison, so the collector takes exactly the objects that the reader will ask for.

use std::borrow::Cow;
use std::cmp::Ordering;

use gix::ObjectId;

use super::layout::{FileKind, Layout, Scope};

/// Directories nested deeper than this are not looked into.
const MAX_DEPTH: usize = 32;
/// Entries compared at most per commit. A tree that repeats its own subtrees grows without bound.
const MAX_ENTRIES: usize = 4_000_000;

/// Where trees come from.
pub(super) trait Trees<'t> {
    /// The bytes of a tree object; `None` when it is not there.
    fn tree(&mut self, id: ObjectId) -> Option<Cow<'t, [u8]>>;
}

/// One difference, in tree order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Difference {
    /// A file in scope is new or other, or gone (`None`).
    File { path: String, kind: FileKind, blob: Option<ObjectId> },
    /// The old side of this directory is not there: what follows lists it whole.
    Relisted { path: String },
    /// The new side of this directory cannot be read, so nothing below it is known.
    Unreadable { path: String, cause: &'static str },
}

/// The differences within the scope; `None` = there was, or is, no tree.
pub(super) fn compare<'t>(
    trees: &mut dyn Trees<'t>,
    scope: &Scope,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
) -> Vec<Difference> {
    let mut walk = Walk { trees, scope, budget: MAX_ENTRIES, found: Vec::new() };
    walk.directory("", old, new, 0);
    walk.found
}

/// The id of the directory at `path`; empty = the tree itself.
pub(super) fn find<'t>(trees: &mut dyn Trees<'t>, tree: ObjectId, path: &str) -> Option<ObjectId> {
    let mut at = tree;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let bytes = trees.tree(at)?;
        at = entries(&bytes)?.iter().find(|e| e.directory && e.name == name.as_bytes())?.id;
    }
    Some(at)
}

/// The file of that name in a directory.
pub(super) fn find_file<'t>(
    trees: &mut dyn Trees<'t>,
    tree: ObjectId,
    directory: &str,
    name: &str,
) -> Option<ObjectId> {
    let directory = find(trees, tree, directory)?;
    let bytes = trees.tree(directory)?;
    entries(&bytes)?.iter().find(|e| e.file && e.name == name.as_bytes()).map(|e| e.id)
}

/// Whether the files under `root` look like the layout.
pub(super) fn looks_like<'t>(
    trees: &mut dyn Trees<'t>,
    tree: ObjectId,
    root: &str,
    layout: Layout,
) -> bool {
    let Some(root) = find(trees, tree, root) else { return false };
    match layout {
        Layout::RustTeam => {
            ["people", "teams"].iter().all(|name| find(trees, root, name).is_some())
        }
        Layout::Peribolos => {
            let Some(bytes) = trees.tree(root) else { return false };
            let directories: Vec<_> = entries(&bytes).unwrap_or_default();
            directories
                .iter()
                .any(|e| e.directory && find_file(trees, e.id, "", "org.yaml").is_some())
        }
    }
}

/// Whether a file lies in the directory or below it.
pub(super) fn is_below(path: &str, directory: &str) -> bool {
    directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

struct Walk<'w, 't> {
    trees: &'w mut dyn Trees<'t>,
    scope: &'w Scope,
    budget: usize,
    found: Vec<Difference>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Entry<'e> {
    name: &'e [u8],
    directory: bool,
    file: bool,
    id: ObjectId,
}

impl<'t> Walk<'_, 't> {
    fn directory(
        &mut self,
        path: &str,
        old: Option<ObjectId>,
        new: Option<ObjectId>,
        depth: usize,
    ) {
        if old == new || !self.scope.descends(path) {
            return;
        }
        if depth > MAX_DEPTH {
            return self.unreadable(path, "it is nested too deep");
        }
        let old_bytes = old.map(|id| self.trees.tree(id));
        if matches!(old_bytes, Some(None)) {
            self.found.push(Difference::Relisted { path: path.to_owned() });
        }
        let new_bytes = match new.map(|id| self.trees.tree(id)) {
            Some(None) => return self.unreadable(path, "its tree object is missing"),
            Some(bytes) => bytes,
            None => None,
        };
        let old_bytes = old_bytes.flatten().unwrap_or_default();
        let new_bytes = new_bytes.unwrap_or_default();
        let (Some(old), Some(new)) = (entries(&old_bytes), entries(&new_bytes)) else {
            return self.unreadable(path, "its tree object is malformed");
        };
        self.budget = self.budget.saturating_sub(old.len() + new.len());
        if self.budget == 0 {
            return self.unreadable(path, "the tree has too many entries");
        }
        self.merge(path, &old, &new, depth);
    }

    fn merge(&mut self, path: &str, old: &[Entry<'_>], new: &[Entry<'_>], depth: usize) {
        let (mut i, mut j) = (0, 0);
        while i < old.len() || j < new.len() {
            let order = match (old.get(i), new.get(j)) {
                (Some(a), Some(b)) => git_order(a, b),
                (Some(_), None) => Ordering::Less,
                _ => Ordering::Greater,
            };
            let before = (order != Ordering::Greater).then(|| old[i]);
            let after = (order != Ordering::Less).then(|| new[j]);
            i += usize::from(before.is_some());
            j += usize::from(after.is_some());
            if before != after {
                self.entry(path, before, after, depth);
            }
        }
    }

    fn entry(&mut self, path: &str, old: Option<Entry<'_>>, new: Option<Entry<'_>>, depth: usize) {
        let Some(any) = new.or(old) else { return };
        let name = String::from_utf8_lossy(any.name);
        let path = if path.is_empty() { name.into_owned() } else { format!("{path}/{name}") };
        if any.directory {
            return self.directory(&path, old.map(|e| e.id), new.map(|e| e.id), depth + 1);
        }
        if let Some(kind) = self.scope.kind(&path) {
            let blob = new.filter(|e| e.file).map(|e| e.id);
            self.found.push(Difference::File { path, kind, blob });
        }
    }

    fn unreadable(&mut self, path: &str, cause: &'static str) {
        self.found.push(Difference::Unreadable { path: path.to_owned(), cause });
    }
}

/// Git sorts a directory as if its name ended in a slash; so a file that became a directory is two
/// entries.
fn git_order(a: &Entry<'_>, b: &Entry<'_>) -> Ordering {
    let tail = |e: &Entry<'_>| e.directory.then_some(b'/');
    a.name.iter().copied().chain(tail(a)).cmp(b.name.iter().copied().chain(tail(b)))
}

fn entries(bytes: &[u8]) -> Option<Vec<Entry<'_>>> {
    gix::objs::TreeRefIter::from_bytes(bytes, gix::hash::Kind::Sha1)
        .map(|entry| {
            let entry = entry.ok()?;
            let mode = entry.mode;
            Some(Entry {
                name: entry.filename,
                directory: mode.is_tree(),
                file: mode.is_blob(),
                id: entry.oid.to_owned(),
            })
        })
        .collect()
}
