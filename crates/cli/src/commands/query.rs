//! `tenure query`: SQL over the public tables.

use std::path::PathBuf;

use anyhow::Context as _;
use tenure_controls::query::{self, QueryResult};
use tenure_controls::session::Session;
use tenure_model::ids::Seq;

use crate::cli::Cx;
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::{Format, csv, table};
use crate::projection;

/// SQL over the public tables; `docs/tables.md` lists them.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The query.
    sql: String,
    /// As known at this ledger index; what is known now, if absent.
    #[arg(long, value_name = "INDEX")]
    known_at: Option<u64>,
    /// Write the rows to this Parquet file instead.
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let workspace = cx.workspace()?;
    projection::ensure(&workspace)?;
    let known_at = args.known_at.map_or(Seq::LATEST, Seq);
    let session = Session::open(&workspace.timeline, known_at)?;
    if let Some(path) = &args.parquet {
        let batches = query::batches(&session, &args.sql).map_err(refused)?;
        let rows = write_parquet(path, &batches)?;
        cx.out.say(format!("wrote {rows} rows to {}", path.display()))?;
        return Ok(Exit::Ok);
    }
    let result = query::run(&session, &args.sql).map_err(refused)?;
    match cx.out.format {
        Format::Json => cx.out.json(&result)?,
        Format::Csv => {
            let bytes = csv(&head(&result), &cells(&result))?;
            cx.out.raw(&bytes)?;
        }
        Format::Text => {
            cx.out.line(table(&head(&result), &cells(&result)))?;
            cx.out.say(format!("{} rows", result.rows.len()))?;
        }
    }
    Ok(Exit::Ok)
}

fn refused(error: tenure_controls::session::QueryError) -> anyhow::Error {
    hinted(
        format!("the query cannot be answered: {error}"),
        "docs/tables.md lists the tables and their columns",
    )
}

fn head(result: &QueryResult) -> Vec<&str> {
    result.columns.iter().map(|c| c.name.as_str()).collect()
}

fn cells(result: &QueryResult) -> Vec<Vec<String>> {
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    result.rows.iter().map(|row| row.iter().map(text).collect()).collect()
}

fn write_parquet(
    path: &PathBuf,
    batches: &[arrow::record_batch::RecordBatch],
) -> anyhow::Result<usize> {
    let schema = batches
        .first()
        .map(arrow::record_batch::RecordBatch::schema)
        .context("the query gives no columns")?;
    let file =
        std::fs::File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, schema, None)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.close()?;
    Ok(batches.iter().map(arrow::record_batch::RecordBatch::num_rows).sum())
}
