//! Values of a row to an Arrow column.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::DataType;
use tenure_model::Timestamp;

/// A value on its way into a column.
#[derive(Clone, Debug)]
pub(crate) enum Cell<'v> {
    Text(Cow<'v, str>),
    Int(i64),
    Bool(bool),
    Time(Timestamp),
}

impl<'v> From<&'v str> for Cell<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<u64> for Cell<'_> {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Cell<'_> {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<Timestamp> for Cell<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Time(at)
    }
}

/// A column that takes one value after another.
pub(crate) enum Column {
    Text(StringBuilder),
    Int(Int64Builder),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
}

impl Column {
    /// Of a type that [`crate::arrow_schema`] gives.
    pub(crate) fn new(kind: &DataType) -> Self {
        match kind {
            DataType::Int64 => Self::Int(Int64Builder::new()),
            DataType::Boolean => Self::Bool(BooleanBuilder::new()),
            DataType::Timestamp(..) => {
                Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
            }
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// A value of another kind than the column's cannot come here: facts are checked on entry.
    pub(crate) fn push(&mut self, cell: Option<Cell<'_>>) {
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

    pub(crate) fn finish(mut self) -> ArrayRef {
        match &mut self {
            Self::Text(column) => Arc::new(column.finish()),
            Self::Int(column) => Arc::new(column.finish()),
            Self::Bool(column) => Arc::new(column.finish()),
            Self::Time(column) => Arc::new(column.finish()),
        }
    }
}
