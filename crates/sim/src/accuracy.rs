//! How much of the truth an evaluation found, control by control.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tenure_model::Timestamp;
use tenure_model::evaluation::{Deviation, Evaluated};
use tenure_model::outcome::Outcome;

use crate::truth::{Kind, Planted};

/// What was planted, and what was found of it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Counts {
    /// Deviations planted.
    pub planted: u64,
    /// Of those, found with their outcome and stretch.
    pub found: u64,
    /// Of those, not found.
    pub missed: u64,
    /// Things that come close and are none.
    pub near_misses: u64,
    /// Evidence gaps planted.
    pub gaps: u64,
    /// Of those, answered as they must be.
    pub gaps_answered: u64,
    /// Findings that nothing planted explains; a near miss that was taken for a deviation is one.
    pub false_findings: u64,
    /// Findings that follow from how the company is.
    pub expected: u64,
    /// Items that the evidence supports: an attribute that nothing can support tests nothing.
    pub supported: u64,
}

impl Counts {
    /// Found of planted, gaps included; 1 where nothing was planted.
    #[must_use]
    pub fn recall(&self) -> f64 {
        ratio(self.found + self.gaps_answered, self.planted + self.gaps)
    }

    /// Found of all that was reported beside circumstances; 1 where nothing was.
    #[must_use]
    pub fn precision(&self) -> f64 {
        let right = self.found + self.gaps_answered;
        ratio(right, right + self.false_findings)
    }

    fn planted(&mut self, kind: Kind, hit: bool) {
        match kind {
            Kind::Deviation => {
                self.planted += 1;
                self.found += u64::from(hit);
                self.missed += u64::from(!hit);
            }
            Kind::Gap => {
                self.gaps += 1;
                self.gaps_answered += u64::from(hit);
            }
            Kind::NearMiss => self.near_misses += 1,
            Kind::Circumstance => {}
        }
    }
}

/// The counts of one control.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Row {
    /// Items of the population.
    pub items: u64,
    /// All attributes together.
    #[serde(flatten)]
    pub all: Counts,
    /// Each attribute of the control.
    pub attributes: BTreeMap<String, Counts>,
    /// Why the control could not be evaluated, if so.
    pub not_evaluated: Option<String>,
    /// What is missed or false, for people; no more than were asked for.
    pub examples: Vec<String>,
    /// How many of them to keep.
    #[serde(skip)]
    limit: usize,
}

impl Row {
    fn count(&mut self, attribute: &str, count: impl Fn(&mut Counts)) {
        count(&mut self.all);
        if !self.attributes.contains_key(attribute) {
            self.attributes.insert(attribute.to_owned(), Counts::default());
        }
        self.attributes.get_mut(attribute).into_iter().for_each(count);
    }

