//! Incidents and alerts as courses of steps, from log entries where there are any.

use serde_json::Value as Json;
use tenure_model::fact::Basis;
use tenure_model::tables::{Column, TableId};
use tenure_model::time::Timestamp;

use crate::course::{Course, Step};
use crate::json_documents::typed;

use super::config::Config;
use super::item::{Alert, Entry, Incident, instant, number, summary, text};
use super::people::People;

/// Columns that say nothing any more when an incident is opened again.
const RESET: &[&str] = &[
    "declared_at",
    "escalated_at",
    "contained_at",
    "eradicated_at",
    "recovered_at",
    "closed_at",
    "reviewed_at",
];

/// Everything in an export about one incident, with the records that say so.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub(super) incident: Option<(u64, Incident)>,
    pub(super) entries: Vec<(u64, Entry)>,
    pub(super) alerts: Vec<(u64, Alert)>,
}

impl Story {
    /// The course of the incident, and of each of its alerts; an incident without alerts in the
    /// export is its own alert.
    pub(super) fn courses(
        mut self,
        id: &str,
        config: &Config,
        people: &People,
    ) -> Result<Vec<Course>, (u64, String)> {
        self.entries.sort_by(|(_, a), (_, b)| (a.at, &a.id).cmp(&(b.at, &b.id)));
        let mut steps = Vec::new();
        if let Some((record, incident)) = &self.incident {
            let described = described(*record, incident, config, self.entries.is_empty());
            steps.extend(described.map_err(|cause| (*record, cause))?);
        }
        steps.extend(self.logged(config));
        let begins =
            self.incident.is_some() || self.entries.iter().any(|(_, e)| e.kind == "trigger");
        let course = |table, native_type, native_id, reset, steps| Course {
            table,
            native_type,
            native_id,
            begins,
            basis: Basis::Event,
            reset,
            steps,
        };
        let mut courses = vec![course(TableId::Incidents, "incident", id.to_owned(), RESET, steps)];
        let looked_at = self.looked_at(people);
        for (record, alert) in &self.alerts {
            let mut steps = vec![raised(*record, alert, self.number())];
            steps.extend(looked_at.clone());
            courses.push(course(TableId::Alerts, "alert", alert.id.clone(), &["closed_at"], steps));
        }
        if let (Some((record, incident)), true) = (&self.incident, self.alerts.is_empty()) {
            let mut steps = vec![itself(*record, incident)];
            steps.extend(looked_at);
            courses.push(course(TableId::Alerts, "incident", id.to_owned(), &["closed_at"], steps));
        }
        Ok(courses)
    }

    fn number(&self) -> Option<String> {
        self.incident.as_ref().and_then(|(_, incident)| number(&incident.json))
    }

    /// What the log entries say of the incident: the first acknowledgement and the first escalation
    /// count, until it is opened again.
    fn logged(&self, config: &Config) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut said = Said::default();
        for (record, entry) in &self.entries {
            let mut step = Step::new(entry.at, *record);
            if said.take(entry, config, &mut step) {
                steps.push(step);
            }
        }
        // Without an entry of its end, the incident's own word counts.
        if let (Some((record, incident)), false) = (&self.incident, said.closed)
            && let Some(at) = incident.resolved
        {
            let mut step = Step::new(at, *record);
            step.say("state", "closed");
            step.say("closed_at", at);
            steps.push(step);
        }
        steps
    }

    /// Who looked at the alerts of the incident, and when they were closed with it.
    fn looked_at(&self, people: &People) -> Vec<Step> {
        let taken = self.entries.iter().find(|(_, entry)| acknowledges(entry));
        let taken = taken.map(|(record, entry)| {
            let mut step = Step::new(entry.at, *record);
            step.say("triaged_at", entry.at);
            if let Some(who) = entry.json.get("agent").and_then(|agent| people.user(agent)) {
                step.say("triaged_by", who);
            }
            step
        });
        let assigned = self.entries.iter().filter(|(_, entry)| entry.kind == "assign");
        let assigned = assigned.filter_map(|(record, entry)| {
            let mut step = Step::new(entry.at, *record);
            step.say("assigned_to", people.user(entry.assignee()?)?);
            step.say("assigned_at", entry.at);
            Some(step)
        });
        let closed = self.closed().map(|(record, at)| {
            let mut step = Step::new(at, record);
            step.say("closed_at", at);
            step
        });
        taken.into_iter().chain(assigned.take(1)).chain(closed).collect()
    }

    /// The record and the instant of the end that counts: the last one, unless it was opened again.
    fn closed(&self) -> Option<(u64, Timestamp)> {
        let ends = |entry: &Entry| matches!(entry.kind.as_str(), "resolve" | "reopen");
        match self.entries.iter().rfind(|(_, entry)| ends(entry)) {
            Some((record, entry)) if entry.kind == "resolve" => Some((*record, entry.at)),
            Some(_) => None,
            None => self.incident.as_ref().and_then(|(record, i)| Some((*record, i.resolved?))),
        }
    }
}

/// PagerDuty's clients know both names.
fn acknowledges(entry: &Entry) -> bool {
    matches!(entry.kind.as_str(), "acknowledge" | "acknowledgement")
}

