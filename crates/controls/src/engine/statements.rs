//! Statements of a control's query about its items, kept small until they are judged.
//!
//! A large company has some fifteen million of them for one control, so texts are numbers here and
//! instants have no flag of their own: 88 bytes each, and every text once.

use std::collections::HashMap;

use tenure_model::outcome::Outcome;
use tenure_model::{Evidence, Text, Timestamp, Validity};

use crate::engine::Test;
use crate::engine::rows::{Validities, for_each};
use crate::session::QueryError;

/// A statement on one attribute of an item over an interval with bounds.
#[derive(Clone, Default)]
pub(crate) struct Statement {
    pub(crate) item: Text,
    pub(crate) attribute: Text,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) validity: Option<Validity>,
    pub(crate) anchor: Option<Timestamp>,
    pub(crate) completed: Option<Timestamp>,
    /// When what it is about was done, where that completes nothing.
    pub(crate) performed: Option<Timestamp>,
    /// Since when a stream must have been silent for it to be so.
    pub(crate) silent_from: Option<Timestamp>,
    pub(crate) reason: Text,
    pub(crate) evidence: Evidence,
}

/// Reads the statements that a query gives.
pub(crate) fn statements(
    test: &Test<'_>,
    query: &str,
    mut texts: Texts,
) -> Result<Statements, QueryError> {
    let mut kept = Vec::new();
    for_each(test, query, |rows, count| {
        let item = rows.need("item", rows.text("item")?)?;
        let attribute = rows.need("attribute", rows.text("attribute")?)?;
        let (outcome, reason) = (rows.text("outcome")?, rows.text("reason")?);
        let (anchor, completed) = (rows.time("anchor_ts")?, rows.time("completed_ts")?);
        let (evidence, validity) = (rows.text("evidence")?, Validities::of(rows)?);
        let (silent_from, performed) = (rows.time("silent_from")?, rows.time("performed_ts")?);
        for row in 0..count {
            let outcome = outcome.as_ref().and_then(|c| c.get(row)).map(str::parse).transpose();
            let at = |column: &Option<crate::cells::Times>| {
                column.as_ref().and_then(|column| column.get(row))
            };
            let text = |column: &Option<crate::cells::Texts>, texts: &mut Texts| {
                texts.number(column.as_ref().and_then(|c| c.get(row)).unwrap_or_default())
            };
            kept.push(Kept {
                item: texts.number(rows.need("item", item.get(row))?),
                attribute: texts.number(rows.need("attribute", attribute.get(row))?),
                reason: text(&reason, &mut texts),
                evidence: text(&evidence, &mut texts),
                validity: flat(validity.get(row)),
                instants: [at(&anchor), at(&completed), at(&performed), at(&silent_from)].map(raw),
                outcome: outcome.map_err(|e: tenure_model::outcome::UnknownOutcome| {
                    rows.shape(e.to_string())
                })?,
            });
        }
        Ok(())
    })?;
    Ok(Statements { kept, texts: texts.all })
}

/// Statements, in the order in which they were given.
pub(crate) struct Statements {
    kept: Vec<Kept>,
    texts: Vec<Text>,
}

/// One of them: texts by number, instants in microseconds.
struct Kept {
    item: u32,
    attribute: u32,
    reason: u32,
    evidence: u32,
    validity: [i64; 4],
    instants: [i64; 4],
    outcome: Option<Outcome>,
}

impl Statements {
    /// The numbers of all of them, in order of items; of one item, as they were given.
    pub(crate) fn by_item(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.kept.len()).collect();
        order.sort_unstable_by(|a, b| self.item(*a).cmp(self.item(*b)).then(a.cmp(b)));
        order
    }

    /// The item of one of them.
    pub(crate) fn item(&self, row: usize) -> &Text {
        self.text(self.kept[row].item)
    }

    /// One of them.
    pub(crate) fn get(&self, row: usize) -> Statement {
        let kept = &self.kept[row];
        let [anchor, completed, performed, silent_from] = kept.instants.map(instant);
        Statement {
            item: self.text(kept.item).clone(),
            attribute: self.text(kept.attribute).clone(),
            outcome: kept.outcome,
            validity: whole(kept.validity),
            anchor,
            completed,
            performed,
            silent_from,
            reason: self.text(kept.reason).clone(),
            evidence: Evidence::from(self.text(kept.evidence).clone()),
        }
    }

    /// Each of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Statement> {
        (0..self.kept.len()).map(|row| self.get(row))
    }

    fn text(&self, number: u32) -> &Text {
        &self.texts[number as usize]
    }
}