    fn example(&mut self, text: impl FnOnce() -> String) {
        if self.examples.len() < self.limit {
            self.examples.push(text());
        }
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    match whole {
        0 => 1.0,
        whole => part as f64 / whole as f64,
    }
}

/// Compares what was found with what was planted; so many examples are kept of each control.
#[must_use]
pub fn score(truth: &[Planted], evaluated: &Evaluated, examples: usize) -> BTreeMap<String, Row> {
    let mut by_control: BTreeMap<&str, Vec<&Planted>> = BTreeMap::new();
    for planted in truth {
        by_control.entry(&planted.control).or_default().push(planted);
    }
    let mut rows = BTreeMap::new();
    let end = evaluated.evaluation.period.to;
    for control in &evaluated.evaluation.controls {
        let planted = by_control.remove(control.id.as_str()).unwrap_or_default();
        let mut row = one(&planted, &control.deviations.list, end, examples);
        row.items = control.population.count;
        for item in evaluated.items.get(&control.id).into_iter().flatten() {
            row.all.supported += u64::from(item.outcome == Outcome::Supported);
            for attribute in item.attributes.names() {
                let counts = row.attributes.entry(attribute.to_owned()).or_default();
                let supported = item.attributes.get(attribute) == Some(Outcome::Supported);
                counts.supported += u64::from(supported);
            }
        }
        row.not_evaluated.clone_from(&control.not_evaluated);
        rows.insert(control.id.clone(), row);
    }
    // What no evaluation looked at is missed, not absent.
    for (control, planted) in by_control {
        rows.insert(control.to_owned(), one(&planted, &[], end, examples));
    }
    rows
}

fn one(planted: &[&Planted], findings: &[Deviation], end: Timestamp, examples: usize) -> Row {
    let mut row = Row { limit: examples, ..Row::default() };
    let mut by_place: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        by_place.entry((&finding.item, &finding.attribute)).or_default().push(index);
    }
    let mut explained = BTreeSet::new();
    for p in planted.iter().filter(|p| p.kind != Kind::Circumstance) {
        let at = by_place.get(&(p.item.as_str(), p.attribute.as_str())).map_or(&[][..], |v| v);
        let hits: Vec<_> = at.iter().filter(|i| answers(p, &findings[**i], end)).copied().collect();
        let hit = !hits.is_empty();
        row.count(&p.attribute, |counts| counts.planted(p.kind, hit));
        if !hit && p.kind != Kind::NearMiss && p.kind != Kind::Circumstance {
            let near = at.first().map(|i| told(&findings[*i])).unwrap_or_default();
            row.example(|| format!("missed {}: {}; {near}", place(p), p.reason));
        }
        explained.extend(hits);
    }
    beside(&mut row, planted, findings, &explained);
    row
}

/// Counts what nothing planted explains. A circumstance that shows nowhere was told wrongly: it is
/// missed.
fn beside(
    row: &mut Row,
    planted: &[&Planted],
    findings: &[Deviation],
    explained: &BTreeSet<usize>,
) {
    let circumstances: Vec<_> =
        planted.iter().filter(|p| p.kind == Kind::Circumstance).copied().collect();
    let mut shown = vec![false; circumstances.len()];
    for (index, finding) in findings.iter().enumerate() {
        if explained.contains(&index) || finding.outcome == Outcome::NotYetDue {
            continue;
        }
        let follows = circumstances.iter().position(|p| {
            let prefix = p.item.trim_end_matches('*');
            finding.attribute == p.attribute
                && p.outcome == finding.outcome
                && finding.item.starts_with(prefix)
        });
        if let Some(n) = follows {
            shown[n] = true;
            row.count(&finding.attribute, |counts| counts.expected += 1);
        } else {
            row.count(&finding.attribute, |counts| counts.false_findings += 1);
            row.example(|| {
                format!("false {} {}: {}", finding.item, finding.attribute, told(finding))
            });
        }
    }
    for (p, _) in circumstances.iter().zip(shown).filter(|(_, shown)| !shown) {
        row.count(&p.attribute, |counts| counts.planted(Kind::Deviation, false));
        row.example(|| format!("missed {}: {}; found of no item", place(p), p.reason));
    }
}

fn place(p: &Planted) -> String {
    format!("{} {} {} from {:?} to {:?}", p.item, p.attribute, p.outcome.as_str(), p.from, p.to)
}

fn told(finding: &Deviation) -> String {
    let to = finding.to.map(|to| to.to_string()).unwrap_or_default();
    format!("{} {}..{to}: {}", finding.outcome.as_str(), finding.from, finding.reason)
}

