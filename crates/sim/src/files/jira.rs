//! Jira issues with their changelogs, as `GET /rest/api/3/search/jql?expand=changelog,names` answers.
//! One project a system that requests are about, so that references are compared within it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_model::Timestamp;

use crate::World;

/// Fields of our own, with the columns that they give.
const FIELDS: &[(&str, &str)] = &[
    ("customfield_10001", "kind"),
    ("customfield_10002", "requested_for"),
    ("customfield_10003", "requested"),
    ("customfield_10004", "reason"),
    ("customfield_10005", "planned_from"),
    ("customfield_10006", "planned_to"),
    ("customfield_10007", "notified_at"),
];

/// A request, and what became of it.
#[derive(Clone, Debug)]
pub struct Request {
    /// What it is: access, creation, elevation, retirement, ….
    pub kind: &'static str,
    /// The summary.
    pub title: String,
    /// The address of who asked.
    pub by: String,
    /// For whom.
    pub requested_for: String,
    /// Native ids or words of what was asked for.
    pub requested: String,
    /// Why.
    pub reason: String,
    /// When it was asked.
    pub at: Timestamp,
    /// Until when it was asked for.
    pub planned_to: Option<Timestamp>,
    /// When those who depend on what is retired were told.
    pub notified: Option<Timestamp>,
    /// Who approved, and when.
    pub approved: Option<(String, Timestamp)>,
    /// Who closed it as done, and when.
    pub done: Option<(String, Timestamp)>,
}

/// Requests by the system that they are about.
#[derive(Clone, Default, Debug)]
pub struct Jira {
    issues: BTreeMap<String, Vec<Request>>,
}

impl Jira {
    /// Files a request about a system; its key.
    pub fn file(&mut self, system: &str, request: Request) -> String {
        let issues = self.issues.entry(system.to_owned()).or_default();
        issues.push(request);
        format!("{}-{}", project(system), issues.len())
    }

    /// Whether a request of that kind was filed for somebody, about whatever system.
    #[must_use]
    pub fn asked(&self, kind: &str, requested_for: &str) -> bool {
        let mut all = self.issues.values().flatten();
        all.any(|request| request.kind == kind && request.requested_for == requested_for)
    }

    /// The requests about a system.
    pub fn about(&self, system: &str) -> impl Iterator<Item = &Request> {
        self.issues.get(system).into_iter().flatten()
    }
}

fn project(system: &str) -> String {
    system.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
}

/// Writes the issues of each project, a hundred a page.
pub fn write(world: &mut World) {
    let jira = std::mem::take(&mut world.jira);
    for (system, issues) in &jira.issues {
        let project = project(system);
        let numbered: Vec<_> = issues.iter().enumerate().collect();
        for (page, issues) in numbered.chunks(100).enumerate() {
            let names: serde_json::Map<String, Value> =
                FIELDS.iter().map(|(id, name)| ((*id).to_owned(), json!(name))).collect();
            let issues: Vec<_> = issues
                .iter()
                .map(|(n, request)| issue(&format!("{project}-{}", n + 1), request))
                .collect();
            let page = format!("jira/{project}/page-{page:04}.json");
            let body = json!({"expand": "schema,names", "names": names, "issues": issues});
            world.output.file(page, body.to_string().into_bytes());
        }
        let fields: Vec<_> = FIELDS.iter().map(|(id, name)| format!("{name}={id}")).collect();
        let path = format!("@/jira/{project}");
        let (from, to) = (oldest(issues).to_string(), world.settings.collected_at().to_string());
        let settings = [
            ("path", path.as_str()),
            ("fields", &fields.join(";")),
            ("covers", "approvals"),
            ("covers-from", &from),
            ("covers-to", &to),
        ];
        world.output.source_of(&format!("tickets-{system}"), system, "jira", &settings);
    }
}

/// When the first of them was asked: the export begins there.
fn oldest(issues: &[Request]) -> Timestamp {
    issues.iter().map(|request| request.at).min().unwrap_or(Timestamp::from_micros(0))
}

fn issue(key: &str, request: &Request) -> Value {
    let mut histories = Vec::new();
    let mut status = "To Do".to_owned();
    let mut moved = |to: &str, by: &str, at: Timestamp| {
        histories.push(json!({
            "id": format!("{}", 10_000 + histories.len()),
            "author": {"accountId": account(by), "emailAddress": by},
            "created": stamp(at),
            "items": [{"field": "status", "fieldId": "status", "fromString": status, "toString": to}],
        }));
        to.clone_into(&mut status);
    };
    if let Some((by, at)) = &request.approved {
        moved("Approved", by, *at);
    }
    if let Some((by, at)) = &request.done {
        moved("Done", by, *at);
    }
    let last = request.done.as_ref().or(request.approved.as_ref());
    let updated = last.map_or(request.at, |(_, at)| *at);
    let count = histories.len();
    json!({
        "id": key, "key": key,
        "fields": {
            "summary": request.title,
            "issuetype": {"name": "Access Request"},
            "status": {"name": status},
            "created": stamp(request.at),
            "updated": stamp(updated),
            "reporter": {"accountId": account(&request.by), "emailAddress": request.by},
            "customfield_10001": request.kind,
            "customfield_10002": request.requested_for,
            "customfield_10003": request.requested,
            "customfield_10004": request.reason,
            "customfield_10005": null,
            "customfield_10006": request.planned_to.map(|at| at.to_string()),
            "customfield_10007": request.notified.map(|at| at.to_string()),
        },
        "changelog": {"startAt": 0, "maxResults": count, "total": count, "histories": histories},
    })
}

fn account(email: &str) -> String {
    format!("acct-{}", email.split('@').next().unwrap_or(email))
}

/// An instant as Jira writes it: `2025-03-01T10:15:30.000+0000`.
fn stamp(at: Timestamp) -> String {
    let text = at.to_string();
    let (seconds, rest) = text.split_once('.').map_or((text.trim_end_matches('Z'), ""), |s| s);
    let millis: String = rest.trim_end_matches('Z').chars().chain("000".chars()).take(3).collect();
    format!("{seconds}.{millis}+0000")
}
