//! STATE: a predicate that must hold for each entity at each instant of its exposure.
//!
//! Queries: `exposure(item, label, from_ts, to_ts, system, evidence)` and
//! `violation(item, attribute, outcome, from_lo, from_hi, to_lo, to_hi, reason, evidence,
//! silent_from)`; `silent_from` = since when a log must have been silent for it to be so. A row with
//! the outcome `not_applicable` says that the attribute does not apply to the item at all, one with
//! `supported` that it applies and held.

use std::collections::BTreeSet;

use tenure_model::evaluation::{Deviation, Performance, PopulationItem};
use tenure_model::outcome::Outcome;
use tenure_model::{Evidence, Outcomes, Text, Timestamp};

use crate::engine::excused::uncovered;
use crate::engine::intervals::{Interval, OPEN, days, difference, intersection, union};
use crate::engine::rows::{Exposed, exposed};
use crate::engine::silence::{doubted, unknown};
use crate::engine::statements::{Statement, Statements, Texts, statements};
use crate::engine::{Test, Tested};
use crate::session::QueryError;

pub(crate) fn test(test: &Test<'_>) -> Result<Tested, QueryError> {
    let mut texts = Texts::default();
    let exposures = exposed(test, "exposure", &mut texts)?;
    let statements = statements(test, "violation", texts)?;
    Ok(judge(test, gather(test, exposures), &statements))
}

/// An entity and the stretches of the period for which it must conform.
pub(crate) struct Exposure {
    pub(crate) first: Exposed,
    pub(crate) stretches: Vec<Interval>,
}

/// Joins the rows of each item and clips them to the period, as far as evidence is considered. In
/// order of the items, each made when it is asked for.
pub(crate) fn gather<'t>(
    test: &'t Test<'t>,
    mut rows: Vec<Exposed>,
) -> impl Iterator<Item = Exposure> + use<'t> {
    let window = [(test.period.from, test.end())];
    let clipped = move |row: &Exposed| {
        let stretch = (row.from, row.to.unwrap_or(OPEN));
        let scoped = intersection(&union(vec![stretch]), test.scopes.of(row.system.as_deref()));
        intersection(&scoped, &window)
    };
    // Not in the order of the query: where its parts run side by side, that is chance.
    rows.sort_unstable_by(|a, b| told(a).cmp(&told(b)));
    let mut rows = rows.into_iter().peekable();
    let exposures = std::iter::from_fn(move || {
        let first = rows.next()?;
        let mut stretches = clipped(&first);
        while let Some(row) = rows.next_if(|row| row.item == first.item) {
            stretches.extend(clipped(&row));
        }
        if stretches.len() > 1 {
            stretches = union(stretches);
        }
        Some(Exposure { first, stretches })
    });
    exposures.filter(|exposure| !exposure.stretches.is_empty())
}

/// The first row of an item in time tells what it is.
fn told(row: &Exposed) -> (&Text, Timestamp, &Text, Option<&Text>, &Evidence) {
    (&row.item, row.from, &row.label, row.system.as_ref(), &row.evidence)
}

/// Judges exposures by statements about their attributes, item by item in order of their names.
pub(crate) fn judge(
    test: &Test<'_>,
    exposures: impl Iterator<Item = Exposure>,
    rows: &Statements,
) -> Tested {
    let mut order = rows.by_item().into_iter().peekable();
    let (mut tested, mut figures) = (Tested::of(test), Figures::default());
    let blank = test.outcomes(Outcome::Supported);
    for exposure in exposures {
        let name = &exposure.first.item;
        while order.next_if(|row| rows.item(*row) < name).is_some() {}
        let mut about = Vec::new();
        while let Some(row) = order.next_if(|row| rows.item(*row) == name) {
            about.extend(doubted(test, &exposure, rows.get(row)));
        }
        let idle = one(test, &exposure, about, &mut tested, &mut figures);
        tested.items.push(item(test, exposure, &blank, &idle));
    }
    figures.tell(&mut tested);
    tested
}

