//! An issue as a course of steps: what its fields were and when they changed, and what moving it
//! from status to status says.

use serde_json::Value as Json;
use tenure_model::fact::{Basis, Value};
use tenure_model::tables::{Column, TableId};

use crate::course::{Course, Step};

use super::approvals;
use super::config::Config;
use super::history::Change;
use super::issue::Issue;
use super::phase::{self, Phase};
use super::value::{People, current, earlier};

/// Native type of what an issue tells.
const ISSUE: &str = "issue";

/// The course of an issue, and what of it was not understood.
pub(super) fn course(
    config: &Config,
    table: TableId,
    issue: &Issue,
    record: u64,
) -> Result<Course, String> {
    let people = People::of(issue);
    let teller = Teller { config, table, issue, people: &people, record };
    let mut steps = vec![teller.first()];
    for (column, field) in config.fields(table) {
        steps.extend(teller.field(column, field)?);
    }
    let mut decided = Vec::new();
    if table == TableId::Approvals {
        decided = approvals::steps(issue, &people, record)?;
    }
    steps.extend(teller.moves(decided.is_empty()));
    steps.extend(decided);
    Ok(Course {
        table,
        native_type: ISSUE,
        native_id: issue.key.clone(),
        begins: true,
        basis: Basis::Event,
        reset: phase::reset(table),
        steps,
    })
}

struct Teller<'a> {
    config: &'a Config,
    table: TableId,
    issue: &'a Issue,
    people: &'a People,
    record: u64,
}

impl Teller<'_> {
    /// What holds since the issue was created, whatever happened later.
    fn first(&self) -> Step {
        let mut step = Step::new(self.issue.created, self.record);
        for column in ["request_ref", "change_ref", "incident_ref"] {
            let cites = self.table.table().column(column).is_some();
            if cites && self.table != TableId::Alerts {
                step.say(column, self.issue.key.as_str());
            }
        }
        if self.table == TableId::Changes && self.issue.kind.to_lowercase().starts_with("emergency")
        {
            step.say("emergency", true);
        }
        step
    }

    /// What a field was from the beginning, and each change of it.
    fn field(&self, column: &'static Column, field: &str) -> Result<Vec<Step>, String> {
        let (id, name) = self.resolve(field);
        let now = self.issue.fields.get(&id);
        let now = now.and_then(|json| current(self.people, column.kind, json)).transpose();
        let now = now.map_err(|cause| format!("issue {}, {field}: {cause}", self.issue.key))?;
        let all = self.issue.changes.as_deref().unwrap_or_default();
        let same = |change: &&Change| change.field == id || change.name.eq_ignore_ascii_case(&name);
        let changes: Vec<&Change> = all.iter().filter(same).collect();
        let step = |at, value: Option<Value>| {
            let mut step = Step::new(at, self.record);
            if let Some(value) = value {
                step.say(column.name, value);
            }
            step
        };
        let Some(first) = changes.first() else {
            // Without a changelog nobody says since when the field is as it is now.
            let since = self.issue.changes.as_ref().map(|_| self.issue.created);
            let since = since.or(self.issue.updated).unwrap_or(self.issue.created);
            let fixed = matches!(id.as_str(), "reporter" | "created");
            return Ok(vec![step(if fixed { self.issue.created } else { since }, now)]);
        };
        let before = earlier(self.people, column.kind, &first.from);
        let before = before.filter(|_| self.issue.cut.is_none());
        let mut steps = vec![step(self.issue.created, before)];
        for (index, change) in changes.iter().enumerate() {
            let last = index + 1 == changes.len();
            let value =
                if last { now.clone() } else { earlier(self.people, column.kind, &change.to) };
            let mut step = step(change.at, value.clone());
            if column.name == "assigned_to" && self.table == TableId::Alerts && value.is_some() {
                step.say("assigned_at", change.at);
            }
            steps.push(step);
        }
        Ok(steps)
    }

    /// The id and the name of a field that the settings give by either.
    fn resolve(&self, field: &str) -> (String, String) {
        let names = &self.issue.names;
        let by_name = names.iter().find(|(_, name)| name.eq_ignore_ascii_case(field));
        match by_name {
            Some((id, name)) if !self.issue.fields.contains_key(field) => {
                (id.clone(), name.clone())
            }
            _ => (field.to_owned(), names.get(field).cloned().unwrap_or_else(|| field.to_owned())),
        }
    }

    /// The way from status to status.
    fn moves(&self, told_by_status: bool) -> Vec<Step> {
        let all = self.issue.changes.as_deref().unwrap_or_default();
        let moves: Vec<&Change> = all.iter().filter(|change| change.field == "status").collect();
        let begun = match moves.first() {
            Some(first) => first.from.text.as_deref(),
            None => self.issue.status.as_deref(),
        };
        let mut at = begun.map_or(Phase::Open, |status| self.config.phase(status));
        let mut steps = Vec::new();
        if at == Phase::Open && self.issue.cut.is_none() && self.issue.changes.is_some() {
            let mut step = Step::new(self.issue.created, self.record);
            phase::say(&mut step, self.table, at, None);
            steps.push(step);
        }
        if self.issue.changes.is_none() {
            steps.extend(self.unlogged(at));
        }
        for change in moves {
            let Some(status) = change.to.text.as_deref() else { continue };
            let to = self.config.phase(status);
            if to == at {
                continue;
            }
            let mut step = Step::new(change.at, self.record);
            let who = change.author.as_ref().and_then(|author| self.people.spelled(author));
            step.reopens = to == Phase::Open && at.closes(self.table);
            // Where the decisions themselves are recorded, a status that follows decides nothing.
            let decides = matches!(to, Phase::Approved | Phase::Denied);
            if told_by_status || !decides {
                phase::say(&mut step, self.table, to, who.as_deref());
            }
            steps.push(step);
            at = to;
        }
        steps
    }

    /// Where there is no changelog, the status is known of the last update only, and nobody says who
    /// moved the issue there.
    fn unlogged(&self, at: Phase) -> Option<Step> {
        let seen = self.issue.updated.unwrap_or(self.issue.created);
        let resolved = self.issue.fields.get("resolutiondate").and_then(Json::as_str);
        let resolved = resolved.and_then(|text| crate::local_time::stamp(text).ok());
        let when = if at == Phase::Open { None } else { resolved };
        let mut step = Step::new(when.unwrap_or(seen), self.record);
        phase::say(&mut step, self.table, at, None);
        if when.is_none() {
            // The instant of the last update is not that of the decision.
            step.attrs.retain(|_, value| !matches!(value, Value::Time(_)));
        }
        Some(step)
    }
}
