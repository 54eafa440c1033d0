//! `rotations`: which secret of an identity replaced which, and how far the replacement has come.
//!
//! The rules are in `docs/rotations.md`. Everything here is a function of sorted rows; the order
//! in which rows come is of no consequence.

use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use tenure_model::{Timestamp, Validity};

use crate::computed::Computed;

mod judge;
mod pair;
mod table;
#[cfg(test)]
mod tests;
mod units;

/// Adds the table to a session.
pub(crate) fn register(context: &SessionContext) -> Result<(), DataFusionError> {
    let table = Computed::new(table::schema(), table::QUERIES, table::compute);
    context.register_table("rotations", Arc::new(table))?;
    Ok(())
}

/// How long two secrets may be in force together while consumers move from one to the other.
const OVERLAP: i64 = 7 * Timestamp::DAY;

/// A version of a credential, as in the table `credentials`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Version {
    credential: String,
    number: i64,
    group: Group,
    name: String,
    public_id: Option<String>,
    /// What tells its secret from another, where the source says something that does.
    material: Option<String>,
    slot: Option<String>,
    status: Option<String>,
    created_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    never_used: Option<bool>,
    validity: Validity,
    evidence: String,
}

/// Secrets that can replace each other.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Group {
    system: String,
    identity: Option<String>,
    kind: String,
    issued_for: Option<String>,
}

/// The first and last instant at which something may have happened: at the earliest just after
/// `lo` (not known when `None`), at the latest at `hi`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct When {
    lo: Option<Timestamp>,
    hi: Timestamp,
}

/// One secret, from its making to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Unit {
    credential: String,
    number: i64,
    group: Group,
    name: String,
    /// What tells its secret from another: what the source says, else the public id.
    material: Option<String>,
    created: When,
    /// Since when it is inactive, when it is to the end.
    deactivated: Option<When>,
    deleted: Option<When>,
    /// The last instant at which a record shows it in being.
    alive: Timestamp,
    first_used: Option<Timestamp>,
    last_used: Option<Timestamp>,
    never_used: bool,
    evidence: Vec<String>,
}

impl Unit {
    /// Since when it opens nothing any more.
    fn ended(&self) -> Option<When> {
        match (self.deactivated, self.deleted) {
            (Some(a), Some(b)) => Some(if a.hi <= b.hi { a } else { b }),
            (a, b) => a.or(b),
        }
    }
}

/// How far a replacement has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Verdict {
    Complete,
    InProgress,
    OldStillActive,
    OldStillUsed,
    NewNeverUsed,
    Relabelled,
    NotKnown,
    None,
}

impl Verdict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::InProgress => "in_progress",
            Self::OldStillActive => "old_still_active",
            Self::OldStillUsed => "old_still_used",
            Self::NewNeverUsed => "new_never_used",
            Self::Relabelled => "relabelled",
            Self::NotKnown => "not_known",
            Self::None => "none",
        }
    }
}

/// What is concluded, and what limits the conclusion.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Judged {
    verdict: Verdict,
    why: Option<String>,
}

/// One row: a secret and what replaced it, if anything did.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Rotation {
    old: Unit,
    new: Option<Unit>,
    judged: Judged,
    /// Whether the log is complete from the making of the new one on.
    usage_known: bool,
    as_of: Timestamp,
}
