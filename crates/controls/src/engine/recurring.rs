//! RECURRING: expected slots against what was performed.
//!
//! Queries: `expected(item, label, from_ts, to_ts, system, evidence, cadence)`, the exposure over which
//! slots are expected, `cadence` the parameter or window of this item where it is not the control's;
//! and `performed(item, attribute, outcome, anchor_ts, completed_ts, reason, evidence, performed_ts,
//! from_hi, to_hi)`: each performance with what it supports; `anchor_ts` says which slot it is for,
//! where that is on record. Parameters: `cadence` (`7d`, `month`, `quarter`, `half-year`, `year`),
//! `limit` (how long after a slot's end it may be completed) and `min_window_share`.
//!
//! - Of several performances of a slot, the one with the least against it counts, with all that is
//!   said of it: attributes are not gathered from several. Rows with one `anchor_ts` are one of them.
//! - `performed_ts`: an instant that must lie in the slot itself, whatever the limit.
//! - What names no slot and came after the limit is late, if the slot in which it came has another one;
//!   attributes in `whenever` hold of it all the same.
//! - A row without any instant whose outcome is `not_applicable` is said of every slot of the item.
//! - A row with a stretch (`from_hi`, `to_hi`) says where the record itself is not whole. A slot that it
//!   meets, up to its limit, takes its outcome where nothing better is on record.

use std::collections::BTreeMap;

use tenure_model::evaluation::{Deviation, Performance, PopulationItem};
use tenure_model::outcome::Outcome;
use tenure_model::{Evidence, Outcomes, Text, Timestamp};

use crate::engine::intervals::{Interval, OPEN, days, intersection};
use crate::engine::rows::Exposed;
use crate::engine::statements::{Statement, Texts, statements};
use crate::engine::{Test, Tested};
use crate::session::QueryError;

mod slots;

use slots::expected;

pub(crate) fn test(test: &Test<'_>) -> Result<Tested, QueryError> {
    let mut told: BTreeMap<Text, Told> = BTreeMap::new();
    for row in statements(test, "performed", Texts::default())?.iter() {
        told.entry(row.item.clone()).or_default().take(row);
    }
    let mut tested = Tested::of(test);
    let blank = test.outcomes(Outcome::NotApplicable);
    for expected in expected(test)? {
        let mut told = told.get(&expected.exposed.item).cloned().unwrap_or_default();
        told.done.sort_by_key(|row| row.completed);
        let slots = expected.slots(test);
        timed(test, &expected.exposed, &slots, &told.done, &mut tested);
        for (from, to) in slots {
            let slot =
                Slot { from, to, limit: test.plus(to, "limit"), next: expected.next(test, to) };
            judge(test, (&expected.exposed, &blank), &slot, &mut told, &mut tested);
        }
    }
    tested.figures.insert("expected_slots".to_owned(), tested.items.len().to_string());
    Ok(tested)
}

/// What is said of an item.
#[derive(Clone, Default)]
struct Told {
    /// What was performed.
    done: Vec<Statement>,
    /// Attributes that do not apply to it.
    idle: Vec<Text>,
    /// Where the record of performances is not whole.
    broken: Vec<Statement>,
}

impl Told {
    fn take(&mut self, row: Statement) {
        let dated = row.anchor.is_some() || row.completed.is_some();
        if row.validity.is_some() && !dated {
            self.broken.push(row);
        } else if row.outcome == Some(Outcome::NotApplicable) && !dated {
            self.idle.push(row.attribute);
        } else {
            self.done.push(row);
        }
    }
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
        if row.anchor.is_some() && meant >= *end {
            continue; // of a window that is not expected, or of another cadence
        }
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

fn judge(
    test: &Test<'_>,
    (expected, blank): (&Exposed, &Outcomes),
    slot: &Slot,
    told: &mut Told,
    tested: &mut Tested,
) {
    let (from, to) = (slot.from, slot.to);
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
    let best = best(test, slot, &told.done);
    for attribute in test.definition.attributes.keys() {
        if told.idle.iter().any(|idle| *idle == *attribute) {
            continue;
        }
        let verdict = verdict(test, attribute, (slot, best), told);
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
                due: Some(slot.limit),
                evidence: verdict.evidence,
            });
        }
    }
    tested.items.push(item);
}

/// A window, until when what is for it may be completed, and the end of the window after it.
struct Slot {
    from: Timestamp,
    to: Timestamp,
    limit: Timestamp,
    next: Timestamp,
}

