//! From recorded runs and their facts to the tables on disk.

use std::collections::BTreeMap;
use std::fs;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use tenure_model::Timestamp;
use tenure_model::entry::{ArtifactBody, CoverageBody, RunBody, RunKind, RunOutcome};
use tenure_model::ids::Seq;
use tenure_model::tables::{TableId, TableKind};

use crate::coverage::{self, Stretch};
use crate::facts::{self, Line};
use crate::rows::{Cell, Columns};
use crate::state::{Order, RunFacts, State, assertion};
use crate::store::{Store, StoreError, io_error};

/// A run as the ledger has it.
#[derive(Clone, Debug)]
pub struct RunInput {
    /// The ledger index of the run's entry: what the run told is known from there on.
    pub seq: Seq,
    /// The run.
    pub body: RunBody,
    /// Its artifacts with the indexes of their entries.
    pub artifacts: Vec<(Seq, ArtifactBody)>,
    /// Its coverage statements with the indexes of their entries.
    pub coverage: Vec<(Seq, CoverageBody)>,
}

/// A ledger entry without its body.
#[derive(Clone, Debug)]
pub struct EntryRow {
    /// The ledger index.
    pub seq: Seq,
    /// What it is.
    pub kind: String,
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub actor: String,
    /// Its stream.
    pub stream: String,
    /// Its number in the stream.
    pub rev: u64,
    /// RFC 6962 leaf hash, hex.
    pub leaf_hash: String,
}

/// What a build says of itself, in `built.json`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Built {
    /// Always `tenure.timeline/v1`.
    pub schema: String,
    /// Number of ledger entries it was built from.
    pub entries: u64,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
}

const SCHEMA: &str = "tenure.timeline/v1";

/// Whether the timeline was built from exactly this many entries.
#[must_use]
pub fn is_current(store: &Store, entries: u64) -> bool {
    built(store).is_some_and(|b| b.entries == entries)
}

/// What the last complete build says of itself, if there is one.
#[must_use]
pub fn built(store: &Store) -> Option<Built> {
    let text = fs::read(store.root().join("built.json")).ok()?;
    serde_json::from_slice(&text).ok().filter(|b: &Built| b.schema == SCHEMA)
}

/// Builds every table. The facts and uses of each run must lie in the store already.
///
/// # Errors
/// When facts cannot be read or tables cannot be written.
pub fn build(store: &Store, runs: &[RunInput], entries: &[EntryRow]) -> Result<Built, StoreError> {
    let mut builder = Builder::default();
    for run in runs {
        builder.run(store, run)?;
    }
    // The marker goes first and comes back last: a build that is cut short is no build.
    let marker = store.root().join("built.json");
    if marker.exists() {
        fs::remove_file(&marker).map_err(|e| io_error(&marker, e))?;
    }
    let rows = builder.write(store, runs, entries)?;
    let built = Built { schema: SCHEMA.to_owned(), entries: entries.len() as u64, rows };
    let text = serde_json::to_vec(&built).map_err(|e| io_error(&marker, e.into()))?;
    let temporary = marker.with_extension("new");
    fs::write(&temporary, text).map_err(|e| io_error(&temporary, e))?;
    fs::rename(&temporary, &marker).map_err(|e| io_error(&marker, e))?;
    Ok(built)
}

#[derive(Default)]
struct Builder {
    state: State,
    stretches: Vec<Stretch>,
    /// Rows of the files of uses, which lie there already.
    uses: u64,
}

impl Builder {
    fn run(&mut self, store: &Store, run: &RunInput) -> Result<(), StoreError> {
        let body = &run.body;
        let order = if body.kind == RunKind::Delta { Order::Causal } else { Order::ByTime };
        let mut facts = RunFacts::new(body.system.as_str(), order);
        let mut artifact = String::new();
        let mut pointer: (u64, Rc<str>) = (u64::MAX, "".into());
        facts::read(&store.facts_path(run.seq.0), |line| {
            match line {
                Line::Artifact(digest) => {
                    artifact = digest.to_string();
                    pointer.0 = u64::MAX;
                }
                Line::Fact(record, fact) => facts.add(fact, point(&mut pointer, &artifact, record)),
                Line::Uses(rows) => self.uses += rows,
            }
            Ok(())
        })?;
        self.state.apply(facts, run.seq, listing(body));
        for (seq, statement) in &run.coverage {
            coverage::state(&mut self.stretches, statement, *seq);
        }
        Ok(())
    }

