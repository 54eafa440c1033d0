//! The four ways to test a control, and what they share.
//!
//! Each kind turns the rows of its queries into population items and findings; what follows is the
//! same for all: clipping, policy exceptions, counts, the population's statement, a conclusion.

use std::collections::BTreeMap;

use tenure_model::calendar::Calendar;
use tenure_model::evaluation::{Deviation, PopulationItem};
use tenure_model::outcome::Outcome;
use tenure_model::{Outcomes, Period, Timestamp};

use crate::definition::Setting;

pub(crate) mod conclude;
pub(crate) mod config;
pub(crate) mod coverage;
pub(crate) mod event;
pub(crate) mod excused;
pub(crate) mod intervals;
pub(crate) mod reconcile;
pub(crate) mod recurring;
pub(crate) mod rows;
pub(crate) mod scopes;
pub(crate) mod silence;
pub(crate) mod state;
pub(crate) mod statements;
pub(crate) mod timing;
pub(crate) mod waivers;

/// What a kind's test needs to know beside its rows.
pub(crate) struct Test<'t> {
    pub(crate) definition: &'t crate::definition::Definition,
    pub(crate) period: Period,
    /// The instant up to which evidence is considered.
    pub(crate) as_of: Timestamp,
    pub(crate) session: &'t crate::session::Session,
    /// What the required streams look like.
    pub(crate) coverage: &'t coverage::Coverage,
    /// Which business days there are.
    pub(crate) calendar: &'t Calendar,
    /// When systems are in scope.
    pub(crate) scopes: &'t scopes::Scopes,
    /// Policy exceptions.
    pub(crate) waivers: &'t waivers::Waivers,
    /// The end of the whole period, against which performances are held.
    pub(crate) tail: timing::Tail,
    /// The instants of performances that count here: a version of the control takes those of its
    /// part of the period, the last one also what came later.
    pub(crate) until: Timestamp,
}

impl Test<'_> {
    /// `at` plus the duration that a parameter gives; `at` itself, where it gives none.
    pub(crate) fn plus(&self, at: Timestamp, parameter: &str) -> Timestamp {
        self.after(at, self.definition.setting(parameter).as_ref())
    }

    /// `at` plus a duration; `at` itself, where it is none.
    pub(crate) fn after(&self, at: Timestamp, setting: Option<&Setting>) -> Timestamp {
        match setting {
            Some(Setting::Duration(sla)) => self.calendar.add(at, *sla),
            Some(Setting::Micros(micros)) => at.plus_micros(*micros),
            _ => at,
        }
    }

    /// The same outcome for each attribute of the control.
    pub(crate) fn outcomes(&self, outcome: Outcome) -> Outcomes {
        Outcomes::of(self.definition.attributes.keys().map(String::as_str), outcome)
    }

    /// The end of what can be tested: of the period, or of what is known.
    pub(crate) fn end(&self) -> Timestamp {
        self.period.to.min(self.as_of)
    }
}

/// What a kind's test gives.
#[derive(Default)]
pub(crate) struct Tested {
    /// The population, each item with every attribute.
    pub(crate) items: Vec<PopulationItem>,
    /// What is not supported.
    pub(crate) findings: Vec<Deviation>,
    /// Figures for people.
    pub(crate) figures: BTreeMap<String, String>,
    /// When things were done.
    pub(crate) timed: timing::Timed,
}

impl Tested {
    /// Nothing yet of a test.
    pub(crate) fn of(test: &Test<'_>) -> Self {
        Self { timed: timing::Timed::against(test.tail), ..Self::default() }
    }

    /// Takes in what another version of the control gave.
    pub(crate) fn join(&mut self, other: Self) {
        if self.items.is_empty() && self.findings.is_empty() {
            // The usual case: one version, whose rows are not copied.
            (self.items, self.findings) = (other.items, other.findings);
        } else {
            self.items.extend(other.items);
            self.findings.extend(other.findings);
        }
        self.figures.extend(other.figures);
        self.timed.join(other.timed);
    }

    /// Gives each item the worst outcome of its findings, attribute by attribute.
    pub(crate) fn settle(&mut self) {
        // Equal ones are the same, so nothing is lost by a sort that needs no memory of its own.
        self.items.sort_unstable();
        in_order(&mut self.findings);
        self.findings.dedup();
        let mut left = self.findings.as_slice();
        for item in &mut self.items {
            let before = left.iter().take_while(|finding| finding.item < item.item).count();
            left = &left[before..];
            // Another stretch of the same item is told the same.
            for finding in left.iter().take_while(|finding| finding.item == item.item) {
                let known = item.attributes.get(&finding.attribute);
                let worse = known.map_or(finding.outcome, |known| known.max(finding.outcome));
                item.attributes.set(&finding.attribute, worse);
            }
            item.outcome = item.attributes.worst().unwrap_or(Outcome::NotApplicable);
        }
    }
}

/// Sorts findings. Mostly they come item by item: then only those of each item are out of order, and
/// millions of long names need not be compared again and again.
pub(crate) fn in_order(findings: &mut [Deviation]) {
    if findings.is_sorted_by(|a, b| a.item <= b.item) {
        findings.chunk_by_mut(|a, b| a.item == b.item).for_each(<[_]>::sort_unstable);
    } else {
        findings.sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tenure_model::Evidence;

    use super::*;

    fn finding((item, from, attribute): (u8, i64, u8)) -> Deviation {
        Deviation {
            item: item.to_string().into(),
            from: Timestamp::from_micros(from),
            to: None,
            attribute: attribute.to_string().into(),
            outcome: Outcome::Contradicted,
            carry_in: false,
            carry_out: true,
            due: None,
            reason: "why".into(),
            exception: None,
            evidence: Evidence::default(),
        }
    }

    proptest! {
        #[test]
        fn findings_come_in_their_own_order(
            places in prop::collection::vec((0_u8..4, 0_i64..4, 0_u8..3), 0..40),
            by_item: bool,
        ) {
            let mut findings: Vec<_> = places.into_iter().map(finding).collect();
            if by_item {
                findings.sort_by(|a, b| a.item.cmp(&b.item));
            }
            let mut sorted = findings.clone();
            sorted.sort();
            in_order(&mut findings);
            prop_assert_eq!(findings, sorted);
        }
    }
}
