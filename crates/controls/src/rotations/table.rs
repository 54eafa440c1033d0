//! Rows in and out.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use tenure_model::{Timestamp, Validity};

use crate::cells::{Rows, Texts, Times};
use crate::covered::{BEGINNINGS, COVERAGE, Logs};
use crate::functions::instant;
use crate::session::QueryError;

use super::pair::{Beside, rotations};
use super::{Group, Rotation, Unit, Version, When};

pub(super) const QUERIES: &[&str] = &[
    "SELECT credential_id, version_no, system, identity_id, coalesce(native_kind, native_type) AS kind,
        issued_for, coalesce(public_id, native_id) AS name, public_id, material,
        slot, status, created_at_src, last_used_at, never_used,
        valid_from_lo, valid_from_hi, valid_to_lo, valid_to_hi, evidence
     FROM credentials
     WHERE class IS NULL OR class NOT IN ('session', 'federated_trust', 'mfa_factor')",
    "SELECT u.credential_key, min(u.event_time) AS first_at, max(u.event_time) AS last_at
     FROM usage u LEFT SEMI JOIN credentials c ON c.public_id = u.credential_key GROUP BY 1",
    COVERAGE,
    BEGINNINGS,
    "SELECT system, max(ended_at) AS listed_at FROM runs
     WHERE kind = 'full' AND outcome = 'complete' GROUP BY system",
];

pub(super) fn compute(given: &[RecordBatch]) -> Result<RecordBatch, QueryError> {
    let [credentials, uses, coverage, beginnings, listed] = given else {
        let problem = "it takes five queries".to_owned();
        return Err(QueryError::Shape { query: "rotations".to_owned(), problem });
    };
    let mut logs = Logs::read(coverage)?;
    logs.begin(beginnings)?;
    let mut beside = Beside { logs, ..Beside::default() };
    let rows = Source(Rows::new("uses of credentials", uses));
    let (key, first, last) =
        (rows.text("credential_key")?, rows.time("first_at")?, rows.time("last_at")?);
    beside.uses = (0..uses.num_rows())
        .filter_map(|r| Some((key.get(r)?.to_owned(), (first.get(r)?, last.get(r)?))))
        .collect();
    let rows = Source(Rows::new("listings", listed));
    let (system, at) = (rows.text("system")?, rows.time("listed_at")?);
    beside.listed = (0..listed.num_rows())
        .filter_map(|r| Some((system.get(r)?.to_owned(), at.get(r)?)))
        .collect();
    write(&rotations(read(credentials)?, &beside))
}

struct Source<'b>(Rows<'b>);

impl Source<'_> {
    fn text(&self, name: &str) -> Result<Texts, QueryError> {
        let column = self.0.text(name)?;
        self.0.need(name, column)
    }

    fn time(&self, name: &str) -> Result<Times, QueryError> {
        let column = self.0.time(name)?;
        self.0.need(name, column)
    }
}

fn read(batch: &RecordBatch) -> Result<Vec<Version>, QueryError> {
    let rows = Source(Rows::new("credentials", batch));
    let names =
        ["credential_id", "system", "identity_id", "kind", "issued_for", "name", "public_id"];
    let [credential, system, identity, kind, issued_for, name, public_id] =
        names.map(|name| rows.text(name));
    let (credential, system, identity, kind) = (credential?, system?, identity?, kind?);
    let (issued_for, name, public_id) = (issued_for?, name?, public_id?);
    let [material, slot, status, evidence] =
        ["material", "slot", "status", "evidence"].map(|name| rows.text(name));
    let (material, slot, status, evidence) = (material?, slot?, status?, evidence?);
    let number = rows.0.int("version_no")?;
    let number = rows.0.need("version_no", number)?;
    let never_used = rows.0.flag("never_used")?;
    let never_used = rows.0.need("never_used", never_used)?;
    let [created_at, last_used_at] = ["created_at_src", "last_used_at"].map(|n| rows.time(n));
    let (created_at, last_used_at) = (created_at?, last_used_at?);
    let ends = ["valid_from_lo", "valid_from_hi", "valid_to_lo", "valid_to_hi"];
    let [from_lo, from_hi, to_lo, to_hi] = ends.map(|name| rows.time(name));
    let (from_lo, from_hi, to_lo, to_hi) = (from_lo?, from_hi?, to_lo?, to_hi?);
    let own = |texts: &Texts, row| texts.get(row).map(str::to_owned);
    let version = |row: usize| {
        Some(Version {
            credential: own(&credential, row)?,
            number: number.get(row)?,
            group: Group {
                system: own(&system, row)?,
                identity: own(&identity, row),
                kind: own(&kind, row)?,
                issued_for: own(&issued_for, row),
            },
            name: own(&name, row)?,
            public_id: own(&public_id, row),
            material: own(&material, row),
            slot: own(&slot, row),
            status: own(&status, row),
            created_at: created_at.get(row),
            last_used_at: last_used_at.get(row),
            never_used: never_used.get(row),
            validity: Validity {
                from_lo: from_lo.get(row),
                from_hi: from_hi.get(row)?,
                to_lo: to_lo.get(row),
                to_hi: to_hi.get(row),
            },
            evidence: own(&evidence, row).unwrap_or_default(),
        })
    };
    Ok((0..batch.num_rows()).filter_map(version).collect())
}

