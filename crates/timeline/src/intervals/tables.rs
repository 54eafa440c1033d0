//! Which tables there are, which of their columns are kept, and what they are in order of.

/// Tables whose rows are asked together: they have their keys in common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Subject {
    /// `credential_versions`, `enabled` and `usage_daily`, by credential.
    Credentials,
    /// `grants` and `approvals`, by principal and entitlement.
    Grants,
    /// `coverage_gaps`, by account.
    Coverage,
}

/// What a column's values become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Microseconds since 1970 in UTC.
    Instant,
    /// Days since 1970.
    Day,
    /// A whole number, as it is.
    Whole,
    /// Whether it is this text: 0 or 1. What is not said is not.
    Is(&'static str),
}

/// A column of values; one that may be absent says so by [`OPEN`](super::ops::OPEN).
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) optional: bool,
}

/// A table. Rows are in order of key, second key, and values from left to right.
#[derive(Debug)]
pub(super) struct Table {
    /// Its file is `<name>.parquet`.
    pub(super) name: &'static str,
    pub(super) key: &'static str,
    pub(super) second: Option<&'static str>,
    pub(super) values: &'static [Value],
}

impl Table {
    /// The columns that are texts.
    pub(super) fn texts(&self) -> impl Iterator<Item = &'static str> {
        [Some(self.key), self.second].into_iter().flatten()
    }
}

const fn needed(name: &'static str, kind: Kind) -> Value {
    Value { name, kind, optional: false }
}

const fn optional(name: &'static str, kind: Kind) -> Value {
    Value { name, kind, optional: true }
}

impl Subject {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Credentials, Self::Grants, Self::Coverage];

    /// Its directory in a store.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Grants => "grants",
            Self::Coverage => "coverage",
        }
    }

    pub(super) const fn tables(self) -> &'static [Table] {
        match self {
            Self::Credentials => &CREDENTIALS,
            Self::Grants => &GRANTS,
            Self::Coverage => &COVERAGE,
        }
    }
}

const CREDENTIALS: [Table; 3] = [
    Table {
        name: "credential_versions",
        key: "credential_id",
        second: None,
        values: &[needed("created_at", Kind::Instant), optional("retired_at", Kind::Instant)],
    },
    Table {
        name: "enabled",
        key: "credential_id",
        second: Some("account"),
        values: &[needed("enabled_from", Kind::Day), optional("enabled_to", Kind::Day)],
    },
    Table {
        name: "usage_daily",
        key: "credential_id",
        second: None,
        values: &[needed("day", Kind::Day)],
    },
];

const GRANTS: [Table; 2] = [
    Table {
        name: "grants",
        key: "principal",
        second: Some("entitlement"),
        values: &[
            needed("valid_from", Kind::Instant),
            optional("valid_to", Kind::Instant),
            needed("grant_id", Kind::Whole),
        ],
    },
    Table {
        name: "approvals",
        key: "principal",
        second: Some("entitlement"),
        values: &[
            optional("resolved_at", Kind::Instant),
            optional("outcome", Kind::Is("approved")),
        ],
    },
];

const COVERAGE: [Table; 1] = [Table {
    name: "coverage_gaps",
    key: "account",
    second: None,
    values: &[needed("gap_from", Kind::Day), optional("gap_to", Kind::Day)],
}];
