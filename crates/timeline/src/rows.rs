//! Rows of values to Arrow columns.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::record_batch::RecordBatch;
use tenure_model::fact::Value;
use tenure_model::tables::{ColumnKind, TableId};

use crate::schema::arrow_schema;
use crate::store::StoreError;

/// Builds the columns of one table, row by row, in declaration order.
pub(crate) struct Columns {
    table: TableId,
    columns: Vec<Builder>,
}

enum Builder {
    Text(StringBuilder),
    Int(Int64Builder),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
}

impl Columns {
    pub(crate) fn new(table: TableId) -> Self {
        let columns = table.table().all_columns().map(|column| Builder::new(column.kind)).collect();
        Self { table, columns }
    }

    /// Appends a row: one value per column, in declaration order.
    pub(crate) fn row<'v>(&mut self, values: impl IntoIterator<Item = Option<Cell<'v>>>) {
        let mut values = values.into_iter();
        for column in &mut self.columns {
            column.push(values.next().flatten());
        }
        debug_assert!(values.next().is_none(), "a row has as many cells as columns");
    }

    pub(crate) fn finish(&mut self) -> Result<RecordBatch, StoreError> {
        let arrays: Vec<_> = self.columns.iter_mut().map(Builder::finish).collect();
        RecordBatch::try_new(arrow_schema(self.table), arrays)
            .map_err(|source| StoreError::Columns { table: self.table.name(), source })
    }
}

/// A value on its way into a column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'v> {
    Text(&'v str),
    Int(i64),
    Bool(bool),
    Time(tenure_model::Timestamp),
}

impl<'v> Cell<'v> {
    /// The cell of a value, if it is not empty.
    pub(crate) fn of(value: &'v Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(Self::Text(text)),
            Value::Int(number) => Some(Self::Int(*number)),
            Value::Bool(flag) => Some(Self::Bool(*flag)),
            Value::Time(at) => Some(Self::Time(*at)),
            Value::Empty => None,
        }
    }
}

impl<'v> From<&'v str> for Cell<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell<'_> {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Cell<'_> {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<tenure_model::Timestamp> for Cell<'_> {
    fn from(at: tenure_model::Timestamp) -> Self {
        Self::Time(at)
    }
}

impl Builder {
    fn new(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Text | ColumnKind::Ref(_) => Self::Text(StringBuilder::new()),
            ColumnKind::Int => Self::Int(Int64Builder::new()),
            ColumnKind::Bool => Self::Bool(BooleanBuilder::new()),
            ColumnKind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
        }
    }

    /// A value of another kind than the column's cannot come here: facts are checked on entry.
    fn push(&mut self, cell: Option<Cell<'_>>) {
        match (self, cell) {
            (Self::Text(column), Some(Cell::Text(text))) => column.append_value(text),
            (Self::Text(column), _) => column.append_null(),
            (Self::Int(column), Some(Cell::Int(number))) => column.append_value(number),
            (Self::Int(column), _) => column.append_null(),
            (Self::Bool(column), Some(Cell::Bool(flag))) => column.append_value(flag),
            (Self::Bool(column), _) => column.append_null(),
            (Self::Time(column), Some(Cell::Time(at))) => column.append_value(at.micros()),
            (Self::Time(column), _) => column.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(column) => Arc::new(column.finish()),
            Self::Int(column) => Arc::new(column.finish()),
            Self::Bool(column) => Arc::new(column.finish()),
            Self::Time(column) => Arc::new(column.finish()),
        }
    }
}
