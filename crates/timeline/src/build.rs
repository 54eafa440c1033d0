//! From recorded runs and their facts to the tables on disk.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};
use tenure_model::Timestamp;
use tenure_model::entry::{ArtifactBody, CoverageBody, RunBody, RunKind, RunOutcome};
use tenure_model::ids::Seq;
use tenure_model::tables::TableId;

use crate::coverage::{self, Stretch};
use crate::facts::{self, Told};
use crate::state::{Order, State};
use crate::store::{Store, StoreError, io_error};

mod tables;

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
    let mut builder = Builder { state: State::new(), stretches: Vec::new(), uses: 0 };
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
        let mut run_facts = self.state.run(body.system.as_str(), order);
        facts::read(&store.facts_path(run.seq.0), |told| {
            match told {
                Told::Artifact(digest) => run_facts.artifact(&digest),
                Told::Fact(record, fact) => run_facts.add(record, &fact)?,
                Told::Uses(rows) => self.uses += rows,
            }
            Ok(())
        })?;
        run_facts.end(run.seq, listing(body));
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
        self.state.forget_observations();
        let parts: Vec<_> = runs.iter().map(|r| (r.body.source.to_string(), r.seq.0)).collect();
        store.keep_runs(&parts)?;
        let mut rows = BTreeMap::new();
        for &id in TableId::ALL {
            let count = match id {
                TableId::Usage => self.uses,
                TableId::UsageDaily => continue,
                _ => tables::write(store, id, &self.state, &self.stretches, runs, entries)?,
            };
            rows.insert(id.name().to_owned(), count);
        }
        Ok(rows)
    }
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
