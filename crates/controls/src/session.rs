//! The public tables as a query engine sees them, as known at one ledger index.
//!
//! `grants` is what is known at that index; `history.grants` is every row ever known, with the
//! indexes at which each was learned and superseded.

use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{DataFrame, ParquetReadOptions, SessionConfig, SessionContext};
use futures_util::StreamExt as _;
use tenure_model::calendar::Calendar;
use tenure_model::ids::Seq;
use tenure_model::tables::{Column, TableId, TableKind};
use tenure_timeline::arrow_schema;
use tenure_timeline::store::Store;
use tenure_timeline::usage::{daily_schema, usage_schema};
use tokio::runtime::Runtime;

use crate::chains;
use crate::daily;
use crate::functions;
use crate::islands;
use crate::mentions;
use crate::people;
use crate::rotations;
use crate::shown;
use crate::small_first::SmallFirst;
use crate::spells;
use crate::steps;

/// Why a query could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The query engine refused or failed.
    #[error("{0}")]
    Engine(#[from] DataFusionError),
    /// The runtime could not be started.
    #[error("cannot start the query runtime: {0}")]
    Runtime(#[from] std::io::Error),
    /// A result does not have the column or kind that its reader needs.
    #[error("{query}: {problem}")]
    Shape {
        /// Which query.
        query: String,
        /// What is wrong with its result.
        problem: String,
    },
}

/// Takes rows of a query, batch by batch.
pub(crate) type Take<'t> = dyn FnMut(RecordBatch) -> Result<(), QueryError> + 't;

/// A session over one timeline.
pub struct Session {
    context: SessionContext,
    runtime: Runtime,
}

impl Session {
    /// Opens the tables as known at `known_at`.
    ///
    /// One partition: the order of rows must not depend on the number of threads.
    ///
    /// # Errors
    /// When a table cannot be registered.
    pub fn open(store: &Store, known_at: Seq) -> Result<Self, QueryError> {
        Self::open_with(store, known_at, &Calendar::default())
    }

    /// The same, with the calendar that `business_add` follows.
    ///
    /// # Errors
    /// When a table cannot be registered.
    pub fn open_with(
        store: &Store,
        known_at: Seq,
        calendar: &Calendar,
    ) -> Result<Self, QueryError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
        let mut config =
            SessionConfig::new().with_target_partitions(1).with_information_schema(true);
        let options = config.options_mut();
        options.execution.parquet.schema_force_view_types = false;
        options.execution.listing_table_ignore_subdirectory = false;
        options.execution.time_zone = Some("UTC".to_owned());
        options.sql_parser.map_string_types_to_utf8view = false;
        let state = SessionStateBuilder::new_with_default_features()
            .with_config(config)
            .with_physical_optimizer_rule(Arc::new(SmallFirst))
            .build();
        let context = SessionContext::new_with_state(state);
        functions::register(&context, calendar);
        islands::register(&context);
        mentions::register(&context);
        spells::register(&context);
        let session = Self { context, runtime };
        session.runtime.block_on(session.register(store, known_at))?;
        Ok(session)
    }

    async fn register(&self, store: &Store, known_at: Seq) -> Result<(), QueryError> {
        for schema in ["history", "parts"] {
            self.context.sql(&format!("CREATE SCHEMA {schema}")).await?.collect().await?;
        }
        let shared = daily::shared(&store.table_path(TableId::UsageDaily));
        for &table in TableId::ALL {
            let mut location = store.table_path(table).to_string_lossy().into_owned();
            let (schema, within) = match table {
                TableId::Usage => (usage_schema(), "parts"),
                TableId::UsageDaily => (daily_schema(), "parts"),
                _ => (arrow_schema(table), "history"),
            };
            if within == "parts" {
                location.push('/');
            }
            let name = format!("{within}.{}", table.name());
            let options = ParquetReadOptions::default().schema(&schema);
            self.context.register_parquet(name.as_str(), location, options).await?;
            for view in views(table, known_at, &shared) {
                self.context.sql(&view).await?.collect().await?;
            }
        }
        chains::register(&self.context).await?;
        rotations::register(&self.context)?;
        people::register(&self.context).await?;
        shown::register(&self.context).await?;
        Ok(())
    }

    /// Plans a query without running it: what is not a query, or names what does not exist, fails.
    /// Its named parts are computed once, as when it runs; over empty tables that is next to nothing.
    ///
    /// # Errors
    /// When the query is refused.
    pub fn plan(&self, sql: &str) -> Result<Vec<String>, QueryError> {
        self.runtime.block_on(async {
            let staged = steps::stage(&self.context, sql, only_reads()).await?;
            let planned = async {
                let frame = self.context.sql_with_options(&staged.sql, only_reads()).await?;
                let names = frame.schema().fields().iter().map(|f| f.name().clone()).collect();
                frame.create_physical_plan().await?;
                Ok(names)
            }
            .await;
            for table in &staged.tables {
                self.context.deregister_table(table.as_str())?;
            }
            planned
        })
    }

    /// Runs a query and gives its rows. Only reads: statements that define or change are refused.
    ///
    /// # Errors
    /// When the query is refused or fails.
    pub fn sql(&self, sql: &str) -> Result<Vec<RecordBatch>, QueryError> {
        self.runtime.block_on(self.collect(sql))
    }

    /// The same for a query whose named parts build on each other: each is computed once. Rows are
    /// handed over as they come, so that they need not all be in memory; where there are none, a
    /// batch without rows is.
    pub(crate) fn in_steps(&self, sql: &str, take: &mut Take<'_>) -> Result<(), QueryError> {
        self.runtime.block_on(async {
            let staged = steps::stage(&self.context, sql, only_reads()).await?;
            let whole = self.context.sql_with_options(&staged.sql, only_reads()).await;
            // The plan holds what it reads of them, part by part.
            for table in &staged.tables {
                self.context.deregister_table(table.as_str())?;
            }
            self.part_by_part(whole?.into_unoptimized_plan(), take).await
        })
    }

    /// The parts of a `UNION ALL` one after another, so that they hold the memory of one, each under
    /// the names of the whole query. What was computed for a part goes with it, unless a later one
    /// reads it too.
    async fn part_by_part(
        &self,
        whole: LogicalPlan,
        take: &mut Take<'_>,
    ) -> Result<(), QueryError> {
        let schema = Arc::new(whole.schema().as_arrow().clone());
        let mut parts = Vec::new();
        union_parts(&whole, &mut parts);
        drop(whole);
        let mut none = true;
        for part in parts {
            let frame = DataFrame::new(self.context.state(), part);
            let mut rows = frame.execute_stream().await?;
            while let Some(batch) = rows.next().await {
                none = false;
                take(named_as(&schema, batch?)?)?;
            }
            drop(rows);
            // What one part held is in other pieces than what the next one asks for.
            tenure_heap::give_back();
        }
        if none { take(RecordBatch::new_empty(schema)) } else { Ok(()) }
    }

    async fn collect(&self, sql: &str) -> Result<Vec<RecordBatch>, QueryError> {
        let frame = self.context.sql_with_options(sql, only_reads()).await?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await?;
        if batches.is_empty() {
            return Ok(vec![RecordBatch::new_empty(schema)]);
        }
        batches.into_iter().map(|batch| named_as(&schema, batch)).collect()
    }
}

