//! Input to files.

use std::collections::{BTreeMap, BTreeSet};

use tenure_ledger::merkle::Hash;
use tenure_ledger::note::KeyType;
use tenure_ledger::{Entry, SignedCheckpoint, TlogProof};
use tenure_model::Digest;
use tenure_model::evaluation::{Evaluated, PopulationItem};
use tenure_verify::canonical::{self, sha256};
use tenure_verify::csv;
use tenure_verify::format::{
    CONSISTENCY_SCHEMA, Consistency, ControlAnchor, EVALUATION_ENTRY_SCHEMA, EvaluationEntry,
    KIND_EVALUATION, MAX_RECORD, Pointer, RECORD_PROOF_SCHEMA, RecordProof, Undisclosed,
};
use tenure_verify::layout::{
    CHECKPOINT, CONSISTENCY, CONTROLS_CSV, DEVIATIONS_CSV, EVALUATION, FileKind, INDEX, POLICY,
    UNDISCLOSED,
};

use crate::error::PackError;
use crate::input::{PackInput, PackRecord};
use crate::page;
use crate::seal::Files;

/// The body of the entry (kind `evaluation`) that anchors results in the log: append it, publish a
/// checkpoint that covers it, then build the pack. `ledger_root` is the root at `known_at + 1`.
///
/// # Errors
/// When a control lacks its items or definition.
pub fn evaluation_entry(
    evaluated: &Evaluated,
    ledger_root: Hash,
) -> Result<EvaluationEntry, PackError> {
    let evaluation = &evaluated.evaluation;
    let controls = evaluation.controls.iter().map(|control| {
        let (items, definition) = parts(evaluated, &control.id)?;
        Ok(ControlAnchor {
            id: control.id.clone(),
            definition: sha256(definition.as_bytes()),
            population: sha256(&lines(items)),
            items: sha256(&canonical::to_lines(items)?),
        })
    });
    Ok(EvaluationEntry {
        schema: EVALUATION_ENTRY_SCHEMA.to_owned(),
        period: evaluation.period,
        known_at: evaluation.known_at,
        ledger_size: evaluation.known_at.0 + 1,
        ledger_root: Digest(ledger_root),
        evaluation: sha256(&canonical::to_bytes(evaluation)?),
        controls: controls.collect::<Result<_, PackError>>()?,
    })
}

/// The files of a pack, without manifest and note.
///
/// # Errors
/// When the input contradicts itself.
pub fn assemble(input: &PackInput<'_>) -> Result<Files, PackError> {
    let checkpoint = checkpoint(input)?;
    let mut files = Files::new();
    put(&mut files, FileKind::Fixed(CHECKPOINT), input.checkpoint.to_vec())?;
    put(&mut files, FileKind::Fixed(POLICY), policy(input).into_bytes())?;
    results(input.evaluated, &mut files)?;
    let anchor = entries(input, &checkpoint, &mut files)?;
    put(&mut files, FileKind::Fixed(CONSISTENCY), consistency(input, &anchor, &checkpoint)?)?;
    let disclosed = records(input.records, &mut files)?;
    let undisclosed = undisclosed(input, &disclosed);
    put(&mut files, FileKind::Fixed(UNDISCLOSED), canonical::to_lines(&undisclosed)?)?;
    let page = page::render(input, &checkpoint.checkpoint, &anchor, &disclosed, undisclosed.len())?;
    put(&mut files, FileKind::Fixed(INDEX), page.into_bytes())?;
    Ok(files)
}

fn put(files: &mut Files, kind: FileKind, content: Vec<u8>) -> Result<(), PackError> {
    let name = kind.name();
    if files.contains_key(&name) {
        return Err(PackError::Twice(name));
    }
    files.insert(name, content);
    Ok(())
}

fn checkpoint(input: &PackInput<'_>) -> Result<SignedCheckpoint, PackError> {
    let signed = SignedCheckpoint::parse(input.checkpoint)?;
    let expected = input.log_key.name();
    if signed.checkpoint.origin != expected {
        let found = signed.checkpoint.origin;
        return Err(PackError::Origin { expected: expected.to_owned(), found });
    }
    if signed.note.to_string().as_bytes() != input.checkpoint {
        return Err(PackError::CheckpointSpelling);
    }
    signed.verify(input.log_key)?;
    match input.signer.verifier(expected, KeyType::Ed25519) {
        Ok(key) if key == *input.log_key => Ok(signed),
        _ => Err(PackError::Signer(expected.to_owned())),
    }
}

fn policy(input: &PackInput<'_>) -> String {
    let witnesses = input.witnesses.unwrap_or("quorum none\n");
    format!(
        "# What the packer trusted. Compare the log's key with the one you hold.\nlog {}\n{witnesses}",
        input.log_key
    )
}

fn results(evaluated: &Evaluated, files: &mut Files) -> Result<(), PackError> {
    let evaluation = &evaluated.evaluation;
    put(files, FileKind::Fixed(EVALUATION), canonical::to_bytes(evaluation)?)?;
    put(files, FileKind::Fixed(DEVIATIONS_CSV), csv::deviations(evaluation).into_bytes())?;
    put(files, FileKind::Fixed(CONTROLS_CSV), csv::controls(evaluation).into_bytes())?;
    for control in &evaluation.controls {
        let id = &control.id;
        let (items, definition) = parts(evaluated, id)?;
        let kind = FileKind::Items(id.clone());
        if FileKind::of(&kind.name()) != Some(kind.clone()) {
            return Err(PackError::ControlId(id.clone()));
        }
        put(files, kind, canonical::to_lines(items)?)?;
        put(files, FileKind::Population(id.clone()), lines(items))?;
        put(files, FileKind::Definition(id.clone()), definition.as_bytes().to_vec())?;
    }
    Ok(())
}