/// What was said of an incident since it was opened last.
#[derive(Default)]
struct Said {
    taken: bool,
    escalated: bool,
    closed: bool,
}

impl Said {
    /// Whether an entry says something that was not said before.
    fn take(&mut self, entry: &Entry, config: &Config, step: &mut Step) -> bool {
        match entry.kind.as_str() {
            "trigger" => {
                step.say("detected_at", entry.at);
                step.say("state", "open");
            }
            "acknowledge" | "acknowledgement" if !self.taken => {
                self.taken = true;
                step.say("declared_at", entry.at);
            }
            "escalate" if !self.escalated => {
                self.escalated = true;
                step.say("escalated_at", entry.at);
            }
            "resolve" => {
                self.closed = true;
                step.say("state", "closed");
                step.say("closed_at", entry.at);
            }
            "reopen" => {
                *self = Self::default();
                step.reopens = true;
                step.say("state", "open");
            }
            "annotate" => match entry.note().and_then(|note| config.told_by(&note)) {
                Some(column) => reached(step, column),
                None => return false,
            },
            _ => return false,
        }
        true
    }
}

fn reached(step: &mut Step, column: &'static Column) {
    let at = step.at;
    step.say(column.name, at);
    if column.name == "contained_at" {
        step.say("state", "contained");
    }
}

/// What the incident says of itself.
fn described(
    record: u64,
    incident: &Incident,
    config: &Config,
    unlogged: bool,
) -> Result<Vec<Step>, String> {
    let json = &incident.json;
    let mut first = Step::new(incident.created, record);
    first.say("state", "open");
    first.say("detected_at", incident.created);
    let title = text(json, "title").or_else(|| text(json, "summary"));
    for (column, value) in [("title", title), ("incident_ref", number(json))] {
        if let Some(value) = value {
            first.say(column, value);
        }
    }
    // Since when the rest is as it is now, the export does not say; no later than the last change.
    let mut now = Step::new(latest(incident), record);
    if let Some(severity) = summary(json, "priority").or_else(|| text(json, "urgency")) {
        now.say("severity", severity);
    }
    for (column, name) in &config.fields {
        if let Some(shown) = custom(json, name) {
            let value = typed(column.kind, &shown);
            let value =
                value.map_err(|cause| format!("incident {}, {name}: {cause}", incident.id))?;
            now.say(column.name, value);
        }
    }
    let taken = if unlogged { acknowledged(record, incident)? } else { None };
    Ok([first, now].into_iter().chain(taken).collect())
}

/// Without log entries, those who have acknowledged it now.
fn acknowledged(record: u64, incident: &Incident) -> Result<Option<Step>, String> {
    let all = incident.json.get("acknowledgements").and_then(Json::as_array);
    let times = all.map_or(&[][..], Vec::as_slice).iter().map(|one| instant(one, "at"));
    let times = times
        .collect::<Result<Vec<_>, _>>()
        .map_err(|cause| format!("incident {}, acknowledgements, {cause}", incident.id))?;
    Ok(times.into_iter().flatten().min().map(|at| {
        let mut step = Step::new(at, record);
        step.say("declared_at", at);
        step
    }))
}

fn latest(incident: &Incident) -> Timestamp {
    incident.updated.unwrap_or(incident.created).max(incident.created)
}

/// The value of a custom field, by its name or the name that people see.
fn custom(json: &Json, name: &str) -> Option<String> {
    let fields = json.get("custom_fields")?.as_array()?;
    let named = |field: &&Json| {
        let inner = field.get("field").unwrap_or(field);
        ["name", "display_name"]
            .into_iter()
            .any(|member| text(inner, member).is_some_and(|known| known.eq_ignore_ascii_case(name)))
    };
    shown(fields.iter().find(named)?.get("value")?)
}

fn shown(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Array(items) => {
            let items: Vec<_> = items.iter().filter_map(shown).collect();
            (!items.is_empty()).then(|| items.join(";"))
        }
        _ => None,
    }
}

/// What an alert says of itself.
fn raised(record: u64, alert: &Alert, incident: Option<String>) -> Step {
    let json = &alert.json;
    let mut step = Step::new(alert.created, record);
    step.say("raised_at", alert.created);
    let rule = summary(json, "integration").or_else(|| summary(json, "service"));
    let incident = incident.or_else(|| json.get("incident").and_then(number));
    let said = [
        ("rule", rule),
        ("severity", text(json, "severity")),
        ("detail", text(json, "summary")),
        ("incident_ref", incident),
    ];
    for (column, value) in said {
        if let Some(value) = value {
            step.say(column, value);
        }
    }
    step
}

/// An incident as the alert that it was.
fn itself(record: u64, incident: &Incident) -> Step {
    let json = &incident.json;
    let mut step = Step::new(incident.created, record);
    step.say("raised_at", incident.created);
    let detail = text(json, "title").or_else(|| text(json, "summary"));
    let said = [
        ("rule", summary(json, "service")),
        ("severity", text(json, "urgency")),
        ("detail", detail),
        ("incident_ref", number(json)),
    ];
    for (column, value) in said {
        if let Some(value) = value {
            step.say(column, value);
        }
    }
    step
}
