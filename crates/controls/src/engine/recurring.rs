//! RECURRING: expected slots against what was performed.
//!
//! Queries: `expected(item, label, from_ts, to_ts, system, evidence)`, the exposure over which slots
//! are expected, and `performed(item, attribute, outcome, anchor_ts, completed_ts, reason,
//! evidence)`: each performance with what it supports; `anchor_ts` says which slot it is for, where
//! that is on record. Parameters: `cadence` (`7d`, `month`, `quarter`, `half-year`, `year`), `limit`
//! (how long after a slot's end it may be completed) and `min_window_share`. What came after the limit
//! is late, if the slot in which it came has another one; attributes in `whenever` hold of it all the
//! same.

use std::collections::BTreeMap;

use tenure_model::evaluation::{Deviation, Performance, PopulationItem};
use tenure_model::outcome::Outcome;
use tenure_model::{Evidence, Outcomes, Text, Timestamp};

use crate::definition::Setting;
use crate::engine::intervals::{Interval, OPEN, days, intersection};
use crate::engine::rows::{Exposed, exposed};
use crate::engine::statements::{Statement, Texts, statements};
use crate::engine::{Test, Tested};
use crate::session::QueryError;

pub(crate) fn test(test: &Test<'_>) -> Result<Tested, QueryError> {
    let mut performed: BTreeMap<Text, Vec<Statement>> = BTreeMap::new();
    for row in statements(test, "performed", Texts::default())?.iter() {
        performed.entry(row.item.clone()).or_default().push(row);
    }
    let mut tested = Tested::of(test);
    let blank = test.outcomes(Outcome::NotApplicable);
    for expected in exposed(test, "expected", &mut Texts::default())? {
        let mut done = performed.get(&expected.item).cloned().unwrap_or_default();
        done.sort_by_key(|row| row.completed);
        let slots = slots(test, &expected);
        timed(test, &expected, &slots, &done, &mut tested);
        for slot in slots {
            judge(test, (&expected, &blank), slot, &mut done, &mut tested);
        }
    }
    tested.figures.insert("expected_slots".to_owned(), tested.items.len().to_string());
    Ok(tested)
}

/// The cadence windows of which enough lies in the exposure within the period.
fn slots(test: &Test<'_>, expected: &Exposed) -> Vec<Interval> {
    let share = match test.definition.setting("min_window_share") {
        Some(Setting::Number(share)) => share,
        _ => 0.5,
    };
    let exposure = [(expected.from, expected.to.unwrap_or(OPEN))];
    let scoped = intersection(&exposure, test.scopes.of(expected.system.as_deref()));
    let exposure = intersection(&scoped, &[(test.period.from, test.period.to)]);
    let Some(&(from, _)) = exposure.first() else { return Vec::new() };
    let mut slots = Vec::new();
    let mut start = first_slot(test, from);
    while start < test.period.to {
        let end = next_slot(test, start);
        if end <= start {
            break; // a cadence of nothing would never end
        }
        let inside = days(&intersection(&[(start, end)], &exposure));
        if inside / days(&[(start, end)]) >= share {
            slots.push((start, end));
        }
        start = end;
    }
    slots
}

/// Counts what was performed, each for the slot that it names, or else the one in which it lies, or
/// the last one if it came within its limit.
fn timed(
    test: &Test<'_>,
    expected: &Exposed,
    slots: &[Interval],
    done: &[Statement],
    tested: &mut Tested,
) {
    // Several attributes of one performance are one.
    let mut made: BTreeMap<(Timestamp, Timestamp), (&Text, bool)> = BTreeMap::new();
    for row in done.iter().filter(|row| !row.stated().is_deviation()) {
        let Some(at) = row.completed.filter(|at| test.period.from <= *at && *at < test.until)
        else {
            continue;
        };
        let meant = row.anchor.unwrap_or(at);
        let Some((_, end)) = slots.iter().rev().find(|(from, _)| *from <= meant) else { continue };
        let past = at >= *end && at >= test.plus(*end, "limit");
        // What names no slot and came after all of them is another period's.
        if row.anchor.is_some() || !past {
            made.entry((*end, at)).or_insert((&row.attribute, past));
        }
    }
    let mut last = None;
    for ((about, at), (attribute, late)) in made {
        let (item, attribute) = (expected.item.clone(), attribute.clone());
        let performance = Performance { item, about, made: at, attribute };
        if last.replace(about) == Some(about) {
            tested.timed.made_again(&performance, late);
        } else {
            tested.timed.made(&performance, late);
        }
    }
}

/// How many months a calendar window has; `None` for a cadence that is a duration.
fn months(test: &Test<'_>) -> Option<i32> {
    match test.definition.setting("cadence") {
        Some(Setting::Text(unit)) => match unit.as_str() {
            "month" => Some(1),
            "quarter" => Some(3),
            "half-year" => Some(6),
            "year" => Some(12),
            _ => None,
        },
        _ => None,
    }
}

/// Calendar windows start where the calendar says; others with the period.
fn first_slot(test: &Test<'_>, from: Timestamp) -> Timestamp {
    let start = months(test).and_then(|months| test.calendar.month_start(from, 0, months));
    start.unwrap_or(test.period.from)
}

fn next_slot(test: &Test<'_>, start: Timestamp) -> Timestamp {
    let next = months(test).and_then(|months| test.calendar.month_start(start, 1, months));
    next.unwrap_or_else(|| test.plus(start, "cadence"))
}