/// The parts of a plan that is a `UNION ALL`, in the order in which they are written; or the plan itself.
fn union_parts(plan: &LogicalPlan, parts: &mut Vec<LogicalPlan>) {
    match plan {
        LogicalPlan::Union(union) => {
            for input in &union.inputs {
                union_parts(input, parts);
            }
        }
        part => parts.push(part.clone()),
    }
}

/// The columns under the names that the query gives them: where the optimizer leaves only one part
/// of a `UNION`, the rows come under the names of that part.
fn named_as(planned: &Schema, batch: RecordBatch) -> Result<RecordBatch, QueryError> {
    let found = batch.schema();
    if found.fields().iter().zip(planned.fields()).all(|(f, p)| f.name() == p.name()) {
        return Ok(batch);
    }
    let renamed = found.fields().iter().zip(planned.fields());
    let fields: Vec<_> =
        renamed.map(|(f, p)| f.as_ref().clone().with_name(p.name().as_str())).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), batch.columns().to_vec())
        .map_err(|e| QueryError::Engine(e.into()))
}

fn only_reads() -> SQLOptions {
    SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false)
}

/// The views of a table: all that was ever known, where its files do not say it in the table's own
/// columns, and what is known at an index.
fn views(table: TableId, known_at: Seq, shared: &daily::Shared) -> Vec<String> {
    let whole = match table {
        TableId::Usage => {
            let columns: Vec<_> = table
                .table()
                .all_columns()
                .map(|column| match column.name {
                    "evidence" => "artifact || '#' || CAST(record AS VARCHAR) AS evidence",
                    name => name,
                })
                .collect();
            format!("CREATE VIEW history.usage AS SELECT {} FROM parts.usage", columns.join(", "))
        }
        TableId::UsageDaily => {
            let view = |within: &str, at| daily::view(within, at, shared);
            return vec![view("history.", Seq::LATEST), view("", known_at)];
        }
        _ => return vec![view(table, known_at)],
    };
    vec![whole, view(table, known_at)]
}

/// The view of a table as known at an index.
fn view(table: TableId, known_at: Seq) -> String {
    let name = table.name();
    let columns: Vec<_> = table.table().all_columns().map(|c| project(&c)).collect();
    format!(
        "CREATE VIEW {name} AS SELECT {} FROM history.{name} WHERE {}",
        columns.join(", "),
        known(table, known_at)
    )
}

/// What is superseded only later is not superseded as known now.
fn project(column: &Column) -> String {
    match column.name {
        "tx_to_seq" => "CAST(NULL AS BIGINT) AS tx_to_seq".to_owned(),
        name => name.to_owned(),
    }
}

fn known(table: TableId, known_at: Seq) -> String {
    let n = known_at.0;
    match table {
        TableId::Runs | TableId::Artifacts | TableId::Entries => format!("seq <= {n}"),
        TableId::Usage => format!("tx_from_seq <= {n}"),
        _ => {
            debug_assert!(table.table().kind == TableKind::Fact || table == TableId::Coverage);
            format!("tx_from_seq <= {n} AND (tx_to_seq IS NULL OR tx_to_seq > {n})")
        }
    }
}
