//! The file as a table: delimiter, header, rows as they stand in the file, and everything that is
//! wrong with them.

use std::collections::BTreeMap;

use csv::{ByteRecord, ReaderBuilder};

use crate::settings::Settings;
use crate::source::ReadError;

use super::columns::{Field, assign, refuse};
use super::row::{Problem, Row};

/// A roster, read but not judged as a whole.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// Why the rows end early, if they do.
    pub(super) stop: Option<ReadError>,
    unused: Vec<String>,
    /// Rows by employee id; the first of several.
    by_id: BTreeMap<String, usize>,
    /// Rows by e-mail address in lower case; `None` when several have it.
    by_email: BTreeMap<String, Option<usize>>,
}

impl<'a> Table<'a> {
    pub(super) fn parse(settings: &Settings, bytes: &'a [u8]) -> Result<Self, ReadError> {
        let text = plain(bytes)?;
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter(text))
            .from_reader(text);
        let mut record = ByteRecord::new();
        let unreadable = |e: csv::Error| refuse(format!("the file is no CSV: {e}"), String::new());
        if !reader.read_byte_record(&mut record).map_err(unreadable)? {
            return Err(refuse("the file is empty".to_owned(), "export it again".to_owned()));
        }
        let headers = headers(&record)?;
        let fields = assign(settings, &headers)?;
        let mut table = Self::empty(&headers, &fields);
        loop {
            let start = reader.position().byte();
            match reader.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {
                    let raw = cut(text, start, reader.position().byte());
                    table.add(Row::parse(raw, &record, &fields));
                }
                Err(e) => {
                    table.stop = Some(unreadable(e));
                    break;
                }
            }
        }
        Ok(table)
    }

    fn empty(headers: &[String], fields: &[Option<Field>]) -> Self {
        let unused = headers.iter().zip(fields).filter(|(_, field)| field.is_none());
        Self {
            rows: Vec::new(),
            stop: None,
            unused: unused.map(|(header, _)| header.clone()).collect(),
            by_id: BTreeMap::new(),
            by_email: BTreeMap::new(),
        }
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

    /// One line for people.
    pub(super) fn describe(&self) -> String {
        let unused = match self.unused.as_slice() {
            [] => String::new(),
            unused => format!("; columns not used: {}", unused.join(", ")),
        };
        match self.problems().values().next() {
            None => format!("{} people{unused}", self.rows.len()),
            Some(first) => {
                let bad = self.problems().len();
                format!("{} rows, {bad} of them bad ({first}){unused}", self.rows.len())
            }
        }
    }
}

/// The text without a byte order mark; UTF-16 is told apart because spreadsheets write it.
fn plain(bytes: &[u8]) -> Result<&[u8], ReadError> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(refuse("the file is UTF-16".to_owned(), "save it as UTF-8".to_owned()));
    }
    Ok(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

fn headers(record: &ByteRecord) -> Result<Vec<String>, ReadError> {
    let text = |field: &[u8]| std::str::from_utf8(field).map(|text| text.trim().to_owned());
    record.iter().map(text).collect::<Result<_, _>>().map_err(|_| {
        refuse("the header row is not UTF-8".to_owned(), "save the file as UTF-8".to_owned())
    })
}

/// The most frequent of comma, semicolon and tab in the header row; a comma if there is none.
fn delimiter(text: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            byte if !quoted => {
                counts.iter_mut().filter(|(d, _)| d == byte).for_each(|(_, n)| *n += 1);
            }
            _ => {}
        }
    }
    // The first of equals: comma before semicolon before tab.
    counts.iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(delimiter, _)| *delimiter)
}

/// The bytes of a record as they stand in the file, without line ends around them.
fn cut(text: &[u8], start: u64, end: u64) -> &[u8] {
    let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
    let mut raw = &text[index(start).min(index(end))..index(end)];
    while let Some(rest) = raw.strip_prefix(b"\r").or_else(|| raw.strip_prefix(b"\n")) {
        raw = rest;
    }
    while let Some(rest) = raw.strip_suffix(b"\n").or_else(|| raw.strip_suffix(b"\r")) {
        raw = rest;
    }
    raw
}
