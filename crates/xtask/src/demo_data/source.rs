//! Reads the source repository.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use gix::ObjectId;

use super::ROOT;
use super::scrub::{self, Known};

/// Files by path below the root.
pub(super) type Files = BTreeMap<String, ObjectId>;

/// The repository, unpacked when it is a tar.
pub(super) fn repository(from: &Path) -> Result<(Option<tempfile::TempDir>, PathBuf)> {
    if from.is_dir() {
        return Ok((None, from.to_owned()));
    }
    let directory = tempfile::tempdir()?;
    tar::Archive::new(std::fs::File::open(from)?).unpack(directory.path())?;
    let entry = std::fs::read_dir(directory.path())?.next().context("the tar is empty")??;
    Ok((Some(directory), entry.path()))
}

pub(super) struct Source {
    pub(super) repo: gix::Repository,
}

pub(super) struct Commit {
    pub(super) id: ObjectId,
    pub(super) config: Option<ObjectId>,
    pub(super) committed: i64,
    pub(super) authored: i64,
    pub(super) author: String,
    pub(super) message: String,
}

impl Source {
    /// The first-parent line, oldest first.
    pub(super) fn line(&self) -> Result<Vec<Commit>> {
        let mut line = Vec::new();
        let mut next = self.repo.head_id().ok().map(gix::Id::detach);
        while let Some(id) = next {
            let object = self
                .repo
                .find_commit(id)
                .map_err(|error| anyhow::anyhow!("commit {id}: {error}"))?;
            let commit =
                object.decode().map_err(|error| anyhow::anyhow!("commit {id}: {error}"))?;
            let fail = |error: gix::Error| anyhow::anyhow!("commit {id}: {error}");
            let author = commit.author().map_err(fail)?;
            line.push(Commit {
                id,
                config: self.entry(commit.tree(), ROOT)?,
                committed: commit.committer().map_err(fail)?.seconds(),
                authored: author.seconds(),
                author: author.name.to_string(),
                message: commit.message.to_string(),
            });
            next = commit.parents().next();
        }
        line.reverse();
        Ok(line)
    }

    fn entry(&self, tree: ObjectId, name: &str) -> Result<Option<ObjectId>> {
        let tree =
            self.repo.find_tree(tree).map_err(|error| anyhow::anyhow!("tree {tree}: {error}"))?;
        Ok(tree.iter().flatten().find(|e| e.filename() == name).map(|e| e.object_id()))
    }

    /// Access files, and other YAML beside them, below a tree.
    pub(super) fn files(&self, tree: ObjectId, prefix: &str, found: &mut Files) -> Result<()> {
        let object =
            self.repo.find_tree(tree).map_err(|error| anyhow::anyhow!("tree {tree}: {error}"))?;
        for entry in object.iter().flatten() {
            let path = format!("{prefix}{}", entry.filename());
            if entry.mode().is_tree() {
                self.files(entry.object_id(), &format!("{path}/"), found)?;
            } else if path.ends_with(".yaml") || path.ends_with("OWNERS") {
                found.insert(path, entry.object_id());
            }
        }
        Ok(())
    }

    pub(super) fn text(&self, blob: ObjectId) -> Result<String> {
        let object =
            self.repo.find_object(blob).map_err(|error| anyhow::anyhow!("blob {blob}: {error}"))?;
        Ok(String::from_utf8_lossy(&object.data).into_owned())
    }

    /// Logins of the whole history, and names of the period that are nobody's.
    pub(super) fn known(&self, line: &[Commit], window: &[&Commit]) -> Result<Known> {
        let mut known =
            Known { logins: HashSet::new(), structure: HashSet::new(), aliases: HashSet::new() };
        self.aliases(window, &mut known)?;
        let recent: HashSet<ObjectId> = window.iter().filter_map(|c| c.config).collect();
        let mut seen = HashSet::new();
        for config in line.iter().filter_map(|commit| commit.config) {
            let mut files = Files::new();
            self.files(config, "", &mut files)?;
            for (path, blob) in files {
                let current = recent.contains(&config);
                if current {
                    known.structure.extend(path.split('/').map(str::to_lowercase));
                }
                if !seen.insert((blob, current)) {
                    continue;
                }
                let text = self.text(blob)?;
                let people =
                    scrub::people_of(&text).into_iter().filter(|name| known.is_person(name));
                let people: Vec<String> = people.map(str::to_lowercase).collect();
                known.logins.extend(people);
                if current {
                    known.structure.extend(scrub::keys_of(&text).map(str::to_lowercase));
                }
            }
        }
        for commit in window {
            known.logins.extend(head_owner(&commit.message).map(str::to_lowercase));
        }
        Ok(known)
    }

    /// Group names that `OWNERS` files use.
    fn aliases(&self, window: &[&Commit], known: &mut Known) -> Result<()> {
        for commit in window {
            let object =
                self.repo.find_commit(commit.id).map_err(|error| anyhow::anyhow!("{error}"))?;
            let tree = object.tree_id().map_err(|error| anyhow::anyhow!("{error}"))?.detach();
            let Some(blob) = self.entry(tree, "OWNERS_ALIASES")? else { continue };
            let text = self.text(blob)?;
            known.aliases.extend(scrub::keys_of(&text).map(str::to_lowercase));
        }
        Ok(())
    }
}

/// The owner of the merged branch.
pub(super) fn head_owner(message: &str) -> Option<&str> {
    let subject = message.lines().next()?.strip_prefix("Merge pull request #")?;
    subject.split_once(" from ")?.1.split('/').next()
}