/// Counts the end of a violation in the period as its repair. An instant is nothing that is repaired.
fn repaired(finding: &Deviation, tested: &mut Tested) {
    let Some(made) = finding.to.filter(|_| finding.outcome.is_deviation()) else { return };
    if made.micros() - finding.from.micros() > 1 {
        let (item, attribute) = (finding.item.clone(), finding.attribute.clone());
        tested.timed.made(&Performance { item, about: finding.from, made, attribute }, false);
    }
}

/// Judges one item by the statements about it; gives the attributes that do not apply to it.
fn one(
    test: &Test<'_>,
    exposure: &Exposure,
    about: Vec<Statement>,
    tested: &mut Tested,
    figures: &mut Figures,
) -> BTreeSet<Text> {
    let outcome = |row: &Statement| row.outcome.unwrap_or(Outcome::Contradicted);
    let (idle, mut about): (Vec<_>, Vec<_>) =
        about.into_iter().partition(|row| outcome(row) == Outcome::NotApplicable);
    let mut idle: BTreeSet<_> = idle.into_iter().map(|row| row.attribute).collect();
    idle.extend(untold(test, exposure, &about));
    about.retain(|row| outcome(row) != Outcome::Supported);
    about.sort_by(|a, b| (&a.attribute, outcome(a)).cmp(&(&b.attribute, outcome(b))));
    let (mut violated, begun) = (Vec::new(), tested.findings.len());
    let same =
        |a: &Statement, b: &Statement| a.attribute == b.attribute && outcome(a) == outcome(b);
    for rows in about.chunk_by(same) {
        let (attribute, outcome) = (&rows[0].attribute, outcome(&rows[0]));
        for finding in findings(test, exposure, attribute, outcome, rows) {
            if finding.outcome.is_deviation() {
                violated.push((finding.from, finding.to.unwrap_or(test.period.to)));
            }
            repaired(&finding, tested);
            tested.findings.push(finding);
        }
    }
    idle.extend(unexcused(test, tested, begun));
    tested.findings.extend(unknown(test, exposure, &idle));
    figures.add(&exposure.stretches, violated);
    idle
}

/// Adds what no policy exception covers of the findings of an item, from the first of them on; gives the
/// attribute that asks for one where none is needed.
fn unexcused(test: &Test<'_>, tested: &mut Tested, first: usize) -> Option<Text> {
    let asked = test.definition.exceptions.as_ref()?;
    let Some(lacking) = uncovered(test, asked, &tested.findings[first..]) else {
        return Some(asked.attribute.as_str().into());
    };
    tested.findings.extend(lacking);
    None
}

/// The attributes that apply only where something is said of them, and nothing is of the exposure.
fn untold(test: &Test<'_>, exposure: &Exposure, about: &[Statement]) -> Vec<Text> {
    let told = |letter: &&String| {
        about
            .iter()
            .filter(|row| row.attribute == *letter.as_str())
            .any(|row| exposure.stretches.iter().any(|(from, to)| touches(row, *from, *to)))
    };
    let silent = test.definition.applies_if_told.iter().filter(|letter| !told(letter));
    silent.map(|letter| letter.as_str().into()).collect()
}

/// The item, each attribute supported until a finding says otherwise, unless it does not apply.
fn item(
    test: &Test<'_>,
    exposure: Exposure,
    blank: &Outcomes,
    idle: &BTreeSet<Text>,
) -> PopulationItem {
    let mut attributes = blank.clone();
    for attribute in idle.iter().filter(|attribute| blank.get(attribute).is_some()) {
        attributes.set(attribute, Outcome::NotApplicable);
    }
    let (first, last) = (exposure.stretches[0], exposure.stretches[exposure.stretches.len() - 1]);
    PopulationItem {
        item: exposure.first.item,
        from: first.0,
        to: (last.1 < test.period.to.min(test.as_of)).then_some(last.1),
        label: exposure.first.label,
        attributes,
        outcome: Outcome::Supported,
        evidence: exposure.first.evidence,
    }
}

