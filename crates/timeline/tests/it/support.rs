//! Runs of generated facts, and tables read back.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use arrow::array::Array;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use tenure_model::Timestamp;
use tenure_model::digest::Digest;
use tenure_model::entry::{RunBody, RunKind, RunOutcome};
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::ids::{RunId, Seq, SourceName};
use tenure_model::tables::TableId;
use tenure_timeline::build::{RunInput, build};
use tenure_timeline::facts::{FactsWriter, Line};
use tenure_timeline::store::Store;

/// What a generated run says.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) kind: RunKind,
    pub(crate) facts: Vec<Fact>,
}

fn fact() -> impl Strategy<Value = Fact> {
    let at = (0_i64..40).prop_map(Timestamp::from_seconds);
    (0_u8..3, 0_u8..4, 0_u8..4, at, proptest::option::of(0_u8..3)).prop_map(
        |(table, key, change, at, value)| {
            let change = match change {
                0 => Change::Begun { at, basis: Basis::Event },
                1 => Change::Seen { at },
                2 => Change::Absent { at },
                _ => Change::Ended { at, basis: Basis::Event },
            };
            let key = format!("k{key}");
            match table {
                0 => Fact::new(TableId::Identities, "login", key, change)
                    .with_some("status", value.map(|v| format!("s{v}"))),
                1 => Fact::new(TableId::Entitlements, "right", key, change)
                    .with_some("name", value.map(|v| format!("n{v}"))),
                _ => Fact::new(TableId::Grants, "member", key.clone(), change)
                    .with("identity_id", format!("login/{key}"))
                    .with("entitlement_id", "right/k0")
                    .with_some("condition_expr", value.map(|v| format!("c{v}")))
                    .with_some("reason", value.map(|v| format!("r{v}"))),
            }
        },
    )
}

/// A few runs of a few facts, in no particular order of time.
pub(crate) fn runs() -> impl Strategy<Value = Vec<Said>> {
    let kind = prop_oneof![Just(RunKind::Events), Just(RunKind::Delta), Just(RunKind::File)];
    let run = (kind, proptest::collection::vec(fact(), 0..8))
        .prop_map(|(kind, facts)| Said { kind, facts });
    proptest::collection::vec(run, 1..5)
}

/// Writes the facts of a run into a store and gives the run as the ledger would have it.
pub(crate) fn record(store: &Store, index: usize, said: &Said) -> RunInput {
    let seq = Seq(index as u64);
    let mut writer = FactsWriter::create(&store.facts_path(seq.0), "lab").expect("a writer");
    writer.line(&Line::Artifact(Digest([7; 32]))).expect("a line");
    for (record, fact) in said.facts.iter().enumerate() {
        writer.line(&Line::Fact(record as u64, fact.clone())).expect("a line");
    }
    writer.line(&Line::Uses(0)).expect("a line");
    writer.finish_as(&store.facts_path(seq.0)).expect("a file");
    let source: SourceName = "lab".parse().expect("a name");
    let at = Timestamp::from_seconds(50 + index as i64);
    let body = RunBody {
        run: RunId::new(&source, seq.0 + 1),
        source,
        system: "lab".parse().expect("a name"),
        source_kind: "lab".to_owned(),
        reader_version: 1,
        config: Digest([0; 32]),
        scope: "all".to_owned(),
        kind: said.kind,
        started: at,
        ended: at,
        outcome: RunOutcome::Complete,
        requests: 1,
        source_totals: BTreeMap::new(),
        received_totals: BTreeMap::new(),
        checks: Vec::new(),
        gaps: Vec::new(),
        gap_count: 0,
        gap_list: None,
        cursor: None,
        cursor_blob: None,
    };
    RunInput { seq, body, artifacts: Vec::new(), coverage: Vec::new() }
}

/// Records and builds all runs at once.
pub(crate) fn built(dir: &Path, said: &[Said]) -> Store {
    let store = Store::new(dir);
    let runs: Vec<_> = said.iter().enumerate().map(|(i, s)| record(&store, i, s)).collect();
    build(&store, &runs, &[]).expect("a build");
    store
}

/// Every file below a directory with its bytes.
pub(crate) fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![dir.to_owned()];
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(&next).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(dir).expect("below").display().to_string();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// The rows of a table as known at an index, without the index that superseded them.
pub(crate) fn known_at(store: &Store, table: TableId, index: u64) -> Vec<String> {
    let file = File::open(store.table_path(table)).expect("a table");
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("a reader");
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.expect("a batch");
        let options = FormatOptions::default();
        let column = |name: &str| batch.schema().index_of(name).expect("a column");
        let (from, to) = (column("tx_from_seq"), column("tx_to_seq"));
        let cell = |c: usize, row: usize| {
            ArrayFormatter::try_new(batch.column(c), &options)
                .expect("a formatter")
                .value(row)
                .to_string()
        };
        for row in 0..batch.num_rows() {
            let learned: u64 = cell(from, row).parse().expect("an index");
            let superseded = batch
                .column(to)
                .is_valid(row)
                .then(|| cell(to, row).parse::<u64>().expect("an index"));
            if learned <= index && superseded.is_none_or(|s| s > index) {
                let cells: Vec<_> =
                    (0..batch.num_columns()).filter(|c| *c != to).map(|c| cell(c, row)).collect();
                rows.push(cells.join("|"));
            }
        }
    }
    rows.sort();
    rows
}
