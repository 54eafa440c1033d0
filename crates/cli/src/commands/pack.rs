//! `tenure pack`: evidence packs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;
use tenure_ledger::merkle::root_of;
use tenure_ledger::{Hash, NewEntry};
use tenure_model::digest::Digest;
use tenure_model::entry::{ArtifactBody, KIND_COVERAGE, KIND_RUN};
use tenure_model::evaluation::Evaluated;
use tenure_model::ids::Seq;
use tenure_pack::{PackEntry, PackInput, PackRecord, Undisclosed};
use tenure_sources::pipeline;

use crate::cli::Cx;
use crate::commands::evaluate::{What, perform};
use crate::exit::Exit;
use crate::out::Format;
use crate::projection;
use crate::workspace::{Configured, KIND_EVALUATION, Workspace};

mod about;
mod series;

/// Evidence packs.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    /// Evaluate a period, anchor the results in the ledger, and write a pack.
    Build(Build),
    /// What a pack holds.
    Show {
        /// The pack.
        pack: PathBuf,
    },
}

/// Evaluates a period, anchors the results in the ledger, and writes a pack.
#[derive(clap::Args, Debug)]
pub(crate) struct Build {
    #[command(flatten)]
    pub(crate) what: What,
    /// Where to write it.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// How many records of evidence to disclose for each control.
    #[arg(long, value_name = "N", default_value_t = 25)]
    pub(crate) disclose: usize,
}

/// What was written.
pub(crate) struct Written {
    pub(crate) evaluated: Evaluated,
    pub(crate) bytes: u64,
    pub(crate) records: usize,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    match args.verb {
        Verb::Build(build) => {
            let mut workspace = cx.workspace()?;
            let written = self::build(&mut workspace, &build, cx)?;
            let out = build.out.display();
            match cx.out.format {
                Format::Json => cx.out.json(&json!({
                    "schema": "tenure.pack-build/v1", "pack": build.out, "bytes": written.bytes, "records": written.records,
                }))?,
                Format::Text | Format::Csv => {
                    let controls = written.evaluated.evaluation.controls.len();
                    cx.out.line(format!("{out}: {controls} controls, {} disclosed records, {} bytes", written.records, written.bytes))?;
                    cx.out.say(format!("verify it with 'tenure verify {out}'"))?;
                }
            }
            Ok(Exit::Ok)
        }
        Verb::Show { pack } => show(&pack, cx),
    }
}

/// Builds a pack and writes it where it says.
pub(crate) fn build(workspace: &mut Workspace, args: &Build, cx: &Cx) -> anyhow::Result<Written> {
    let evaluated = perform(workspace, &args.what, cx)?;
    let evaluation_entry = anchor(workspace, &evaluated, cx)?;
    let signed = workspace.ledger.checkpoint()?;
    let note = signed.note.to_string();
    let size = signed.checkpoint.size;
    let known_at = evaluated.evaluation.known_at;
    let (records, undisclosed) = disclose(workspace, &evaluated, args.disclose)?;
    let mut wanted: BTreeSet<Seq> = records.iter().map(|r| r.artifact_entry).collect();
    wanted.insert(evaluation_entry);
    let entries = entries(workspace, known_at, size, &wanted)?;
    let consistency = workspace.ledger.consistency_proof(known_at.0 + 1, size)?;
    let about = about::of(&super::controls::library(cx)?, &evaluated);
    let access = series::access(workspace, &evaluated)?;
    let signer = workspace.signing_key()?;
    let bytes = tenure_pack::build(&PackInput {
        checkpoint: note.as_bytes(),
        log_key: workspace.ledger.verifier_key(),
        witnesses: None,
        signer: &signer,
        evaluated: &evaluated,
        entries: &entries,
        evaluation_entry,
        consistency: &consistency,
        records: &records,
        undisclosed: &undisclosed,
        about: &about,
        access: &access,
    })?;
    write(&args.out, &bytes)?;
    Ok(Written { evaluated, bytes: bytes.len() as u64, records: records.len() })
}

/// The results go into the log before they go into a pack. The same results at the same index are
/// the same entry, so building again changes nothing.
fn anchor(workspace: &mut Workspace, evaluated: &Evaluated, cx: &Cx) -> anyhow::Result<Seq> {
    let known_at = evaluated.evaluation.known_at;
    let root = root_at(workspace, known_at.0 + 1)?;
    let body = serde_json::to_value(tenure_pack::evaluation_entry(evaluated, root)?)?;
    let period = evaluated.evaluation.period;
    let stream = format!("evaluation/{}/{}/{known_at}", period.from, period.to);
    for known in workspace.ledger.stream(&stream) {
        let known = known?;
        if known.entry.body == body {
            return Ok(known.seq);
        }
    }
    let rev = workspace.ledger.next_rev(&stream)?;
    let entry = NewEntry {
        kind: KIND_EVALUATION.into(),
        at: cx.now(),
        actor: "tenure".into(),
        stream,
        rev,
        body,
    };
    let seqs = workspace.ledger.append(vec![entry])?;
    workspace.publish(cx.now())?;
    seqs.first().copied().context("the ledger gave no index")
}

