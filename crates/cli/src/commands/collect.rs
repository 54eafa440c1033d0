//! `tenure collect`: pulls what is new, records it, and brings the timeline up to date.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread::{self, ScopedJoinHandle};

use anyhow::{Context as _, bail};
use serde::Serialize;
use tenure_ledger::NewEntry;
use tenure_model::digest::Digest;
use tenure_model::entry::{Gap, RunBody, RunOutcome};
use tenure_model::ids::{RunId, SourceName};
use tenure_sources::pipeline::{self, Received, Run, RunDraft};

use crate::cli::Cx;
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::{BAD, Format, GOOD, WARN, styled};
use crate::progress::Bar;
use crate::projection::{self, RunFile};
use crate::workspace::{Configured, Workspace};

mod disk;
mod record;

use disk::Disk;
use record::{After, Record};

/// Collects what is new from the named sources, or from all.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The sources; all, if absent.
    names: Vec<SourceName>,
}

/// What came of one source.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) source: SourceName,
    pub(crate) run: RunId,
    pub(crate) outcome: RunOutcome,
    pub(crate) nothing_new: bool,
    pub(crate) artifacts: u64,
    pub(crate) records: u64,
    pub(crate) with_facts: u64,
    pub(crate) skipped: u64,
    pub(crate) rejected: u64,
    pub(crate) gap_count: u64,
    pub(crate) gaps: Vec<Gap>,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let mut workspace = cx.workspace()?;
    let outcomes = collect(&mut workspace, &args.names, cx)?;
    if outcomes.is_empty() {
        cx.out.say("no source is configured; add one with 'tenure source add'")?;
        return Ok(Exit::Nothing);
    }
    report(&outcomes, cx)?;
    let failed = outcomes.iter().any(|o| o.outcome == RunOutcome::Failed);
    Ok(if failed { Exit::Failure } else { Exit::Ok })
}

/// Says what came.
pub(super) fn report(outcomes: &[Outcome], cx: &mut Cx) -> anyhow::Result<()> {
    if cx.out.format == Format::Json {
        let body = serde_json::json!({"schema": "tenure.collect/v1", "sources": outcomes});
        return cx.out.json(&body);
    }
    outcomes.iter().try_for_each(|outcome| tell(outcome, cx))
}

/// Collects one source, and leaves the timeline for later. What configures the source is recorded
/// before, if it is not yet; the run's uses go to the file `parquet` as well.
pub(super) fn named(
    workspace: &mut Workspace,
    configured: &Configured,
    entry: Option<NewEntry>,
    parquet: Option<&Path>,
    cx: &mut Cx,
) -> anyhow::Result<Outcome> {
    workspace.ledger.claim()?;
    workspace.unlock()?;
    let workspace = &*workspace;
    thread::scope(|scope| {
        // The disk takes the entry in while the source is read.
        let append = |entry| scope.spawn(|| workspace.ledger.append(vec![entry]));
        let appended = entry.map(append);
        let recorded = || match appended.map(ScopedJoinHandle::join) {
            None => Ok(()),
            Some(Ok(appended)) => Ok(appended.map(drop)?),
            Some(Err(_)) => bail!("the thread that configures the source has panicked"),
        };
        one(workspace, configured, recorded, After { publish: true, parquet }, cx)
    })
}

/// Collects and brings the timeline up to date.
pub(crate) fn collect(
    workspace: &mut Workspace,
    names: &[SourceName],
    cx: &mut Cx,
) -> anyhow::Result<Vec<Outcome>> {
    let sources = workspace.sources()?;
    if let Some(unknown) = names.iter().find(|n| !sources.contains_key(n)) {
        return Err(hinted(
            format!("there is no source '{unknown}'"),
            "'tenure source list' lists the sources",
        ));
    }
    // One collection at a time, from the first byte on; and what a killed one left sequenced but
    // not published comes first.
    workspace.ledger.claim()?;
    workspace.publish(cx.now())?;
    let mut outcomes = Vec::new();
    for (name, body) in sources {
        if names.is_empty() || names.contains(&name) {
            let configured = Configured::of(body)?;
            outcomes.push(one(workspace, &configured, || Ok(()), After::default(), cx)?);
        }
    }
    workspace.publish(cx.now())?;
    projection::ensure(workspace)?;
    Ok(outcomes)
}

