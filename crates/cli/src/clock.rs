//! The one place that asks the operating system for the time.

use tenure_model::Timestamp;
use tenure_model::clock::Clock;

/// The system's clock, to the second: what an auditor can read, and enough for a ledger that
/// orders by index.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes in")]
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(jiff::Timestamp::now().as_second())
    }
}