    fn write(
        mut self,
        store: &Store,
        runs: &[RunInput],
        entries: &[EntryRow],
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        coverage::sort(&mut self.stretches);
        let parts: Vec<_> = runs.iter().map(|r| (r.body.source.to_string(), r.seq.0)).collect();
        store.keep_runs(&parts)?;
        let mut rows = BTreeMap::new();
        for &id in TableId::ALL {
            let batch = match id {
                TableId::Usage => {
                    rows.insert(id.name().to_owned(), self.uses);
                    continue;
                }
                TableId::UsageDaily => continue,
                TableId::Coverage => coverage_rows(&self.stretches)?,
                TableId::Runs => run_rows(runs)?,
                TableId::Artifacts => artifact_rows(runs)?,
                TableId::Entries => entry_rows(entries)?,
                _ => fact_rows(&self.state, id)?,
            };
            store.write(&store.table_path(id), id, &batch)?;
            rows.insert(id.name().to_owned(), batch.num_rows() as u64);
        }
        Ok(rows)
    }
}

/// One allocation per record, however many facts rest on it.
fn point<'p>(pointer: &'p mut (u64, Rc<str>), artifact: &str, record: u64) -> &'p Rc<str> {
    if pointer.0 != record {
        *pointer = (record, format!("{artifact}#{record}").into());
    }
    &pointer.1
}

/// The scope and instant of a complete listing; events and differences list nothing.
fn listing(body: &RunBody) -> Option<(String, Timestamp)> {
    match (body.kind, body.outcome) {
        (RunKind::Full, RunOutcome::Complete) => {
            Some((format!("{} {}", body.source, body.scope), body.started))
        }
        (RunKind::File, RunOutcome::Complete) => Some((body.source.to_string(), body.started)),
        _ => None,
    }
}

fn fact_rows(state: &State, id: TableId) -> Result<arrow::record_batch::RecordBatch, StoreError> {
    debug_assert_eq!(id.table().kind, TableKind::Fact);
    let mut columns = Columns::new(id);
    for (key, row) in state.rows(id) {
        let version = &row.version;
        let row_id = key.id(version.incarnation);
        let evidence = version
            .evidence
            .iter()
            .filter(|e| !e.is_empty())
            .map(|e| &**e)
            .collect::<Vec<_>>()
            .join(" ");
        let v = version.validity;
        let head = [
            Some(Cell::Text(&row_id)),
            Some(Cell::Int(i64::from(version.version_no))),
            Some(Cell::Int(i64::from(version.incarnation))),
            Some(Cell::Text(&key.system)),
            Some(Cell::Text(&key.native_type)),
            Some(Cell::Text(&key.native_id)),
        ];
        let own = id.table().columns.iter().map(|c| version.attrs.get(c.name).and_then(Cell::of));
        let tail = [
            v.from_lo.map(Cell::Time),
            Some(Cell::Time(v.from_hi)),
            v.to_lo.map(Cell::Time),
            v.to_hi.map(Cell::Time),
            Some(Cell::Text(version.basis.as_str())),
            Some(Cell::from(row.tx_from.0)),
            row.tx_to.map(|seq| Cell::from(seq.0)),
            Some(Cell::Text(assertion(version.basis))),
            Some(Cell::Text(&evidence)),
        ];
        columns.row(head.into_iter().chain(own).chain(tail));
    }
    columns.finish()
}

