//! Stretches of time in which something is not known.

use std::collections::BTreeMap;

use tenure_model::time::Timestamp;

/// Stretches of time in which the content of a file is not known.
#[derive(Default)]
pub(super) struct Holes {
    open: BTreeMap<String, Timestamp>,
    closed: Vec<(Timestamp, Timestamp)>,
}

impl Holes {
    /// Says that from `at` on the file's content is missing or unreadable, or no longer is.
    pub(super) fn set(&mut self, path: &str, missing: bool, at: Timestamp) {
        match missing {
            true => {
                self.open.entry(path.to_owned()).or_insert(at);
            }
            false => self.closed.extend(self.open.remove(path).map(|from| (from, at))),
        }
    }

    /// The holes inside `[from, to)`, in order, merged where they meet.
    pub(super) fn within(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let open = self.open.values().map(|start| (*start, to));
        let mut all: Vec<_> = self.closed.iter().copied().chain(open).collect();
        all.sort_unstable();
        let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (start, end) in all {
            let (start, end) = (start.max(from), end.min(to));
            match merged.last_mut() {
                _ if start >= end => {}
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        merged
    }
}
