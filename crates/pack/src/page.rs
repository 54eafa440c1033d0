//! `index.html`: the report for people. One file, no script, nothing from elsewhere, so that it
//! opens from a disk without a network and a strict content security policy holds.

mod access;
mod control;
mod coverage;
mod figures;
mod timing;
mod words;

use std::collections::BTreeSet;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tenure_ledger::Checkpoint;
use tenure_model::Digest;
use tenure_verify::LIMITS;
use tenure_verify::canonical::sha256;
use tenure_verify::format::{EvaluationEntry, Pointer};

use crate::error::PackError;
use crate::input::PackInput;
use access::AccessChart;
use control::ControlPage;
use coverage::CoverageRow;
use words::{count, date, instant};

const STYLE: &str = include_str!("../templates/style.css");

#[derive(Template)]
#[template(path = "index.html")]
struct Page {
    style: &'static str,
    style_hash: String,
    cover: Cover,
    tally: Vec<Tally>,
    legend: Vec<(&'static str, &'static str)>,
    controls: Vec<ControlPage>,
    coverage: Vec<CoverageRow>,
    coverage_more: usize,
    access: Vec<AccessChart>,
    axis: Axis,
    limits: Vec<(&'static str, &'static str)>,
    gaps: Vec<String>,
    glossary: &'static [(&'static str, &'static str)],
}

struct Cover {
    from: String,
    last: String,
    days: i64,
    systems: Vec<String>,
    origin: String,
    known_at: String,
    size: String,
    root: String,
    key: String,
    tenure: &'static str,
    entry: String,
    records: String,
}

/// One figure of the headline.
struct Tally {
    count: usize,
    label: &'static str,
    class: &'static str,
}

/// The labels below a chart over the period, evenly spread.
struct Axis {
    labels: Vec<String>,
    ticks: Vec<String>,
}

pub(crate) fn render(
    input: &PackInput<'_>,
    checkpoint: &Checkpoint,
    anchor: &EvaluationEntry,
    disclosed: &BTreeSet<Pointer>,
    undisclosed: usize,
) -> Result<String, PackError> {
    let evaluation = &input.evaluated.evaluation;
    let period = evaluation.period;
    let controls: Vec<_> = evaluation
        .controls
        .iter()
        .map(|control| ControlPage::new(input, control, anchor, disclosed))
        .collect();
    let (coverage, coverage_more) = coverage::rows(evaluation);
    let page = Page {
        style: STYLE,
        style_hash: STANDARD.encode(sha256(STYLE.as_bytes()).0),
        cover: cover(input, checkpoint, disclosed.len()),
        tally: tally(&controls),
        legend: figures::LEGEND.to_vec(),
        coverage,
        coverage_more,
        access: input.access.iter().filter_map(AccessChart::new).collect(),
        axis: axis(&period),
        limits: LIMITS.iter().map(|(_, title, detail)| (*title, *detail)).collect(),
        gaps: gaps(input, undisclosed),
        glossary: &words::GLOSSARY,
        controls,
    };
    Ok(page.render()?)
}

fn cover(input: &PackInput<'_>, checkpoint: &Checkpoint, records: usize) -> Cover {
    let evaluation = &input.evaluated.evaluation;
    let period = evaluation.period;
    let sources = evaluation.controls.iter().flat_map(|control| &control.population.sources);
    let systems: BTreeSet<_> =
        sources.map(|source| format!("{} ({})", source.source, source.kind)).collect();
    Cover {
        from: date(period.from),
        last: date(period.to.plus_micros(-1)),
        days: period.micros() / tenure_model::Timestamp::DAY,
        systems: systems.into_iter().collect(),
        origin: checkpoint.origin.clone(),
        known_at: count(evaluation.known_at.0),
        size: count(checkpoint.size),
        root: Digest(checkpoint.root).to_string(),
        key: input.log_key.to_string(),
        tenure: env!("CARGO_PKG_VERSION"),
        entry: input.evaluation_entry.to_string(),
        records: count(records as u64),
    }
}

fn tally(controls: &[ControlPage]) -> Vec<Tally> {
    words::Standing::ALL
        .into_iter()
        .map(|standing| Tally {
            count: controls.iter().filter(|control| control.standing == standing).count(),
            label: standing.label(),
            class: standing.class(),
        })
        .filter(|tally| tally.count > 0)
        .collect()
}

/// What is known to be lacking in this very pack.
fn gaps(input: &PackInput<'_>, undisclosed: usize) -> Vec<String> {
    let mut gaps = Vec::new();
    for control in &input.evaluated.evaluation.controls {
        gaps.extend(control.population.notes.iter().map(|note| format!("{}: {note}", control.id)));
    }
    if undisclosed > 0 {
        let records = count(undisclosed as u64);
        gaps.push(format!("{records} records that results rest on are not disclosed; undisclosed.jsonl lists them with the reasons"));
    }
    if input.witnesses.is_none() {
        gaps.push("no independent witness has cosigned the log".to_owned());
    }
    gaps
}

fn axis(period: &tenure_model::Period) -> Axis {
    let at = |quarter: i64| period.from.plus_micros(period.micros() / 4 * quarter);
    Axis {
        labels: (0..=4).map(|quarter| date(at(quarter))).collect(),
        ticks: (1..4).map(|quarter| (quarter * 250).to_string()).collect(),
    }
}

/// Where an instant lies on a chart 1,000 units wide, with one decimal.
fn across(period: &tenure_model::Period, at: tenure_model::Timestamp) -> f64 {
    let inside = (at.micros() - period.from.micros()).clamp(0, period.micros());
    // Periods are far below 2^53 microseconds, so this is exact enough and the same everywhere.
    (inside as f64 * 10_000.0 / period.micros() as f64).round() / 10.0
}

fn span(from: tenure_model::Timestamp, to: tenure_model::Timestamp) -> String {
    format!("{} to {}", instant(from), instant(to))
}
