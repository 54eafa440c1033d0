//! The file as a table: people by id and address, and everything that is wrong with the rows.

use std::collections::{BTreeMap, BTreeSet};

use crate::csv_file::{Columns, Sheet};
use crate::settings::Settings;
use crate::source::ReadError;

use super::columns::{Field, assign};
use super::row::{Problem, Row};

/// A roster, read but not judged as a whole.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// Why the rows end early, if they do.
    pub(super) stop: Option<ReadError>,
    columns: Columns,
    /// Rows by employee id; the first of several.
    by_id: BTreeMap<String, usize>,
    /// Rows by e-mail address in lower case; `None` when several have it.
    by_email: BTreeMap<String, Option<usize>>,
}

impl<'a> Table<'a> {
    pub(super) fn parse(settings: &Settings, bytes: &'a [u8]) -> Result<Self, ReadError> {
        let mut sheet = Sheet::parse(bytes)?;
        let columns = assign(settings, &sheet.headers)?;
        let stop = sheet.stop.take();
        let mut table = Self {
            rows: Vec::with_capacity(sheet.rows.len()),
            stop,
            columns,
            by_id: BTreeMap::new(),
            by_email: BTreeMap::new(),
        };
        for (raw, record) in &sheet.rows {
            let row = Row::parse(raw, record, sheet.width(record), &table.columns);
            table.add(row);
        }
        Ok(table)
    }

    fn add(&mut self, row: Row<'a>) {
        let index = self.rows.len();
        if let Some(id) = &row.employee_id {
            self.by_id.entry(id.clone()).or_insert(index);
        }
        if let Some(email) = &row.email {
            self.by_email
                .entry(email.to_lowercase())
                .and_modify(|row| *row = None)
                .or_insert(Some(index));
        }
        self.rows.push(row);
    }

    /// The row of the manager, named by employee id or e-mail address.
    pub(super) fn manager_of(&self, row: &Row<'_>) -> Option<&Row<'a>> {
        self.manager_index(row).map(|index| &self.rows[index])
    }

    fn manager_index(&self, row: &Row<'_>) -> Option<usize> {
        let manager = row.manager.as_deref()?;
        let by_email = || self.by_email.get(&manager.to_lowercase()).copied().flatten();
        self.by_id.get(manager).copied().or_else(by_email)
    }

    /// What is wrong, by row from 0; when it is not empty, no row is used.
    pub(super) fn problems(&self) -> BTreeMap<u64, String> {
        let mut problems = BTreeMap::new();
        for (index, row) in self.rows.iter().enumerate() {
            let mut found = row.problems.clone();
            found.extend(self.duplicate(index, row));
            found.extend(self.unknown_manager(row));
            found.extend(self.cycle(index));
            if !found.is_empty() {
                // The header is row 1, as a spreadsheet shows it.
                let all: Vec<_> = found
                    .iter()
                    .map(|p| format!("column {}: {}", p.field.name(), p.cause))
                    .collect();
                problems.insert(index as u64, format!("row {}, {}", index + 2, all.join("; ")));
            }
        }
        problems
    }

    fn duplicate(&self, index: usize, row: &Row<'_>) -> Option<Problem> {
        let id = row.employee_id.as_ref()?;
        let first = *self.by_id.get(id)?;
        let cause = format!("'{id}' is the id of row {} already", first + 2);
        (first != index).then_some(Problem { field: Field::EmployeeId, cause })
    }

    fn unknown_manager(&self, row: &Row<'_>) -> Option<Problem> {
        let manager = row.manager.as_ref()?;
        let problem = |cause| Some(Problem { field: Field::Manager, cause });
        if self.manager_index(row).is_some() {
            return None;
        }
        match self.by_email.get(&manager.to_lowercase()) {
            Some(None) => problem(format!("several rows have the address '{manager}'")),
            _ => problem(format!("no row has the id or address '{manager}'")),
        }
    }

    /// Whether the row leads back to itself, manager by manager.
    fn cycle(&self, index: usize) -> Option<Problem> {
        let mut at = self.manager_index(&self.rows[index])?;
        // A chain that does not come back within as many steps as there are rows ends in a cycle
        // of others, who are told.
        for _ in 0..self.rows.len() {
            if at == index {
                let cause = "the managers lead back to this row".to_owned();
                return Some(Problem { field: Field::Manager, cause });
            }
            at = self.manager_index(&self.rows[at])?;
        }
        None
    }

    /// Whether the file has a column for ends of employment.
    pub(super) fn tells_ends(&self) -> bool {
        self.columns.of[Field::TerminationEffective as usize].is_some()
    }

    /// Everyone in the file, if it is good as a whole.
    pub(super) fn people(&self) -> Option<BTreeSet<String>> {
        let whole = self.stop.is_none() && self.problems().is_empty();
        whole.then(|| self.by_id.keys().cloned().collect())
    }

    /// One line for people.
    pub(super) fn describe(&self) -> String {
        let unused = self.columns.describe_unused();
        match self.problems().values().next() {
            None => format!("{} people{unused}", self.rows.len()),
            Some(first) => {
                let bad = self.problems().len();
                format!("{} rows, {bad} of them bad ({first}){unused}", self.rows.len())
            }
        }
    }
}
