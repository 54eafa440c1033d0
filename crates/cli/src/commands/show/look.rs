//! Asking the public tables.

use serde_json::Value;
use tenure_controls::query;
use tenure_controls::session::Session;
use tenure_model::{Timestamp, Validity};

/// The tables as known at the index asked for.
pub(super) struct Look<'s> {
    session: &'s Session,
}

/// A row: the cells that say something, by column.
#[derive(Clone, Debug, Default)]
pub(super) struct Row(pub(super) Vec<(String, Value)>);

impl<'s> Look<'s> {
    pub(super) const fn new(session: &'s Session) -> Self {
        Self { session }
    }

    pub(super) fn rows(&self, sql: &str) -> anyhow::Result<Vec<Row>> {
        let result = query::run(self.session, sql)?;
        let names: Vec<_> = result.columns.into_iter().map(|c| c.name).collect();
        let row = |cells: Vec<Value>| {
            let said = names.iter().cloned().zip(cells).filter(|(_, value)| !value.is_null());
            Row(said.collect())
        };
        Ok(result.rows.into_iter().map(row).collect())
    }

    /// The first row.
    pub(super) fn first(&self, sql: &str) -> anyhow::Result<Option<Row>> {
        Ok(self.rows(sql)?.into_iter().next())
    }

    /// The one number that a query counts.
    pub(super) fn count(&self, sql: &str) -> anyhow::Result<i64> {
        let row = self.first(sql)?.unwrap_or_default();
        Ok(row.0.first().and_then(|(_, n)| n.as_i64()).unwrap_or(0))
    }
}

impl Row {
    fn get(&self, column: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == column).map(|(_, value)| value)
    }

    pub(super) fn text(&self, column: &str) -> Option<&str> {
        self.get(column)?.as_str()
    }

    pub(super) fn own(&self, column: &str) -> Option<String> {
        self.text(column).map(str::to_owned)
    }

    pub(super) fn int(&self, column: &str) -> i64 {
        self.get(column).and_then(Value::as_i64).unwrap_or(0)
    }

    pub(super) fn flag(&self, column: &str) -> Option<bool> {
        self.get(column)?.as_bool()
    }

    pub(super) fn time(&self, column: &str) -> Option<Timestamp> {
        self.text(column)?.parse().ok()
    }

    /// The bounds of a row of a fact table.
    pub(super) fn validity(&self) -> Option<Validity> {
        Some(Validity {
            from_lo: self.time("valid_from_lo"),
            from_hi: self.time("valid_from_hi")?,
            to_lo: self.time("valid_to_lo"),
            to_hi: self.time("valid_to_hi"),
        })
    }

    pub(super) fn json(&self) -> Value {
        Value::Object(self.0.iter().cloned().collect())
    }
}

/// Rows as JSON.
pub(super) fn json(rows: &[Row]) -> Value {
    rows.iter().map(Row::json).collect()
}

/// A text as SQL writes it.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Texts as a list of SQL; a list of nothing holds a text that nothing is.
pub(super) fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut all: Vec<_> = texts.into_iter().filter(|t| !t.is_empty()).map(literal).collect();
    if all.is_empty() {
        all.push("NULL".to_owned());
    }
    all.join(", ")
}

/// An instant as SQL writes it.
pub(super) fn at(instant: Timestamp) -> String {
    format!("instant('{instant}')")
}

/// Since when, as a phrase.
pub(super) fn since(v: &Validity) -> String {
    match v.from_lo {
        Some(lo) if lo == v.from_hi => format!("from {lo}"),
        Some(lo) => format!("from between {lo} and {}", v.from_hi),
        None => format!("from {} or before", v.from_hi),
    }
}

/// Until when, as a phrase.
pub(super) fn until(v: &Validity) -> String {
    match (v.to_lo, v.to_hi) {
        (Some(lo), Some(hi)) if lo != hi => format!("to between {lo} and {hi}"),
        (_, Some(hi)) => format!("to {hi}"),
        _ => "on, not known to have ended".to_owned(),
    }
}
