//! The section of one control.

use std::collections::{BTreeMap, BTreeSet};

use tenure_model::Outcome;
use tenure_model::evaluation::{
    ControlResult, CoverageStretch, Deviation, Difference, PopulationItem, PopulationSource,
};
use tenure_model::ids::Seq;
use tenure_verify::format::{EvaluationEntry, Pointer};
use tenure_verify::layout::FileKind;

use super::figures::{Bar, Segment, bar, strip};
use super::timing::TimingPart;
use super::words::{Standing, count, instant, outcome, outcome_class, population};
use super::{coverage, span};
use crate::input::PackInput;

/// Deviations shown; all of them are in the CSV file.
const SHOWN: usize = 50;
/// Evidence links shown per deviation.
const LINKS: usize = 4;
/// Coverage stretches and runs shown per population.
const STRETCHES: usize = 24;
const RUNS: usize = 6;
/// Differences between two sources shown per reconciliation.
const DIFFERENCES: usize = 12;

/// One control.
pub(super) struct ControlPage {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) kind: &'static str,
    pub(super) statement: String,
    pub(super) mappings: Vec<(String, String)>,
    pub(super) standing: Standing,
    pub(super) standing_label: &'static str,
    pub(super) standing_class: &'static str,
    pub(super) conclusion: String,
    pub(super) bar: Bar,
    pub(super) gross: String,
    pub(super) net: String,
    pub(super) has_deviations: bool,
    pub(super) excepted: bool,
    pub(super) figures: Vec<(String, String)>,
    pub(super) timing: Option<TimingPart>,
    pub(super) population: PopulationPart,
    pub(super) attributes: Vec<AttributeRow>,
    pub(super) strip: Vec<Segment>,
    pub(super) deviations: Vec<DeviationRow>,
    pub(super) listed: String,
    pub(super) more: usize,
    pub(super) items_file: String,
    pub(super) definition_file: String,
}

/// The statement on the population.
pub(super) struct PopulationPart {
    pub(super) count: String,
    pub(super) verdict: &'static str,
    pub(super) verdict_class: &'static str,
    pub(super) digest: String,
    pub(super) definition: String,
    pub(super) file: String,
    pub(super) known_at: String,
    pub(super) root: String,
    pub(super) sources: Vec<SourceRow>,
    pub(super) coverage: Vec<StretchRow>,
    pub(super) coverage_more: usize,
    pub(super) reconciliations: Vec<ReconciliationRow>,
    pub(super) notes: Vec<String>,
    pub(super) sql: String,
}

pub(super) struct SourceRow {
    pub(super) name: String,
    pub(super) kind: String,
    /// Name of the run and link to its entry.
    pub(super) runs: Vec<(String, String)>,
    pub(super) more: usize,
}

pub(super) struct StretchRow {
    pub(super) what: String,
    pub(super) class: &'static str,
    pub(super) status: String,
    pub(super) span: String,
    pub(super) detail: String,
}

pub(super) struct ReconciliationRow {
    pub(super) against: String,
    pub(super) ours: String,
    pub(super) theirs: String,
    pub(super) agrees: bool,
    /// Things that one side does not know, and which side does.
    pub(super) differences: Vec<String>,
    pub(super) more: usize,
}

pub(super) struct AttributeRow {
    pub(super) name: String,
    pub(super) what: String,
    pub(super) bar: Bar,
    pub(super) counts: Vec<String>,
}

pub(super) struct DeviationRow {
    pub(super) item: String,
    pub(super) label: String,
    pub(super) attribute: String,
    pub(super) outcome: &'static str,
    pub(super) class: &'static str,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) carry_in: bool,
    pub(super) carry_out: bool,
    pub(super) reason: String,
    pub(super) exception: String,
    pub(super) evidence: Vec<Link>,
    pub(super) evidence_more: usize,
}

/// Evidence: the file in the pack, or nothing when it is not disclosed.
pub(super) struct Link {
    pub(super) text: String,
    pub(super) file: String,
}

impl ControlPage {
    pub(super) fn new(
        input: &PackInput<'_>,
        control: &ControlResult,
        anchor: &EvaluationEntry,
        disclosed: &BTreeSet<Pointer>,
    ) -> Self {
        let about = input.about.get(&control.id);
        let items = input.evaluated.items.get(&control.id).map(Vec::as_slice).unwrap_or_default();
        let labels = labels(items);
        let standing = Standing::of(control);
        let found = &control.deviations;
        let shown = found.list.iter().take(SHOWN);
        Self {
            id: control.id.clone(),
            title: control.title.clone(),
            kind: control.kind.as_str(),
            statement: about.map(|about| about.statement.clone()).unwrap_or_default(),
            mappings: mappings(input, &control.id),
            standing,
            standing_label: standing.label(),
            standing_class: standing.class(),
            conclusion: control.conclusion.clone(),
            bar: bar(&control.items),
            gross: count(found.gross),
            net: count(found.net),
            has_deviations: found.gross > 0,
            excepted: found.net != found.gross,
            figures: figures(control),
            timing: control.timing.as_ref().map(TimingPart::new),
            population: PopulationPart::new(control, anchor),
            attributes: attributes(items, about.map(|about| &about.attributes)),
            strip: strip(&found.list, &input.evaluated.evaluation.period),
            deviations: shown
                .map(|deviation| DeviationRow::new(deviation, &labels, disclosed))
                .collect(),
            listed: count(found.list.len() as u64),
            more: found.list.len().saturating_sub(SHOWN),
            items_file: FileKind::Items(control.id.clone()).name(),
            definition_file: FileKind::Definition(control.id.clone()).name(),
        }
    }
}

