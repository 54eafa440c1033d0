//! What an export holds: incidents, log entries, alerts.

use serde_json::Value as Json;
use tenure_model::time::Timestamp;

use crate::local_time::stamp;

use super::servicenow::{self, Ticket};

/// One item.
#[derive(Debug)]
pub(super) enum Item {
    Incident(Incident),
    Entry(Entry),
    Alert(Alert),
    Ticket(Ticket),
    /// A user: id and address.
    User(String, String),
}

/// An incident, with what is inside it.
#[derive(Debug)]
pub(super) struct Incident {
    pub(super) id: String,
    pub(super) created: Timestamp,
    pub(super) updated: Option<Timestamp>,
    pub(super) resolved: Option<Timestamp>,
    pub(super) entries: Vec<Entry>,
    pub(super) alerts: Vec<Alert>,
    pub(super) json: Json,
}

/// A log entry.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    /// The type without `_log_entry`.
    pub(super) kind: String,
    pub(super) at: Timestamp,
    pub(super) incident: Option<String>,
    pub(super) json: Json,
}

/// An alert.
#[derive(Clone, Debug)]
pub(super) struct Alert {
    pub(super) id: String,
    pub(super) created: Timestamp,
    pub(super) incident: Option<String>,
    pub(super) json: Json,
}

/// The text of a member, unless it is empty.
pub(super) fn text(json: &Json, member: &str) -> Option<String> {
    let text = json.get(member)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// An instant, if the member is there.
pub(super) fn instant(json: &Json, member: &str) -> Result<Option<Timestamp>, String> {
    let at = text(json, member).map(|at| stamp(&at)).transpose();
    at.map_err(|cause| format!("{member}: {cause}"))
}

/// The items of a list inside an item.
fn list<'j>(json: &'j Json, member: &str) -> &'j [Json] {
    json.get(member).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

impl Item {
    /// By the type that the item names; what names none and has a number is an incident.
    pub(super) fn parse(json: Json) -> Result<Self, String> {
        if servicenow::is_record(&json) {
            return match servicenow::user(&json) {
                Some((id, address)) => Ok(Self::User(id, address)),
                None => Ticket::parse(json).map(Self::Ticket),
            };
        }
        let kind = text(&json, "type").unwrap_or_default();
        if kind.contains("_log_entry") {
            return Entry::parse(json, None).map(Self::Entry);
        }
        match kind.as_str() {
            "alert" => Alert::parse(json, None).map(Self::Alert),
            "incident" | "" => Incident::parse(json).map(Self::Incident),
            other => Err(format!("an item of type '{other}' is not known")),
        }
    }
}

impl Incident {
    fn parse(json: Json) -> Result<Self, String> {
        let id = text(&json, "id").ok_or("the incident has no id")?;
        let fail = |cause: String| format!("incident {id}, {cause}");
        let created = instant(&json, "created_at").map_err(fail)?;
        let created = created.ok_or_else(|| fail("created_at: it is missing".to_owned()))?;
        let updated = instant(&json, "updated_at").map_err(fail)?;
        let changed = instant(&json, "last_status_change_at").map_err(fail)?;
        let resolved = instant(&json, "resolved_at").map_err(fail)?;
        let closed = text(&json, "status").as_deref() == Some("resolved");
        let entries =
            list(&json, "log_entries").iter().map(|entry| Entry::parse(entry.clone(), Some(&id)));
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(fail)?;
        let alerts =
            list(&json, "alerts").iter().map(|alert| Alert::parse(alert.clone(), Some(&id)));
        let alerts = alerts.collect::<Result<Vec<_>, _>>().map_err(fail)?;
        Ok(Self {
            created,
            updated: updated.or(changed),
            resolved: resolved.or(changed).filter(|_| closed),
            entries,
            alerts,
            id,
            json,
        })
    }
}

impl Entry {
    fn parse(json: Json, within: Option<&str>) -> Result<Self, String> {
        let id = text(&json, "id").ok_or("the log entry has no id")?;
        let fail = |cause: String| format!("log entry {id}, {cause}");
        let kind = text(&json, "type").ok_or_else(|| fail("type: it is missing".to_owned()))?;
        // References to entries are entries in short.
        let kind = kind.split("_log_entry").next().unwrap_or_default().to_owned();
        let at = instant(&json, "created_at").map_err(fail)?;
        let at = at.ok_or_else(|| fail("created_at: it is missing".to_owned()))?;
        Ok(Self { kind, at, incident: of_incident(&json, within), id, json })
    }

    /// What was written, for a note.
    pub(super) fn note(&self) -> Option<String> {
        let channel = self.json.get("channel");
        let members = ["content", "summary"].into_iter();
        let note = channel.and_then(|c| members.filter_map(|m| text(c, m)).next());
        note.or_else(|| text(&self.json, "note"))
    }

    /// The first of those whom an entry assigns.
    pub(super) fn assignee(&self) -> Option<&Json> {
        list(&self.json, "assignees").first()
    }
}

impl Alert {
    fn parse(json: Json, within: Option<&str>) -> Result<Self, String> {
        let id = text(&json, "id").ok_or("the alert has no id")?;
        let fail = |cause: String| format!("alert {id}, {cause}");
        let created = instant(&json, "created_at").map_err(fail)?;
        let created = created.ok_or_else(|| fail("created_at: it is missing".to_owned()))?;
        Ok(Self { created, incident: of_incident(&json, within), id, json })
    }
}

fn of_incident(json: &Json, within: Option<&str>) -> Option<String> {
    within.map(str::to_owned).or_else(|| text(json.get("incident")?, "id"))
}

/// The summary (or name) of a thing that an item refers to.
pub(super) fn summary(json: &Json, member: &str) -> Option<String> {
    let thing = json.get(member)?;
    text(thing, "summary").or_else(|| text(thing, "name"))
}

/// What people cite an incident by.
pub(super) fn number(json: &Json) -> Option<String> {
    let number = json.get("incident_number")?;
    number.as_u64().map(|n| n.to_string()).or_else(|| text(json, "incident_number"))
}
