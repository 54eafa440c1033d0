//! Deviations: recounted, inside the period, and each of an item and attribute with that outcome.

use std::collections::BTreeMap;

use tenure_model::evaluation::{ControlKind, ControlResult, Deviation, PopulationItem};
use tenure_model::{Outcome, Period};

use crate::report::{Probe, Report};

pub(super) fn check(
    prefix: &str,
    control: &ControlResult,
    items: &[PopulationItem],
    period: &Period,
    report: &mut Report,
) {
    counts(prefix, control, report);
    belonging(prefix, control, items, report);
    times(prefix, control, period, report);
}

fn counts(prefix: &str, control: &ControlResult, report: &mut Report) {
    let mut probe =
        Probe::new(format!("{prefix}/deviations"), "deviations recounted, gross and net");
    let found = &control.deviations;
    found.list.iter().for_each(|_| probe.look());
    let deviating = || found.list.iter().filter(|deviation| deviation.outcome.is_deviation());
    let gross = deviating().count() as u64;
    let net = deviating().filter(|deviation| deviation.exception.is_none()).count() as u64;
    if found.gross != gross {
        probe.mismatch(format!("{gross} are listed, the result says {} gross", found.gross));
    }
    if found.net != net {
        probe
            .mismatch(format!("{net} have no policy exception, the result says {} net", found.net));
    }
    if !found.list.is_sorted_by(|a, b| (&a.item, a.from) <= (&b.item, b.from)) {
        probe.mismatch("the list is not in order of item and start");
    }
    probe.finish(report, format!("{gross} gross, {net} net of policy exceptions"));
}

/// Worst outcome by item and attribute.
type Worst<'a> = BTreeMap<(&'a str, &'a str), Outcome>;

fn belonging(prefix: &str, control: &ControlResult, items: &[PopulationItem], report: &mut Report) {
    let mut probe = Probe::new(
        format!("{prefix}/attribution"),
        "each deviation is of an item and attribute with that outcome, and none is left out",
    );
    let mut attributes = Worst::new();
    for item in items {
        for (attribute, outcome) in item.attributes.iter() {
            worst(&mut attributes, &item.item, attribute, outcome);
        }
    }
    let mut listed = Worst::new();
    for deviation in &control.deviations.list {
        let Deviation { item, attribute, outcome, .. } = deviation;
        worst(&mut listed, item, attribute, *outcome);
        probe.require(*outcome >= Outcome::NotYetDue, || {
            format!("{item}/{attribute} is listed as {}", outcome.as_str())
        });
        if !attributes.contains_key(&(item.as_str(), attribute.as_str())) {
            probe.mismatch(format!(
                "{item}/{attribute} is no attribute of an item of the population"
            ));
        }
    }
    unlisted(&attributes, &listed, &mut probe);
    probe.finish(report, "both ways");
}

/// What is wrong is listed as what it is, and nothing else is listed.
fn unlisted(attributes: &Worst<'_>, listed: &Worst<'_>, probe: &mut Probe) {
    for (key @ (item, attribute), outcome) in attributes {
        let wrong = *outcome >= Outcome::NotYetDue;
        match listed.get(key) {
            None if wrong => {
                probe
                    .mismatch(format!("{item}/{attribute} is {} and not listed", outcome.as_str()));
            }
            Some(other) if other != outcome => probe.mismatch(format!(
                "{item}/{attribute} is listed as {} and is {}",
                other.as_str(),
                outcome.as_str()
            )),
            _ => {}
        }
    }
}

fn worst<'a>(into: &mut Worst<'a>, item: &'a str, attribute: &'a str, outcome: Outcome) {
    let place = into.entry((item, attribute)).or_insert(outcome);
    *place = (*place).max(outcome);
}

fn times(prefix: &str, control: &ControlResult, period: &Period, report: &mut Report) {
    let mut probe = Probe::new(
        format!("{prefix}/times"),
        "each deviation lies in the period, and what is carried in or out touches its ends",
    );
    // The end of an event is when it was put right, and that may be after the period.
    let lasting = matches!(control.kind, ControlKind::State | ControlKind::Config);
    for deviation in &control.deviations.list {
        probe.look();
        for problem in problems(deviation, period, lasting) {
            probe.mismatch(format!("{}/{} {problem}", deviation.item, deviation.attribute));
        }
    }
    probe.finish(report, format!("within {period}"));
}

fn problems(deviation: &Deviation, period: &Period, lasting: bool) -> Vec<&'static str> {
    let Deviation { from, to, carry_in, carry_out, .. } = deviation;
    let ends_before = to.is_some_and(|to| to < period.to);
    [
        (*from < period.from || *from >= period.to, "begins outside the period"),
        (to.is_some_and(|to| to < *from), "ends before it begins"),
        (lasting && to.is_some_and(|to| to > period.to), "ends after the period"),
        (*carry_in && *from != period.from, "is carried in and begins inside the period"),
        (*carry_out && ends_before, "is carried out and ends inside the period"),
        (lasting && to.is_none() && !*carry_out, "has no end and is not carried out"),
    ]
    .into_iter()
    .filter_map(|(wrong, problem)| wrong.then_some(problem))
    .collect()
}
