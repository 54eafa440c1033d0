//! From a test to a result: policy exceptions, counts, the population's statement, a sentence.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use tenure_model::digest::Digest;
use tenure_model::evaluation::{
    ControlKind, ControlResult, Deviations, Population, PopulationItem, PopulationSource,
    Reconciliation,
};
use tenure_model::outcome::{Outcome, PopulationVerdict};
use tenure_model::{Period, Timestamp};

use crate::definition::Definition;
use crate::engine::Tested;
use crate::engine::coverage::{Coverage, Missing};
use crate::engine::reconcile;
use crate::engine::rows::render;
use crate::engine::scopes::Scopes;
use crate::engine::waivers::Waivers;

/// What a conclusion rests on beside the test itself.
pub(crate) struct Basis<'b> {
    pub(crate) definition: &'b Definition,
    pub(crate) yaml: &'b str,
    pub(crate) period: &'b Period,
    pub(crate) as_of: Timestamp,
    pub(crate) coverage: &'b Coverage,
    pub(crate) sources: &'b [PopulationSource],
    pub(crate) waivers: &'b Waivers,
    pub(crate) scopes: &'b Scopes,
    pub(crate) reconciliations: Vec<Reconciliation>,
}

/// Builds the result of one control.
pub(crate) fn conclude(basis: &Basis<'_>, tested: &mut Tested) -> ControlResult {
    let definition = basis.definition;
    let findings = std::mem::take(&mut tested.findings);
    let list = basis.waivers.annotate(definition, findings, basis.period.to);
    let population = population(basis, &tested.items);
    let items = count(&tested.items);
    let deviations = Deviations {
        gross: list.iter().filter(|d| d.outcome.is_deviation()).count() as u64,
        net: list.iter().filter(|d| d.outcome.is_deviation() && d.exception.is_none()).count()
            as u64,
        list,
    };
    ControlResult {
        id: definition.id.clone(),
        title: definition.title.clone(),
        kind: definition.kind,
        definition: sha256(basis.yaml.as_bytes()),
        conclusion: sentence(&population, &items, &deviations),
        population,
        items,
        deviations,
        figures: std::mem::take(&mut tested.figures),
        timing: std::mem::take(&mut tested.timed).told(),
        not_evaluated: None,
    }
}

