//! `tenure collect`: pulls what is new, records it, and brings the timeline up to date.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;
use tenure_ledger::{Ledger, NewEntry, Prepared};
use tenure_model::Timestamp;
use tenure_model::digest::Digest;
use tenure_model::entry::{Gap, KIND_ARTIFACT, KIND_COVERAGE, KIND_RUN, RunBody, RunOutcome};
use tenure_model::ids::{RunId, Seq, SourceName};
use tenure_sources::pipeline::{self, Run, RunDraft};

use crate::cli::Cx;
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::{BAD, Format, GOOD, WARN, styled};
use crate::progress::Bar;
use crate::projection::{self, RunFile};
use crate::workspace::{Configured, Workspace};

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

/// Collects one source, and leaves the timeline for later; gives the index of the run's entry.
pub(super) fn named(
    workspace: &mut Workspace,
    name: &SourceName,
    cx: &mut Cx,
) -> anyhow::Result<(Outcome, Seq)> {
    workspace.ledger.claim()?;
    let mut sources = workspace.sources()?;
    let body = sources.remove(name).context("the source was just configured")?;
    let done = one(workspace, &Configured::of(body)?, cx)?;
    workspace.publish(cx.now())?;
    Ok(done)
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
            outcomes.push(one(workspace, &configured, cx)?.0);
        }
    }
    workspace.publish(cx.now())?;
    projection::ensure(workspace)?;
    Ok(outcomes)
}

fn one(
    workspace: &Workspace,
    configured: &Configured,
    cx: &mut Cx,
) -> anyhow::Result<(Outcome, Seq)> {
    let name = &configured.body.name;
    let before = Before::of(workspace, name)?;
    let id = RunId::new(name, before.runs + 1);
    let mut said = RunFile::create(workspace, configured)?;
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
    let draft = pipeline::run(&request, &mut said)?;
    bar.done();
    let now = cx.now();
    let entries = draft.artifacts.len() + draft.coverage.len() + 1;
    // Nobody else appends meanwhile, so the run's index is known before its entry is there. What it
    // said is written, and its entries are encoded, while the disk takes in the blobs; without it,
    // they are read again.
    let seq = Seq(workspace.ledger.size()? + entries as u64 - 1);
    let (synced, prepared, written) = std::thread::scope(|scope| {
        let synced = scope.spawn(|| workspace.blobs.sync());
        let prepared = scope.spawn(|| prepared(&draft, before.runs, now));
        let written = said.finish(&workspace.timeline, seq);
        (synced.join(), prepared.join(), written)
    });
    synced.map_err(|_| anyhow::anyhow!("the thread that syncs blobs has panicked"))??;
    let prepared =
        prepared.map_err(|_| anyhow::anyhow!("the thread that encodes entries has panicked"))??;
    written?;
    let seqs = workspace.ledger.append_prepared(prepared)?;
    anyhow::ensure!(seqs.last() == Some(&seq), "somebody else wrote to the ledger meanwhile");
    if scratch.exists() {
        fs::remove_dir_all(&scratch)
            .with_context(|| format!("cannot remove {}", scratch.display()))?;
    }
    Ok((outcome(draft), seq))
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

/// The entries of a run as they will be appended.
fn prepared(draft: &RunDraft, ordinal: u64, now: Timestamp) -> anyhow::Result<Prepared> {
    Ok(Ledger::prepare(entries(draft, ordinal, now)?)?)
}

/// One batch: either the whole run is on record, or nothing of it.
fn entries(draft: &RunDraft, ordinal: u64, now: Timestamp) -> anyhow::Result<Vec<NewEntry>> {
    let run = &draft.run.run;
    let entry = |kind: &str, stream: String, rev: usize, body: Value| NewEntry {
        kind: kind.to_owned(),
        at: now,
        actor: "tenure".to_owned(),
        stream,
        rev: rev as u64,
        body,
    };
    let mut entries = Vec::new();
    for (rev, artifact) in draft.artifacts.iter().enumerate() {
        entries.push(entry(
            KIND_ARTIFACT,
            format!("artifact/{run}"),
            rev,
            serde_json::to_value(artifact)?,
        ));
    }
    for (rev, statement) in draft.coverage.iter().enumerate() {
        entries.push(entry(
            KIND_COVERAGE,
            format!("coverage/{run}"),
            rev,
            serde_json::to_value(statement)?,
        ));
    }
    let rev = usize::try_from(ordinal)?;
    entries.push(entry(
        KIND_RUN,
        format!("run/{}", draft.run.source),
        rev,
        serde_json::to_value(&draft.run)?,
    ));
    Ok(entries)
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
