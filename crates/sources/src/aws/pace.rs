//! How fast and how often to ask: a budget of requests per second that all threads share, and
//! exponential backoff with full jitter.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest wait that a server's `Retry-After` is granted.
const LONGEST_ORDERED: Duration = Duration::from_secs(60);

/// How patient a client is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// The most attempts of one call.
    pub(crate) attempts: u32,
    /// The first wait is at most so long; each further one at most twice the one before.
    pub(crate) base: Duration,
    /// No wait is longer.
    pub(crate) cap: Duration,
    /// One attempt, from connecting to the last byte.
    pub(crate) attempt: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 10,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(20),
            attempt: Duration::from_secs(60),
        }
    }
}

impl Patience {
    /// How long to wait after the attempt of that number, from 1. `ordered` is the server's word.
    pub(super) fn wait(&self, attempt: u32, ordered: Option<Duration>) -> Duration {
        let doubled = self.base.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
        let jittered = jitter(doubled.min(self.cap));
        ordered.map_or(jittered, |ordered| ordered.min(LONGEST_ORDERED) + jittered / 4)
    }
}

/// Evenly between nothing and `most`.
fn jitter(most: Duration) -> Duration {
    let nanos = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
    // Without randomness the longest wait is the safe one.
    let random = getrandom::u64().unwrap_or(nanos);
    Duration::from_nanos(random % nanos.saturating_add(1).max(1))
}

/// A budget of requests per second.
#[derive(Debug)]
pub(super) struct Budget {
    gap: Duration,
    next: Mutex<Option<Instant>>,
}

impl Budget {
    pub(super) fn new(per_second: u32) -> Self {
        Self { gap: Duration::from_secs(1) / per_second.max(1), next: Mutex::new(None) }
    }

    /// Waits for the next free moment and takes it.
    pub(super) fn take(&self) {
        let now = Instant::now();
        let mine = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let mine = next.map_or(now, |next| next.max(now));
            *next = Some(mine + self.gap);
            mine
        };
        std::thread::sleep(mine.saturating_duration_since(now));
    }

    /// After a server said that it is too much: nobody asks for that long.
    pub(super) fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = Some(next.map_or(until, |next| next.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_capped_and_differ() {
        let patience = Patience::default();
        let waits: Vec<_> = (0..200).map(|n| patience.wait(1 + n % 40, None)).collect();
        assert!(waits.iter().all(|wait| *wait <= patience.cap));
        assert!((0..50).all(|_| patience.wait(1, None) <= patience.base));
        let distinct: std::collections::BTreeSet<_> = waits.iter().collect();
        assert!(distinct.len() > 100);
    }

    #[test]
    fn the_servers_word_is_heeded_within_reason() {
        let patience = Patience::default();
        let ordered = patience.wait(1, Some(Duration::from_secs(3)));
        assert!(ordered >= Duration::from_secs(3));
        let forever = patience.wait(1, Some(Duration::from_secs(1_000_000)));
        assert!(forever <= LONGEST_ORDERED + patience.cap);
    }

    #[test]
    fn a_budget_spaces_requests_of_all_threads() {
        let budget = Budget::new(100);
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..5).for_each(|_| budget.take()));
            }
        });
        assert!(start.elapsed() >= Duration::from_millis(190));
    }
}
