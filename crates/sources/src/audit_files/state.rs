//! What is known of logs from run to run: the cursor.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tenure_model::digest::Digest;
use tenure_model::time::Timestamp;

/// Logs of which nothing was seen for the longest time are forgotten beyond so many.
const MOST_LOGS: usize = 2_000;
/// Holes beyond so many are told together.
const MOST_HOLES: usize = 2_000;

/// The cursor.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    v: u32,
    /// Logs by the SHA-256 of their first line, which no other log has and which moves with them.
    pub(super) logs: BTreeMap<String, Taken>,
    /// Requests without a response so far.
    #[serde(default)]
    pub(super) open: BTreeMap<String, Timestamp>,
    /// Stretches in which something is known to be missing.
    #[serde(default)]
    pub(super) holes: Vec<Hole>,
    /// The time of the first and last record.
    #[serde(default)]
    pub(super) span: Option<(Timestamp, Timestamp)>,
    /// For when the newest listings speak.
    #[serde(default)]
    pub(super) listed: Option<Timestamp>,
}

/// How much of a log is recorded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Taken {
    pub(super) bytes: usize,
    /// SHA-256 of those bytes, as found.
    pub(super) sha256: Digest,
    pub(super) last: Option<Timestamp>,
}

/// A stretch in which something is missing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(super) struct Hole {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) cause: String,
}

const VERSION: u32 = 1;

impl State {
    /// From a cursor; a cursor of another form is as good as none.
    pub(super) fn from_cursor(cursor: Option<&str>) -> Self {
        let known: Option<Self> = cursor.and_then(|text| serde_json::from_str(text).ok());
        known.filter(|state| state.v == VERSION).unwrap_or(Self { v: VERSION, ..Self::default() })
    }

    pub(super) fn to_cursor(&self) -> String {
        serde_json::to_string(self).expect("text, numbers and times, which JSON always can hold")
    }

    /// Widens the time that records span.
    pub(super) fn spans(&mut self, first: Timestamp, last: Timestamp) {
        let (from, to) = self.span.unwrap_or((first, last));
        self.span = Some((from.min(first), to.max(last)));
    }

    /// Keeps the cursor from growing without end.
    pub(super) fn bounded(&mut self) {
        while self.logs.len() > MOST_LOGS {
            let oldest = self.logs.iter().min_by_key(|(_, taken)| taken.last);
            let Some(name) = oldest.map(|(name, _)| name.clone()) else { break };
            self.logs.remove(&name);
        }
        self.holes.sort();
        self.holes.dedup();
        while self.holes.len() > MOST_HOLES {
            // Two neighbours become one: too wide a hole is honest, a forgotten one is not.
            let Some(last) = self.holes.pop() else { break };
            if let Some(before) = self.holes.last_mut() {
                before.to = before.to.max(last.to);
            }
        }
    }
}

/// The SHA-256 of some bytes.
pub(super) fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}
