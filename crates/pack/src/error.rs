//! Why a pack cannot be written.

use tenure_ledger::checkpoint::CheckpointError;
use tenure_ledger::note::NoteError;
use tenure_model::ids::Seq;
use tenure_verify::canonical::CanonicalError;
use tenure_verify::container::ContainerError;

/// Why a pack cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The checkpoint cannot be read.
    #[error("the checkpoint cannot be packed")]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint has another spelling than the one that proofs will carry.
    #[error(
        "the checkpoint is not spelled as it was published; hint: pass the stored note unchanged"
    )]
    CheckpointSpelling,
    /// The key does not belong to the checkpoint's log.
    #[error("the checkpoint is of '{found}' and the key of '{expected}'")]
    Origin {
        /// The key's name.
        expected: String,
        /// The checkpoint's origin.
        found: String,
    },
    /// The signing key is not the private half of the log's key.
    #[error("the signing key does not belong to '{0}'; hint: sign packs with the log's own key")]
    Signer(String),
    /// The entry that anchors the results is not among the entries.
    #[error("the evaluation entry {0} is not among the entries to pack")]
    NoEvaluationEntry(Seq),
    /// The entry that anchors the results is not one.
    #[error("entry {seq} does not anchor an evaluation: {cause}")]
    EvaluationEntry {
        /// Its index.
        seq: Seq,
        /// What is wrong with it.
        cause: String,
    },
    /// Two entries or records with one name.
    #[error("'{0}' would be in the pack twice")]
    Twice(String),
    /// A control's id cannot be part of a file name.
    #[error(
        "'{0}' cannot name a file; hint: control ids have letters, digits, '.', '_' and '-' only"
    )]
    ControlId(String),
    /// A control has no items or no definition.
    #[error("control {control} has no {what}")]
    Incomplete {
        /// The control.
        control: String,
        /// What it lacks.
        what: &'static str,
    },
    /// A value has no canonical form.
    #[error("a value cannot be written as canonical JSON")]
    Canonical(#[from] CanonicalError),
    /// A name or size that the container cannot take.
    #[error("the files do not fit in a pack")]
    Container(#[from] ContainerError),
    /// The manifest cannot be signed.
    #[error("the manifest cannot be signed")]
    Sign(#[from] NoteError),
    /// The page cannot be rendered.
    #[error("the report for people cannot be rendered")]
    Page(#[from] askama::Error),
    /// Writing to memory failed.
    #[error("the pack cannot be written")]
    Write(#[from] std::io::Error),
}
