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

use super::grants::{Grant, Stretch};
use super::order::{InOrder, Stretches};
use crate::pages::{Chunk, Coded, Days, Encoder, NO_DAY, NONE, PAGE};
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
    for first in (0..rows).step_by(GROUP) {
        let group_rows = GROUP.min(rows - first);
        let mut group = out.next_row_group()?;
        for Chunk { bytes, close } in columns(history, &stretches, group_rows, &schema)? {
            group.append_column(&bytes, close)?;
        }
        group.close()?;
        if first + GROUP < rows {
            stretches.nth(GROUP - 1);
        }
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

/// Encodes the columns of a row group in the order of the schema, half of them on another thread.
fn columns(
    history: &InOrder<'_>,
    stretches: &Stretches<'_>,
    rows: usize,
    schema: &SchemaDescriptor,
) -> Result<Vec<Chunk>, ParquetError> {
    let texts = |n: usize| {
        let (texts, names) = (&history.grants.texts[n], &history.names[n]);
        let names = names.iter().map(|id| texts.get(*id).unwrap_or_default());
        Coded::new(schema.column(n), names)
    };
    let days = |n: usize| Days::new(schema.column(n));
    let rows = || stretches.clone().take(rows);
    let ((holder, [from, to]), ([held, via], bounds)) = std::thread::scope(|threads| {
        let others = threads.spawn(|| {
            encode(rows(), [texts(1), texts(2)], [days(5), days(6)], |grant, s| {
                let [held, via] = [1, 2].map(|n| code(history.place(grant, n)));
                ([held, via], [s.from_lo, s.ended.map(|(lo, _)| lo)])
            })
        });
        // Holders are in order and pack well.
        let first = encode(rows(), [texts(0)], [days(3), days(4)], |grant, s| {
            ([code(history.place(grant, 0))], [Some(s.from_hi), s.ended.map(|(_, hi)| hi)])
        })?;
        Ok::<_, ParquetError>((first, others.join().expect("encoding does not panic")?))
    })?;
    Ok(holder.into_iter().chain([held, via, from, to]).chain(bounds).collect())
}

/// The code of a name by its place.
fn code(place: u32) -> u32 {
    place.checked_sub(1).unwrap_or(NONE)
}

/// Encodes columns of texts and of days, a page at a time.
fn encode<const T: usize, const D: usize>(
    mut stretches: impl Iterator<Item = (Grant, Stretch)>,
    mut texts: [Coded; T],
    mut days: [Days; D],
    row: impl Fn(&Grant, Stretch) -> ([u32; T], [Option<i32>; D]),
) -> Result<([Chunk; T], [Chunk; D]), ParquetError> {
    let mut codes = [(); T].map(|()| Vec::with_capacity(PAGE));
    let mut dates = [(); D].map(|()| Vec::with_capacity(PAGE));
    loop {
        for (grant, stretch) in stretches.by_ref().take(PAGE) {
            let (said, when) = row(&grant, stretch);
            codes.iter_mut().zip(said).for_each(|(codes, code)| codes.push(code));
            dates.iter_mut().zip(when).for_each(|(dates, day)| dates.push(day.unwrap_or(NO_DAY)));
        }
        if dates[0].is_empty() {
            break;
        }
        for (column, codes) in texts.iter_mut().zip(&mut codes) {
            column.page(codes);
            codes.clear();
        }
        for (column, dates) in days.iter_mut().zip(&mut dates) {
            column.page(dates);
            dates.clear();
        }
    }
    let mut encoder = Encoder::new();
    let texts = texts.map(|column| column.close(&mut encoder.zstd));
    let days = days.map(|column| column.close(&mut encoder.zstd));
    Ok((all(texts)?, all(days)?))
}

/// All of them, or what is wrong with one.
fn all<const N: usize>(
    chunks: [Result<Chunk, ParquetError>; N],
) -> Result<[Chunk; N], ParquetError> {
    let chunks: Vec<_> = chunks.into_iter().collect::<Result<_, _>>()?;
    chunks.try_into().map_err(|_| ParquetError::General("a column is missing".to_owned()))
}
