//! Interval questions: what is answered is what counting instant by instant gives, whatever the
//! threads, the parts and the order of the rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
use arrow::array::{AsArray as _, TimestampSecondArray};
use arrow::datatypes::{Date32Type, Int64Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;
use tenure_timeline::intervals::ops::{Interval, OPEN, subtract, union};
use tenure_timeline::intervals::rules::{Covered, older_than, unused, without_prior};
use tenure_timeline::intervals::{IntervalsError, OLD_CREDENTIALS, Question, Settings, ask, load};

const SECOND: i64 = 1_000_000;
const PERIOD: Interval = Interval::new(10, 40);

fn instants(intervals: &[Interval]) -> BTreeSet<i64> {
    intervals.iter().flat_map(|i| i.from..i.to.min(60)).collect()
}

fn interval() -> impl Strategy<Value = Interval> {
    let to = prop_oneof![0_i64..60, Just(OPEN)];
    (0_i64..55, to).prop_map(|(from, to)| Interval::new(from, to))
}

fn sorted(most: usize) -> impl Strategy<Value = Vec<Interval>> {
    proptest::collection::vec(interval(), 0..most).prop_map(|mut all| {
        all.sort();
        all
    })
}

/// Stretches of consecutive days.
fn stretches(days: &BTreeSet<i64>) -> Vec<Interval> {
    let mut stretches: Vec<Interval> = Vec::new();
    for day in days {
        match stretches.last_mut() {
            Some(last) if last.to == *day => last.to += 1,
            _ => stretches.push(Interval::new(*day, day + 1)),
        }
    }
    stretches
}

proptest! {
    #[test]
    fn a_union_has_the_instants_of_all(all in sorted(8)) {
        let islands: Vec<_> = union(all.iter().copied()).collect();
        prop_assert_eq!(instants(&islands), instants(&all));
        prop_assert!(islands.windows(2).all(|pair| pair[0].to < pair[1].from), "apart and in order");
    }

    #[test]
    fn a_difference_has_the_instants_of_the_first_alone(all in sorted(6), holes in sorted(6)) {
        let rest: Vec<_> = subtract(union(all.iter().copied()), holes.iter().copied()).collect();
        let expected: BTreeSet<_> = instants(&all).difference(&instants(&holes)).copied().collect();
        prop_assert_eq!(instants(&rest), expected);
        prop_assert!(rest.iter().all(|i| !i.is_empty()));
    }

    #[test]
    fn time_too_old_is_counted_once(versions in sorted(6), age in 0_i64..20) {
        let old: Vec<_> = versions.iter().map(|v| Interval::new(v.from + age, v.to).clip(PERIOD)).collect();
        let count = instants(&old).len() as i64;
        prop_assert_eq!(older_than(versions, age, PERIOD), (count > 0).then_some(count));
    }

    #[test]
    fn a_prior_is_one_of_the_same_kind_not_after(
        mut starts in proptest::collection::vec((0_u8..4, 0_i64..9), 0..12), mut priors in proptest::collection::vec((0_u8..4, 0_i64..9), 0..12),
    ) {
        starts.sort_unstable();
        priors.sort_unstable();
        let lacks = |(kind, at): &(u8, i64)| !priors.iter().any(|p| p.0 == *kind && p.1 <= *at);
        let expected: Vec<_> = (0..starts.len()).filter(|n| lacks(&starts[*n])).collect();
        let found: Vec<_> = without_prior(starts.iter().copied(), priors.iter().copied()).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn unused_days_are_those_without_use(
        spans in sorted(4), used in proptest::collection::btree_set(0_i64..60, 0..9), gaps in sorted(3), limit in 0_i64..12,
    ) {
        let gap_days = instants(&gaps);
        let mut idle = instants(&spans.iter().map(|s| s.clip(PERIOD)).collect::<Vec<_>>());
        idle.retain(|day| !used.contains(day));
        let count = |s: &Interval| (s.from..s.to).filter(|day| !gap_days.contains(day)).count() as i64;
        let expected: Vec<_> = stretches(&idle).into_iter().map(|s| (s, count(&s))).filter(|s| s.1 > limit).collect();
        let covered = Covered::new(gaps, PERIOD);
        let found: Vec<_> = unused(spans, used, &covered, PERIOD, limit).collect();
        prop_assert_eq!(found, expected);
    }
}

/// A company of credentials and grants; days and instants are numbers up to 60.
#[derive(Clone, Debug, Default)]
struct Company {
    versions: Vec<(u8, Interval)>,
    enabled: Vec<(u8, Interval)>,
    used: Vec<(u8, i64)>,
    gaps: Vec<(u8, Interval)>,
    grants: Vec<(u8, u8, Interval)>,
    approvals: Vec<(u8, u8, Option<i64>, bool)>,
}

prop_compose! {
    fn company()(
        versions in proptest::collection::vec((0_u8..30, interval()), 0..80),
        enabled in proptest::collection::vec((0_u8..30, interval()), 0..60),
        used in proptest::collection::vec((0_u8..30, 0_i64..60), 0..80),
        gaps in proptest::collection::vec((0_u8..3, interval()), 0..6),
        grants in proptest::collection::vec((0_u8..20, 0_u8..3, interval()), 0..80),
        approvals in proptest::collection::vec((0_u8..20, 0_u8..3, proptest::option::of(0_i64..60), any::<bool>()), 0..80),
    ) -> Company {
        Company { versions, enabled, used, gaps, grants, approvals }
    }
}

fn ids(prefix: &str, of: impl Iterator<Item = u8>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(of.map(|n| format!("{prefix}{n:03}"))))
}

fn credential(of: impl Iterator<Item = u8>) -> ArrayRef {
    ids("AKIA0000", of)
}

fn times(of: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(
        TimestampSecondArray::from_iter(of.map(|t| t.filter(|t| *t != OPEN))).with_timezone("UTC"),
    )
}

fn days(of: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(of.map(|day| i32::try_from(day).ok()).collect::<Date32Array>())
}

fn table(dir: &Path, name: &str, columns: &[(&str, ArrayRef)]) {
    let batch =
        RecordBatch::try_from_iter(columns.iter().map(|(n, c)| (*n, Arc::clone(c)))).unwrap();
    let file = File::create(dir.join(format!("{name}.parquet"))).unwrap();
    let groups = WriterProperties::builder().set_max_row_group_row_count(Some(17)).build();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(groups)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

impl Company {
    fn account(credential: u8) -> u8 {
        credential % 3
    }

    fn write(&self, dir: &Path) {
        fs::create_dir_all(dir).unwrap();
        let (v, e, u, c) = (&self.versions, &self.enabled, &self.used, &self.gaps);
        table(
            dir,
            "credential_versions",
            &[
                ("credential_id", credential(v.iter().map(|v| v.0))),
                ("created_at", times(v.iter().map(|v| Some(v.1.from)))),
                ("retired_at", times(v.iter().map(|v| Some(v.1.to)))),
            ],
        );
        table(
            dir,
            "enabled",
            &[
                ("credential_id", credential(e.iter().map(|e| e.0))),
                ("account", ids("", e.iter().map(|e| Self::account(e.0)))),
                ("enabled_from", days(e.iter().map(|e| e.1.from))),
                ("enabled_to", days(e.iter().map(|e| e.1.to))),
            ],
        );
        table(
            dir,
            "usage_daily",
            &[
                ("credential_id", credential(u.iter().map(|u| u.0))),
                ("day", days(u.iter().map(|u| u.1))),
            ],
        );
        table(
            dir,
            "coverage_gaps",
            &[
                ("account", ids("", c.iter().map(|c| c.0))),
                ("gap_from", days(c.iter().map(|c| c.1.from))),
                ("gap_to", days(c.iter().map(|c| c.1.to))),
            ],
        );
        self.write_grants(dir);
    }

    fn write_grants(&self, dir: &Path) {
        let (g, a) = (&self.grants, &self.approvals);
        // What a grant is, not where it stands, gives its number, so that order does not matter.
        let id = |g: &(u8, u8, Interval)| grant_id(g);
        table(
            dir,
            "grants",
            &[
                ("grant_id", Arc::new(g.iter().map(|g| Some(id(g))).collect::<Int64Array>())),
                ("principal", ids("p", g.iter().map(|g| g.0))),
                ("entitlement", ids("é", g.iter().map(|g| g.1))),
                ("valid_from", times(g.iter().map(|g| Some(g.2.from)))),
                ("valid_to", times(g.iter().map(|g| Some(g.2.to)))),
            ],
        );
        let outcome = a.iter().map(|a| Some(if a.3 { "approved" } else { "rejected" }));
        table(
            dir,
            "approvals",
            &[
                ("principal", ids("p", a.iter().map(|a| a.0))),
                ("entitlement", ids("é", a.iter().map(|a| a.1))),
                ("resolved_at", times(a.iter().map(|a| a.2))),
                ("outcome", Arc::new(StringArray::from_iter(outcome))),
            ],
        );
    }

    fn reversed(&self) -> Self {
        let mut other = self.clone();
        other.versions.reverse();
        other.enabled.reverse();
        other.used.reverse();
        other.gaps.reverse();
        other.grants.reverse();
        other.approvals.reverse();
        other
    }

    fn of<'c>(all: &'c [(u8, Interval)], key: u8) -> impl Iterator<Item = Interval> + 'c {
        all.iter().filter(move |(of, _)| *of == key).map(|(_, i)| *i)
    }

    /// The answers, counted day by day and second by second.
    fn expected(&self, number: usize) -> Vec<String> {
        let mut rows = Vec::new();
        for key in 0..30 {
            let old: Vec<_> = Self::of(&self.versions, key)
                .map(|v| Interval::new(v.from + 5, v.to).clip(PERIOD))
                .collect();
            let old = instants(&old).len();
            if number == 0 && old > 0 {
                rows.push(format!("AKIA0000{key:03} {old}"));
            }
            let spans: Vec<_> = Self::of(&self.enabled, key).map(|s| s.clip(PERIOD)).collect();
            let mut idle = instants(&spans);
            idle.retain(|day| !self.used.contains(&(key, *day)));
            let gaps: Vec<_> = Self::of(&self.gaps, Self::account(key)).collect();
            let gaps = instants(&gaps);
            for s in stretches(&idle) {
                let covered = (s.from..s.to).filter(|day| !gaps.contains(day)).count();
                if number == 2 && covered > 4 {
                    rows.push(format!("AKIA0000{key:03} {} {} {covered}", s.from, s.to));
                }
            }
        }
        if number == 1 {
            rows.extend(self.unapproved().map(|g| grant_id(g).to_string()));
        }
        rows.sort();
        rows
    }

    fn unapproved(&self) -> impl Iterator<Item = &(u8, u8, Interval)> {
        let approved = |g: &(u8, u8, Interval)| {
            let before = |at: Option<i64>| at.is_some_and(|at| at <= g.2.from);
            self.approvals.iter().any(|a| (a.0, a.1) == (g.0, g.1) && a.3 && before(a.2))
        };
        let in_force = |g: &Interval| g.from < PERIOD.to && g.to > PERIOD.from;
        self.grants.iter().filter(move |g| in_force(&g.2) && !approved(g))
    }
}

