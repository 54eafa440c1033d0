//! The public tables as a query engine sees them, as known at one ledger index.
//!
//! `grants` is what is known at that index; `history.grants` is every row ever known, with the
//! indexes at which each was learned and superseded.

use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use tenure_model::ids::Seq;
use tenure_model::tables::{Column, TableId, TableKind};
use tenure_timeline::arrow_schema;
use tenure_timeline::store::Store;
use tokio::runtime::Runtime;

use crate::chains;
use crate::functions;
use crate::islands;
use crate::rotations;

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
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
        let mut config =
            SessionConfig::new().with_target_partitions(1).with_information_schema(true);
        let options = config.options_mut();
        options.execution.parquet.schema_force_view_types = false;
        options.execution.listing_table_ignore_subdirectory = false;
        options.execution.time_zone = Some("UTC".to_owned());
        options.sql_parser.map_string_types_to_utf8view = false;
        let context = SessionContext::new_with_config(config);
        functions::register(&context);
        islands::register(&context);
        let session = Self { context, runtime };
        session.runtime.block_on(session.register(store, known_at))?;
        Ok(session)
    }

    async fn register(&self, store: &Store, known_at: Seq) -> Result<(), QueryError> {
        self.context.sql("CREATE SCHEMA history").await?.collect().await?;
        for &table in TableId::ALL {
            let path = store.table_path(table);
            let schema = arrow_schema(table);
            let name = format!("history.{}", table.name());
            let mut location = path.to_string_lossy().into_owned();
            if table == TableId::Usage {
                location.push('/');
            }
            let options = ParquetReadOptions::default().schema(&schema);
            self.context.register_parquet(name.as_str(), location, options).await?;
            self.context.sql(&view(table, known_at)).await?.collect().await?;
        }
        chains::register(&self.context).await?;
        rotations::register(&self.context)?;
        Ok(())
    }

    /// Runs a query and gives its rows. Only reads: statements that define or change are refused.
    ///
    /// # Errors
    /// When the query is refused or fails.
    pub fn sql(&self, sql: &str) -> Result<Vec<RecordBatch>, QueryError> {
        let options = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        self.runtime.block_on(async {
            let frame = self.context.sql_with_options(sql, options).await?;
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let mut batches = frame.collect().await?;
            if batches.is_empty() {
                batches.push(RecordBatch::new_empty(schema));
            }
            Ok(batches)
        })
    }
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
        TableId::UsageDaily => "true".to_owned(),
        _ => {
            debug_assert!(table.table().kind == TableKind::Fact || table == TableId::Coverage);
            format!("tx_from_seq <= {n} AND (tx_to_seq IS NULL OR tx_to_seq > {n})")
        }
    }
}
