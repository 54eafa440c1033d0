//! What is known of deliveries, from run to run: the cursor. Objects of one run may be named by
//! records of the next, so what is not settled yet is carried on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tenure_model::time::Timestamp;

use super::digest::{Digests, Switches};

/// Deliveries are records too, and are delivered in turn: while a trail logs its own deliveries,
/// one follows the other within minutes (at most 251 s in the four days of account 342082656213
/// that we measured). A longer silence means that records of deliveries are missing.
pub(super) const LONGEST_SILENCE: i64 = 15 * MINUTE;
/// From an event to the delivery of its object: at most 1,193 s in the same four days; CloudTrail
/// promises nothing ("typically within an average of about 5 minutes", User Guide, "How
/// CloudTrail works"). Younger events may still be on their way.
pub(super) const LONGEST_DELIVERY: i64 = 30 * MINUTE;
/// An object's events are at most this much older than the time in its name (608 s measured).
pub(super) const LONGEST_SPAN: i64 = 15 * MINUTE;
pub(super) const MINUTE: i64 = 60_000_000;

/// The cursor.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    /// Version of this form.
    pub(super) v: u32,
    /// Times of the first and last object, by their names or first events.
    pub(super) objects: Option<(Timestamp, Timestamp)>,
    /// Stretches in which one recorded delivery follows the other, in order.
    pub(super) stretches: Vec<(Timestamp, Timestamp)>,
    /// Log objects that delivery records name: how many.
    pub(super) logs_named: u64,
    /// Digest objects that delivery records name: how many.
    pub(super) digests_named: u64,
    /// Digest objects that are here: how many.
    pub(super) digests_present: u64,
    /// Log objects that are named and not here, with the time of delivery.
    pub(super) logs_absent: BTreeMap<String, Timestamp>,
    /// Digest objects that are named and not here.
    pub(super) digests_absent: BTreeSet<String>,
    /// Log objects that are here and not named, with the time in their names.
    pub(super) unnamed: BTreeMap<String, Timestamp>,
    /// Objects of which something could not be read, with the time in their names.
    pub(super) damaged: BTreeMap<String, Timestamp>,
    /// Trails switched on and off: time, trail, on.
    pub(super) switches: Switches,
    /// What digest files say. Cursors from before they were verified have none.
    #[serde(default)]
    pub(super) digests: Digests,
}

const VERSION: u32 = 1;

impl State {
    /// From a cursor; a cursor of another form is as good as none.
    pub(super) fn from_cursor(cursor: Option<&str>) -> Self {
        let fresh = Self { v: VERSION, ..Self::default() };
        let known: Option<Self> = cursor.and_then(|text| serde_json::from_str(text).ok());
        known.filter(|state| state.v == VERSION).unwrap_or(fresh)
    }

    pub(super) fn to_cursor(&self) -> String {
        serde_json::to_string(self).expect("text, numbers and times, which JSON always can hold")
    }

    /// The first and the last instant at which a delivery is recorded.
    pub(super) fn deliveries(&self) -> Option<(Timestamp, Timestamp)> {
        Some((self.stretches.first()?.0, self.stretches.last()?.1))
    }

    /// Widens the time that objects span.
    pub(super) fn object_at(&mut self, at: Timestamp) {
        let (first, last) = self.objects.unwrap_or((at, at));
        self.objects = Some((first.min(at), last.max(at)));
    }

    /// Joins deliveries to the stretches that they touch.
    pub(super) fn delivered_at(&mut self, times: impl IntoIterator<Item = Timestamp>) {
        let mut all = std::mem::take(&mut self.stretches);
        all.extend(times.into_iter().map(|at| (at, at)));
        all.sort_unstable();
        for (from, to) in all {
            match self.stretches.last_mut() {
                Some(last) if from <= last.1.plus_micros(LONGEST_SILENCE) => {
                    last.1 = last.1.max(to);
                }
                _ => self.stretches.push((from, to)),
            }
        }
    }

    /// Objects that are here, that no record names although deliveries were recorded when they
    /// came. The newest may still be named: their own delivery stands in an object to come.
    pub(super) fn unnamed_within_deliveries(&self) -> impl Iterator<Item = (&String, Timestamp)> {
        let settled = self.deliveries().map(|(first, last)| {
            (first.plus_micros(LONGEST_DELIVERY), last.plus_micros(-LONGEST_DELIVERY))
        });
        self.unnamed
            .iter()
            .map(|(name, at)| (name, *at))
            .filter(move |(_, at)| settled.is_some_and(|(from, to)| from <= *at && *at < to))
    }
}
