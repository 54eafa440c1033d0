//! Histories of listings are those that a look at every line of every listing gives.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;

use arrow::array::Array as _;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use tenure_timeline::snapshots::{Course, HistoryError, Stretch, history};

/// 2026-01-01 in days since 1970-01-01.
const FIRST: i32 = 20_454;

/// A grant, and in which of two ways its line is written.
type Line = (u8, u8, u8, bool);

fn line((p, e, via, otherwise): Line) -> String {
    match (via, otherwise) {
        (0, false) => format!("{{\"principal\":\"p{p}\",\"entitlement\":\"e{e}\"}}"),
        (0, true) => format!("{{\"entitlement\":\"e{e}\", \"via\":null, \"principal\":\"p{p}\"}}"),
        (_, false) => {
            format!("{{\"principal\":\"p{p}\",\"entitlement\":\"e{e}\",\"via\":\"v{via}\"}}")
        }
        (_, true) => {
            format!(
                "{{\"n\":1,\"via\":\"v{via}\",\"principal\":\"\\u0070{p}\",\"entitlement\":\"e{e}\"}}"
            )
        }
    }
}

/// Days apart, each with a listing that is the one before with some lines added, taken away (also
/// twice), moved, or all of them gone.
fn listings() -> impl Strategy<Value = Vec<(i32, Vec<Line>)>> {
    let grant = (0_u8..12, 0_u8..4, 0_u8..3, any::<bool>());
    let edit = (any::<prop::sample::Index>(), 0_u8..5, grant);
    let day = (1_i32..4, proptest::collection::vec(edit, 0..12), 0_u8..12);
    proptest::collection::vec(day, 1..9).prop_map(|days| {
        let (mut at, mut held) = (FIRST, Vec::new());
        let listing = |(gap, edits, whole): (i32, Vec<(prop::sample::Index, u8, Line)>, u8)| {
            at += gap;
            for (place, kind, line) in edits {
                let place = place.index(held.len() + 1);
                match kind {
                    0 if place < held.len() => drop(held.remove(place)),
                    1 if place < held.len() => held.swap(0, place),
                    _ => held.insert(place, line),
                }
            }
            match whole {
                0 => held.clear(),
                1 => held.reverse(),
                2 => held.sort_unstable(),
                _ => {}
            }
            (at, held.clone())
        };
        days.into_iter().map(listing).collect()
    })
}

type Told = BTreeSet<([String; 3], i32, Option<i32>)>;

/// Every grant looked up in every listing.
fn naive(listings: &[(i32, Vec<Line>)]) -> Told {
    let sets: Vec<(i32, BTreeSet<[String; 3]>)> = listings
        .iter()
        .map(|(day, lines)| {
            let grant = |l: &Line| {
                let via = if l.2 == 0 { String::new() } else { format!("v{}", l.2) };
                [format!("p{}", l.0), format!("e{}", l.1), via]
            };
            (*day, lines.iter().map(grant).collect())
        })
        .collect();
    let mut told = Told::new();
    for grant in sets.iter().flat_map(|(_, set)| set).collect::<BTreeSet<_>>() {
        let mut since = None;
        for (day, set) in &sets {
            match (since, set.contains(grant)) {
                (None, true) => since = Some(*day),
                (Some(from), false) => {
                    told.insert((grant.clone(), from, Some(*day)));
                    since = None;
                }
                _ => {}
            }
        }
        told.extend(since.map(|from| (grant.clone(), from, None)));
    }
    told
}