impl FromIterator<Statement> for Statements {
    fn from_iter<I: IntoIterator<Item = Statement>>(all: I) -> Self {
        let mut texts = Texts::default();
        let mut kept = Vec::new();
        for one in all {
            kept.push(Kept {
                item: texts.number(&one.item),
                attribute: texts.number(&one.attribute),
                reason: texts.number(&one.reason),
                evidence: texts.number(one.evidence.as_str()),
                validity: flat(one.validity),
                instants: [one.anchor, one.completed, one.performed, one.silent_from].map(raw),
                outcome: one.outcome,
            });
        }
        Self { kept, texts: texts.all }
    }
}

/// Stands where there is no instant; no timestamp of four digits of years comes near it.
const NONE: i64 = i64::MIN;

fn raw(at: Option<Timestamp>) -> i64 {
    at.map_or(NONE, Timestamp::micros)
}

fn instant(micros: i64) -> Option<Timestamp> {
    (micros != NONE).then(|| Timestamp::from_micros(micros))
}

fn flat(validity: Option<Validity>) -> [i64; 4] {
    let Some(v) = validity else { return [NONE; 4] };
    [v.from_lo, Some(v.from_hi), v.to_lo, v.to_hi].map(raw)
}

fn whole(flat: [i64; 4]) -> Option<Validity> {
    let [from_lo, from_hi, to_lo, to_hi] = flat.map(instant);
    Some(Validity { from_lo, from_hi: from_hi?, to_lo, to_hi })
}

/// The texts of a test's rows, each kept once and numbered: items, attributes, reasons and records stand
/// in rows of both queries.
#[derive(Default)]
pub(crate) struct Texts {
    numbers: HashMap<Text, u32>,
    all: Vec<Text>,
}

impl Texts {
    /// The text, kept once.
    pub(crate) fn one(&mut self, text: &str) -> Text {
        let number = self.number(text);
        self.all[number as usize].clone()
    }

    /// `artifact-digest#record artifact-digest#record`.
    pub(crate) fn pointers(&mut self, text: Option<&str>) -> Evidence {
        Evidence::from(self.one(text.unwrap_or_default()))
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        // Four thousand million texts would not fit into memory.
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let text = Text::from(text);
        self.all.push(text.clone());
        self.numbers.insert(text, number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_was_given() {
        let at = Timestamp::from_seconds;
        let validity = Validity { from_lo: None, from_hi: at(2), to_lo: Some(at(3)), to_hi: None };
        let given = [
            Statement {
                item: "b".into(),
                attribute: "A".into(),
                outcome: Some(Outcome::Contradicted),
                validity: Some(validity),
                silent_from: Some(at(-1)),
                reason: "because".into(),
                evidence: Evidence::from_iter(["x#1", "y#2"]),
                ..Statement::default()
            },
            Statement { item: "a".into(), performed: Some(at(0)), ..Statement::default() },
            Statement { item: "b".into(), anchor: Some(at(5)), ..Statement::default() },
        ];
        let kept: Statements = given.iter().cloned().collect();
        assert_eq!(kept.by_item(), [1, 0, 2]);
        for (given, kept) in given.iter().zip(kept.iter()) {
            assert_eq!((&given.item, &given.attribute), (&kept.item, &kept.attribute));
            assert_eq!((given.outcome, given.validity), (kept.outcome, kept.validity));
            assert_eq!((given.anchor, given.completed), (kept.anchor, kept.completed));
            assert_eq!((given.performed, given.silent_from), (kept.performed, kept.silent_from));
            assert_eq!((&given.reason, &given.evidence), (&kept.reason, &kept.evidence));
        }
    }
}
