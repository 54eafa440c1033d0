//! One ledger leaf: who says what, when, at which place of which stream.
//!
//! An entry is canonical JSON (RFC 8785), so one entry has one sequence of bytes and one hash,
//! whoever writes it. What the body means is not this module's business.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenure_model::Timestamp;

use crate::canonical::{self, push_number, push_text};

/// The most bytes an entry can have: an entry bundle gives its length two bytes (C2SP `tlog-tiles`).
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// The format version that this crate writes and reads.
pub const VERSION: u64 = 1;

/// The largest integer that every JSON reader understands exactly (RFC 8785 Appendix D): 2^53 - 1.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// How deep a body may nest; JSON readers stop at 128.
const MAX_DEPTH: usize = 100;

/// RFC 3339 writes four-digit years only.
const YEAR_0: i64 = -62_167_219_200_000_000;
const YEAR_9999: i64 = 253_402_207_200_000_000;

/// Something to be recorded. The ledger adds the version; the rest is the caller's.
#[derive(Clone, PartialEq, Debug)]
pub struct NewEntry {
    /// What the body is, e.g. `run`.
    pub kind: String,
    /// When the actor says it happened.
    pub at: Timestamp,
    /// Who says it.
    pub actor: String,
    /// The series the entry belongs to.
    pub stream: String,
    /// The place in the series; `(stream, rev)` is unique in the ledger.
    pub rev: u64,
    /// The statement.
    pub body: Value,
}

/// One ledger leaf, version 1.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Format version, always 1.
    pub v: u64,
    /// What the body is, e.g. `run`.
    pub kind: String,
    /// When the actor says it happened.
    pub at: Timestamp,
    /// Who says it.
    pub actor: String,
    /// The series the entry belongs to.
    pub stream: String,
    /// The place in the series; `(stream, rev)` is unique in the ledger.
    pub rev: u64,
    /// The statement.
    pub body: Value,
}

/// Why something cannot be an entry.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Too long for an entry bundle.
    #[error(
        "the entry has {bytes} bytes and may have 65535; hint: store the data as a blob and let \
         the entry name its SHA-256"
    )]
    TooLarge {
        /// Length of the canonical bytes.
        bytes: usize,
    },
    /// A text that must say something is empty.
    #[error("the entry's {0} is empty")]
    Empty(&'static str),
    /// The instant has no RFC 3339 spelling.
    #[error("the entry's time lies outside the years 0000 to 9999")]
    Time,
    /// A number that JSON readers would round.
    #[error("the number {0} in the entry is not exact in JSON; hint: write it as text")]
    Number(String),
    /// The body nests deeper than readers follow.
    #[error("the entry's body nests deeper than {MAX_DEPTH} levels")]
    Depth,
    /// Another format version.
    #[error("the entry has version {0}, this program reads version {VERSION}")]
    Version(u64),
    /// Not the JSON of an entry.
    #[error("the bytes are no entry")]
    Json(#[source] serde_json::Error),
    /// An entry, but in another spelling than the canonical one.
    #[error("the entry is not in canonical form (RFC 8785)")]
    NotCanonical,
}

impl From<NewEntry> for Entry {
    fn from(new: NewEntry) -> Self {
        let NewEntry { kind, at, actor, stream, rev, body } = new;
        Self { v: VERSION, kind, at, actor, stream, rev, body }
    }
}

impl Entry {
    /// The canonical bytes (RFC 8785) that become the leaf.
    ///
    /// # Errors
    /// When the entry is too large, or has something that canonical JSON cannot say exactly.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EntryError> {
        self.check()?;
        let mut bytes = Vec::with_capacity(1024);
        if self.push_canonical(&mut bytes).is_none() {
            bytes = serde_json_canonicalizer::to_vec(self).map_err(EntryError::Json)?;
        }
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLarge { bytes: bytes.len() });
        }
        Ok(bytes)
    }

    /// The entry that these bytes are. Other spellings of the same entry are refused, because the
    /// signed bytes and the shown content must be the same thing.
    ///
    /// # Errors
    /// When the bytes are not an entry in canonical form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLarge { bytes: bytes.len() });
        }
        let entry: Self = serde_json::from_slice(bytes).map_err(EntryError::Json)?;
        if entry.to_bytes()? == bytes { Ok(entry) } else { Err(EntryError::NotCanonical) }
    }

    /// The members in the order of their names. `None` when the body needs the general way.
    fn push_canonical(&self, out: &mut Vec<u8>) -> Option<()> {
        out.extend_from_slice(b"{\"actor\":");
        push_text(&self.actor, out);
        out.extend_from_slice(b",\"at\":");
        push_text(&self.at.to_string(), out);
        out.extend_from_slice(b",\"body\":");
        canonical::push(&self.body, out)?;
        out.extend_from_slice(b",\"kind\":");
        push_text(&self.kind, out);
        out.extend_from_slice(b",\"rev\":");
        push_number(self.rev, out);
        out.extend_from_slice(b",\"stream\":");
        push_text(&self.stream, out);
        out.extend_from_slice(b",\"v\":");
        push_number(self.v, out);
        out.push(b'}');
        Some(())
    }

    fn check(&self) -> Result<(), EntryError> {
        if self.v != VERSION {
            return Err(EntryError::Version(self.v));
        }
        for (name, text) in [("kind", &self.kind), ("actor", &self.actor), ("stream", &self.stream)]
        {
            if text.is_empty() {
                return Err(EntryError::Empty(name));
            }
        }
        if !(YEAR_0..=YEAR_9999).contains(&self.at.micros()) {
            return Err(EntryError::Time);
        }
        if self.rev > MAX_INTEGER {
            return Err(EntryError::Number(self.rev.to_string()));
        }
        check_body(&self.body, MAX_DEPTH)
    }
}

