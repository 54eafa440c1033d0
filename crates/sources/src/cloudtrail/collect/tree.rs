//! Log objects in a directory tree, in the order of their paths.

use std::fs;
use std::path::{Path, PathBuf};

use crate::source::CollectError;

use super::super::names::{ObjectKind, ObjectName};
use super::{Gather, NOT_AN_OBJECT, NOT_AN_OBJECT_HINT, error, is_object_name};

pub(super) fn walk(gather: &mut Gather<'_>, root: &Path) -> Result<(), CollectError> {
    // The root itself must be readable; below it, what is not is a gap.
    fs::read_dir(root)
        .map_err(|e| error(root, &format!("it cannot be listed: {e}"), "check its permissions"))?;
    let mut found = Vec::new();
    list(gather, root, String::new(), &mut found);
    found.sort_unstable();
    // What new digest files tell of will be compared with the content of log objects.
    let hashed =
        found.iter().any(|name| is_digest(name) && !gather.cx.known.contains_key(name.as_str()));
    for name in found {
        let path = root.join(&name);
        // Asked for here rather than while listing: workers read meanwhile.
        match fs::symlink_metadata(&path) {
            Ok(metadata) => gather.file(name, path, metadata.len(), hashed)?,
            Err(e) => gather.gap(name, format!("it cannot be read: {e}"), "try again"),
        }
    }
    Ok(())
}

fn is_digest(name: &str) -> bool {
    // Most are none, which this tells sooner.
    name.contains("CloudTrail-Digest")
        && ObjectName::parse(name).is_some_and(|name| name.kind == ObjectKind::Digest)
}

/// The name of each object: its path below the root.
type Found = Vec<String>;

/// Collects the files below `root`; an explicit stack, since trees may be deep.
fn list(gather: &mut Gather<'_>, root: &Path, prefix: String, found: &mut Found) {
    let mut todo = vec![(root.to_owned(), prefix)];
    while let Some((directory, prefix)) = todo.pop() {
        let unreadable = |e| format!("it cannot be listed: {e}");
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(e) => {
                gather.gap(prefix, unreadable(e), "check its permissions");
                continue;
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) => visit(gather, &entry, &prefix, &mut todo, found),
                Err(e) => gather.gap(prefix.clone(), unreadable(e), "try again"),
            }
        }
    }
    // Directories are visited in no particular order; gaps are told in that of their names.
    gather.collected.gaps.sort_by(|a, b| a.artifact.cmp(&b.artifact));
}

fn visit(
    gather: &mut Gather<'_>,
    entry: &fs::DirEntry,
    prefix: &str,
    todo: &mut Vec<(PathBuf, String)>,
    found: &mut Found,
) {
    let file_name = entry.file_name();
    let name = format!("{prefix}{}", file_name.to_string_lossy());
    // Of the entry itself, wherever a link may lead.
    let kind = match entry.file_type() {
        Ok(kind) => kind,
        Err(e) => return gather.gap(name, format!("it cannot be read: {e}"), "try again"),
    };
    if file_name.to_str().is_none() {
        gather.gap(name, "its name is not UTF-8, and it was not read", "rename it");
    } else if kind.is_dir() {
        todo.push((entry.path(), name + "/"));
    } else if kind.is_symlink() {
        let hint = "copy the file there, or set path to where it is";
        gather.gap(name, "it is a symbolic link, and was not followed", hint);
    } else if !kind.is_file() {
        gather.gap(name, "it is no regular file, and was not read", "remove it");
    } else if is_object_name(&name) {
        found.push(name);
    } else {
        gather.gap(name, NOT_AN_OBJECT, NOT_AN_OBJECT_HINT);
    }
}