fn text(lines: &[Line]) -> Vec<u8> {
    lines.iter().map(|l| line(*l) + "\n").collect::<String>().into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn put(dir: &Path, day: i32, bytes: &[u8]) {
    let at = tenure_model::Timestamp::from_seconds(i64::from(day) * 86_400);
    fs::write(dir.join(format!("{}.jsonl.gz", at.date())), gzip(bytes)).unwrap();
}

/// A history as its file says.
fn read(path: &Path) -> Told {
    let file = fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let mut told = Told::new();
    for batch in reader {
        let batch = batch.unwrap();
        let texts = [0, 1, 2].map(|c| cast(batch.column(c), &DataType::Utf8).unwrap());
        let days = [3, 4]
            .map(|c| arrow::array::AsArray::as_primitive::<Date32Type>(batch.column(c)).clone());
        for row in 0..batch.num_rows() {
            let names = texts.each_ref().map(|c| {
                let c = arrow::array::AsArray::as_string::<i32>(c);
                if c.is_valid(row) { c.value(row).to_owned() } else { String::new() }
            });
            let to = days[1].is_valid(row).then(|| days[1].value(row));
            assert!(told.insert((names, days[0].value(row), to)), "no stretch twice");
        }
    }
    told
}

/// More rows than a page has, names that come between others, and listings that are large in memory.
#[test]
fn a_day_at_a_time_of_many() {
    let dir = tempfile::tempdir().unwrap();
    let (input, state) = (dir.path().join("in"), dir.path().join("state"));
    fs::create_dir(&input).unwrap();
    let (step, once) = (dir.path().join("step.parquet"), dir.path().join("once.parquet"));
    for day in 0..4_u64 {
        let held = (0..25_000_u64).filter(|n| (n + day) % 97 != 0 && (n % 1000 != day || day == 0));
        let line = |n: u64| {
            let (p, e, v) = (n * 7919 % 24_989, n * 31 % 701, n % 3);
            format!("{{\"principal\":\"p{p}\",\"entitlement\":\"e{e}\",\"via\":\"v{v}\"}}\n")
        };
        let new = |n: u64| line(n * 1000 + day + 30_000);
        let text: String = held.map(line).chain((0..40).map(new)).collect();
        put(&input, FIRST + i32::try_from(day * 300).unwrap(), text.as_bytes());
        history(&input, Some(&state), &step).unwrap();
    }
    let report = history(&input, None, &once).unwrap();
    assert!(report.stretches > 25_000);
    assert_eq!(fs::read(&step).unwrap(), fs::read(&once).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Given back, written otherwise, listed twice, in another order, empty and missing days.
    #[test]
    fn stretches_are_those_of_every_line(listings in listings()) {
        let mut course = Course::default();
        for (day, lines) in &listings {
            let (rejected, _) = course.take(*day, text(lines));
            prop_assert!(rejected.is_empty());
        }
        let told: Told = course.stretches()
            .map(|(names, s)| (names.map(str::to_owned), s.from_hi, s.ended.map(|(_, hi)| hi)))
            .collect();
        prop_assert_eq!(told, naive(&listings));
    }

    /// A day at a time gives the bytes that all days at once give.
    #[test]
    fn a_day_at_a_time(listings in listings()) {
        let dir = tempfile::tempdir().unwrap();
        let (input, state) = (dir.path().join("in"), dir.path().join("state"));
        fs::create_dir(&input).unwrap();
        let (step, once) = (dir.path().join("step.parquet"), dir.path().join("once.parquet"));
        for (index, (day, lines)) in listings.iter().enumerate() {
            put(&input, *day, &text(lines));
            let report = history(&input, Some(&state), &step).unwrap();
            prop_assert_eq!((report.listings, report.read), (index + 1, 1));
        }
        history(&input, None, &once).unwrap();
        prop_assert_eq!(fs::read(&step).unwrap(), fs::read(&once).unwrap());
        prop_assert_eq!(read(&once), naive(&listings));
    }

    /// Whatever a listing holds, nothing panics, and each line is read or rejected: a listing with
    /// rejected lines ends nothing.
    #[test]
    fn any_bytes(listings in proptest::collection::vec(proptest::collection::vec(
        prop_oneof![
            3 => (0_u8..9).prop_map(|p| line((p, 0, 0, false)).into_bytes()),
            1 => proptest::collection::vec(any::<u8>(), 0..20),
        ], 0..12), 0..6),
    ) {
        let mut course = Course::default();
        let mut ended = 0;
        for (day, lines) in (FIRST..).zip(listings) {
            let (rejected, _) = course.take(day, lines.join(&b'\n'));
            let now = course.stretches().filter(|(_, s)| s.ended.is_some()).count();
            prop_assert!(rejected.is_empty() || now == ended);
            prop_assert!(rejected.iter().all(|r| r.record > 0));
            ended = now;
        }
    }
}

#[test]
fn bounds_are_listings() {
    let mut course = Course::default();
    let one = text(&[(1, 1, 1, false)]);
    for (day, listing) in [(1, &b""[..]), (3, &one), (4, &one), (9, b"")] {
        course.take(day, listing.to_vec());
    }
    let told: BTreeMap<_, _> = course.stretches().collect();
    let expected = Stretch { from_lo: Some(1), from_hi: 3, ended: Some((4, 9)) };
    assert_eq!(told, BTreeMap::from([(["p1", "e1", "v1"], expected)]));
}

/// What an unreadable line may have said is not taken for absent.
#[test]
fn a_listing_with_unreadable_lines_ends_nothing() {
    let mut course = Course::default();
    let (one, two) = (line((1, 1, 1, false)), line((2, 1, 1, false)));
    course.take(1, format!("{one}\n").into_bytes());
    let (rejected, _) = course.take(2, format!("{two}\n{{\"principal\":\n").into_bytes());
    assert_eq!(rejected.iter().map(|r| r.record).collect::<Vec<_>>(), [2]);
    assert!(course.stretches().all(|(_, s)| s.ended.is_none()));
    course.take(3, format!("{two}\n").into_bytes());
    let ended: Vec<_> = course.stretches().filter_map(|(n, s)| Some((n[0], s.ended?))).collect();
    assert_eq!(ended, [("p1", (1, 3))], "held at the last listing that could be read whole");
}

#[test]
fn damaged_files_are_gaps_and_members_are_joined() {
    let dir = tempfile::tempdir().unwrap();
    let one = text(&[(1, 1, 1, false)]);
    put(dir.path(), FIRST, &one);
    // Cut off: a day without a listing.
    let cut = gzip(&one);
    fs::write(dir.path().join("2026-01-02.jsonl.gz"), &cut[..cut.len() - 9]).unwrap();
    // Two equal members (RFC 1952, section 2.2).
    let twice = [gzip(&one), gzip(&one)].concat();
    fs::write(dir.path().join("2026-01-03.jsonl.gz"), twice).unwrap();
    fs::write(dir.path().join("2026-01-04.jsonl"), &one).unwrap();
    fs::write(dir.path().join("notes.txt"), "no listing").unwrap();
    let out = dir.path().join("out.parquet");
    let report = history(dir.path(), None, &out).unwrap();
    let unread: Vec<_> = report.unread.iter().map(|u| (&*u.artifact, u.record)).collect();
    assert_eq!(unread, [("2026-01-02.jsonl.gz", None)]);
    let grant = ["p1", "e1", "v1"].map(str::to_owned);
    assert_eq!(read(&out), Told::from([(grant, FIRST, None)]));
}

#[test]
fn the_state_knows_its_listings() {
    let dir = tempfile::tempdir().unwrap();
    let (state, out) = (dir.path().join("state"), dir.path().join("out.parquet"));
    let lines = |n: u8| text(&(0..n).map(|p| (p, 0, 0, false)).collect::<Vec<_>>());
    for day in [1, 3] {
        put(dir.path(), FIRST + day, &lines(5));
    }
    history(dir.path(), Some(&state), &out).unwrap();
    // Nothing new.
    assert_eq!(history(dir.path(), Some(&state), &out).unwrap().read, 0);
    // A day between came late: all are read again.
    put(dir.path(), FIRST + 2, &lines(4));
    assert_eq!(history(dir.path(), Some(&state), &out).unwrap().read, 3);
    assert_eq!(read(&out).len(), 6);
    // One that was counted says something else now.
    put(dir.path(), FIRST + 1, &lines(3));
    let error = history(dir.path(), Some(&state), &out).unwrap_err();
    assert!(matches!(&error, HistoryError::Changed { name, .. } if name == "2026-01-02.jsonl.gz"));
    // A state that is damaged is none.
    let path = state.join("history.state");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(history(dir.path(), Some(&state), &out).unwrap().read, 3);
}

/// A day without a readable listing in between, a state of another version, and a listing that is not
/// what it was although its length and end are.
#[test]
fn one_more_day_of_what_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let (input, state) = (dir.path().join("in"), dir.path().join("state"));
    fs::create_dir(&input).unwrap();
    let (step, once) = (dir.path().join("step.parquet"), dir.path().join("once.parquet"));
    let lines = |n: u8| text(&(0..n).map(|p| (p, 0, 0, false)).collect::<Vec<_>>());
    put(&input, FIRST, &lines(5));
    history(&input, Some(&state), &step).unwrap();
    let cut = gzip(&lines(4));
    fs::write(input.join("2026-01-02.jsonl.gz"), &cut[..cut.len() - 1]).unwrap();
    assert_eq!(history(&input, Some(&state), &step).unwrap().unread.len(), 1);
    put(&input, FIRST + 2, &lines(3));
    let report = history(&input, Some(&state), &step).unwrap();
    assert_eq!((report.listings, report.read, report.unread.len()), (3, 1, 0));
    history(&input, None, &once).unwrap();
    assert_eq!(fs::read(&step).unwrap(), fs::read(&once).unwrap());
    let path = state.join("history.state");
    let bytes = fs::read(&path).unwrap();
    let before = String::from_utf8_lossy(&bytes).find("history-state/v3").unwrap();
    let mut other = bytes.clone();
    other[before + "history-state/v".len()] = b'2';
    fs::write(&path, other).unwrap();
    assert_eq!(history(&input, Some(&state), &step).unwrap().read, 3);
    assert_eq!(fs::read(&path).unwrap(), bytes);
    let last = input.join("2026-01-03.jsonl.gz");
    let mut bytes = fs::read(&last).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    fs::write(&last, bytes).unwrap();
    put(&input, FIRST + 3, &lines(2));
    let error = history(&input, Some(&state), &step).unwrap_err();
    assert!(matches!(&error, HistoryError::Changed { name, .. } if name == "2026-01-03.jsonl.gz"));
}
