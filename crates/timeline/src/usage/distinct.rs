//! One row per event: rows in order, duplicates counted, what earlier runs told left out.

use std::cmp::Ordering;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::TimestampMicrosecondType;
use hashbrown::HashSet;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::statistics::Statistics;
use tenure_model::Timestamp;
use tenure_model::usage::{EventId, Row, Texts, UsageRows};

use crate::store::{StoreError, io_error};

/// A row that stands for an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// Its index.
    pub(super) row: u32,
    /// How many records told of the event.
    pub(super) records: u32,
}

/// The distinct events in order of time and id. The first record of an event is kept.
pub(super) fn distinct(rows: &UsageRows, known: &Known) -> Vec<Kept> {
    let mut kept: Vec<Kept> = Vec::with_capacity(rows.rows.len());
    let mut before: Option<&Row> = None;
    for index in in_order(rows) {
        let row = &rows.rows[index as usize];
        let same = |b: &Row| b.event_time == row.event_time && b.event_id == row.event_id;
        match (before.filter(|b| same(b)), kept.last_mut()) {
            (Some(_), Some(last)) => last.records += 1,
            _ => kept.push(Kept { row: index, records: 1 }),
        }
        before = Some(row);
    }
    if !known.is_empty() {
        kept.retain(|k| !known.has(&rows.rows[k.row as usize], &rows.texts));
    }
    kept
}

/// Row indexes by time, id and arrival.
fn in_order(rows: &UsageRows) -> Vec<u32> {
    let texts = &rows.texts;
    let mut keys: Vec<(i64, EventId, u32)> = rows
        .rows
        .iter()
        .zip(0_u32..)
        .map(|(row, index)| (row.event_time.micros(), row.event_id, index))
        .collect();
    let order = |a: &(i64, EventId, u32), b: &(i64, EventId, u32)| -> Ordering {
        a.0.cmp(&b.0).then_with(|| a.1.compare(b.1, texts)).then_with(|| arrival(rows, a.2, b.2))
    };
    // Objects are in order of time already, nearly: sorts that find runs gain much.
    keys.sort_by(order);
    keys.into_iter().map(|(_, _, index)| index).collect()
}

/// Rows that were spilled come back by day, so their index says nothing of their arrival.
fn arrival(rows: &UsageRows, a: u32, b: u32) -> Ordering {
    let key = |index: u32| {
        let row = &rows.rows[index as usize];
        (row.artifact, row.record)
    };
    key(a).cmp(&key(b))
}

/// Events that earlier runs told of.
#[derive(Default)]
pub(super) struct Known {
    events: HashSet<(i64, String)>,
}

impl Known {
    /// Those of the files that may be events of the rows, too.
    pub(super) fn among(files: &[PathBuf], rows: &UsageRows) -> Result<Self, StoreError> {
        let mut known = Self::default();
        let times = || rows.rows.iter().map(|row| row.event_time);
        let (Some(first), Some(last)) = (times().min(), times().max()) else { return Ok(known) };
        for path in files {
            known.read(path, first, last)?;
        }
        Ok(known)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    fn has(&self, row: &Row, texts: &Texts) -> bool {
        row.event_id
            .text(texts)
            .is_some_and(|id| self.events.contains(&(row.event_time.micros(), id.into_owned())))
    }

    fn read(&mut self, path: &Path, first: Timestamp, last: Timestamp) -> Result<(), StoreError> {
        let failed = |source| StoreError::Parquet { path: path.to_owned(), source };
        let Some(reader) = open(path, first, last)? else { return Ok(()) };
        for batch in reader {
            let batch = batch.map_err(|e| failed(e.into()))?;
            let (ids, times) = (batch.column(0).as_string::<i32>(), batch.column(1));
            let times = times.as_primitive::<TimestampMicrosecondType>();
            for at in (0..ids.len()).filter(|at| ids.is_valid(*at)) {
                let time = times.value(at);
                if (first.micros()..=last.micros()).contains(&time) {
                    self.events.insert((time, ids.value(at).to_owned()));
                }
            }
        }
        Ok(())
    }
}

/// The ids and times of a file's row groups that may have events in the interval.
fn open(
    path: &Path,
    first: Timestamp,
    last: Timestamp,
) -> Result<Option<ParquetRecordBatchReader>, StoreError> {
    let failed = |source| StoreError::Parquet { path: path.to_owned(), source };
    let file = File::open(path).map_err(|e| io_error(path, e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
    let schema = builder.parquet_schema();
    let column =
        |name: &str| schema.columns().iter().position(|c| c.name() == name).unwrap_or_default();
    let (id, time) = (column("event_id"), column("event_time"));
    let overlaps =
        |group: &usize| match builder.metadata().row_group(*group).column(time).statistics() {
            Some(Statistics::Int64(s)) => {
                let (min, max) = (s.min_opt().copied(), s.max_opt().copied());
                min.is_none_or(|min| min <= last.micros())
                    && max.is_none_or(|max| first.micros() <= max)
            }
            _ => true,
        };
    let groups: Vec<usize> = (0..builder.metadata().num_row_groups()).filter(overlaps).collect();
    if groups.is_empty() {
        return Ok(None);
    }
    let mask = ProjectionMask::leaves(schema, [id, time]);
    builder.with_row_groups(groups).with_projection(mask).build().map(Some).map_err(failed)
}
