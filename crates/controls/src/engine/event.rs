//! EVENT: each occurrence whose trigger lies in the period.
//!
//! Queries: `population(item, label, from_ts, system, evidence)` with the trigger as `from_ts`, and
//! `attributes(item, attribute, outcome, anchor_ts, completed_ts, reason, evidence, performed_ts)`. A
//! null outcome leaves the verdict to the clock: `anchor_ts` plus the parameter `sla` against
//! `completed_ts`. `performed_ts` = when what the attribute is about was done, such as an approval, where
//! it completes nothing.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tenure_model::evaluation::{Deviation, Performance, PopulationItem};
use tenure_model::outcome::Outcome;
use tenure_model::{Evidence, Outcomes, Text, Timestamp};

use crate::engine::rows::{Exposed, exposed};
use crate::engine::statements::{Statement, Texts, statements};
use crate::engine::{Test, Tested};
use crate::session::QueryError;

pub(crate) fn test(test: &Test<'_>) -> Result<Tested, QueryError> {
    let mut texts = Texts::default();
    let mut events: Vec<_> = exposed(test, "population", &mut texts)?;
    events.retain(|e| {
        test.period.contains(e.from) && test.scopes.contains(e.system.as_deref(), e.from)
    });
    events.sort_unstable_by(|a, b| a.item.cmp(&b.item));
    let rows = statements(test, "attributes", texts)?;
    let order = rows.by_item();
    let mut left = order.as_slice();
    let mut tested = Tested::of(test);
    let names: Vec<_> = test.definition.attributes.keys().map(Text::from).collect();
    let blank = test.outcomes(Outcome::NotApplicable);
    for event in events {
        let before = left.iter().take_while(|row| *rows.item(**row) < event.item).count();
        left = &left[before..];
        // Two events of one item are told the same: what is about it stays for the next one.
        let about = left.iter().take_while(|row| *rows.item(**row) == event.item);
        let about: Vec<_> = about.map(|row| rows.get(*row)).collect();
        let verdicts = worst(about.iter());
        judge(test, (&names, &blank), event, &verdicts, &mut tested);
    }
    Ok(tested)
}

type Said<'s> = (&'s Text, &'s Evidence, [Option<Timestamp>; 4]);

fn said(row: &Statement) -> Said<'_> {
    (&row.reason, &row.evidence, [row.anchor, row.completed, row.performed, row.silent_from])
}

/// The worst statement on an attribute counts; of equally bad ones the first by what it says, since in
/// which order a query gives its rows is chance.
fn worst<'r>(rows: impl Iterator<Item = &'r Statement>) -> BTreeMap<&'r str, &'r Statement> {
    let mut worst: BTreeMap<&str, &Statement> = BTreeMap::new();
    for row in rows {
        match worst.get(row.attribute.as_str()) {
            Some(known)
                if (row.outcome, Reverse(said(row))) <= (known.outcome, Reverse(said(known))) => {}
            _ => drop(worst.insert(&row.attribute, row)),
        }
    }
    worst
}

fn judge(
    test: &Test<'_>,
    (names, blank): (&[Text], &Outcomes),
    event: Exposed,
    verdicts: &BTreeMap<&str, &Statement>,
    tested: &mut Tested,
) {
    let mut item = PopulationItem {
        item: event.item.clone(),
        from: event.from,
        to: None,
        label: event.label.clone(),
        attributes: blank.clone(),
        outcome: Outcome::NotApplicable,
        evidence: event.evidence.clone(),
    };
    let mut made: BTreeMap<Timestamp, (&Text, bool)> = BTreeMap::new();
    for attribute in names {
        let verdict = verdicts.get(attribute.as_str()).copied();
        let mut judged = match verdict {
            Some(row) => clock(test, row),
            None => Judged {
                outcome: Outcome::NotDemonstrated,
                reason: "nothing on record tells whether this held".into(),
                completed: None,
                due: None,
            },
        };
        if judged.outcome == Outcome::Supported
            && let Some(doubt) =
                silence(test, &event, attribute, verdict.and_then(|v| v.silent_from))
        {
            judged = doubt;
        }
        if let Some(at) = verdict.and_then(|v| v.performed.or(v.completed)) {
            let late = judged.outcome == Outcome::Contradicted;
            made.entry(at).and_modify(|(_, known)| *known |= late).or_insert((attribute, late));
        }
        let Judged { outcome, reason, completed, due } = judged;
        item.attributes.set(attribute, outcome);
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
            due,
            evidence: evidence.unwrap_or_else(|| event.evidence.clone()),
        });
    }
    for (at, (attribute, late)) in made {
        let (item, attribute) = (event.item.clone(), attribute.clone());
        tested.timed.made(&Performance { item, about: event.from, made: at, attribute }, late);
    }
    tested.items.push(item);
}

/// What an attribute that holds only while a stream is silent lacks: coverage of the window after
/// the event, or after the later instant from which it must be silent; or the rest of that window.
fn silence(
    test: &Test<'_>,
    event: &Exposed,
    attribute: &str,
    since: Option<Timestamp>,
) -> Option<Judged> {
    let requires = &test.definition.requires;
    let requirement = requires.iter().find(|r| r.absence.iter().any(|a| a == attribute))?;
    let until = match &requirement.window {
        Some(window) => test.plus(event.from, window),
        None => test.end(),
    };
    let streams = requirement.streams().collect::<Vec<_>>().join(" or ");
    let window = (since.unwrap_or(event.from).max(event.from), until.min(test.as_of));
    let holes = test.coverage.holes(requirement, event.system.as_deref(), window);
    if let Some((from, to)) = holes.first() {
        let reason = format!(
            "the stream {streams} is not shown complete from {from} to {to}, so its silence supports nothing"
        );
        return Some(Judged {
            outcome: Outcome::Indeterminate,
            reason: reason.into(),
            completed: None,
            due: None,
        });
    }
    (test.as_of < until).then(|| Judged {
        outcome: Outcome::NotYetDue,
        reason: format!("the stream {streams} must be silent until {until}").into(),
        completed: None,
        due: Some(until),
    })
}

/// What is made of a statement on an attribute.
struct Judged {
    outcome: Outcome,
    reason: Text,
    completed: Option<Timestamp>,
    due: Option<Timestamp>,
}

/// The stated outcome, or what the deadline makes of it.
fn clock(test: &Test<'_>, row: &Statement) -> Judged {
    let judged = |outcome, reason, due| Judged { outcome, reason, completed: row.completed, due };
    let said = row.reason.clone();
    if let Some(outcome) = row.outcome {
        return judged(outcome, said, None);
    }
    let Some(anchor) = row.anchor else {
        return judged(Outcome::NotDemonstrated, said, None);
    };
    let due = test.plus(anchor, "sla");
    match row.completed {
        Some(done) if done <= due => judged(Outcome::Supported, said, Some(due)),
        Some(done) => {
            let late = crate::engine::intervals::days(&[(due, done)]);
            let reason = format!("{said} (due {due}, done {done}, {late:.3} days late)");
            judged(Outcome::Contradicted, reason.into(), Some(due))
        }
        None if test.as_of < due => {
            judged(Outcome::NotYetDue, format!("{said} (due {due})").into(), Some(due))
        }
        None => {
            let reason = format!("{said} (due {due}, still open)");
            judged(Outcome::Contradicted, reason.into(), Some(due))
        }
    }
}
