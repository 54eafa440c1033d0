//! `tenure ledger`: the log itself.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;
use tenure_ledger::log::{Subject, Verdict};
use tenure_model::entry::{ArtifactBody, KIND_ARTIFACT, KIND_RUN, RunBody};
use tenure_model::ids::Seq;

use crate::cli::Cx;
use crate::exit::Exit;
use crate::out::{BAD, Format, GOOD, WARN, styled};
use crate::workspace::Workspace;

/// The log itself.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    /// Size, root and key.
    Status,
    /// Re-derive everything from tiles, database and blobs.
    Verify,
    /// The signed checkpoint.
    Checkpoint,
    /// Prove that an entry is in the log (C2SP tlog-proof).
    Prove {
        /// The entry.
        index: u64,
        /// Where to write the proof; stdout, if absent.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let workspace = cx.workspace()?;
    match args.verb {
        Verb::Status => status(&workspace, cx),
        Verb::Verify => verify(&workspace, cx),
        Verb::Checkpoint => {
            let text = workspace.ledger.checkpoint()?.note.to_string();
            cx.out.raw(text.as_bytes())?;
            Ok(Exit::Ok)
        }
        Verb::Prove { index, out } => {
            let proof = workspace.ledger.tlog_proof(Seq(index))?.to_string();
            match out {
                Some(path) => std::fs::write(&path, proof)
                    .with_context(|| format!("cannot write {}", path.display()))?,
                None => cx.out.raw(proof.as_bytes())?,
            }
            Ok(Exit::Ok)
        }
    }
}

fn status(workspace: &Workspace, cx: &mut Cx) -> anyhow::Result<Exit> {
    let ledger = &workspace.ledger;
    let checkpoint = ledger.checkpoint()?.checkpoint;
    let sequenced = ledger.size()?;
    let root = hex::encode(checkpoint.root);
    if cx.out.format == Format::Json {
        cx.out.json(&json!({
            "schema": "tenure.ledger-status/v1",
            "origin": ledger.origin(),
            "log_key": ledger.verifier_key().to_string(),
            "sequenced": sequenced,
            "published": checkpoint.size,
            "root": root,
        }))?;
        return Ok(Exit::Ok);
    }
    cx.out.line(format!("origin     {}", ledger.origin()))?;
    cx.out.line(format!("log key    {}", ledger.verifier_key()))?;
    cx.out.line(format!("sequenced  {sequenced} entries"))?;
    cx.out.line(format!("published  {} entries, root {root}", checkpoint.size))?;
    Ok(Exit::Ok)
}

/// The ledger's own check, and every blob that an entry names.
fn verify(workspace: &Workspace, cx: &mut Cx) -> anyhow::Result<Exit> {
    let dir = workspace.root.join("ledger");
    let report = tenure_ledger::log::verify(&dir, workspace.ledger.verifier_key())?;
    let mut verified = report.verified.files + report.verified.entries;
    let mut findings: Vec<(bool, String)> = Vec::new();
    for finding in &report.findings {
        let subject = match &finding.subject {
            Subject::File(path) => path.clone(),
            Subject::Entry(seq) => format!("entry {seq}"),
            Subject::Database(what) => what.to_string(),
        };
        findings
            .push((finding.verdict == Verdict::Missing, format!("{subject}: {}", finding.cause)));
    }
    for (what, digest) in named_blobs(workspace)? {
        match workspace.blobs.verify(&digest) {
            Ok(_) => verified += 1,
            Err(error) => {
                let missing = matches!(error, tenure_blobs::BlobError::Missing { .. });
                findings.push((missing, format!("{what}: {error}")));
            }
        }
    }
    tell_verified(verified, &findings, cx)?;
    Ok(
        match (
            findings.iter().any(|(missing, _)| !missing),
            findings.is_empty() && report.is_verified(),
        ) {
            (_, true) => Exit::Ok,
            (true, _) => Exit::Mismatch,
            (false, false) => Exit::Missing,
        },
    )
}

fn tell_verified(verified: u64, findings: &[(bool, String)], cx: &mut Cx) -> anyhow::Result<()> {
    let missing = findings.iter().filter(|(missing, _)| *missing).count();
    let mismatch = findings.len() - missing;
    if cx.out.format == Format::Json {
        let list: Vec<_> = findings.iter().map(|(missing, text)| {
            json!({"verdict": if *missing { "missing" } else { "mismatch" }, "what": text})
        }).collect();
        return cx.out.json(&json!({
            "schema": "tenure.ledger-verify/v1",
            "verified": verified, "missing": missing, "mismatch": mismatch, "findings": list,
        }));
    }
    cx.out.line(format!("{} {verified}", styled(GOOD, "verified")))?;
    cx.out
        .line(format!("{} {missing}", styled(if missing > 0 { WARN } else { GOOD }, "missing ")))?;
    cx.out.line(format!(
        "{} {mismatch}",
        styled(if mismatch > 0 { BAD } else { GOOD }, "mismatch")
    ))?;
    for (missing, text) in findings {
        cx.out.line(format!("  {}: {text}", if *missing { "missing" } else { "mismatch" }))?;
    }
    Ok(())
}

/// Every blob that an entry names, with what it is.
fn named_blobs(workspace: &Workspace) -> anyhow::Result<Vec<(String, tenure_model::Digest)>> {
    let mut named = Vec::new();
    let size = workspace.ledger.size()?;
    for entry in workspace.ledger.entries(0..size) {
        // A damaged entry is reported by the ledger's own check.
        let Ok(entry) = entry else { continue };
        match entry.entry.kind.as_str() {
            KIND_ARTIFACT => {
                let body: ArtifactBody = serde_json::from_value(entry.entry.body)?;
                named.push((format!("artifact {}", body.name), body.blob));
            }
            KIND_RUN => {
                let body: RunBody = serde_json::from_value(entry.entry.body)?;
                named.extend(body.cursor_blob.map(|d| (format!("cursor of {}", body.run), d)));
                named.extend(body.gap_list.map(|d| (format!("gaps of {}", body.run), d)));
            }
            _ => {}
        }
    }
    Ok(named)
}
