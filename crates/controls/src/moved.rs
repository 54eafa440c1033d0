//! What late evidence changed: two evaluations of one period, as known at two ledger indexes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tenure_model::evaluation::{ControlResult, Deviation, Evaluated, PopulationItem};
use tenure_model::ids::Seq;
use tenure_model::outcome::Outcome;
use tenure_model::{Evidence, Period, Text};

use crate::cells::Rows;
use crate::session::{QueryError, Session};

/// Schema name of [`Moved`].
pub const SCHEMA: &str = "tenure.moved/v1";

/// The difference between two evaluations.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Moved {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The period.
    pub period: Period,
    /// As known at this index before.
    pub since: Seq,
    /// As known at this index now.
    pub known_at: Seq,
    /// Runs that were recorded in between.
    pub runs: Vec<NewRun>,
    /// What moved, in order of control, item and attribute.
    pub changes: Vec<Movement>,
}

/// A run that was recorded after the first index.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct NewRun {
    /// Its ledger index.
    pub seq: Seq,
    /// Its source.
    pub source: String,
    /// Its name.
    pub run: String,
}

/// One attribute of one item of which something else is known now.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Movement {
    /// The control.
    pub control: String,
    /// The item.
    pub item: Text,
    /// The attribute; `null` where the item itself came or went.
    pub attribute: Option<Text>,
    /// The outcome before; `null` = the item was not in the population.
    pub before: Option<Outcome>,
    /// The outcome now; `null` = the item is not in the population.
    pub after: Option<Outcome>,
    /// Stretches of the findings before.
    pub stretches_before: Vec<String>,
    /// Stretches of the findings now.
    pub stretches_after: Vec<String>,
    /// Why, in the words of the finding now, or of the one that is no more.
    pub reason: Text,
    /// Records that what is known now rests on and that were not known before; without any, what
    /// moved it is coverage, or that something was seen no longer.
    pub evidence: Evidence,
}

/// Runs recorded after `since`, up to `known_at`.
///
/// # Errors
/// When the runs cannot be read.
pub fn runs(session: &Session, since: Seq) -> Result<Vec<NewRun>, QueryError> {
    let sql = format!("SELECT seq, source, run FROM runs WHERE seq > {} ORDER BY seq", since.0);
    let mut all = Vec::new();
    for batch in session.sql(&sql)? {
        let rows = Rows::new("runs", &batch);
        let seq = rows.need("seq", rows.int("seq")?)?;
        let (source, run) = (rows.text("source")?, rows.text("run")?);
        for row in 0..batch.num_rows() {
            let text = |column: &Option<crate::cells::Texts>| {
                column.as_ref().and_then(|c| c.get(row)).unwrap_or_default().to_owned()
            };
            let seq = seq.get(row).and_then(|seq| u64::try_from(seq).ok()).unwrap_or_default();
            all.push(NewRun { seq: Seq(seq), source: text(&source), run: text(&run) });
        }
    }
    Ok(all)
}

/// Compares two evaluations of one period.
#[must_use]
pub fn moved(before: &Evaluated, after: &Evaluated, runs: Vec<NewRun>) -> Moved {
    let mut changes = Vec::new();
    let none = Vec::new();
    let results = |of: &Evaluated| {
        let by_id = of.evaluation.controls.iter().map(|c| (c.id.clone(), c.clone()));
        by_id.collect::<BTreeMap<String, ControlResult>>()
    };
    let (old, new) = (results(before), results(after));
    let ids: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for id in ids {
        let items = |of: &'_ Evaluated| of.items.get(id).unwrap_or(&none).clone();
        let side = |result: Option<&ControlResult>, items: Vec<PopulationItem>| {
            Side::new(result.map_or(&[][..], |r| &r.deviations.list), items)
        };
        let (was, is) = (side(old.get(id), items(before)), side(new.get(id), items(after)));
        changes.extend(differences(id, &was, &is));
    }
    Moved {
        schema: SCHEMA.to_owned(),
        period: after.evaluation.period,
        since: before.evaluation.known_at,
        known_at: after.evaluation.known_at,
        runs,
        changes,
    }
}

/// One evaluation of a control, by item.
struct Side {
    items: BTreeMap<Text, PopulationItem>,
    findings: BTreeMap<(Text, Text), Vec<Deviation>>,
}

impl Side {
    fn new(list: &[Deviation], items: Vec<PopulationItem>) -> Self {
        let mut findings: BTreeMap<_, Vec<Deviation>> = BTreeMap::new();
        for finding in list {
            let key = (finding.item.clone(), finding.attribute.clone());
            findings.entry(key).or_default().push(finding.clone());
        }
        Self { items: items.into_iter().map(|i| (i.item.clone(), i)).collect(), findings }
    }

    fn of(&self, item: &str, attribute: &str) -> &[Deviation] {
        let key = (Text::from(item), Text::from(attribute));
        self.findings.get(&key).map_or(&[][..], Vec::as_slice)
    }
}

fn differences(control: &str, was: &Side, is: &Side) -> Vec<Movement> {
    let names: BTreeSet<_> = was.items.keys().chain(is.items.keys()).collect();
    let mut all = Vec::new();
    for item in names {
        match (was.items.get(item), is.items.get(item)) {
            (Some(old), Some(new)) => all.extend(attributes(control, (was, old), (is, new))),
            (old, new) => {
                let came = new.is_some();
                all.push(Movement {
                    control: control.to_owned(),
                    item: item.clone(),
                    attribute: None,
                    before: old.map(|i| i.outcome),
                    after: new.map(|i| i.outcome),
                    stretches_before: Vec::new(),
                    stretches_after: Vec::new(),
                    reason: match came {
                        true => "it is in the population now".into(),
                        false => "it is not in the population any more".into(),
                    },
                    evidence: new.map(|i| i.evidence.clone()).unwrap_or_default(),
                });
            }
        }
    }
    all
}

fn attributes(
    control: &str,
    (was, old): (&Side, &PopulationItem),
    (is, new): (&Side, &PopulationItem),
) -> Vec<Movement> {
    let letters: BTreeSet<_> = old.attributes.names().chain(new.attributes.names()).collect();
    let mut all = Vec::new();
    for letter in letters {
        let (before, after) = (old.attributes.get(letter), new.attributes.get(letter));
        let (gone, here) = (was.of(&old.item, letter), is.of(&new.item, letter));
        if before == after && stretches(gone) == stretches(here) {
            continue;
        }
        let known: BTreeSet<_> =
            gone.iter().flat_map(|d| d.evidence.iter()).chain(old.evidence.iter()).collect();
        let found = here.iter().flat_map(|d| d.evidence.iter()).chain(new.evidence.iter());
        let evidence: BTreeSet<_> = found.filter(|e| !known.contains(e)).collect();
        let told = here.first().or_else(|| gone.first());
        all.push(Movement {
            control: control.to_owned(),
            item: new.item.clone(),
            attribute: Some(letter.into()),
            before,
            after,
            stretches_before: stretches(gone),
            stretches_after: stretches(here),
            reason: told.map(|d| d.reason.clone()).unwrap_or_default(),
            evidence: evidence.into_iter().collect(),
        });
    }
    all
}

fn stretches(findings: &[Deviation]) -> Vec<String> {
    let to = |d: &Deviation| d.to.map(|to| to.to_string()).unwrap_or_default();
    findings
        .iter()
        .map(|d| {
            let under = d.exception.as_ref().map(|e| format!(" under {e}")).unwrap_or_default();
            format!("{} {}..{}{under}", d.outcome.as_str(), d.from, to(d))
        })
        .collect()
}
