//! EVENT: each occurrence whose trigger lies in the period.
//!
//! Queries: `population(item, label, from_ts, system, evidence)` with the trigger as `from_ts`, and
//! `attributes(item, attribute, outcome, anchor_ts, completed_ts, reason, evidence)`. A null outcome
//! leaves the verdict to the clock: `anchor_ts` plus the parameter `sla` against `completed_ts`.

use std::collections::BTreeMap;

use tenure_model::Timestamp;
use tenure_model::calendar::Calendar;
use tenure_model::evaluation::{Deviation, PopulationItem};
use tenure_model::outcome::Outcome;

use crate::definition::Setting;
use crate::engine::rows::{Exposed, Statement, exposed, statements};
use crate::engine::{Test, Tested};
use crate::session::QueryError;

pub(crate) fn test(test: &Test<'_>) -> Result<Tested, QueryError> {
    let mut events: Vec<_> = exposed(test, "population")?;
    events.retain(|e| test.period.contains(e.from));
    let mut verdicts: BTreeMap<String, BTreeMap<String, Statement>> = BTreeMap::new();
    for row in statements(test, "attributes")? {
        let by_attribute = verdicts.entry(row.item.clone()).or_default();
        // The worst statement on an attribute counts.
        match by_attribute.get(&row.attribute) {
            Some(known) if known.outcome >= row.outcome => {}
            _ => {
                by_attribute.insert(row.attribute.clone(), row);
            }
        }
    }
    let mut tested = Tested::default();
    for event in events {
        let verdicts = verdicts.get(&event.item);
        judge(test, event, verdicts, &mut tested);
    }
    tested.settle();
    Ok(tested)
}

fn judge(
    test: &Test<'_>,
    event: Exposed,
    verdicts: Option<&BTreeMap<String, Statement>>,
    tested: &mut Tested,
) {
    let mut item = PopulationItem {
        item: event.item.clone(),
        from: event.from,
        to: None,
        label: event.label.clone(),
        attributes: BTreeMap::new(),
        outcome: Outcome::NotApplicable,
        evidence: event.evidence.clone(),
    };
    for attribute in test.definition.attributes.keys() {
        let verdict = verdicts.and_then(|v| v.get(attribute));
        let (outcome, reason, completed) = match verdict {
            Some(row) => clock(test, row),
            None => (
                Outcome::NotDemonstrated,
                "nothing on record tells whether this held".to_owned(),
                None,
            ),
        };
        let (outcome, reason) = match silence(test, &event, attribute) {
            Some(doubt) if outcome == Outcome::Supported => doubt,
            _ => (outcome, reason),
        };
        item.attributes.insert(attribute.clone(), outcome);
        if matches!(outcome, Outcome::Supported | Outcome::NotApplicable) {
            continue;
        }
        let evidence = verdict.map(|v| v.evidence.clone()).filter(|e| !e.is_empty());
        tested.findings.push(Deviation {
            item: event.item.clone(),
            from: event.from,
            to: completed,
            attribute: attribute.clone(),
            outcome,
            carry_in: false,
            carry_out: outcome.is_deviation()
                && completed.is_none()
                && verdict.is_some_and(|v| v.anchor.is_some()),
            reason,
            exception: None,
            evidence: evidence.unwrap_or_else(|| event.evidence.clone()),
        });
    }
    tested.items.push(item);
}

/// What an attribute that holds only while a stream is silent lacks: coverage of the window after
/// the event, or the rest of that window.
fn silence(test: &Test<'_>, event: &Exposed, attribute: &str) -> Option<(Outcome, String)> {
    let requires = &test.definition.requires;
    let requirement = requires.iter().find(|r| r.absence.iter().any(|a| a == attribute))?;
    let length = requirement.window.as_ref().and_then(|name| test.definition.setting(name));
    let until = match length {
        Some(Setting::Duration(sla)) => Calendar::default().add(event.from, sla),
        Some(Setting::Micros(micros)) => event.from.plus_micros(micros),
        _ => test.period.to.min(test.as_of),
    };
    let streams = requirement.streams().collect::<Vec<_>>().join(" or ");
    let window = (event.from, until.min(test.as_of));
    let holes = test.coverage.holes(requirement, event.system.as_deref(), window);
    if let Some((from, to)) = holes.first() {
        let reason = format!(
            "the stream {streams} is not shown complete from {from} to {to}, so its silence supports nothing"
        );
        return Some((Outcome::Indeterminate, reason));
    }
    (test.as_of < until)
        .then(|| (Outcome::NotYetDue, format!("the stream {streams} must be silent until {until}")))
}

/// The stated outcome, or what the deadline makes of it.
fn clock(test: &Test<'_>, row: &Statement) -> (Outcome, String, Option<Timestamp>) {
    if let Some(outcome) = row.outcome {
        return (outcome, row.reason.clone(), row.completed);
    }
    let Some(anchor) = row.anchor else {
        return (Outcome::NotDemonstrated, row.reason.clone(), row.completed);
    };
    let due = match test.definition.setting("sla") {
        Some(Setting::Duration(sla)) => Calendar::default().add(anchor, sla),
        Some(Setting::Micros(micros)) => anchor.plus_micros(micros),
        _ => anchor,
    };
    match row.completed {
        Some(done) if done <= due => (Outcome::Supported, row.reason.clone(), row.completed),
        Some(done) => {
            let late = crate::engine::intervals::days(&[(due, done)]);
            (
                Outcome::Contradicted,
                format!("{} (due {due}, done {done}, {late:.3} days late)", row.reason),
                row.completed,
            )
        }
        None if test.as_of < due => {
            (Outcome::NotYetDue, format!("{} (due {due})", row.reason), None)
        }
        None => (Outcome::Contradicted, format!("{} (due {due}, still open)", row.reason), None),
    }
}
