//! The items of a population and their outcomes.

use std::collections::BTreeMap;

use tenure_model::Outcome;
use tenure_model::evaluation::{ControlResult, PopulationItem};

use super::Pack;
use crate::canonical;
use crate::layout::FileKind;
use crate::report::{Probe, Report};

pub(super) fn check(
    pack: &Pack<'_>,
    prefix: &str,
    control: &ControlResult,
    report: &mut Report,
) -> Option<Vec<PopulationItem>> {
    let mut probe =
        Probe::new(format!("{prefix}/items"), "the items are the population's, in order");
    let name = FileKind::Items(control.id.clone()).name();
    let items = match pack.get(&name).map(canonical::lines::<PopulationItem>) {
        None => {
            probe.missing(format!("{name} is not in the pack"));
            None
        }
        Some(Err(error)) => {
            probe.mismatch(format!("{name}: {error}"));
            None
        }
        Some(Ok(items)) => {
            compare(pack, control, &items, &mut probe);
            Some(items)
        }
    };
    probe.finish(report, "canonical lines, equal to the population file");
    outcomes(prefix, control, items.as_deref()?, report);
    items
}

fn compare(pack: &Pack<'_>, control: &ControlResult, items: &[PopulationItem], probe: &mut Probe) {
    items.iter().for_each(|_| probe.look());
    if items.len() as u64 != control.population.count {
        probe.mismatch(format!(
            "{} items, the result says {}",
            items.len(),
            control.population.count
        ));
    }
    if !items.is_sorted_by(|a, b| (&a.item, a.from) <= (&b.item, b.from)) {
        probe.mismatch("the items are not in order of item and start");
    }
    let mut lines: Vec<_> = items.iter().map(PopulationItem::line).collect();
    lines.sort_unstable();
    let population = pack.get(&FileKind::Population(control.id.clone()).name());
    if population.is_some_and(|population| lines.concat().as_bytes() != population) {
        probe.mismatch("the items are not the lines of the population file");
    }
}

fn outcomes(prefix: &str, control: &ControlResult, items: &[PopulationItem], report: &mut Report) {
    let mut probe = Probe::new(
        format!("{prefix}/outcomes"),
        "each item has its worst attribute's outcome, and the counts agree",
    );
    let mut counts: BTreeMap<_, u64> =
        Outcome::ALL.into_iter().map(|outcome| (outcome, 0)).collect();
    for item in items {
        let worst = item.attributes.worst().unwrap_or(Outcome::NotApplicable);
        probe.require(item.outcome == worst, || {
            format!(
                "{} is {}, its worst attribute is {}",
                item.item,
                item.outcome.as_str(),
                worst.as_str()
            )
        });
        *counts.entry(item.outcome).or_default() += 1;
    }
    if counts != control.items {
        let wrong = Outcome::ALL
            .into_iter()
            .find(|outcome| counts.get(outcome) != control.items.get(outcome));
        let wrong = wrong.map_or("", Outcome::as_str);
        probe.mismatch(format!("the counts by outcome are not those of the items: {wrong}"));
    }
    probe.finish(report, "recounted");
}
