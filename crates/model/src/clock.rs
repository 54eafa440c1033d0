//! Time as a parameter. Nothing below the command line asks the operating system what time it is.

use crate::time::Timestamp;

/// Tells the present instant.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
}

/// A clock that stands still: tests, demonstrations, re-performance.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}
