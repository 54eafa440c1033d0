//! The chain of one trail in one region: which digests verify, and how they hang together. What is
//! proven is kept as stretches, so that a year of hours takes no more room than a day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_model::digest::Digest;
use tenure_model::time::Timestamp;

use super::document::{Document, Place, Previous};
use super::finding::Kind;
use super::intervals::{self, Interval};

/// A chain.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chain {
    /// `account/region`.
    pub(super) region: String,
    /// The trail's name.
    pub(super) trail: String,
    /// Stretches of hourly digests, in order.
    pub(super) hourly: Vec<Segment>,
    /// Stretches of digests that were made later, in order.
    pub(super) backfill: Vec<Segment>,
    /// Digests that do not verify, by artifact.
    pub(super) refused: BTreeMap<String, Refused>,
}

/// Digests that verify, each chained to the one before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Segment {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// The first digest.
    pub(super) first: First,
    /// The last digest.
    pub(super) last: Last,
    pub(super) digests: u64,
    /// Log objects that they name.
    pub(super) logs: u64,
}

/// What links a segment to what is before it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct First {
    pub(super) key: String,
    pub(super) end: Timestamp,
    pub(super) previous: Option<Previous>,
}

/// What links a segment to what comes after it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Last {
    pub(super) place: Place,
    pub(super) start: Timestamp,
    pub(super) hash: Digest,
    pub(super) signature: String,
}

/// Why a digest does not count.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Refused {
    pub(super) kind: Kind,
    pub(super) cause: String,
    /// The end that its name tells.
    pub(super) at: Timestamp,
}

impl Segment {
    /// Of a digest whose signature verifies.
    pub(super) fn of(document: &Document, signature: String) -> Self {
        let Document { place, start, end, previous, logs, hash, .. } = document;
        Self {
            start: *start,
            end: *end,
            first: First { key: place.key.clone(), end: *end, previous: previous.clone() },
            last: Last { place: place.clone(), start: *start, hash: *hash, signature },
            digests: 1,
            logs: logs.len() as u64,
        }
    }

    /// Whether the next follows without anything to be said.
    fn is_followed_by(&self, next: &Self) -> bool {
        let Some(previous) = &next.first.previous else { return false };
        self.end == next.start
            && previous.place == self.last.place
            && previous.hash == self.last.hash
            && previous.signature == self.last.signature
    }

    fn extend(&mut self, next: Self) {
        self.end = next.end;
        self.last = next.last;
        self.digests += next.digests;
        self.logs += next.logs;
    }
}

impl Chain {
    /// Takes in digests that verify.
    pub(super) fn absorb(&mut self, digests: Vec<Segment>, backfill: bool) {
        let segments = if backfill { &mut self.backfill } else { &mut self.hourly };
        segments.extend(digests);
        segments
            .sort_by(|a, b| (a.start, a.end, &a.first.key).cmp(&(b.start, b.end, &b.first.key)));
        let mut joined: Vec<Segment> = Vec::with_capacity(segments.len());
        for next in segments.drain(..) {
            match joined.last_mut() {
                Some(last) if last.is_followed_by(&next) => last.extend(next),
                _ => joined.push(next),
            }
        }
        *segments = joined;
    }

    /// Whether digests of that kind tell of all of the stretch.
    pub(super) fn covers(&self, stretch: Interval, backfill: bool) -> bool {
        let segments = if backfill { &self.backfill } else { &self.hourly };
        segments.iter().any(|s| s.start <= stretch.0 && stretch.1 <= s.end)
    }

    /// Whether this very digest is the last of a segment.
    pub(super) fn ends_with(&self, digest: &Document) -> bool {
        self.segments().any(|s| s.last.place == digest.place && s.last.hash == digest.hash)
    }

    /// Stretches of deliveries of which digests that verify tell.
    pub(super) fn stretches(&self) -> Vec<Interval> {
        intervals::union(self.segments().map(|segment| (segment.start, segment.end)).collect())
    }

    /// From the first to the last of them.
    pub(super) fn span(&self) -> Option<Interval> {
        let stretches = self.stretches();
        Some((stretches.first()?.0, stretches.last()?.1))
    }

    pub(super) fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.hourly.iter().chain(&self.backfill)
    }
}
