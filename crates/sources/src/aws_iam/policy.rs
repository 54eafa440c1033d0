//! Effective privilege in AWS: what a principal can do to each service after explicit denies, its
//! permissions boundary and the organisation's service control policies, and by which known paths
//! it could gain more. No I/O: documents in, privileges out.
//!
//! Semantics are those of the IAM User Guide, "Policy evaluation logic" and "IAM JSON policy
//! elements reference". Where a document alone does not decide (conditions, policy variables, a
//! document that was not captured), the answer is the most that it can be, with a note, or
//! [`Level::Unknown`]; never less. What is judged and what is not: `docs/aws-privilege.md`.

mod actions;
mod catalogue;
mod document;
mod escalation;
mod evaluate;
mod facts;
mod glob;
mod judge;
mod paths;
mod principal;
mod rows;
mod scope;
mod tree;
mod trust;

pub use catalogue::Access;
pub use document::{
    Document, DocumentError, Effect, Party, PartyKind, Problem, Selector, Statement,
};
pub use evaluate::{Effective, Escalation, Level, PathKind, ServicePrivilege, evaluate};
pub use facts::facts;
pub use paths::{ADMINISTRATOR, EscalationPath, Need, PATHS, Target};
pub use principal::{Attached, Bound, OnResource, Principal, Via};
pub use trust::{Trust, Weakness, trusts};
