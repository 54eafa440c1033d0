//! What a principal can do.

use std::collections::BTreeSet;

use super::document::Effect;
use super::escalation::escalations;
use super::judge::Judge;
use super::principal::Principal;
use super::rows::{Reached, services, unreadable};

/// How much a principal can do to a service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// It can list and read.
    Read,
    /// It can change something.
    Write,
    /// It can do everything, or change everything and who may do what.
    Admin,
    /// It cannot be told from what was captured.
    Unknown,
}

impl Level {
    /// The name in the tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Unknown => "unknown",
        }
    }
}

/// How a privilege came to its principal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PathKind {
    /// By a policy of its own.
    Direct,
    /// By a policy of a group it is in.
    Group,
    /// By the policy of a resource.
    Resource,
}

impl PathKind {
    /// The name in the tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Group => "group",
            Self::Resource => "resource",
        }
    }
}

/// What one statement lets a principal do to one service.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ServicePrivilege {
    /// Service prefix in lower case, e.g. `s3`; `*` for every service. A row of a service says
    /// more exactly what a row `*` of the same statement says.
    pub service: String,
    /// `<policy>#<Sid or index>`; several joined by ` + ` where only together they give it; the
    /// policy alone when its document is not known.
    pub statement: String,
    /// How much.
    pub level: Level,
    /// How it came.
    pub path_kind: PathKind,
    /// Patterns of actions; after `NotAction`, those left out.
    pub actions: Vec<String>,
    /// Patterns of resources; after `NotResource`, those left out.
    pub resources: Vec<String>,
    /// `Condition` of the statement.
    pub condition: Option<String>,
    /// The boundaries and service control policies that cut it.
    pub bounded_by: Vec<String>,
    /// Why the level is unknown, or what was not judged.
    pub note: Option<String>,
}

/// A known way in which a principal could gain more.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Escalation {
    /// The path's name, as in [`super::PATHS`], or [`super::ADMINISTRATOR`].
    pub name: String,
    /// `Admin` for who is administrator already, `Unknown` when it is not certain.
    pub level: Option<Level>,
    /// The actions it takes.
    pub actions: Vec<String>,
    /// Patterns of the resources it can be done to.
    pub resources: Vec<String>,
    /// The statements that give those actions, by name.
    pub statements: Vec<String>,
    /// `direct` when the principal's own policies suffice.
    pub path_kind: PathKind,
    /// Conditions of those statements, one after the other.
    pub condition: Option<String>,
    /// The boundaries and service control policies that cut those statements.
    pub bounded_by: Vec<String>,
    /// What was not judged.
    pub note: Option<String>,
}

/// What a principal can do, sorted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Effective {
    /// By service and statement.
    pub services: Vec<ServicePrivilege>,
    /// By name of the path.
    pub escalations: Vec<Escalation>,
    /// What could not be judged.
    pub notes: Vec<String>,
}

/// Works out what a principal can do.
///
/// Explicit denies take away; its boundary and each level of service control policies must allow
/// too. Conditions are not evaluated: what they allow is kept and carries them, what they deny is
/// noted.
#[must_use]
pub fn evaluate(who: &Principal<'_>) -> Effective {
    let (judge, grants) = Judge::of(who);
    let reached: Vec<_> = grants.iter().map(|grant| Reached::of(grant, &judge)).collect();
    let mut rows = services(&reached, &judge);
    rows.extend(unreadable(who));
    rows.sort();
    let escalations = escalations(&reached, &rows, who);
    Effective { services: rows, escalations, notes: notes(who, &judge) }
}

/// What is missing for a full answer, sorted.
fn notes(who: &Principal<'_>, judge: &Judge<'_>) -> Vec<String> {
    let mut notes: BTreeSet<String> =
        judge.unknown.iter().map(|name| format!("not wholly known: {name}")).collect();
    let own = who.attached.iter().map(|attached| (attached.id, attached.document));
    let on = who.resources.iter().map(|policy| (policy.id, Some(policy.document)));
    for (id, document) in own.chain(on) {
        let Some(document) = document else {
            notes.insert(format!("document not known: {id}"));
            continue;
        };
        for problem in &document.problems {
            let what = problem.effect.map_or("", Effect::as_str);
            notes.insert(format!(
                "cannot be read: {id}#{} {what}: {}",
                problem.index, problem.cause
            ));
        }
    }
    notes.into_iter().collect()
}
