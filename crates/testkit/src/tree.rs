//! Directories as values: copied, read and compared byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The files below a directory: bytes by relative path.
pub type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// Reads every file below a directory; an absent directory has none.
///
/// # Panics
/// When something cannot be read.
#[must_use]
pub fn read(root: &Path) -> Tree {
    let mut tree = Tree::new();
    visit(root, &mut |path| {
        let name = path.strip_prefix(root).expect("it lies below its root").to_owned();
        tree.insert(name, fs::read(path).expect("a file can be read"));
    });
    tree
}

/// Copies a directory with everything in it.
///
/// # Panics
/// When something cannot be copied.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory can be made");
    for entry in fs::read_dir(from).expect("a directory can be listed") {
        let entry = entry.expect("a directory can be listed");
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            fs::copy(&source, &target).expect("a file can be copied");
        }
    }
}

/// What differs between two trees, one line per file; nothing when they are the same bytes.
#[must_use]
pub fn differences(left: &Tree, right: &Tree) -> Vec<String> {
    let mut lines = Vec::new();
    for (path, bytes) in left {
        match right.get(path) {
            None => lines.push(format!("only on the left: {}", path.display())),
            Some(other) if other != bytes => lines.push(format!("other bytes: {}", path.display())),
            Some(_) => {}
        }
    }
    let only = right.keys().filter(|path| !left.contains_key(*path));
    lines.extend(only.map(|path| format!("only on the right: {}", path.display())));
    lines
}

fn visit(dir: &Path, take: &mut impl FnMut(&Path)) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries {
        let path = entry.expect("a directory can be listed").path();
        if path.is_dir() {
            visit(&path, take);
        } else {
            take(&path);
        }
    }
}
