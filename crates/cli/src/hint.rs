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

impl Hinted {
    /// What failed when another error came up, and what to do about it: a context of that error.
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// An error with a hint.
pub(crate) fn hinted(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Hinted::new(message, hint))
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
    let behind = |cause: &str| cause.split_once(HINT).map(|(_, hint)| hint.to_owned());
    error.chain().find_map(|cause| behind(&cause.to_string())).or_else(|| disk_full(error))
}

/// A full disk is met everywhere, so it is known here by what the operating system says. Some
/// libraries keep only its words.
fn disk_full(error: &anyhow::Error) -> Option<String> {
    let full = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
            == Some(std::io::ErrorKind::StorageFull)
            || cause.to_string().contains("(os error 28)")
    };
    let hint = "free disk space and run the command again; what was recorded is kept";
    error.chain().any(full).then(|| hint.to_owned())
}

/// Separates a message from its hint.
pub(crate) const HINT: &str = "; hint: ";
