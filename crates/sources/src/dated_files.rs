//! Lists that people keep or export as CSV: one file as it is now, or the dated files of a directory
//! that are new. Those are kept together in one archive, byte for byte, with the last one that was
//! collected before, so that reading sees what is gone.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tenure_model::digest::Digest;
use tenure_model::entry::Gap;
use tenure_model::time::Timestamp;

use crate::csv_file::{error, load, refuse};
use crate::json_documents::{files, name};
use crate::source::{
    Artifact, Artifacts, Collect, CollectError, Collected, Payload, ReadError,
};

/// Where the last file of an earlier run lies in an artifact of several.
const BEFORE: &str = "before/";
const NEW: &str = "new/";
const NAMES: &str = "give its name a date, such as roster-2025-07-01.csv";

/// Digests of the files collected so far, by name: the cursor of a directory.
type Taken = BTreeMap<String, Digest>;

/// The date in a file's name, as midnight UTC: the last one, if it has several.
fn instant_of(name: &str) -> Option<Timestamp> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let dates = (0..file.len().saturating_sub(9)).rev().filter_map(|at| file.get(at..at + 10));
    dates
        .filter(|text| text.as_bytes()[4] == b'-' && text.is_ascii())
        .find_map(|text| Timestamp::parse_or_date(text).ok())
}

/// One file of an artifact.
pub(crate) struct Member {
    /// Its name in the directory; empty, where the artifact is the file.
    pub(crate) name: String,
    /// The instant for which it speaks.
    pub(crate) at: Timestamp,
    pub(crate) bytes: Vec<u8>,
    /// Whether an earlier run told it.
    pub(crate) before: bool,
}

/// The files of an artifact that [`collect`] named, oldest first, and why they end early, if they do.
pub(crate) fn members(
    artifact: &str,
    bytes: &[u8],
) -> Result<(Vec<Member>, Option<ReadError>), ReadError> {
    let Some(directory) = artifact.strip_suffix(".tar") else {
        let (at, bytes) = (instant_said(artifact)?, bytes.to_vec());
        return Ok((vec![Member { name: String::new(), at, bytes, before: false }], None));
    };
    instant_said(directory)?;
    let mut members = Vec::new();
    let stop = archived(bytes, &mut members).err();
    Ok((members, stop))
}

fn archived(bytes: &[u8], members: &mut Vec<Member>) -> Result<(), ReadError> {
    let broken = |e: std::io::Error| {
        refuse(format!("the files cannot be told apart: {e}"), "collect again".to_owned())
    };
    for entry in tar::Archive::new(bytes).entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let name = entry.path().map_err(broken)?.to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(broken)?;
        let at = instant_of(&name)
            .ok_or_else(|| refuse(format!("{name}: the name has no date"), NAMES.to_owned()))?;
        let before = name.starts_with(BEFORE);
        members.push(Member { name, at, bytes, before });
    }
    Ok(())
}

/// The instant in `name@instant`.
fn instant_said(name: &str) -> Result<Timestamp, ReadError> {
    let at = name.rsplit_once('@').and_then(|(_, at)| at.parse().ok());
    at.ok_or_else(|| {
        let cause = "the artifact's name does not say for which instant the file speaks";
        refuse(cause.to_owned(), "such files are named file@instant".to_owned())
    })
}

/// The file to look at, and how many dated files there are (0 = it is a single file).
pub(crate) fn latest(root: &Path) -> Result<(PathBuf, usize), CollectError> {
    if !root.is_dir() {
        return Ok((root.to_path_buf(), 0));
    }
    let dated = dated_files(root, &mut Vec::new())?;
    match dated.last() {
        Some(last) => Ok((last.path.clone(), dated.len())),
        None => Err(error(root, "no file in it has a date in its name".to_owned(), NAMES)),
    }
}

/// Hands over the file of the setting `path`, or the new files of that directory.
pub(crate) fn collect(
    cx: &Collect<'_>,
    what: &str,
    out: &mut dyn Artifacts,
) -> Result<Collected, CollectError> {
    let root = Path::new(cx.settings.get("path").unwrap_or_default());
    let scope = format!("{what} in {}", root.display());
    let collected = Collected { scope, requests: 1, ..Collected::default() };
    if root.is_dir() {
        directory(cx, root, collected, out)
    } else {
        single(cx, root, collected, out)
    }
}

fn single(
    cx: &Collect<'_>,
    path: &Path,
    mut collected: Collected,
    out: &mut dyn Artifacts,
) -> Result<Collected, CollectError> {
    let said = cx.settings.get("as-of").map(Timestamp::parse_or_date).transpose();
    let said = said.map_err(|e| {
        error(Path::new("as-of"), e.to_string(), "give a date or an RFC 3339 instant")
    })?;
    let bytes = load(path)?;
    let digest = Digest(Sha256::digest(&bytes).into());
    // Without a date of its own, a file that did not change says nothing new.
    if said.is_none() && cx.known.values().any(|known| *known == digest) {
        return Ok(collected);
    }
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{file}@{}", said.unwrap_or_else(|| cx.clock.now()));
    match cx.known.get(&name) {
        None => put(out, name, "text/csv", bytes)?,
        Some(known) if *known != digest => {
            let cause = "it changed after it was collected for that instant";
            let hint = "set as-of to the instant for which the new file speaks";
            collected.gaps.push(gap(name, cause, hint));
        }
        Some(_) => {}
    }
    Ok(collected)
}