impl Slot {
    fn has(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// Of the performances that say that they are for the slot, the one with the least against it: by its
/// worst attribute, then its second worst, and so on; the first of equals.
fn best(test: &Test<'_>, slot: &Slot, done: &[Statement]) -> Option<Timestamp> {
    let mut all: BTreeMap<Timestamp, Vec<Outcome>> = BTreeMap::new();
    for row in done {
        if let Some(at) = row.anchor.filter(|at| slot.has(*at)) {
            all.entry(at).or_default().push(in_time(test, row, slot).outcome);
        }
    }
    let ranked = all.into_iter().map(|(at, mut outcomes)| {
        outcomes.sort_unstable_by(|a, b| b.cmp(a));
        (outcomes, at)
    });
    ranked.min().map(|(_, at)| at)
}

/// What is said of one attribute of a slot: by the best performance that says that it is for the slot,
/// or else by those that were completed in it.
fn verdict(
    test: &Test<'_>,
    attribute: &str,
    (slot, best): (&Slot, Option<Timestamp>),
    told: &mut Told,
) -> Verdict {
    let meant = |row: &&Statement| row.attribute == attribute && row.anchor == best;
    let meant = best.and_then(|_| {
        let rows = told.done.iter().filter(meant);
        rows.map(|row| (in_time(test, row, slot), row.completed.is_none()))
            .min_by_key(|(verdict, _)| verdict.outcome)
    });
    let (found, open) = match meant {
        Some((verdict, open)) => (Some(verdict), open),
        None => (unnamed(test, attribute, slot, &mut told.done), true),
    };
    match found {
        // What stands as said: what holds, and what a complete performance shows.
        Some(verdict) if !open || !verdict.outcome.is_deviation() => verdict,
        None if test.as_of < slot.limit => {
            Verdict::without(Outcome::NotYetDue, format!("due {}", slot.limit))
        }
        found => broken(attribute, slot, &told.broken).or(found).unwrap_or_else(|| {
            let nothing = format!("nothing on record between {} and {}", slot.from, slot.limit);
            Verdict::without(Outcome::NotDemonstrated, nothing)
        }),
    }
}

/// Where the record is not whole at some time at which it could have told of the slot.
fn broken(attribute: &str, slot: &Slot, broken: &[Statement]) -> Option<Verdict> {
    let meets = |row: &&Statement| {
        let validity = row.validity.filter(|_| row.attribute == attribute);
        validity.is_some_and(|v| {
            let stretch = [(v.from_hi, v.to_hi.or(v.to_lo).unwrap_or(OPEN))];
            !intersection(&stretch, &[(slot.from, slot.limit)]).is_empty()
        })
    };
    broken.iter().find(meets).map(Verdict::of)
}

/// A performance that says which slot it is for.
fn in_time(test: &Test<'_>, row: &Statement, slot: &Slot) -> Verdict {
    let mut verdict = Verdict::of(row);
    let limit = slot.limit;
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
    if let Some(at) = row.performed.filter(|at| !slot.has(*at)) {
        let (from, to) = (slot.from, slot.to);
        verdict.outcome = Outcome::Contradicted;
        verdict.reason = format!("{}: {at} is not between {from} and {to}", row.reason).into();
    }
    verdict
}

/// The best performance within the slot; where none there supports it, one after its end and before
/// the limit. That one then counts for this slot alone: a review of the first quarter that came in
/// April is not the second quarter's as well.
fn take(attribute: &str, slot: &Slot, done: &mut Vec<Statement>) -> Option<Statement> {
    let best = |from: Timestamp, to: Timestamp, done: &[Statement]| {
        let inside = |i: &usize| {
            let row: &Statement = &done[*i];
            row.attribute == attribute
                && row.anchor.is_none()
                && row.completed.is_some_and(|at| from <= at && at < to)
        };
        (0..done.len()).filter(inside).min_by_key(|i| done[*i].stated())
    };
    let within = best(slot.from, slot.to, done).map(|i| done[i].clone());
    if within.as_ref().is_some_and(|row| !row.stated().is_deviation()) {
        return within;
    }
    let after = best(slot.to, slot.limit, done);
    match (within, after) {
        (Some(within), Some(after)) if within.stated() <= done[after].stated() => Some(within),
        (_, Some(after)) => Some(done.remove(after)),
        (within, None) => within,
    }
}

/// By what names no slot: in it or within its limit, or late.
fn unnamed(
    test: &Test<'_>,
    attribute: &str,
    slot: &Slot,
    done: &mut Vec<Statement>,
) -> Option<Verdict> {
    if let Some(row) = take(attribute, slot, done) {
        return Some(Verdict::of(&row));
    }
    let row = late(attribute, slot, done)?;
    match test.definition.whenever.iter().any(|letter| letter == attribute) {
        true => Some(Verdict::of(&row)),
        false => Some(in_time(test, &row, slot)),
    }
}

/// The first performance after the limit, where the slot in which it lies has another one of its own.
fn late(attribute: &str, slot: &Slot, done: &mut Vec<Statement>) -> Option<Statement> {
    let mut its_own = (0..done.len()).filter(|i| {
        let row = &done[*i];
        row.attribute == attribute
            && row.anchor.is_none()
            && row.completed.is_some_and(|at| slot.to <= at && at < slot.next)
    });
    let first = its_own.find(|i| done[*i].completed.is_some_and(|at| slot.limit <= at))?;
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

    fn without(outcome: Outcome, reason: String) -> Self {
        Self { outcome, reason: reason.into(), evidence: Evidence::default() }
    }
}

impl Statement {
    /// The outcome of a performance: supported, unless it says otherwise.
    fn stated(&self) -> Outcome {
        self.outcome.unwrap_or(Outcome::Supported)
    }
}
