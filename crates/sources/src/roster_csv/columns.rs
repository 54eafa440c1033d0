//! Which column of the file is which.

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
    Manager,
    HiredAt,
    TerminationEffective,
    TerminationRecordedAt,
    RecordedAt,
}

/// Each field with its name and the headers by which it is known, reduced to letters and digits.
const FIELDS: &[(Field, &str, &[&str])] = &[
    (
        Field::EmployeeId,
        "employee_id",
        &["employeeid", "employeenumber", "workerid", "personid", "personnelnumber", "staffid"],
    ),
    (Field::Name, "name", &["name", "fullname", "displayname", "legalname", "employeename"]),
    (Field::Email, "email", &["email", "workemail", "emailaddress", "mail", "primaryemail"]),
    (
        Field::WorkerType,
        "worker_type",
        &["workertype", "employmenttype", "employeetype", "contracttype"],
    ),
    (Field::Status, "status", &["status", "employmentstatus", "workerstatus"]),
    (Field::Department, "department", &["department", "costcenter", "costcentre", "orgunit"]),
    (
        Field::Manager,
        "manager",
        &["manager", "managerid", "manageremployeeid", "manageremail", "supervisor", "reportsto"],
    ),
    (Field::HiredAt, "hired_at", &["hiredat", "hiredate", "startdate", "dateofhire"]),
    (
        Field::TerminationEffective,
        "termination_effective",
        &[
            "terminationeffective",
            "terminationdate",
            "terminationeffectivedate",
            "enddate",
            "lastday",
            "leavedate",
        ],
    ),
    (
        Field::TerminationRecordedAt,
        "termination_recorded_at",
        &["terminationrecordedat", "terminationrecorded", "terminationentered"],
    ),
    (Field::RecordedAt, "recorded_at", &["recordedat", "lastupdated", "lastmodified", "updatedat"]),
];

impl Field {
    /// The name in settings and messages.
    pub(super) fn name(self) -> &'static str {
        FIELDS.iter().find(|(field, ..)| *field == self).map_or("", |(_, name, _)| name)
    }
}

/// The field of each column; `None` for columns that are not used.
pub(super) fn assign(
    settings: &Settings,
    headers: &[String],
) -> Result<Vec<Option<Field>>, ReadError> {
    let map = parse_map(settings.get("map").unwrap_or_default())?;
    if let Some((field, header)) = map.iter().find(|(_, header)| !headers.contains(header)) {
        let known = headers.join(", ");
        return Err(refuse(
            format!("there is no column '{header}' for {}", field.name()),
            format!("the file has {known}"),
        ));
    }
    let assigned: Vec<_> = headers
        .iter()
        .map(|header| match map.iter().find(|(_, mapped)| mapped == header) {
            Some((field, _)) => Some(*field),
            // A mapped field is not also looked for under its usual names.
            None => by_synonym(header).filter(|field| map.iter().all(|(f, _)| f != field)),
        })
        .collect();
    for (field, name, _) in FIELDS {
        let columns: Vec<_> = assigned
            .iter()
            .zip(headers)
            .filter(|(assigned, _)| **assigned == Some(*field))
            .map(|(_, header)| header.as_str())
            .collect();
        if columns.len() > 1 {
            return Err(refuse(
                format!("more than one column gives {name}: {}", columns.join(", ")),
                format!("say which one with map={name}=…"),
            ));
        }
    }
    if !assigned.contains(&Some(Field::EmployeeId)) {
        return Err(refuse(
            format!("no column gives employee_id; the columns are {}", headers.join(", ")),
            "name it with map=employee_id=…".to_owned(),
        ));
    }
    Ok(assigned)
}

fn by_synonym(header: &str) -> Option<Field> {
    let plain: String =
        header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    FIELDS.iter().find(|(.., names)| names.contains(&plain.as_str())).map(|(field, ..)| *field)
}

/// `employee_id=Worker ID;email=Work Email`.
fn parse_map(text: &str) -> Result<Vec<(Field, String)>, ReadError> {
    let mut map: Vec<(Field, String)> = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let bad = |cause: String| refuse(cause, "write map=field=Header;field=Header".to_owned());
        let (name, header) = part
            .split_once('=')
            .ok_or_else(|| bad(format!("the setting map has '{part}', which maps nothing")))?;
        let field = FIELDS.iter().find(|(_, known, _)| *known == name.trim()).map(|f| f.0);
        let Some(field) = field else {
            let known: Vec<_> = FIELDS.iter().map(|(_, name, _)| *name).collect();
            return Err(bad(format!("there is no field '{name}'; there are {}", known.join(", "))));
        };
        if map.iter().any(|(mapped, _)| *mapped == field) {
            return Err(bad(format!("the setting map has {name} twice")));
        }
        map.push((field, header.trim().to_owned()));
    }
    Ok(map)
}

pub(super) fn refuse(cause: String, hint: String) -> ReadError {
    ReadError { record: None, cause, hint }
}
