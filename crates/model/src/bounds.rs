//! Intervals with uncertain ends.
//!
//! A snapshot tells that access exists, not since when. So each end of a fact is a pair: the last
//! instant known *not yet*, and the first instant known *already*. An event or a timestamp of the
//! source collapses the pair into one instant ("pinned").

use serde::{Deserialize, Serialize};

use crate::time::{Period, Timestamp};

/// When a fact was true, each end with what is known of it.
///
/// - `from_lo`: last instant known not yet true; `None` = nothing is known before `from_hi`.
/// - `from_hi`: first instant known true.
/// - `to_lo`, `to_hi`: last instant known still true, first instant known no longer true;
///   both `None` = not known to have ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Validity {
    /// Last instant known not yet true.
    pub from_lo: Option<Timestamp>,
    /// First instant known true.
    pub from_hi: Timestamp,
    /// Last instant known still true.
    pub to_lo: Option<Timestamp>,
    /// First instant known no longer true.
    pub to_hi: Option<Timestamp>,
}

/// Whether something was held at an instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// Certainly held.
    Yes,
    /// Certainly not held.
    No,
    /// The instant lies inside the uncertainty of an end.
    Maybe,
}

impl Held {
    /// `yes`, `no` or `maybe`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Maybe => "maybe",
        }
    }
}

impl Validity {
    /// Starts exactly at `at`, not known to have ended.
    #[must_use]
    pub const fn pinned_from(at: Timestamp) -> Self {
        Self { from_lo: Some(at), from_hi: at, to_lo: None, to_hi: None }
    }

    /// Whether the fact held at `at`. A pinned end is exclusive: `[from, to)`.
    #[must_use]
    pub fn held_at(&self, at: Timestamp) -> Held {
        let started = if at >= self.from_hi {
            Held::Yes
        } else {
            match self.from_lo {
                Some(lo) if at <= lo => Held::No,
                _ => Held::Maybe,
            }
        };
        let ended = match (self.to_lo, self.to_hi) {
            (_, Some(hi)) if at >= hi => Held::Yes,
            (Some(lo), _) if at > lo => Held::Maybe,
            (None, Some(_)) => Held::Maybe,
            _ => Held::No,
        };
        match (started, ended) {
            (Held::No, _) | (_, Held::Yes) => Held::No,
            (Held::Yes, Held::No) => Held::Yes,
            _ => Held::Maybe,
        }
    }

    /// The stretch in which the fact certainly held, if there is one.
    /// The end is `None` when it is not known to have ended.
    #[must_use]
    pub fn certain(&self) -> Option<(Timestamp, Option<Timestamp>)> {
        let end = match (self.to_lo, self.to_hi) {
            (Some(lo), _) => Some(lo),
            (None, None) => None,
            (None, Some(_)) => return None,
        };
        match end {
            Some(end) if end <= self.from_hi => None,
            _ => Some((self.from_hi, end)),
        }
    }

    /// Whether the fact certainly held at some instant of the period.
    #[must_use]
    pub fn certainly_meets(&self, period: &Period) -> bool {
        self.certain()
            .is_some_and(|(from, to)| from < period.to && to.is_none_or(|to| to > period.from))
    }

    /// Whether both ends are exact (or the fact is not known to have ended).
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.from_lo == Some(self.from_hi) && self.to_lo == self.to_hi
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn pinned_ends_are_half_open() {
        let v = Validity {
            from_lo: Some(t(10)),
            from_hi: t(10),
            to_lo: Some(t(20)),
            to_hi: Some(t(20)),
        };
        assert_eq!(v.held_at(t(9)), Held::No);
        assert_eq!(v.held_at(t(10)), Held::Yes);
        assert_eq!(v.held_at(t(19)), Held::Yes);
        assert_eq!(v.held_at(t(20)), Held::No);
        assert!(v.is_pinned());
    }

    #[test]
    fn uncertainty_is_maybe() {
        let v = Validity {
            from_lo: Some(t(5)),
            from_hi: t(10),
            to_lo: Some(t(20)),
            to_hi: Some(t(30)),
        };
        assert_eq!(v.held_at(t(5)), Held::No);
        assert_eq!(v.held_at(t(6)), Held::Maybe);
        assert_eq!(v.held_at(t(10)), Held::Yes);
        assert_eq!(v.held_at(t(20)), Held::Yes);
        assert_eq!(v.held_at(t(21)), Held::Maybe);
        assert_eq!(v.held_at(t(30)), Held::No);
    }

    #[test]
    fn an_unknown_start_is_maybe_before_it_was_seen() {
        let v = Validity { from_lo: None, from_hi: t(10), to_lo: None, to_hi: None };
        assert_eq!(v.held_at(t(-1_000)), Held::Maybe);
        assert_eq!(v.held_at(t(10)), Held::Yes);
        assert_eq!(v.certain(), Some((t(10), None)));
    }
}
