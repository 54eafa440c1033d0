//! The repository as the collector sees it: a branch, and objects by id.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use gix::ObjectId;
use gix::objs::{Find, Kind};

use super::bundle::{self, Unpacked};
use super::commit::Commit;
use super::layout::{Layout, Scope};
use super::tree::{self, Trees};
use crate::source::CollectError;

/// An open repository.
pub(super) struct Repo {
    repo: gix::Repository,
    /// Keeps a bundle's directory alive.
    _unpacked: Option<Unpacked>,
}

/// A branch and where it is.
pub(super) struct Branch {
    pub(super) name: String,
    pub(super) head: ObjectId,
}

impl Repo {
    /// Opens a bare repository, a work tree, a bundle or a tar of a repository.
    pub(super) fn open(path: &str) -> Result<Self, CollectError> {
        let failed = |cause: String| CollectError {
            what: path.to_owned(),
            cause,
            hint: "set 'path' to a git repository, to its work tree, or to a bundle of it"
                .to_owned(),
        };
        let place = Path::new(path);
        let unpacked = match place.is_file() {
            true => Some(bundle::unpack(place).map_err(failed)?),
            false => None,
        };
        let place = unpacked.as_ref().map_or(place, |unpacked| unpacked.repository.as_path());
        // Isolated: no configuration but the repository's own may change what is read.
        let mut repo = gix::open_opts(place, gix::open::Options::isolated()).map_err(|error| {
            failed(format!("it is no git repository that can be opened: {error}"))
        })?;
        if repo.object_hash() != gix::hash::Kind::Sha1 {
            return Err(failed(
                "its objects are named by SHA-256, which is not read yet".to_owned(),
            ));
        }
        // A replacement would give other bytes under an id.
        repo.objects.ignore_replacements = true;
        repo.object_cache_size(None);
        Ok(Self { repo, _unpacked: unpacked })
    }

    /// The branch of that name, or the one that the repository is on.
    pub(super) fn branch(&self, name: Option<&str>) -> Result<Branch, CollectError> {
        let (name, reference) = match name {
            Some(name) => (name.to_owned(), self.reference(name)?),
            None => {
                let head = self
                    .repo
                    .head()
                    .map_err(|error| self.failed(format!("it has no HEAD: {error}")))?;
                let name = head
                    .referent_name()
                    .map_or_else(|| "HEAD".to_owned(), |n| n.shorten().to_string());
                (name, head.id().map(gix::Id::detach))
            }
        };
        match reference {
            Some(head) => Ok(Branch { name, head }),
            None => Err(CollectError {
                what: self.place(),
                cause: format!("there is no branch '{name}', or it has no commit yet"),
                hint: format!("set 'branch' to one of: {}", self.branches()),
            }),
        }
    }

    /// The commit; `None` when it is not in the repository.
    pub(super) fn commit(
        &self,
        id: ObjectId,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Commit>, String> {
        match self.object(id, buffer)? {
            Some(Kind::Commit) => Commit::parse(id, buffer).map(Some),
            Some(kind) => Err(format!("{id} is a {kind} and no commit")),
            None => Ok(None),
        }
    }

    /// Fills the buffer with an object; `None` when it is not in the repository.
    pub(super) fn object(
        &self,
        id: ObjectId,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Kind>, String> {
        match self.repo.objects.try_find(&id, buffer) {
            Ok(Some(data)) => Ok(Some(data.kind)),
            Ok(None) => Ok(None),
            Err(error) => Err(format!("object {id} is damaged: {error}")),
        }
    }

    /// The blob at a path in a tree.
    pub(super) fn blob_at(&self, tree: ObjectId, path: &str) -> Option<ObjectId> {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        tree::find_file(&mut RepoTrees::of(self), tree, directory, name)
    }

    /// The layout of a tree: what the setting says, or what the files look like.
    pub(super) fn scope(
        &self,
        tree: ObjectId,
        layout: Option<Layout>,
        root: &str,
    ) -> Result<Scope, CollectError> {
        let root = normal(root);
        let mut trees = RepoTrees::of(self);
        let mut has = |root: &str, layout| tree::looks_like(&mut trees, tree, root, layout);
        let found = [(Layout::Peribolos, root), (Layout::RustTeam, root), (Layout::RustTeam, "")]
            .into_iter()
            .filter(|(candidate, _)| layout.is_none_or(|layout| layout == *candidate))
            .find(|(candidate, root)| has(root, *candidate));
        match (found, layout) {
            (Some((layout, root)), _) => Ok(Scope { layout, root: root.to_owned() }),
            // Named by the user: an empty beginning is no mistake.
            (None, Some(layout)) => Ok(Scope { layout, root: root.to_owned() }),
            (None, None) => Err(CollectError {
                what: self.place(),
                cause: format!("no access files are under '{root}' in a layout that is known"),
                hint: "set 'root' to the directory of the access files, or 'layout' to peribolos or rust-team".to_owned(),
            }),
        }
    }

    pub(super) fn place(&self) -> String {
        self.repo.git_dir().display().to_string()
    }

    fn failed(&self, cause: String) -> CollectError {
        CollectError {
            what: self.place(),
            cause,
            hint: "check the repository with 'git fsck'".to_owned(),
        }
    }

    fn reference(&self, name: &str) -> Result<Option<ObjectId>, CollectError> {
        for full in
            [format!("refs/heads/{name}"), format!("refs/remotes/origin/{name}"), name.to_owned()]
        {
            let Ok(full) = gix::refs::FullName::try_from(full) else { continue };
            let found = self.repo.try_find_reference(&full);
            if let Some(mut reference) = found.map_err(|error| self.failed(error.to_string()))? {
                let id = reference.peel_to_id().map_err(|error| self.failed(error.to_string()))?;
                return Ok(Some(id.detach()));
            }
        }
        Ok(None)
    }

    fn branches(&self) -> String {
        let Ok(references) = self.repo.references() else { return String::new() };
        let Ok(branches) = references.local_branches() else { return String::new() };
        let names: Vec<_> =
            branches.flatten().map(|branch| branch.name().shorten().to_string()).take(10).collect();
        if names.is_empty() { "(there is none)".to_owned() } else { names.join(", ") }
    }
}

/// A directory as the scope writes it.
pub(super) fn normal(root: &str) -> &str {
    let root = root.trim_start_matches("./").trim_matches('/');
    if root == "." { "" } else { root }
}

/// Trees of the repository; remembers which were asked for.
pub(super) struct RepoTrees<'r> {
    repo: &'r Repo,
    pub(super) seen: Vec<(ObjectId, Option<Vec<u8>>)>,
    asked: HashSet<ObjectId>,
}

impl<'r> RepoTrees<'r> {
    pub(super) fn of(repo: &'r Repo) -> Self {
        Self { repo, seen: Vec::new(), asked: HashSet::new() }
    }
}

impl Trees<'static> for RepoTrees<'_> {
    fn tree(&mut self, id: ObjectId) -> Option<Cow<'static, [u8]>> {
        let mut buffer = Vec::new();
        let found = matches!(self.repo.object(id, &mut buffer), Ok(Some(Kind::Tree)));
        if self.asked.insert(id) {
            self.seen.push((id, found.then(|| buffer.clone())));
        }
        found.then_some(Cow::Owned(buffer))
    }
}
