//! How far an evaluation is, for whoever waits for it.

use std::sync::atomic::{AtomicU64, Ordering};

use tenure_controls::evaluate::Watch;
use tenure_sources::source::Progress as _;

use crate::progress::Bar;

/// A bar of controls that are done, and the last one that was begun.
pub(super) struct Shown {
    bar: Bar,
    done: AtomicU64,
    controls: u64,
}

impl Shown {
    pub(super) fn new(watched: bool, controls: usize) -> Self {
        let bar = Bar::new(watched, "evaluating");
        Self { bar, done: AtomicU64::new(0), controls: controls as u64 }
    }
}

impl Watch for Shown {
    fn begun(&self, control: &str) {
        self.bar.report(control, self.done.load(Ordering::Relaxed), self.controls);
    }

    fn ended(&self, control: &str, _: usize, _: usize) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.bar.report(control, done, self.controls);
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.bar.done();
    }
}
