//! What a log commits to: its name, its size, its root (C2SP `tlog-checkpoint` v1.0.0).

use std::fmt;

use crate::merkle::Hash;
use crate::note::{Note, NoteError, VerifierKey};
use crate::signing::SigningKey;
use crate::text::{decode_hash, encode_base64, parse_decimal};

/// A state of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// The log's name: a URL without scheme, equal to its key's name.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root over the first `size` entries.
    pub root: Hash,
    /// Further lines. We read them from other logs and never write them: nobody can audit them.
    pub extensions: Vec<String>,
}

/// A checkpoint as published: the note with its signatures, and what it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedCheckpoint {
    /// The note, signatures included; its `to_string` gives the published bytes.
    pub note: Note,
    /// What its text says.
    pub checkpoint: Checkpoint,
}

/// Why a text is no checkpoint, or a checkpoint is not accepted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The text has another form.
    #[error("the text is not a checkpoint: its {0} is malformed")]
    Malformed(&'static str),
    /// We do not write what nobody can audit.
    #[error("a checkpoint with extension lines is not signed")]
    Extensions,
    /// The checkpoint is another log's.
    #[error("the checkpoint is of '{found}', not of '{expected}'")]
    Origin {
        /// The origin the key stands for.
        expected: String,
        /// The origin in the text.
        found: String,
    },
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl Checkpoint {
    /// Reads the text of a note.
    ///
    /// # Errors
    /// When the text is not a checkpoint.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError::Malformed("end"))?;
        let mut lines = body.split('\n');
        let origin = lines
            .next()
            .filter(|line| !line.is_empty())
            .ok_or(CheckpointError::Malformed("origin"))?;
        let size =
            lines.next().and_then(parse_decimal).ok_or(CheckpointError::Malformed("size"))?;
        let root = lines.next().and_then(decode_hash).ok_or(CheckpointError::Malformed("root"))?;
        let extensions: Vec<_> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(CheckpointError::Malformed("extension"));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// Signs the checkpoint; the key's name is the origin.
    ///
    /// # Errors
    /// When it has extension lines, or the origin cannot be a key name.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedCheckpoint, CheckpointError> {
        if !self.extensions.is_empty() {
            return Err(CheckpointError::Extensions);
        }
        let note = key.sign_note(&self.origin, &self.to_string())?;
        Ok(SignedCheckpoint { note, checkpoint: self.clone() })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, encode_base64(&self.root))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl SignedCheckpoint {
    /// Reads a note that carries a checkpoint. No signature is checked.
    ///
    /// # Errors
    /// When the bytes are not a signed note, or its text is not a checkpoint.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { note, checkpoint })
    }

    /// Checks that the log's key signed it, and that the key's name is the origin.
    ///
    /// # Errors
    /// When the origin is another, or the signature is missing or wrong.
    pub fn verify(&self, log: &VerifierKey) -> Result<(), CheckpointError> {
        if self.checkpoint.origin != log.name() {
            return Err(CheckpointError::Origin {
                expected: log.name().to_owned(),
                found: self.checkpoint.origin.clone(),
            });
        }
        self.note.verify([log])?;
        Ok(())
    }
}
