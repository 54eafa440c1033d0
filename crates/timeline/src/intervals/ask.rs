//! Questions, each answered in one pass over the parts of a store.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};

use super::IntervalsError;
use super::answer::{Answer, Rows};
use super::load::in_parallel;
use super::ops::Interval;
use super::part::{Part, Section, Texts};
use super::rules::{Covered, in_force, older_than, unused, without_prior};
use super::store::Manifest;
use super::tables::Subject;

/// So many parts make a row group of the answer, whatever the number of threads.
const GROUP: usize = 8;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// What can be asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Question {
    /// For each credential of which some version was older than `max_age` in the period: for how
    /// long. Answers `credential_id`, `seconds_old` (whole seconds, rounded down).
    OldCredentials {
        /// In microseconds since 1970.
        period: Interval,
        /// In microseconds.
        max_age: i64,
    },
    /// Grants in force in the period with no approval of the same principal and entitlement resolved
    /// at or before their start. Answers `grant_id`.
    UnapprovedGrants {
        /// In microseconds since 1970.
        period: Interval,
    },
    /// Stretches in the period of more than `limit` days, enabled and unused; days for which the
    /// account's log has a gap are not counted. Answers `credential_id`, `unused_from`, `unused_to`
    /// (the first day after it), `covered_days`.
    UnusedCredentials {
        /// In days since 1970.
        period: Interval,
        /// In days.
        limit: i64,
    },
}

/// The tables that [`Question::OldCredentials`] reads.
pub const OLD_CREDENTIALS: &[&str] = &["credential_versions"];
/// The tables that [`Question::UnapprovedGrants`] reads.
pub const UNAPPROVED_GRANTS: &[&str] = &["grants", "approvals"];
/// The tables that [`Question::UnusedCredentials`] reads.
pub const UNUSED_CREDENTIALS: &[&str] = &["enabled", "usage_daily", "coverage_gaps"];

impl Question {
    const fn subject(self) -> Subject {
        match self {
            Self::OldCredentials { .. } | Self::UnusedCredentials { .. } => Subject::Credentials,
            Self::UnapprovedGrants { .. } => Subject::Grants,
        }
    }

    const fn tables(self) -> &'static [&'static str] {
        match self {
            Self::OldCredentials { .. } => OLD_CREDENTIALS,
            Self::UnapprovedGrants { .. } => UNAPPROVED_GRANTS,
            Self::UnusedCredentials { .. } => UNUSED_CREDENTIALS,
        }
    }

    fn schema(self) -> Schema {
        let columns: &[(&str, DataType)] = match self {
            Self::OldCredentials { .. } => {
                &[("credential_id", DataType::Utf8), ("seconds_old", DataType::Int64)]
            }
            Self::UnapprovedGrants { .. } => &[("grant_id", DataType::Int64)],
            Self::UnusedCredentials { .. } => &[
                ("credential_id", DataType::Utf8),
                ("unused_from", DataType::Date32),
                ("unused_to", DataType::Date32),
                ("covered_days", DataType::Int64),
            ],
        };
        let field = |(name, of): &(&str, DataType)| Field::new(*name, of.clone(), false);
        Schema::new(columns.iter().map(field).collect::<Vec<_>>())
    }
}

/// Answers a question into a Parquet file; gives its rows. The bytes do not depend on the number of
/// threads.
///
/// # Errors
/// When the store does not hold what is asked, or a file cannot be read or written.
pub fn ask(
    store: &Path,
    question: Question,
    out: &Path,
    threads: NonZero<usize>,
) -> Result<u64, IntervalsError> {
    let manifest = Manifest::read(store)?;
    manifest.require(store, question.tables())?;
    let parts = manifest.parts(store, question.subject())?;
    let logs = match question {
        Question::UnusedCredentials { period, .. } => Logs::read(&manifest, store, period)?,
        _ => Logs::default(),
    };
    let answer = Answer::create(out, Arc::new(question.schema()))?;
    let groups: Vec<_> = parts.chunks(GROUP).collect();
    in_parallel(
        threads,
        groups.len(),
        || Ok(Scan::default()),
        |scan, group| {
            for path in groups[group] {
                let part = Part::open(path)?;
                match question {
                    Question::OldCredentials { period, max_age } => {
                        scan.old(&part, period, max_age)
                    }
                    Question::UnapprovedGrants { period } => scan.unapproved(&part, period),
                    Question::UnusedCredentials { period, limit } => {
                        scan.unused(&part, period, limit, &logs)
                    }
                }?;
            }
            answer.put(group, &mut scan.rows)
        },
    )?;
    answer.finish()
}

/// Which days of which account's log are covered.
#[derive(Default)]
struct Logs {
    accounts: BTreeMap<String, Covered>,
    /// For accounts of which no gap is on record.
    whole: Covered,
}

impl Logs {
    fn read(manifest: &Manifest, store: &Path, period: Interval) -> Result<Self, IntervalsError> {
        let whole = Covered::new([], period);
        let mut logs = Self { accounts: BTreeMap::new(), whole };
        let mut scan = Scan::default();
        for path in manifest.parts(store, Subject::Coverage)? {
            let part = Part::open(&path)?;
            part.texts(KEYS, &mut scan.keys)?;
            scan.table(&part, 0, 0, &[Section::Value(0, 0), Section::Value(0, 1)])?;
            let [counts, from, to, ..] = &scan.columns[0];
            for (key, rows) in ranges(counts) {
                let gaps = intervals(&from[rows.clone()], &to[rows]);
                logs.accounts.insert(scan.keys.get(key).to_owned(), Covered::new(gaps, period));
            }
        }
        Ok(logs)
    }

