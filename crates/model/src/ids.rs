//! One type per kind of name. A name is checked where it enters; inside, nothing is a bare string.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text cannot be a name of that kind.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{text}' cannot be a {kind}: {rule}")]
pub struct NameError {
    kind: &'static str,
    text: String,
    rule: &'static str,
}

const RULE: &str = "1 to 64 of a-z, 0-9, '-', '_' and '.', starting with a letter or digit";

fn is_name(text: &str) -> bool {
    let head = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let body = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'));
    head && body && text.len() <= 64
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
        pub struct $type(String);

        impl $type {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                if is_name(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err(NameError { kind: $kind, text: text.to_owned(), rule: RULE })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

name!(
    /// A configured connection, named by its user: `k8s`, `prod-trail`.
    SourceName,
    "source name"
);
name!(
    /// The system whose access a source tells about. Two sources may tell about one system.
    SystemId,
    "system id"
);

/// One collection of one source: `k8s-1`, `k8s-2`, … in ledger order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct RunId(String);

impl RunId {
    /// The `ordinal`-th run (from 1) of a source.
    #[must_use]
    pub fn new(source: &SourceName, ordinal: u64) -> Self {
        Self(format!("{source}-{ordinal}"))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A ledger index: the transaction time of everything we know.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Seq(pub u64);

impl Seq {
    /// Later than any entry: everything that is known.
    pub const LATEST: Self = Self(i64::MAX as u64);
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_at_the_edge() {
        assert!("k8s".parse::<SourceName>().is_ok());
        for bad in ["", "K8s", "a/b", "../x", "-a", "ü"] {
            assert!(bad.parse::<SourceName>().is_err(), "{bad}");
        }
    }
}
