//! Files of JSON that somebody exported from a service: found, received as they are, and cut into
//! documents. What is in them is for the readers.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::Deserializer;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use tenure_model::digest::Digest;
use tenure_model::entry::Gap;
use tenure_model::fact::Value;
use tenure_model::tables::ColumnKind;

use crate::local_time::stamp;
use crate::source::{Artifact, Artifacts, Collect, CollectError, Collected, Payload, ReadError};

/// A larger file should be exported in pages, which is what the services do.
const LARGEST: u64 = 256 * 1024 * 1024;
/// RFC 1952, section 2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Directories nested deeper are somebody's mistake.
const DEEPEST: usize = 16;

/// Hands over the files below `path` that were not recorded before, each as `name@instant`.
pub(crate) fn collect(
    cx: &Collect<'_>,
    what: &str,
    out: &mut dyn Artifacts,
) -> Result<Collected, CollectError> {
    let root = PathBuf::from(cx.settings.get("path").unwrap_or_default());
    let mut collected =
        Collected { scope: format!("{what} in {}", root.display()), ..Collected::default() };
    let files = files(&root)?;
    let total = files.len() as u64;
    for (done, file) in files.iter().enumerate() {
        cx.progress.report("files", done as u64, total);
        collected.requests += 1;
        let name = name(&root, file);
        match load(file) {
            Ok(bytes) => {
                let digest = Digest(Sha256::digest(&bytes).into());
                // Events do not change: bytes that were read tell nothing new.
                if cx.known.values().all(|known| *known != digest) {
                    let name = format!("{name}@{}", cx.clock.now());
                    let payload = Payload::Bytes(bytes);
                    out.put(Artifact { name, media_type: "application/json", payload })?;
                }
            }
            Err(cause) => collected.gaps.push(Gap {
                artifact: name,
                record: None,
                cause,
                hint: "make it readable, or export it in smaller pages".to_owned(),
            }),
        }
    }
    Ok(collected)
}

/// Every file at or below a path, in order of names; hidden ones are nobody's export.
pub(crate) fn files(root: &Path) -> Result<Vec<PathBuf>, CollectError> {
    let error = |cause: String| CollectError {
        what: root.display().to_string(),
        cause,
        hint: "set path to an exported file or a directory of them".to_owned(),
    };
    let about = fs::metadata(root).map_err(|e| error(format!("it cannot be read: {e}")))?;
    if about.is_file() {
        return Ok(vec![root.to_path_buf()]);
    }
    let mut files = Vec::new();
    walk(root, 0, &mut files).map_err(|e| error(format!("it cannot be read: {e}")))?;
    files.sort();
    if files.is_empty() {
        return Err(error("there is no file in it".to_owned()));
    }
    Ok(files)
}

fn walk(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        if fs::metadata(&path)?.is_dir() {
            if depth < DEEPEST {
                walk(&path, depth + 1, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The path below the root, with slashes.
pub(crate) fn name(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
    let below = below.unwrap_or_else(|| Path::new(file.file_name().unwrap_or_default()));
    let parts = below.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

fn load(path: &Path) -> Result<Vec<u8>, String> {
    let size = fs::metadata(path).map_err(|e| format!("it cannot be read: {e}"))?.len();
    if size > LARGEST {
        return Err(format!("it has {size} bytes, more than {LARGEST}"));
    }
    fs::read(path).map_err(|e| format!("it cannot be read: {e}"))
}

/// The text of a file, for those who only look.
pub(crate) fn load_text(path: &Path) -> Result<Vec<u8>, CollectError> {
    let what = path.display().to_string();
    let hint = "make it readable, or export it in smaller pages".to_owned();
    let bytes = load(path).map_err(|cause| CollectError { what: what.clone(), cause, hint })?;
    text(&bytes).map_err(|e| CollectError { what, cause: e.cause, hint: e.hint })
}

/// The text of an export, inflated when it is gzip.
pub(crate) fn text(bytes: &[u8]) -> Result<Vec<u8>, ReadError> {
    let refuse =
        |cause: String, hint: &str| ReadError { record: None, cause, hint: hint.to_owned() };
    let mut plain = Vec::new();
    if bytes.starts_with(&GZIP_MAGIC) {
        let mut inflated = MultiGzDecoder::new(bytes).take(LARGEST + 1);
        inflated
            .read_to_end(&mut plain)
            .map_err(|e| refuse(format!("it is damaged gzip: {e}"), "export it again"))?;
        if plain.len() as u64 > LARGEST {
            let cause = format!("it inflates to more than {LARGEST} bytes");
            return Err(refuse(cause, "export it in smaller pages"));
        }
    } else {
        plain.extend_from_slice(bytes);
    }
    let marked = plain.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec);
    let plain = marked.unwrap_or(plain);
    if plain.iter().all(u8::is_ascii_whitespace) {
        return Err(refuse("the file is empty".to_owned(), "export it again"));
    }
    Ok(plain)
}

/// The JSON values of a text, one after the other, and why there are no more, if that is no end.
pub(crate) fn documents(text: &[u8]) -> (Vec<&RawValue>, Option<ReadError>) {
    let values = Deserializer::from_slice(text).into_iter::<&RawValue>();
    let mut documents = Vec::new();
    for value in values {
        match value {
            Ok(value) => documents.push(value),
            Err(e) => {
                let stop = ReadError {
                    record: None,
                    cause: format!("the file is no JSON: {e}"),
                    hint: "export it again: what stands before is used".to_owned(),
                };
                return (documents, Some(stop));
            }
        }
    }
    (documents, None)
}

/// The members of an object; `None` when it is none.
pub(crate) fn members(raw: &RawValue) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// The items of an array; `None` when it is none.
pub(crate) fn items(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// A text as a value of a column, or why it is none.
pub(crate) fn typed(kind: ColumnKind, text: &str) -> Result<Value, String> {
    match kind {
        ColumnKind::Text | ColumnKind::Ref(_) => Ok(Value::Text(text.to_owned())),
        ColumnKind::Time => stamp(text).map(Value::Time),
        ColumnKind::Int => {
            let whole = text.strip_suffix(".0").unwrap_or(text);
            whole.parse().map(Value::Int).map_err(|_| format!("'{text}' is no whole number"))
        }
        ColumnKind::Bool => match text.to_lowercase().as_str() {
            "true" | "yes" => Ok(Value::Bool(true)),
            "false" | "no" => Ok(Value::Bool(false)),
            _ => Err(format!("'{text}' is neither yes nor no")),
        },
    }
}