/// What each item is, for people, by its id.
fn labels(items: &[PopulationItem]) -> BTreeMap<&str, &str> {
    items.iter().map(|item| (item.item.as_str(), item.label.as_str())).collect()
}

fn figures(control: &ControlResult) -> Vec<(String, String)> {
    control.figures.iter().map(|(name, value)| (name.replace('_', " "), value.clone())).collect()
}

/// Ids by framework.
fn mappings(input: &PackInput<'_>, control: &str) -> Vec<(String, String)> {
    let mut frameworks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for mapping in input.about.get(control).into_iter().flat_map(|about| &about.mappings) {
        frameworks.entry(&mapping.framework).or_default().push(&mapping.id);
    }
    frameworks.into_iter().map(|(name, ids)| (name.to_owned(), ids.join(", "))).collect()
}

fn attributes(
    items: &[PopulationItem],
    about: Option<&BTreeMap<String, String>>,
) -> Vec<AttributeRow> {
    let mut counts: BTreeMap<&str, BTreeMap<Outcome, u64>> = BTreeMap::new();
    for (attribute, outcome) in items.iter().flat_map(|item| item.attributes.iter()) {
        *counts.entry(attribute).or_default().entry(outcome).or_default() += 1;
    }
    let row = |(name, counts): (&str, BTreeMap<Outcome, u64>)| AttributeRow {
        name: name.to_owned(),
        what: about.and_then(|about| about.get(name)).cloned().unwrap_or_default(),
        bar: bar(&counts),
        counts: Outcome::ALL
            .iter()
            .map(|o| count(counts.get(o).copied().unwrap_or_default()))
            .collect(),
    };
    counts.into_iter().map(row).collect()
}

impl PopulationPart {
    fn new(control: &ControlResult, anchor: &EvaluationEntry) -> Self {
        let stated = &control.population;
        let stretches = stated.coverage.iter().take(STRETCHES).map(StretchRow::new);
        let sources = stated.sources.iter().map(SourceRow::new);
        let reconciliations = stated.reconciliations.iter().map(|r| ReconciliationRow {
            against: r.against.clone(),
            ours: count(r.ours),
            theirs: count(r.theirs),
            agrees: r.agrees,
            differences: r.differences.iter().take(DIFFERENCES).map(difference).collect(),
            more: (r.unmatched as usize).saturating_sub(r.differences.len().min(DIFFERENCES)),
        });
        Self {
            count: count(stated.count),
            verdict: population(stated.verdict),
            verdict_class: stated.verdict.as_str(),
            digest: stated.digest.to_string(),
            definition: control.definition.to_string(),
            file: FileKind::Population(control.id.clone()).name(),
            known_at: count(anchor.known_at.0),
            root: anchor.ledger_root.to_string(),
            sources: sources.collect(),
            coverage: stretches.collect(),
            coverage_more: stated.coverage.len().saturating_sub(STRETCHES),
            reconciliations: reconciliations.collect(),
            notes: stated.notes.clone(),
            sql: stated.sql.clone(),
        }
    }
}

/// A thing that one of two sources does not know.
fn difference(difference: &Difference) -> String {
    let side = if difference.ours { "only here" } else { "only there" };
    let why = if difference.reason.is_empty() { "" } else { ": " };
    format!("{} ({side}{why}{})", difference.item, difference.reason)
}

impl StretchRow {
    fn new(stretch: &CoverageStretch) -> Self {
        Self {
            what: format!("{} / {}", stretch.source, stretch.stream),
            class: coverage::class(&stretch.status),
            status: stretch.status.clone(),
            span: span(stretch.from, stretch.to),
            detail: stretch.detail.clone(),
        }
    }
}

impl SourceRow {
    fn new(source: &PopulationSource) -> Self {
        let run = |(run, seq): &(String, Seq)| (run.clone(), FileKind::Entry(*seq).name());
        Self {
            name: source.source.clone(),
            kind: source.kind.clone(),
            runs: source.runs.iter().take(RUNS).map(run).collect(),
            more: source.runs.len().saturating_sub(RUNS),
        }
    }
}

impl DeviationRow {
    fn new(
        deviation: &Deviation,
        labels: &BTreeMap<&str, &str>,
        disclosed: &BTreeSet<Pointer>,
    ) -> Self {
        Self {
            item: deviation.item.to_string(),
            label: labels
                .get(deviation.item.as_str())
                .map(|label| (*label).to_owned())
                .unwrap_or_default(),
            attribute: deviation.attribute.to_string(),
            outcome: outcome(deviation.outcome),
            class: outcome_class(deviation.outcome),
            from: instant(deviation.from),
            to: deviation.to.map(instant).unwrap_or_default(),
            carry_in: deviation.carry_in,
            carry_out: deviation.carry_out,
            reason: deviation.reason.to_string(),
            exception: deviation.exception.as_deref().unwrap_or_default().to_owned(),
            evidence: deviation
                .evidence
                .iter()
                .take(LINKS)
                .map(|pointer| Link::new(pointer, disclosed))
                .collect(),
            evidence_more: deviation.evidence.len().saturating_sub(LINKS),
        }
    }
}

impl Link {
    fn new(pointer: &str, disclosed: &BTreeSet<Pointer>) -> Self {
        let Ok(place) = pointer.parse::<Pointer>() else {
            return Self { text: pointer.to_owned(), file: String::new() };
        };
        let file = disclosed
            .contains(&place)
            .then(|| FileKind::Record(place.artifact, place.record).name());
        let text = format!("{}#{}", &place.artifact.short()[..6], place.record);
        Self { text, file: file.unwrap_or_default() }
    }
}
