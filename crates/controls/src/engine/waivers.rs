//! Policy exceptions: they annotate what they cover and erase nothing.

use std::collections::BTreeMap;

use tenure_model::evaluation::Deviation;
use tenure_model::{Text, Timestamp};

use crate::cells::Rows;
use crate::definition::Definition;
use crate::engine::in_order;
use crate::engine::intervals::{Interval, union};
use crate::session::{QueryError, Session};

/// An exception in force, as far as evaluation needs it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Waiver {
    /// From when it covers: its approval, or its start if that is later.
    from: Timestamp,
    /// Until when: its expiry, or its closing if that is earlier.
    to: Timestamp,
    id: Text,
    /// Whether it names what reduces the risk instead.
    compensated: bool,
}

/// Exceptions by control and item, in order of their start.
#[derive(Default)]
pub(crate) struct Waivers(BTreeMap<String, BTreeMap<String, Vec<Waiver>>>);

impl Waivers {
    /// Reads those that were approved and end. One that was never approved covers nothing, nor does
    /// one without an end.
    pub(crate) fn read(session: &Session) -> Result<Self, QueryError> {
        let sql = "SELECT exception_id, control_id, target, approved_at, starts_at, expires_at, closed_at, compensating_control \
                   FROM exceptions WHERE approved_at IS NOT NULL AND expires_at IS NOT NULL \
                   AND control_id IS NOT NULL AND target IS NOT NULL ORDER BY exception_id, version_no";
        let mut all = Self::default();
        for batch in session.sql(sql)? {
            let rows = Rows::new("exceptions", &batch);
            let text = |name: &str| rows.need(name, rows.text(name)?);
            let (id, control) = (text("exception_id")?, text("control_id")?);
            let target = text("target")?;
            let approved = rows.need("approved_at", rows.time("approved_at")?)?;
            let expires = rows.need("expires_at", rows.time("expires_at")?)?;
            let (starts, closed) = (rows.time("starts_at")?, rows.time("closed_at")?);
            let compensating = rows.text("compensating_control")?;
            for row in 0..batch.num_rows() {
                let (Some(approved), Some(expires)) = (approved.get(row), expires.get(row)) else {
                    continue;
                };
                let starts = starts.as_ref().and_then(|c| c.get(row)).unwrap_or(approved);
                let closed = closed.as_ref().and_then(|c| c.get(row)).unwrap_or(expires);
                let named = compensating.as_ref().and_then(|c| c.get(row));
                let waiver = Waiver {
                    from: approved.max(starts),
                    to: expires.min(closed),
                    id: id.get(row).unwrap_or_default().into(),
                    compensated: named.is_some_and(|named| !named.trim().is_empty()),
                };
                let control = control.get(row).unwrap_or_default();
                for item in target.get(row).unwrap_or_default().split(';') {
                    all.add(control, item.trim(), waiver.clone());
                }
            }
        }
        Ok(all)
    }

    fn add(&mut self, control: &str, item: &str, waiver: Waiver) {
        if waiver.from < waiver.to && !item.is_empty() {
            let items = self.0.entry(control.to_owned()).or_default();
            let list = items.entry(item.to_owned()).or_default();
            list.push(waiver);
            list.sort();
            list.dedup();
        }
    }

    /// When exceptions to a control cover an item; if asked for, only those with a compensating
    /// control.
    pub(crate) fn covering(&self, control: &str, item: &str, compensated: bool) -> Vec<Interval> {
        let all = self.0.get(control).and_then(|items| items.get(item));
        let counts = |waiver: &&Waiver| waiver.compensated || !compensated;
        union(all.into_iter().flatten().filter(counts).map(|w| (w.from, w.to)).collect())
    }

    /// Each deviation cut into what an exception covers and what none does; the first of several
    /// that cover an instant is named. That an exception is lacking, or lacks something, it does not
    /// cover itself.
    pub(crate) fn annotate(
        &self,
        definition: &Definition,
        mut findings: Vec<Deviation>,
        end: Timestamp,
    ) -> Vec<Deviation> {
        let asks = |attribute: &Text| {
            definition.exceptions.as_ref().is_some_and(|e| *attribute == *e.attribute)
        };
        let Some(items) = self.0.get(&definition.id) else {
            in_order(&mut findings);
            return findings;
        };
        let mut all = Vec::with_capacity(findings.len());
        for finding in findings {
            let waivers = items.get(finding.item.as_str()).map_or(&[][..], Vec::as_slice);
            let covered = finding.outcome.is_deviation() && !asks(&finding.attribute);
            if covered && !waivers.is_empty() {
                all.extend(split(finding, waivers, end));
            } else {
                all.push(finding);
            }
        }
        in_order(&mut all);
        all
    }
}

