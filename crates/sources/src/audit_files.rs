//! JSON that systems write to files: logs that grow at their end, and listings that somebody made.
//!
//! A file is known by what is in it. Of a log, what is new since the last collection becomes an
//! artifact, wherever the file was moved to meanwhile; a listing is an artifact as a whole.
//! Secrets are blotted out before anything is stored, by the dialect that knows where they stand.

use std::borrow::Cow;

use serde_json::Value;
use tenure_model::time::Timestamp;

use crate::settings::SettingSpec;
use crate::source::{Artifact, ReadError};

mod collect;
mod coverage;
mod inflate;
mod listing;
mod log;
mod pairs;
mod split;
mod state;

pub(crate) use collect::{collect, test};
pub(crate) use coverage::conclude;
pub(crate) use split::Split;

/// What a system's JSON looks like.
pub(crate) trait Dialect {
    /// What covers the listings, as in `coverage.stream`.
    fn state(&self) -> &'static str;
    /// What a value at the top of a file is; `None` when it is nothing that is known.
    fn shape(&self, value: &Value, file: &str) -> Option<Shape>;
    /// Blots secrets out of a value and says what the collector needs to know of it.
    fn examine(&self, value: &mut Value) -> Seen;
    /// What to do about values that were blotted out, when they should not have been there.
    fn blotted_hint(&self) -> Option<&'static str>;
}

/// What a file is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// One record of a log, or several together.
    Log,
    /// A listing, of what.
    Listing(String),
}

/// What a collector needs to know of a value.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Seen {
    /// The time of a log's record; the latest instant in a listing.
    pub(crate) at: Option<Timestamp>,
    /// The half of a pair that it is.
    pub(crate) half: Option<Half>,
    /// Values that were blotted out.
    pub(crate) blotted: u64,
    /// Whether logging was switched off by what the record tells.
    pub(crate) off: bool,
}

/// A record of which there should be another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Half {
    Request(String),
    Response(String),
}

/// What stands where a secret stood.
pub(crate) const BLOTTED: &str = "[redacted]";

const fn optional(name: &'static str, doc: &'static str) -> SettingSpec {
    SettingSpec { name, doc, required: false, default: "" }
}

pub(crate) const PATH: SettingSpec = SettingSpec {
    name: "path",
    doc: "a file or directory of logs or listings, plain or gzip, known by what is in them",
    required: true,
    default: "",
};
pub(crate) const AS_OF: SettingSpec = optional(
    "as-of",
    "when the listings were made; not set = not before the latest timestamp in each",
);
pub(crate) const COMPLETE_FROM: SettingSpec =
    optional("covers-from", "from when on somebody declares the log to be whole");
pub(crate) const COMPLETE_TO: SettingSpec =
    optional("covers-to", "until when it is declared to be whole; not set = until its last record");

/// The instant for which a listing speaks, by the name of its artifact.
pub(crate) fn as_of(artifact: &str) -> Option<Timestamp> {
    artifact.rsplit_once('@')?.1.parse().ok()
}

/// The bytes of an artifact.
pub(crate) fn bytes(artifact: &Artifact) -> Result<Cow<'_, [u8]>, ReadError> {
    artifact.payload.bytes().map_err(|e| ReadError {
        record: None,
        cause: format!("the bytes cannot be read: {e}"),
        hint: "check the blob".to_owned(),
    })
}

/// The text at a pointer (RFC 6901); empty is not said, and neither is what was blotted out.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str().filter(|text| !text.is_empty() && *text != BLOTTED)
}

/// The texts of a list at a pointer.
pub(crate) fn texts<'v>(value: &'v Value, pointer: &str) -> Vec<&'v str> {
    let items = value.pointer(pointer).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// An instant at a pointer, in RFC 3339.
pub(crate) fn instant(value: &Value, pointer: &str) -> Option<Timestamp> {
    text(value, pointer)?.parse().ok()
}

/// The latest instant anywhere in a value, among texts that are one. What expires does so later.
pub(crate) fn latest(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) if text.len() >= 20 => text.parse().ok(),
        Value::Array(items) => items.iter().filter_map(latest).max(),
        Value::Object(members) => {
            let said = members.iter().filter(|(name, _)| !name.to_lowercase().contains("expir"));
            said.filter_map(|(_, value)| latest(value)).max()
        }
        _ => None,
    }
}
