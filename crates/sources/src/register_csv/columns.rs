//! Which columns a register has: those of its table, its id, and since when and until when a row holds.

use tenure_model::tables::{ColumnKind, Table, TableId};

use crate::csv_file::{Columns, Field, reduced, refuse};
use crate::source::ReadError;

/// The tables that people keep as registers.
const REGISTERS: &[TableId] = &[
    TableId::Systems,
    TableId::ControlOwners,
    TableId::Inventory,
    TableId::Vendors,
    TableId::Integrations,
    TableId::Exceptions,
    TableId::Approvals,
    TableId::ReviewCampaigns,
    TableId::ReviewItems,
    TableId::ReviewDecisions,
    TableId::Remediations,
    TableId::Alerts,
    TableId::Incidents,
    TableId::Changes,
    TableId::DutyRules,
    TableId::Exercises,
    TableId::Ownerships,
    TableId::SubjectLinks,
    TableId::Configurations,
];

/// The id of a row.
pub(super) const ID: usize = 0;
/// Since when a row holds.
pub(super) const VALID_FROM: usize = 1;
/// Until when a row holds.
pub(super) const VALID_TO: usize = 2;
/// The columns of the table follow.
pub(super) const OWN: usize = 3;

/// Headers that people write for columns, by column; reduced to letters and digits.
const ALIASES: &[(&str, &[&str])] = &[
    ("request_ref", &["ticket", "ticketid", "requestid", "requestnumber", "request"]),
    ("change_ref", &["ticket", "changeid", "changenumber", "pullrequest"]),
    ("incident_ref", &["incident", "incidentnumber", "incidentid"]),
    ("title", &["summary", "subject", "shortdescription"]),
    ("requested_by", &["requester", "requestor", "reporter", "openedby"]),
    ("requested_for", &["beneficiary", "onbehalfof"]),
    ("requested", &["access", "entitlement", "entitlements", "requestedaccess"]),
    ("approver", &["approvedby"]),
    ("approved_by", &["approver"]),
    ("owner", &["responsible", "owneremail", "accountable"]),
    ("backup_owner", &["deputy", "secondowner", "backup"]),
    ("severity", &["priority"]),
    ("environment", &["env"]),
    ("expires_at", &["expiry", "expires", "enddate"]),
    ("due_at", &["duedate", "due"]),
    ("justification", &["reason"]),
    ("rationale", &["reason", "justification"]),
    ("control_id", &["control"]),
    ("assigned_to", &["assignee"]),
    ("contract_ends", &["contractend", "contractenddate"]),
    ("assessed_at", &["lastassessment", "lastassessed", "lastreview"]),
];

/// A register: the table that its rows fill.
#[derive(Clone, Copy, Debug)]
pub(super) struct Register(pub(super) &'static Table);

impl Register {
    pub(super) fn named(name: &str) -> Result<Self, ReadError> {
        let known = REGISTERS.iter().find(|id| id.name() == name);
        known.map(|id| Self(id.table())).ok_or_else(|| {
            let names: Vec<_> = REGISTERS.iter().map(|id| id.name()).collect();
            let cause = format!("the setting register: there is no register '{name}'");
            refuse(cause, format!("set one of {}", names.join(", ")))
        })
    }

    /// Which column of the file gives which field, in the order id, start, end, columns of the table.
    pub(super) fn columns(self, map: &str, headers: &[String]) -> Result<Columns, ReadError> {
        let key = reduced(self.0.key);
        let other: Vec<Vec<String>> =
            self.0.columns.iter().map(|c| other_names(c.name, c.kind)).collect();
        let other: Vec<Vec<&str>> =
            other.iter().map(|names| names.iter().map(String::as_str).collect()).collect();
        let id = [key.as_str(), "number", "key"];
        let own = self.0.columns.iter().zip(&other);
        let own = own.map(|(column, aliases)| Field { name: column.name, aliases });
        let fields: Vec<Field<'_>> = [
            Field { name: "id", aliases: &id },
            Field { name: "valid_from", aliases: &["effectivefrom", "effectivedate", "since"] },
            Field { name: "valid_to", aliases: &["validuntil", "effectiveto", "until"] },
        ]
        .into_iter()
        .chain(own)
        .collect();
        let columns = Columns::assign(map, headers, &fields)?;
        if columns.of[ID].is_none() {
            let cause = format!("no column gives id; the columns are {}", headers.join(", "));
            return Err(refuse(cause, "name it with map=id=…".to_owned()));
        }
        Ok(columns)
    }

    /// The name of a field in settings and messages.
    pub(super) fn field(self, field: usize) -> &'static str {
        match field {
            ID => "id",
            VALID_FROM => "valid_from",
            VALID_TO => "valid_to",
            own => self.0.columns[own - OWN].name,
        }
    }
}

/// Other headers for a column: those listed, and for a time `approved_at` also `approved`,
/// `approved on` and `approved date`.
fn other_names(column: &str, kind: ColumnKind) -> Vec<String> {
    let listed =
        ALIASES.iter().find(|(name, _)| *name == column).map_or(&[][..], |(_, names)| names);
    let mut names: Vec<String> = listed.iter().map(|name| (*name).to_owned()).collect();
    if let (ColumnKind::Time | ColumnKind::Text, Some(stem)) = (kind, column.strip_suffix("_at")) {
        let stem = reduced(stem);
        names.extend([format!("{stem}on"), format!("{stem}date"), format!("date{stem}")]);
        names.push(stem);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_alias_is_of_a_column_that_a_register_has() {
        for (column, _) in ALIASES {
            let of = REGISTERS.iter().filter(|id| id.table().column(column).is_some());
            assert!(of.count() > 0, "{column}");
        }
    }

    #[test]
    fn no_header_means_two_columns_of_a_register() {
        for id in REGISTERS {
            for header in id.table().columns.iter().flat_map(|c| other_names(c.name, c.kind)) {
                let means = |c: &&tenure_model::tables::Column| {
                    other_names(c.name, c.kind).contains(&header)
                };
                let own = id.table().columns.iter().any(|c| reduced(c.name) == header);
                let count = id.table().columns.iter().filter(means).count();
                assert!(own || count == 1, "{}: {header}", id.name());
            }
        }
    }
}
