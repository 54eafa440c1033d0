//! The settings: which issues fill which table, which fields give which columns, and what statuses
//! mean. Names are compared without case.

use std::collections::BTreeMap;

use tenure_model::tables::{Column, TableId};

use crate::settings::Settings;
use crate::source::ReadError;

use super::phase::{self, Phase};

/// Tables that issues can fill.
const TABLES: &[TableId] = &[
    TableId::Approvals,
    TableId::Exceptions,
    TableId::Incidents,
    TableId::Changes,
    TableId::ReviewDecisions,
    TableId::Remediations,
    TableId::Alerts,
];

/// What types mean when nobody says otherwise. `[System] Incident` and the like, the types of Jira
/// Service Management, are known without their prefix.
const TYPES: &[(&str, TableId)] = &[
    ("access request", TableId::Approvals),
    ("privileged access request", TableId::Approvals),
    ("request for access", TableId::Approvals),
    ("service request", TableId::Approvals),
    ("service request with approvals", TableId::Approvals),
    ("approval", TableId::Approvals),
    ("exception", TableId::Exceptions),
    ("policy exception", TableId::Exceptions),
    ("security exception", TableId::Exceptions),
    ("risk acceptance", TableId::Exceptions),
    ("waiver", TableId::Exceptions),
    ("incident", TableId::Incidents),
    ("security incident", TableId::Incidents),
    ("change", TableId::Changes),
    ("change request", TableId::Changes),
    ("normal change", TableId::Changes),
    ("standard change", TableId::Changes),
    ("emergency change", TableId::Changes),
    ("access review", TableId::ReviewDecisions),
    ("user access review", TableId::ReviewDecisions),
    ("remediation", TableId::Remediations),
    ("corrective action", TableId::Remediations),
    ("alert", TableId::Alerts),
    ("security alert", TableId::Alerts),
    ("finding", TableId::Alerts),
];

/// Fields of Jira itself that give columns when nobody says otherwise.
const FIELDS: &[(TableId, &str, &str)] = &[
    (TableId::Approvals, "title", "summary"),
    (TableId::Approvals, "requested_by", "reporter"),
    (TableId::Approvals, "requested_at", "created"),
    (TableId::Exceptions, "rationale", "summary"),
    (TableId::Exceptions, "requested_by", "reporter"),
    (TableId::Incidents, "title", "summary"),
    (TableId::Incidents, "severity", "priority"),
    (TableId::Incidents, "owner", "assignee"),
    (TableId::Incidents, "detected_at", "created"),
    (TableId::Changes, "title", "summary"),
    (TableId::Changes, "author", "reporter"),
    (TableId::ReviewDecisions, "assigned_to", "assignee"),
    (TableId::Remediations, "action", "summary"),
    (TableId::Remediations, "due_at", "duedate"),
    (TableId::Alerts, "detail", "summary"),
    (TableId::Alerts, "severity", "priority"),
    (TableId::Alerts, "assigned_to", "assignee"),
    (TableId::Alerts, "raised_at", "created"),
];

/// The settings, understood.
#[derive(Debug)]
pub(super) struct Config {
    types: BTreeMap<String, Option<TableId>>,
    statuses: BTreeMap<String, Phase>,
    fields: BTreeMap<TableId, Vec<(&'static Column, String)>>,
}

impl Config {
    pub(super) fn of(settings: &Settings) -> Result<Self, ReadError> {
        let mut types: BTreeMap<_, _> =
            TYPES.iter().map(|(name, table)| ((*name).to_owned(), Some(*table))).collect();
        for (name, table) in settings.pairs("map")? {
            types.insert(name.to_lowercase(), table_named(table)?);
        }
        let mut statuses = phase::defaults();
        for (name, phase) in settings.pairs("statuses")? {
            let known = Phase::named(phase).ok_or_else(|| {
                bad(
                    format!("the setting statuses: there is no meaning '{phase}'"),
                    format!("there are {}", Phase::names()),
                )
            })?;
            statuses.insert(name.to_lowercase(), known);
        }
        let mut config = Self { types, statuses, fields: BTreeMap::new() };
        for (table, column, field) in FIELDS {
            config.give(*table, column, field);
        }
        for (column, field) in settings.pairs("fields")? {
            config.set(column, field)?;
        }
        Ok(config)
    }

    /// The table that issues of a type fill.
    pub(super) fn table(&self, kind: &str) -> Option<TableId> {
        let name = kind.to_lowercase();
        let plain = name.strip_prefix("[system] ").unwrap_or(&name);
        self.types.get(&name).or_else(|| self.types.get(plain)).copied().flatten()
    }

    /// What a status means.
    pub(super) fn phase(&self, status: &str) -> Phase {
        self.statuses.get(&status.to_lowercase()).copied().unwrap_or(Phase::Open)
    }

    /// Columns of a table with the fields that give them, by id or by name.
    pub(super) fn fields(&self, table: TableId) -> &[(&'static Column, String)] {
        self.fields.get(&table).map_or(&[], Vec::as_slice)
    }

    /// `column=field` for every table that has the column, `table.column=field` for one.
    fn set(&mut self, name: &str, field: &str) -> Result<(), ReadError> {
        let (only, column) = match name.split_once('.') {
            Some((table, column)) => (table_named(table)?, column),
            None => (None, name),
        };
        let mut any = false;
        for table in TABLES.iter().filter(|table| only.is_none_or(|only| only == **table)) {
            any |= self.give(*table, column, field);
        }
        if any {
            return Ok(());
        }
        let cause = format!("the setting fields: no table that issues fill has a column '{name}'");
        Err(bad(cause, "docs/tables.md has the columns".to_owned()))
    }

    fn give(&mut self, table: TableId, column: &str, field: &str) -> bool {
        let Some(column) = table.table().column(column) else { return false };
        let fields = self.fields.entry(table).or_default();
        fields.retain(|(known, _)| known.name != column.name);
        fields.push((column, field.to_owned()));
        true
    }
}

fn table_named(name: &str) -> Result<Option<TableId>, ReadError> {
    if name == "skip" {
        return Ok(None);
    }
    let known = TABLES.iter().find(|table| table.name() == name);
    known.map(|table| Some(*table)).ok_or_else(|| {
        let names: Vec<_> = TABLES.iter().map(|table| table.name()).collect();
        let cause = format!("issues fill no table '{name}'");
        bad(cause, format!("there are {}, and skip", names.join(", ")))
    })
}

fn bad(cause: String, hint: String) -> ReadError {
    ReadError { record: None, cause, hint }
}
