//! The settings: which notes and which custom fields give columns of incidents.

use tenure_model::tables::{Column, ColumnKind, TableId};

use crate::settings::Settings;
use crate::source::ReadError;

/// The settings, understood.
#[derive(Debug)]
pub(super) struct Config {
    /// How a note begins, in lower case, and the time that it tells.
    pub(super) notes: Vec<(String, &'static Column)>,
    /// Columns with the names of the custom fields that give them.
    pub(super) fields: Vec<(&'static Column, String)>,
}

impl Config {
    pub(super) fn of(settings: &Settings) -> Result<Self, ReadError> {
        let mut notes = Vec::new();
        for (begin, name) in settings.pairs("notes")? {
            let column = column("notes", name)?;
            if column.kind != ColumnKind::Time {
                let cause = format!("the setting notes: {name} holds no time");
                return Err(bad(cause, "name a column such as contained_at".to_owned()));
            }
            notes.push((begin.to_lowercase(), column));
        }
        let mut fields = Vec::new();
        for (name, field) in settings.pairs("fields")? {
            fields.push((column("fields", name)?, field.to_owned()));
        }
        Ok(Self { notes, fields })
    }

    /// The column whose time a note tells.
    pub(super) fn told_by(&self, note: &str) -> Option<&'static Column> {
        let note = note.trim_start().to_lowercase();
        self.notes.iter().find(|(begin, _)| note.starts_with(begin)).map(|(_, column)| *column)
    }
}

fn column(setting: &str, name: &str) -> Result<&'static Column, ReadError> {
    TableId::Incidents.table().column(name).ok_or_else(|| {
        let cause = format!("the setting {setting}: incidents have no column '{name}'");
        bad(cause, "docs/tables.md has the columns".to_owned())
    })
}

fn bad(cause: String, hint: String) -> ReadError {
    ReadError { record: None, cause, hint }
}
