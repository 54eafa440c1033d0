//! A witness's timestamped signature on a checkpoint (C2SP `tlog-cosignature` v1.0, type 0x04).
//!
//! It says: as of this time, this is the largest consistent tree of that origin that I have seen.
//! It does not commit to the witness's name, so a witness has a key that serves nothing else.

use crate::note::{KeyType, Note, NoteError, Signature};
use crate::signing::SigningKey;

/// Cosigns a note as `name` at a Unix time. The caller has checked what the note says.
///
/// # Errors
/// When the name cannot be a key name, or the time is beyond 2^63 - 1.
pub fn cosign(
    key: &SigningKey,
    name: &str,
    note: &Note,
    unix_seconds: u64,
) -> Result<Signature, CosignError> {
    if i64::try_from(unix_seconds).is_err() {
        return Err(CosignError::Time(unix_seconds));
    }
    let verifier = key.verifier(name, KeyType::Cosignature).map_err(NoteError::Key)?;
    let mut field = unix_seconds.to_be_bytes().to_vec();
    field.extend_from_slice(&key.sign(&message(unix_seconds, note.text())));
    Ok(Signature::new(&verifier, field))
}

/// Why a note cannot be cosigned.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CosignError {
    /// No time that a verifier accepts.
    #[error("the time {0} is too large for a cosignature")]
    Time(u64),
    /// The witness's name.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// The bytes that a cosignature signs.
pub(crate) fn message(unix_seconds: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {unix_seconds}\n{text}").into_bytes()
}

/// Time and signature of a signature field, the key id already taken off.
pub(crate) fn split(field: &[u8]) -> Option<(u64, &[u8])> {
    let (time, signature) = field.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    let usable = signature.len() == 64 && i64::try_from(time).is_ok();
    usable.then_some((time, signature))
}
