//! Progress of long work, on stderr, only where somebody watches.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tenure_sources::source::Progress;

/// A bar, or nothing.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(watched: bool, what: &str) -> Self {
        if !watched {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template(
            "{spinner} {prefix}: {msg} {pos}/{len} {wide_bar} {elapsed}",
        ) {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    pub(crate) fn done(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn report(&self, what: &str, done: u64, total: u64) {
        if self.0.is_hidden() {
            return;
        }
        self.0.set_message(what.to_owned());
        self.0.set_length(total.max(done));
        self.0.set_position(done);
    }
}