/// The result of a control that could not be evaluated: nothing is known of its population.
pub(crate) fn failed(
    id: &str,
    title: &str,
    kind: ControlKind,
    yaml: &str,
    why: &str,
) -> ControlResult {
    let counts = Outcome::ALL.into_iter().map(|outcome| (outcome, 0)).collect();
    ControlResult {
        id: id.to_owned(),
        title: title.to_owned(),
        kind,
        definition: sha256(yaml.as_bytes()),
        conclusion: "Not evaluated; nothing can be said of the period.".to_owned(),
        population: Population {
            count: 0,
            digest: sha256(b""),
            verdict: PopulationVerdict::NotDemonstrated,
            sql: String::new(),
            sources: Vec::new(),
            reconciliations: Vec::new(),
            coverage: Vec::new(),
            notes: vec![why.to_owned()],
        },
        items: counts,
        deviations: Deviations::default(),
        figures: BTreeMap::new(),
        timing: None,
        not_evaluated: Some(why.to_owned()),
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// SHA-256 over the population's lines, sorted bytewise. Items are in order of their ids, and so are
/// their lines, but where an id is the beginning of another or has two stretches.
fn digest(items: &[PopulationItem]) -> Digest {
    let mut hash = Sha256::new();
    let mut before = String::new();
    for item in items {
        let line = item.line();
        if line < before {
            let mut lines: Vec<_> = items.iter().map(PopulationItem::line).collect();
            lines.sort_unstable();
            return sha256(lines.concat().as_bytes());
        }
        hash.update(line.as_bytes());
        before = line;
    }
    Digest(hash.finalize().into())
}

fn count(items: &[PopulationItem]) -> BTreeMap<Outcome, u64> {
    let mut counts: BTreeMap<_, _> = Outcome::ALL.into_iter().map(|o| (o, 0)).collect();
    for item in items {
        *counts.entry(item.outcome).or_default() += 1;
    }
    counts
}

fn population(basis: &Basis<'_>, items: &[PopulationItem]) -> Population {
    let (definition, coverage) = (basis.definition, basis.coverage);
    let (mut verdict, mut notes) = verdict(definition, coverage, items.is_empty());
    notes.extend(basis.scopes.notes(basis.period));
    for unmatched in basis.reconciliations.iter().filter_map(reconcile::note) {
        verdict = verdict.max(PopulationVerdict::CompleteWithNotedGaps);
        notes.push(unmatched);
    }
    let query = match definition.kind {
        ControlKind::State => "exposure",
        ControlKind::Event => "population",
        ControlKind::Recurring => "expected",
        ControlKind::Config => "configurations",
    };
    let used =
        |s: &&PopulationSource| coverage.sources.is_empty() || coverage.sources.contains(&s.source);
    Population {
        count: items.len() as u64,
        digest: digest(items),
        verdict,
        sql: render(
            definition,
            basis.period,
            basis.as_of,
            definition.query(query).unwrap_or_default(),
        ),
        sources: basis.sources.iter().filter(used).cloned().collect(),
        reconciliations: basis.reconciliations.clone(),
        coverage: coverage.stretches.clone(),
        notes,
    }
}

/// How complete the population is shown to be. Nothing on record is no population at all, unless a
/// source shows that there was nothing.
fn verdict(
    definition: &Definition,
    coverage: &Coverage,
    empty: bool,
) -> (PopulationVerdict, Vec<String>) {
    let mut notes = Vec::new();
    if definition.requires.is_empty() {
        notes.push(
            "drawn from Tenure's own record; what nobody configured or collected is not on it"
                .to_owned(),
        );
        if empty {
            notes.push("no source is on record that would tell of any".to_owned());
            return (PopulationVerdict::NotDemonstrated, notes);
        }
        return (PopulationVerdict::CompleteWithNotedGaps, notes);
    }
    notes.extend(coverage.missing.iter().map(lacking));
    notes.extend(coverage.apart.iter().cloned());
    for u in &coverage.uncovered {
        notes.push(format!(
            "{}: the stream {} of {} is not shown complete from {} to {}",
            u.source, u.stream, u.system, u.from, u.to
        ));
    }
    let logged = definition.requires.iter().any(|r| r.is_about("usage"));
    for listing in &coverage.listings {
        let (source, at) = (&listing.source, listing.at);
        match &listing.missing {
            Some(missing) => {
                notes.push(format!(
                    "{source}: the last listing, of {at}, is not complete: {missing}"
                ));
            }
            None if !logged => notes.push(format!(
                "{source}: listed last at {at}; what came and went between listings is not on it"
            )),
            None => {}
        }
    }
    let broken = coverage.listings.iter().any(|l| l.missing.is_some());
    let verdict = match (coverage.missing.is_empty() && !broken, notes.is_empty()) {
        (false, _) => PopulationVerdict::NotDemonstrated,
        (true, true) => PopulationVerdict::DemonstratedComplete,
        (true, false) => PopulationVerdict::CompleteWithNotedGaps,
    };
    (verdict, notes)
}

/// A required stream of which nothing is covered: no source tells of it, or those that do show
/// nothing of it complete.
fn lacking(missing: &Missing) -> String {
    let stream = &missing.stream;
    match missing.sources.as_slice() {
        [] => {
            format!("no source tells of the stream {stream}: nothing shows anything of it complete")
        }
        sources => format!(
            "no source shows anything of the stream {stream} complete in the period; {} only tells of it",
            sources.join(", ")
        ),
    }
}

/// In the auditor's words: what was noted, or why nothing can be said.
fn sentence(
    population: &Population,
    items: &BTreeMap<Outcome, u64>,
    deviations: &Deviations,
) -> String {
    let n = population.count;
    let of = |outcome| items.get(&outcome).copied().unwrap_or_default();
    let (contradicted, missing) = (of(Outcome::Contradicted), of(Outcome::NotDemonstrated));
    let (unclear, later) = (of(Outcome::Indeterminate), of(Outcome::NotYetDue));
    if n == 0 && population.verdict == PopulationVerdict::NotDemonstrated {
        return "No occurrences are on record, and the population is not shown to be complete; operating effectiveness not tested.".to_owned();
    }
    if n == 0 {
        return "No occurrences in the period; operating effectiveness not tested.".to_owned();
    }
    let mut parts = Vec::new();
    if contradicted > 0 {
        parts.push(format!("contradicted by evidence for {contradicted} of {n} items"));
    }
    if missing > 0 {
        parts.push(format!("not demonstrated for {missing} of {n} items"));
    }
    if unclear > 0 {
        parts.push(format!("indeterminate for {unclear} of {n} items"));
    }
    if later > 0 {
        parts.push(format!("not yet due for {later} of {n} items"));
    }
    if parts.is_empty() && population.verdict == PopulationVerdict::NotDemonstrated {
        return format!(
            "Evidence supports all {n} items on record, but the population is not shown to be complete."
        );
    }
    if parts.is_empty() {
        return format!("No deviations noted in {n} of {n} items.");
    }
    let mut text = parts.join("; ");
    text[..1].make_ascii_uppercase();
    let covered = deviations.gross - deviations.net;
    let note = if covered > 0 {
        format!(" {covered} deviations lie under a policy exception.")
    } else {
        String::new()
    };
    format!("{text}.{note}")
}