/// Maximal stretches in which the attribute certainly does not hold, after the grace; where it only
/// perhaps does not, it is indeterminate.
fn findings(
    test: &Test<'_>,
    exposure: &Exposure,
    attribute: &Text,
    outcome: Outcome,
    rows: &[Statement],
) -> Vec<Deviation> {
    let (mut certain, mut possible) = (Vec::new(), Vec::new());
    for validity in rows.iter().filter_map(|r| r.validity) {
        if let Some((from, to)) = validity.certain() {
            certain.push((from, to.unwrap_or(OPEN)));
        }
        // An unknown start says nothing of the time before; it is not treated as a violation there.
        let from = validity.from_lo.unwrap_or(validity.from_hi);
        possible.push((from, validity.to_hi.unwrap_or(OPEN)));
    }
    let certain = after_grace(test, union(certain));
    let possible = after_grace(test, union(possible));
    let mut found = Vec::new();
    for stretch in intersection(&certain, &exposure.stretches) {
        found.push(finding(test, attribute, outcome, stretch, &certain, rows));
    }
    for stretch in difference(&intersection(&possible, &exposure.stretches), &certain) {
        found.push(finding(test, attribute, Outcome::Indeterminate, stretch, &possible, rows));
    }
    found
}

/// A finding over a stretch of the exposure; `violations` are the whole intervals it was cut from.
fn finding(
    test: &Test<'_>,
    attribute: &Text,
    outcome: Outcome,
    (from, to): Interval,
    violations: &[Interval],
    rows: &[Statement],
) -> Deviation {
    let end = test.end();
    let began_before = violations.iter().any(|v| v.0 < from && from < v.1);
    let goes_on = violations.iter().any(|v| v.0 < to && to < v.1);
    let carry_out = to >= end && goes_on;
    let about: Vec<_> = rows.iter().filter(|row| touches(row, from, to)).collect();
    Deviation {
        item: rows.first().map(|row| row.item.clone()).unwrap_or_default(),
        from,
        to: (!carry_out).then_some(to),
        attribute: attribute.clone(),
        outcome,
        carry_in: began_before && from == test.period.from,
        carry_out,
        reason: about.first().map(|row| row.reason.clone()).unwrap_or_default(),
        exception: None,
        due: None,
        evidence: joined(&about),
    }
}

/// The records of all of the statements, each once, in order.
fn joined(about: &[&Statement]) -> Evidence {
    match about {
        [one] => one.evidence.sorted(),
        all => {
            let pointers: BTreeSet<_> = all.iter().flat_map(|row| row.evidence.iter()).collect();
            pointers.into_iter().collect()
        }
    }
}

/// Whether a statement is about some instant of the stretch.
fn touches(row: &Statement, from: Timestamp, to: Timestamp) -> bool {
    row.validity.is_some_and(|v| {
        v.from_lo.unwrap_or(v.from_hi) < to && v.to_hi.is_none_or(|end| end > from)
    })
}

fn after_grace(test: &Test<'_>, intervals: Vec<Interval>) -> Vec<Interval> {
    intervals
        .into_iter()
        .map(|(from, to)| (test.plus(from, "grace"), to))
        .filter(|(from, to)| from < to)
        .collect()
}

/// Figures for people, item by item.
#[derive(Default)]
struct Figures {
    exposed: f64,
    violating: f64,
    longest: f64,
    intervals: usize,
    items: usize,
}

impl Figures {
    fn add(&mut self, exposed: &[Interval], violated: Vec<Interval>) {
        self.exposed += days(exposed);
        if violated.is_empty() {
            return;
        }
        let violated = union(violated);
        self.violating += days(&violated);
        self.longest = violated.iter().map(|i| days(&[*i])).fold(self.longest, f64::max);
        self.intervals += violated.len();
        self.items += 1;
    }

    fn tell(&self, tested: &mut Tested) {
        let mut set = |name: &str, value: String| tested.figures.insert(name.to_owned(), value);
        set("exposed_days", format!("{:.3}", self.exposed));
        set("violating_days", format!("{:.3}", self.violating));
        set("longest_violation_days", format!("{:.3}", self.longest));
        set("violating_intervals", self.intervals.to_string());
        set("items_violating", self.items.to_string());
    }
}