fn coverage_rows(stretches: &[Stretch]) -> Result<arrow::record_batch::RecordBatch, StoreError> {
    let mut columns = Columns::new(TableId::Coverage);
    for stretch in stretches {
        let b = &stretch.body;
        columns.row([
            Some(Cell::Text(b.source.as_str())),
            Some(Cell::Text(b.system.as_str())),
            Some(Cell::Text(&b.stream)),
            Some(Cell::Time(b.from)),
            Some(Cell::Time(b.to)),
            Some(Cell::Text(b.status.as_str())),
            Some(Cell::Text(&b.proof_kind)),
            Some(Cell::Text(&b.detail)),
            b.part_of.as_deref().map(Cell::Text),
            Some(Cell::Text(b.run.as_str())),
            Some(Cell::from(stretch.tx_from.0)),
            stretch.tx_to.map(|seq| Cell::from(seq.0)),
        ]);
    }
    columns.finish()
}

fn run_rows(runs: &[RunInput]) -> Result<arrow::record_batch::RecordBatch, StoreError> {
    let mut columns = Columns::new(TableId::Runs);
    for run in runs {
        let b = &run.body;
        let total = |count: fn(&ArtifactBody) -> u64| {
            run.artifacts.iter().map(|(_, a)| count(a)).sum::<u64>()
        };
        let gaps: Vec<_> = b
            .gaps
            .iter()
            .map(|g| match g.record {
                Some(record) => format!("{}#{record}: {}", g.artifact, g.cause),
                None => format!("{}: {}", g.artifact, g.cause),
            })
            .collect();
        let gaps = gaps.join("\n");
        let checks = b.checks.join(" ");
        columns.row([
            Some(Cell::Text(b.run.as_str())),
            Some(Cell::Text(b.source.as_str())),
            Some(Cell::Text(&b.source_kind)),
            Some(Cell::Text(b.system.as_str())),
            Some(Cell::Text(&b.scope)),
            Some(Cell::Text(b.kind.as_str())),
            Some(Cell::Time(b.started)),
            Some(Cell::Time(b.ended)),
            Some(Cell::Text(b.outcome.as_str())),
            Some(Cell::from(u64::from(b.reader_version))),
            Some(Cell::from(run.artifacts.len() as u64)),
            Some(Cell::from(total(|a| a.records))),
            Some(Cell::from(total(|a| a.with_facts))),
            Some(Cell::from(total(|a| a.skipped.values().sum()))),
            Some(Cell::from(total(|a| a.rejected))),
            Some(Cell::from(b.gap_count)),
            Some(Cell::Text(&gaps)),
            Some(Cell::Text(&checks)),
            Some(Cell::from(run.seq.0)),
        ]);
    }
    columns.finish()
}

fn artifact_rows(runs: &[RunInput]) -> Result<arrow::record_batch::RecordBatch, StoreError> {
    let mut columns = Columns::new(TableId::Artifacts);
    for (seq, a) in runs.iter().flat_map(|run| &run.artifacts) {
        let (blob, root) = (a.blob.to_string(), a.records_root.to_string());
        columns.row([
            Some(Cell::Text(a.run.as_str())),
            Some(Cell::Text(a.source.as_str())),
            Some(Cell::Text(&a.name)),
            Some(Cell::Text(&blob)),
            Some(Cell::Text(&a.media_type)),
            Some(Cell::from(a.bytes)),
            Some(Cell::from(a.records)),
            Some(Cell::from(a.with_facts)),
            Some(Cell::from(a.skipped.values().sum::<u64>())),
            Some(Cell::from(a.rejected)),
            Some(Cell::Text(&root)),
            Some(Cell::from(seq.0)),
        ]);
    }
    columns.finish()
}

fn entry_rows(entries: &[EntryRow]) -> Result<arrow::record_batch::RecordBatch, StoreError> {
    let mut columns = Columns::new(TableId::Entries);
    for e in entries {
        columns.row([
            Some(Cell::from(e.seq.0)),
            Some(Cell::Text(&e.kind)),
            Some(Cell::Time(e.at)),
            Some(Cell::Text(&e.actor)),
            Some(Cell::Text(&e.stream)),
            Some(Cell::from(e.rev)),
            Some(Cell::Text(&e.leaf_hash)),
        ]);
    }
    columns.finish()
}