pub(super) fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let time = |name: &str| Field::new(name, instant(), true);
    let days = |name: &str| Field::new(name, DataType::Float64, true);
    Arc::new(Schema::new(vec![
        text("system"),
        text("identity_id"),
        text("kind"),
        text("old_credential_id"),
        text("old_key"),
        text("new_credential_id"),
        text("new_key"),
        time("old_created_lo"),
        time("old_created_hi"),
        time("new_created_lo"),
        time("new_created_hi"),
        time("overlap_from"),
        time("overlap_to"),
        days("overlap_days_min"),
        days("overlap_days_max"),
        time("old_last_used_at"),
        time("old_used_after_new_at"),
        time("new_first_used_at"),
        time("old_deactivated_lo"),
        time("old_deactivated_hi"),
        time("old_deleted_lo"),
        time("old_deleted_hi"),
        text("verdict"),
        text("why"),
        Field::new("usage_known", DataType::Boolean, false),
        time("as_of"),
        text("evidence"),
    ]))
}

/// Both in force: from the making of the new one to the end of the old one, if it was after that.
fn overlap(row: &Rotation) -> Option<(When, Option<When>)> {
    let new = row.new.as_ref()?.created;
    let end = row.old.ended();
    let is_over_before = end.is_some_and(|end| end.hi <= new.hi);
    (!is_over_before).then_some((new, end))
}

#[expect(clippy::cast_precision_loss, reason = "days are for people")]
fn days(from: Timestamp, to: Timestamp) -> f64 {
    to.micros().saturating_sub(from.micros()).max(0) as f64 / Timestamp::DAY as f64
}

fn write(rows: &[Rotation]) -> Result<RecordBatch, QueryError> {
    type Of<T> = fn(&Rotation) -> Option<T>;
    let text =
        |of: Of<String>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<StringArray>()) };
    let time = |of: Of<Timestamp>| -> ArrayRef {
        let micros = rows.iter().map(|row| of(row).map(Timestamp::micros));
        Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let real =
        |of: Of<f64>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<Float64Array>()) };
    let columns = vec![
        text(|r| Some(r.old.group.system.clone())),
        text(|r| r.old.group.identity.clone()),
        text(|r| Some(r.old.group.kind.clone())),
        text(|r| Some(r.old.credential.clone())),
        text(|r| Some(r.old.name.clone())),
        text(|r| r.new.as_ref().map(|new| new.credential.clone())),
        text(|r| r.new.as_ref().map(|new| new.name.clone())),
        time(|r| r.old.created.lo),
        time(|r| Some(r.old.created.hi)),
        time(|r| r.new.as_ref()?.created.lo),
        time(|r| r.new.as_ref().map(|new| new.created.hi)),
        time(|r| overlap(r).map(|(from, _)| from.hi)),
        time(|r| overlap(r)?.1.map(|to| to.hi)),
        real(|r| overlap(r).and_then(|(from, to)| Some(days(from.hi, to?.lo?)))),
        real(|r| overlap(r).and_then(|(from, to)| Some(days(from.lo?, to?.hi)))),
        time(|r| r.old.last_used),
        time(|r| r.old.last_used.filter(|at| r.new.as_ref().is_some_and(|n| *at > n.created.hi))),
        time(|r| r.new.as_ref()?.first_used),
        time(|r| r.old.deactivated?.lo),
        time(|r| r.old.deactivated.map(|at| at.hi)),
        time(|r| r.old.deleted?.lo),
        time(|r| r.old.deleted.map(|at| at.hi)),
        text(|r| Some(r.judged.verdict.as_str().to_owned())),
        text(|r| r.judged.why.clone()),
        Arc::new(rows.iter().map(|r| Some(r.usage_known)).collect::<BooleanArray>()),
        time(|r| Some(r.as_of)),
        text(|r| Some(evidence(&r.old, r.new.as_ref()))),
    ];
    RecordBatch::try_new(schema(), columns).map_err(|e| QueryError::Engine(e.into()))
}

fn evidence(old: &Unit, new: Option<&Unit>) -> String {
    let new = new.into_iter().flat_map(|new| &new.evidence);
    let mut all: Vec<&str> = Vec::new();
    for word in old.evidence.iter().chain(new) {
        if !all.contains(&word.as_str()) {
            all.push(word);
        }
    }
    all.join(" ")
}
