//! The population file and the statement of its completeness.

use std::collections::{BTreeMap, BTreeSet};

use tenure_model::entry::{CoverageBody, KIND_COVERAGE};
use tenure_model::evaluation::{ControlResult, CoverageStretch};
use tenure_model::outcome::PopulationVerdict;
use tenure_model::{Period, Timestamp};

use super::{Pack, Proven};
use crate::layout::FileKind;
use crate::report::{Probe, Report};

pub(super) fn check(pack: &Pack<'_>, prefix: &str, control: &ControlResult, report: &mut Report) {
    let mut probe = Probe::new(
        format!("{prefix}/population"),
        "the population is the one digested, of the size stated",
    );
    probe.look();
    let name = FileKind::Population(control.id.clone()).name();
    match (pack.get(&name), pack.digests.get(name.as_str())) {
        (Some(content), Some(digest)) => {
            if *digest != control.population.digest {
                probe.mismatch(format!("{name} has another digest"));
            }
            let lines: Vec<_> = content.split_inclusive(|b| *b == b'\n').collect();
            if lines.len() as u64 != control.population.count {
                probe.mismatch(format!(
                    "{} lines, the result says {}",
                    lines.len(),
                    control.population.count
                ));
            }
            if !lines.is_sorted() {
                probe.mismatch(format!("{name} is not in bytewise order"));
            }
        }
        _ => probe.missing(format!("{name} is not in the pack")),
    }
    probe.finish(
        report,
        format!(
            "{} items, SHA-256 {}…",
            control.population.count,
            control.population.digest.short()
        ),
    );
}

/// The verdict on completeness follows from the coverage and reconciliations stated, and the
/// coverage stated follows from coverage entries of the log.
pub(super) fn completeness(
    prefix: &str,
    control: &ControlResult,
    period: &Period,
    proven: &Proven,
    report: &mut Report,
) {
    let mut probe = Probe::new(
        format!("{prefix}/completeness"),
        "the completeness stated follows from coverage and reconciliations",
    );
    let (stated, declared) = coverage_entries(proven);
    for stretch in &control.population.coverage {
        let inside =
            period.from <= stretch.from && stretch.from < stretch.to && stretch.to <= period.to;
        probe.require(inside, || format!("coverage of {} lies outside the period", stretch.stream));
        probe.require(stretch.status == "unknown" || backed(stretch, &stated), || {
            let CoverageStretch { source, stream, status, from, to, .. } = stretch;
            format!("no coverage entry says that {source}/{stream} is {status} from {from} to {to}")
        });
        let part_of = stretch.part_of.iter().map(|log| (stretch.source.clone(), log.clone()));
        for part in part_of {
            probe.require(declared.contains(&part), || {
                format!("no coverage entry says that {} keeps a stretch of {}", part.0, part.1)
            });
        }
    }
    for reconciliation in &control.population.reconciliations {
        probe.require(
            reconciliation.agrees
                == (reconciliation.ours == reconciliation.theirs && reconciliation.unmatched == 0),
            || format!("the counts compared with {} say otherwise", reconciliation.against),
        );
        let named = reconciliation.differences.len() as u64;
        probe.require(named <= reconciliation.unmatched, || {
            format!("more differences from {} are named than counted", reconciliation.against)
        });
    }
    if control.population.verdict == PopulationVerdict::DemonstratedComplete {
        for reason in doubts(control, period) {
            probe.mismatch(format!("called demonstrated complete although {reason}"));
        }
    }
    probe.finish(report, control.population.verdict.as_str().replace('_', " "));
}

/// By source, stream and status: the stretches that coverage entries in the pack state.
type Stated = BTreeMap<(String, String, &'static str), Vec<(Timestamp, Timestamp)>>;

/// The logs of which each source says that it keeps a stretch, as `system/name`.
type Declared = BTreeSet<(String, String)>;

fn coverage_entries(proven: &Proven) -> (Stated, Declared) {
    let (mut stated, mut declared) = (Stated::new(), Declared::new());
    let known_at = proven.manifest.as_ref().map(|manifest| manifest.known_at);
    for (seq, entry) in &proven.entries {
        if entry.kind != KIND_COVERAGE || known_at.is_some_and(|known_at| *seq > known_at) {
            continue;
        }
        if let Ok(body) = serde_json::from_value::<CoverageBody>(entry.body.clone()) {
            if let Some(log) = &body.part_of {
                declared
                    .insert((body.source.as_str().to_owned(), format!("{}/{log}", body.system)));
            }
            let key = (body.source.as_str().to_owned(), body.stream, body.status.as_str());
            stated.entry(key).or_default().push((body.from, body.to));
        }
    }
    stated.values_mut().for_each(|stretches| stretches.sort_unstable());
    (stated, declared)
}

/// Whether entries of that status together cover the stretch.
fn backed(stretch: &CoverageStretch, stated: &Stated) -> bool {
    let found = stated
        .iter()
        .find(|((source, stream, status), _)| {
            (source, stream, *status) == (&stretch.source, &stretch.stream, stretch.status.as_str())
        })
        .map(|(_, stretches)| stretches);
    found.is_some_and(|stretches| covers(stretches.iter().copied(), stretch.from, stretch.to))
}

/// Whether stretches, sorted by start, cover `[from, to)` without a hole.
fn covers(
    stretches: impl Iterator<Item = (Timestamp, Timestamp)>,
    from: Timestamp,
    to: Timestamp,
) -> bool {
    let mut reached = from;
    for (start, end) in stretches {
        if start <= reached {
            reached = reached.max(end);
        }
    }
    reached >= to
}

fn doubts(control: &ControlResult, period: &Period) -> Vec<String> {
    let population = &control.population;
    let mut doubts = Vec::new();
    // Sources that keep stretches of one log cover it together.
    let log = |c: &CoverageStretch| c.part_of.clone().unwrap_or_else(|| c.source.clone());
    let streams: BTreeSet<_> = population.coverage.iter().map(|c| (log(c), &c.stream)).collect();
    for (source, stream) in &streams {
        let mut stretches: Vec<_> = population
            .coverage
            .iter()
            .filter(|c| (&log(c), &c.stream) == (source, *stream))
            .filter(|c| matches!(c.status.as_str(), "proven" | "asserted"))
            .map(|c| (c.from, c.to))
            .collect();
        stretches.sort_unstable();
        if !covers(stretches.into_iter(), period.from, period.to) {
            doubts.push(format!("{source}/{stream} is not covered throughout the period"));
        }
    }
    if streams.is_empty() {
        doubts.push("no coverage is stated".to_owned());
    }
    if population.reconciliations.iter().any(|reconciliation| !reconciliation.agrees) {
        doubts.push("a reconciliation does not agree".to_owned());
    }
    doubts
}