/// Collects one source; `configured_too` waits for its configuration to be on record.
fn one(
    workspace: &Workspace,
    configured: &Configured,
    configured_too: impl FnOnce() -> anyhow::Result<()>,
    after: After<'_>,
    cx: &mut Cx,
) -> anyhow::Result<Outcome> {
    let name = &configured.body.name;
    let before = Before::of(workspace, name)?;
    let id = RunId::new(name, before.runs + 1);
    thread::scope(|scope| {
        let disk = Disk::begin(scope, &workspace.blobs);
        let mut said = RunFile::create(workspace, configured)?.telling(disk.more());
        let bar = Bar::new(cx.out.watched(), name.as_str());
        let scratch = workspace.scratch(name);
        let request = Run {
            source: configured.source,
            name,
            system: &configured.body.system,
            id: id.clone(),
            settings: &configured.settings,
            cursor: before.cursor.as_deref(),
            known: &before.known,
            clock: cx.clock.as_ref(),
            progress: &bar,
            blobs: &workspace.blobs,
            key: &workspace.record_key,
            scratch: &scratch,
            workers: pipeline::default_workers(),
        };
        let Received { artifacts, rest } = pipeline::receive(&request, &mut said)?;
        bar.done();
        configured_too()?;
        let conclude = || rest.conclude(&request, &artifacts);
        let record = Record { workspace, artifacts: &artifacts, ordinal: before.runs, after };
        let concluded = record.run(&id, cx.clock.as_ref(), conclude, said, disk)?;
        remove(&scratch)?;
        Ok(outcome(RunDraft::new(artifacts, concluded)))
    })
}

/// Removes a directory that may be there.
fn remove(directory: &Path) -> anyhow::Result<()> {
    if !directory.exists() {
        return Ok(());
    }
    fs::remove_dir_all(directory).with_context(|| format!("cannot remove {}", directory.display()))
}

/// What the ledger already knows of a source.
struct Before {
    runs: u64,
    cursor: Option<String>,
    known: BTreeMap<String, Digest>,
}

impl Before {
    fn of(workspace: &Workspace, name: &SourceName) -> anyhow::Result<Self> {
        let recorded = projection::recorded(workspace)?;
        let mut before = Self { runs: 0, cursor: None, known: BTreeMap::new() };
        for run in recorded.runs.iter().filter(|r| r.body.source == *name) {
            // Which uses are new depends on what earlier runs told.
            projection::read_if_missing(workspace, &recorded, run)?;
            before.runs += 1;
            // What a failed run received is not settled: it is looked at, and complained of, again.
            let settled = run.body.outcome != RunOutcome::Failed;
            for (_, artifact) in run.artifacts.iter().filter(|_| settled) {
                before.known.insert(artifact.name.clone(), artifact.blob);
            }
            // A failed run leaves no cursor: the next one goes on where the last good one ended.
            if run.body.cursor.is_some() || run.body.cursor_blob.is_some() {
                before.cursor = cursor(workspace, &run.body)?;
            }
        }
        Ok(before)
    }
}

fn cursor(workspace: &Workspace, run: &RunBody) -> anyhow::Result<Option<String>> {
    let Some(digest) = &run.cursor_blob else { return Ok(run.cursor.clone()) };
    let bytes = workspace
        .blobs
        .get(digest)
        .with_context(|| format!("the cursor of run {} is gone", run.run))?;
    Ok(Some(
        String::from_utf8(bytes)
            .with_context(|| format!("the cursor of run {} is damaged", run.run))?,
    ))
}

fn outcome(draft: RunDraft) -> Outcome {
    let total = |count: fn(&tenure_model::entry::ArtifactBody) -> u64| {
        draft.artifacts.iter().map(count).sum()
    };
    Outcome {
        nothing_new: draft.nothing_new,
        artifacts: draft.artifacts.len() as u64,
        records: total(|a| a.records),
        with_facts: total(|a| a.with_facts),
        skipped: total(|a| a.skipped.values().sum()),
        rejected: total(|a| a.rejected),
        source: draft.run.source,
        run: draft.run.run,
        outcome: draft.run.outcome,
        gap_count: draft.run.gap_count,
        gaps: draft.run.gaps,
    }
}

fn tell(outcome: &Outcome, cx: &mut Cx) -> anyhow::Result<()> {
    let word = match outcome.outcome {
        RunOutcome::Complete if outcome.nothing_new => styled(GOOD, "nothing new"),
        RunOutcome::Complete => styled(GOOD, "complete"),
        RunOutcome::Partial => styled(WARN, "partial"),
        RunOutcome::Failed => styled(BAD, "failed"),
    };
    cx.out.line(format!(
        "{}: {word}: {} artifacts, {} records = {} with facts + {} skipped + {} rejected",
        outcome.source,
        outcome.artifacts,
        outcome.records,
        outcome.with_facts,
        outcome.skipped,
        outcome.rejected
    ))?;
    for gap in &outcome.gaps {
        let record = gap.record.map(|r| format!(", record {r}")).unwrap_or_default();
        cx.out.line(format!("  gap: {}{record}: {}", gap.artifact, gap.cause))?;
        if !gap.hint.is_empty() {
            cx.out.line(format!("       hint: {}", gap.hint))?;
        }
    }
    let more = outcome.gap_count.saturating_sub(outcome.gaps.len() as u64);
    if more > 0 {
        cx.out.line(format!(
            "  and {more} more gaps; 'tenure query' over runs tells which blob lists them"
        ))?;
    }
    Ok(())
}