fn root_at(workspace: &Workspace, size: u64) -> anyhow::Result<Hash> {
    let leaves: Vec<Hash> = workspace
        .ledger
        .entries(0..size)
        .map(|entry| entry.map(|e| e.leaf_hash))
        .collect::<Result<_, _>>()?;
    Ok(root_of(&leaves))
}

/// Runs and coverage as known, and the entries that are wanted beside, each with its proof.
fn entries(
    workspace: &Workspace,
    known_at: Seq,
    size: u64,
    wanted: &BTreeSet<Seq>,
) -> anyhow::Result<Vec<PackEntry>> {
    let mut entries = Vec::new();
    for entry in workspace.ledger.entries(0..size) {
        let entry = entry?;
        let kind = entry.entry.kind.as_str();
        let evidence = matches!(kind, KIND_RUN | KIND_COVERAGE) && entry.seq <= known_at;
        if evidence || wanted.contains(&entry.seq) {
            let proof = workspace.ledger.inclusion_proof(entry.seq, size)?;
            entries.push(PackEntry { seq: entry.seq, bytes: entry.bytes, proof });
        }
    }
    Ok(entries)
}

/// The records behind the first deviations of each control, up to a number; the rest is listed.
fn disclose(
    workspace: &Workspace,
    evaluated: &Evaluated,
    limit: usize,
) -> anyhow::Result<(Vec<PackRecord>, Vec<Undisclosed>)> {
    let (mut wanted, mut rest) = (BTreeSet::new(), BTreeSet::new());
    for control in &evaluated.evaluation.controls {
        let mut taken = BTreeSet::new();
        for pointer in control.deviations.list.iter().flat_map(|d| d.evidence.iter()) {
            if taken.len() < limit || taken.contains(pointer) {
                taken.insert(pointer.to_owned());
            } else {
                rest.insert(pointer.to_owned());
            }
        }
        wanted.extend(taken);
    }
    let why = format!(
        "only the first {limit} records of each control are disclosed; --disclose takes more"
    );
    let undisclosed = rest
        .difference(&wanted)
        .map(|pointer| Undisclosed { pointer: pointer.clone(), why: why.clone() })
        .collect();
    Ok((records(workspace, &wanted)?, undisclosed))
}

fn records(workspace: &Workspace, wanted: &BTreeSet<String>) -> anyhow::Result<Vec<PackRecord>> {
    let mut by_artifact: BTreeMap<Digest, BTreeSet<u64>> = BTreeMap::new();
    for pointer in wanted {
        let (artifact, record) =
            pointer.split_once('#').with_context(|| format!("'{pointer}' points at no record"))?;
        by_artifact.entry(artifact.parse()?).or_default().insert(record.parse()?);
    }
    let recorded = projection::recorded(workspace)?;
    let mut records = Vec::new();
    for run in &recorded.runs {
        for (seq, body) in &run.artifacts {
            if let Some(indexes) = by_artifact.remove(&body.blob) {
                let source = recorded.configured(run)?;
                records.extend(from_artifact(workspace, &source, *seq, body, indexes)?);
            }
        }
    }
    Ok(records)
}

fn from_artifact(
    workspace: &Workspace,
    configured: &Configured,
    seq: Seq,
    body: &ArtifactBody,
    indexes: BTreeSet<u64>,
) -> anyhow::Result<Vec<PackRecord>> {
    let disclosed = pipeline::disclose(
        configured.source,
        &configured.settings,
        body,
        &workspace.blobs,
        &workspace.record_key,
        indexes,
    )?;
    let record = |d: pipeline::Disclosed| PackRecord {
        artifact: body.blob,
        index: d.index,
        artifact_entry: seq,
        record: d.record,
        salt: d.salt,
        records_root: body.records_root,
        records: body.records,
        proof: d.proof,
    };
    Ok(disclosed.into_iter().map(record).collect())
}

/// Either the whole pack is there, or none.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let temporary = path.with_extension("zip.new");
    std::fs::write(&temporary, bytes)
        .with_context(|| format!("cannot write {}", temporary.display()))?;
    std::fs::rename(&temporary, path).with_context(|| format!("cannot write {}", path.display()))
}

fn show(path: &Path, cx: &mut Cx) -> anyhow::Result<Exit> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let entries = tenure_verify::container::Archive::open(&bytes)
        .with_context(|| format!("{} is no pack", path.display()))?;
    let rows: Vec<_> = entries
        .files()
        .map(|(name, data)| vec![name.to_string(), data.len().to_string()])
        .collect();
    match cx.out.format {
        Format::Json => {
            let files: Vec<_> = rows
                .iter()
                .map(|r| json!({"name": r[0], "bytes": r[1].parse::<u64>().unwrap_or_default()}))
                .collect();
            cx.out.json(&json!({"schema": "tenure.pack-show/v1", "files": files}))?;
        }
        Format::Text | Format::Csv => cx.out.line(crate::out::table(&["file", "bytes"], &rows))?,
    }
    Ok(Exit::Ok)
}
