//! One row per event: rows in order, duplicates counted, what earlier runs told left out.

use std::borrow::Cow;
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
use tenure_model::usage::{Row, Texts, UsageRows};

use super::plan::LOT;
use super::work::each;
use crate::store::{StoreError, io_error};

/// A row that stands for an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// Its index.
    pub(super) row: u32,
    /// How many records told of the event.
    pub(super) records: u32,
}

/// Rows of some days, by index.
pub(super) struct Lot<'r> {
    pub(super) rows: &'r UsageRows,
    pub(super) of: Vec<u32>,
}

/// What rows are put in order by, mostly: the time, and half of the id.
type Place = (i64, u64, u32);

impl Lot<'_> {
    /// Some of the rows in order.
    fn in_order(&self, of: &[u32]) -> Vec<Place> {
        let place = |index: &u32| {
            let row = &self.rows.rows[*index as usize];
            (row.event_time.micros(), row.event_id.parts().0.0, *index)
        };
        let mut places: Vec<Place> = of.iter().map(place).collect();
        self.sort(&mut places);
        places
    }

    /// The distinct events of rows of which pieces are in order, in order of time and id. The first
    /// record of an event is kept.
    fn distinct(&self, pieces: &[Vec<Place>]) -> Vec<Kept> {
        let places = match pieces {
            [whole] => Cow::Borrowed(whole),
            pieces => {
                let mut places = pieces.concat();
                self.sort(&mut places);
                Cow::Owned(places)
            }
        };
        let mut kept: Vec<Kept> = Vec::with_capacity(places.len());
        let mut before: Option<&Place> = None;
        for place in places.iter() {
            let same = before.is_some_and(|before| self.by_event(before, place).is_eq());
            match kept.last_mut().filter(|_| same) {
                Some(last) => last.records += 1,
                None => kept.push(Kept { row: place.2, records: 1 }),
            }
            before = Some(place);
        }
        kept
    }

    /// Objects are in order of time already, nearly: sorts that find runs gain much.
    fn sort(&self, places: &mut [Place]) {
        places.sort_by(|a, b| self.by_event(a, b).then_with(|| self.by_arrival(a.2, b.2)));
    }

    fn by_event(&self, a: &Place, b: &Place) -> Ordering {
        let id = |place: &Place| self.rows.rows[place.2 as usize].event_id;
        (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| id(a).compare(id(b), &self.rows.texts))
    }

    /// Rows that were spilled come back by day, so their index says nothing of their arrival.
    fn by_arrival(&self, a: u32, b: u32) -> Ordering {
        let key = |index: u32| {
            let row = &self.rows.rows[index as usize];
            (row.artifact, row.record)
        };
        key(a).cmp(&key(b))
    }
}

/// The distinct events of each lot. A lot of many rows is put in order by several threads.
pub(super) fn of_each(lots: &[Lot<'_>], threads: usize) -> Vec<Vec<Kept>> {
    let pieces: Vec<(usize, &[u32])> = lots
        .iter()
        .enumerate()
        .flat_map(|(lot, of)| of.of.chunks(2 * LOT).map(move |piece| (lot, piece)))
        .collect();
    let mut sorted: Vec<Vec<Vec<Place>>> = lots.iter().map(|_| Vec::new()).collect();
    let sort = |piece: usize| {
        let (lot, of) = pieces[piece];
        (lot, lots[lot].in_order(of))
    };
    each(threads, pieces.len(), sort, |(lot, places)| sorted[lot].push(places));
    let mut kept = Vec::with_capacity(lots.len());
    let merge = |lot: usize| lots[lot].distinct(&sorted[lot]);
    each(threads, lots.len(), merge, |of_lot| kept.push(of_lot));
    kept
}

/// Events that earlier runs told of.
#[derive(Default)]
pub(super) struct Known {
    events: HashSet<(i64, String)>,
}

impl Known {
    /// Those of the files that may be events of the rows, too.
    pub(super) fn among(
        files: &[PathBuf],
        lots: &[(&UsageRows, Vec<Kept>)],
    ) -> Result<Self, StoreError> {
        let mut known = Self::default();
        if files.is_empty() {
            return Ok(known);
        }
        let times = || {
            lots.iter().flat_map(|(rows, kept)| {
                kept.iter().map(|kept| rows.rows[kept.row as usize].event_time)
            })
        };
        let (Some(first), Some(last)) = (times().min(), times().max()) else { return Ok(known) };
        for path in files {
            known.read(path, first, last)?;
        }
        Ok(known)
    }

    /// Leaves them out.
    pub(super) fn leave_out(&self, (rows, kept): &mut (&UsageRows, Vec<Kept>)) {
        if !self.events.is_empty() {
            kept.retain(|kept| !self.has(&rows.rows[kept.row as usize], &rows.texts));
        }
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
