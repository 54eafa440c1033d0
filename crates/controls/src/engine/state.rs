//! STATE: a predicate that must hold for each entity at each instant of its exposure.
//!
//! Queries: `exposure(item, label, from_ts, to_ts, system, evidence)` and
//! `violation(item, attribute, outcome, from_lo, from_hi, to_lo, to_hi, reason, evidence,
//! silent_from)`; `silent_from` = since when a log must have been silent for it to be so. A row with
//! the outcome `not_applicable` says that the attribute does not apply to the item at all.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Add;

use tenure_model::Timestamp;
use tenure_model::evaluation::{Deviation, Performance, PopulationItem};
use tenure_model::outcome::Outcome;

use crate::engine::intervals::{Interval, OPEN, days, difference, intersection, union};
use crate::engine::rows::{Exposed, Statement, exposed, statements};
use crate::engine::silence::{doubted, unknown};
use crate::engine::{Test, Tested};
use crate::session::QueryError;

pub(crate) fn test(test: &Test<'_>) -> Result<Tested, QueryError> {
    let exposures = gather(test, exposed(test, "exposure")?);
    Ok(judge(test, exposures, statements(test, "violation")?))
}

/// An entity and the stretches of the period for which it must conform.
pub(crate) struct Exposure {
    pub(crate) first: Exposed,
    pub(crate) stretches: Vec<Interval>,
}

/// Joins the rows of each item and clips them to the period, as far as evidence is considered.
pub(crate) fn gather(test: &Test<'_>, rows: Vec<Exposed>) -> BTreeMap<String, Exposure> {
    let window = [(test.period.from, test.end())];
    let mut all: BTreeMap<String, Exposure> = BTreeMap::new();
    for row in rows {
        let stretch = (row.from, row.to.unwrap_or(OPEN));
        let scoped = intersection(&union(vec![stretch]), test.scopes.of(row.system.as_deref()));
        let exposure = all
            .entry(row.item.clone())
            .or_insert_with(|| Exposure { first: row, stretches: Vec::new() });
        exposure.stretches.extend(scoped);
    }
    for exposure in all.values_mut() {
        exposure.stretches = intersection(&union(std::mem::take(&mut exposure.stretches)), &window);
    }
    all.retain(|_, exposure| !exposure.stretches.is_empty());
    all
}

/// Judges exposures by statements about their attributes.
pub(crate) fn judge(
    test: &Test<'_>,
    exposures: BTreeMap<String, Exposure>,
    rows: Vec<Statement>,
) -> Tested {
    let mut by_attribute: BTreeMap<(String, String, Outcome), Vec<Statement>> = BTreeMap::new();
    let rows = rows.into_iter().flat_map(|row| match exposures.get(&row.item) {
        Some(exposure) => doubted(test, exposure, row),
        None => Vec::new(),
    });
    let mut idle: BTreeSet<(String, String)> = BTreeSet::new();
    for row in rows {
        let outcome = row.outcome.unwrap_or(Outcome::Contradicted);
        if outcome == Outcome::NotApplicable {
            idle.insert((row.item, row.attribute));
            continue;
        }
        by_attribute
            .entry((row.item.clone(), row.attribute.clone(), outcome))
            .or_default()
            .push(row);
    }
    let mut tested = Tested::of(test);
    let mut violated: BTreeMap<String, Vec<Interval>> = BTreeMap::new();
    for ((item, attribute, outcome), rows) in &by_attribute {
        let Some(exposure) = exposures.get(item) else { continue };
        for finding in findings(test, exposure, attribute, *outcome, rows) {
            if finding.outcome.is_deviation() {
                violated
                    .entry(item.clone())
                    .or_default()
                    .push((finding.from, finding.to.unwrap_or(test.period.to)));
            }
            repaired(&finding, &mut tested);
            tested.findings.push(finding);
        }
    }
    for exposure in exposures.values() {
        tested.findings.extend(unknown(test, exposure, &idle));
        tested.items.push(item(test, exposure, &idle));
    }
    figures(&mut tested, &exposures, violated);
    tested.settle();
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

/// The item, each attribute supported until a finding says otherwise, unless it does not apply.
fn item(test: &Test<'_>, exposure: &Exposure, idle: &BTreeSet<(String, String)>) -> PopulationItem {
    let name = &exposure.first.item;
    let start = |attribute: &String| match idle.contains(&(name.clone(), attribute.clone())) {
        true => Outcome::NotApplicable,
        false => Outcome::Supported,
    };
    let (first, last) = (exposure.stretches[0], exposure.stretches[exposure.stretches.len() - 1]);
    PopulationItem {
        item: exposure.first.item.clone(),
        from: first.0,
        to: (last.1 < test.period.to.min(test.as_of)).then_some(last.1),
        label: exposure.first.label.clone(),
        attributes: test.definition.attributes.keys().map(|a| (a.clone(), start(a))).collect(),
        outcome: Outcome::Supported,
        evidence: exposure.first.evidence.clone(),
    }
}

/// Maximal stretches in which the attribute certainly does not hold, after the grace; where it only
/// perhaps does not, it is indeterminate.
fn findings(
    test: &Test<'_>,
    exposure: &Exposure,
    attribute: &str,
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
    attribute: &str,
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
    let mut evidence: Vec<_> = about.iter().flat_map(|row| row.evidence.iter().cloned()).collect();
    evidence.sort();
    evidence.dedup();
    Deviation {
        item: rows.first().map(|row| row.item.clone()).unwrap_or_default(),
        from,
        to: (!carry_out).then_some(to),
        attribute: attribute.to_owned(),
        outcome,
        carry_in: began_before && from == test.period.from,
        carry_out,
        reason: about.first().map(|row| row.reason.clone()).unwrap_or_default(),
        exception: None,
        due: None,
        evidence,
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

fn figures(
    tested: &mut Tested,
    exposures: &BTreeMap<String, Exposure>,
    violated: BTreeMap<String, Vec<Interval>>,
) {
    let exposed = exposures.values().map(|e| days(&e.stretches)).fold(0.0, f64::add);
    let violated: Vec<_> = violated.into_values().map(union).collect();
    let total = violated.iter().map(|v| days(v)).fold(0.0, f64::add);
    let longest = violated.iter().flatten().map(|i| days(&[*i])).fold(0.0, f64::max);
    let intervals: usize = violated.iter().map(Vec::len).sum();
    let mut set = |name: &str, value: String| tested.figures.insert(name.to_owned(), value);
    set("exposed_days", format!("{exposed:.3}"));
    set("violating_days", format!("{total:.3}"));
    set("longest_violation_days", format!("{longest:.3}"));
    set("violating_intervals", intervals.to_string());
    set("items_violating", violated.len().to_string());
}
