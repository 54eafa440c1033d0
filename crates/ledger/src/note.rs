//! Signed notes and verifier keys (C2SP `signed-note` v1.0.0).
//!
//! A note is a text and signatures over it. What the text says is for [`crate::checkpoint`].

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;
use sha2::{Digest as _, Sha256};

use crate::cosignature;
use crate::text::{decode_base64, encode_base64};

/// The longest note we read.
pub const MAX_NOTE_BYTES: usize = 1_000_000;
/// The most signature lines we read.
pub const MAX_SIGNATURES: usize = 100;

/// Em dash and space: how a signature line starts.
const LINE_START: &str = "\u{2014} ";

/// What a key signs (C2SP `signed-note`, signature types).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyType {
    /// 0x01: Ed25519 over the note's text.
    Ed25519,
    /// 0x04: Ed25519 over a timestamp and the note's text (C2SP `tlog-cosignature`).
    Cosignature,
}

impl KeyType {
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// A public key with its name: `<name>+<hex key id>+<base64(type ‖ key)>`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifierKey {
    name: String,
    id: u32,
    kind: KeyType,
    public: VerifyingKey,
}

/// Why a text is no verifier key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// The name has a space or a plus sign, or is empty.
    #[error("'{0}' cannot be a key name: it must not be empty and has no space and no '+'")]
    Name(String),
    /// The text has another form.
    #[error("'{0}' is not a verifier key; hint: it looks like name+0123abcd+base64")]
    Malformed(String),
    /// The id does not belong to the key.
    #[error("the key id in '{0}' does not belong to the key, so the text was damaged or edited")]
    Id(String),
    /// A kind of signature that this program cannot check.
    #[error(
        "the key of '{name}' has signature type 0x{kind:02x}; this program knows 0x01 and 0x04"
    )]
    Type {
        /// The key's name.
        name: String,
        /// The unknown type.
        kind: u8,
    },
    /// The bytes are no usable Ed25519 public key.
    #[error("the key of '{0}' is not a usable Ed25519 public key")]
    Point(String),
}

impl VerifierKey {
    /// A key from its parts.
    ///
    /// # Errors
    /// When the name cannot be a key name, or the bytes are no public key.
    pub fn new(name: &str, kind: KeyType, public: [u8; 32]) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name(name.to_owned()));
        }
        let point =
            VerifyingKey::from_bytes(&public).map_err(|_| KeyError::Point(name.to_owned()))?;
        // A weak key verifies signatures that nobody made.
        if point.is_weak() {
            return Err(KeyError::Point(name.to_owned()));
        }
        let id = key_id(name, kind.byte(), &public);
        Ok(Self { name: name.to_owned(), id, kind, public: point })
    }

    /// The name; of a log, its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The short id that signature lines carry.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// What the key signs.
    #[must_use]
    pub const fn kind(&self) -> KeyType {
        self.kind
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.public.to_bytes()
    }

    /// `None` when the signature is not this key's; otherwise the time it states, if its type has one.
    fn check(&self, text: &str, signature: &[u8]) -> Option<Option<u64>> {
        match self.kind {
            KeyType::Ed25519 => self.check_raw(text.as_bytes(), signature).then_some(None),
            KeyType::Cosignature => {
                let (time, signature) = cosignature::split(signature)?;
                self.check_raw(&cosignature::message(time, text), signature).then_some(Some(time))
            }
        }
    }

    fn check_raw(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.public.verify_strict(message, &signature).is_ok())
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed(text.to_owned());
        // The base64 may contain plus signs: only the first two separate fields.
        let mut fields = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (fields.next(), fields.next(), fields.next())
        else {
            return Err(malformed());
        };
        let key = decode_base64(key).ok_or_else(malformed)?;
        let (&kind, public) = key.split_first().ok_or_else(malformed)?;
        let kind = match kind {
            0x01 => KeyType::Ed25519,
            0x04 => KeyType::Cosignature,
            _ => return Err(KeyError::Type { name: name.to_owned(), kind }),
        };
        let key = Self::new(name, kind, public.try_into().map_err(|_| malformed())?)?;
        if format!("{:08x}", key.id) == id { Ok(key) } else { Err(KeyError::Id(text.to_owned())) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind.byte()];
        key.extend_from_slice(self.public.as_bytes());
        write!(f, "{}+{:08x}+{}", self.name, self.id, encode_base64(&key))
    }
}

/// One signature line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    name: String,
    key_id: u32,
    bytes: Vec<u8>,
}

impl Signature {
    pub(crate) fn new(key: &VerifierKey, bytes: Vec<u8>) -> Self {
        Self { name: key.name.clone(), key_id: key.id, bytes }
    }

