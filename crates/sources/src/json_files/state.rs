//! What one run leaves for the next, as its cursor.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tenure_model::time::Timestamp;

/// What is known after a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    /// What the newest listings speak for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) as_of: Option<Timestamp>,
    /// The first and the last event of all log files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) events: Option<(Timestamp, Timestamp)>,
    /// Log files of which not every record could be read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) damaged: BTreeSet<String>,
    /// What was stated on coverage, so that it is not stated again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) stated: String,
}

impl State {
    /// From a cursor; one that cannot be read is no cursor.
    pub(super) fn of(cursor: Option<&str>) -> Self {
        cursor.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    pub(super) fn to_cursor(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// An event of that time is in a log file.
    pub(super) fn event(&mut self, at: Timestamp) {
        let (first, last) = self.events.unwrap_or((at, at));
        self.events = Some((first.min(at), last.max(at)));
    }
}