/// Whether a finding is what was planted: the outcome, and the stretch where one is given. What is
/// planted with a start and no end is still so at the end of the period, and must be told so.
fn answers(planted: &Planted, finding: &Deviation, end: Timestamp) -> bool {
    if planted.kind == Kind::NearMiss || planted.outcome != finding.outcome {
        return false;
    }
    let near = |a: Timestamp, b: Timestamp| {
        a.micros().abs_diff(b.micros()) <= planted.tolerance.unsigned_abs()
    };
    let from = planted.from.is_none_or(|from| near(from, finding.from));
    let to = match (planted.to, finding.to) {
        (Some(planted), Some(found)) => near(planted, found),
        (Some(_), None) => false,
        (None, Some(found)) => planted.any_end || planted.from.is_none() || found >= end,
        (None, None) => true,
    };
    from && to
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Truth;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    fn finding(item: &str, from: i64, to: i64, outcome: Outcome) -> Deviation {
        Deviation {
            item: item.into(),
            from: at(from),
            to: Some(at(to)),
            attribute: "A".into(),
            outcome,
            carry_in: false,
            carry_out: false,
            reason: "found".into(),
            exception: None,
            due: None,
            evidence: tenure_model::Evidence::default(),
        }
    }

    #[test]
    fn what_is_planted_is_found_missed_or_false() {
        let mut truth = Truth::default();
        let place = |item| ("C-1", item, "A");
        truth.deviation(place("found"), Outcome::Contradicted, (at(1), Some(at(2))), "late");
        truth.deviation(
            place("other stretch"),
            Outcome::Contradicted,
            (at(1), Some(at(2))),
            "late",
        );
        truth.deviation(place("missed"), Outcome::Contradicted, (at(1), Some(at(2))), "late");
        truth.near_miss(place("near"), "a second inside the limit");
        truth.gap(place("gap"), (None, None), "the log is missing");
        let truth = truth.sorted();
        let planted: Vec<_> = truth.iter().collect();
        let row = one(
            &planted,
            &[
                finding("found", 1, 2, Outcome::Contradicted),
                finding("other stretch", 1, 3, Outcome::Contradicted),
                finding("near", 1, 2, Outcome::Contradicted),
                finding("gap", 1, 2, Outcome::Indeterminate),
            ],
            at(9),
            1,
        );
        assert_eq!((row.all.planted, row.all.found, row.all.missed), (3, 1, 2));
        assert_eq!((row.all.gaps, row.all.gaps_answered, row.all.false_findings), (1, 1, 2));
        assert!(row.all.recall() < 1.0 && row.all.precision() < 1.0);
        assert_eq!(row.examples.len(), 1);
    }

    #[test]
    fn what_is_open_is_not_found_as_closed() {
        let mut truth = Truth::default();
        let open = (at(1), None);
        truth.deviation(("C-1", "closed", "A"), Outcome::Contradicted, open, "still so");
        truth.deviation(("C-1", "open", "A"), Outcome::Contradicted, open, "still so");
        truth.deviation(("C-1", "to the end", "A"), Outcome::Contradicted, open, "still so");
        truth.deviation(("C-1", "whenever", "A"), Outcome::Contradicted, open, "an event");
        truth.whenever_it_ends();
        let truth = truth.sorted();
        let planted: Vec<_> = truth.iter().collect();
        let findings = [
            finding("closed", 1, 8, Outcome::Contradicted),
            Deviation { to: None, ..finding("open", 1, 8, Outcome::Contradicted) },
            finding("to the end", 1, 9, Outcome::Contradicted),
            finding("whenever", 1, 2, Outcome::Contradicted),
        ];
        let row = one(&planted, &findings, at(9), 9);
        assert_eq!((row.all.found, row.all.missed, row.all.false_findings), (3, 1, 1));
    }

    #[test]
    fn a_circumstance_explains_its_items_and_must_show() {
        let mut truth = Truth::default();
        truth.circumstance(("C-1", "aws/*", "A"), Outcome::NotDemonstrated, "no source tells");
        truth.circumstance(("C-1", "okta/*", "A"), Outcome::NotDemonstrated, "no source tells");
        let truth = truth.sorted();
        let planted: Vec<_> = truth.iter().collect();
        let row = one(
            &planted,
            &[
                finding("aws/a", 1, 2, Outcome::NotDemonstrated),
                finding("aws/b", 1, 2, Outcome::Contradicted),
                finding("github/a", 1, 2, Outcome::NotDemonstrated),
            ],
            at(9),
            9,
        );
        assert_eq!((row.all.expected, row.all.false_findings, row.all.missed), (1, 2, 1));
    }
}
