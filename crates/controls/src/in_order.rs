//! Parts of a plan one after another.
//!
//! The engine runs the branches of a `UNION` side by side and takes their rows as they come. Which
//! row is first is chance then, and every branch holds its memory at once. Here a branch begins when
//! the one before has ended: the order of rows follows from the plan alone.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::internal_err;
use datafusion::common::tree_node::{
    Transformed, TransformedResult as _, TreeNode as _, TreeNodeRecursion,
};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties as _, PlanProperties,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

/// Puts [`InOrder`] wherever partitions become one, and above a plan that has several.
#[derive(Debug)]
pub(crate) struct OneAfterAnother;

impl PhysicalOptimizerRule for OneAfterAnother {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = plan
            .transform_up(|node| {
                let merges = node.downcast_ref::<CoalescePartitionsExec>();
                Ok(match merges.filter(|merge| merge.fetch().is_none()) {
                    Some(merge) => Transformed::yes(InOrder::over(Arc::clone(merge.input()))),
                    None => Transformed::no(node),
                })
            })
            .data()?;
        let several = plan.output_partitioning().partition_count() > 1;
        Ok(if several { InOrder::over(plan) } else { plan })
    }

    fn name(&self) -> &'static str {
        "one_after_another"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The partitions of its input, one after another.
#[derive(Debug)]
struct InOrder {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl InOrder {
    fn over(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        // What is known of partitions that are taken together is the same in any order.
        let merged = CoalescePartitionsExec::new(Arc::clone(&input));
        let properties = Arc::clone(merged.properties());
        Arc::new(Self { input, properties })
    }
}

impl DisplayAs for InOrder {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InOrder")
    }
}

impl ExecutionPlan for InOrder {
    fn name(&self) -> &'static str {
        "InOrder"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(child), true) => Ok(Self::over(child)),
            _ => internal_err!("InOrder has one child"),
        }
    }

    fn execute(&self, _: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = Arc::clone(&self.input);
        let parts = stream::iter(0..input.output_partitioning().partition_count());
        let rows = parts.map(move |part| input.execute(part, Arc::clone(&context))).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::util::pretty::pretty_format_batches;
    use datafusion::execution::SessionStateBuilder;
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    #[test]
    fn branches_come_in_the_order_in_which_they_are_written() {
        let state = SessionStateBuilder::new_with_default_features()
            .with_config(SessionConfig::new().with_target_partitions(1))
            .with_physical_optimizer_rule(Arc::new(OneAfterAnother))
            .build();
        let context = SessionContext::new_with_state(state);
        let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
        let sql = "SELECT value FROM generate_series(7, 8) UNION ALL SELECT value FROM generate_series(1, 2)";
        let rows = |sql: &str| {
            let frame = runtime.block_on(context.sql(sql)).expect("a query");
            let rows = runtime.block_on(frame.collect()).expect("rows");
            pretty_format_batches(&rows).expect("text").to_string()
        };
        assert!(rows(&format!("EXPLAIN {sql}")).contains("InOrder"));
        let told: Vec<_> =
            rows(sql).matches(|c: char| c.is_ascii_digit()).map(str::to_owned).collect();
        assert_eq!(told, ["7", "8", "1", "2"]);
        let grouped = rows(&format!("SELECT value, count(*) AS n FROM ({sql}) GROUP BY value"));
        let told: Vec<_> =
            grouped.matches(|c: char| c.is_ascii_digit()).map(str::to_owned).collect();
        assert_eq!(told, ["7", "1", "8", "1", "1", "1", "2", "1"]);
    }
}
