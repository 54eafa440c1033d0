//! Puts a run on record: blobs to the disk, then entries into the ledger, then a checkpoint.
//!
//! Much of it needs no waiting for the rest: the disk takes in blobs, and entries of artifacts are
//! encoded, while conclusions are drawn; what was said is written while entries are. Three things
//! wait: entries are written when the blobs that they name are durable, committed when what the run
//! said lies in the timeline, and published when they are committed.

use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, ScopedJoinHandle};

use anyhow::{anyhow, ensure};
use serde::Serialize;
use tenure_blobs::BlobError;
use tenure_ledger::{Ledger, NewEntry, Prepared};
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

/// What was begun before conclusions were drawn.
struct Begun<'s> {
    written_back: ScopedJoinHandle<'s, Result<(), BlobError>>,
    artifacts: ScopedJoinHandle<'s, anyhow::Result<Prepared>>,
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
        let received = clock.now();
        thread::scope(|scope| {
            let begun = Begun {
                written_back: scope.spawn(|| workspace.blobs.write_back()),
                artifacts: scope.spawn(move || self.prepared(id, received)),
            };
            let concluded = conclude()?;
            let now = clock.now();
            let entries = self.artifacts.len() + concluded.coverage.len() + 1;
            let seq = Seq(workspace.ledger.size()? + entries as u64 - 1);
            let (ready, go) = channel();
            let recorded = scope
                .spawn(move || self.write(begun, &concluded, (now, seq), go).map(|()| concluded));
            // When this fails, nobody says that the entries may be committed.
            said.finish(&workspace.timeline, seq)?;
            // Where nobody listens, recording has failed, which is told below.
            let _ = ready.send(());
            Ok((joined(recorded)?, seq))
        })
    }

    /// Entries are one batch, so either the whole run is on record, or nothing of it.
    fn write(
        self,
        begun: Begun<'_>,
        concluded: &Concluded,
        (now, seq): (Timestamp, Seq),
        ready: Receiver<()>,
    ) -> anyhow::Result<()> {
        let ledger = &self.workspace.ledger;
        joined(begun.written_back)?;
        self.workspace.blobs.sync()?;
        let others = concluded.coverage.len() + 1;
        let others = Ledger::prepare_each(others, |number| self.entry(concluded, number, now))?;
        let seqs = ledger.append_when(joined(begun.artifacts)?.and(others), ready)?;
        ensure!(seqs.last() == Some(&seq), "somebody else wrote to the ledger meanwhile");
        if self.publish {
            ledger.publish(now)?;
        }
        Ok(())
    }

    /// The entries of the artifacts.
    fn prepared(self, run: &RunId, now: Timestamp) -> anyhow::Result<Prepared> {
        Ledger::prepare_each(self.artifacts.len(), |number| {
            let stream = format!("artifact/{run}");
            entry(KIND_ARTIFACT, stream, number as u64, now, &self.artifacts[number])
        })
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
