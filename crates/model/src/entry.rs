//! Bodies of the ledger entries that collection writes. The ledger carries them as canonical JSON
//! and does not look inside; these types are their frozen wire form, version 1.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::ids::{RunId, SourceName, SystemId};
use crate::time::Timestamp;

/// `kind` of an entry whose body is an [`ArtifactBody`].
pub const KIND_ARTIFACT: &str = "artifact";
/// `kind` of an entry whose body is a [`CoverageBody`].
pub const KIND_COVERAGE: &str = "coverage";
/// `kind` of an entry whose body is a [`RunBody`].
pub const KIND_RUN: &str = "run";
/// `kind` of the first entry of a workspace.
pub const KIND_WORKSPACE: &str = "workspace";

/// How a run looked at its system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// A complete listing of the scope.
    Full,
    /// What changed since the cursor.
    Delta,
    /// Events.
    Events,
    /// A file that somebody provided.
    File,
}

impl RunKind {
    /// The name in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Delta => "delta",
            Self::Events => "events",
            Self::File => "file",
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Everything in scope was received and read.
    Complete,
    /// Something is missing; `gaps` says what.
    Partial,
    /// Nothing usable was received; `gaps` says why.
    Failed,
}

impl RunOutcome {
    /// The name in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// Something that could not be read, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The artifact's native name (file, object, page), or the scope when there is no artifact.
    pub artifact: String,
    /// The record inside it, from 0; absent when the whole artifact is concerned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub record: Option<u64>,
    /// What happened, lower case, no full stop.
    pub cause: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub hint: String,
}

/// One artifact: bytes as received, and the accounting of its records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArtifactBody {
    /// The run that received it.
    pub run: RunId,
    /// The source it came from.
    pub source: SourceName,
    /// Its name at the source: object key, file name, commit range. Unique within the source.
    pub name: String,
    /// SHA-256 of the bytes; the blob's address.
    pub blob: Digest,
    /// What the bytes are.
    pub media_type: String,
    /// Number of bytes.
    pub bytes: u64,
    /// Number of records inside: always `with_facts + skipped + rejected`.
    pub records: u64,
    /// Records that gave at least one fact.
    pub with_facts: u64,
    /// Records that gave none, by reason.
    #[serde(default)]
    pub skipped: BTreeMap<String, u64>,
    /// Records that could not be understood.
    #[serde(default)]
    pub rejected: u64,
    /// Merkle root over the salted record commitments; of the empty tree when there are none.
    pub records_root: Digest,
    /// Native integrity verdicts by check, e.g. `git_object_ids` → `verified`.
    #[serde(default)]
    pub integrity: BTreeMap<String, String>,
}

/// One collection of one source. Its entry follows the entries of its artifacts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunBody {
    /// The run.
    pub run: RunId,
    /// The source.
    pub source: SourceName,
    /// The system whose access it tells about.
    pub system: SystemId,
    /// The source's kind, e.g. `git-access`.
    pub source_kind: String,
    /// Version of the reader that produced the accounting.
    pub reader_version: u32,
    /// SHA-256 of the canonical configuration, secrets excluded.
    pub config: Digest,
    /// What was asked for, in the source's words.
    pub scope: String,
    /// How it looked.
    pub kind: RunKind,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Requests made (files opened, pages fetched).
    pub requests: u64,
    /// What the source itself says the totals are, by name.
    #[serde(default)]
    pub source_totals: BTreeMap<String, u64>,
    /// What was received, by the same names.
    #[serde(default)]
    pub received_totals: BTreeMap<String, u64>,
    /// Checks that actually ran.
    #[serde(default)]
    pub checks: Vec<String>,
    /// The first gaps; `gap_count` says how many there are, `gap_list` names the blob with all.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// Number of gaps in all.
    #[serde(default)]
    pub gap_count: u64,
    /// Blob with every gap as JSON lines, when the entry cannot hold them all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gap_list: Option<Digest>,
    /// Where the next run goes on, as JSON text that only the source understands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cursor: Option<String>,
    /// Blob with the cursor, when the entry cannot hold it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cursor_blob: Option<Digest>,
}

/// What is known of the completeness of a stream over an interval.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoverageStatus {
    /// The source's own material proves that nothing is missing.
    Proven,
    /// Somebody or something asserts it, without proof.
    Asserted,
    /// Something is known to be missing.
    Gap,
    /// Nothing is known.
    Unknown,
}

impl CoverageStatus {
    /// The name in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Asserted => "asserted",
            Self::Gap => "gap",
            Self::Unknown => "unknown",
        }
    }
}

/// A statement on the completeness of one stream over `[from, to)`. A later statement of the same
/// source and stream supersedes an earlier one where they overlap.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverageBody {
    /// The run that found it.
    pub run: RunId,
    /// The source.
    pub source: SourceName,
    /// The system.
    pub system: SystemId,
    /// What is covered: `grants`, `usage`, `usage/us-east-1`, …
    pub stream: String,
    /// The log or list of which the source keeps a stretch, as declared by its setting `part-of`;
    /// absent = a whole of its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub part_of: Option<String>,
    /// Start of the interval.
    pub from: Timestamp,
    /// End of the interval.
    pub to: Timestamp,
    /// The verdict.
    pub status: CoverageStatus,
    /// `digest_chain`, `delivery_manifest`, `commit_chain`, `total_match`, `none`, …
    pub proof_kind: String,
    /// Why, for people.
    pub detail: String,
}