fn split(finding: Deviation, waivers: &[Waiver], end: Timestamp) -> Vec<Deviation> {
    let mut parts = Vec::new();
    let mut rest = Some(finding);
    for waiver in waivers {
        let Some(open) = rest.take() else { break };
        let (before, covered, after) = cut(open, waiver, end);
        parts.extend(before);
        parts.extend(covered);
        rest = after;
    }
    parts.extend(rest);
    parts
}

/// What of a finding lies before an exception, under it, and after it.
///
/// An open finding reaches to `horizon`, the end of the period, and is not cut beyond it.
fn cut(
    finding: Deviation,
    waiver: &Waiver,
    horizon: Timestamp,
) -> (Option<Deviation>, Option<Deviation>, Option<Deviation>) {
    let end = finding.to;
    // An event is an instant: it is covered if the exception was in force at it.
    let instant = end.is_none_or(|end| end <= finding.from) && !finding.carry_out;
    if instant {
        let covered = waiver.from <= finding.from && finding.from < waiver.to;
        return match covered {
            true => (None, Some(Deviation { exception: Some(waiver.id.clone()), ..finding }), None),
            false => (None, None, Some(finding)),
        };
    }
    let from = waiver.from.max(finding.from);
    let to = end.map_or(waiver.to, |end| end.min(waiver.to));
    if from >= to {
        return (None, None, Some(finding));
    }
    let before = (finding.from < from).then(|| Deviation {
        to: Some(from),
        carry_out: false,
        ..finding.clone()
    });
    let to_the_end = end.map_or(waiver.to >= horizon, |end| end == to);
    let covered = Deviation {
        from,
        to: (!to_the_end || end.is_some()).then_some(to),
        carry_in: finding.carry_in && from == finding.from,
        carry_out: finding.carry_out && to_the_end,
        exception: Some(waiver.id.clone()),
        ..finding.clone()
    };
    let after = (!to_the_end).then_some(Deviation { from: to, carry_in: false, ..finding });
    (before, Some(covered), after)
}

#[cfg(test)]
mod tests {
    use tenure_model::outcome::Outcome;

    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn finding(from: i64, to: Option<i64>) -> Deviation {
        Deviation {
            item: "i".into(),
            from: at(from),
            to: to.map(at),
            attribute: "A".into(),
            outcome: Outcome::Contradicted,
            carry_in: false,
            carry_out: to.is_none(),
            reason: Text::default(),
            exception: None,
            due: None,
            evidence: tenure_model::Evidence::default(),
        }
    }

    fn covered(
        waivers: &[(i64, i64)],
        finding: Deviation,
    ) -> Vec<(i64, Option<i64>, Option<Text>)> {
        let mut all = Waivers::default();
        for (from, to) in waivers {
            let id = format!("{from}..{to}").into();
            let waiver = Waiver { from: at(*from), to: at(*to), id, compensated: false };
            all.add("C", "i", waiver);
        }
        let told = |d: Deviation| (d.from.micros(), d.to.map(Timestamp::micros), d.exception);
        let yaml = "id: C\ntitle: x\nkind: STATE\nstatement: x\nattributes: {A: x}\nsql: {exposure: x, violation: \"'A'\"}\n";
        let definition = Definition::from_yaml("C.yaml", yaml).unwrap();
        all.annotate(&definition, vec![finding], at(100)).into_iter().map(told).collect()
    }

    #[test]
    fn only_the_intersection_is_covered() {
        let parts = covered(&[(10, 20)], finding(5, Some(30)));
        let under = Some("10..20".into());
        assert_eq!(parts, [(5, Some(10), None), (10, Some(20), under), (20, Some(30), None)]);
    }

    #[test]
    fn renewals_cover_one_after_another() {
        let parts = covered(&[(0, 10), (10, 20), (25, 40)], finding(5, None));
        let told: Vec<_> = parts.iter().map(|(from, to, e)| (*from, *to, e.is_some())).collect();
        assert_eq!(
            told,
            [
                (5, Some(10), true),
                (10, Some(20), true),
                (20, Some(25), false),
                (25, Some(40), true),
                (40, None, false)
            ]
        );
    }

    #[test]
    fn nothing_is_told_of_the_time_after_the_period() {
        let parts = covered(&[(10, 200)], finding(5, None));
        let under = Some("10..200".into());
        assert_eq!(parts, [(5, Some(10), None), (10, None, under)]);
    }

    #[test]
    fn an_instant_is_covered_or_not() {
        let event = |from| Deviation { to: Some(at(from)), ..finding(from, Some(from)) };
        assert!(covered(&[(10, 20)], event(19))[0].2.is_some());
        assert!(covered(&[(10, 20)], event(20))[0].2.is_none());
        assert!(covered(&[(10, 20), (20, 21)], event(20))[0].2.is_some());
    }
}
