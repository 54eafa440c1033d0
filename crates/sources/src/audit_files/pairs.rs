//! Requests and their responses: of each there is one, or something is missing.

use std::collections::{BTreeMap, BTreeSet};

use tenure_model::entry::Gap;
use tenure_model::time::Timestamp;

use super::Half;
use super::state::Hole;

/// A server answers within this time: 90 seconds are the default of Vault's
/// `default_max_request_duration`.
const LONGEST_REQUEST: i64 = 90 * 1_000_000;
/// More are counted, not named.
const NAMED: usize = 50;

/// The halves of which the other was not seen.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    requests: BTreeMap<String, Timestamp>,
    responses: BTreeMap<String, Timestamp>,
    /// Requests of earlier runs; told then.
    told: BTreeMap<String, Timestamp>,
    /// Those of them that were answered after all.
    late: BTreeSet<String>,
    any: bool,
}

impl Pairs {
    /// Goes on after earlier runs.
    pub(super) fn after(told: BTreeMap<String, Timestamp>) -> Self {
        Self { told, ..Self::default() }
    }

    pub(super) fn take(&mut self, half: Half, at: Timestamp) {
        self.any = true;
        match half {
            Half::Request(id) => {
                if self.responses.remove(&id).is_none() {
                    self.requests.insert(id, at);
                }
            }
            Half::Response(id) => {
                if self.requests.remove(&id).is_some() {
                    return;
                }
                if self.told.remove(&id).is_some() {
                    self.late.insert(unanswered(&id));
                } else {
                    self.responses.insert(id, at);
                }
            }
        }
    }

    /// Takes in what another part of the log says.
    pub(super) fn absorb(&mut self, other: Self) {
        self.any |= other.any;
        for (id, at) in other.requests {
            self.take(Half::Request(id), at);
        }
        for (id, at) in other.responses {
            self.take(Half::Response(id), at);
        }
    }

    /// Whether any half was seen.
    pub(super) const fn any(&self) -> bool {
        self.any
    }

    /// Requests since then that wait for their response.
    pub(super) fn waiting(&self, since: Timestamp) -> impl Iterator<Item = &str> {
        self.requests.iter().filter(move |(_, at)| **at > since).map(|(id, _)| id.as_str())
    }

    /// Where something is missing.
    pub(super) fn holes(&self) -> Vec<Hole> {
        let requests = self.requests.iter().map(|(id, at)| Hole {
            from: *at,
            to: at.plus_micros(LONGEST_REQUEST),
            cause: unanswered(id),
        });
        let responses = self.responses.iter().map(|(id, at)| Hole {
            from: at.plus_micros(-LONGEST_REQUEST),
            to: at.plus_micros(1),
            cause: format!("the response {id} has no request"),
        });
        requests.chain(responses).collect()
    }

    /// Whether a hole of an earlier run is none: the response came with this one.
    pub(super) fn closes(&self, hole: &Hole) -> bool {
        self.late.contains(&hole.cause)
    }

    /// The same for people.
    pub(super) fn gaps(&self, scope: &str) -> Vec<Gap> {
        let holes = self.holes();
        let hint =
            "look for the lines in a rotated file or on another device: they are missing here";
        let gap = |cause: String| Gap {
            artifact: scope.to_owned(),
            record: None,
            cause,
            hint: hint.to_owned(),
        };
        let named = holes.iter().take(NAMED);
        let mut gaps: Vec<Gap> =
            named.map(|h| gap(format!("{} (between {} and {})", h.cause, h.from, h.to))).collect();
        if let Some(more) = holes.len().checked_sub(NAMED).filter(|more| *more > 0) {
            gaps.push(gap(format!("{more} more requests or responses stand alone")));
        }
        gaps
    }

    /// What the next run should know.
    pub(super) fn open(self) -> BTreeMap<String, Timestamp> {
        let mut open = self.told;
        open.extend(self.requests);
        // What was not answered in a day never will be; a few thousand ids are enough to carry.
        let newest = open.values().max().copied();
        open.retain(|_, at| newest.is_some_and(|newest| at.plus_micros(Timestamp::DAY) > newest));
        open
    }
}

fn unanswered(id: &str) -> String {
    format!("the request {id} has no response")
}
