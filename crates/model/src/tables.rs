//! The public tables: names, columns and meanings, declared once.
//!
//! Facts are checked against these declarations, the Parquet schemas are made from them, and so is
//! `docs/tables.md`. Users write SQL against them, so a column is never renamed, only added.

use serde::{Deserialize, Serialize};

use crate::fact::Value;

mod access;
mod evidence;
mod governance;
mod operations;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ColumnKind {
    /// UTF-8 text.
    Text,
    /// A 64-bit integer.
    Int,
    /// Yes or no.
    Bool,
    /// An instant, UTC, microseconds.
    Time,
    /// The id of a row of another table. Facts give `native_type/native_id`; the timeline resolves
    /// it to the incarnation in force.
    Ref(TableId),
}

impl ColumnKind {
    /// Whether the column can hold the value.
    #[must_use]
    pub const fn takes(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Self::Text | Self::Ref(_), Value::Text(_))
                | (Self::Int, Value::Int(_))
                | (Self::Bool, Value::Bool(_))
                | (Self::Time, Value::Time(_))
                | (_, Value::Empty)
        )
    }
}

/// Whether a change of the column is a new version of the thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tracks {
    /// A change closes the version and opens another.
    Versions,
    /// Like [`Self::Versions`], but `unknown` says nothing against what another source knows.
    Known,
    /// The last value said counts for the whole incarnation: spellings, references to the events
    /// that began and ended it.
    Latest,
    /// What is said counts for the version in force then, and is not taken over by the next one:
    /// who changed a setting, and by which change.
    Own,
}

/// One column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// The name in SQL, JSON and Parquet.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether its changes make versions.
    pub tracks: Tracks,
    /// What it means.
    pub doc: &'static str,
}

/// How the rows of a table come to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TableKind {
    /// Versions with bounds and transaction times, folded from facts.
    Fact,
    /// Rows that never change once known.
    Event,
}

/// One table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Table {
    /// Which one.
    pub id: TableId,
    /// The name in SQL.
    pub name: &'static str,
    /// The name of its id column.
    pub key: &'static str,
    /// How its rows come to be.
    pub kind: TableKind,
    /// What a row is.
    pub doc: &'static str,
    /// Its own columns, without the id and the common ones.
    pub columns: &'static [Column],
}

