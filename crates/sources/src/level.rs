//! How much a role or a policy allows, as one word.

/// What is allowed at most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Level {
    Unknown,
    Read,
    Write,
    Admin,
}

impl Level {
    /// The name in the tables.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}
