//! `tenure query`: a result as columns and rows of JSON values.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType, UInt64Type,
};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use serde::Serialize;
use serde_json::Value;
use tenure_model::Timestamp;

use crate::session::{QueryError, Session};

/// Schema name of [`QueryResult`].
pub const SCHEMA: &str = "tenure.query/v1";

/// A result.
#[derive(Debug, Serialize)]
pub struct QueryResult {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// Names and types, in order.
    pub columns: Vec<ColumnHead>,
    /// Rows of as many values as there are columns.
    pub rows: Vec<Vec<Value>>,
}

/// A column's name and type.
#[derive(Debug, Serialize)]
pub struct ColumnHead {
    /// The name.
    pub name: String,
    /// `text`, `int`, `float`, `bool`, `time`, or the engine's own name.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Runs a query.
///
/// # Errors
/// When the query is refused or fails.
pub fn run(session: &Session, sql: &str) -> Result<QueryResult, QueryError> {
    let batches = session.sql(sql)?;
    let mut columns = Vec::new();
    if let Some(first) = batches.first() {
        for field in first.schema().fields() {
            columns.push(ColumnHead { name: field.name().clone(), kind: kind(field.data_type()) });
        }
    }
    let mut rows = Vec::new();
    for batch in &batches {
        rows.extend(values(batch)?);
    }
    Ok(QueryResult { schema: SCHEMA, columns, rows })
}

/// Runs a query and gives its rows as record batches, for Parquet.
///
/// # Errors
/// When the query is refused or fails.
pub fn batches(session: &Session, sql: &str) -> Result<Vec<RecordBatch>, QueryError> {
    session.sql(sql)
}

const TEXT: FormatOptions<'static> = FormatOptions::new();

fn kind(data_type: &DataType) -> String {
    let name = match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text",
        t if t.is_integer() => "int",
        t if t.is_floating() => "float",
        DataType::Boolean => "bool",
        DataType::Timestamp(..) => "time",
        other => return other.to_string(),
    };
    name.to_owned()
}

fn values(batch: &RecordBatch) -> Result<Vec<Vec<Value>>, QueryError> {
    let mut rows = vec![Vec::with_capacity(batch.num_columns()); batch.num_rows()];
    for column in batch.columns() {
        let get = reader(column)?;
        for (index, row) in rows.iter_mut().enumerate() {
            row.push(if column.is_valid(index) { get(index) } else { Value::Null });
        }
    }
    Ok(rows)
}

/// How a column's cells become JSON values.
fn reader(column: &dyn Array) -> Result<Box<dyn Fn(usize) -> Value + '_>, QueryError> {
    let engine = |e: datafusion::arrow::error::ArrowError| QueryError::Engine(e.into());
    Ok(match column.data_type() {
        DataType::Boolean => Box::new(|row| column.as_boolean().value(row).into()),
        DataType::UInt64 => Box::new(|row| column.as_primitive::<UInt64Type>().value(row).into()),
        t if t.is_integer() => {
            let whole = cast(column, &DataType::Int64).map_err(engine)?;
            Box::new(move |row| whole.as_primitive::<Int64Type>().value(row).into())
        }
        t if t.is_floating() => {
            let real = cast(column, &DataType::Float64).map_err(engine)?;
            Box::new(move |row| real.as_primitive::<Float64Type>().value(row).into())
        }
        DataType::Timestamp(..) => {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
            let at = cast(column, &micros).map_err(engine)?;
            Box::new(move |row| {
                let micros = at.as_primitive::<TimestampMicrosecondType>().value(row);
                Timestamp::from_micros(micros).to_string().into()
            })
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let text = cast(column, &DataType::Utf8).map_err(engine)?;
            Box::new(move |row| text.as_string::<i32>().value(row).into())
        }
        _ => {
            let text = ArrayFormatter::try_new(column, &TEXT).map_err(engine)?;
            Box::new(move |row| text.value(row).to_string().into())
        }
    })
}
