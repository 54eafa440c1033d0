//! What a test of one attribute concluded, and what a population's completeness is worth.

use serde::{Deserialize, Serialize};

/// Outcome of one attribute of one item. An item takes its worst.
///
/// The order is from best to worst; `max` of the attributes is the item's outcome.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The attribute does not apply; excluded.
    NotApplicable,
    /// Evidence shows that it held.
    Supported,
    /// The deadline lies after what is known; listed, excluded from the rate.
    NotYetDue,
    /// A source gap or conflicting sources; blocks "no deviations".
    Indeterminate,
    /// The record that should show it is missing; a deviation, marked as such.
    NotDemonstrated,
    /// Evidence shows that it did not hold; a deviation.
    Contradicted,
}

impl Outcome {
    /// All outcomes, in the order reports list them.
    pub const ALL: [Self; 6] = [
        Self::Supported,
        Self::Contradicted,
        Self::NotDemonstrated,
        Self::Indeterminate,
        Self::NotYetDue,
        Self::NotApplicable,
    ];

    /// The name in SQL, JSON and pages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Contradicted => "contradicted",
            Self::NotDemonstrated => "not_demonstrated",
            Self::Indeterminate => "indeterminate",
            Self::NotYetDue => "not_yet_due",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// Whether it counts as a deviation.
    #[must_use]
    pub const fn is_deviation(self) -> bool {
        matches!(self, Self::Contradicted | Self::NotDemonstrated)
    }
}

impl std::str::FromStr for Outcome {
    type Err = UnknownOutcome;

    fn from_str(text: &str) -> Result<Self, UnknownOutcome> {
        Self::ALL
            .into_iter()
            .find(|o| o.as_str() == text)
            .ok_or_else(|| UnknownOutcome(text.to_owned()))
    }
}

/// The text names no outcome.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "'{0}' is no outcome; the outcomes are supported, contradicted, not_demonstrated, indeterminate, not_yet_due, not_applicable"
)]
pub struct UnknownOutcome(pub String);

/// Whether a population was shown to be complete.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PopulationVerdict {
    /// Every source is covered by proof or assertion for the whole period and reconciles.
    DemonstratedComplete,
    /// Complete but for gaps that are named.
    CompleteWithNotedGaps,
    /// Nothing shows it complete; blocks "no deviations noted".
    NotDemonstrated,
}

impl PopulationVerdict {
    /// The name in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DemonstratedComplete => "demonstrated_complete",
            Self::CompleteWithNotedGaps => "complete_with_noted_gaps",
            Self::NotDemonstrated => "not_demonstrated",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_wins() {
        let worst = [Outcome::Supported, Outcome::NotDemonstrated, Outcome::Indeterminate]
            .into_iter()
            .max();
        assert_eq!(worst, Some(Outcome::NotDemonstrated));
    }

    #[test]
    fn names_round_trip() {
        for outcome in Outcome::ALL {
            assert_eq!(outcome.as_str().parse(), Ok(outcome));
        }
    }
}
