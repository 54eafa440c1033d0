//! Puts a run on record: blobs to the disk, then entries into the ledger, then a checkpoint.

use std::sync::mpsc::Receiver;
use std::thread;

use serde::Serialize;
use tenure_ledger::{Ledger, NewEntry, Prepared};
use tenure_model::Timestamp;
use tenure_model::entry::{KIND_ARTIFACT, KIND_COVERAGE, KIND_RUN};
use tenure_model::ids::Seq;
use tenure_sources::pipeline::RunDraft;

use crate::workspace::Workspace;

/// A run that is to be recorded.
pub(super) struct Record<'a> {
    pub(super) draft: &'a RunDraft,
    /// How many runs the source had before.
    pub(super) ordinal: u64,
    pub(super) now: Timestamp,
    /// Whether a checkpoint follows at once.
    pub(super) publish: bool,
}

impl Record<'_> {
    /// The index that the run's entry will have.
    pub(super) fn seq(&self, workspace: &Workspace) -> anyhow::Result<Seq> {
        Ok(Seq(workspace.ledger.size()? + self.entries() as u64 - 1))
    }

    /// Records it. Entries are encoded while the disk takes in the blobs that they name; they are one
    /// batch, so either the whole run is on record, or nothing of it; and committed only once `ready`
    /// says that what it said lies in the timeline.
    pub(super) fn write(
        &self,
        workspace: &Workspace,
        seq: Seq,
        ready: Receiver<()>,
    ) -> anyhow::Result<()> {
        let (synced, prepared) = thread::scope(|scope| {
            let synced = scope.spawn(|| workspace.blobs.sync());
            let prepared = self.prepared();
            (synced.join(), prepared)
        });
        synced.map_err(|_| anyhow::anyhow!("the thread that syncs blobs has panicked"))??;
        let seqs = workspace.ledger.append_when(prepared?, ready)?;
        anyhow::ensure!(seqs.last() == Some(&seq), "somebody else wrote to the ledger meanwhile");
        if self.publish {
            workspace.ledger.publish(self.now)?;
        }
        Ok(())
    }

    fn entries(&self) -> usize {
        self.draft.artifacts.len() + self.draft.coverage.len() + 1
    }

    fn prepared(&self) -> anyhow::Result<Prepared> {
        Ledger::prepare_each(self.entries(), |number| self.entry(number))
    }

    /// Artifacts, then coverage, then the run.
    fn entry(&self, number: usize) -> anyhow::Result<NewEntry> {
        let RunDraft { artifacts, coverage, run, .. } = self.draft;
        if let Some(artifact) = artifacts.get(number) {
            return self.new(KIND_ARTIFACT, format!("artifact/{}", run.run), number, artifact);
        }
        let number = number - artifacts.len();
        if let Some(statement) = coverage.get(number) {
            return self.new(KIND_COVERAGE, format!("coverage/{}", run.run), number, statement);
        }
        self.new(KIND_RUN, format!("run/{}", run.source), usize::try_from(self.ordinal)?, run)
    }

    fn new(
        &self,
        kind: &str,
        stream: String,
        rev: usize,
        body: &impl Serialize,
    ) -> anyhow::Result<NewEntry> {
        Ok(NewEntry {
            kind: kind.to_owned(),
            at: self.now,
            actor: "tenure".to_owned(),
            stream,
            rev: rev as u64,
            body: serde_json::to_value(body)?,
        })
    }
}
