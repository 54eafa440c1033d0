//! Keeps the timeline up to date with the ledger: reads what runs recorded, reads blobs again where
//! facts are missing, builds.

use std::collections::BTreeMap;

use anyhow::Context as _;
use rustix::fs::FlockOperation;
use tenure_model::entry::{
    ArtifactBody, CoverageBody, KIND_ARTIFACT, KIND_COVERAGE, KIND_RUN, RunBody,
};
use tenure_model::ids::{RunId, Seq, SourceName};
use tenure_sources::pipeline::reread;
use tenure_timeline::build::{self, EntryRow, RunInput};
use tenure_timeline::facts;
use tenure_timeline::usage;

use crate::hint::Hinted;
use crate::workspace::{Configured, KIND_SOURCE, SourceBody, Workspace};

mod run_file;

pub(crate) use run_file::RunFile;

/// What the ledger says, as far as projections need it.
pub(crate) struct Recorded {
    pub(crate) runs: Vec<RunInput>,
    pub(crate) entries: Vec<EntryRow>,
    /// Configuration of each source as of each run, by the run's index.
    configured: BTreeMap<u64, SourceBody>,
}

impl Recorded {
    /// The source of a run as it was configured then.
    pub(crate) fn configured(&self, run: &RunInput) -> anyhow::Result<Configured> {
        let body = self.configured.get(&run.seq.0).cloned();
        let missing =
            || format!("the ledger does not say how source {} was configured", run.body.source);
        Configured::of(body.with_context(missing)?)
    }
}

/// Reads the whole ledger.
pub(crate) fn recorded(workspace: &Workspace) -> anyhow::Result<Recorded> {
    let mut recorded =
        Recorded { runs: Vec::new(), entries: Vec::new(), configured: BTreeMap::new() };
    let mut artifacts: BTreeMap<RunId, Vec<(Seq, ArtifactBody)>> = BTreeMap::new();
    let mut coverage: BTreeMap<RunId, Vec<(Seq, CoverageBody)>> = BTreeMap::new();
    let mut sources: BTreeMap<SourceName, SourceBody> = BTreeMap::new();
    let size = workspace.ledger.size()?;
    for entry in workspace.ledger.entries(0..size) {
        let entry = entry?;
        let (seq, body) = (entry.seq, entry.entry.body);
        let damaged = || format!("ledger entry {seq} is not what its kind says");
        match entry.entry.kind.as_str() {
            KIND_SOURCE => {
                let source: SourceBody = serde_json::from_value(body).with_context(damaged)?;
                sources.insert(source.name.clone(), source);
            }
            KIND_ARTIFACT => {
                let artifact: ArtifactBody = serde_json::from_value(body).with_context(damaged)?;
                artifacts.entry(artifact.run.clone()).or_default().push((seq, artifact));
            }
            KIND_COVERAGE => {
                let statement: CoverageBody = serde_json::from_value(body).with_context(damaged)?;
                coverage.entry(statement.run.clone()).or_default().push((seq, statement));
            }
            KIND_RUN => {
                let run: RunBody = serde_json::from_value(body).with_context(damaged)?;
                let source = sources.get(&run.source).cloned();
                recorded.configured.extend(source.map(|s| (seq.0, s)));
                recorded.runs.push(RunInput {
                    seq,
                    artifacts: artifacts.remove(&run.run).unwrap_or_default(),
                    coverage: coverage.remove(&run.run).unwrap_or_default(),
                    body: run,
                });
            }
            _ => {}
        }
        recorded.entries.push(EntryRow {
            seq,
            kind: entry.entry.kind,
            at: entry.entry.at,
            actor: entry.entry.actor,
            stream: entry.entry.stream,
            rev: entry.entry.rev,
            leaf_hash: hex::encode(entry.leaf_hash),
        });
    }
    Ok(recorded)
}

/// Builds the timeline if it is not that of the present ledger. Until the workspace is dropped no
/// other process builds it again, so that all tables that are read are of one build.
pub(crate) fn ensure(workspace: &Workspace) -> anyhow::Result<()> {
    workspace.hold_timeline(FlockOperation::LockShared)?;
    if is_current(workspace)? {
        return Ok(());
    }
    workspace.hold_timeline(FlockOperation::LockExclusive)?;
    // Another process may have built it while this one waited.
    if !is_current(workspace)? {
        build(workspace)?;
    }
    workspace.hold_timeline(FlockOperation::LockShared)
}

fn is_current(workspace: &Workspace) -> anyhow::Result<bool> {
    Ok(build::is_current(&workspace.timeline, workspace.ledger.size()?))
}

fn build(workspace: &Workspace) -> anyhow::Result<()> {
    let recorded = recorded(workspace)?;
    for run in &recorded.runs {
        read_if_missing(workspace, &recorded, run)?;
    }
    build::build(&workspace.timeline, &recorded.runs, &recorded.entries)?;
    Ok(())
}

/// Sees to it that what a run said lies in the timeline.
pub(crate) fn read_if_missing(
    workspace: &Workspace,
    recorded: &Recorded,
    run: &RunInput,
) -> anyhow::Result<()> {
    let uses = facts::uses(&workspace.timeline.facts_path(run.seq.0));
    let part = workspace.timeline.usage_part(run.body.source.as_str(), run.seq.0);
    if uses.is_some_and(|rows| rows == 0 || usage::is_whole(&part, rows)) {
        return Ok(());
    }
    read_again(workspace, recorded, run)
}

/// Reads the blobs of a run again: its facts are a projection too.
fn read_again(workspace: &Workspace, recorded: &Recorded, run: &RunInput) -> anyhow::Result<()> {
    let configured = recorded.configured(run)?;
    let mut said = RunFile::create(workspace, &configured)?;
    let artifacts: Vec<_> = run.artifacts.iter().map(|(_, artifact)| artifact).collect();
    reread(
        configured.source,
        &configured.settings,
        &artifacts,
        &workspace.blobs,
        &workspace.record_key,
        &mut said,
    )
    .with_context(|| unread(&run.body.run))?;
    said.finish(&workspace.timeline, run.seq)
}

fn unread(run: &RunId) -> Hinted {
    Hinted::new(
        format!("cannot read run {run} again"),
        "put the blob back from a copy of the workspace; 'tenure ledger verify' lists all that is \
         missing or changed",
    )
}
