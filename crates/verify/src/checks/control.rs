//! One control: every check of its result.

use tenure_model::entry::{KIND_RUN, RunBody};
use tenure_model::evaluation::{ControlResult, Evaluation, PopulationItem};

use super::records::Records;
use super::{Pack, Proven, deviations, items, population, timing, wording};
use crate::format::Pointer;
use crate::layout::FileKind;
use crate::report::{Probe, Report};

pub(super) fn check(
    pack: &Pack<'_>,
    proven: &Proven,
    evaluation: &Evaluation,
    control: &ControlResult,
    records: &Records,
    report: &mut Report,
) {
    let prefix = format!("control/{}", control.id);
    definition(pack, &prefix, control, report);
    population::check(pack, &prefix, control, report);
    population::completeness(&prefix, control, &evaluation.period, proven, report);
    sources(&prefix, control, proven, report);
    let items = items::check(pack, &prefix, control, report);
    if let Some(items) = &items {
        deviations::check(&prefix, control, items, &evaluation.period, report);
    }
    timing::check(&prefix, control, &evaluation.period, report);
    wording::check(&prefix, control, report);
    evidence(&prefix, control, items.as_deref().unwrap_or_default(), records, evaluation, report);
}

fn definition(pack: &Pack<'_>, prefix: &str, control: &ControlResult, report: &mut Report) {
    let mut probe = Probe::new(
        format!("{prefix}/definition"),
        "the definition here is the one that was evaluated",
    );
    let name = FileKind::Definition(control.id.clone()).name();
    match pack.digests.get(name.as_str()) {
        None => probe.missing(format!("{name} is not in the pack")),
        Some(digest) => {
            probe.require(*digest == control.definition, || format!("{name} has another digest"))
        }
    }
    probe.finish(report, format!("SHA-256 {}…", control.definition.short()));
}

/// The runs that the population names are in the log, at the indexes it names.
fn sources(prefix: &str, control: &ControlResult, proven: &Proven, report: &mut Report) {
    let mut probe = Probe::new(
        format!("{prefix}/sources"),
        "the runs that the population rests on are in the log",
    );
    let known_at = proven.manifest.as_ref().map(|manifest| manifest.known_at);
    for source in &control.population.sources {
        for (run, seq) in &source.runs {
            let Some(entry) = proven.entries.get(seq) else {
                probe.look();
                probe.missing(format!("run {run}: no proven entry {seq} is in the pack"));
                continue;
            };
            let body = serde_json::from_value::<RunBody>(entry.body.clone());
            let same = entry.kind == KIND_RUN
                && body.is_ok_and(|body| {
                    body.run.as_str() == run
                        && body.source.as_str() == source.source
                        && body.source_kind == source.kind
                });
            probe.require(same && known_at.is_none_or(|known_at| *seq <= known_at), || {
                format!("entry {seq} is not run {run} of {}", source.source)
            });
        }
    }
    probe.finish(report, format!("{} sources", control.population.sources.len()));
}

/// Every evidence pointer leads to a proven record or is listed as left out.
fn evidence(
    prefix: &str,
    control: &ControlResult,
    items: &[PopulationItem],
    records: &Records,
    evaluation: &Evaluation,
    report: &mut Report,
) {
    let mut probe = Probe::new(
        format!("{prefix}/evidence"),
        "the evidence named is in the pack and was known in time",
    );
    let of_items = items.iter().flat_map(|item| item.evidence.iter());
    let of_deviations = control.deviations.list.iter().flat_map(|d| d.evidence.iter());
    let pointers: std::collections::BTreeSet<&str> = of_items.chain(of_deviations).collect();
    let mut left_out = 0;
    for pointer in pointers {
        let place = pointer.parse::<Pointer>();
        match place.ok().and_then(|place| records.proven.get(&place)) {
            Some(seq) => probe.require(*seq <= evaluation.known_at, || {
                format!("{pointer} was recorded after the results were drawn")
            }),
            None if records.undisclosed.contains(pointer) => left_out += 1,
            None => probe.missing(format!("{pointer} is neither disclosed nor listed as left out")),
        }
    }
    probe.finish(report, "each pointer leads to a proven record");
    if left_out > 0 {
        let detail = "listed in undisclosed.jsonl with the reasons; ask for them";
        report.not_checked(
            format!("{prefix}/undisclosed"),
            "evidence that is not disclosed",
            detail,
            left_out,
        );
    }
}
