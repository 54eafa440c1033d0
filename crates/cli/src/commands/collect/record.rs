//! Puts a run on record: blobs to the disk, then entries into the ledger, then a checkpoint.
//!
//! Much of it needs no waiting for the rest: the disk takes in blobs, and entries of artifacts are
//! written, while conclusions are drawn; what was said is written meanwhile, too. Entries are
//! committed when the blobs that they name are durable and what the run said lies in the timeline,
//! and published when they are committed.

use std::path::Path;
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
use tenure_timeline::usage::{self, Exported};

use super::disk::Disk;
use crate::projection::RunFile;
use crate::workspace::Workspace;

/// What is to be recorded of a run, and where.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) artifacts: &'a [ArtifactBody],
    /// How many runs the source had before.
    pub(super) ordinal: u64,
    pub(super) after: After<'a>,
}

/// What else is wanted of a run.
#[derive(Clone, Copy, Default)]
pub(super) struct After<'a> {
    /// Whether a checkpoint follows at once.
    pub(super) publish: bool,
    /// Where its uses are wanted under CloudTrail's names.
    pub(super) parquet: Option<&'a Path>,
}

impl<'a> Record<'a> {
    /// Draws conclusions, writes what was said, and records all of it. Nobody else may append
    /// meanwhile: so the index of the run's entry is known before the entry is there.
    pub(super) fn run(
        self,
        id: &RunId,
        clock: &dyn Clock,
        conclude: impl FnOnce() -> Result<Concluded, RunError>,
        said: RunFile,
        disk: Disk<'_>,
    ) -> anyhow::Result<Concluded> {
        let workspace = self.workspace;
        let (last, awaited) = awaited();
        let written = disk.end();
        // Where something fails, `last` goes, and nothing is committed.
        thread::scope(move |scope| {
            let received = clock.now();
            let appended = scope.spawn(move || self.append(id, received, awaited));
            let concluded = conclude()?;
            let now = clock.now();
            let others = concluded.coverage.len() + 1;
            let entries = self.artifacts.len() + others;
            let seq = Seq(workspace.ledger.size()? + entries as u64 - 1);
            let durable = scope.spawn(move || {
                written.wait()?;
                anyhow::Ok(workspace.blobs.sync()?)
            });
            said.finish(&workspace.timeline, seq)?;
            let part = workspace.timeline.usage_part(concluded.run.source.as_str(), seq.0);
            let export = move |out| usage::export(&part, out);
            let exported = scope.spawn(move || self.after.parquet.map(export).transpose());
            joined(durable)?;
            last.hand_over(Ledger::prepare_each(others, |n| self.entry(&concluded, n, now))?);
            let seqs = joined(appended)?;
            ensure!(seqs.last() == Some(&seq), "somebody else wrote to the ledger meanwhile");
            if self.after.publish {
                workspace.ledger.publish(now)?;
            }
            // The file gets its name only when the run is on record.
            joined(exported)?.map_or(Ok(()), Exported::place)?;
            Ok(concluded)
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

pub(super) fn joined<T, E: Into<anyhow::Error>>(
    thread: ScopedJoinHandle<'_, Result<T, E>>,
) -> anyhow::Result<T> {
    thread
        .join()
        .map_err(|_| anyhow!("a thread that records the run has panicked"))?
        .map_err(Into::into)
}