/// A file of a directory and the instant for which it speaks.
struct Dated {
    at: Timestamp,
    name: String,
    path: PathBuf,
}

fn dated_files(root: &Path, gaps: &mut Vec<Gap>) -> Result<Vec<Dated>, CollectError> {
    let mut dated: Vec<Dated> = Vec::new();
    for path in files(root)? {
        let name = name(root, &path);
        match instant_of(&name) {
            None => {
                gaps.push(gap(name, "its name has no date, so it speaks for no instant", NAMES))
            }
            Some(at) => dated.push(Dated { at, name, path }),
        }
    }
    dated.sort_by(|a, b| (a.at, &a.name).cmp(&(b.at, &b.name)));
    let mut last = None;
    dated.retain(|file| {
        let again = last == Some(file.at);
        if again {
            let cause = format!("another file is of {}, too, and comes before it by name", file.at);
            gaps.push(gap(file.name.clone(), &cause, "keep one file for each date"));
        }
        last = Some(file.at);
        !again
    });
    Ok(dated)
}

fn directory(
    cx: &Collect<'_>,
    root: &Path,
    mut collected: Collected,
    out: &mut dyn Artifacts,
) -> Result<Collected, CollectError> {
    let mut taken: Taken = match cx.cursor {
        None => Taken::new(),
        Some(cursor) => serde_json::from_str(cursor).map_err(|e| {
            error(root, format!("the cursor of the last run is damaged: {e}"), "check the ledger")
        })?,
    };
    let Sorted { before, fresh } = sort_out(root, &taken, &mut collected)?;
    if let Some((last, ..)) = fresh.last() {
        let name = format!("{}@{}.tar", directory_name(root), last.at);
        let bytes = together(before.as_ref(), &fresh).map_err(|e| {
            error(root, format!("its files cannot be put together: {e}"), "check their names")
        })?;
        put(out, name, "application/x-tar", bytes)?;
    }
    taken.extend(fresh.into_iter().map(|(file, _, digest)| (file.name, digest)));
    let cursor = serde_json::to_string(&taken);
    collected.cursor = cursor.map_err(|e| error(root, e.to_string(), "")).map(Some)?;
    Ok(collected)
}

/// The files of a directory that matter for a run.
struct Sorted {
    /// The one that was collected last: it says what was there before the first new one.
    before: Option<(Dated, Vec<u8>)>,
    fresh: Vec<(Dated, Vec<u8>, Digest)>,
}

fn sort_out(root: &Path, taken: &Taken, collected: &mut Collected) -> Result<Sorted, CollectError> {
    let until = taken.keys().filter_map(|name| instant_of(name)).max();
    let mut sorted = Sorted { before: None, fresh: Vec::new() };
    for file in dated_files(root, &mut collected.gaps)? {
        collected.requests += 1;
        let bytes = load(&file.path)?;
        let digest = Digest(Sha256::digest(&bytes).into());
        match taken.get(&file.name) {
            Some(known) if *known == digest => {
                sorted.before = Some((file, bytes)).filter(|(file, _)| Some(file.at) == until);
            }
            Some(_) => {
                let cause = "it changed after it was collected; the bytes collected first stay";
                collected.gaps.push(gap(file.name, cause, "give a corrected file a later date"));
            }
            None if until.is_some_and(|until| file.at <= until) => {
                let cause = "it is older than what was collected before, so it is not read";
                let hint = "collect it as a source of its own, or give it a later date";
                collected.gaps.push(gap(file.name, cause, hint));
            }
            None => sorted.fresh.push((file, bytes, digest)),
        }
    }
    Ok(sorted)
}

fn directory_name(root: &Path) -> String {
    root.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Files in one archive, byte for byte, without what differs from machine to machine.
fn together(
    before: Option<&(Dated, Vec<u8>)>,
    fresh: &[(Dated, Vec<u8>, Digest)],
) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let before = before.map(|(file, bytes)| (BEFORE, file, bytes));
    let fresh = fresh.iter().map(|(file, bytes, _)| (NEW, file, bytes));
    for (folder, file, bytes) in before.into_iter().chain(fresh) {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, format!("{folder}{}", file.name), bytes.as_slice())?;
    }
    archive.into_inner()
}

fn put(
    out: &mut dyn Artifacts,
    name: String,
    media_type: &'static str,
    bytes: Vec<u8>,
) -> Result<(), CollectError> {
    out.put(Artifact { name, media_type, payload: Payload::Bytes(bytes) })
}

fn gap(artifact: String, cause: &str, hint: &str) -> Gap {
    Gap { artifact, record: None, cause: cause.to_owned(), hint: hint.to_owned() }
}
