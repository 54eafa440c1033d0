//! Exit codes: a public table, documented in `docs/exit-codes.md`.

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Exit {
    /// It did what was asked.
    Ok = 0,
    /// It failed; the message says why.
    Failure = 1,
    /// The command line is wrong.
    Usage = 2,
    /// There was nothing to do.
    Nothing = 3,
    /// Deviations contradicted by evidence.
    Deviations = 10,
    /// Something is not demonstrated or indeterminate.
    NotDemonstrated = 11,
    /// Both.
    DeviationsAndNotDemonstrated = 12,
    /// Verification failed.
    Mismatch = 20,
    /// Something that should be there is missing.
    Missing = 21,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
