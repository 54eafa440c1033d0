//! The files below a path, in order of their names.

use std::fs;
use std::path::{Path, PathBuf};

use tenure_model::entry::Gap;

use crate::source::CollectError;

use super::{Vendor, gap};

/// Directories nested deeper are somebody's mistake.
const DEEPEST: usize = 16;
const READABLE: &str = "make it readable, or move it elsewhere";
const NO_LINKS: &str = "links to directories, deeper directories and devices are not followed";

/// A file, and its name below the path with `/` between the parts.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) name: String,
}

/// Every file below `root`, or `root` itself.
pub(super) fn files(
    vendor: &Vendor,
    root: &Path,
    gaps: &mut Vec<Gap>,
) -> Result<Vec<Found>, CollectError> {
    let error = |cause: String| CollectError {
        what: root.display().to_string(),
        cause,
        hint: format!("set path to a file or a directory of files that {} gave", vendor.name),
    };
    let about = fs::metadata(root).map_err(|e| error(e.to_string()))?;
    if about.is_file() {
        let path = root.to_path_buf();
        return Ok(vec![Found { name: name(root, &path), path }]);
    }
    let mut files = Vec::new();
    walk(root, root, 0, &mut files, gaps).map_err(|e| error(e.to_string()))?;
    if files.is_empty() && gaps.is_empty() {
        return Err(error("there is no file in it".to_owned()));
    }
    files.sort_by(|a: &Found, b: &Found| a.name.cmp(&b.name));
    Ok(files)
}

fn walk(
    root: &Path,
    directory: &Path,
    depth: usize,
    files: &mut Vec<Found>,
    gaps: &mut Vec<Gap>,
) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let link = path.is_symlink();
        let name = name(root, &path);
        match fs::metadata(&path) {
            Ok(about) if about.is_file() => files.push(Found { path, name }),
            Ok(about) if about.is_dir() && !link && depth < DEEPEST => {
                if let Err(e) = walk(root, &path, depth + 1, files, gaps) {
                    gaps.push(gap(name, e.to_string(), READABLE));
                }
            }
            Ok(_) => gaps.push(gap(name, "it is no file", NO_LINKS)),
            Err(e) => gaps.push(gap(name, e.to_string(), READABLE)),
        }
    }
    Ok(())
}

/// A file's name below the root, with `/`; of the root itself, its last part.
fn name(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
    let parts: Vec<_> = match below {
        Some(below) => below.iter().map(|part| part.to_string_lossy()).collect(),
        None => file.file_name().map(|name| name.to_string_lossy()).into_iter().collect(),
    };
    parts.join("/")
}
