//! One row of a roster.

use csv::ByteRecord;
use tenure_model::time::{TimeError, Timestamp};

use crate::csv_file::{self, Columns};

use super::columns::Field;

/// A person, by what the row says.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// The row as it stands in the file.
    pub(super) raw: &'a [u8],
    pub(super) employee_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) worker_type: Option<String>,
    pub(super) status: Option<String>,
    pub(super) department: Option<String>,
    pub(super) job_title: Option<String>,
    pub(super) manager: Option<String>,
    pub(super) hired_at: Option<Timestamp>,
    pub(super) termination_effective: Option<Timestamp>,
    pub(super) termination_recorded_at: Option<Timestamp>,
    /// When the source recorded what the row says now.
    pub(super) recorded_at: Option<Timestamp>,
    pub(super) problems: Vec<Problem>,
}

/// What is wrong with a cell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Problem {
    pub(super) field: Field,
    pub(super) cause: String,
}

/// How exports write "no date".
const NO_DATE: &[&str] = &["", "0000-00-00"];

impl<'a> Row<'a> {
    pub(super) fn parse(
        raw: &'a [u8],
        record: &ByteRecord,
        width: Option<String>,
        columns: &Columns,
    ) -> Self {
        let mut cells = Cells { record, columns, problems: Vec::new() };
        if let Some(cause) = width {
            cells.problem(Field::EmployeeId, cause);
        }
        let mut row = Self {
            raw,
            employee_id: cells.text(Field::EmployeeId),
            name: cells.text(Field::Name),
            email: cells.text(Field::Email),
            worker_type: cells.text(Field::WorkerType),
            status: cells.text(Field::Status),
            department: cells.text(Field::Department),
            job_title: cells.text(Field::JobTitle),
            manager: cells.text(Field::Manager),
            hired_at: cells.time(Field::HiredAt),
            termination_effective: cells.time(Field::TerminationEffective),
            termination_recorded_at: cells.time(Field::TerminationRecordedAt),
            recorded_at: cells.time(Field::RecordedAt),
            problems: Vec::new(),
        };
        if row.employee_id.is_none() {
            cells.problem(Field::EmployeeId, "it is empty".to_owned());
        }
        if let (Some(hired), Some(end)) = (row.hired_at, row.termination_effective)
            && end < hired
        {
            let cause = format!("{end} is before the hire at {hired}");
            cells.problem(Field::TerminationEffective, cause);
        }
        row.problems = cells.problems;
        row
    }
}

struct Cells<'r> {
    record: &'r ByteRecord,
    columns: &'r Columns,
    problems: Vec<Problem>,
}

impl Cells<'_> {
    fn problem(&mut self, field: Field, cause: String) {
        self.problems.push(Problem { field, cause });
    }

    fn text(&mut self, field: Field) -> Option<String> {
        let column = self.columns.of[field as usize]?;
        csv_file::text(self.record, column).unwrap_or_else(|cause| {
            self.problem(field, cause);
            None
        })
    }

    fn time(&mut self, field: Field) -> Option<Timestamp> {
        let text = self.text(field).filter(|text| !NO_DATE.contains(&text.as_str()))?;
        match Timestamp::parse_or_date(&text) {
            Ok(at) => Some(at),
            Err(TimeError::Malformed(text)) => {
                let cause =
                    format!("'{text}' is neither a date (2025-07-01) nor an RFC 3339 instant");
                self.problem(field, cause);
                None
            }
            Err(e) => {
                self.problem(field, e.to_string());
                None
            }
        }
    }
}
