//! Cross joins with the small side first.
//!
//! The engine keeps the first side of a cross join in memory and makes, for each of its rows, a batch
//! of the rows of each batch of the second side. A population beside the letters of its attributes
//! then comes in batches of seven rows, which takes ten times as long as the query itself. The engine
//! puts the smaller side first by its own estimate, and estimates what joins give as next to nothing.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _};
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::joins::CrossJoinExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties as _};

/// A side with no more rows than this is small.
const SMALL: usize = 1_000;

/// Puts a side that is known to be small before one that is not.
#[derive(Debug)]
pub(crate) struct SmallFirst;

impl PhysicalOptimizerRule for SmallFirst {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let join = node.downcast_ref::<CrossJoinExec>();
            Ok(match join.filter(|join| !is_small(join.left()) && is_small(join.right())) {
                Some(join) => Transformed::yes(swapped(join)?),
                None => Transformed::no(node),
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "small_first"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The sides in the other order, the columns in the same. What is kept in memory must be one part.
fn swapped(join: &CrossJoinExec) -> Result<Arc<dyn ExecutionPlan>> {
    let small = Arc::clone(join.right());
    let one: Arc<dyn ExecutionPlan> = match small.output_partitioning().partition_count() {
        1 => small,
        _ => Arc::new(CoalescePartitionsExec::new(small)),
    };
    CrossJoinExec::new(Arc::clone(join.left()), one).swap_inputs()
}

/// Whether it is known, not estimated, to give few rows.
fn is_small(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let known = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new());
    known.is_ok_and(|known| matches!(known.num_rows, Precision::Exact(rows) if rows <= SMALL))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::record_batch::RecordBatch;
    use datafusion::execution::SessionStateBuilder;
    use datafusion::physical_plan::displayable;
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    /// The first side of the cross join in the plan of a query.
    fn first_side(sql: &str) -> String {
        let state = SessionStateBuilder::new_with_default_features()
            .with_config(SessionConfig::new().with_target_partitions(1))
            .with_physical_optimizer_rule(Arc::new(SmallFirst))
            .build();
        let context = SessionContext::new_with_state(state);
        let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
        let plan = runtime.block_on(async {
            context.sql(sql).await.expect("a query").create_physical_plan().await.expect("a plan")
        });
        let told = displayable(plan.as_ref()).indent(false).to_string();
        let lines: Vec<_> = told.lines().map(str::trim).collect();
        let join = lines.iter().position(|line| *line == "CrossJoinExec").expect(&told);
        let first = lines[join + 1..].join("\n");
        let rows = runtime.block_on(async { context.sql(sql).await?.collect().await });
        let rows = rows.expect("rows").iter().map(RecordBatch::num_rows).sum::<usize>();
        assert_eq!(rows, 66_666, "{told}");
        first
    }

    #[test]
    fn letters_come_first_wherever_they_are_written() {
        let many = "(SELECT value FROM generate_series(1, 100000) WHERE value % 3 = 0) k";
        let few = "(SELECT 'A' AS attribute UNION ALL SELECT 'B') x";
        for sql in [
            format!("SELECT value, attribute FROM {many} CROSS JOIN {few}"),
            format!("SELECT value, attribute FROM {few} CROSS JOIN {many}"),
        ] {
            let first = first_side(&sql);
            assert!(!first.starts_with("FilterExec") && first.contains("UnionExec"), "{first}");
        }
    }
}
