//! RECURRING: expected slots against what was performed.
//!
//! Queries: `expected(item, label, from_ts, to_ts, system, evidence)`, the exposure over which slots
//! are expected, and `performed(item, attribute, outcome, completed_ts, reason, evidence)`: each
//! performance with what it supports. Parameters: `cadence` (`7d`, `month`, `quarter`), `limit` (how
//! long after a slot's end it may be completed) and `min_window_share`.

use std::collections::BTreeMap;

use tenure_model::Timestamp;
use tenure_model::calendar::Calendar;
use tenure_model::evaluation::{Deviation, PopulationItem};
use tenure_model::outcome::Outcome;

use crate::definition::Setting;
use crate::engine::intervals::{Interval, OPEN};
use crate::engine::rows::{Exposed, Statement, exposed, statements};
use crate::engine::{Test, Tested};
use crate::session::QueryError;

pub(crate) fn test(test: &Test<'_>) -> Result<Tested, QueryError> {
    let mut performed: BTreeMap<String, Vec<Statement>> = BTreeMap::new();
    for row in statements(test, "performed")? {
        performed.entry(row.item.clone()).or_default().push(row);
    }
    let mut tested = Tested::default();
    for expected in exposed(test, "expected")? {
        let done = performed.get(&expected.item).map_or(&[][..], Vec::as_slice);
        for slot in slots(test, &expected) {
            judge(test, &expected, slot, done, &mut tested);
        }
    }
    tested.figures.insert("expected_slots".to_owned(), tested.items.len().to_string());
    tested.settle();
    Ok(tested)
}

/// The cadence windows of which enough lies in the exposure within the period.
fn slots(test: &Test<'_>, expected: &Exposed) -> Vec<Interval> {
    let share = match test.definition.setting("min_window_share") {
        Some(Setting::Number(share)) => share,
        _ => 0.5,
    };
    let from = expected.from.max(test.period.from);
    let to = expected.to.unwrap_or(OPEN).min(test.period.to);
    let mut slots = Vec::new();
    let mut start = first_slot(test, from);
    while start < to {
        let end = next_slot(test, start);
        if end <= start {
            break; // a cadence of nothing would never end
        }
        let inside = end.min(to).micros().saturating_sub(start.max(from).micros());
        #[expect(clippy::cast_precision_loss, reason = "a share of a window")]
        let inside = inside as f64 / (end.micros() - start.micros()) as f64;
        if inside >= share {
            slots.push((start, end));
        }
        start = end;
    }
    slots
}

/// Calendar windows start where the calendar says; others with the period.
fn first_slot(test: &Test<'_>, from: Timestamp) -> Timestamp {
    match test.definition.setting("cadence") {
        Some(Setting::Text(unit)) if unit == "quarter" => month_start(from, 0, 3),
        Some(Setting::Text(unit)) if unit == "month" => month_start(from, 0, 1),
        _ => test.period.from,
    }
}

fn next_slot(test: &Test<'_>, start: Timestamp) -> Timestamp {
    match test.definition.setting("cadence") {
        Some(Setting::Text(unit)) if unit == "quarter" => month_start(start, 1, 3),
        Some(Setting::Text(unit)) if unit == "month" => month_start(start, 1, 1),
        Some(Setting::Duration(sla)) => Calendar::default().add(start, sla),
        Some(Setting::Micros(micros)) => start.plus_micros(micros),
        _ => start,
    }
}

/// Midnight UTC of the first day of the group of `months` that `at` lies in, `ahead` groups later.
fn month_start(at: Timestamp, ahead: i32, months: i32) -> Timestamp {
    let date = at.date();
    let mut parts = date.split('-').map(|p| p.parse::<i32>().unwrap_or(1));
    let (year, month) = (parts.next().unwrap_or(1970), parts.next().unwrap_or(1));
    let group = (year * 12 + month - 1).div_euclid(months) + ahead;
    let (year, month) = ((group * months).div_euclid(12), (group * months).rem_euclid(12) + 1);
    Timestamp::parse_or_date(&format!("{year:04}-{month:02}-01")).unwrap_or(OPEN)
}

fn judge(
    test: &Test<'_>,
    expected: &Exposed,
    (from, to): Interval,
    done: &[Statement],
    tested: &mut Tested,
) {
    let limit = match test.definition.setting("limit") {
        Some(Setting::Duration(sla)) => Calendar::default().add(to, sla),
        Some(Setting::Micros(micros)) => to.plus_micros(micros),
        _ => to,
    };
    let id = format!("{} {}..{}", expected.item, from.date(), to.date());
    let mut item = PopulationItem {
        item: id.clone(),
        from,
        to: Some(to),
        label: expected.label.clone(),
        attributes: BTreeMap::new(),
        outcome: Outcome::NotApplicable,
        evidence: expected.evidence.clone(),
    };
    for attribute in test.definition.attributes.keys() {
        let inside = |row: &&Statement| {
            row.attribute == *attribute && row.completed.is_some_and(|at| from <= at && at < limit)
        };
        let (outcome, reason, evidence) = match done.iter().filter(inside).min_by_key(|r| r.outcome)
        {
            Some(row) => (
                row.outcome.unwrap_or(Outcome::Supported),
                row.reason.clone(),
                row.evidence.clone(),
            ),
            None if test.as_of < limit => (Outcome::NotYetDue, format!("due {limit}"), Vec::new()),
            None => (
                Outcome::NotDemonstrated,
                format!("nothing on record between {from} and {limit}"),
                Vec::new(),
            ),
        };
        item.attributes.insert(attribute.clone(), outcome);
        if !matches!(outcome, Outcome::Supported | Outcome::NotApplicable) {
            tested.findings.push(Deviation {
                item: id.clone(),
                from,
                to: Some(to.min(test.period.to)),
                attribute: attribute.clone(),
                outcome,
                carry_in: false,
                carry_out: false,
                reason,
                exception: None,
                evidence,
            });
        }
    }
    tested.items.push(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_follow_the_calendar() {
        let at: Timestamp = "2025-08-15T10:00:00Z".parse().expect("an instant");
        assert_eq!(month_start(at, 0, 3).to_string(), "2025-07-01T00:00:00Z");
        assert_eq!(month_start(at, 1, 3).to_string(), "2025-10-01T00:00:00Z");
        assert_eq!(month_start(at, 2, 3).to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(month_start(at, 5, 1).to_string(), "2026-01-01T00:00:00Z");
    }
}