macro_rules! table_ids {
    ($($variant:ident => $name:literal),* $(,)?) => {
        /// Names the tables.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each table's own `doc` says what a row is")]
        pub enum TableId { $($variant),* }

        impl TableId {
            /// Every table, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in SQL.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

table_ids! {
    Subjects => "subjects",
    SubjectLinks => "subject_links",
    Identities => "identities",
    Credentials => "credentials",
    Resources => "resources",
    Entitlements => "entitlements",
    Grants => "grants",
    Privileges => "privileges",
    Ownerships => "ownerships",
    Approvals => "approvals",
    ReviewCampaigns => "review_campaigns",
    ReviewItems => "review_items",
    ReviewDecisions => "review_decisions",
    Remediations => "remediations",
    Exceptions => "exceptions",
    Changes => "changes",
    Incidents => "incidents",
    Alerts => "alerts",
    Vendors => "vendors",
    Integrations => "integrations",
    Systems => "systems",
    ControlOwners => "control_owners",
    Inventory => "inventory",
    DutyRules => "duty_rules",
    Exercises => "exercises",
    Configurations => "configurations",
    LogObjects => "log_objects",
    Usage => "usage",
    UsageDaily => "usage_daily",
    Coverage => "coverage",
    Runs => "runs",
    Artifacts => "artifacts",
    Entries => "entries",
}

impl TableId {
    /// The declaration.
    #[must_use]
    pub fn table(self) -> &'static Table {
        // The declarations stand in the order of the enum; a test holds them together.
        ALL[self as usize]
    }
}

/// Every table, in the order of [`TableId::ALL`].
pub const ALL: &[&Table] = &[
    &access::SUBJECTS,
    &access::SUBJECT_LINKS,
    &access::IDENTITIES,
    &access::CREDENTIALS,
    &access::RESOURCES,
    &access::ENTITLEMENTS,
    &access::GRANTS,
    &access::PRIVILEGES,
    &access::OWNERSHIPS,
    &governance::APPROVALS,
    &governance::REVIEW_CAMPAIGNS,
    &governance::REVIEW_ITEMS,
    &governance::REVIEW_DECISIONS,
    &governance::REMEDIATIONS,
    &governance::EXCEPTIONS,
    &operations::CHANGES,
    &operations::INCIDENTS,
    &operations::ALERTS,
    &operations::VENDORS,
    &operations::INTEGRATIONS,
    &operations::SYSTEMS,
    &operations::CONTROL_OWNERS,
    &operations::INVENTORY,
    &operations::DUTY_RULES,
    &operations::EXERCISES,
    &access::CONFIGURATIONS,
    &evidence::LOG_OBJECTS,
    &evidence::USAGE,
    &evidence::USAGE_DAILY,
    &evidence::COVERAGE,
    &evidence::RUNS,
    &evidence::ARTIFACTS,
    &evidence::ENTRIES,
];

/// Columns before a fact table's own: coordinates at the source.
pub const COORDINATES: &[Column] = &[
    col("version_no", ColumnKind::Int, "number of this version of the incarnation, from 1"),
    col("incarnation", ColumnKind::Int, "1, 2, … : the same name re-created is another thing"),
    col("system", ColumnKind::Text, "the system that says so"),
    col("native_type", ColumnKind::Text, "the source's own type"),
    col("native_id", ColumnKind::Text, "the source's own id"),
];

/// Columns after a fact table's own: when it was true, when we learned it, on what it rests.
pub const ENVELOPE: &[Column] = &[
    col(
        "valid_from_lo",
        ColumnKind::Time,
        "last instant known not yet true; null = nothing is known before valid_from_hi",
    ),
    col("valid_from_hi", ColumnKind::Time, "first instant known true"),
    col(
        "valid_to_lo",
        ColumnKind::Time,
        "last instant known still true; null with valid_to_hi null = not known to have ended",
    ),
    col("valid_to_hi", ColumnKind::Time, "first instant known no longer true"),
    col(
        "valid_basis",
        ColumnKind::Text,
        "what the start rests on: event, source_attribute, snapshot_diff, attested, unknown",
    ),
    col("tx_from_seq", ColumnKind::Int, "ledger index that taught us this row"),
    col("tx_to_seq", ColumnKind::Int, "ledger index that superseded it; null = still what we know"),
    col("assertion", ColumnKind::Text, "observed, derived or attested"),
    col(
        "evidence",
        ColumnKind::Text,
        "records it rests on, as artifact-digest#record, separated by spaces",
    ),
];

impl Table {
    /// The column of that name among the table's own.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// All columns in file order: id, coordinates, own, envelope for fact tables; own for others.
    pub fn all_columns(&self) -> impl Iterator<Item = Column> {
        let fact = self.kind == TableKind::Fact;
        let id = col(
            self.key,
            ColumnKind::Text,
            "system/type/native id, ~n from the second incarnation on",
        );
        let (before, after) = if fact { (COORDINATES, ENVELOPE) } else { (&[][..], &[][..]) };
        let id = fact.then_some(id);
        id.into_iter()
            .chain(before.iter().copied())
            .chain(self.columns.iter().copied())
            .chain(after.iter().copied())
    }
}

/// A table of versions.
const fn fact(
    id: TableId,
    key: &'static str,
    doc: &'static str,
    columns: &'static [Column],
) -> Table {
    Table { id, name: id.name(), key, kind: TableKind::Fact, doc, columns }
}

/// A column whose changes make versions.
const fn col(name: &'static str, kind: ColumnKind, doc: &'static str) -> Column {
    Column { name, kind, tracks: Tracks::Versions, doc }
}

/// A column whose changes make versions, where `unknown` changes nothing.
const fn known(name: &'static str, kind: ColumnKind, doc: &'static str) -> Column {
    Column { name, kind, tracks: Tracks::Known, doc }
}

/// A column that belongs to one version.
const fn own(name: &'static str, kind: ColumnKind, doc: &'static str) -> Column {
    Column { name, kind, tracks: Tracks::Own, doc }
}

/// A column whose last value counts for the whole incarnation.
const fn latest(name: &'static str, kind: ColumnKind, doc: &'static str) -> Column {
    Column { name, kind, tracks: Tracks::Latest, doc }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn declarations_stand_in_the_order_of_their_ids() {
        for (id, table) in TableId::ALL.iter().zip(ALL) {
            assert_eq!(*id, table.id);
            assert_eq!(id.name(), table.name);
            assert_eq!(id.table().name, id.name());
        }
        assert_eq!(TableId::ALL.len(), ALL.len());
    }

    #[test]
    fn columns_are_named_once_and_documented() {
        for table in ALL {
            let mut seen = BTreeSet::new();
            for column in table.all_columns() {
                assert!(seen.insert(column.name), "{}.{} twice", table.name, column.name);
                assert!(!column.doc.is_empty(), "{}.{} undocumented", table.name, column.name);
            }
        }
    }
}
