//! `spells(query, limit, …)`: a table function that merges what lies close together.
//!
//! The query gives columns `system`, `name`, `from_ts`, `to_ts`, in any order of rows. Stretches of one
//! name of one system with no more than the shortest of the limits between them become one row.
//! Whoever asks for silence longer than a limit needs the ends of spells only, not each use: rows are
//! merged as they come, so memory grows with names and not with uses.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::{
    Session as CatalogSession, TableFunctionArgs, TableFunctionImpl, TableProvider,
};
use datafusion::common::{ScalarValue, plan_err};
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::SessionContext;
use futures_util::StreamExt as _;
use tenure_model::Timestamp;
use tokio::sync::OnceCell;

use crate::cells::Rows;
use crate::engine::intervals::Interval;
use crate::functions::instant;
use crate::session::QueryError;

/// Adds the table function to a session.
pub(crate) fn register(context: &SessionContext) {
    context.register_udtf("spells", Arc::new(OfQuery));
}

#[derive(Debug)]
struct OfQuery;

impl TableFunctionImpl for OfQuery {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let [Expr::Literal(ScalarValue::Utf8(Some(query)), _), limits @ ..] = args.exprs() else {
            return plan_err!("spells() takes a text, the query, and one or more limits");
        };
        let limits = limits.iter().map(micros).collect::<Result<Vec<_>>>()?;
        let Some(within) = limits.into_iter().min() else {
            return plan_err!("spells() takes a limit after its query");
        };
        Ok(Arc::new(Spells { query: query.clone(), within, rows: OnceCell::new() }))
    }
}

/// The microseconds of a literal interval without months, which differ in length.
fn micros(limit: &Expr) -> Result<i64> {
    match limit {
        Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(length)), _) if length.months == 0 => {
            Ok(i64::from(length.days) * Timestamp::DAY + length.nanoseconds / 1_000)
        }
        other => plan_err!("a limit of spells() is an interval of days or less, not {other}"),
    }
}

#[derive(Debug)]
struct Spells {
    query: String,
    /// How far apart in microseconds stretches of one spell may lie.
    within: i64,
    rows: OnceCell<RecordBatch>,
}

impl Spells {
    async fn fill(&self, session: &dyn CatalogSession) -> Result<RecordBatch> {
        let Some(state) = session.as_any().downcast_ref::<SessionState>() else {
            return plan_err!("spells() needs a session of its own engine");
        };
        let plan = state.create_logical_plan(&self.query).await?;
        let plan = state.create_physical_plan(&plan).await?;
        let mut batches = execute_stream(plan, state.task_ctx())?;
        let mut merged = Merged::new(self.within);
        while let Some(batch) = batches.next().await {
            merged.take(&batch?).map_err(|e| DataFusionError::External(Box::new(e)))?;
        }
        merged.rows()
    }
}

fn schema() -> SchemaRef {
    let column = |name: &str, kind| Field::new(name, kind, true);
    Arc::new(Schema::new(vec![
        column("system", DataType::Utf8),
        column("name", DataType::Utf8),
        column("from_ts", instant()),
        column("to_ts", instant()),
    ]))
}

/// Spells by system and name.
struct Merged {
    within: i64,
    systems: BTreeMap<String, HashMap<Box<str>, Vec<Interval>>>,
}

impl Merged {
    const fn new(within: i64) -> Self {
        Self { within, systems: BTreeMap::new() }
    }

    fn take(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let rows = Rows::new("spells", batch);
        let text = |name: &str| rows.need(name, rows.text(name)?);
        let time = |name: &str| rows.need(name, rows.time(name)?);
        let (system, name) = (text("system")?, text("name")?);
        let (from, to) = (time("from_ts")?, time("to_ts")?);
        for row in 0..batch.num_rows() {
            let (Some(system), Some(name), Some(from), Some(to)) =
                (system.get(row), name.get(row), from.get(row), to.get(row))
            else {
                continue;
            };
            if !self.systems.contains_key(system) {
                self.systems.insert(system.to_owned(), HashMap::new());
            }
            let Some(names) = self.systems.get_mut(system) else { continue };
            match names.get_mut(name) {
                Some(spells) => add(spells, (from, to.max(from)), self.within),
                None => drop(names.insert(name.into(), vec![(from, to.max(from))])),
            }
        }
        Ok(())
    }

    /// In order of system, name and time.
    fn rows(self) -> Result<RecordBatch> {
        let (mut systems, mut names) = (Vec::new(), Vec::new());
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for (system, of) in &self.systems {
            let mut of: Vec<_> = of.iter().collect();
            of.sort_unstable();
            for (name, spell) in of.iter().flat_map(|(n, list)| list.iter().map(move |s| (n, s))) {
                systems.push(system.as_str());
                names.push(&***name);
                from.push(spell.0.micros());
                to.push(spell.1.micros());
            }
        }
        let time =
            |micros| TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC");
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(systems)),
            Arc::new(StringArray::from(names)),
            Arc::new(time(from)),
            Arc::new(time(to)),
        ];
        Ok(RecordBatch::try_new(schema(), columns)?)
    }
}

/// Adds a stretch to spells in order of time, and merges those that it brings together.
fn add(spells: &mut Vec<Interval>, (from, to): Interval, within: i64) {
    let apart =
        |end: Timestamp, start: Timestamp| start.micros().saturating_sub(end.micros()) > within;
    let first = spells.partition_point(|spell| apart(spell.1, from));
    let after = first + spells[first..].partition_point(|spell| !apart(to, spell.0));
    if first == after {
        spells.insert(first, (from, to));
        return;
    }
    let whole = (from.min(spells[first].0), to.max(spells[after - 1].1));
    spells[first] = whole;
    spells.drain(first + 1..after);
}

#[async_trait]
impl TableProvider for Spells {
    fn schema(&self) -> SchemaRef {
        schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn CatalogSession,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = self.rows.get_or_try_init(|| self.fill(state)).await?;
        let table = MemTable::try_new(schema(), vec![vec![rows.clone()]])?;
        table.scan(state, projection, filters, limit).await
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_the_order_what_lies_close_is_one(
            given in proptest::collection::vec((0_i64..200, 0_i64..9), 1..40),
            within in 0_i64..20,
        ) {
            let at = Timestamp::from_micros;
            let mut merged = Vec::new();
            for (from, length) in &given {
                add(&mut merged, (at(*from), at(from + length)), within);
            }
            let mut sorted: Vec<_> = given.iter().map(|(from, length)| (*from, from + length)).collect();
            sorted.sort_unstable();
            let mut expected: Vec<(i64, i64)> = Vec::new();
            for (from, to) in sorted {
                match expected.last_mut() {
                    Some(last) if from - last.1 <= within => last.1 = last.1.max(to),
                    _ => expected.push((from, to)),
                }
            }
            let merged: Vec<_> = merged.iter().map(|(f, t)| (f.micros(), t.micros())).collect();
            prop_assert_eq!(merged, expected);
        }
    }
}