fn grant_id(grant: &(u8, u8, Interval)) -> i64 {
    let end = if grant.2.to == OPEN { 99 } else { grant.2.to };
    ((i64::from(grant.0) * 10 + i64::from(grant.1)) * 100 + grant.2.from) * 100 + end
}

fn questions() -> [Question; 3] {
    let period = Interval::new(PERIOD.from * SECOND, PERIOD.to * SECOND);
    [
        Question::OldCredentials { period, max_age: 5 * SECOND },
        Question::UnapprovedGrants { period },
        Question::UnusedCredentials { period: PERIOD, limit: 4 },
    ]
}

/// An answer's rows as text, sorted.
fn rows(path: &Path) -> Vec<String> {
    let mut rows = Vec::new();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        let cell = |column: &ArrayRef, row: usize| {
            if let Some(texts) = column.as_string_opt::<i32>() {
                return texts.value(row).to_owned();
            }
            match column.as_primitive_opt::<Date32Type>() {
                Some(days) => days.value(row).to_string(),
                None => column.as_primitive::<Int64Type>().value(row).to_string(),
            }
        };
        for row in 0..batch.num_rows() {
            let cells: Vec<_> = batch.columns().iter().map(|c| cell(c, row)).collect();
            rows.push(cells.join(" "));
        }
    }
    rows.sort();
    rows
}

