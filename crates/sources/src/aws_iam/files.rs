//! Files that the AWS CLI printed, as one capture. A file is known by what is in it, never by its
//! name; what is not known, unreadable or holds a secret is a gap and is not stored.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Deserializer, Value};
use sha2::{Digest as _, Sha256};
use tenure_model::entry::Gap;
use tenure_model::time::Timestamp;

use crate::file_tree;
use crate::settings::Settings;
use crate::source::{Artifact, Artifacts, Collect, CollectError, Collected, Payload};

use super::capture::{FileLine, MEDIA_TYPE, Writer};
use super::read;

mod text;

use text::Found;

const WANTED: &str = "set path to a file or a directory of files that the AWS CLI printed";
/// Members in which AWS hands out secrets, when they are made and never again.
const SECRETS: &[&str] = &[
    "SecretAccessKey",
    "SessionToken",
    "ServicePassword",
    "ServiceCredentialSecret",
    "Base32StringSeed",
    "QRCodePNG",
];

const KNOWN: &str = "give the credential report, or what the AWS CLI prints as JSON for the \
    operations in docs/sources/aws-iam.md; move other files elsewhere";

/// One line for people: what is there.
pub(super) fn test(path: &str) -> Result<String, CollectError> {
    let mut gaps = Vec::new();
    let root = PathBuf::from(path);
    let mut documents = Vec::new();
    for file in file_tree::files(&root, WANTED, &mut gaps)? {
        documents.extend(documents_of(&root, &file, &mut gaps));
    }
    let names: BTreeSet<_> = documents.iter().map(|d| read::printed_by(&d.text)).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    Ok(match gaps.first() {
        None => format!("{} outputs: {names}", documents.len()),
        Some(gap) => format!(
            "{} outputs: {names}; {} files are not read ({}: {})",
            documents.len(),
            gaps.len(),
            gap.artifact,
            gap.cause
        ),
    })
}

/// Collects the files below `path`.
pub(super) fn collect(
    cx: &Collect<'_>,
    path: &str,
    out: &mut dyn Artifacts,
) -> Result<Collected, CollectError> {
    let started = cx.clock.now();
    let as_of = as_of(cx.settings, started)?;
    let root = PathBuf::from(path);
    let mut collected = Collected::default();
    let mut names = BTreeSet::new();
    let mut writer = Writer::new(Vec::new());
    let files = file_tree::files(&root, WANTED, &mut collected.gaps)?;
    let total = files.len() as u64;
    for (done, file) in files.iter().enumerate() {
        cx.progress.report("files", done as u64, total);
        collected.requests += 1;
        for document in documents_of(&root, file, &mut collected.gaps) {
            let Some(at) = dated(&document, as_of, &mut collected.gaps) else { continue };
            names.insert(read::printed_by(&document.text));
            let line = document.line(at, cx.settings.get("account"));
            writer.file(&line).map_err(|e| unwritable(path, &e))?;
        }
    }
    // Listings of other operations list other things: they do not close each other's.
    let names: Vec<_> = names.into_iter().collect();
    let account = cx.settings.get("account").unwrap_or("any account");
    collected.scope = format!("files of {account}: {}", names.join(", "));
    older_than_before(cx, as_of, &mut collected);
    if !names.is_empty() {
        let bytes = writer.end(started).map_err(|e| unwritable(path, &e))?;
        out.put(Artifact {
            name: format!("files/{started}.ndjson"),
            media_type: MEDIA_TYPE,
            payload: Payload::Bytes(bytes),
        })?;
    }
    Ok(collected)
}

/// Files that are older than those collected before say nothing of what is gone by now.
fn older_than_before(cx: &Collect<'_>, as_of: Option<Timestamp>, collected: &mut Collected) {
    let before = cx.cursor.and_then(|cursor| cursor.parse::<Timestamp>().ok());
    let Some(as_of) = as_of else {
        collected.cursor = cx.cursor.map(str::to_owned);
        return;
    };
    if let Some(before) = before.filter(|before| *before > as_of) {
        let cause =
            format!("the files are of {as_of}, older than those of {before} collected before");
        let hint = "nothing is taken as gone because of them; collect newer files for that";
        collected.gaps.push(gap(&collected.scope, cause, hint));
    }
    collected.cursor = Some(before.map_or(as_of, |before| before.max(as_of)).to_string());
}

fn as_of(settings: &Settings, now: Timestamp) -> Result<Option<Timestamp>, CollectError> {
    let error = |cause: String| CollectError {
        what: "as-of".to_owned(),
        cause,
        hint: "give an instant such as 2026-01-31T18:00:00Z, or a date".to_owned(),
    };
    let said = settings.get("as-of").map(Timestamp::parse_or_date).transpose();
    let said = said.map_err(|e| error(e.to_string()))?;
    match said.filter(|at| *at > now) {
        Some(at) => Err(error(format!("{at} is not over yet"))),
        None => Ok(said),
    }
}

