//! A history as a Parquet file.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, DictionaryArray, Int32Array, StringArray};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::EnabledStatistics;
use tenure_model::usage::{TextId, Texts};

use super::course::Course;
use super::grants::{Key, Stretch};
use crate::store::{StoreError, builder, io_error};

/// Writes every stretch, in order of holder, what is held, how, and time. Gives their number.
///
/// Columns: `principal`, `entitlement`, `via` (texts; `via` null where not said), `valid_from` and
/// `valid_to` (dates of the first listing that has it and of the first after that lacks it, null
/// when none does), `valid_from_lo` (of the last listing that lacks it before) and `valid_to_lo`
/// (of the last that has it for certain).
pub(super) fn write(course: &Course, to: &Path) -> Result<usize, StoreError> {
    let columns = |source| StoreError::Columns { table: "history", source };
    let batch = batch(course).map_err(columns)?;
    let temporary = to.with_extension("parquet.new");
    let file = File::create(&temporary).map_err(|e| io_error(&temporary, e))?;
    let parquet = |source| StoreError::Parquet { path: to.to_owned(), source };
    let properties = builder().set_statistics_enabled(EnabledStatistics::Chunk).build();
    let mut writer =
        ArrowWriter::try_new(file, batch.schema(), Some(properties)).map_err(parquet)?;
    writer.write(&batch).map_err(parquet)?;
    writer.close().map_err(parquet)?;
    fs::rename(&temporary, to).map_err(|e| io_error(to, e))?;
    Ok(batch.num_rows())
}

fn batch(course: &Course) -> Result<RecordBatch, ArrowError> {
    let texts = &course.grants.texts;
    let names = [0, 1, 2].map(|n: usize| Names::of(&texts[n]));
    let mut rows: Vec<([i32; 3], Stretch)> =
        course.grants.stretches().map(|(key, s)| (place(&names, key), s)).collect();
    rows.sort_unstable_by(order);
    let text = |n: usize| -> Result<ArrayRef, ArrowError> {
        let keys: Int32Array = rows.iter().map(|(k, _)| (k[n] >= 0).then_some(k[n])).collect();
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, names[n].values.clone())?))
    };
    let day = |of: fn(&Stretch) -> Option<i32>| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, s)| of(s)).collect::<Date32Array>())
    };
    let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let schema = Schema::new(vec![
        Field::new("principal", kind.clone(), false),
        Field::new("entitlement", kind.clone(), false),
        Field::new("via", kind, true),
        Field::new("valid_from", DataType::Date32, false),
        Field::new("valid_to", DataType::Date32, true),
        Field::new("valid_from_lo", DataType::Date32, true),
        Field::new("valid_to_lo", DataType::Date32, true),
    ]);
    let columns = vec![
        text(0)?,
        text(1)?,
        text(2)?,
        day(|s| Some(s.from_hi)),
        day(|s| s.ended.map(|(_, hi)| hi)),
        day(|s| s.from_lo),
        day(|s| s.ended.map(|(lo, _)| lo)),
    ];
    RecordBatch::try_new(Arc::new(schema), columns)
}

/// Texts in order, and the place of each in it.
struct Names {
    values: ArrayRef,
    places: Vec<i32>,
}

impl Names {
    fn of(texts: &Texts) -> Self {
        let mut ids: Vec<TextId> = texts.ids().skip(1).collect();
        ids.sort_unstable_by_key(|id| texts.get(*id));
        let mut places = vec![-1; ids.len() + 1];
        for (place, id) in (0..).zip(&ids) {
            places[id.0 as usize] = place;
        }
        let values = ids.iter().map(|id| texts.get(*id)).collect::<StringArray>();
        Self { values: Arc::new(values), places }
    }
}

fn place(names: &[Names; 3], key: Key) -> [i32; 3] {
    [0, 1, 2].map(|n| names[n].places[key[n].0 as usize])
}

fn order((a, s): &([i32; 3], Stretch), (b, t): &([i32; 3], Stretch)) -> Ordering {
    (a, s.from_hi).cmp(&(b, t.from_hi))
}
