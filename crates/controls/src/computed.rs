//! Tables that are computed from others by a function over rows, where SQL would need recursion.
//! They are filled when a query first reads them, once per session.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::{Session as CatalogSession, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::{ExecutionPlan, collect};
use tokio::sync::OnceCell;

use crate::session::QueryError;

/// From one batch per query to the rows of the table.
pub(crate) type Compute = fn(&[RecordBatch]) -> Result<RecordBatch, QueryError>;

/// A table, the queries that it is computed from, and the function.
#[derive(Debug)]
pub(crate) struct Computed {
    schema: SchemaRef,
    queries: Vec<String>,
    compute: Compute,
    rows: OnceCell<RecordBatch>,
}

impl Computed {
    pub(crate) fn new(
        schema: SchemaRef,
        queries: &'static [&'static str],
        compute: Compute,
    ) -> Self {
        Self::of(schema, queries.iter().map(ToString::to_string).collect(), compute)
    }

    /// The same, for queries that are known only now.
    pub(crate) fn of(schema: SchemaRef, queries: Vec<String>, compute: Compute) -> Self {
        Self { schema, queries, compute, rows: OnceCell::new() }
    }

    async fn fill(&self, session: &dyn CatalogSession) -> Result<RecordBatch> {
        let Some(state) = session.as_any().downcast_ref::<SessionState>() else {
            return Err(DataFusionError::Plan("a session of its own engine is needed".to_owned()));
        };
        let mut given = Vec::with_capacity(self.queries.len());
        for sql in &self.queries {
            let plan = state.create_logical_plan(sql).await?;
            let plan = state.create_physical_plan(&plan).await?;
            let schema = plan.schema();
            let batches = collect(plan, state.task_ctx()).await?;
            given.push(concat_batches(&schema, &batches)?);
        }
        let rows = (self.compute)(&given).map_err(|e| DataFusionError::External(Box::new(e)))?;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), rows.columns().to_vec())?)
    }
}

#[async_trait]
impl TableProvider for Computed {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
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
        let table = MemTable::try_new(Arc::clone(&self.schema), vec![vec![rows.clone()]])?;
        table.scan(state, projection, filters, limit).await
    }
}
