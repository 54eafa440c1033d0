//! Files of uses: what they hold does not depend on memory, on the order of arrival, or on how many
//! runs told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::num::NonZero;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use tenure_model::fact::{UsageEvent, UseOutcome};
use tenure_model::usage::UsageRows;
use tenure_model::{Digest, Timestamp};
use tenure_timeline::store::Store;
use tenure_timeline::usage::{UsageWriter, is_whole};

const PLENTY: usize = 1 << 30;

/// An event; its number decides everything, so the same number is the same event again.
fn event(number: impl Into<u64>) -> UsageEvent {
    let n = number.into();
    let uuid = format!("{:08x}-0000-4000-8000-{:012x}", n * 2_654_435_761 % (1 << 32), n + 1);
    UsageEvent {
        event_id: if n % 7 == 0 { format!("odd {n}") } else { uuid },
        event_time: Some(Timestamp::from_seconds(1_700_000_000 + n.cast_signed() * 5_000)),
        service: Some(format!("s{}.amazonaws.com", n % 3)),
        action: (n % 11 > 0).then(|| format!("Action{}", n % 5)),
        actor: (n % 4 > 0).then(|| format!("arn:aws:iam::111122223333:user/u{}", n % 4)),
        credential_key: (n % 2 > 0).then(|| format!("AKIA{}", n % 6)),
        outcome: Some(if n % 9 == 0 { UseOutcome::Denied } else { UseOutcome::Success }),
        session_mfa: (n % 3 > 0).then_some(n % 2 == 0),
        ..UsageEvent::default()
    }
}

/// Writes a run whose artifacts hold these events; gives the number of rows.
fn write(store: &Store, seq: u64, memory: usize, artifacts: &[Vec<u16>]) -> u64 {
    let mut writer = UsageWriter::new(store, "trail", "aws", memory);
    for (number, events) in artifacts.iter().enumerate() {
        let mut rows = UsageRows::default();
        for (record, event_number) in events.iter().enumerate() {
            rows.push(&event(*event_number), 0, record as u64);
        }
        let digest = Digest([u8::try_from(number).unwrap(); 32]);
        writer.absorb(rows, &[digest]).unwrap();
    }
    writer.finish(store, seq).unwrap()
}

/// The bytes of the two files of the first run.
fn bytes(store: &Store) -> [Vec<u8>; 2] {
    [store.usage_part("trail", 1), store.usage_daily_part("trail", 1)].map(|p| fs::read(p).unwrap())
}

/// A file's rows as text, in their order.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut rows = Vec::new();
    let file = File::open(path).unwrap();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let options = FormatOptions::default().with_null("null");
        for row in 0..batch.num_rows() {
            let cell = |column: usize| {
                let values =
                    match batch.column(column).as_primitive_opt::<TimestampMicrosecondType>() {
                        Some(times) => Arc::new(times.reinterpret_cast::<Int64Type>()) as ArrayRef,
                        None => Arc::clone(batch.column(column)),
                    };
                let cells = ArrayFormatter::try_new(&values, &options).unwrap();
                (batch.schema().field(column).name().clone(), cells.value(row).to_string())
            };
            rows.push((0..batch.num_columns()).map(cell).collect());
        }
    }
    rows
}

