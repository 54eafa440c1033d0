//! Builds small repositories, object by object.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::objs::tree::{Entry, EntryKind};
use tempfile::TempDir;

use super::support::at;

/// A bare repository with one branch.
pub(crate) struct Repository {
    directory: TempDir,
    repo: gix::Repository,
    files: BTreeMap<String, Vec<u8>>,
    pub(crate) head: Option<ObjectId>,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let repo = gix::init_bare(directory.path()).expect("a repository");
        fs::write(directory.path().join("HEAD"), "ref: refs/heads/main\n").expect("written");
        Self { directory, repo, files: BTreeMap::new(), head: None }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn write(&mut self, path: &str, content: impl AsRef<[u8]>) -> &mut Self {
        self.files.insert(path.to_owned(), content.as_ref().to_vec());
        self
    }

    pub(crate) fn delete(&mut self, path: &str) -> &mut Self {
        self.files.remove(path);
        self
    }

    /// Commits the files on the branch; `when` is a date or an instant.
    pub(crate) fn commit(&mut self, message: &str, when: &str) -> ObjectId {
        let seconds = at(when).seconds();
        let who = |name: &str| gix::actor::Signature {
            name: name.into(),
            email: "nobody@example.invalid".into(),
            time: gix::date::Time::new(seconds, 0),
        };
        let commit = gix::objs::Commit {
            tree: self.tree(""),
            parents: self.head.into_iter().collect(),
            author: who("Ann Author"),
            committer: who("Cid Committer"),
            encoding: None,
            message: message.into(),
            extra_headers: Vec::new(),
        };
        let id = self.repo.write_object(&commit).expect("written").detach();
        self.reset(id);
        id
    }

    /// Moves the branch.
    pub(crate) fn reset(&mut self, id: ObjectId) {
        let branch = self.path().join("refs/heads/main");
        fs::create_dir_all(branch.parent().expect("a directory")).expect("created");
        fs::write(branch, format!("{id}\n")).expect("written");
        self.head = Some(id);
    }

    /// Removes an object, as a shallow or partial clone would.
    pub(crate) fn lose(&self, id: ObjectId) {
        fs::remove_file(self.object(id)).expect("a loose object");
    }

    /// Damages an object.
    pub(crate) fn damage(&self, id: ObjectId) {
        let path = self.object(id);
        let mut permissions = fs::metadata(&path).expect("a loose object").permissions();
        #[expect(clippy::permissions_set_readonly_false, reason = "a file of the test's own")]
        permissions.set_readonly(false);
        fs::set_permissions(&path, permissions).expect("writable");
        fs::write(path, b"no object").expect("written");
    }

    /// The id that a file's content has.
    pub(crate) fn blob(&self, path: &str) -> ObjectId {
        let data = &self.files[path];
        gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, data).expect("a hash")
    }

    fn object(&self, id: ObjectId) -> PathBuf {
        let hex = id.to_string();
        self.path().join("objects").join(&hex[..2]).join(&hex[2..])
    }

    fn tree(&self, prefix: &str) -> ObjectId {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for (path, content) in self.files.iter().filter(|(path, _)| path.starts_with(prefix)) {
            let (name, kind, oid) = match path[prefix.len()..].split_once('/') {
                Some((name, _)) => {
                    if entries.contains_key(&format!("{name}/")) {
                        continue;
                    }
                    (name, EntryKind::Tree, self.tree(&format!("{prefix}{name}/")))
                }
                None => {
                    let id = self.repo.write_blob(content).expect("written").detach();
                    (&path[prefix.len()..], EntryKind::Blob, id)
                }
            };
            let key = if kind == EntryKind::Tree { format!("{name}/") } else { name.to_owned() };
            entries.insert(key, Entry { mode: kind.into(), filename: name.into(), oid });
        }
        let tree = gix::objs::Tree { entries: entries.into_values().collect() };
        self.repo.write_object(&tree).expect("written").detach()
    }
}
