//! Words, numbers and instants as people read them.

use tenure_model::evaluation::ControlResult;
use tenure_model::outcome::PopulationVerdict;
use tenure_model::{Outcome, Timestamp};

/// What can be said of a control in a few words. Never that it is fulfilled: that is the auditor's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    Deviations,
    NotDemonstrated,
    Indeterminate,
    NothingNoted,
    NoOccurrences,
}

impl Standing {
    pub(super) const ALL: [Self; 5] = [
        Self::Deviations,
        Self::NotDemonstrated,
        Self::Indeterminate,
        Self::NothingNoted,
        Self::NoOccurrences,
    ];

    /// The most serious thing to say comes first; a population that is not demonstrated blocks
    /// every favourable word.
    pub(super) fn of(control: &ControlResult) -> Self {
        let indeterminate = control.items.get(&Outcome::Indeterminate).copied().unwrap_or_default();
        if control.deviations.gross > 0 {
            Self::Deviations
        } else if control.population.verdict == PopulationVerdict::NotDemonstrated {
            Self::NotDemonstrated
        } else if indeterminate > 0 {
            Self::Indeterminate
        } else if control.population.count == 0 {
            Self::NoOccurrences
        } else {
            Self::NothingNoted
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Deviations => "Deviations noted",
            Self::NotDemonstrated => "Population not demonstrated",
            Self::Indeterminate => "Indeterminate",
            Self::NothingNoted => "No deviations noted",
            Self::NoOccurrences => "No occurrences; not tested",
        }
    }

    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Deviations => "s-dev",
            Self::NotDemonstrated => "s-nd",
            Self::Indeterminate => "s-ind",
            Self::NothingNoted => "s-none",
            Self::NoOccurrences => "s-zero",
        }
    }
}

pub(super) const fn population(verdict: PopulationVerdict) -> &'static str {
    match verdict {
        PopulationVerdict::DemonstratedComplete => "demonstrated complete",
        PopulationVerdict::CompleteWithNotedGaps => "complete with noted gaps",
        PopulationVerdict::NotDemonstrated => "not demonstrated",
    }
}

pub(super) const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Supported => "supported",
        Outcome::Contradicted => "contradicted",
        Outcome::NotDemonstrated => "not demonstrated",
        Outcome::Indeterminate => "indeterminate",
        Outcome::NotYetDue => "not yet due",
        Outcome::NotApplicable => "not applicable",
    }
}

pub(super) const fn outcome_class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Supported => "o-sup",
        Outcome::Contradicted => "o-con",
        Outcome::NotDemonstrated => "o-nd",
        Outcome::Indeterminate => "o-ind",
        Outcome::NotYetDue => "o-nyd",
        Outcome::NotApplicable => "o-na",
    }
}

/// `12,345`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `2025-07-01`.
pub(super) fn date(at: Timestamp) -> String {
    at.date()
}

/// `2025-07-01` at midnight, otherwise `2025-07-01 10:20:30`. Always UTC, and the page says so.
pub(super) fn instant(at: Timestamp) -> String {
    if at == at.day_start() {
        return at.date();
    }
    at.to_string().replace('T', " ").trim_end_matches('Z').to_owned()
}

pub(super) const GLOSSARY: [(&str, &str); 14] = [
    ("Attribute", "One question asked of every item, such as “was it approved before it began?”."),
    (
        "Carried in, carried out",
        "A deviation that began before the period, or was still open at its end. Its days are counted inside the period only.",
    ),
    (
        "Checkpoint",
        "The log's signed statement of its size and root hash. Every proof in this pack leads to one checkpoint.",
    ),
    ("Contradicted", "Evidence shows that it did not hold. A deviation."),
    (
        "Coverage",
        "What is known of the completeness of a stream of data over time: proven by the source's own material, asserted, a known gap, or unknown.",
    ),
    (
        "Deviation",
        "A test of one attribute of one item that did not hold, or could not be shown to hold.",
    ),
    (
        "Gross, net",
        "All deviations; those that no policy exception covers. An exception annotates a deviation and never removes it.",
    ),
    (
        "Indeterminate",
        "The evidence has a gap there, or its timing is too uncertain to decide. It blocks “no deviations noted”.",
    ),
    (
        "IPE",
        "Information produced by the entity: what a population rests on, and how complete it is shown to be.",
    ),
    (
        "Not demonstrated",
        "The record that should show it is missing. Counted as a deviation and marked as such. Of a population: nothing shows it complete.",
    ),
    (
        "Not yet due",
        "The time to act had not run out when the results were drawn. Listed, and left out of the rate.",
    ),
    ("Policy exception", "A waiver that management approved for a time."),
    ("Population", "Everything that a control applies to in the period."),
    ("Supported", "Evidence shows that it held."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(12_345_678), "12,345,678");
    }

    #[test]
    fn instants_are_short_at_midnight() {
        let at: Timestamp = "2025-07-01T10:20:30.5Z".parse().expect("an instant");
        assert_eq!(instant(at), "2025-07-01 10:20:30.5");
        assert_eq!(instant(at.day_start()), "2025-07-01");
    }
}
