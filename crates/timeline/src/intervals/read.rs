//! Tables as they come, in Parquet, read row group by row group.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray as _, Int64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
    RowSelector,
};

use super::IntervalsError;
use super::ops::OPEN;
use super::tables::{Kind, Table, Value};

/// How many row groups of a table are looked at for where its keys lie, and at how many places.
const SAMPLED_GROUPS: usize = 8;
const SAMPLED_PLACES: usize = 16;
/// One row in so many is looked at.
const SAMPLED_SHARE: usize = 1024;

/// A table's file.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) table: &'static Table,
    metadata: ArrowReaderMetadata,
}

/// Some rows of a table.
pub(super) struct Rows {
    pub(super) texts: Vec<StringArray>,
    /// Values that may be absent, and whether they must not be.
    pub(super) values: Vec<(Int64Array, bool)>,
}

impl Source {
    /// The file of a table in a directory; `None` when there is none.
    pub(super) fn open(dir: &Path, table: &'static Table) -> Result<Option<Self>, IntervalsError> {
        let path = dir.join(format!("{}.parquet", table.name));
        let file = match File::open(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            open => open.map_err(|e| IntervalsError::io(&path, e))?,
        };
        let metadata = ArrowReaderMetadata::load(&file, Default::default())
            .map_err(|e| IntervalsError::parquet(&path, e))?;
        let source = Self { path, table, metadata };
        for column in source.columns() {
            if source.metadata.schema().field_with_name(column).is_err() {
                return Err(source.column_error(column, "it is not there"));
            }
        }
        Ok(Some(source))
    }

    pub(super) fn rows(&self) -> usize {
        self.groups().map(|group| self.group_rows(group)).sum()
    }

    pub(super) fn groups(&self) -> std::ops::Range<usize> {
        0..self.metadata.metadata().num_row_groups()
    }

    fn group_rows(&self, group: usize) -> usize {
        usize::try_from(self.metadata.metadata().row_group(group).num_rows()).unwrap_or_default()
    }

    fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.table.texts().chain(self.table.values.iter().map(|value| value.name))
    }

    /// All rows of a row group.
    pub(super) fn read(
        &self,
        group: usize,
        mut each: impl FnMut(&Rows) -> Result<(), IntervalsError>,
    ) -> Result<(), IntervalsError> {
        for batch in self.reader(group, self.columns(), None)? {
            let batch = batch.map_err(|e| IntervalsError::parquet(&self.path, e.into()))?;
            let texts: Result<_, _> =
                self.table.texts().map(|name| self.text(&batch, name)).collect();
            let value = |value: &Value| Ok((self.value(&batch, value)?, !value.optional));
            let values: Result<_, IntervalsError> = self.table.values.iter().map(value).collect();
            each(&Rows { texts: texts?, values: values? })?;
        }
        Ok(())
    }

    /// Keys from all over the table, about one for each thousand rows.
    pub(super) fn sample(&self, keys: &mut Vec<Vec<u8>>) -> Result<(), IntervalsError> {
        let groups = self.groups().len();
        let looked_at = groups.min(SAMPLED_GROUPS);
        let share = self.rows() / SAMPLED_SHARE / (looked_at * SAMPLED_PLACES).max(1);
        for group in (0..looked_at).map(|n| n * groups / looked_at) {
            let rows = self.group_rows(group);
            let step = rows / SAMPLED_PLACES;
            let run = share.clamp(1, step.max(1));
            let places = (0..SAMPLED_PLACES.min(rows)).flat_map(|_| {
                [RowSelector::skip(step.saturating_sub(run)), RowSelector::select(run)]
            });
            let selection: RowSelection = places.collect::<Vec<_>>().into();
            for batch in self.reader(group, [self.table.key].into_iter(), Some(selection))? {
                let batch = batch.map_err(|e| IntervalsError::parquet(&self.path, e.into()))?;
                let text = self.text(&batch, self.table.key)?;
                keys.extend(text.iter().flatten().map(|key| key.as_bytes().to_vec()));
            }
        }
        Ok(())
    }

    fn reader(
        &self,
        group: usize,
        columns: impl Iterator<Item = &'static str>,
        selection: Option<RowSelection>,
    ) -> Result<ParquetRecordBatchReader, IntervalsError> {
        let file = File::open(&self.path).map_err(|e| IntervalsError::io(&self.path, e))?;
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns);
        let builder =
            builder.with_projection(mask).with_row_groups(vec![group]).with_batch_size(8192);
        let builder = match selection {
            Some(selection) => builder.with_row_selection(selection),
            None => builder,
        };
        builder.build().map_err(|e| IntervalsError::parquet(&self.path, e))
    }

    fn column<'b>(
        &self,
        batch: &'b RecordBatch,
        name: &'static str,
    ) -> Result<&'b ArrayRef, IntervalsError> {
        batch.column_by_name(name).ok_or_else(|| self.column_error(name, "it is not there"))
    }

    fn text(&self, batch: &RecordBatch, name: &'static str) -> Result<StringArray, IntervalsError> {
        let column = self.column(batch, name)?;
        let is_text = match column.data_type() {
            DataType::Dictionary(_, of) => is_text(of),
            other => is_text(other),
        };
        if !is_text {
            return Err(self.wrong_type(name, column, "text"));
        }
        let text =
            cast(column, &DataType::Utf8).map_err(|e| self.column_error(name, e.to_string()))?;
        Ok(text.as_string::<i32>().clone())
    }

    fn value(&self, batch: &RecordBatch, value: &Value) -> Result<Int64Array, IntervalsError> {
        let name = value.name;
        if let Kind::Is(text) = value.kind {
            let texts = self.text(batch, name)?;
            return Ok(texts.iter().map(|t| Some(i64::from(t == Some(text)))).collect());
        }
        let column = self.column(batch, name)?;
        let time = matches!(column.data_type(), DataType::Timestamp(..) | DataType::Date32);
        let convert =
            |to: &DataType| cast(column, to).map_err(|e| self.column_error(name, e.to_string()));
        match value.kind {
            Kind::Instant if time => {
                let micros = convert(&DataType::Timestamp(TimeUnit::Microsecond, None))?;
                Ok(micros.as_primitive::<TimestampMicrosecondType>().reinterpret_cast())
            }
            Kind::Day if time => {
                let days = convert(&DataType::Date32)?;
                let days = days.as_primitive::<Date32Type>();
                Ok(days.unary::<_, Int64Type>(i64::from))
            }
            Kind::Whole if column.data_type().is_integer() => {
                Ok(convert(&DataType::Int64)?.as_primitive::<Int64Type>().clone())
            }
            Kind::Whole => Err(self.wrong_type(name, column, "whole numbers")),
            _ => Err(self.wrong_type(name, column, "instants or dates")),
        }
    }

    fn wrong_type(&self, name: &'static str, column: &ArrayRef, needed: &str) -> IntervalsError {
        self.column_error(name, format!("it has {}, not {needed}", column.data_type()))
    }

    fn column_error(&self, column: &'static str, cause: impl Into<String>) -> IntervalsError {
        IntervalsError::Column { path: self.path.clone(), column, cause: cause.into() }
    }
}

const fn is_text(of: &DataType) -> bool {
    matches!(of, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.texts.first().map_or(0, |texts| texts.len())
    }

    /// Whether a row has all that it must have.
    pub(super) fn is_whole(&self, row: usize) -> bool {
        self.texts.iter().all(|texts| texts.is_valid(row))
            && self.values.iter().all(|(of, needed)| !needed || of.is_valid(row))
    }

    /// A value of a row.
    pub(super) fn value(of: &Int64Array, row: usize) -> i64 {
        if of.is_valid(row) { of.value(row) } else { OPEN }
    }
}
