//! One row of a register: its cells by the kinds of the table's columns.

use csv::ByteRecord;
use tenure_model::fact::{Attrs, Value};
use tenure_model::tables::{Column, ColumnKind};
use tenure_model::time::Timestamp;

use crate::csv_file::{self, Columns};

use super::Config;
use super::columns::{ID, OWN, VALID_FROM, VALID_TO};

/// How exports write "no date".
const NO_DATE: &str = "0000-00-00";

/// A row, by what it says.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// The row as it stands in the file.
    pub(super) raw: &'a [u8],
    pub(super) id: Option<String>,
    pub(super) valid_from: Option<Timestamp>,
    pub(super) valid_to: Option<Timestamp>,
    pub(super) attrs: Attrs,
    /// What is wrong with it: columns and causes.
    pub(super) problems: Vec<(&'static str, String)>,
}

impl<'a> Row<'a> {
    pub(super) fn parse(
        config: &Config<'_>,
        raw: &'a [u8],
        record: &ByteRecord,
        width: Option<String>,
        columns: &Columns,
    ) -> Self {
        let mut cells = Cells { config, record, columns, problems: Vec::new() };
        if let Some(cause) = width {
            cells.problem(ID, cause);
        }
        let id = cells.text(ID);
        if id.is_none() {
            cells.problem(ID, "it is empty".to_owned());
        }
        let (valid_from, valid_to) = (cells.time(VALID_FROM), cells.time(VALID_TO));
        if let (Some(from), Some(to)) = (valid_from, valid_to)
            && to < from
        {
            cells.problem(VALID_TO, format!("{to} is before the start at {from}"));
        }
        let mut attrs = Attrs::new();
        for (field, column) in (OWN..).zip(config.register.0.columns) {
            if let Some(value) = cells.value(field, column) {
                attrs.insert(column.name.into(), value);
            }
        }
        Self { raw, id, valid_from, valid_to, attrs, problems: cells.problems }
    }
}

struct Cells<'r, 's> {
    config: &'r Config<'s>,
    record: &'r ByteRecord,
    columns: &'r Columns,
    problems: Vec<(&'static str, String)>,
}

impl Cells<'_, '_> {
    fn problem(&mut self, field: usize, cause: String) {
        self.problems.push((self.config.register.field(field), cause));
    }

    /// What came out, or the cause as a problem of the field.
    fn tell<T>(&mut self, field: usize, result: Result<T, String>) -> Option<T> {
        result.map_err(|cause| self.problem(field, cause)).ok()
    }

    fn text(&mut self, field: usize) -> Option<String> {
        let column = self.columns.of[field]?;
        let text = csv_file::text(self.record, column);
        self.tell(field, text).flatten()
    }

    fn time(&mut self, field: usize) -> Option<Timestamp> {
        let text = self.text(field).filter(|text| text != NO_DATE)?;
        let at = self.config.zone.instant(&text);
        self.tell(field, at)
    }

    fn value(&mut self, field: usize, column: &Column) -> Option<Value> {
        match column.kind {
            ColumnKind::Time => self.time(field).map(Value::Time),
            ColumnKind::Text if column.name.ends_with("_at") => self.instants(field),
            ColumnKind::Text => self.text(field).map(Value::Text),
            ColumnKind::Int => {
                let text = self.text(field)?;
                let number = text.parse().map_err(|_| format!("'{text}' is no whole number"));
                self.tell(field, number).map(Value::Int)
            }
            ColumnKind::Bool => {
                let text = self.text(field)?;
                self.tell(field, yes_or_no(&text)).map(Value::Bool)
            }
            ColumnKind::Ref(table) => {
                let text = self.text(field)?;
                let named =
                    text.split_once('/').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
                let cause = || {
                    let table = table.name();
                    format!("'{text}' is no type/id of {table}, such as person/100")
                };
                let named = if named { Ok(()) } else { Err(cause()) };
                self.tell(field, named)?;
                Some(Value::Text(text))
            }
        }
    }

    /// Several instants in one cell, told as RFC 3339 with spaces between: what tables whose columns
    /// hold "instants, separated by spaces" ask for.
    fn instants(&mut self, field: usize) -> Option<Value> {
        let text = self.text(field).filter(|text| text != NO_DATE)?;
        // A time of day may stand after a space, so a semicolon goes before.
        let parts: Vec<&str> = match text.contains(';') {
            true => text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect(),
            false if self.config.zone.instant(&text).is_ok() => vec![&text],
            false => text.split_whitespace().collect(),
        };
        let instants: Result<Vec<_>, _> =
            parts.iter().map(|part| self.config.zone.instant(part)).collect();
        let mut instants = self.tell(field, instants)?;
        instants.sort_unstable();
        let texts: Vec<_> = instants.iter().map(ToString::to_string).collect();
        (!texts.is_empty()).then(|| Value::Text(texts.join(" ")))
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "y" => Ok(true),
        "no" | "false" | "n" => Ok(false),
        _ => Err(format!("'{text}' is neither yes nor no")),
    }
}
