//! Arrow schemas of the public tables, made from their declarations.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use tenure_model::tables::{Column, ColumnKind, TableId};

/// The schema of a table's Parquet file. Every column is nullable: absent is not empty.
#[must_use]
pub fn arrow_schema(table: TableId) -> SchemaRef {
    let fields: Vec<_> = table.table().all_columns().map(|column| field(&column)).collect();
    Arc::new(Schema::new(fields))
}

fn field(column: &Column) -> Field {
    let kind = match column.kind {
        ColumnKind::Text | ColumnKind::Ref(_) => DataType::Utf8,
        ColumnKind::Int => DataType::Int64,
        ColumnKind::Bool => DataType::Boolean,
        ColumnKind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    };
    Field::new(column.name, kind, true)
}
