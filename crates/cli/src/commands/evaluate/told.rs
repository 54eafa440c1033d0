//! What the evaluation of a control found, for people.

use std::collections::BTreeMap;

use tenure_model::evaluation::{ControlResult, Deviation, Reconciliation, Timing};
use tenure_model::outcome::Outcome;

use crate::out::{BAD, BOLD, GOOD, WARN, styled};

/// What was found, line by line.
pub(super) fn lines(control: &ControlResult) -> Vec<String> {
    let mut lines = vec![String::new(), format!("{} {}", styled(BOLD, &control.id), control.title)];
    if let Some(why) = &control.not_evaluated {
        lines.push(format!("  {}", styled(BAD, "not evaluated")));
        lines.push(format!("  {why}"));
        return lines;
    }
    let worst = control.items.iter().filter(|(_, n)| **n > 0).map(|(o, _)| *o).max();
    let style = match worst {
        Some(Outcome::Contradicted) => BAD,
        Some(Outcome::NotDemonstrated | Outcome::Indeterminate | Outcome::NotYetDue) => WARN,
        _ => GOOD,
    };
    lines.push(format!("  {}", styled(style, &control.conclusion)));
    lines.push(format!(
        "  population {}: {}; deviations {} gross, {} net",
        control.population.count,
        control.population.verdict.as_str().replace('_', " "),
        control.deviations.gross,
        control.deviations.net
    ));
    lines.extend(differences(control));
    lines.extend(timing(control));
    lines.extend(reasons(control));
    lines
}

/// What a second source knows otherwise.
fn differences(control: &ControlResult) -> impl Iterator<Item = String> {
    control.population.reconciliations.iter().filter(|r| !r.agrees).map(|compared| {
        let Reconciliation { against, ours, theirs, unmatched, .. } = compared;
        format!(
            "  compared with {against}: {ours} here, {theirs} there, {unmatched} known to one side only"
        )
    })
}

/// Whether what was done bunches before the end of the period, or came late.
fn timing(control: &ControlResult) -> Option<String> {
    let timing = control.timing.as_ref().filter(|t| t.clustered || t.late > 0)?;
    let Timing { performed, in_tail, after_period, of_tail, late, .. } = timing;
    let from = timing.tail_from.date();
    let text = format!(
        "timing: {performed} done, {in_tail} of them from {from} to the end of the period and {after_period} after it, where {of_tail} belong; {late} late"
    );
    let bunch = if timing.clustered { styled(WARN, "; they bunch") } else { String::new() };
    Some(format!("  {text}{bunch}"))
}

/// How often each attribute is not supported, with the first example, so that a list of hundreds
/// reads as a few sentences.
fn reasons(control: &ControlResult) -> Vec<String> {
    let mut seen: BTreeMap<(&str, Outcome), (u64, &Deviation)> = BTreeMap::new();
    for deviation in &control.deviations.list {
        let key = (deviation.attribute.as_str(), deviation.outcome);
        seen.entry(key).or_insert((0, deviation)).0 += 1;
    }
    let told = seen.into_iter().map(|((attribute, outcome), (count, example))| {
        let word = outcome.as_str().replace('_', " ");
        let Deviation { item, from, reason, .. } = example;
        format!("  {attribute}: {count} × {word}, e.g. {item} at {from}: {reason}")
    });
    told.collect()
}
