//! The four ways to test a control, and what they share.
//!
//! Each kind turns the rows of its queries into population items and findings; what follows is the
//! same for all: clipping, policy exceptions, counts, the population's statement, a conclusion.

use std::collections::BTreeMap;

use tenure_model::calendar::Calendar;
use tenure_model::evaluation::{Deviation, PopulationItem};
use tenure_model::outcome::Outcome;
use tenure_model::{Period, Timestamp};

use crate::definition::Setting;

pub(crate) mod conclude;
pub(crate) mod config;
pub(crate) mod coverage;
pub(crate) mod event;
pub(crate) mod intervals;
pub(crate) mod reconcile;
pub(crate) mod recurring;
pub(crate) mod rows;
pub(crate) mod scopes;
pub(crate) mod silence;
pub(crate) mod state;
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
    /// The end of the whole period, against which performances are held.
    pub(crate) tail: timing::Tail,
    /// The instants of performances that count here: a version of the control takes those of its
    /// part of the period, the last one also what came later.
    pub(crate) until: Timestamp,
}

impl Test<'_> {
    /// `at` plus the duration that a parameter gives; `at` itself, where it gives none.
    pub(crate) fn plus(&self, at: Timestamp, parameter: &str) -> Timestamp {
        match self.definition.setting(parameter) {
            Some(Setting::Duration(sla)) => self.calendar.add(at, sla),
            Some(Setting::Micros(micros)) => at.plus_micros(micros),
            _ => at,
        }
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

    /// Gives each item the worst outcome of its findings, attribute by attribute.
    pub(crate) fn settle(&mut self) {
        self.items.sort();
        self.findings.sort();
        self.findings.dedup();
        let mut by_item: BTreeMap<&str, Vec<&Deviation>> = BTreeMap::new();
        for finding in &self.findings {
            by_item.entry(&finding.item).or_default().push(finding);
        }
        for item in &mut self.items {
            for finding in by_item.get(item.item.as_str()).into_iter().flatten() {
                let outcome =
                    item.attributes.entry(finding.attribute.clone()).or_insert(finding.outcome);
                *outcome = (*outcome).max(finding.outcome);
            }
            item.outcome =
                item.attributes.values().copied().max().unwrap_or(Outcome::NotApplicable);
        }
    }
}
