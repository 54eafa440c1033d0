//! Puts a run on record: blobs to the disk, then entries into the ledger, then a checkpoint.
//!
//! Much of it needs no waiting for the rest: the disk takes in blobs, and entries of artifacts are
//! written, while conclusions are drawn; what was said is written meanwhile, too. Entries are
//! committed when the blobs that they name are durable and what the run said lies in the timeline,
//! and published when they are committed.

use std::thread::{self, ScopedJoinHandle};

use anyhow::{anyhow, ensure};
use serde::Serialize;
use tenure_ledger::log::{Awaited, awaited};
use tenure_ledger::{Ledger, NewEntry};
use tenure_model::Timestamp;
use tenure_model::clock::Clock;
use tenure_model::entry::{ArtifactBody, KIND_ARTIFACT, KIND_COVERAGE, KIND_RUN};
use tenure_model::ids::{RunId, Seq};
use tenure_sources::pipeline::{Concluded, RunError};

use crate::projection::RunFile;
use crate::workspace::Workspace;

/// What is to be recorded of a run, and where.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) artifacts: &'a [ArtifactBody],
    /// How many runs the source had before.
    pub(super) ordinal: u64,
    /// Whether a checkpoint follows at once.
    pub(super) publish: bool,
}

impl<'a> Record<'a> {
    /// Draws conclusions, writes what was said, and records all of it; gives the index of the run's
    /// entry. Nobody else may append meanwhile: so the index is known before the entry is there.
    pub(super) fn run(
        self,
        id: &RunId,
        clock: &dyn Clock,
        conclude: impl FnOnce() -> Result<Concluded, RunError>,
        said: RunFile,
    ) -> anyhow::Result<(Concluded, Seq)> {
        let workspace = self.workspace;
        let (last, awaited) = awaited();
        // Where something fails, `last` goes, and nothing is committed.
        thread::scope(move |scope| {
            let written_back = scope.spawn(move || workspace.blobs.write_back());
            let received = clock.now();
            let appended = scope.spawn(move || self.append(id, received, awaited));
            let concluded = conclude()?;
            let now = clock.now();
            let others = concluded.coverage.len() + 1;
            let entries = self.artifacts.len() + others;
            let seq = Seq(workspace.ledger.size()? + entries as u64 - 1);
            let durable = scope.spawn(move || {
                joined(written_back)?;
                anyhow::Ok(workspace.blobs.sync()?)
            });
            said.finish(&workspace.timeline, seq)?;
            joined(durable)?;
            last.hand_over(Ledger::prepare_each(others, |n| self.entry(&concluded, n, now))?);
            let seqs = joined(appended)?;
            ensure!(seqs.last() == Some(&seq), "somebody else wrote to the ledger meanwhile");
            if self.publish {
                workspace.ledger.publish(now)?;
            }
            Ok((concluded, seq))
        })
    }

    /// Appends the entries of the artifacts. Together with the last ones they are one batch, so
    /// either the whole run is on record, or nothing of it.
    fn append(self, run: &RunId, now: Timestamp, last: Awaited) -> anyhow::Result<Vec<Seq>> {
        let artifacts = Ledger::prepare_each(self.artifacts.len(), |number| {
            let stream = format!("artifact/{run}");
            entry(KIND_ARTIFACT, stream, number as u64, now, &self.artifacts[number])
        })?;
        Ok(self.workspace.ledger.append_when(artifacts, last)?)
    }

    /// The entries of coverage, then that of the run.
    fn entry(self, of: &Concluded, number: usize, now: Timestamp) -> anyhow::Result<NewEntry> {
        let Concluded { coverage, run, .. } = of;
        match coverage.get(number) {
            Some(statement) => {
                let stream = format!("coverage/{}", run.run);
                entry(KIND_COVERAGE, stream, number as u64, now, statement)
            }
            None => entry(KIND_RUN, format!("run/{}", run.source), self.ordinal, now, run),
        }
    }
}

fn entry(
    kind: &str,
    stream: String,
    rev: u64,
    at: Timestamp,
    body: &impl Serialize,
) -> anyhow::Result<NewEntry> {
    let (kind, actor) = (kind.to_owned(), "tenure".to_owned());
    Ok(NewEntry { kind, at, actor, stream, rev, body: serde_json::to_value(body)? })
}

fn joined<T, E: Into<anyhow::Error>>(
    thread: ScopedJoinHandle<'_, Result<T, E>>,
) -> anyhow::Result<T> {
    thread
        .join()
        .map_err(|_| anyhow!("a thread that records the run has panicked"))?
        .map_err(Into::into)
}
