//! The form in which answers are recorded: one item of an answer per line.
//!
//! Whole answers of listings are large, and a pack should be able to disclose one account without
//! all others; so an answer that is an array becomes one line per element, and any other one line.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use tenure_model::time::Timestamp;

/// What the lines are.
pub(crate) const MEDIA_TYPE: &str = "application/x-ndjson";

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Line<'a> {
    /// What the answer speaks for.
    pub(crate) at: Timestamp,
    /// Path and query of the request, without the host: as recorded, or as the file is named.
    #[serde(borrow)]
    pub(crate) url: Cow<'a, str>,
    /// The status of the answer.
    pub(crate) status: u16,
    /// The file, below the source's path.
    #[serde(borrow)]
    pub(crate) file: Cow<'a, str>,
    /// SHA-256 of the file as stored, in hex.
    #[serde(borrow)]
    pub(crate) sha256: Cow<'a, str>,
    /// The number of the answer within this artifact.
    pub(crate) answer: u64,
    /// The item as text, byte for byte, unless `redacted`.
    #[serde(borrow)]
    pub(crate) body: Cow<'a, str>,
    /// Members whose values were secrets, and are not recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty", borrow)]
    pub(crate) redacted: Vec<Cow<'a, str>>,
}

impl<'a> Line<'a> {
    /// The line in these bytes; why not, for people.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|e| format!("it is no line of a listing: {e}"))
    }
}
