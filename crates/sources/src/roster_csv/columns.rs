//! Which column of the file is which.

use crate::csv_file::{self, Columns, refuse};
use crate::settings::Settings;
use crate::source::ReadError;

/// What a roster may say of a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Field {
    EmployeeId,
    Name,
    Email,
    WorkerType,
    Status,
    Department,
    JobTitle,
    Manager,
    HiredAt,
    TerminationEffective,
    TerminationRecordedAt,
    RecordedAt,
}

/// Each field with its name and the further headers by which it is known, in the order of [`Field`].
const FIELDS: &[csv_file::Field<'static>] = &[
    field("employee_id", &["employeenumber", "workerid", "personid", "personnelnumber", "staffid"]),
    field("name", &["fullname", "displayname", "legalname", "employeename"]),
    field("email", &["workemail", "emailaddress", "mail", "primaryemail"]),
    field("worker_type", &["employmenttype", "employeetype", "contracttype"]),
    field("status", &["employmentstatus", "workerstatus"]),
    field("department", &["costcenter", "costcentre", "orgunit"]),
    field(
        "job_title",
        &["title", "position", "positiontitle", "jobposition", "jobrole", "jobname"],
    ),
    field(
        "manager",
        &["managerid", "manageremployeeid", "manageremail", "supervisor", "reportsto"],
    ),
    field("hired_at", &["hiredate", "startdate", "dateofhire"]),
    field(
        "termination_effective",
        &["terminationdate", "terminationeffectivedate", "enddate", "lastday", "leavedate"],
    ),
    field("termination_recorded_at", &["terminationrecorded", "terminationentered"]),
    field("recorded_at", &["lastupdated", "lastmodified", "updatedat"]),
];

const fn field(name: &'static str, aliases: &'static [&'static str]) -> csv_file::Field<'static> {
    csv_file::Field { name, aliases }
}

impl Field {
    /// The name in settings and messages.
    pub(super) const fn name(self) -> &'static str {
        FIELDS[self as usize].name
    }
}

/// The column of each field.
pub(super) fn assign(settings: &Settings, headers: &[String]) -> Result<Columns, ReadError> {
    let columns = Columns::assign(settings.get("map").unwrap_or_default(), headers, FIELDS)?;
    if columns.of[Field::EmployeeId as usize].is_none() {
        return Err(refuse(
            format!("no column gives employee_id; the columns are {}", headers.join(", ")),
            "name it with map=employee_id=…".to_owned(),
        ));
    }
    Ok(columns)
}
