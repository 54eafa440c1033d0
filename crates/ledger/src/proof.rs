//! A self-contained proof that something was logged (C2SP `tlog-proof` v1, `.tlog-proof` files).
//!
//! It needs nothing else to verify but a policy file, so it outlives every service.

use std::fmt;

use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::merkle::{Hash, ProofError, verify_inclusion};
use crate::note::{MAX_NOTE_BYTES, VerifierKey};
use crate::policy::{Accepted, Policy, PolicyError};
use crate::text::{decode_base64, decode_hash, encode_base64, parse_decimal};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// No tree is deeper.
const MAX_HASHES: usize = 64;

/// The index of an entry, its inclusion proof, and the checkpoint it leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlogProof {
    /// Data of the application's own. Nobody has signed it: do not trust it.
    pub extra: Option<Vec<u8>>,
    /// The entry's index.
    pub index: u64,
    /// The inclusion proof, leaf upward.
    pub hashes: Vec<Hash>,
    /// The checkpoint with its cosignatures.
    pub checkpoint: SignedCheckpoint,
}

/// Why bytes are no proof, or a proof is not accepted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TlogProofError {
    /// The text has another form.
    #[error("the text is not a tlog-proof: its {0} is malformed")]
    Malformed(&'static str),
    /// The checkpoint in it.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint is genuine, but the entry is not where the proof says.
    #[error("the entry is not in the checkpoint's tree")]
    Inclusion(#[from] ProofError),
    /// The checkpoint does not satisfy the policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl TlogProof {
    /// Reads a `.tlog-proof` file. Nothing is checked against a key.
    ///
    /// # Errors
    /// When the bytes are not such a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        if bytes.len() > 2 * MAX_NOTE_BYTES {
            return Err(TlogProofError::Malformed("length"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| TlogProofError::Malformed("encoding"))?;
        let (head, note) =
            text.split_once("\n\n").ok_or(TlogProofError::Malformed("end of the head"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(TlogProofError::Malformed("first line"));
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => Some(
                decode_base64(&line["extra ".len()..])
                    .ok_or(TlogProofError::Malformed("extra line"))?,
            ),
            None => None,
        };
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(parse_decimal)
            .ok_or(TlogProofError::Malformed("index line"))?;
        let hashes = lines
            .map(|line| decode_hash(line).ok_or(TlogProofError::Malformed("hash line")))
            .take(MAX_HASHES + 1)
            .collect::<Result<Vec<_>, _>>()?;
        if hashes.len() > MAX_HASHES {
            return Err(TlogProofError::Malformed("number of hashes"));
        }
        let checkpoint = SignedCheckpoint::parse(note.as_bytes())?;
        Ok(Self { extra, index, hashes, checkpoint })
    }

    /// Checks that the entry with this leaf hash is in a tree that the policy accepts.
    ///
    /// # Errors
    /// When the policy refuses the checkpoint, or the entry is not in its tree.
    pub fn verify<'p>(
        &self,
        leaf: &Hash,
        policy: &'p Policy,
    ) -> Result<Accepted<'p>, TlogProofError> {
        let accepted = policy.evaluate(&self.checkpoint)?;
        self.verify_leaf(leaf)?;
        Ok(accepted)
    }

    /// Checks against the log's key alone, when no witness is asked for.
    ///
    /// # Errors
    /// When the key did not sign the checkpoint, or the entry is not in its tree.
    pub fn verify_with_key(&self, leaf: &Hash, log: &VerifierKey) -> Result<(), TlogProofError> {
        self.checkpoint.verify(log)?;
        self.verify_leaf(leaf)
    }

    fn verify_leaf(&self, leaf: &Hash) -> Result<(), TlogProofError> {
        let tree = &self.checkpoint.checkpoint;
        Ok(verify_inclusion(leaf, self.index, tree.size, &self.hashes, &tree.root)?)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", encode_base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", encode_base64(hash)))?;
        write!(f, "\n{}", self.checkpoint.note)
    }
}
