//! Canonical JSON (RFC 8785), both ways. One value has one sequence of bytes, so what was signed is
//! what is shown.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tenure_model::evaluation::PopulationItem;
use tenure_model::{Digest, Evidence, Outcome, Outcomes, Timestamp};

use crate::format::Undisclosed;

/// Why bytes are not the canonical JSON of a type.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// Not the JSON of that type.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Another spelling than the canonical one, or something repeated or unknown.
    #[error("not in canonical form (RFC 8785): re-encoding what was read gives other bytes")]
    Spelling,
}

/// The canonical bytes of a value.
///
/// # Errors
/// When the value has no JSON form, such as a map whose keys are not texts.
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    Ok(serde_json_canonicalizer::to_vec(value)?)
}

/// The value that these bytes are, if they are its canonical form.
///
/// # Errors
/// When they are not.
pub fn from_bytes<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let value = serde_json::from_slice(bytes)?;
    if to_bytes(&value)? == bytes { Ok(value) } else { Err(CanonicalError::Spelling) }
}

/// A value that knows a faster way to its canonical bytes than the general one.
pub trait Line: Serialize + DeserializeOwned {
    /// Appends the canonical bytes.
    ///
    /// # Errors
    /// When the value has no JSON form.
    fn write(&self, out: &mut Vec<u8>) -> Result<(), CanonicalError>;
}

impl Line for PopulationItem {
    /// Packs hold items by the hundred thousand, and sorting keys that are sorted already takes
    /// most of the time. With the fields in order, compact JSON is canonical: `serde_json` escapes
    /// texts as RFC 8785 §3.2.2.2 asks, and bytewise order of keys is that of §3.2.3 for ASCII.
    fn write(&self, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
        #[derive(Serialize)]
        struct InOrder<'a> {
            attributes: &'a Outcomes,
            evidence: &'a Evidence,
            from: Timestamp,
            item: &'a str,
            label: &'a str,
            outcome: Outcome,
            to: Option<Timestamp>,
        }
        let Self { item, from, to, label, attributes, outcome, evidence } = self;
        if !attributes.names().all(str::is_ascii) {
            return Ok(serde_json_canonicalizer::to_writer(self, out)?);
        }
        let (from, to, outcome) = (*from, *to, *outcome);
        Ok(serde_json::to_writer(
            out,
            &InOrder { attributes, evidence, from, item, label, outcome, to },
        )?)
    }
}

impl Line for Undisclosed {
    /// Its two fields are declared in order and hold texts only.
    fn write(&self, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
        Ok(serde_json::to_writer(out, self)?)
    }
}

/// The values of a file of canonical JSON lines, each ended by a line feed.
///
/// # Errors
/// When a line is not canonical; with its number, from 1.
pub fn lines<T: Line>(bytes: &[u8]) -> Result<Vec<T>, LineError> {
    let (mut values, mut again) = (Vec::new(), Vec::new());
    let mut rest = bytes;
    while !rest.is_empty() {
        let line = values.len() + 1;
        let end = rest.iter().position(|b| *b == b'\n').ok_or(LineError::Unended { line })?;
        values.push(
            self::line(&rest[..end], &mut again)
                .map_err(|source| LineError::Line { line, source })?,
        );
        rest = &rest[end + 1..];
    }
    Ok(values)
}

fn line<T: Line>(bytes: &[u8], again: &mut Vec<u8>) -> Result<T, CanonicalError> {
    let value: T = serde_json::from_slice(bytes)?;
    again.clear();
    value.write(again)?;
    if again == bytes { Ok(value) } else { Err(CanonicalError::Spelling) }
}

/// Values as a file of canonical JSON lines.
///
/// # Errors
/// When a value has no JSON form.
pub fn to_lines<'a, T: Line + 'a>(
    values: impl IntoIterator<Item = &'a T>,
) -> Result<Vec<u8>, CanonicalError> {
    let mut out = Vec::new();
    for value in values {
        value.write(&mut out)?;
        out.push(b'\n');
    }
    Ok(out)
}

/// Why a file is not canonical JSON lines.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// A line is not canonical JSON.
    #[error("line {line}: {source}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        source: CanonicalError,
    },
    /// The last line has no line feed.
    #[error("line {line}: it does not end with a line feed")]
    Unended {
        /// Its number, from 1.
        line: usize,
    },
}

/// SHA-256 of bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// The commitment to a record: `SHA-256(0x00 ‖ salt ‖ record)`. It is the leaf hash (RFC 6962 §2.1)
/// of salt and record, so record trees are ordinary Merkle trees.
#[must_use]
pub fn record_commitment(salt: &[u8], record: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([0x00]);
    hasher.update(salt);
    hasher.update(record);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(label: &str, attribute: &str) -> PopulationItem {
        let at = Timestamp::from_micros(1_751_328_000_000_123);
        PopulationItem {
            item: "grant:1".into(),
            from: at,
            to: Some(at),
            label: label.into(),
            attributes: Outcomes::from_iter([
                (attribute.into(), Outcome::Supported),
                ("B".into(), Outcome::NotYetDue),
            ]),
            outcome: Outcome::NotYetDue,
            evidence: Evidence::from_iter(["x#1"]),
        }
    }

    #[test]
    fn the_fast_way_is_the_canonical_way() {
        let awkward: String = (0..0x300)
            .filter_map(char::from_u32)
            .chain("\u{2028}\u{fffd}😀\u{e000}".chars())
            .collect();
        for (label, attribute) in
            [("plain", "A"), (awkward.as_str(), "Z"), ("", "ä😀"), ("", "\u{e000}")]
        {
            let item = item(label, attribute);
            let mut fast = Vec::new();
            item.write(&mut fast).expect("JSON");
            assert_eq!(fast, to_bytes(&item).expect("JSON"));
            let line = Undisclosed { pointer: attribute.to_owned(), why: label.to_owned() };
            fast.clear();
            line.write(&mut fast).expect("JSON");
            assert_eq!(fast, to_bytes(&line).expect("JSON"));
        }
    }
}
