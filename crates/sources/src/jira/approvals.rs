//! Approvals of Jira Service Management: a field whose value is a list of decisions, each with its
//! approvers (Atlassian, "Jira Service Management REST API", group Request, ApprovalDTO).

use serde_json::Value as Json;
use tenure_model::time::Timestamp;

use crate::course::Step;
use crate::local_time::stamp;

use super::issue::{Issue, text};
use super::value::People;

/// The decisions that an issue records; none when it has no such field.
pub(super) fn steps(issue: &Issue, people: &People, record: u64) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for (field, value) in &issue.fields {
        let decisions = value.as_array().map_or(&[][..], Vec::as_slice);
        for decision in decisions.iter().filter(|decision| decision.get("approvers").is_some()) {
            let fail = |cause| format!("issue {}, {field}: {cause}", issue.key);
            steps.extend(step(decision, people, record).map_err(fail)?);
        }
    }
    Ok(steps)
}

/// A decision that was made; `None` for one that is pending.
fn step(decision: &Json, people: &People, record: u64) -> Result<Option<Step>, String> {
    let outcome = match text(decision.get("finalDecision")).as_deref() {
        Some("approved") => "approved",
        Some("declined") => "denied",
        _ => return Ok(None),
    };
    let at = decided(decision.get("completedDate"))?.ok_or("completedDate: it is missing")?;
    let mut step = Step::new(at, record);
    step.say("outcome", outcome);
    step.say("resolved_at", at);
    let approvers = decision.get("approvers").and_then(Json::as_array);
    let approved = |one: &&Json| text(one.get("approverDecision")).as_deref() == Some("approved");
    let approvers = approvers.map_or(&[][..], Vec::as_slice).iter().filter(approved);
    let mut names: Vec<_> =
        approvers.filter_map(|one| people.spelled(one.get("approver")?)).collect();
    names.sort();
    if outcome == "approved" && !names.is_empty() {
        step.say("approver", names.join(";"));
    }
    Ok(Some(step))
}

/// A date as this API writes it: an object with `iso8601` and `epochMillis`, or a text.
fn decided(date: Option<&Json>) -> Result<Option<Timestamp>, String> {
    let Some(date) = date else { return Ok(None) };
    if let Some(millis) = date.get("epochMillis").and_then(Json::as_i64) {
        return Ok(Some(Timestamp::from_micros(millis.saturating_mul(1000))));
    }
    let iso = text(date.get("iso8601")).or_else(|| text(Some(date)));
    let at = iso.map(|text| stamp(&text)).transpose();
    at.map_err(|cause| format!("completedDate: {cause}"))
}