const fn number(n: usize) -> NonZero<usize> {
    NonZero::new(n).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn answers_are_those_of_counting(company in company()) {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        company.write(&at("tables"));
        company.reversed().write(&at("reversed"));
        let whole = Settings::default();
        let many = Settings { threads: number(3), part_rows: number(7) };
        load(&at("tables"), &at("whole"), &[], whole).unwrap();
        load(&at("reversed"), &at("turned"), &[], whole).unwrap();
        let loaded = load(&at("tables"), &at("many"), &[], many).unwrap();
        prop_assert!(loaded.iter().all(|l| l.left_out == 0));
        let parts = fs::read_dir(at("many").join("credentials")).unwrap().count();
        prop_assert!(parts > 1 || company.versions.len() < 40, "{} parts", parts);
        for (n, question) in questions().into_iter().enumerate() {
            let count = ask(&at("whole"), question, &at("a.parquet"), number(1)).unwrap();
            let expected = company.expected(n);
            prop_assert_eq!(count, expected.len() as u64);
            prop_assert_eq!(&rows(&at("a.parquet")), &expected);
            ask(&at("turned"), question, &at("b.parquet"), number(2)).unwrap();
            prop_assert_eq!(fs::read(at("a.parquet")).unwrap(), fs::read(at("b.parquet")).unwrap());
            ask(&at("many"), question, &at("c.parquet"), number(1)).unwrap();
            prop_assert_eq!(&rows(&at("c.parquet")), &expected);
            ask(&at("many"), question, &at("d.parquet"), number(3)).unwrap();
            prop_assert_eq!(fs::read(at("c.parquet")).unwrap(), fs::read(at("d.parquet")).unwrap());
        }
    }

    #[test]
    fn a_damaged_part_is_an_error_or_an_answer(company in company(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        company.write(dir.path());
        let store = dir.path().join("store");
        load(dir.path(), &store, &[], Settings::default()).unwrap();
        for subject in ["credentials", "grants", "coverage"] {
            let part = store.join(subject).join("000000.part");
            let mut bytes = fs::read(&part).unwrap();
            let place = at.index(bytes.len());
            bytes[place] = byte;
            bytes.truncate(if cut { place } else { bytes.len() });
            fs::write(&part, bytes).unwrap();
        }
        for question in questions() {
            let answered = ask(&store, question, &dir.path().join("a.parquet"), number(1));
            prop_assert!(!cut || answered.is_err(), "what is cut short is not whole");
        }
    }
}

#[test]
fn rows_that_lack_something_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let texts = |texts: [Option<&str>; 3]| Arc::new(StringArray::from_iter(texts)) as ArrayRef;
    table(
        dir.path(),
        "credential_versions",
        &[
            ("credential_id", texts([Some("a"), None, Some("b")])),
            ("created_at", times([Some(1), Some(1), None].into_iter())),
            ("retired_at", times([None, None, None].into_iter())),
        ],
    );
    let store = dir.path().join("store");
    let loaded = load(dir.path(), &store, &[], Settings::default()).unwrap();
    let told: BTreeMap<_, _> = loaded.iter().map(|l| (l.table, (l.rows, l.left_out))).collect();
    assert_eq!(told, BTreeMap::from([("credential_versions", (3, 2))]));
}

