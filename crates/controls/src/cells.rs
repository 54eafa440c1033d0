//! Columns of a query's result to values.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use datafusion::arrow::record_batch::RecordBatch;
use tenure_model::Timestamp;

use crate::functions::instant;
use crate::session::QueryError;

/// Named columns of a batch, read row by row.
pub(crate) struct Rows<'b> {
    query: &'b str,
    batch: &'b RecordBatch,
}

impl<'b> Rows<'b> {
    pub(crate) fn new(query: &'b str, batch: &'b RecordBatch) -> Self {
        Self { query, batch }
    }

    /// How many rows there are.
    pub(crate) fn count(&self) -> usize {
        self.batch.num_rows()
    }

    /// A text column; `None` when the query does not give it.
    pub(crate) fn text(&self, name: &str) -> Result<Option<Texts>, QueryError> {
        self.cast(name, &DataType::Utf8).map(|c| c.map(Texts))
    }

    /// A column of instants; `None` when the query does not give it.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Times>, QueryError> {
        self.cast(name, &instant()).map(|c| c.map(Times))
    }

    /// A column of truth values; `None` when the query does not give it.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<Flags>, QueryError> {
        self.cast(name, &DataType::Boolean).map(|c| c.map(Flags))
    }

    /// A column of whole numbers; `None` when the query does not give it.
    pub(crate) fn int(&self, name: &str) -> Result<Option<Ints>, QueryError> {
        self.cast(name, &DataType::Int64).map(|c| c.map(Ints))
    }

    /// The column, or an error that names it.
    pub(crate) fn need<T>(&self, name: &str, column: Option<T>) -> Result<T, QueryError> {
        column.ok_or_else(|| self.shape(format!("it must give a column '{name}'")))
    }

    pub(crate) fn shape(&self, problem: String) -> QueryError {
        QueryError::Shape { query: self.query.to_owned(), problem }
    }

    fn cast(&self, name: &str, kind: &DataType) -> Result<Option<ArrayRef>, QueryError> {
        let Some(column) = self.batch.column_by_name(name) else { return Ok(None) };
        cast(column, kind).map(Some).map_err(|e| self.shape(format!("column '{name}': {e}")))
    }
}

pub(crate) struct Texts(ArrayRef);

impl Texts {
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        let column = self.0.as_string::<i32>();
        column.is_valid(row).then(|| column.value(row))
    }
}

pub(crate) struct Times(ArrayRef);

impl Times {
    pub(crate) fn get(&self, row: usize) -> Option<Timestamp> {
        let column = self.0.as_primitive::<TimestampMicrosecondType>();
        column.is_valid(row).then(|| Timestamp::from_micros(column.value(row)))
    }
}

pub(crate) struct Flags(ArrayRef);

impl Flags {
    pub(crate) fn get(&self, row: usize) -> Option<bool> {
        let column = self.0.as_boolean();
        column.is_valid(row).then(|| column.value(row))
    }
}

pub(crate) struct Ints(ArrayRef);

impl Ints {
    pub(crate) fn get(&self, row: usize) -> Option<i64> {
        let column = self.0.as_primitive::<Int64Type>();
        column.is_valid(row).then(|| column.value(row))
    }
}
