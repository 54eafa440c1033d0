//! The private half: a signing key, its text form, and signing of notes.
//!
//! Where the text is kept is the caller's business.

use std::fmt;

use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256};

use crate::note::{KeyError, KeyType, Note, NoteError, Signature, VerifierKey, check_text};
use crate::text::{decode_base64, encode_base64};

/// First field of the text form; secret scanners can look for it.
const PREFIX: &str = "TENURE-PRIVATE-KEY-V1";

/// First byte of the encoded key: Ed25519, as in a verifier key.
const ED25519: u8 = 0x01;

/// An Ed25519 private key (RFC 8032). It has no name: names belong to the public half.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// Why a text is no private key. The text itself is not repeated: it may be one with a typo.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// The text has another form.
    #[error("the text is not a private key; hint: it starts with '{PREFIX}+'")]
    Malformed,
    /// The key does not match its own fingerprint.
    #[error("the private key does not match its fingerprint, so it was damaged or edited")]
    Fingerprint,
}

impl SigningKey {
    /// A fresh key from a source of randomness, e.g. `SigningKey::generate(getrandom::fill)`.
    ///
    /// # Errors
    /// Those of the source.
    pub fn generate<E>(fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut seed = [0; 32];
        fill(&mut seed)?;
        Ok(Self::from_seed(seed))
    }

    /// The key of a 32-byte seed (RFC 8032 §5.1.5).
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// The public half under a name.
    ///
    /// # Errors
    /// When the name cannot be a key name.
    pub fn verifier(&self, name: &str, kind: KeyType) -> Result<VerifierKey, KeyError> {
        VerifierKey::new(name, kind, self.0.verifying_key().to_bytes())
    }

    /// The key as one line: `TENURE-PRIVATE-KEY-V1+<hex fingerprint>+<base64(0x01 ‖ seed)>`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut encoded = vec![ED25519];
        encoded.extend_from_slice(self.0.as_bytes());
        format!("{PREFIX}+{}+{}\n", self.fingerprint(), encode_base64(&encoded))
    }

    /// Reads what [`Self::to_text`] wrote.
    ///
    /// # Errors
    /// When the text is not such a line, or was damaged.
    pub fn from_text(text: &str) -> Result<Self, SigningKeyError> {
        let mut fields = text.trim_ascii_end().splitn(3, '+');
        let (Some(PREFIX), Some(fingerprint), Some(encoded)) =
            (fields.next(), fields.next(), fields.next())
        else {
            return Err(SigningKeyError::Malformed);
        };
        let decoded = decode_base64(encoded).ok_or(SigningKeyError::Malformed)?;
        let Some((&ED25519, seed)) = decoded.split_first() else {
            return Err(SigningKeyError::Malformed);
        };
        let key = Self::from_seed(seed.try_into().map_err(|_| SigningKeyError::Malformed)?);
        if key.fingerprint() == fingerprint { Ok(key) } else { Err(SigningKeyError::Fingerprint) }
    }

    /// Signs a text as `name` (C2SP `signed-note`, type 0x01).
    ///
    /// # Errors
    /// When the name cannot be a key name, or the text cannot be that of a note.
    pub fn sign_note(&self, name: &str, text: &str) -> Result<Note, NoteError> {
        check_text(text)?;
        let key = self.verifier(name, KeyType::Ed25519)?;
        let signature = Signature::new(&key, self.sign(text.as_bytes()).to_vec());
        Note::new(text, vec![signature])
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    fn fingerprint(&self) -> String {
        hex::encode(&Sha256::digest(self.0.verifying_key().as_bytes())[..4])
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(****)")
    }
}
