//! Errors for people: a cause chain, and what to do next.

use std::fmt;

/// A context that carries a hint for the user.
#[derive(Debug)]
pub(crate) struct Hinted {
    message: String,
    pub(crate) hint: String,
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Hinted {}

/// An error with a hint.
pub(crate) fn hinted(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Hinted { message: message.into(), hint: hint.into() })
}

/// The hint of an error, if it or one of its causes carries one.
pub(crate) fn of(error: &anyhow::Error) -> Option<String> {
    if let Some(hinted) = error.downcast_ref::<Hinted>() {
        return Some(hinted.hint.clone());
    }
    let collect = error.downcast_ref::<tenure_sources::source::CollectError>();
    if let Some(collect) = collect.filter(|c| !c.hint.is_empty()) {
        return Some(collect.hint.clone());
    }
    // Other crates put the hint behind the message.
    error
        .chain()
        .find_map(|cause| cause.to_string().split_once(HINT).map(|(_, hint)| hint.to_owned()))
}

/// Separates a message from its hint.
pub(crate) const HINT: &str = "; hint: ";