/// One output of the AWS CLI.
struct Document {
    name: String,
    sha256: String,
    gzip: bool,
    media_type: &'static str,
    text: String,
    dated: read::Dated,
}

impl Document {
    fn line<'a>(&'a self, at: Timestamp, account: Option<&'a str>) -> FileLine<'a> {
        FileLine {
            at,
            account: account.map(Into::into),
            file: self.name.as_str().into(),
            sha256: self.sha256.as_str().into(),
            encoding: self.gzip.then_some("gzip".into()),
            media_type: self.media_type.into(),
            body: self.text.as_str().into(),
        }
    }
}

/// The outputs in a file: one, or several after each other.
fn documents_of(root: &Path, file: &Path, gaps: &mut Vec<Gap>) -> Vec<Document> {
    let name = file_tree::name(root, file);
    let found = match text::of_file(file) {
        Ok(found) => found,
        Err(cause) => {
            gaps.push(gap(&name, cause, "save it as UTF-8 text, plain or gzip"));
            return Vec::new();
        }
    };
    let parts = split(&found.text);
    let many = parts.len() > 1;
    let mut documents = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        let name = if many { format!("{name}#{}", index + 1) } else { name.clone() };
        match document(name.clone(), &found, part) {
            Ok(document) => documents.push(document),
            Err((cause, hint)) => gaps.push(gap(&name, cause, hint)),
        }
    }
    documents
}

/// Several JSON values in one file; anything else is one text.
fn split(text: &str) -> Vec<&str> {
    if !text.trim_start().starts_with('{') {
        return vec![text];
    }
    let mut values = Deserializer::from_str(text).into_iter::<Value>();
    let (mut parts, mut from) = (Vec::new(), 0);
    while let Some(value) = values.next() {
        if value.is_err() {
            return vec![text];
        }
        let to = values.byte_offset();
        parts.push(text[from..to].trim());
        from = to;
    }
    parts
}

fn document(
    name: String,
    found: &Found,
    text: &str,
) -> Result<Document, (&'static str, &'static str)> {
    if let Ok(value) = serde_json::from_str::<Value>(text)
        && has_secret(&value)
    {
        let hint = "delete the file: this is the output of an operation that makes credentials";
        return Err(("it holds a secret, so it is not stored", hint));
    }
    let Some((media_type, dated)) = read::recognised(text) else {
        return Err(("it is nothing that is known", KNOWN));
    };
    let (sha256, gzip) = (hex::encode(Sha256::digest(&found.raw)), found.gzip);
    Ok(Document { name, sha256, gzip, media_type, text: text.to_owned(), dated })
}

fn has_secret(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_secret),
        Value::Object(members) => {
            let named = |name: &String| SECRETS.contains(&name.as_str());
            members.iter().any(|(name, value)| named(name) || has_secret(value))
        }
        _ => false,
    }
}

/// What the text speaks for: what it says itself, what the settings say, or no earlier than the
/// latest instant in it.
fn dated(document: &Document, as_of: Option<Timestamp>, gaps: &mut Vec<Gap>) -> Option<Timestamp> {
    let hint = "set as-of to the instant at which the files were made";
    match (document.dated.latest, as_of) {
        (Some(at), _) if document.dated.exact => Some(at),
        (latest, Some(as_of)) => {
            if let Some(later) = latest.filter(|latest| *latest > as_of) {
                let cause = format!("it mentions {later}, after the setting as-of ({as_of})");
                gaps.push(gap(&document.name, cause, hint));
            }
            Some(as_of.max(latest.unwrap_or(as_of)))
        }
        (Some(latest), None) => {
            let cause = format!(
                "it does not say when it was made: the latest timestamp in it, {latest}, is used as a lower bound"
            );
            gaps.push(gap(&document.name, cause, hint));
            Some(latest)
        }
        (None, None) => {
            let cause = "it does not say when it was made and has no timestamp in it";
            gaps.push(gap(&document.name, cause, hint));
            None
        }
    }
}

fn gap(artifact: &str, cause: impl Into<String>, hint: impl Into<String>) -> Gap {
    Gap { artifact: artifact.to_owned(), record: None, cause: cause.into(), hint: hint.into() }
}

fn unwritable(path: &str, error: &std::io::Error) -> CollectError {
    CollectError { what: path.to_owned(), cause: error.to_string(), hint: String::new() }
}
