//! What each control takes, for people who wonder where the time goes.

use std::cell::Cell;
use std::io::Write as _;
use std::time::Instant;

use tenure_controls::evaluate::Watch;

/// Writes a line for each control to standard error when it is done.
pub(super) struct Timings;

thread_local! {
    /// A thread evaluates one control at a time.
    static BEGUN: Cell<Option<Instant>> = const { Cell::new(None) };
}

impl Watch for Timings {
    fn begun(&self, _: &str) {
        BEGUN.set(Some(Instant::now()));
    }

    fn ended(&self, control: &str, items: usize, findings: usize) {
        let seconds = BEGUN.take().map_or(0.0, |begun| begun.elapsed().as_secs_f64());
        // Whether anybody reads it makes no difference to the evaluation.
        let _ = writeln!(
            std::io::stderr(),
            "{control:8} {seconds:8.2} s {items:9} items {findings:9} findings"
        );
    }
}
