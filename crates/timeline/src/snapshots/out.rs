//! A history as a Parquet file.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowSchemaConverter;
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::SchemaDescriptor;

use super::grants::Stretch;
use super::order::{InOrder, Places};
use crate::pages::{Chunk, Encoder, NONE};
use crate::store::{StoreError, builder, io_error};

/// Rows of a row group.
const GROUP: usize = 1 << 20;

/// Writes every stretch, in order of holder, what is held, how, and time. Gives their number.
///
/// Columns: `principal`, `entitlement`, `via` (texts; `via` null where not said), `valid_from` and
/// `valid_to` (dates of the first listing that has it and of the first after that lacks it, null
/// when none does), `valid_from_lo` (of the last listing that lacks it before) and `valid_to_lo`
/// (of the last that has it for certain).
pub(super) fn write(history: &InOrder<'_>, to: &Path) -> Result<usize, StoreError> {
    let temporary = to.with_extension("parquet.new");
    let file = File::create(&temporary).map_err(|e| io_error(&temporary, e))?;
    let parquet = |source| StoreError::Parquet { path: to.to_owned(), source };
    let rows = write_to(history, file).map_err(parquet)?;
    fs::rename(&temporary, to).map_err(|e| io_error(to, e))?;
    Ok(rows)
}

fn write_to(history: &InOrder<'_>, file: File) -> Result<usize, ParquetError> {
    let schema = ArrowSchemaConverter::new().convert(&schema())?;
    let mut out = SerializedFileWriter::new(
        BufWriter::new(file),
        schema.root_schema_ptr(),
        Arc::new(builder().build()),
    )?;
    let rows = history.count();
    let mut stretches = history.stretches();
    for _ in 0..rows.div_ceil(GROUP) {
        let columns = Columns::of(stretches.by_ref().take(GROUP), rows.min(GROUP));
        let mut group = out.next_row_group()?;
        for Chunk { bytes, close } in columns.encode(history, &schema)? {
            group.append_column(&bytes, close)?;
        }
        group.close()?;
    }
    out.close()?;
    Ok(rows)
}

fn schema() -> Schema {
    Schema::new(vec![
        Field::new("principal", DataType::Utf8, false),
        Field::new("entitlement", DataType::Utf8, false),
        Field::new("via", DataType::Utf8, true),
        Field::new("valid_from", DataType::Date32, false),
        Field::new("valid_to", DataType::Date32, true),
        Field::new("valid_from_lo", DataType::Date32, true),
        Field::new("valid_to_lo", DataType::Date32, true),
    ])
}

/// Rows of a row group: texts by their place among the names, and days.
struct Columns {
    texts: [Vec<u32>; 3],
    days: [Vec<Option<i32>>; 4],
}

impl Columns {
    fn of(stretches: impl Iterator<Item = (Places, Stretch)>, rows: usize) -> Self {
        let mut texts = [(); 3].map(|()| Vec::with_capacity(rows));
        let mut days = [(); 4].map(|()| Vec::with_capacity(rows));
        for (places, s) in stretches {
            for (column, place) in texts.iter_mut().zip(places) {
                column.push(place.checked_sub(1).unwrap_or(NONE));
            }
            let (to_lo, to_hi) = s.ended.unzip();
            for (column, day) in days.iter_mut().zip([Some(s.from_hi), to_hi, s.from_lo, to_lo]) {
                column.push(day);
            }
        }
        Self { texts, days }
    }

    /// Encodes the columns in the order of the schema: the first text, which is in order and packs
    /// well, and the days on this thread, the others on another.
    fn encode(
        &self,
        history: &InOrder<'_>,
        schema: &SchemaDescriptor,
    ) -> Result<Vec<Chunk>, ParquetError> {
        let text = |encoder: &mut Encoder, n: usize| {
            let (texts, names) = (&history.grants.texts[n], &history.names[n]);
            let names = names.iter().map(|id| texts.get(*id).unwrap_or_default());
            encoder.coded(schema.column(n), &self.texts[n], names)
        };
        std::thread::scope(|threads| {
            let others = threads.spawn(|| {
                let mut encoder = Encoder::new();
                Ok::<_, ParquetError>([text(&mut encoder, 1)?, text(&mut encoder, 2)?])
            });
            let mut encoder = Encoder::new();
            let first = text(&mut encoder, 0)?;
            let days = self.days.iter().zip(3..);
            let days: Vec<_> = days
                .map(|(days, n)| encoder.days(schema.column(n), days))
                .collect::<Result<_, _>>()?;
            let others = others.join().expect("encoding does not panic")?;
            Ok([first].into_iter().chain(others).chain(days).collect())
        })
    }
}