fn judge(
    test: &Test<'_>,
    (expected, blank): (&Exposed, &Outcomes),
    (from, to): Interval,
    done: &mut Vec<Statement>,
    tested: &mut Tested,
) {
    let limit = test.plus(to, "limit");
    let id = Text::from(format!("{} {}..{}", expected.item, from.date(), to.date()));
    let mut item = PopulationItem {
        item: id.clone(),
        from,
        to: Some(to),
        label: expected.label.clone(),
        attributes: blank.clone(),
        outcome: Outcome::NotApplicable,
        evidence: expected.evidence.clone(),
    };
    for attribute in test.definition.attributes.keys() {
        let verdict = verdict(test, attribute, (from, to, limit), done);
        item.attributes.set(attribute, verdict.outcome);
        if !matches!(verdict.outcome, Outcome::Supported | Outcome::NotApplicable) {
            tested.findings.push(Deviation {
                item: id.clone(),
                from,
                to: Some(to.min(test.period.to)),
                attribute: attribute.into(),
                outcome: verdict.outcome,
                carry_in: false,
                carry_out: false,
                reason: verdict.reason,
                exception: None,
                due: Some(limit),
                evidence: verdict.evidence,
            });
        }
    }
    tested.items.push(item);
}

/// What the performances say of one attribute of a slot: those that say which slot they are for, or
/// else those that were completed in it.
fn verdict(
    test: &Test<'_>,
    attribute: &str,
    slot: (Timestamp, Timestamp, Timestamp),
    done: &mut Vec<Statement>,
) -> Verdict {
    let (from, to, limit) = slot;
    let meant = |row: &&Statement| {
        row.attribute == attribute && row.anchor.is_some_and(|at| from <= at && at < to)
    };
    let meant = done.iter().filter(meant).map(|row| in_time(test, row, limit));
    if let Some(verdict) = meant.min_by_key(|verdict| verdict.outcome) {
        return verdict;
    }
    if let Some(row) = take(attribute, slot, done) {
        return Verdict::of(&row);
    }
    if let Some(row) = late(test, attribute, slot, done) {
        return match test.definition.whenever.iter().any(|letter| letter == attribute) {
            true => Verdict::of(&row),
            false => in_time(test, &row, limit),
        };
    }
    let nothing = |outcome, reason: String| Verdict {
        outcome,
        reason: reason.into(),
        evidence: Evidence::default(),
    };
    match test.as_of < limit {
        true => nothing(Outcome::NotYetDue, format!("due {limit}")),
        false => nothing(
            Outcome::NotDemonstrated,
            format!("nothing on record between {from} and {limit}"),
        ),
    }
}

/// A performance that says which slot it is for.
fn in_time(test: &Test<'_>, row: &Statement, limit: Timestamp) -> Verdict {
    let mut verdict = Verdict::of(row);
    match row.completed {
        Some(at) if at < limit => {}
        Some(at) => {
            let late = days(&[(limit, at)]);
            verdict.outcome = Outcome::Contradicted;
            verdict.reason =
                format!("{}, {late:.3} days after the limit {limit}", row.reason).into();
        }
        None if test.as_of < limit => {
            verdict.outcome = Outcome::NotYetDue;
            verdict.reason = format!("{}; due {limit}", row.reason).into();
        }
        None => {
            verdict.outcome = Outcome::NotDemonstrated;
            verdict.reason = format!("{}; begun and not completed by {limit}", row.reason).into();
        }
    }
    verdict
}

/// The best performance within the slot; where none there supports it, one after its end and before
/// the limit. That one then counts for this slot alone: a review of the first quarter that came in
/// April is not the second quarter's as well.
fn take(
    attribute: &str,
    (from, to, limit): (Timestamp, Timestamp, Timestamp),
    done: &mut Vec<Statement>,
) -> Option<Statement> {
    let best = |from: Timestamp, to: Timestamp, done: &[Statement]| {
        let inside = |i: &usize| {
            let row: &Statement = &done[*i];
            row.attribute == attribute
                && row.anchor.is_none()
                && row.completed.is_some_and(|at| from <= at && at < to)
        };
        (0..done.len()).filter(inside).min_by_key(|i| done[*i].stated())
    };
    let within = best(from, to, done).map(|i| done[i].clone());
    if within.as_ref().is_some_and(|row| !row.stated().is_deviation()) {
        return within;
    }
    let after = best(to, limit, done);
    match (within, after) {
        (Some(within), Some(after)) if within.stated() <= done[after].stated() => Some(within),
        (_, Some(after)) => Some(done.remove(after)),
        (within, None) => within,
    }
}

/// The first performance after the limit, where the slot in which it lies has another one of its own.
fn late(
    test: &Test<'_>,
    attribute: &str,
    (_, to, limit): (Timestamp, Timestamp, Timestamp),
    done: &mut Vec<Statement>,
) -> Option<Statement> {
    let next = next_slot(test, to);
    let mut its_own = (0..done.len()).filter(|i| {
        let row = &done[*i];
        row.attribute == attribute
            && row.anchor.is_none()
            && row.completed.is_some_and(|at| to <= at && at < next)
    });
    let first = its_own.find(|i| done[*i].completed.is_some_and(|at| limit <= at))?;
    let other = its_own.next().is_some();
    other.then(|| done.remove(first))
}

struct Verdict {
    outcome: Outcome,
    reason: Text,
    evidence: Evidence,
}

impl Verdict {
    fn of(row: &Statement) -> Self {
        Self { outcome: row.stated(), reason: row.reason.clone(), evidence: row.evidence.clone() }
    }
}

impl Statement {
    /// The outcome of a performance: supported, unless it says otherwise.
    fn stated(&self) -> Outcome {
        self.outcome.unwrap_or(Outcome::Supported)
    }
}
