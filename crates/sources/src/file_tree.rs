//! The files below a path, in order of their names.

use std::fs;
use std::path::{Path, PathBuf};

use tenure_model::entry::Gap;

use crate::source::CollectError;

/// Directories nested deeper are somebody's mistake.
const DEEPEST: usize = 16;

/// Every file below `root`, or `root` itself; `hint` says which files are wanted. What cannot be
/// read, or is not followed, is a gap.
pub(crate) fn files(
    root: &Path,
    hint: &str,
    gaps: &mut Vec<Gap>,
) -> Result<Vec<PathBuf>, CollectError> {
    let error = |cause: String| CollectError {
        what: root.display().to_string(),
        cause,
        hint: hint.to_owned(),
    };
    let about = fs::metadata(root).map_err(|e| error(e.to_string()))?;
    if about.is_file() {
        return Ok(vec![root.to_path_buf()]);
    }
    let mut files = Vec::new();
    walk(root, root, 0, &mut files, gaps).map_err(|e| error(e.to_string()))?;
    if files.is_empty() && gaps.is_empty() {
        return Err(error("there is no file in it".to_owned()));
    }
    files.sort();
    Ok(files)
}

fn walk(
    root: &Path,
    directory: &Path,
    depth: usize,
    files: &mut Vec<PathBuf>,
    gaps: &mut Vec<Gap>,
) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let link = path.is_symlink();
        match fs::metadata(&path) {
            Ok(about) if about.is_file() => files.push(path),
            Ok(about) if about.is_dir() && !link && depth < DEEPEST => {
                if let Err(e) = walk(root, &path, depth + 1, files, gaps) {
                    gaps.push(gap(&name(root, &path), e.to_string(), READABLE));
                }
            }
            Ok(_) => gaps.push(gap(&name(root, &path), "it is no file", NO_LINKS)),
            Err(e) => gaps.push(gap(&name(root, &path), e.to_string(), READABLE)),
        }
    }
    Ok(())
}

const READABLE: &str = "make it readable, or move it elsewhere";
const NO_LINKS: &str = "links to directories, deeper directories and devices are not followed";

fn gap(artifact: &str, cause: impl Into<String>, hint: &str) -> Gap {
    let (artifact, hint) = (artifact.to_owned(), hint.to_owned());
    Gap { artifact, record: None, cause: cause.into(), hint }
}

/// A file's name below the root, with `/`; of the root itself, its last part.
pub(crate) fn name(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
    let parts: Vec<_> = match below {
        Some(below) => below.iter().map(|part| part.to_string_lossy()).collect(),
        None => file.file_name().map(|name| name.to_string_lossy()).into_iter().collect(),
    };
    parts.join("/")
}
