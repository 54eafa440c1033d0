//! Incidents of ServiceNow as its Table API gives them (`GET /api/now/table/incident`), with the
//! users of `sys_user` where they are in the same file.
//!
//! Values are those of the database: times in UTC without saying so (ServiceNow, "Table API",
//! `sysparm_display_value=false`). Display values are in the zone of whoever asked, which the answer
//! does not name, so they are refused.

use serde_json::Value as Json;
use tenure_model::fact::Basis;
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::course::{Course, Step};

use super::item::text;
use super::people::People;

/// States of an incident as the base system numbers them.
const RESOLVED: &str = "6";
const CLOSED: &[&str] = &["7", "8"];

/// An incident.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) id: String,
    opened: Timestamp,
    updated: Timestamp,
    resolved: Option<Timestamp>,
    closed: Option<Timestamp>,
    json: Json,
}

/// Whether an item is a record of a table of ServiceNow.
pub(super) fn is_record(json: &Json) -> bool {
    json.get("sys_id").is_some()
}

/// The id and the address of a user.
pub(super) fn user(json: &Json) -> Option<(String, String)> {
    let id = value(json, "sys_id")?;
    let name = value(json, "user_name");
    let address = value(json, "email").or_else(|| name.clone())?;
    json.get("user_name").map(|_| (id, address))
}

/// The value of a column: plain, of a reference, or of a pair with its display value.
fn value(json: &Json, column: &str) -> Option<String> {
    text(json, column).or_else(|| text(json.get(column)?, "value"))
}

impl Ticket {
    pub(super) fn parse(json: Json) -> Result<Self, String> {
        let id = value(&json, "sys_id").ok_or("the record has no sys_id")?;
        let class = value(&json, "sys_class_name").unwrap_or_default();
        if class != "incident" {
            return Err(format!("record {id}: records of class '{class}' are not known"));
        }
        let fail = |cause: String| format!("incident {id}, {cause}");
        let state = value(&json, "state").unwrap_or_default();
        if state.parse::<u32>().is_err() {
            let cause = format!("state: '{state}' is no number, so these are display values");
            return Err(fail(cause));
        }
        let time = |column: &str| instant(&json, column).map_err(fail);
        let opened = match time("opened_at")? {
            Some(at) => at,
            None => time("sys_created_on")?
                .ok_or_else(|| format!("incident {id}, opened_at: it is missing"))?,
        };
        let over = CLOSED.contains(&state.as_str());
        // An incident that was opened again keeps the times of its former end.
        let resolved = time("resolved_at")?.filter(|_| over || state == RESOLVED);
        let closed = time("closed_at")?.filter(|_| over);
        let updated = time("sys_updated_on")?.unwrap_or(opened).max(opened);
        Ok(Self { opened, updated, resolved, closed, id, json })
    }

    /// Whether this one was updated later than another.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        self.updated > other.updated
    }

    pub(super) fn course(&self, record: u64, people: &People) -> Course {
        let mut first = Step::new(self.opened, record);
        first.say("state", "open");
        first.say("detected_at", self.opened);
        for (column, name) in [("title", "short_description"), ("incident_ref", "number")] {
            if let Some(value) = value(&self.json, name) {
                first.say(column, value);
            }
        }
        let mut now = Step::new(self.updated, record);
        if let Some(priority) = value(&self.json, "priority") {
            now.say("severity", priority);
        }
        if let Some(owner) = value(&self.json, "assigned_to") {
            now.say("owner", people.address(&owner).unwrap_or(owner));
        }
        let mut steps = vec![first, now];
        if let Some(at) = self.resolved {
            let mut step = Step::new(at, record);
            step.say("recovered_at", at);
            steps.push(step);
        }
        if let Some(at) = self.closed {
            let mut step = Step::new(at, record);
            step.say("state", "closed");
            step.say("closed_at", at);
            steps.push(step);
        }
        Course {
            table: TableId::Incidents,
            native_type: "incident",
            native_id: self.id.clone(),
            begins: true,
            basis: Basis::SourceAttribute,
            reset: &[],
            steps,
        }
    }
}

/// `2016-12-12 15:19:57`, UTC.
fn instant(json: &Json, column: &str) -> Result<Option<Timestamp>, String> {
    let Some(text) = value(json, column) else { return Ok(None) };
    let utc = text.replacen(' ', "T", 1) + "Z";
    let at = utc.parse::<Timestamp>();
    at.map(Some).map_err(|_| format!("{column}: '{text}' is no time such as 2016-12-12 15:19:57"))
}