fn artifacts() -> impl Strategy<Value = Vec<Vec<u16>>> {
    proptest::collection::vec(proptest::collection::vec(0_u16..120, 0..30), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_files_do_not_depend_on_memory(artifacts in artifacts()) {
        let dir = tempfile::tempdir().unwrap();
        let (roomy, narrow) = (Store::new(dir.path().join("a")), Store::new(dir.path().join("b")));
        let count = write(&roomy, 1, PLENTY, &artifacts);
        prop_assert_eq!(write(&narrow, 1, 0, &artifacts), count);
        let distinct: BTreeSet<u16> = artifacts.iter().flatten().copied().collect();
        prop_assert_eq!(count, distinct.len() as u64);
        if count == 0 {
            return Ok(());
        }
        prop_assert_eq!(bytes(&roomy), bytes(&narrow));
        let part = |store: &Store| rows(&store.usage_part("trail", 1));
        let daily = |store: &Store| rows(&store.usage_daily_part("trail", 1));
        let told: u64 = part(&roomy).iter().map(|r| r["records"].parse::<u64>().unwrap()).sum();
        prop_assert_eq!(told, artifacts.iter().map(Vec::len).sum::<usize>() as u64);
        let events: u64 = daily(&roomy).iter().map(|r| r["events"].parse::<u64>().unwrap()).sum();
        prop_assert_eq!(events, count, "the roll-up counts each event once");
    }

    #[test]
    fn a_later_run_tells_only_what_is_new(first in artifacts(), second in artifacts()) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        let set = |a: &[Vec<u16>]| a.iter().flatten().copied().collect::<BTreeSet<u16>>();
        write(&store, 1, PLENTY, &first);
        let new = write(&store, 2, PLENTY, &second);
        prop_assert_eq!(new, set(&second).difference(&set(&first)).count() as u64);
    }
}

#[test]
fn rows_are_in_order_and_the_first_record_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path());
    write(&store, 5, PLENTY, &[vec![9, 3], vec![3, 1]]);
    let rows = rows(&store.usage_part("trail", 5));
    let told: Vec<_> =
        rows.iter().map(|r| (&*r["event_id"], &*r["records"], &*r["record"])).collect();
    let id = |n: u16| event(n).event_id;
    let (one, three, nine) = (id(1), id(3), id(9));
    assert_eq!(told, [(&*one, "1", "1"), (&*three, "2", "1"), (&*nine, "1", "0")]);
    assert_eq!(rows[1]["artifact"], Digest([0; 32]).to_string(), "artifact 0 came first");
    assert_eq!(rows[0]["tx_from_seq"], "5");
}

#[test]
fn a_file_that_is_cut_or_of_another_length_is_not_whole() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path());
    let count = write(&store, 1, PLENTY, &[vec![1, 2, 3]]);
    let path = store.usage_part("trail", 1);
    assert!(is_whole(&path, count));
    assert!(!is_whole(&path, count + 1));
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    assert!(!is_whole(&path, count));
    assert!(!is_whole(&dir.path().join("nothing"), 0));
}

/// Several days, of which one is cut into row groups, in objects that overlap and come in no order.
#[test]
fn memory_and_threads_do_not_show_in_the_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let object = |numbers: Range<u32>| {
        let mut rows = UsageRows::default();
        for n in numbers {
            let at = 1_700_000_000 + i64::from(n.max(140_000) - 140_000) * 20 + i64::from(n % 7);
            let event_time = Some(Timestamp::from_seconds(at));
            rows.push(&UsageEvent { event_time, ..event(n) }, 0, u64::from(n));
        }
        rows
    };
    let objects = [object(60_000..160_000), object(0..70_000)];
    let mut written = Vec::new();
    for (threads, memory) in [(1, PLENTY), (2, PLENTY), (3, 0)] {
        let store = Store::new(dir.path().join(format!("{threads} {memory}")));
        let writer = UsageWriter::new(&store, "trail", "aws", memory);
        let mut writer = writer.with_threads(NonZero::new(threads).unwrap());
        for (number, rows) in (0..).zip(&objects) {
            writer.absorb(rows.clone(), &[Digest([number; 32])]).unwrap();
        }
        assert_eq!(writer.finish(&store, 1).unwrap(), 160_000);
        written.push(bytes(&store));
    }
    // The first day has 6,400 seconds left, and so 320 rows beside its 140,000.
    assert_eq!(row_groups(&written[0][0]), [70_160, 70_160, 19_680]);
    assert!(written.windows(2).all(|pair| pair[0] == pair[1]));
}

fn row_groups(file: &[u8]) -> Vec<i64> {
    let bytes = Bytes::copy_from_slice(file);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect()
}
