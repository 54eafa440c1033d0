//! What is known of the completeness of each stream over the period.

use std::collections::{BTreeMap, BTreeSet};

use tenure_model::Period;
use tenure_model::evaluation::{CoverageStretch, Evaluation};

use super::figures::{Segment, tenth};
use super::{across, span};

/// More streams than this are left to the sections of the controls.
const ROWS: usize = 40;

/// One stream.
pub(super) struct CoverageRow {
    pub(super) source: String,
    pub(super) stream: String,
    pub(super) bands: Vec<Segment>,
    /// The same in words.
    pub(super) label: String,
    /// Share of the period that is proven or asserted.
    pub(super) share: String,
}

/// One row per stream that any population needs, and how many more there are.
pub(super) fn rows(evaluation: &Evaluation) -> (Vec<CoverageRow>, usize) {
    let mut streams: BTreeMap<(&str, &str), BTreeSet<&CoverageStretch>> = BTreeMap::new();
    for stretch in evaluation.controls.iter().flat_map(|control| &control.population.coverage) {
        streams.entry((&stretch.source, &stretch.stream)).or_default().insert(stretch);
    }
    let more = streams.len().saturating_sub(ROWS);
    let row = |((source, stream), stretches): (&(&str, &str), &BTreeSet<&CoverageStretch>)| {
        row(source, stream, stretches, &evaluation.period)
    };
    (streams.iter().take(ROWS).map(row).collect(), more)
}

fn row(
    source: &str,
    stream: &str,
    stretches: &BTreeSet<&CoverageStretch>,
    period: &Period,
) -> CoverageRow {
    let mut stretches: Vec<_> = stretches.iter().copied().collect();
    stretches.sort_by_key(|stretch| stretch.from);
    let bands = stretches.iter().map(|stretch| {
        let (from, to) = (across(period, stretch.from), across(period, stretch.to));
        Segment {
            x: tenth(from),
            width: tenth((to - from).max(2.0)),
            class: class(&stretch.status),
        }
    });
    let words: Vec<_> =
        stretches.iter().map(|s| format!("{} {}", s.status, span(s.from, s.to))).collect();
    CoverageRow {
        source: source.to_owned(),
        stream: stream.to_owned(),
        bands: bands.collect(),
        label: words.join("; "),
        share: share(&stretches, period),
    }
}

fn share(stretches: &[&CoverageStretch], period: &Period) -> String {
    let mut reached = period.from;
    let mut covered = 0i64;
    for stretch in stretches.iter().filter(|s| matches!(s.status.as_str(), "proven" | "asserted")) {
        let from = stretch.from.max(reached);
        covered += (stretch.to.micros() - from.micros()).max(0);
        reached = reached.max(stretch.to);
    }
    // Rounded down: only a whole period may read 100 %.
    format!("{} %", i128::from(covered) * 100 / i128::from(period.micros()))
}

pub(super) fn class(status: &str) -> &'static str {
    match status {
        "proven" => "c-proven",
        "asserted" => "c-asserted",
        "gap" => "c-gap",
        _ => "c-unknown",
    }
}
