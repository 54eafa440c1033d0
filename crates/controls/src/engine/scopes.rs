//! When systems are in scope: a system that enters mid-period is tested from its entry on.

use std::collections::BTreeMap;

use tenure_model::{Period, Timestamp};

use crate::cells::Rows;
use crate::engine::intervals::{Interval, OPEN, union};
use crate::session::{QueryError, Session};

/// The stretches in which each registered system is in scope. One that no register names, or names
/// without dates, always is.
#[derive(Default)]
pub(crate) struct Scopes(BTreeMap<String, Vec<Interval>>);

const ALWAYS: &[Interval] = &[(Timestamp::from_micros(i64::MIN), OPEN)];

impl Scopes {
    /// Reads the register of systems.
    pub(crate) fn read(session: &Session) -> Result<Self, QueryError> {
        let sql = "SELECT native_id, scope_from, scope_to FROM systems \
                   WHERE scope_from IS NOT NULL OR scope_to IS NOT NULL ORDER BY native_id";
        let mut scopes: BTreeMap<String, Vec<Interval>> = BTreeMap::new();
        for batch in session.sql(sql)? {
            let rows = Rows::new("systems", &batch);
            let name = rows.need("native_id", rows.text("native_id")?)?;
            let (from, to) = (rows.time("scope_from")?, rows.time("scope_to")?);
            for row in 0..batch.num_rows() {
                let from = from.as_ref().and_then(|c| c.get(row)).unwrap_or(ALWAYS[0].0);
                let to = to.as_ref().and_then(|c| c.get(row)).unwrap_or(OPEN);
                let name = name.get(row).unwrap_or_default().to_owned();
                scopes.entry(name).or_default().push((from, to));
            }
        }
        Ok(Self(scopes.into_iter().map(|(name, list)| (name, union(list))).collect()))
    }

    /// The stretches in which the system is in scope.
    pub(crate) fn of(&self, system: Option<&str>) -> &[Interval] {
        system.and_then(|system| self.0.get(system)).map_or(ALWAYS, Vec::as_slice)
    }

    /// Whether the system is in scope at the instant.
    pub(crate) fn contains(&self, system: Option<&str>, at: Timestamp) -> bool {
        self.of(system).iter().any(|(from, to)| *from <= at && at < *to)
    }

    /// Systems that enter or leave within the period, for people.
    pub(crate) fn notes(&self, period: &Period) -> Vec<String> {
        let inside = |at: Timestamp| period.from < at && at < period.to;
        let mut notes = Vec::new();
        for (system, stretches) in &self.0 {
            for (from, to) in stretches {
                if inside(*from) {
                    notes.push(format!("{system} is in scope from {from} on"));
                }
                if inside(*to) {
                    notes.push(format!("{system} is in scope until {to}"));
                }
            }
        }
        notes
    }
}
