//! Attributes that ask whether what is contradicted was accepted: whether a policy exception in force
//! covers it.

use std::collections::BTreeSet;

use tenure_model::Evidence;
use tenure_model::evaluation::Deviation;
use tenure_model::outcome::Outcome;

use crate::definition::Excused;
use crate::engine::Test;
use crate::engine::intervals::{Interval, difference, union};

/// What no exception covers of the findings of one item; nothing where nothing is contradicted, so
/// that nothing needs an exception.
pub(crate) fn uncovered(
    test: &Test<'_>,
    asked: &Excused,
    findings: &[Deviation],
) -> Option<Vec<Deviation>> {
    let about = |f: &&Deviation| {
        f.outcome == Outcome::Contradicted && asked.of.iter().any(|a| f.attribute == *a.as_str())
    };
    let wrong: Vec<_> = findings.iter().filter(about).collect();
    let item = &wrong.first()?.item;
    let end = test.end();
    let whole = union(wrong.iter().map(|f| (f.from, f.to.unwrap_or(end))).collect());
    let covers = |compensated| test.waivers.covering(&test.definition.id, item, compensated);
    let (counting, any) = (covers(asked.compensated), covers(false));
    let bare = difference(&whole, &any);
    let idle = difference(&difference(&whole, &counting), &bare);
    let none = bare.into_iter().map(|part| (part, "no policy exception covers it"));
    let unnamed = "the policy exception that covers it names no compensating control";
    let idle = idle.into_iter().map(|part| (part, unnamed));
    let mut parts: Vec<_> = none.chain(idle).collect();
    parts.sort_unstable();
    Some(parts.into_iter().map(|(part, why)| one(asked, &wrong, part, end, why)).collect())
}

fn one(
    asked: &Excused,
    wrong: &[&Deviation],
    (from, to): Interval,
    end: tenure_model::Timestamp,
    why: &str,
) -> Deviation {
    let within = |f: &&&Deviation| f.from < to && f.to.is_none_or(|ended| ended > from);
    let about: Vec<_> = wrong.iter().filter(within).collect();
    let pointers: BTreeSet<_> = about.iter().flat_map(|f| f.evidence.iter()).collect();
    let open = to >= end && about.iter().any(|f| f.to.is_none());
    Deviation {
        item: wrong[0].item.clone(),
        from,
        to: (!open).then_some(to),
        attribute: asked.attribute.as_str().into(),
        outcome: Outcome::NotDemonstrated,
        carry_in: about.iter().any(|f| f.carry_in && f.from == from),
        carry_out: open,
        reason: why.into(),
        exception: None,
        due: None,
        evidence: pointers.into_iter().collect::<Evidence>(),
    }
}