#[test]
fn what_was_not_loaded_is_not_answered() {
    let dir = tempfile::tempdir().unwrap();
    Company { enabled: vec![(1, PERIOD)], ..Company::default() }.write(dir.path());
    let (store, out) = (dir.path().join("store"), dir.path().join("a.parquet"));
    let answer = |question| ask(&store, question, &out, number(1));
    let missing = |e: &IntervalsError| matches!(e, IntervalsError::NotLoaded { .. });
    assert!(answer(questions()[0]).is_err_and(|e| missing(&e)), "there is no store");
    load(dir.path(), &store, OLD_CREDENTIALS, Settings::default()).unwrap();
    let again = load(dir.path(), &store, OLD_CREDENTIALS, Settings::default());
    assert!(matches!(again, Err(IntervalsError::InUse { .. })));
    assert_eq!(answer(questions()[0]).unwrap(), 0);
    // What is not there is not empty: nobody knows of uses here.
    assert!(answer(questions()[2]).is_err_and(|e| missing(&e)));
    assert!(answer(questions()[1]).is_err_and(|e| missing(&e)));
}

#[test]
fn a_column_of_another_kind_is_named() {
    let dir = tempfile::tempdir().unwrap();
    table(
        dir.path(),
        "coverage_gaps",
        &[
            ("account", ids("", [1].into_iter())),
            ("gap_from", ids("2026-01-0", [1].into_iter())),
            ("gap_to", days([2].into_iter())),
        ],
    );
    let error = load(dir.path(), &dir.path().join("s"), &[], Settings::default());
    let text = error.unwrap_err().to_string();
    assert!(text.contains("column gap_from: it has Utf8, not instants or dates"), "{text}");
}
