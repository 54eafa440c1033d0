//! The ledger entries in the pack: each one is in the log, at its index.

use std::collections::BTreeMap;

use tenure_ledger::merkle::{leaf_hash, verify_inclusion};
use tenure_ledger::{Checkpoint, Entry, TlogProof};
use tenure_model::ids::Seq;

use super::Pack;
use crate::layout::{CHECKPOINT, FileKind};
use crate::report::{Probe, Report};

/// Only entries that are proven are handed on.
pub(super) fn check(
    pack: &Pack<'_>,
    checkpoint: Option<&Checkpoint>,
    report: &mut Report,
) -> BTreeMap<Seq, Entry> {
    let mut probe = Probe::new("log/entries", "each entry is in the log at its index");
    let mut entries = BTreeMap::new();
    for (name, content) in pack.archive.under("entries/") {
        match FileKind::of(name) {
            Some(FileKind::Entry(seq)) => {
                probe.look();
                match one(pack, seq, content, checkpoint) {
                    Ok(entry) => drop(entries.insert(seq, entry)),
                    Err(Problem::Missing(what)) => probe.missing(format!("entry {seq}: {what}")),
                    Err(Problem::Mismatch(what)) => probe.mismatch(format!("entry {seq}: {what}")),
                }
            }
            Some(FileKind::EntryProof(seq)) if pack.get(&FileKind::Entry(seq).name()).is_none() => {
                probe
                    .missing(format!("entry {seq}: its proof is in the pack and the entry is not"));
            }
            _ => {}
        }
    }
    let detail =
        checkpoint.map(|c| format!("inclusion proofs lead to the checkpoint of size {}", c.size));
    probe.finish(report, detail.unwrap_or_default());
    entries
}

enum Problem {
    Missing(&'static str),
    Mismatch(String),
}

fn one(
    pack: &Pack<'_>,
    seq: Seq,
    content: &[u8],
    checkpoint: Option<&Checkpoint>,
) -> Result<Entry, Problem> {
    let mismatch = |what: &dyn ToString| Problem::Mismatch(what.to_string());
    let entry = Entry::from_bytes(content).map_err(|error| mismatch(&error))?;
    let proof = pack
        .get(&FileKind::EntryProof(seq).name())
        .ok_or(Problem::Missing("its proof is not in the pack"))?;
    let checkpoint =
        checkpoint.ok_or_else(|| mismatch(&"no proven checkpoint to check it against"))?;
    // The signatures of the pack's checkpoint were checked once; every proof must carry that one.
    let own = pack.get(CHECKPOINT).unwrap_or_default();
    if !proof.ends_with(own) {
        return Err(mismatch(&"its proof carries another checkpoint"));
    }
    let proof = TlogProof::parse(proof).map_err(|error| mismatch(&error))?;
    if proof.checkpoint.checkpoint != *checkpoint || proof.index != seq.0 || proof.extra.is_some() {
        return Err(mismatch(&"its proof is about something else"));
    }
    verify_inclusion(&leaf_hash(content), seq.0, checkpoint.size, &proof.hashes, &checkpoint.root)
        .map_err(|error| mismatch(&error))?;
    Ok(entry)
}
