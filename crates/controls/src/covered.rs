//! Over which time the log of a system is known to be complete.

use std::collections::BTreeMap;

use datafusion::arrow::record_batch::RecordBatch;
use tenure_model::Timestamp;

use crate::cells::Rows;
use crate::session::QueryError;

/// What [`Logs::read`] takes.
pub(crate) const COVERAGE: &str =
    "SELECT system, covered_from, covered_to, status FROM coverage WHERE stream = 'usage'";

/// What [`Logs::begin`] takes.
pub(crate) const BEGINNINGS: &str = "SELECT system, min(event_time) AS first_at, max(event_time) AS last_at FROM usage GROUP BY system";

/// The logs of all systems.
#[derive(Debug, Default)]
pub(crate) struct Logs(BTreeMap<String, Log>);

/// The log of one system.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Where it is proven or asserted to be complete: disjoint, in order, none touching another.
    covered: Vec<(Timestamp, Timestamp)>,
    /// The first and last instant that anything is said of.
    reach: Option<(Timestamp, Timestamp)>,
}

impl Logs {
    /// From rows of [`COVERAGE`].
    pub(crate) fn read(batch: &RecordBatch) -> Result<Self, QueryError> {
        let rows = Rows::new("coverage of usage", batch);
        let (system, from) = (rows.text("system")?, rows.time("covered_from")?);
        let (to, status) = (rows.time("covered_to")?, rows.text("status")?);
        let (system, from) = (rows.need("system", system)?, rows.need("covered_from", from)?);
        let (to, status) = (rows.need("covered_to", to)?, rows.need("status", status)?);
        let mut logs = Self::default();
        for row in 0..batch.num_rows() {
            let (Some(system), Some(from), Some(to)) =
                (system.get(row), from.get(row), to.get(row))
            else {
                continue;
            };
            let complete = matches!(status.get(row), Some("proven" | "asserted"));
            logs.state(system, from, to, complete);
        }
        Ok(logs)
    }

    /// Adds rows of [`BEGINNINGS`]: a log reaches as far as its events, too.
    pub(crate) fn begin(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let rows = Rows::new("ends of logs", batch);
        let (system, first) = (rows.text("system")?, rows.time("first_at")?);
        let (system, first) = (rows.need("system", system)?, rows.need("first_at", first)?);
        let last = rows.time("last_at")?;
        let last = rows.need("last_at", last)?;
        for row in 0..batch.num_rows() {
            if let (Some(system), Some(first), Some(last)) =
                (system.get(row), first.get(row), last.get(row))
            {
                self.state(system, first, last, false);
            }
        }
        Ok(())
    }

    /// States that the log reaches from one instant to another, completely or not.
    pub(crate) fn state(&mut self, system: &str, from: Timestamp, to: Timestamp, complete: bool) {
        let log = self.0.entry(system.to_owned()).or_default();
        let (first, last) = log.reach.unwrap_or((from, to));
        log.reach = Some((first.min(from), last.max(to)));
        if complete && from < to {
            log.covered.push((from, to));
            log.covered = merged(std::mem::take(&mut log.covered));
        }
    }

    /// The log of a system, if anything is said of it.
    pub(crate) fn of(&self, system: &str) -> Option<&Log> {
        self.0.get(system)
    }
}

impl Log {
    /// Whether it is complete from one instant to another.
    pub(crate) fn covers(&self, from: Timestamp, to: Timestamp) -> bool {
        from >= to || self.covered.iter().any(|(begin, end)| *begin <= from && to <= *end)
    }

    /// The first and last instant that anything is said of.
    pub(crate) const fn reach(&self) -> Option<(Timestamp, Timestamp)> {
        self.reach
    }

    /// The last instant up to which it is complete.
    pub(crate) fn complete_to(&self) -> Option<Timestamp> {
        self.covered.last().map(|(_, to)| *to)
    }
}

fn merged(mut intervals: Vec<(Timestamp, Timestamp)>) -> Vec<(Timestamp, Timestamp)> {
    intervals.sort_unstable();
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(intervals.len());
    for (from, to) in intervals {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn touching_stretches_are_one() {
        let mut logs = Logs::default();
        logs.state("aws", t(20), t(30), true);
        logs.state("aws", t(10), t(20), true);
        logs.state("aws", t(30), t(40), false);
        let log = logs.of("aws").expect("a log");
        assert!(log.covers(t(10), t(30)));
        assert!(!log.covers(t(10), t(31)));
        assert!(!log.covers(t(9), t(11)));
        assert_eq!(log.reach(), Some((t(10), t(40))));
        assert_eq!(log.complete_to(), Some(t(30)));
        assert!(logs.of("k8s").is_none());
    }
}
