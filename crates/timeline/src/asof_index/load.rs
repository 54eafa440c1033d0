//! An index from a Parquet file of intervals: our own table of grants, a history, or another's.

use std::fs::File;
use std::path::Path;

use arrow::array::{Array as _, AsArray as _, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tenure_model::ids::Seq;
use tenure_model::{Timestamp, Validity};

use super::{Builder, IndexError, io_error};

/// What was loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Loaded {
    /// Versions in the index.
    pub versions: u64,
    /// Rows without a holder, a thing held or a start: they cannot answer and are left out.
    pub left_out: u64,
}

const COLUMNS: [&str; 11] = [
    "principal",
    "entitlement",
    "via",
    "valid_from",
    "valid_to",
    "valid_from_lo",
    "valid_from_hi",
    "valid_to_lo",
    "valid_to_hi",
    "tx_from_seq",
    "tx_to_seq",
];

/// Makes an index in `dir` from `principal`, `entitlement`, `via` where there is one, and either
/// `valid_from` and `valid_to` (instants or dates, exact unless `valid_from_lo` and `valid_to_lo` are
/// there) or the four bounds of our tables; `tx_from_seq` and `tx_to_seq` where they are there.
///
/// # Errors
/// When the file cannot be read or lacks a column, and when the index cannot be written.
pub fn load(path: &Path, dir: &Path) -> Result<Loaded, IndexError> {
    let file = File::open(path).map_err(|e| io_error(path, e))?;
    let parquet = |source| IndexError::Parquet { path: path.to_owned(), source };
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(parquet)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), COLUMNS);
    let reader =
        builder.with_projection(mask).with_batch_size(64 * 1024).build().map_err(parquet)?;
    let mut versions = Builder::default();
    let mut loaded = Loaded::default();
    for batch in reader {
        let batch = batch.map_err(|source| parquet(source.into()))?;
        take(&Rows::of(&batch, path)?, batch.num_rows(), &mut versions, &mut loaded);
    }
    versions.write(dir)?;
    loaded.versions = versions.len() as u64;
    Ok(loaded)
}

/// The columns of a batch. An end's first bound is absent where the table has exact times.
struct Rows {
    names: [Option<StringArray>; 3],
    from: (Option<Int64Array>, Int64Array),
    to: (Option<Int64Array>, Int64Array),
    known: (Option<Int64Array>, Option<Int64Array>),
}

impl Rows {
    fn of(batch: &RecordBatch, path: &Path) -> Result<Self, IndexError> {
        let read = |column: &'static str, kinds: &[DataType]| {
            let Some(array) = batch.column_by_name(column) else { return Ok(None) };
            let mut array = array.clone();
            for kind in kinds {
                array = cast(&array, kind).map_err(|source| IndexError::Column {
                    path: path.to_owned(),
                    column,
                    source,
                })?;
            }
            Ok(Some(array))
        };
        let text = |column| Ok(read(column, &[DataType::Utf8])?.map(|a| a.as_string().clone()));
        let numbers = |column, kinds: &[DataType]| {
            Ok(read(column, kinds)?.map(|a| a.as_primitive::<Int64Type>().clone()))
        };
        let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
        let time = |column| numbers(column, &[micros.clone(), DataType::Int64]);
        let missing = |column| IndexError::NoColumn { path: path.to_owned(), column };
        let end = |hi: &'static str, exact: &'static str| match time(hi)? {
            Some(bound) => Ok(bound),
            None => time(exact)?.ok_or_else(|| missing(exact)),
        };
        let names = [text("principal")?, text("entitlement")?, text("via")?];
        for (name, column) in names.iter().zip(["principal", "entitlement"]) {
            name.as_ref().ok_or_else(|| missing(column))?;
        }
        let seq = |column| numbers(column, &[DataType::Int64]);
        Ok(Self {
            names,
            from: (time("valid_from_lo")?, end("valid_from_hi", "valid_from")?),
            to: (time("valid_to_lo")?, end("valid_to_hi", "valid_to")?),
            known: (seq("tx_from_seq")?, seq("tx_to_seq")?),
        })
    }
}

fn take(rows: &Rows, count: usize, versions: &mut Builder, loaded: &mut Loaded) {
    let value = |column: &Int64Array, row: usize| column.is_valid(row).then(|| column.value(row));
    let time = |column, row| value(column, row).map(Timestamp::from_micros);
    let seq = |column: &Option<Int64Array>, row| {
        let number = value(column.as_ref()?, row)?;
        u64::try_from(number).ok().map(Seq)
    };
    for row in 0..count {
        let [principal, entitlement, via] = rows.names.each_ref().map(|column| {
            column.as_ref().filter(|c| c.is_valid(row)).map_or("", |column| column.value(row))
        });
        let (Some(from_hi), false) =
            (time(&rows.from.1, row), principal.is_empty() || entitlement.is_empty())
        else {
            loaded.left_out += 1;
            continue;
        };
        let to_hi = time(&rows.to.1, row);
        let validity = Validity {
            from_lo: rows.from.0.as_ref().map_or(Some(from_hi), |lo| time(lo, row)),
            from_hi,
            to_lo: rows.to.0.as_ref().map_or(to_hi, |lo| time(lo, row)),
            to_hi,
        };
        let known = (seq(&rows.known.0, row).unwrap_or(Seq(0)), seq(&rows.known.1, row));
        versions.push([principal, entitlement, via], &validity, known);
    }
}
