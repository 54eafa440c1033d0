//! Disclosed records: salt and proof lead to the root in the artifact's entry, and that to the log.

use std::collections::{BTreeMap, BTreeSet};

use tenure_ledger::Entry;
use tenure_ledger::merkle::verify_inclusion;
use tenure_model::entry::{ArtifactBody, KIND_ARTIFACT};
use tenure_model::ids::Seq;

use super::Pack;
use crate::canonical;
use crate::format::{MAX_RECORD, Pointer, RECORD_PROOF_SCHEMA, RecordProof, Undisclosed};
use crate::layout::{FileKind, UNDISCLOSED};
use crate::report::{Probe, Report};

/// Bytes of a salt. Fixed, because commitments run salt and record together: with a salt of any
/// length, bytes could be moved from the record into the salt without changing the commitment.
pub const SALT: usize = 16;

/// What became of the evidence that results point at.
#[derive(Default)]
pub(super) struct Records {
    /// Proven records, each with the index of its artifact's entry.
    pub(super) proven: BTreeMap<Pointer, Seq>,
    /// Pointers that the pack lists as left out.
    pub(super) undisclosed: BTreeSet<String>,
}

pub(super) fn check(
    pack: &Pack<'_>,
    entries: &BTreeMap<Seq, Entry>,
    report: &mut Report,
) -> Records {
    let mut probe =
        Probe::new("records/proofs", "each record is one that was collected, unchanged");
    let mut records = Records::default();
    // The same artifact has many records: its entry is read once.
    let mut artifacts = BTreeMap::new();
    for (name, content) in pack.archive.under("records/") {
        match FileKind::of(name) {
            Some(FileKind::Record(artifact, record)) => {
                probe.look();
                let pointer = Pointer { artifact, record };
                match one(pack, pointer, content, entries, &mut artifacts) {
                    Ok(seq) => drop(records.proven.insert(pointer, seq)),
                    Err(Problem::Missing(what)) => probe.missing(format!("{name}: {what}")),
                    Err(Problem::Mismatch(what)) => probe.mismatch(format!("{name}: {what}")),
                }
            }
            Some(FileKind::RecordProof(artifact, record))
                if pack.get(&FileKind::Record(artifact, record).name()).is_none() =>
            {
                probe.missing(format!("{name}: the record is not in the pack"));
            }
            _ => {}
        }
    }
    probe.finish(report, "salted commitments lead to the roots that the log holds");
    records.undisclosed = undisclosed(pack, report);
    records
}

enum Problem {
    Missing(&'static str),
    Mismatch(String),
}

fn one(
    pack: &Pack<'_>,
    pointer: Pointer,
    record: &[u8],
    entries: &BTreeMap<Seq, Entry>,
    artifacts: &mut BTreeMap<Seq, ArtifactBody>,
) -> Result<Seq, Problem> {
    let mismatch = |what: &str| Problem::Mismatch(what.to_owned());
    let proof = pack
        .get(&FileKind::RecordProof(pointer.artifact, pointer.record).name())
        .ok_or(Problem::Missing("its proof is not in the pack"))?;
    let proof: RecordProof = canonical::from_bytes(proof)
        .map_err(|error| Problem::Mismatch(format!("its proof: {error}")))?;
    if record.len() > MAX_RECORD {
        return Err(mismatch("it is larger than a disclosed record may be"));
    }
    if proof.schema != RECORD_PROOF_SCHEMA || proof.index != pointer.record {
        return Err(mismatch("its proof is about something else"));
    }
    let salt = hex::decode(&proof.salt)
        .ok()
        .filter(|salt| salt.len() == SALT && hex::encode(salt) == proof.salt);
    let salt = salt.ok_or_else(|| mismatch("its salt is not 16 bytes in lower-case hex"))?;
    let artifact = artifact(proof.artifact_entry, entries, artifacts)?;
    if artifact.blob != pointer.artifact
        || artifact.records != proof.records
        || artifact.records_root != proof.records_root
    {
        return Err(mismatch("its proof contradicts the artifact's entry"));
    }
    let hashes: Vec<_> = proof.proof.iter().map(|hash| hash.0).collect();
    let leaf = canonical::record_commitment(&salt, record);
    verify_inclusion(&leaf, proof.index, proof.records, &hashes, &proof.records_root.0)
        .map_err(|error| Problem::Mismatch(error.to_string()))?;
    Ok(proof.artifact_entry)
}

fn artifact<'m>(
    seq: Seq,
    entries: &BTreeMap<Seq, Entry>,
    known: &'m mut BTreeMap<Seq, ArtifactBody>,
) -> Result<&'m ArtifactBody, Problem> {
    if let std::collections::btree_map::Entry::Vacant(place) = known.entry(seq) {
        let entry = entries
            .get(&seq)
            .ok_or(Problem::Missing("no proven entry of its artifact is in the pack"))?;
        if entry.kind != KIND_ARTIFACT {
            return Err(Problem::Mismatch(format!(
                "entry {seq} is of kind '{}', not an artifact's",
                entry.kind
            )));
        }
        let body = serde_json::from_value(entry.body.clone())
            .map_err(|error| Problem::Mismatch(format!("entry {seq}: {error}")))?;
        place.insert(body);
    }
    Ok(&known[&seq])
}

fn undisclosed(pack: &Pack<'_>, report: &mut Report) -> BTreeSet<String> {
    let mut probe =
        Probe::new("records/undisclosed", "the list of records left out is well-formed");
    let list = match pack.get(UNDISCLOSED).map(canonical::lines::<Undisclosed>) {
        None => {
            probe.missing("undisclosed.jsonl is not in the pack");
            Vec::new()
        }
        Some(Err(error)) => {
            probe.mismatch(error.to_string());
            Vec::new()
        }
        Some(Ok(list)) => list,
    };
    if !list.is_sorted_by(|a, b| a.pointer < b.pointer) {
        probe.mismatch("it is not in strict order of its pointers");
    }
    for line in &list {
        probe.require(line.pointer.parse::<Pointer>().is_ok() && !line.why.is_empty(), || {
            format!("'{}' is no pointer, or has no reason", line.pointer)
        });
    }
    probe.finish(report, "each with its reason");
    list.into_iter().map(|line| line.pointer).collect()
}