    fn of(&self, account: &str) -> &Covered {
        self.accounts.get(account).unwrap_or(&self.whole)
    }
}

/// Buffers of a thread that are used again for each part.
#[derive(Default)]
struct Scan {
    bytes: Vec<u8>,
    keys: Texts,
    seconds: Texts,
    /// For each of two tables: how many rows each key has, then the columns that were asked for.
    columns: [[Vec<i64>; 5]; 2],
    rows: Rows,
}

impl Scan {
    /// Reads how many rows each key has in a table, and columns of it; checks that they fit.
    fn table(
        &mut self,
        part: &Part,
        place: usize,
        table: usize,
        sections: &[Section],
    ) -> Result<(), IntervalsError> {
        let columns = &mut self.columns[place];
        part.column(Section::Counts(table), &mut self.bytes, &mut columns[0])?;
        let rows = columns[0]
            .iter()
            .try_fold(0_usize, |rows, count| rows.checked_add(usize::try_from(*count).ok()?));
        if part.rows(Section::KeyEnds) != Some(columns[0].len()) {
            return Err(part.damaged("its tables do not have the same keys"));
        }
        for (column, section) in columns[1..].iter_mut().zip(sections) {
            part.column(*section, &mut self.bytes, column)?;
            if rows != Some(column.len()) {
                return Err(part.damaged("its columns do not have the same rows"));
            }
        }
        Ok(())
    }

    fn old(&mut self, part: &Part, period: Interval, age: i64) -> Result<(), IntervalsError> {
        part.texts(KEYS, &mut self.keys)?;
        self.table(part, 0, 0, &[Section::Value(0, 0), Section::Value(0, 1)])?;
        let [counts, from, to, ..] = &self.columns[0];
        for (key, rows) in ranges(counts) {
            let versions = intervals(&from[rows.clone()], &to[rows]);
            if let Some(micros) = older_than(versions, age, period) {
                self.rows.ids.append_value(self.keys.get(key));
                self.rows.numbers[0].push(micros / MICROS_PER_SECOND);
            }
        }
        Ok(())
    }

    fn unapproved(&mut self, part: &Part, period: Interval) -> Result<(), IntervalsError> {
        let value = |column| Section::Value(0, column);
        self.table(part, 0, 0, &[Section::Seconds(0), value(0), value(1), value(2)])?;
        let value = |column| Section::Value(1, column);
        self.table(part, 1, 1, &[Section::Seconds(1), value(0), value(1)])?;
        let [[counts, entitlement, from, to, id], [counts_a, entitlement_a, at, approved, _]] =
            &self.columns;
        let starts = kinds(counts, entitlement).zip(from.iter().copied());
        let approvals = kinds(counts_a, entitlement_a).zip(at.iter().copied());
        let approvals = approvals.zip(approved).filter(|(_, said)| **said == 1);
        for row in without_prior(starts, approvals.map(|(approval, _)| approval)) {
            if in_force(Interval::new(from[row], to[row]), period) {
                self.rows.numbers[0].push(id[row]);
            }
        }
        Ok(())
    }

    fn unused(
        &mut self,
        part: &Part,
        period: Interval,
        limit: i64,
        logs: &Logs,
    ) -> Result<(), IntervalsError> {
        part.texts(KEYS, &mut self.keys)?;
        part.texts((Section::SecondEnds, Section::SecondBytes), &mut self.seconds)?;
        let value = |column| Section::Value(1, column);
        self.table(part, 0, 1, &[Section::Seconds(1), value(0), value(1)])?;
        self.table(part, 1, 2, &[Section::Value(2, 0)])?;
        let logs: Vec<_> =
            (0..self.seconds.len()).map(|account| logs.of(self.seconds.get(account))).collect();
        let [[counts, accounts, from, to, _], [counts_u, days, ..]] = &self.columns;
        for ((key, rows), (_, used)) in ranges(counts).zip(ranges(counts_u)) {
            let mut reached = rows.start;
            for of_one in accounts[rows].chunk_by(|a, b| a == b) {
                let spans = reached..reached + of_one.len();
                reached = spans.end;
                let log = of_one.first().and_then(|a| logs.get(usize::try_from(*a).ok()?));
                let log = log.copied().ok_or_else(|| part.damaged("an account has no name"))?;
                let spans = intervals(&from[spans.clone()], &to[spans]);
                let used = days[used.clone()].iter().copied();
                for (stretch, covered) in unused(spans, used, log, period, limit) {
                    self.rows.ids.append_value(self.keys.get(key));
                    let numbers = [stretch.from, stretch.to, covered];
                    self.rows.numbers.iter_mut().zip(numbers).for_each(|(of, n)| of.push(n));
                }
            }
        }
        Ok(())
    }
}

const KEYS: (Section, Section) = (Section::KeyEnds, Section::KeyBytes);

/// The rows of each key.
fn ranges(counts: &[i64]) -> impl Iterator<Item = (usize, Range<usize>)> {
    let mut reached = 0;
    counts.iter().enumerate().map(move |(key, count)| {
        let rows = reached..reached + usize::try_from(*count).unwrap_or_default();
        reached = rows.end;
        (key, rows)
    })
}

/// Key and second key of each row.
fn kinds(counts: &[i64], seconds: &[i64]) -> impl Iterator<Item = (usize, i64)> {
    ranges(counts).flat_map(|(key, rows)| seconds[rows].iter().map(move |second| (key, *second)))
}

fn intervals(from: &[i64], to: &[i64]) -> impl Iterator<Item = Interval> {
    from.iter().zip(to).map(|(from, to)| Interval::new(*from, *to))
}
