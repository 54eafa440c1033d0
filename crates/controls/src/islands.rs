//! `islands(query)` and `gaps(query)`: table functions over intervals.
//!
//! The query gives columns `key`, `from_ts`, `to_ts` (null = open). `islands` merges overlapping
//! and touching intervals of a key; `gaps` gives the holes between a key's islands.

use std::sync::Arc;

use datafusion::catalog::{
    Session as CatalogSession, TableFunctionArgs, TableFunctionImpl, TableProvider,
};
use datafusion::common::{ScalarValue, plan_err};
use datafusion::datasource::ViewTable;
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;

/// Adds the table functions to a session.
pub(crate) fn register(context: &SessionContext) {
    context.register_udtf("islands", Arc::new(OverIntervals { name: "islands", select: ISLANDS }));
    context.register_udtf("gaps", Arc::new(OverIntervals { name: "gaps", select: GAPS }));
}

/// Instants far beyond any other stand for "open" while maxima are taken.
const FAR: &str = "instant('9999-01-01')";

/// Literals of SQL are in nanoseconds, which do not reach that far.
const MICROS: &str = "Timestamp(Microsecond, Some(\"UTC\"))";

const ISLANDS: &str =
    "SELECT key, from_ts, CASE WHEN to_ts >= {far} THEN NULL ELSE to_ts END AS to_ts FROM island";

const GAPS: &str = "SELECT key, to_ts AS from_ts, next_from AS to_ts FROM (
    SELECT key, to_ts, lead(from_ts) OVER (PARTITION BY key ORDER BY from_ts) AS next_from FROM island
) WHERE next_from IS NOT NULL";

#[derive(Debug)]
struct OverIntervals {
    name: &'static str,
    select: &'static str,
}

impl TableFunctionImpl for OverIntervals {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let [Expr::Literal(ScalarValue::Utf8(Some(query)), _)] = args.exprs() else {
            return plan_err!(
                "{}() takes one text: a query with the columns key, from_ts, to_ts",
                self.name
            );
        };
        let sql = self.sql(query);
        let Some(state) =
            (args.session() as &dyn CatalogSession).as_any().downcast_ref::<SessionState>()
        else {
            return plan_err!("{}() needs a session of its own engine", self.name);
        };
        // Planning only looks tables up in memory, so it never really waits.
        let plan = drive(state.create_logical_plan(&sql))?;
        Ok(Arc::new(ViewTable::new(plan, Some(sql))))
    }
}

impl OverIntervals {
    fn sql(&self, query: &str) -> String {
        let select = self.select.replace("{far}", FAR);
        let [from, to] = ["from_ts", "to_ts"].map(|name| format!("arrow_cast({name}, '{MICROS}')"));
        format!(
            "WITH given AS (
                SELECT key, {from} AS from_ts, coalesce({to}, {FAR}) AS to_ts FROM ({query})
            ), reached AS (
                SELECT key, from_ts, to_ts, max(to_ts) OVER (
                    PARTITION BY key ORDER BY from_ts, to_ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS before FROM given
            ), numbered AS (
                SELECT key, from_ts, to_ts, sum(CASE WHEN before >= from_ts THEN 0 ELSE 1 END) OVER (
                    PARTITION BY key ORDER BY from_ts, to_ts ROWS UNBOUNDED PRECEDING
                ) AS island FROM reached
            ), island AS (
                SELECT key, min(from_ts) AS from_ts, max(to_ts) AS to_ts FROM numbered GROUP BY key, island
            ) {select}"
        )
    }
}

/// Drives a future that does not wait for anything outside.
fn drive<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
