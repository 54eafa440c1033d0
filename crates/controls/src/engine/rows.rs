//! What the queries of controls give, row by row.

use std::collections::HashMap;

use datafusion::arrow::datatypes::IntervalMonthDayNano;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::common::{ParamValues, ScalarValue};
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome;
use tenure_model::{Timestamp, Validity};

use crate::cells::Rows;
use crate::definition::{Definition, Setting};
use crate::engine::Test;
use crate::session::QueryError;

/// An entity or event of a population: `item, label, from_ts, to_ts, system, evidence`.
pub(crate) struct Exposed {
    pub(crate) item: String,
    pub(crate) label: String,
    pub(crate) from: Timestamp,
    pub(crate) to: Option<Timestamp>,
    pub(crate) system: Option<String>,
    pub(crate) evidence: Vec<String>,
}

/// A statement on one attribute of an item over an interval with bounds.
pub(crate) struct Statement {
    pub(crate) item: String,
    pub(crate) attribute: String,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) validity: Option<Validity>,
    pub(crate) anchor: Option<Timestamp>,
    pub(crate) completed: Option<Timestamp>,
    pub(crate) reason: String,
    pub(crate) evidence: Vec<String>,
}

/// A version of a setting.
pub(crate) struct Setup {
    pub(crate) item: String,
    pub(crate) label: String,
    pub(crate) system: Option<String>,
    pub(crate) validity: Validity,
    pub(crate) conforming: Option<bool>,
    pub(crate) change_ref: Option<String>,
    pub(crate) reason: String,
    pub(crate) evidence: Vec<String>,
}

pub(crate) fn exposed(test: &Test<'_>, query: &str) -> Result<Vec<Exposed>, QueryError> {
    let mut all = Vec::new();
    for_each(test, query, |rows, count| {
        let item = rows.need("item", rows.text("item")?)?;
        let label = rows.text("label")?;
        let from = rows.need("from_ts", rows.time("from_ts")?)?;
        let (to, system, evidence) =
            (rows.time("to_ts")?, rows.text("system")?, rows.text("evidence")?);
        for row in 0..count {
            let item = rows.need("item", item.get(row))?.to_owned();
            all.push(Exposed {
                label: label.as_ref().and_then(|c| c.get(row)).unwrap_or(&item).to_owned(),
                from: rows.need("from_ts", from.get(row))?,
                to: to.as_ref().and_then(|c| c.get(row)),
                system: system.as_ref().and_then(|c| c.get(row)).map(str::to_owned),
                evidence: pointers(evidence.as_ref().and_then(|c| c.get(row))),
                item,
            });
        }
        Ok(())
    })?;
    Ok(all)
}

pub(crate) fn statements(test: &Test<'_>, query: &str) -> Result<Vec<Statement>, QueryError> {
    let mut all = Vec::new();
    for_each(test, query, |rows, count| {
        let item = rows.need("item", rows.text("item")?)?;
        let attribute = rows.need("attribute", rows.text("attribute")?)?;
        let (outcome, reason) = (rows.text("outcome")?, rows.text("reason")?);
        let (anchor, completed) = (rows.time("anchor_ts")?, rows.time("completed_ts")?);
        let (evidence, validity) = (rows.text("evidence")?, Validities::of(rows)?);
        for row in 0..count {
            let outcome = outcome.as_ref().and_then(|c| c.get(row)).map(str::parse).transpose();
            all.push(Statement {
                item: rows.need("item", item.get(row))?.to_owned(),
                attribute: rows.need("attribute", attribute.get(row))?.to_owned(),
                outcome: outcome.map_err(|e: tenure_model::outcome::UnknownOutcome| {
                    rows.shape(e.to_string())
                })?,
                validity: validity.get(row),
                anchor: anchor.as_ref().and_then(|c| c.get(row)),
                completed: completed.as_ref().and_then(|c| c.get(row)),
                reason: reason.as_ref().and_then(|c| c.get(row)).unwrap_or_default().to_owned(),
                evidence: pointers(evidence.as_ref().and_then(|c| c.get(row))),
            });
        }
        Ok(())
    })?;
    Ok(all)
}

