//! Rows in and out.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use tenure_model::Timestamp;

use crate::cells::{Rows, Texts, Times};
use crate::functions::instant;
use crate::session::QueryError;

use super::link::join;
use super::{Account, Joined, Link, Record};

pub(super) const QUERIES: &[&str] = &[
    "SELECT DISTINCT subject_id, system || '/' || native_type || '/' || native_id AS base, native_id,
        display_name, email, employee_id
     FROM subjects WHERE coalesce(kind, 'person') = 'person'",
    "SELECT DISTINCT subject_id, identity_id, basis, valid_from_lo, valid_from_hi, valid_to_lo, valid_to_hi
     FROM subject_links WHERE subject_id IS NOT NULL AND identity_id IS NOT NULL",
    "SELECT DISTINCT identity_id, native_id, login, email, kind FROM identities",
];

const BOUNDS: [&str; 4] = ["valid_from_lo", "valid_from_hi", "valid_to_lo", "valid_to_hi"];

pub(super) fn people() -> SchemaRef {
    schema(&["subject_id", "person", "label"], &[])
}

pub(super) fn holders() -> SchemaRef {
    let mut fields: Vec<_> = ["person", "identity_id", "basis"].map(text).to_vec();
    fields.push(Field::new("ambiguous", DataType::Boolean, true));
    fields.extend(BOUNDS.map(time));
    Arc::new(Schema::new(fields))
}

pub(super) fn names() -> SchemaRef {
    schema(&["name", "person"], &[])
}

fn schema(texts: &[&str], times: &[&str]) -> SchemaRef {
    let texts = texts.iter().map(|name| text(name));
    Arc::new(Schema::new(texts.chain(times.iter().map(|name| time(name))).collect::<Vec<_>>()))
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

fn time(name: &str) -> Field {
    Field::new(name, instant(), true)
}

pub(super) fn write_people(given: &[RecordBatch]) -> Result<RecordBatch, QueryError> {
    let joined = read(given)?;
    let rows = || joined.people.iter();
    batch(
        people(),
        vec![
            texts(rows().map(|(subject, _)| subject.as_str())),
            texts(rows().map(|(_, (person, _))| person.as_str())),
            texts(rows().map(|(_, (_, label))| label.as_str())),
        ],
    )
}

pub(super) fn write_holders(given: &[RecordBatch]) -> Result<RecordBatch, QueryError> {
    let joined = read(given)?;
    let rows = || joined.holders.iter();
    batch(
        holders(),
        vec![
            texts(rows().map(|h| h.person.as_str())),
            texts(rows().map(|h| h.identity.as_str())),
            texts(rows().map(|h| h.basis.as_str())),
            Arc::new(rows().map(|h| Some(h.ambiguous)).collect::<BooleanArray>()),
            times(rows().map(|h| h.from_lo)),
            times(rows().map(|h| h.from_hi)),
            times(rows().map(|h| h.to_lo)),
            times(rows().map(|h| h.to_hi)),
        ],
    )
}

pub(super) fn write_names(given: &[RecordBatch]) -> Result<RecordBatch, QueryError> {
    let joined = read(given)?;
    let columns = vec![
        texts(joined.names.keys().map(String::as_str)),
        texts(joined.names.values().map(String::as_str)),
    ];
    batch(names(), columns)
}

fn batch(schema: SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch, QueryError> {
    RecordBatch::try_new(schema, columns)
        .map_err(|e| QueryError::Engine(DataFusionError::ArrowError(Box::new(e), None)))
}

fn texts<'t>(values: impl Iterator<Item = &'t str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn times(values: impl Iterator<Item = Option<Timestamp>>) -> ArrayRef {
    let micros: TimestampMicrosecondArray = values.map(|at| at.map(Timestamp::micros)).collect();
    Arc::new(micros.with_timezone("UTC"))
}

fn read(given: &[RecordBatch]) -> Result<Joined, QueryError> {
    let [subjects, links, accounts] = given else {
        let problem = "it takes three queries".to_owned();
        return Err(QueryError::Shape { query: "people".to_owned(), problem });
    };
    Ok(join(&records(subjects)?, &stated(links)?, &named(accounts)?))
}

struct Source<'b>(Rows<'b>);

impl Source<'_> {
    fn text(&self, name: &str) -> Result<Texts, QueryError> {
        self.0.need(name, self.0.text(name)?)
    }

    fn time(&self, name: &str) -> Result<Times, QueryError> {
        self.0.need(name, self.0.time(name)?)
    }
}

fn owned(column: &Texts, row: usize) -> Option<String> {
    column.get(row).map(str::to_owned)
}

fn records(batch: &RecordBatch) -> Result<Vec<Record>, QueryError> {
    let rows = Source(Rows::new("records of people", batch));
    let (subject, base) = (rows.text("subject_id")?, rows.text("base")?);
    let (native, name) = (rows.text("native_id")?, rows.text("display_name")?);
    let (email, employee) = (rows.text("email")?, rows.text("employee_id")?);
    let one = |row| {
        Some(Record {
            subject: owned(&subject, row)?,
            base: owned(&base, row)?,
            native_id: owned(&native, row)?,
            name: owned(&name, row),
            email: owned(&email, row),
            employee_id: owned(&employee, row),
        })
    };
    Ok((0..batch.num_rows()).filter_map(one).collect())
}

fn stated(batch: &RecordBatch) -> Result<Vec<Link>, QueryError> {
    let rows = Source(Rows::new("links of people", batch));
    let (subject, identity) = (rows.text("subject_id")?, rows.text("identity_id")?);
    let basis = rows.text("basis")?;
    let [from_lo, from_hi, to_lo, to_hi] = BOUNDS.map(|name| rows.time(name));
    let (from_lo, from_hi, to_lo, to_hi) = (from_lo?, from_hi?, to_lo?, to_hi?);
    let one = |row| {
        Some(Link {
            subject: owned(&subject, row)?,
            identity: owned(&identity, row)?,
            basis: owned(&basis, row),
            from_lo: from_lo.get(row),
            from_hi: from_hi.get(row),
            to_lo: to_lo.get(row),
            to_hi: to_hi.get(row),
        })
    };
    Ok((0..batch.num_rows()).filter_map(one).collect())
}

fn named(batch: &RecordBatch) -> Result<Vec<Account>, QueryError> {
    let rows = Source(Rows::new("accounts", batch));
    let (identity, native) = (rows.text("identity_id")?, rows.text("native_id")?);
    let (login, email, kind) = (rows.text("login")?, rows.text("email")?, rows.text("kind")?);
    let one = |row| {
        Some(Account {
            identity: owned(&identity, row)?,
            native_id: owned(&native, row)?,
            login: owned(&login, row),
            email: owned(&email, row),
            kind: owned(&kind, row),
        })
    };
    Ok((0..batch.num_rows()).filter_map(one).collect())
}
