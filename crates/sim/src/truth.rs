//! The truth: what was planted, written by whoever planted it, never by an evaluation.

use serde::{Deserialize, Serialize};
use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

/// What kind of thing was planted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A deviation: it must be found, with its outcome and its stretch.
    Deviation,
    /// Something that is nearly a deviation: nothing may be found.
    NearMiss,
    /// Evidence that is missing: the outcome must say so, and never be supported.
    Gap,
    /// How the company is, for every item or every one of a system: that it keeps no record of
    /// something, for instance. What is found of it is neither a find nor false; that nothing is found
    /// of it is a miss.
    Circumstance,
}

/// One planted thing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Planted {
    /// The control that it concerns.
    pub control: String,
    /// The item of its population; for circumstances what items begin with, and `*`.
    pub item: String,
    /// The attribute.
    pub attribute: String,
    /// What it is.
    pub kind: Kind,
    /// What the evaluation must say.
    pub outcome: Outcome,
    /// Start, clipped to the period.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<Timestamp>,
    /// End, clipped to the period; absent = still so at its end, or, without a start, not a matter
    /// of time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<Timestamp>,
    /// Whether the end may be told in any way: of an event it is when something was done about it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub any_end: bool,
    /// By how many microseconds an end may differ, where sources leave it open.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub tolerance: i64,
    /// Why it is one, for people.
    pub reason: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references over")]
const fn is_zero(n: &i64) -> bool {
    *n == 0
}

/// Everything that was planted.
#[derive(Clone, Default, Debug)]
pub struct Truth(Vec<Planted>);

impl Truth {
    /// A deviation of one item over a stretch.
    pub fn deviation(
        &mut self,
        (control, item, attribute): (&str, &str, &str),
        outcome: Outcome,
        (from, to): (Timestamp, Option<Timestamp>),
        reason: &str,
    ) {
        let (from, kind) = (Some(from), Kind::Deviation);
        self.0.push(planted((control, item, attribute), kind, outcome, (from, to), reason));
    }

    /// Something that comes close and is none.
    pub fn near_miss(&mut self, place: (&str, &str, &str), reason: &str) {
        self.0.push(planted(place, Kind::NearMiss, Outcome::Supported, (None, None), reason));
    }

    /// Missing evidence over a stretch.
    pub fn gap(
        &mut self,
        place: (&str, &str, &str),
        stretch: (Option<Timestamp>, Option<Timestamp>),
        reason: &str,
    ) {
        self.0.push(planted(place, Kind::Gap, Outcome::Indeterminate, stretch, reason));
    }

    /// Missing evidence of something that has to be on record: its absence is not demonstrated.
    pub fn missing(
        &mut self,
        place: (&str, &str, &str),
        (from, to): (Timestamp, Option<Timestamp>),
        reason: &str,
    ) {
        let (outcome, stretch) = (Outcome::NotDemonstrated, (Some(from), to));
        self.0.push(planted(place, Kind::Gap, outcome, stretch, reason));
    }

    /// How the company is, for every item that begins as the pattern does before its `*`.
    pub fn circumstance(&mut self, place: (&str, &str, &str), outcome: Outcome, why: &str) {
        self.0.push(planted(place, Kind::Circumstance, outcome, (None, None), why));
    }

    /// Allows the last thing planted to differ by so much at its ends.
    pub fn give_or_take(&mut self, micros: i64) {
        if let Some(last) = self.0.last_mut() {
            last.tolerance = micros;
        }
    }

    /// Allows the last thing planted to end at any instant.
    pub fn whenever_it_ends(&mut self) {
        if let Some(last) = self.0.last_mut() {
            last.any_end = true;
        }
    }

    /// What is planted so far of attributes of a control.
    pub fn of<'t>(
        &'t self,
        control: &'t str,
        attributes: &'t [&str],
    ) -> impl Iterator<Item = &'t Planted> {
        let about = move |p: &&Planted| p.control == control && attributes.contains(&&*p.attribute);
        self.0.iter().filter(about)
    }

    /// What follows from what is planted.
    pub fn follows(&mut self, planted: Vec<Planted>) {
        self.0.extend(planted);
    }

    /// Leaves out what would begin only at an instant or later: a period ends there, and what falls due
    /// after it is no part of what is planted in it.
    #[must_use]
    pub fn before(mut self, end: Timestamp) -> Self {
        self.0.retain(|planted| planted.from.is_none_or(|from| from < end));
        self
    }

    /// In order of control, item and attribute.
    #[must_use]
    pub fn sorted(mut self) -> Vec<Planted> {
        self.0.sort();
        self.0
    }
}

fn planted(
    (control, item, attribute): (&str, &str, &str),
    kind: Kind,
    outcome: Outcome,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    reason: &str,
) -> Planted {
    Planted {
        control: control.to_owned(),
        item: item.to_owned(),
        attribute: attribute.to_owned(),
        kind,
        outcome,
        from,
        to,
        any_end: false,
        tolerance: 0,
        reason: reason.to_owned(),
    }
}