fn check_body(value: &Value, depth_left: usize) -> Result<(), EntryError> {
    if depth_left == 0 {
        return Err(EntryError::Depth);
    }
    match value {
        Value::Number(number) => {
            // Canonical JSON knows doubles only. An integer beyond 2^53 would change silently.
            let exact = number.as_f64().is_some_and(|float| float.abs() <= MAX_INTEGER as f64);
            if exact { Ok(()) } else { Err(EntryError::Number(number.to_string())) }
        }
        Value::Array(items) => items.iter().try_for_each(|item| check_body(item, depth_left - 1)),
        Value::Object(map) => map.values().try_for_each(|item| check_body(item, depth_left - 1)),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            "\\PC{0,8}",
            "[ -~]{0,8}",
            "[\\x00-\\x7f]{0,4}",
            "[\u{d7f0}-\u{10050}]{0,3}"
        ];
        let name = text.clone();
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(|n| json!(n)),
            (0_i64..300).prop_map(|n| json!(n)),
            any::<i32>().prop_map(|n| json!(f64::from(n) / 8.0)),
            text.prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::btree_map(name.clone(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_fast_way_writes_what_the_general_way_writes(
            body in value(),
            actor in "\\PC{1,8}",
            rev in 0..=MAX_INTEGER,
            micros in YEAR_0..YEAR_9999,
        ) {
            let at = Timestamp::from_micros(micros);
            let (kind, stream) = ("\u{7f}\u{1f}\"\\/".to_owned(), "a/b".to_owned());
            let entry = Entry::from(NewEntry { kind, at, actor, stream, rev, body });
            let general = serde_json_canonicalizer::to_vec(&entry).expect("an entry");
            prop_assert_eq!(entry.to_bytes().expect("an entry"), general);
        }
    }

    #[test]
    fn usual_bodies_go_the_fast_way() {
        let entry = |body| {
            Entry::from(NewEntry {
                kind: "k".to_owned(),
                at: Timestamp::from_seconds(0),
                actor: "a".to_owned(),
                stream: "s".to_owned(),
                rev: 0,
                body,
            })
        };
        let fast = |body| entry(body).push_canonical(&mut Vec::new()).is_some();
        assert!(fast(json!({"b": [1, -2, "é\n", null, true], "a": {}, "c": {"x": 1, "y": 2}})));
        assert!(!fast(json!({"é": 1})));
        assert!(!fast(json!([0.5])));
    }
}