fn parts<'e>(
    evaluated: &'e Evaluated,
    control: &str,
) -> Result<(&'e [PopulationItem], &'e str), PackError> {
    let lacks = |what| PackError::Incomplete { control: control.to_owned(), what };
    let items = evaluated.items.get(control).ok_or_else(|| lacks("items"))?;
    let definition = evaluated.definitions.get(control).ok_or_else(|| lacks("definition"))?;
    Ok((items, definition))
}

/// The canonical lines of a population, sorted bytewise.
fn lines(items: &[PopulationItem]) -> Vec<u8> {
    let mut lines: Vec<_> = items.iter().map(PopulationItem::line).collect();
    lines.sort_unstable();
    lines.concat().into_bytes()
}

fn entries(
    input: &PackInput<'_>,
    checkpoint: &SignedCheckpoint,
    files: &mut Files,
) -> Result<EvaluationEntry, PackError> {
    let mut anchor = None;
    for entry in input.entries {
        let (extra, hashes) = (None, entry.proof.clone());
        let proof = TlogProof { extra, index: entry.seq.0, hashes, checkpoint: checkpoint.clone() };
        put(files, FileKind::EntryProof(entry.seq), proof.to_string().into_bytes())?;
        put(files, FileKind::Entry(entry.seq), entry.bytes.clone())?;
        if entry.seq == input.evaluation_entry {
            anchor = Some(read_anchor(&entry.bytes));
        }
    }
    let seq = input.evaluation_entry;
    let anchor = anchor.ok_or(PackError::NoEvaluationEntry(seq))?;
    anchor.map_err(|cause| PackError::EvaluationEntry { seq, cause })
}

fn read_anchor(bytes: &[u8]) -> Result<EvaluationEntry, String> {
    let entry = Entry::from_bytes(bytes).map_err(|error| error.to_string())?;
    if entry.kind != KIND_EVALUATION {
        return Err(format!("it is of kind '{}'", entry.kind));
    }
    serde_json::from_value(entry.body).map_err(|error| error.to_string())
}

fn consistency(
    input: &PackInput<'_>,
    anchor: &EvaluationEntry,
    checkpoint: &SignedCheckpoint,
) -> Result<Vec<u8>, PackError> {
    let proof = Consistency {
        schema: CONSISTENCY_SCHEMA.to_owned(),
        from_size: anchor.ledger_size,
        from_root: anchor.ledger_root,
        to_size: checkpoint.checkpoint.size,
        to_root: Digest(checkpoint.checkpoint.root),
        proof: input.consistency.iter().copied().map(Digest).collect(),
    };
    Ok(canonical::to_bytes(&proof)?)
}

fn records(records: &[PackRecord], files: &mut Files) -> Result<BTreeSet<Pointer>, PackError> {
    let mut disclosed = BTreeSet::new();
    for record in records.iter().filter(|record| record.record.len() <= MAX_RECORD) {
        let proof = RecordProof {
            schema: RECORD_PROOF_SCHEMA.to_owned(),
            artifact_entry: record.artifact_entry,
            index: record.index,
            salt: record.salt.iter().map(|byte| format!("{byte:02x}")).collect(),
            records_root: record.records_root,
            records: record.records,
            proof: record.proof.iter().copied().map(Digest).collect(),
        };
        let (artifact, index) = (record.artifact, record.index);
        put(files, FileKind::RecordProof(artifact, index), canonical::to_bytes(&proof)?)?;
        put(files, FileKind::Record(artifact, index), record.record.clone())?;
        disclosed.insert(Pointer { artifact, record: index });
    }
    Ok(disclosed)
}

/// Everything that the results point at and that is not disclosed, with a reason each.
fn undisclosed(input: &PackInput<'_>, disclosed: &BTreeSet<Pointer>) -> Vec<Undisclosed> {
    let is_open = |pointer: &str| pointer.parse().is_ok_and(|pointer| disclosed.contains(&pointer));
    let mut reasons = BTreeMap::new();
    for pointer in pointers(input.evaluated).filter(|pointer| !is_open(pointer)) {
        reasons.insert(pointer.to_owned(), "not chosen for this pack".to_owned());
    }
    for line in input.undisclosed.iter().filter(|line| !is_open(&line.pointer)) {
        reasons.insert(line.pointer.clone(), line.why.clone());
    }
    for record in input.records.iter().filter(|record| record.record.len() > MAX_RECORD) {
        let pointer = Pointer { artifact: record.artifact, record: record.index };
        let why = format!(
            "{} bytes long; records above {MAX_RECORD} bytes are left out",
            record.record.len()
        );
        reasons.insert(pointer.to_string(), why);
    }
    reasons.into_iter().map(|(pointer, why)| Undisclosed { pointer, why }).collect()
}

fn pointers(evaluated: &Evaluated) -> impl Iterator<Item = &str> {
    let of_items = evaluated.items.values().flatten().flat_map(|item| item.evidence.iter());
    let lists = evaluated.evaluation.controls.iter().flat_map(|control| &control.deviations.list);
    of_items.chain(lists.flat_map(|deviation| deviation.evidence.iter()))
}