pub(crate) fn setups(test: &Test<'_>, query: &str) -> Result<Vec<Setup>, QueryError> {
    let mut all = Vec::new();
    for_each(test, query, |rows, count| {
        let item = rows.need("item", rows.text("item")?)?;
        let (label, system) = (rows.text("label")?, rows.text("system")?);
        let (conforming, change_ref) = (rows.flag("conforming")?, rows.text("change_ref")?);
        let (reason, evidence) = (rows.text("reason")?, rows.text("evidence")?);
        let validity = Validities::of(rows)?;
        for row in 0..count {
            let item = rows.need("item", item.get(row))?.to_owned();
            all.push(Setup {
                label: label.as_ref().and_then(|c| c.get(row)).unwrap_or(&item).to_owned(),
                system: system.as_ref().and_then(|c| c.get(row)).map(str::to_owned),
                validity: rows.need("from_hi", validity.get(row))?,
                conforming: conforming.as_ref().and_then(|c| c.get(row)),
                change_ref: change_ref.as_ref().and_then(|c| c.get(row)).map(str::to_owned),
                reason: reason.as_ref().and_then(|c| c.get(row)).unwrap_or_default().to_owned(),
                evidence: pointers(evidence.as_ref().and_then(|c| c.get(row))),
                item,
            });
        }
        Ok(())
    })?;
    Ok(all)
}

fn for_each(
    test: &Test<'_>,
    query: &str,
    mut take: impl FnMut(&Rows<'_>, usize) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let definition = test.definition;
    let name = format!("{} sql.{query}", definition.id);
    let sql = definition.query(query).unwrap_or_default();
    for batch in test.session.sql(sql, Some(params(test)))? {
        take(&Rows::new(&name, &batch), batch.num_rows())?;
    }
    Ok(())
}

struct Validities {
    from_lo: Option<crate::cells::Times>,
    from_hi: Option<crate::cells::Times>,
    to_lo: Option<crate::cells::Times>,
    to_hi: Option<crate::cells::Times>,
}

impl Validities {
    fn of(rows: &Rows<'_>) -> Result<Self, QueryError> {
        Ok(Self {
            from_lo: rows.time("from_lo")?,
            from_hi: rows.time("from_hi")?,
            to_lo: rows.time("to_lo")?,
            to_hi: rows.time("to_hi")?,
        })
    }

    fn get(&self, row: usize) -> Option<Validity> {
        let at = |column: &Option<crate::cells::Times>| column.as_ref().and_then(|c| c.get(row));
        Some(Validity {
            from_lo: at(&self.from_lo),
            from_hi: at(&self.from_hi)?,
            to_lo: at(&self.to_lo),
            to_hi: at(&self.to_hi),
        })
    }
}

/// `artifact-digest#record artifact-digest#record`.
fn pointers(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect()
}

/// `$from`, `$to`, `$as_of` and the definition's parameters.
fn params(test: &Test<'_>) -> ParamValues {
    let instant =
        |at: Timestamp| ScalarValue::TimestampMicrosecond(Some(at.micros()), Some("UTC".into()));
    let mut values: HashMap<String, ScalarAndMetadata> = HashMap::new();
    let mut set = |name: &str, value: ScalarValue| {
        values.insert(name.to_owned(), ScalarAndMetadata::from(value))
    };
    set("from", instant(test.period.from));
    set("to", instant(test.period.to));
    set("as_of", instant(test.as_of));
    for name in test.definition.parameters.keys() {
        set(name, scalar(test.definition, name));
    }
    ParamValues::Map(values)
}

fn scalar(definition: &Definition, name: &str) -> ScalarValue {
    let interval = |micros: i64| {
        ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(
            0,
            0,
            micros.saturating_mul(1_000),
        )))
    };
    match definition.setting(name) {
        Some(Setting::Duration(Sla::Hours(hours))) => interval(i64::from(hours) * 3_600_000_000),
        Some(Setting::Duration(Sla::Days(days))) => interval(i64::from(days) * Timestamp::DAY),
        Some(Setting::Duration(Sla::BusinessDays(days))) => {
            ScalarValue::Int64(Some(i64::from(days)))
        }
        Some(Setting::Micros(micros)) => interval(micros),
        Some(Setting::Number(number)) => ScalarValue::Float64(Some(number)),
        Some(Setting::Text(text)) => ScalarValue::Utf8(Some(text)),
        None => ScalarValue::Null,
    }
}
