//! Repositories in one file: a git bundle, or a tar of a bare repository. Both are laid out in a
//! temporary directory, so that everything else sees a repository.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use gix::ObjectId;
use tempfile::TempDir;

/// The first line of a bundle whose objects are named by SHA-1.
const BUNDLE: &[&str] = &["# v2 git bundle", "# v3 git bundle"];
/// A header line is an id and a reference name.
const MAX_LINE: u64 = 4096;
/// References of a bundle at most.
const MAX_LINES: usize = 1_000_000;

/// A repository laid out from a file, deleted when dropped.
pub(super) struct Unpacked {
    _directory: TempDir,
    pub(super) repository: PathBuf,
}

/// Lays the file out.
pub(super) fn unpack(file: &Path) -> Result<Unpacked, String> {
    let mut input = BufReader::new(File::open(file).map_err(|error| error.to_string())?);
    let directory = TempDir::new().map_err(|error| format!("no temporary directory: {error}"))?;
    let head = input.fill_buf().map_err(|error| error.to_string())?;
    let repository = if BUNDLE.iter().any(|line| head.starts_with(line.as_bytes())) {
        unbundle(&mut input, directory.path())?
    } else if head.get(257..262) == Some(b"ustar") {
        untar(&mut input, directory.path())?
    } else {
        return Err("it is neither a repository nor a bundle".to_owned());
    };
    Ok(Unpacked { _directory: directory, repository })
}

fn untar(input: &mut dyn BufRead, directory: &Path) -> Result<PathBuf, String> {
    // `tar` refuses entries that would land outside the directory.
    tar::Archive::new(input)
        .unpack(directory)
        .map_err(|error| format!("the tar does not unpack: {error}"))?;
    let is_repository = |path: &Path| path.join("HEAD").is_file() && path.join("objects").is_dir();
    if is_repository(directory) {
        return Ok(directory.to_owned());
    }
    let entries = fs::read_dir(directory).map_err(|error| error.to_string())?;
    let mut found: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| is_repository(path) || is_repository(&path.join(".git")))
        .collect();
    match (found.pop(), found.is_empty()) {
        (Some(path), true) => Ok(path),
        _ => Err("the tar does not hold one git repository".to_owned()),
    }
}

fn unbundle(input: &mut dyn BufRead, directory: &Path) -> Result<PathBuf, String> {
    let header = Header::read(input)?;
    let failed = |error: std::io::Error| format!("the bundle cannot be laid out: {error}");
    let pack = directory.join("objects/pack");
    fs::create_dir_all(&pack).map_err(failed)?;
    fs::create_dir_all(directory.join("refs")).map_err(failed)?;
    let outcome = gix_pack::Bundle::write_to_directory(
        input,
        Some(&pack),
        &mut gix::progress::Discard,
        &AtomicBool::new(false),
        None::<gix::objs::find::Never>,
        gix::hash::Kind::Sha1,
        gix_pack::bundle::write::Options::default(),
    );
    outcome.map_err(|error| match header.prerequisites {
        0 => format!("the bundle's pack is damaged: {error}"),
        _ => format!("the bundle needs objects of another repository: {error}"),
    })?;
    let refs: String = header.refs.iter().map(|(id, name)| format!("{id} {name}\n")).collect();
    fs::write(directory.join("packed-refs"), refs).map_err(failed)?;
    fs::write(directory.join("HEAD"), header.head()).map_err(failed)?;
    Ok(directory.to_owned())
}

#[derive(Default)]
struct Header {
    prerequisites: usize,
    /// References without `HEAD`.
    refs: Vec<(ObjectId, String)>,
    head: Option<ObjectId>,
}

impl Header {
    fn read(input: &mut dyn BufRead) -> Result<Self, String> {
        let mut header = Self::default();
        line(input)?;
        for _ in 0..MAX_LINES {
            let line = line(input)?;
            match line.as_bytes().first() {
                None => return Ok(header),
                Some(b'@') if line == "@object-format=sha1" => {}
                Some(b'@') => return Err(format!("the bundle needs the capability '{line}'")),
                Some(b'-') => header.prerequisites += 1,
                Some(_) => header.reference(&line)?,
            }
        }
        Err("the bundle's header has no end".to_owned())
    }

    fn reference(&mut self, line: &str) -> Result<(), String> {
        let malformed = || format!("the bundle's header has the line '{line}'");
        let (id, name) = line.split_once(' ').ok_or_else(malformed)?;
        let id = ObjectId::from_hex(id.as_bytes()).map_err(|_| malformed())?;
        let valid = gix::refs::FullName::try_from(name).is_ok();
        match name {
            "HEAD" => self.head = Some(id),
            _ if valid && name.starts_with("refs/") => self.refs.push((id, name.to_owned())),
            _ => return Err(malformed()),
        }
        Ok(())
    }

    /// What `HEAD` says: a bundle does not tell which branch it was on, only which commit.
    fn head(&self) -> String {
        let mut branches: Vec<_> =
            self.refs.iter().filter(|(_, name)| name.starts_with("refs/heads/")).collect();
        // Among several at the same commit the usual names come first.
        branches.sort_by_key(|(_, name)| {
            (name != "refs/heads/main", name != "refs/heads/master", name.clone())
        });
        let same = branches.iter().find(|(id, _)| self.head.is_none_or(|head| head == *id));
        match (same, self.head) {
            (Some((_, name)), _) => format!("ref: {name}\n"),
            (None, Some(head)) => format!("{head}\n"),
            (None, None) => "ref: refs/heads/main\n".to_owned(),
        }
    }
}

fn line(input: &mut dyn BufRead) -> Result<String, String> {
    let mut line = Vec::new();
    input.take(MAX_LINE).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
    match line.pop() {
        Some(b'\n') => {
            String::from_utf8(line).map_err(|_| "the bundle's header is not UTF-8".to_owned())
        }
        _ => Err("the bundle's header is cut off".to_owned()),
    }
}
