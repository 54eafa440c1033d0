//! The JSON files of pack format v1. All of them are canonical JSON (RFC 8785), all parsing is
//! strict: an unknown field or another spelling of the same value is refused.

use serde::{Deserialize, Serialize};
use tenure_model::ids::Seq;
use tenure_model::{Digest, Period};

/// Schema name of [`Manifest`].
pub const PACK_SCHEMA: &str = "tenure.pack/v1";
/// Schema name of [`EvaluationEntry`].
pub const EVALUATION_ENTRY_SCHEMA: &str = "tenure.evaluation-entry/v1";
/// Schema name of [`Consistency`].
pub const CONSISTENCY_SCHEMA: &str = "tenure.consistency/v1";
/// Schema name of [`RecordProof`].
pub const RECORD_PROOF_SCHEMA: &str = "tenure.record-proof/v1";
/// `kind` of the ledger entry that anchors an evaluation.
pub const KIND_EVALUATION: &str = "evaluation";
/// A record above this size is left out of packs and listed instead.
pub const MAX_RECORD: usize = 256 * 1024;

/// `manifest.json`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always [`PACK_SCHEMA`].
    pub schema: String,
    /// Version of Tenure that wrote the pack.
    pub tenure: String,
    /// The log's origin.
    pub origin: String,
    /// The period tested.
    pub period: Period,
    /// The last ledger index taken into account.
    pub known_at: Seq,
    /// Number of entries under the pack's checkpoint.
    pub checkpoint_size: u64,
    /// Root hash of the pack's checkpoint.
    pub checkpoint_root: Digest,
    /// Index of the entry that anchors the results.
    pub evaluation_entry: Seq,
    /// Every file but the manifest and its note, in order of names.
    pub files: Vec<ManifestFile>,
}

/// One file of a pack.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: Digest,
    /// What it is, for people.
    pub what: String,
}

/// The text that `manifest.note` signs. Its first line is not the origin, so that no signature over
/// a manifest can ever be taken for a checkpoint (whose first line is the origin).
#[must_use]
pub fn manifest_note_text(origin: &str, manifest: &Digest) -> String {
    format!("{origin}/pack/v1\n{manifest}\n")
}

/// Body of the entry that anchors an evaluation in the log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationEntry {
    /// Always [`EVALUATION_ENTRY_SCHEMA`].
    pub schema: String,
    /// The period tested.
    pub period: Period,
    /// The last ledger index taken into account.
    pub known_at: Seq,
    /// Always `known_at + 1`: the number of entries taken into account.
    pub ledger_size: u64,
    /// Root hash over those entries.
    pub ledger_root: Digest,
    /// SHA-256 of `evaluation.json`.
    pub evaluation: Digest,
    /// The controls, in order of their ids.
    pub controls: Vec<ControlAnchor>,
}

/// What the log fixes of one control.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlAnchor {
    /// The control.
    pub id: String,
    /// SHA-256 of its definition.
    pub definition: Digest,
    /// SHA-256 of the canonical lines of its population.
    pub population: Digest,
    /// SHA-256 of its items file.
    pub items: Digest,
}

/// `consistency.json`: RFC 6962 consistency proof from the prefix evaluated to the checkpoint.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consistency {
    /// Always [`CONSISTENCY_SCHEMA`].
    pub schema: String,
    /// Number of entries taken into account by the evaluation.
    pub from_size: u64,
    /// Root hash over those.
    pub from_root: Digest,
    /// Number of entries under the checkpoint.
    pub to_size: u64,
    /// Root hash of the checkpoint.
    pub to_root: Digest,
    /// The proof.
    pub proof: Vec<Digest>,
}

/// `records/<artifact>/<index>.proof.json`: why the record beside it is the one that was collected.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordProof {
    /// Always [`RECORD_PROOF_SCHEMA`].
    pub schema: String,
    /// Index of the artifact's entry.
    pub artifact_entry: Seq,
    /// Index of the record in the artifact.
    pub index: u64,
    /// The salt, in lower-case hex.
    pub salt: String,
    /// Merkle root over the artifact's record commitments.
    pub records_root: Digest,
    /// Number of records in the artifact.
    pub records: u64,
    /// RFC 6962 inclusion proof, leaf upward.
    pub proof: Vec<Digest>,
}

/// A line of `undisclosed.jsonl`: a record that results rest on and that the pack leaves out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undisclosed {
    /// The evidence pointer, `artifact-digest#record`.
    pub pointer: String,
    /// Why.
    pub why: String,
}

/// Where a piece of evidence is: artifact and record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pointer {
    /// SHA-256 of the artifact's bytes.
    pub artifact: Digest,
    /// Index of the record in it.
    pub record: u64,
}

/// The text is no evidence pointer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is no evidence pointer; expected <SHA-256 in hex>#<record number>")]
pub struct PointerError(String);

impl std::str::FromStr for Pointer {
    type Err = PointerError;

    fn from_str(text: &str) -> Result<Self, PointerError> {
        let parse = || {
            let (artifact, record) = text.split_once('#')?;
            let pointer = Self { artifact: artifact.parse().ok()?, record: record.parse().ok()? };
            (pointer.to_string() == text).then_some(pointer)
        };
        parse().ok_or_else(|| PointerError(text.to_owned()))
    }
}

impl std::fmt::Display for Pointer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.artifact, self.record)
    }
}
