//! Who held what at an instant, straight from the Parquet file: the question asked most often
//! should not wait for a query engine.

use std::fs::File;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;
use tenure_model::ids::Seq;
use tenure_model::tables::TableId;
use tenure_model::{Held, Timestamp, Validity};

use crate::store::{Store, StoreError, io_error};

/// Which grants are asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    /// Who held this entitlement (its id or native id).
    On(String),
    /// What this principal held (compared without regard to case).
    By(String),
}

/// A grant that answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Answer {
    /// The grant.
    pub grant_id: String,
    /// The holder.
    pub principal: String,
    /// What is held.
    pub entitlement: String,
    /// `yes`, or `maybe` when the instant lies inside the uncertainty of an end.
    pub held: Held,
    /// When, as far as is known.
    #[serde(flatten)]
    pub validity: Validity,
    /// On whose approval.
    pub approval_ref: Option<String>,
    /// How the approval is known to belong to the grant.
    pub approval_basis: Option<String>,
    /// Records it rests on.
    pub evidence: String,
}

const COLUMNS: [&str; 12] = [
    "grant_id",
    "entitlement_id",
    "principal",
    "entitlement",
    "approval_ref",
    "approval_basis",
    "valid_from_lo",
    "valid_from_hi",
    "valid_to_lo",
    "valid_to_hi",
    "tx_from_seq",
    "tx_to_seq",
];

/// The grants held, or perhaps held, at the instant, as known at the ledger index.
///
/// # Errors
/// When the timeline's file of grants cannot be read.
pub fn who(
    store: &Store,
    question: &Question,
    at: Timestamp,
    known_at: Seq,
) -> Result<Vec<Answer>, StoreError> {
    let path = store.table_path(TableId::Grants);
    let file = File::open(&path).map_err(|e| io_error(&path, e))?;
    let parquet = |source| StoreError::Parquet { path: path.clone(), source };
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(parquet)?;
    let names = COLUMNS.iter().copied().chain(["evidence"]);
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);
    let reader =
        builder.with_projection(mask).with_batch_size(64 * 1024).build().map_err(parquet)?;
    let mut answers = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|e| StoreError::Columns { table: "grants", source: e })?;
        take(&batch, question, at, known_at, &path, &mut answers)?;
    }
    answers.sort_by(|a, b| {
        (&a.entitlement, &a.principal, &a.grant_id).cmp(&(
            &b.entitlement,
            &b.principal,
            &b.grant_id,
        ))
    });
    Ok(answers)
}

fn take(
    batch: &RecordBatch,
    question: &Question,
    at: Timestamp,
    known_at: Seq,
    path: &Path,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let text = |name| column(batch, name, path).map(|c| c.as_string::<i32>().clone());
    let (ids, holders, held) = (text("grant_id")?, text("principal")?, text("entitlement")?);
    let (entitlement_ids, evidence) = (text("entitlement_id")?, text("evidence")?);
    let (refs, bases) = (text("approval_ref")?, text("approval_basis")?);
    let int = |name| column(batch, name, path).map(|c| c.as_primitive::<Int64Type>().clone());
    let (tx_from, tx_to) = (int("tx_from_seq")?, int("tx_to_seq")?);
    let validity = validities(batch, path)?;
    let some =
        |c: &arrow::array::StringArray, i: usize| c.is_valid(i).then(|| c.value(i).to_owned());
    let known = i64::try_from(known_at.0).unwrap_or(i64::MAX);
    for row in 0..batch.num_rows() {
        let matches = match question {
            Question::On(name) => held.value(row) == name || entitlement_ids.value(row) == name,
            Question::By(name) => holders.value(row).eq_ignore_ascii_case(name),
        };
        let current =
            tx_from.value(row) <= known && (tx_to.is_null(row) || tx_to.value(row) > known);
        let validity = validity(row);
        let held_at = validity.held_at(at);
        if matches && current && held_at != Held::No {
            answers.push(Answer {
                grant_id: ids.value(row).to_owned(),
                principal: holders.value(row).to_owned(),
                entitlement: held.value(row).to_owned(),
                held: held_at,
                validity,
                approval_ref: some(&refs, row),
                approval_basis: some(&bases, row),
                evidence: evidence.value(row).to_owned(),
            });
        }
    }
    Ok(())
}

fn validities(
    batch: &RecordBatch,
    path: &Path,
) -> Result<impl Fn(usize) -> Validity + use<>, StoreError> {
    let time = |name| {
        column(batch, name, path).map(|c| c.as_primitive::<TimestampMicrosecondType>().clone())
    };
    let (from_lo, from_hi) = (time("valid_from_lo")?, time("valid_from_hi")?);
    let (to_lo, to_hi) = (time("valid_to_lo")?, time("valid_to_hi")?);
    Ok(move |row: usize| {
        let at = |c: &arrow::array::TimestampMicrosecondArray| {
            c.is_valid(row).then(|| Timestamp::from_micros(c.value(row)))
        };
        Validity {
            from_lo: at(&from_lo),
            from_hi: Timestamp::from_micros(from_hi.value(row)),
            to_lo: at(&to_lo),
            to_hi: at(&to_hi),
        }
    })
}

fn column<'b>(
    batch: &'b RecordBatch,
    name: &str,
    path: &Path,
) -> Result<&'b dyn Array, StoreError> {
    batch.column_by_name(name).map(AsRef::as_ref).ok_or_else(|| StoreError::Facts {
        path: path.to_owned(),
        line: 0,
        cause: format!("column {name} is missing; delete the timeline and build it again"),
    })
}
