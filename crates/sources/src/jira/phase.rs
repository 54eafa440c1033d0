//! What a status means for a ticket, and what moving it there says.

use std::collections::BTreeMap;

use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::course::Step;

/// The meanings of statuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Open,
    Approved,
    Denied,
    Withdrawn,
    Done,
    Triaged,
    Declared,
    Escalated,
    Contained,
    Eradicated,
    Recovered,
    Reviewed,
}

use Phase::{
    Approved, Contained, Declared, Denied, Done, Eradicated, Escalated, Open, Recovered, Reviewed,
    Triaged, Withdrawn,
};

/// Each meaning with its name and the statuses that have it when nobody says otherwise.
const PHASES: &[(Phase, &str, &[&str])] = &[
    (Open, "open", &[]),
    (Approved, "approved", &["accepted", "authorized", "authorised"]),
    (Denied, "denied", &["rejected", "declined", "not approved", "won't do"]),
    (Withdrawn, "withdrawn", &["cancelled", "canceled", "abandoned"]),
    (
        Done,
        "done",
        &[
            "closed",
            "resolved",
            "completed",
            "complete",
            "implemented",
            "deployed",
            "released",
            "fulfilled",
            "fixed",
        ],
    ),
    (Triaged, "triaged", &["acknowledged", "investigating", "under investigation"]),
    (Declared, "declared", &["confirmed"]),
    (Escalated, "escalated", &[]),
    (Contained, "contained", &["mitigated"]),
    (Eradicated, "eradicated", &[]),
    (Recovered, "recovered", &["restored"]),
    (Reviewed, "reviewed", &["post-incident review done", "postmortem done"]),
];

impl Phase {
    pub(super) fn named(name: &str) -> Option<Self> {
        PHASES.iter().find(|(_, known, _)| *known == name).map(|(phase, ..)| *phase)
    }

    pub(super) fn names() -> String {
        PHASES.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// Whether coming back to an open status from here opens again what was decided or closed.
    pub(super) const fn closes(self, table: TableId) -> bool {
        match self {
            Denied | Withdrawn | Done => true,
            Approved => !matches!(table, TableId::Alerts | TableId::Incidents),
            Contained | Eradicated | Recovered | Reviewed => matches!(table, TableId::Incidents),
            Open | Triaged | Declared | Escalated => false,
        }
    }
}

/// The meanings of statuses by name, in lower case.
pub(super) fn defaults() -> BTreeMap<String, Phase> {
    let named = |(phase, name, others): &(Phase, &str, &[&str])| {
        let phase = *phase;
        let names = std::iter::once(*name).chain(others.iter().copied());
        names.map(move |name| (name.to_owned(), phase)).collect::<Vec<_>>()
    };
    PHASES.iter().flat_map(named).collect()
}

/// Columns that say nothing any more when an issue is opened again.
pub(super) const fn reset(table: TableId) -> &'static [&'static str] {
    match table {
        TableId::Approvals => &["approver", "outcome", "resolved_at", "executed_by"],
        TableId::Exceptions => &["approved_by", "approved_at", "closed_at"],
        TableId::Incidents => {
            &["contained_at", "eradicated_at", "recovered_at", "closed_at", "reviewed_at"]
        }
        TableId::Changes => &["approver", "approved_at", "merged_by", "merged_at"],
        TableId::ReviewDecisions => &["decision", "reviewer", "decided_at"],
        TableId::Remediations => &["executed_at", "result"],
        TableId::Alerts => &["closed_at", "disposition"],
        _ => &[],
    }
}

/// What moving an issue of a table to a phase says: who did it, unless the source does not tell.
pub(super) fn say(step: &mut Step, table: TableId, phase: Phase, who: Option<&str>) {
    let at = step.at;
    match table {
        TableId::Approvals => approvals(step, phase, who, at),
        TableId::Exceptions => match phase {
            Approved => by_and_at(step, ("approved_by", who), "approved_at", at),
            Denied | Withdrawn | Done => step.say("closed_at", at),
            _ => {}
        },
        TableId::Incidents => incidents(step, phase, at),
        TableId::Changes => match phase {
            Approved => by_and_at(step, ("approver", who), "approved_at", at),
            Done => by_and_at(step, ("merged_by", who), "merged_at", at),
            _ => {}
        },
        TableId::ReviewDecisions if matches!(phase, Approved | Denied | Done) => {
            by_and_at(step, ("reviewer", who), "decided_at", at);
        }
        TableId::Remediations if phase == Done => step.say("executed_at", at),
        TableId::Alerts => match phase {
            Triaged => by_and_at(step, ("triaged_by", who), "triaged_at", at),
            Denied | Withdrawn | Done => step.say("closed_at", at),
            _ => {}
        },
        _ => {}
    }
}

/// Moving a request to a status of work done is no approval: who did the work need not have a say.
fn approvals(step: &mut Step, phase: Phase, who: Option<&str>, at: Timestamp) {
    let outcome = match phase {
        Open => "pending",
        Approved => "approved",
        Denied => "denied",
        Withdrawn => "withdrawn",
        Done => {
            if let Some(who) = who {
                step.say("executed_by", who);
            }
            return;
        }
        _ => return,
    };
    step.say("outcome", outcome);
    if phase == Approved
        && let Some(who) = who
    {
        step.say("approver", who);
    }
    if phase != Open {
        step.say("resolved_at", at);
    }
}

fn incidents(step: &mut Step, phase: Phase, at: Timestamp) {
    let (state, column) = match phase {
        Open => (Some("open"), None),
        Declared | Triaged => (None, Some("declared_at")),
        Escalated => (None, Some("escalated_at")),
        Contained => (Some("contained"), Some("contained_at")),
        Eradicated => (None, Some("eradicated_at")),
        Recovered => (None, Some("recovered_at")),
        Done | Denied | Withdrawn => (Some("closed"), Some("closed_at")),
        Reviewed => (None, Some("reviewed_at")),
        Approved => (None, None),
    };
    if let Some(state) = state {
        step.say("state", state);
    }
    if let Some(column) = column {
        step.say(column, at);
    }
}

fn by_and_at(
    step: &mut Step,
    by: (&'static str, Option<&str>),
    column: &'static str,
    at: Timestamp,
) {
    if let (name, Some(who)) = by {
        step.say(name, who);
    }
    step.say(column, at);
}
