//! A population against a second source that tells of the same things.
//!
//! Query, optional for every kind: `reconcile(against, item, ours, theirs, reason)`, one row for each
//! thing that either side knows: the second source's name, what both would call the thing, whether
//! the population knows it, whether the second source does, and what only one of them says of it. A
//! query gives rows only of second sources that there are, over the time that they cover.

use std::collections::{BTreeMap, BTreeSet};

use tenure_model::evaluation::{Difference, Reconciliation};

use crate::cells::Rows;
use crate::definition::RECONCILE;
use crate::engine::Test;
use crate::engine::rows::render;
use crate::session::QueryError;

/// Differences that are kept; all of them are counted.
const KEPT: usize = 1_000;

/// What one second source says.
#[derive(Default)]
struct Compared {
    ours: u64,
    theirs: u64,
    unmatched: u64,
    differences: BTreeSet<Difference>,
}

/// Runs the comparison of a control with each of its second sources, in order of their names.
pub(crate) fn reconcile(test: &Test<'_>) -> Result<Vec<Reconciliation>, QueryError> {
    let Some(sql) = test.definition.query(RECONCILE) else { return Ok(Vec::new()) };
    let name = format!("{} sql.{RECONCILE}", test.definition.id);
    let mut all: BTreeMap<String, Compared> = BTreeMap::new();
    let sql = render(test.definition, &test.period, test.as_of, sql);
    test.session.in_steps(&sql, &mut |batch| compare(&Rows::new(&name, &batch), &mut all))?;
    Ok(all.into_iter().map(|(name, compared)| compared.told(name)).collect())
}

/// Takes rows of the comparison.
fn compare(rows: &Rows<'_>, all: &mut BTreeMap<String, Compared>) -> Result<(), QueryError> {
    let against = rows.need("against", rows.text("against")?)?;
    let item = rows.need("item", rows.text("item")?)?;
    let (ours, theirs) = (rows.flag("ours")?, rows.flag("theirs")?);
    let (ours, theirs) = (rows.need("ours", ours)?, rows.need("theirs", theirs)?);
    let reason = rows.text("reason")?;
    for row in 0..rows.count() {
        let known = |side: &crate::cells::Flags| side.get(row).unwrap_or(false);
        let against = rows.need("against", against.get(row))?;
        if !all.contains_key(against) {
            all.insert(against.to_owned(), Compared::default());
        }
        let Some(compared) = all.get_mut(against) else { continue };
        compared.take(known(&ours), known(&theirs), || Difference {
            item: item.get(row).unwrap_or_default().to_owned(),
            ours: known(&ours),
            reason: reason
                .as_ref()
                .and_then(|reason| reason.get(row))
                .unwrap_or_default()
                .to_owned(),
        });
    }
    Ok(())
}

impl Compared {
    fn take(&mut self, ours: bool, theirs: bool, difference: impl FnOnce() -> Difference) {
        self.ours += u64::from(ours);
        self.theirs += u64::from(theirs);
        if ours == theirs {
            return;
        }
        self.unmatched += 1;
        self.differences.insert(difference());
        if self.differences.len() > KEPT {
            self.differences.pop_last();
        }
    }

    fn told(self, against: String) -> Reconciliation {
        Reconciliation {
            against,
            ours: self.ours,
            theirs: self.theirs,
            unmatched: self.unmatched,
            agrees: self.unmatched == 0 && self.ours == self.theirs,
            differences: self.differences.into_iter().collect(),
        }
    }
}

/// What two sources disagree on is a gap in one of them; for people, with the first example.
pub(crate) fn note(reconciliation: &Reconciliation) -> Option<String> {
    let Reconciliation { against, ours, theirs, unmatched, differences, .. } = reconciliation;
    if reconciliation.agrees {
        return None;
    }
    let first = differences.first().map(|first| {
        let side = if first.ours { "not there" } else { "only there" };
        let why =
            if first.reason.is_empty() { String::new() } else { format!(": {}", first.reason) };
        format!(", e.g. {} ({side}{why})", first.item)
    });
    Some(format!(
        "compared with {against}: {ours} here, {theirs} there, {unmatched} known to one side only{}",
        first.unwrap_or_default()
    ))
}
