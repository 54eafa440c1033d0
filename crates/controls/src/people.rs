//! Who stands behind an account, under which names people are cited, and when they left: the one
//! way in which controls get from a person to what acts for them.
//!
//! `people` joins the records that are of one person, `holders` their accounts, `person_names` the
//! names by which owners, approvers and users are cited; `employments` and `leavers` say when a
//! person worked and left, `account_names`, `account_active`, `observed` and `held_rights` what an
//! account is called, when it could act, up to when its system was read, and what it holds directly
//! or through a group.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use tenure_model::Timestamp;

use crate::computed::Computed;
use crate::steps::nullable;

use views::View;

mod link;
mod rows;
#[cfg(test)]
mod tests;
mod views;

/// Adds the tables and views to a session.
pub(crate) async fn register(context: &SessionContext) -> Result<(), DataFusionError> {
    let tables = [
        ("people", Computed::new(rows::people(), rows::QUERIES, rows::write_people)),
        ("holders", Computed::new(rows::holders(), rows::QUERIES, rows::write_holders)),
        ("person_names", Computed::new(rows::names(), rows::QUERIES, rows::write_names)),
    ];
    for (name, table) in tables {
        context.register_table(name, Arc::new(table))?;
    }
    for view in views::ALL {
        match view {
            View::Plain(statement) => {
                context.sql(statement).await?.collect().await?;
            }
            View::Once(name, queries) => {
                let plan = context.sql(queries[0]).await?;
                let schema = nullable(plan.schema().as_arrow());
                let same = |given: &[RecordBatch]| Ok(given[0].clone());
                context.register_table(*name, Arc::new(Computed::new(schema, queries, same)))?;
            }
        }
    }
    Ok(())
}

/// What one version of a person's record says of who it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
struct Record {
    subject: String,
    /// The record in the source, whichever incarnation of it this is.
    base: String,
    native_id: String,
    name: Option<String>,
    email: Option<String>,
    employee_id: Option<String>,
}

/// A statement that a subject stands behind an identity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
struct Link {
    subject: String,
    identity: String,
    basis: Option<String>,
    from_lo: Option<Timestamp>,
    from_hi: Option<Timestamp>,
    to_lo: Option<Timestamp>,
    to_hi: Option<Timestamp>,
}

/// What an account is called.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
struct Account {
    identity: String,
    native_id: String,
    login: Option<String>,
    email: Option<String>,
    kind: Option<String>,
}

/// The person behind an account, and on what it rests.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
struct Holder {
    person: String,
    identity: String,
    basis: String,
    /// Whether the name by which they match is that of several people.
    ambiguous: bool,
    from_lo: Option<Timestamp>,
    from_hi: Option<Timestamp>,
    to_lo: Option<Timestamp>,
    to_hi: Option<Timestamp>,
}

/// Records and accounts of people, joined.
#[derive(Default, Debug)]
struct Joined {
    /// The person of each subject, and a name for readers.
    people: BTreeMap<String, (String, String)>,
    holders: BTreeSet<Holder>,
    /// Lower-case names that are one person's alone.
    names: BTreeMap<String, String>,
}
