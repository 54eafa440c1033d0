//! The results as a whole, and the ledger entry that anchors them.

use std::collections::BTreeSet;

use tenure_model::evaluation::{Evaluation, SCHEMA};

use super::{Pack, Proven};
use crate::canonical;
use crate::csv;
use crate::format::{EVALUATION_ENTRY_SCHEMA, EvaluationEntry, KIND_EVALUATION, Manifest};
use crate::layout::{CONTROLS_CSV, DEVIATIONS_CSV, EVALUATION, FileKind};
use crate::report::{Probe, Report};

pub(super) fn form(
    pack: &Pack<'_>,
    manifest: Option<&Manifest>,
    report: &mut Report,
) -> Option<Evaluation> {
    let mut probe =
        Probe::new("results/form", "the results are well-formed and about the manifest's period");
    probe.look();
    let evaluation = pack.get(EVALUATION).map(canonical::from_bytes::<Evaluation>);
    match &evaluation {
        None => probe.missing("evaluation.json is not in the pack"),
        Some(Err(error)) => probe.mismatch(format!("evaluation.json: {error}")),
        Some(Ok(evaluation)) => {
            if evaluation.schema != SCHEMA {
                probe.mismatch(format!(
                    "the schema is '{}', this program reads '{SCHEMA}'",
                    evaluation.schema
                ));
            }
            if manifest
                .is_some_and(|m| m.period != evaluation.period || m.known_at != evaluation.known_at)
            {
                probe.mismatch("the manifest names another period or ledger index");
            }
            if !evaluation.controls.is_sorted_by(|a, b| a.id < b.id) {
                probe.mismatch("the controls are not in strict order of their ids");
            }
        }
    }
    probe.finish(report, "canonical JSON, no unknown field");
    evaluation.and_then(Result::ok)
}

/// The entry under the checkpoint says what the files say.
pub(super) fn anchor(
    pack: &Pack<'_>,
    proven: &Proven,
    report: &mut Report,
) -> Option<EvaluationEntry> {
    let mut probe =
        Probe::new("results/anchor", "an entry of the log fixes the results as they are here");
    probe.look();
    let seq = proven.manifest.as_ref().map(|manifest| manifest.evaluation_entry);
    let entry = seq.and_then(|seq| proven.entries.get(&seq));
    let mut body = None;
    match entry {
        None => probe.missing("no proven entry of the pack is the one the manifest names"),
        Some(entry) if entry.kind != KIND_EVALUATION => {
            probe.mismatch(format!("the entry named is of kind '{}'", entry.kind));
        }
        Some(entry) => match serde_json::from_value::<EvaluationEntry>(entry.body.clone()) {
            Ok(anchor) => {
                compare(pack, proven, &anchor, &mut probe);
                if seq.is_some_and(|seq| seq <= anchor.known_at) {
                    probe.mismatch("the entry lies inside the ledger prefix that it is about");
                }
                body = Some(anchor);
            }
            Err(error) => probe.mismatch(format!("the entry's body: {error}")),
        },
    }
    probe.finish(report, seq.map(|seq| format!("entry {seq}")).unwrap_or_default());
    body
}

fn compare(pack: &Pack<'_>, proven: &Proven, anchor: &EvaluationEntry, probe: &mut Probe) {
    let known = anchor.known_at.0;
    probe.require(anchor.schema == EVALUATION_ENTRY_SCHEMA, || {
        "the entry has another schema".to_owned()
    });
    probe.require(known.checked_add(1) == Some(anchor.ledger_size), || {
        format!(
            "the entry rests on {} entries and names index {known} as the last",
            anchor.ledger_size
        )
    });
    probe.require(pack.digests.get(EVALUATION) == Some(&anchor.evaluation), || {
        "evaluation.json is not the one that was logged".to_owned()
    });
    let Some(evaluation) = &proven.evaluation else { return };
    probe.require(
        anchor.period == evaluation.period && anchor.known_at == evaluation.known_at,
        || "another period or ledger index was logged".to_owned(),
    );
    let ids = |controls: &mut dyn Iterator<Item = &String>| controls.cloned().collect::<Vec<_>>();
    let logged = ids(&mut anchor.controls.iter().map(|control| &control.id));
    probe
        .require(logged == ids(&mut evaluation.controls.iter().map(|control| &control.id)), || {
            "other controls were logged".to_owned()
        });
    for control in &anchor.controls {
        let files = [
            (FileKind::Definition(control.id.clone()), control.definition),
            (FileKind::Population(control.id.clone()), control.population),
            (FileKind::Items(control.id.clone()), control.items),
        ];
        for (name, digest) in files.map(|(kind, digest)| (kind.name(), digest)) {
            // A file that is not there is the control's own check to report.
            let found = pack.digests.get(name.as_str());
            probe.require(found.is_none_or(|found| *found == digest), || {
                format!("{name} is not the one that was logged")
            });
        }
    }
}

/// The spreadsheets say what the results say.
pub(super) fn csv(pack: &Pack<'_>, proven: &Proven, report: &mut Report) {
    let mut probe = Probe::new("results/csv", "the CSV files say what the results say");
    let Some(evaluation) = &proven.evaluation else { return };
    let expected =
        [(DEVIATIONS_CSV, csv::deviations(evaluation)), (CONTROLS_CSV, csv::controls(evaluation))];
    for (name, expected) in expected {
        match pack.get(name) {
            None => probe.missing(format!("{name} is not in the pack")),
            Some(content) => probe
                .require(content == expected.as_bytes(), || format!("{name} says something else")),
        }
    }
    probe.finish(report, "re-derived byte for byte");
}

/// No file is about a control without a result.
pub(super) fn files(pack: &Pack<'_>, evaluation: &Evaluation, report: &mut Report) {
    let mut probe = Probe::new("results/files", "no file is about a control that has no result");
    let ids: BTreeSet<_> = evaluation.controls.iter().map(|control| control.id.as_str()).collect();
    for (name, _) in pack.archive.files() {
        let control = match FileKind::of(name) {
            Some(FileKind::Items(id) | FileKind::Population(id) | FileKind::Definition(id)) => id,
            _ => continue,
        };
        probe.require(ids.contains(control.as_str()), || format!("{name} belongs to no result"));
    }
    probe.finish(report, format!("{} controls", ids.len()));
}
