//! Incidents as PagerDuty's REST API gives them, with their log entries in the same file.
//!
//! Shapes: PagerDuty, "REST API", List incidents and List log entries for an incident. What
//! PagerDuty has no word for, people write as notes that begin as agreed.

use serde_json::{Value, json};
use tenure_model::Timestamp;

use crate::World;

/// The system.
pub const SYSTEM: &str = "oncall";

/// How notes begin that tell an instant.
const NOTES: &str =
    "CONTAINED=contained_at;ERADICATED=eradicated_at;RECOVERED=recovered_at;REVIEWED=reviewed_at";
/// Columns and the custom fields that give them.
const FIELDS: &str = "kind=incident_kind;identities=accounts;credentials=credentials;follow_ups_due=follow_ups_due;follow_ups_closed_at=follow_ups_closed";

/// An incident and its course.
#[derive(Clone, Debug)]
pub struct Incident {
    /// P1, P2, P3, ….
    pub priority: &'static str,
    /// When it was detected.
    pub detected: Timestamp,
    /// When somebody took it on.
    pub declared: Timestamp,
    /// When it was escalated.
    pub escalated: Option<Timestamp>,
    /// When it was contained.
    pub contained: Option<Timestamp>,
    /// When its cause was removed.
    pub eradicated: Option<Timestamp>,
    /// When service was restored.
    pub recovered: Option<Timestamp>,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// When it was reviewed.
    pub reviewed: Option<Timestamp>,
    /// The public ids of credentials involved.
    pub credentials: Vec<String>,
    /// When follow-ups are due, and when they were closed.
    pub follow_ups: Option<(Timestamp, Option<Timestamp>)>,
}

/// What was declared in the on-call tool.
#[derive(Clone, Default, Debug)]
pub struct OnCall(Vec<Incident>);

impl OnCall {
    /// Adds an incident; the id under which Tenure lists it.
    pub fn incident(&mut self, incident: Incident) -> String {
        self.0.push(incident);
        format!("{SYSTEM}/incident/{}", id(self.0.len()))
    }

    /// What people cite the last incident by.
    #[must_use]
    pub fn last_number(&self) -> usize {
        self.0.len()
    }
}

fn id(number: usize) -> String {
    format!("PINC{number:04}")
}

/// Writes the incidents with their log entries.
pub fn write(world: &mut World) {
    let incidents = std::mem::take(&mut world.oncall).0;
    if incidents.is_empty() {
        return;
    }
    let numbered = || (1..).zip(&incidents);
    let listed: Vec<_> = numbered().map(|(n, incident)| described(n, incident)).collect();
    let entries: Vec<_> = numbered().flat_map(|(n, incident)| entries(n, incident)).collect();
    let body = format!("{}\n{}\n", json!({"incidents": listed}), json!({"log_entries": entries}));
    world.output.file("oncall/incidents.json", body.into_bytes());
    let (from, to) = world.settings.logged();
    let settings = [
        ("path", "@/oncall"),
        ("notes", NOTES),
        ("fields", FIELDS),
        ("covers-from", from.as_str()),
        ("covers-to", to.as_str()),
    ];
    world.output.source(SYSTEM, "incidents-json", &settings);
}

fn described(number: usize, incident: &Incident) -> Value {
    let field =
        |name: &str, value: Value| json!({"name": name, "display_name": name, "value": value});
    let mut fields = vec![field("incident_kind", json!("credential"))];
    if !incident.credentials.is_empty() {
        fields.push(field("credentials", json!(incident.credentials.join(";"))));
    }
    if let Some((due, closed)) = incident.follow_ups {
        fields.push(field("follow_ups_due", json!(due.to_string())));
        fields.extend(closed.map(|at| field("follow_ups_closed", json!(at.to_string()))));
    }
    let steps = [Some(incident.declared), incident.closed, incident.reviewed];
    let updated = steps.into_iter().flatten().max().unwrap_or(incident.declared);
    json!({
        "id": id(number), "type": "incident", "incident_number": number,
        "title": format!("Credential misused ({number})"),
        "created_at": incident.detected.to_string(), "updated_at": updated.to_string(),
        "status": if incident.closed.is_some() { "resolved" } else { "acknowledged" },
        "urgency": "high", "priority": {"summary": incident.priority},
        "service": {"summary": "Identity alerts"}, "custom_fields": fields,
    })
}

fn entries(number: usize, incident: &Incident) -> Vec<Value> {
    let user = json!({"id": "PUSER1", "type": "user_reference", "summary": "On Call"});
    let of = json!({"id": id(number)});
    let entry = |kind: &str, at: Timestamp| {
        json!({
            "id": format!("R{number:04}{kind}{}", at.micros()), "type": format!("{kind}_log_entry"),
            "created_at": at.to_string(), "agent": user, "incident": of,
        })
    };
    let mut entries =
        vec![entry("trigger", incident.detected), entry("acknowledge", incident.declared)];
    entries.extend(incident.escalated.map(|at| entry("escalate", at)));
    let notes = [
        ("CONTAINED", incident.contained),
        ("ERADICATED", incident.eradicated),
        ("RECOVERED", incident.recovered),
        ("REVIEWED", incident.reviewed),
    ];
    for (begin, at) in notes {
        let Some(at) = at else { continue };
        let mut note = entry("annotate", at);
        note["id"] = json!(format!("R{number:04}{begin}"));
        note["channel"] = json!({"type": "note", "summary": format!("{begin}: see the ticket")});
        entries.push(note);
    }
    entries.extend(incident.closed.map(|at| entry("resolve", at)));
    entries
}
