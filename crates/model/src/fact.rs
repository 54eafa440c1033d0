//! Facts: what a reader says that a record tells. The timeline turns them into versions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tables::TableId;
use crate::time::Timestamp;

/// On what an end of a validity rests.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// An event of the source.
    Event,
    /// A timestamp that the source keeps, such as `created_at`.
    SourceAttribute,
    /// The difference between two snapshots.
    SnapshotDiff,
    /// Somebody's word.
    Attested,
    /// Only that it was already there.
    Unknown,
}

impl Basis {
    /// The name in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::SourceAttribute => "source_attribute",
            Self::SnapshotDiff => "snapshot_diff",
            Self::Attested => "attested",
            Self::Unknown => "unknown",
        }
    }
}

/// What happened to the thing that a fact is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It began at exactly this instant.
    Begun {
        /// The instant.
        at: Timestamp,
        /// On what the instant rests.
        basis: Basis,
    },
    /// It was there at this instant; since when is not said.
    Seen {
        /// The instant.
        at: Timestamp,
    },
    /// It was not there at this instant; since when is not said.
    Absent {
        /// The instant.
        at: Timestamp,
    },
    /// It ended at exactly this instant. The fact's attributes are merged into the version ended.
    Ended {
        /// The instant.
        at: Timestamp,
        /// On what the instant rests.
        basis: Basis,
    },
}

impl Change {
    /// The instant the change is about.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Begun { at, .. }
            | Self::Seen { at }
            | Self::Absent { at }
            | Self::Ended { at, .. } => *at,
        }
    }
}

/// The value of an attribute. Column kinds are in [`crate::tables`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Value {
    /// Text; also the native id of another fact where the column is a reference.
    #[serde(rename = "s")]
    Text(String),
    /// A count or size.
    #[serde(rename = "i")]
    Int(i64),
    /// Yes or no.
    #[serde(rename = "b")]
    Bool(bool),
    /// An instant.
    #[serde(rename = "t")]
    Time(Timestamp),
    /// Said to be empty: what was known before holds no longer.
    #[serde(rename = "n")]
    Empty,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Time(at)
    }
}

/// Attributes by column name. A column that is absent is not said, which is not
/// [`Value::Empty`].
pub type Attrs = BTreeMap<Cow<'static, str>, Value>;

/// One statement of a reader about one thing. The record it rests on is added where it is emitted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fact {
    /// The table it belongs to.
    pub table: TableId,
    /// The source's own type, e.g. `org-member`.
    pub native_type: Cow<'static, str>,
    /// The source's own id, unique within system, table and type.
    pub native_id: String,
    /// What happened.
    pub change: Change,
    /// What it looks like, by column.
    pub attrs: Attrs,
}

impl Fact {
    /// A fact without attributes.
    pub fn new(
        table: TableId,
        native_type: impl Into<Cow<'static, str>>,
        native_id: impl Into<String>,
        change: Change,
    ) -> Self {
        Self {
            table,
            native_type: native_type.into(),
            native_id: native_id.into(),
            change,
            attrs: Attrs::new(),
        }
    }

    /// What is wrong with the fact by the declaration of its table: an attribute that the table
    /// does not have, or a value of another kind. A reader that gives such a fact has a bug.
    #[must_use]
    pub fn misfit(&self) -> Option<String> {
        let table = self.table.table();
        self.attrs.iter().find_map(|(name, value)| match table.column(name) {
            None => Some(format!("{} has no column '{name}'", table.name)),
            Some(column) if column.kind.takes(value) => None,
            Some(_) => Some(format!("{}.{name} does not hold {value:?}", table.name)),
        })
    }

    /// The same fact with one more attribute.
    #[must_use]
    pub fn with(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.attrs.insert(Cow::Borrowed(column), value.into());
        self
    }

    /// The same fact with one more attribute when there is a value.
    #[must_use]
    pub fn with_some(self, column: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(column, value),
            None => self,
        }
    }
}

/// How a use ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UseOutcome {
    /// It was allowed and worked.
    Success,
    /// It was refused.
    Denied,
    /// It failed for another reason.
    Error,
}

impl UseOutcome {
    /// The name in SQL and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Denied => "denied",
            Self::Error => "error",
        }
    }
}

/// One use of access: who did what, when, with which credential, from where, and how it ended.
/// Column meanings are in [`crate::tables`] under `usage`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the usage table documents each column once")]
pub struct UsageEvent {
    pub event_id: String,
    pub event_time: Option<Timestamp>,
    pub account: Option<String>,
    pub region: Option<String>,
    pub service: Option<String>,
    pub action: Option<String>,
    pub actor_type: Option<String>,
    pub actor: Option<String>,
    pub actor_id: Option<String>,
    pub actor_name: Option<String>,
    pub credential_key: Option<String>,
    pub session_issuer: Option<String>,
    pub resource: Option<String>,
    pub outcome: Option<UseOutcome>,
    pub error_code: Option<String>,
    pub src_ip: Option<String>,
    pub user_agent: Option<String>,
    pub mfa: Option<bool>,
    pub read_only: Option<bool>,
    pub management: Option<bool>,
    pub actor_account: Option<String>,
    pub invoked_by: Option<String>,
    pub source_identity: Option<String>,
    pub federated: Option<String>,
    pub on_behalf_of: Option<String>,
    pub issued_key: Option<String>,
    pub shared_event_id: Option<String>,
    pub session_mfa: Option<bool>,
}
