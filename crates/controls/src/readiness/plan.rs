//! The plan backwards from the close of the window.
//!
//! Distances are customary, not prescribed: nobody publishes them as a rule.

use serde::Serialize;
use tenure_model::Timestamp;
use tenure_model::calendar::Calendar;

/// A date and what should be done by it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Phase {
    /// By when; moved to the business day before.
    pub by: Timestamp,
    /// What.
    pub what: String,
    /// Whether that date is past.
    pub past: bool,
}

/// Days before (negative) or after the close.
const PHASES: &[(i64, &str)] = &[
    (-84, "each control's owner walks through their control with its evidence"),
    (
        -56,
        "the last access review of the window begins, so that its revocations are verified before the close",
    ),
    (-42, "populations are drawn once for practice, reconciled with their second sources"),
    (-28, "open deviations are ended, or under an approved exception with an end"),
    (
        -14,
        "changes to controls stop; late evidence is collected, gaps in logs are closed where the source still keeps them",
    ),
    (0, "the window closes"),
    (2, "last collection of every source"),
    (7, "populations are frozen and handed over with their completeness statements"),
    (14, "samples are drawn from the frozen populations"),
    (42, "responses to deviations: cause, impact, what was put right and when"),
];

/// The phases around a close, those of the past marked.
#[must_use]
pub fn backwards(close: Timestamp, now: Timestamp, calendar: &Calendar) -> Vec<Phase> {
    PHASES
        .iter()
        .map(|(days, what)| {
            let mut by = close.plus_micros(days * Timestamp::DAY);
            // The close is what it is; work is done on business days.
            while *days != 0 && !calendar.is_business_day(by) {
                by = by.plus_micros(-Timestamp::DAY);
            }
            Phase { by, what: (*what).to_owned(), past: by < now }
        })
        .collect()
}
