//! Statements of a control's query about its items, kept small until they are judged.
//!
//! A large company has some fifteen million of them for one control, so texts are numbers here and
//! instants have no flag of their own: 56 bytes each, and every text once.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};
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
    let (mut kept, mut instants) = (Vec::new(), Instants::default());
    let mut before = [0; 4];
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
            let told = [
                rows.need("item", item.get(row))?,
                rows.need("attribute", attribute.get(row))?,
                text(reason.as_ref(), row),
                text(evidence.as_ref(), row),
            ];
            texts.numbers(told, &mut before);
            let [item, attribute, reason, evidence] = before;
            kept.push(Kept {
                item,
                attribute,
                reason,
                evidence,
                validity: flat(validity.get(row)),
                instants: instants.number([&anchor, &completed, &performed, &silent_from].map(at)),
                outcome: outcome.map_err(|e: tenure_model::outcome::UnknownOutcome| {
                    rows.shape(e.to_string())
                })?,
            });
        }
        Ok(())
    })?;
    Ok(Statements { kept, instants: instants.0, texts: texts.all })
}

/// What a column says; where it says nothing or there is none, nothing.
fn text(column: Option<&crate::cells::Texts>, row: usize) -> &str {
    column.and_then(|column| column.get(row)).unwrap_or_default()
}

/// Statements, in the order in which they were given.
pub(crate) struct Statements {
    kept: Vec<Kept>,
    instants: Vec<[i64; 4]>,
    texts: Vec<Text>,
}

/// One of them: texts by number, instants in microseconds.
struct Kept {
    item: u32,
    attribute: u32,
    reason: u32,
    evidence: u32,
    instants: u32,
    validity: [i64; 4],
    outcome: Option<Outcome>,
}

impl Statements {
    /// The numbers of all of them, in order of items; of one item, as they were given.
    pub(crate) fn by_item(&self) -> Vec<u32> {
        let mut places = self.places();
        let mut order = vec![0; self.kept.len()];
        for (row, kept) in self.kept.iter().enumerate() {
            let place = &mut places[kept.item as usize];
            order[*place as usize] = number(row);
            *place += 1;
        }
        order
    }

    /// By the number of a text: where in order of the items the first statement about it stands. Each
    /// name is compared once, however many statements are about it.
    fn places(&self) -> Vec<u32> {
        let mut counts = vec![0_u32; self.texts.len()];
        self.kept.iter().for_each(|kept| counts[kept.item as usize] += 1);
        let mut items: Vec<u32> =
            (0..number(counts.len())).filter(|item| counts[*item as usize] > 0).collect();
        items.sort_unstable_by(|a, b| self.text(*a).cmp(self.text(*b)));
        let mut next = 0;
        for item in items {
            next += std::mem::replace(&mut counts[item as usize], next);
        }
        counts
    }

    /// The item of one of them.
    pub(crate) fn item(&self, row: u32) -> &Text {
        self.text(self.kept[row as usize].item)
    }

    /// One of them.
    pub(crate) fn get(&self, row: u32) -> Statement {
        let kept = &self.kept[row as usize];
        let instants = self.instants[kept.instants as usize];
        let [anchor, completed, performed, silent_from] = instants.map(instant);
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
        (0..number(self.kept.len())).map(|row| self.get(row))
    }

    fn text(&self, number: u32) -> &Text {
        &self.texts[number as usize]
    }
}

impl FromIterator<Statement> for Statements {
    fn from_iter<I: IntoIterator<Item = Statement>>(all: I) -> Self {
        let (mut texts, mut instants) = (Texts::default(), Instants::default());
        let mut kept = Vec::new();
        for one in all {
            let at = [one.anchor, one.completed, one.performed, one.silent_from];
            kept.push(Kept {
                item: texts.number(&one.item),
                attribute: texts.number(&one.attribute),
                reason: texts.number(&one.reason),
                evidence: texts.number(one.evidence.as_str()),
                validity: flat(one.validity),
                instants: instants.number(at),
                outcome: one.outcome,
            });
        }
        Self { kept, instants: instants.0, texts: texts.all }
    }
}

/// Instants beside the validity, which most statements of most controls lack: each four once, where
/// they follow one another.
struct Instants(Vec<[i64; 4]>);

impl Default for Instants {
    fn default() -> Self {
        Self(vec![[NONE; 4]])
    }
}

impl Instants {
    fn number(&mut self, instants: [Option<Timestamp>; 4]) -> u32 {
        let instants = instants.map(raw);
        if instants == [NONE; 4] {
            return 0;
        }
        if self.0.last() != Some(&instants) {
            self.0.push(instants);
        }
        number(self.0.len() - 1)
    }
}

/// Four thousand million of anything would not fit into memory.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
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
    hasher: DefaultHashBuilder,
    /// Places in `all`, by the hash of the text there.
    places: HashTable<u32>,
    all: Vec<Text>,
}

impl Texts {
    /// The text, kept once.
    pub(crate) fn one(&mut self, text: &str) -> Text {
        let place = self.number(text);
        self.all[place as usize].clone()
    }

    /// `artifact-digest#record artifact-digest#record`.
    pub(crate) fn pointers(&mut self, text: Option<&str>) -> Evidence {
        Evidence::from(self.one(text.unwrap_or_default()))
    }

    /// Their numbers, in the place of those of the row before, which mostly are some of them.
    fn numbers<const N: usize>(&mut self, texts: [&str; N], before: &mut [u32; N]) {
        for (text, number) in texts.into_iter().zip(before) {
            if self.all.get(*number as usize).is_none_or(|known| *known != *text) {
                *number = self.number(text);
            }
        }
    }

    fn number(&mut self, text: &str) -> u32 {
        let Self { hasher, places, all } = self;
        let same = |place: &u32| all[*place as usize] == *text;
        let hash = |place: &u32| hasher.hash_one(all[*place as usize].as_str());
        let entry = places.entry(hasher.hash_one(text), same, hash);
        let place = *entry.or_insert_with(|| number(all.len())).get();
        if place as usize == all.len() {
            all.push(text.into());
        }
        place
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
