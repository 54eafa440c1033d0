//! A population against a second source that tells of the same things.
//!
//! Query, optional for every kind: `reconcile(against, ours, theirs, unmatched, example)`, one row per
//! second source: how many each side has, how many only one of them has, and one of those.

use tenure_model::evaluation::Reconciliation;

use crate::cells::{Ints, Rows};
use crate::definition::RECONCILE;
use crate::engine::Test;
use crate::engine::rows::render;
use crate::session::QueryError;

/// A comparison, and what it found only on one side.
pub(crate) struct Reconciled {
    pub(crate) counts: Reconciliation,
    pub(crate) note: Option<String>,
}

/// Runs the comparisons of a control; one whose second source has nothing at all is left out.
pub(crate) fn reconcile(test: &Test<'_>) -> Result<Vec<Reconciled>, QueryError> {
    let Some(sql) = test.definition.query(RECONCILE) else { return Ok(Vec::new()) };
    let name = format!("{} sql.{RECONCILE}", test.definition.id);
    let mut all = Vec::new();
    for batch in test.session.sql(&render(test.definition, &test.period, test.as_of, sql))? {
        let rows = Rows::new(&name, &batch);
        let against = rows.need("against", rows.text("against")?)?;
        let count = |column: &str| rows.need(column, rows.int(column)?);
        let (ours, theirs) = (count("ours")?, count("theirs")?);
        let (unmatched, example) = (count("unmatched")?, rows.text("example")?);
        for row in 0..batch.num_rows() {
            let number = |of: &Ints| of.get(row).and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
            let (ours, theirs, unmatched) = (number(&ours), number(&theirs), number(&unmatched));
            let against = rows.need("against", against.get(row))?.to_owned();
            if theirs == 0 {
                continue;
            }
            let example = example.as_ref().and_then(|c| c.get(row)).unwrap_or("not named");
            all.push(Reconciled {
                note: (unmatched > 0).then(|| {
                    format!("{unmatched} are known to one side only, compared with {against}, e.g. {example}")
                }),
                counts: Reconciliation {
                    agrees: unmatched == 0 && ours == theirs,
                    against,
                    ours,
                    theirs,
                    unmatched,
                },
            });
        }
    }
    Ok(all)
}