    /// Reads one line, without its newline.
    ///
    /// # Errors
    /// When the line is not `— <name> <base64>`.
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let (name, encoded) = line
            .strip_prefix(LINE_START)
            .and_then(|rest| rest.split_once(' '))
            .ok_or(NoteError::SignatureLine)?;
        let decoded = decode_base64(encoded).ok_or(NoteError::SignatureLine)?;
        match decoded.split_first_chunk::<4>() {
            Some((id, bytes)) if is_key_name(name) && !bytes.is_empty() => Ok(Self {
                name: name.to_owned(),
                key_id: u32::from_be_bytes(*id),
                bytes: bytes.to_vec(),
            }),
            _ => Err(NoteError::SignatureLine),
        }
    }

    /// The name of the key that is said to have signed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key that is said to have signed.
    #[must_use]
    pub const fn key_id(&self) -> u32 {
        self.key_id
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut field = self.key_id.to_be_bytes().to_vec();
        field.extend_from_slice(&self.bytes);
        write!(f, "{LINE_START}{} {}", self.name, encode_base64(&field))
    }
}

/// A text with signatures, none of them checked yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// A signature that a known key made over the note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified<'k> {
    /// The key.
    pub key: &'k VerifierKey,
    /// The Unix time the key's holder states, when the signature is a cosignature.
    pub time: Option<u64>,
}

/// Why bytes are no note, or a note is not accepted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoteError {
    /// Longer than anything we read.
    #[error("the note is longer than {MAX_NOTE_BYTES} bytes")]
    TooLong,
    /// More signatures than anything we read.
    #[error("the note has more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// Not UTF-8, a control character, or no newline at the end.
    #[error("the note's text is not lines of UTF-8 without control characters")]
    Text,
    /// No empty line, or nothing after it.
    #[error("the note has no signatures")]
    Unsigned,
    /// A line after the text that is no signature.
    #[error("the note has a line that is not a signature")]
    SignatureLine,
    /// A known key's line that the key did not make: the whole note is refused.
    #[error("the signature of '{0}' does not belong to the text")]
    Forged(String),
    /// No line belongs to a known key.
    #[error("no key we trust has signed the note; hint: compare the key's name and id")]
    NoKnownKey,
    /// Two known keys share name and id.
    #[error("two known keys share the name and id of '{0}'")]
    Ambiguous(String),
    /// The signing key's name is unusable.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Note {
    /// A note from its parts.
    ///
    /// # Errors
    /// When the text cannot be that of a note, or there are no or too many signatures.
    pub fn new(text: &str, signatures: Vec<Signature>) -> Result<Self, NoteError> {
        check_text(text)?;
        match signatures.len() {
            0 => Err(NoteError::Unsigned),
            1..=MAX_SIGNATURES => Ok(Self { text: text.to_owned(), signatures }),
            _ => Err(NoteError::TooManySignatures),
        }
    }

    /// Reads a note. No signature is checked.
    ///
    /// # Errors
    /// When the bytes are not a signed note.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong);
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::Text)?;
        // The text may have empty lines of its own; the last one ends it.
        let middle = note.rfind("\n\n").ok_or(NoteError::Unsigned)?;
        let (text, lines) = (&note[..=middle], &note[middle + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Unsigned)?;
        if lines.split('\n').count() > MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        let signatures = lines.split('\n').map(Signature::parse).collect::<Result<_, _>>()?;
        Self::new(text, signatures)
    }

    /// The text, with its final newline: the very bytes that are signed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, known keys or not.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature line, e.g. a witness's. It is not checked.
    ///
    /// # Errors
    /// When the note has as many as it can have.
    pub fn push(&mut self, signature: Signature) -> Result<(), NoteError> {
        if self.signatures.len() == MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// The signatures that the given keys made. Lines of other keys are ignored, but a line of a
    /// given key that does not verify refuses the whole note.
    ///
    /// # Errors
    /// When a known key's line does not verify, or no line belongs to a known key.
    pub fn verify<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k VerifierKey>,
    ) -> Result<Vec<Verified<'k>>, NoteError> {
        let keys: Vec<_> = keys.into_iter().collect();
        let mut verified = Vec::new();
        for signature in &self.signatures {
            let mut known =
                keys.iter().filter(|key| key.id == signature.key_id && key.name == signature.name);
            let Some(&key) = known.next() else { continue };
            if known.any(|other| *other != key) {
                return Err(NoteError::Ambiguous(key.name.clone()));
            }
            let time = key
                .check(&self.text, &signature.bytes)
                .ok_or_else(|| NoteError::Forged(key.name.clone()))?;
            verified.push(Verified { key, time });
        }
        if verified.is_empty() { Err(NoteError::NoKnownKey) } else { Ok(verified) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

/// Refuses texts that a signed note cannot carry.
pub(crate) fn check_text(text: &str) -> Result<(), NoteError> {
    if text.len() > MAX_NOTE_BYTES {
        return Err(NoteError::TooLong);
    }
    let clean = text.bytes().all(|byte| byte >= 0x20 || byte == b'\n');
    if clean && text.ends_with('\n') { Ok(()) } else { Err(NoteError::Text) }
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// `SHA-256(name ‖ "\n" ‖ type ‖ key)[:4]`.
fn key_id(name: &str, kind: u8, public: &[u8; 32]) -> u32 {
    let mut hasher = Sha256::new();
    hasher.update(name.as_bytes());
    hasher.update([b'\n', kind]);
    hasher.update(public);
    let digest: [u8; 32] = hasher.finalize().into();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}
