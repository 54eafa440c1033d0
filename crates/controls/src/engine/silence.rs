//! What the silence of a stream is worth: something where the stream is covered, nothing elsewhere.

use std::collections::BTreeSet;

use tenure_model::evaluation::Deviation;
use tenure_model::outcome::Outcome;
use tenure_model::{Evidence, Text, Validity};

use crate::definition::Requirement;
use crate::engine::Test;
use crate::engine::intervals::{Interval, OPEN, difference, intersection, union};
use crate::engine::state::Exposure;
use crate::engine::statements::Statement;

/// Where a stream is not covered, its silence supports nothing; attributes that do not apply to the
/// item (`idle`) need no support.
pub(crate) fn unknown(
    test: &Test<'_>,
    exposure: &Exposure,
    idle: &BTreeSet<Text>,
) -> Vec<Deviation> {
    let applies = |a: &&String| !idle.contains(a.as_str());
    let mut found = Vec::new();
    let end = test.period.to.min(test.as_of);
    let system = exposure.first.system.as_deref();
    for requirement in test.definition.requires.iter().filter(|r| !r.absence.is_empty()) {
        let holes = test.coverage.holes(requirement, system, (test.period.from, end));
        for (from, to) in intersection(&holes, &exposure.stretches) {
            let reason = Text::from(silent(requirement));
            found.extend(requirement.absence.iter().filter(applies).map(|attribute| Deviation {
                item: exposure.first.item.clone(),
                from,
                to: (to < end).then_some(to),
                attribute: attribute.into(),
                outcome: Outcome::Indeterminate,
                carry_in: false,
                carry_out: to >= end,
                reason: reason.clone(),
                exception: None,
                due: None,
                evidence: Evidence::default(),
            }));
        }
    }
    found
}

fn silent(requirement: &Requirement) -> String {
    let streams: Vec<_> = requirement.streams().collect();
    format!(
        "the stream {} is not shown complete here, so its silence supports nothing",
        streams.join(" or ")
    )
}

/// A deviation drawn from silence since `silent_from` holds only where the stream was covered all
/// the while; for as long as a hole lies in that stretch, it is indeterminate.
///
/// With `L` from `silent_from` to the deviation's start, silence at `t` is that of `[t - L, t)`: a
/// hole `[a, b)` leaves `[a, b + L)` open.
pub(crate) fn doubted(test: &Test<'_>, exposure: &Exposure, row: Statement) -> Vec<Statement> {
    let requirement =
        test.definition.requires.iter().find(|r| r.dormancy.iter().any(|a| row.attribute == *a));
    let (Some(requirement), Some(since), Some(validity)) =
        (requirement, row.silent_from, row.validity)
    else {
        return vec![row];
    };
    let length = validity.from_hi.micros().saturating_sub(since.micros()).max(0);
    let end = validity.to_hi.or(validity.to_lo).unwrap_or(OPEN).min(test.as_of);
    let system = exposure.first.system.as_deref();
    let holes = test.coverage.holes(requirement, system, (since, end));
    let widened =
        union(holes.into_iter().map(|(from, to)| (from, to.plus_micros(length))).collect());
    let whole = union(vec![(validity.from_hi, end)]);
    let part = |(from, to): Interval, outcome: Option<Outcome>, reason: Text| Statement {
        outcome,
        validity: Some(Validity {
            from_lo: Some(from),
            from_hi: from,
            to_lo: (to < end || validity.to_hi.is_some()).then_some(to),
            to_hi: (to < end || validity.to_hi.is_some()).then_some(to),
        }),
        reason,
        ..row.clone()
    };
    let doubt = Text::from(format!("{}; perhaps not: {}", row.reason, silent(requirement)));
    let certain = difference(&whole, &widened);
    let open = intersection(&whole, &widened);
    let certain = certain.into_iter().map(|s| part(s, row.outcome, row.reason.clone()));
    certain
        .chain(open.into_iter().map(|s| part(s, Some(Outcome::Indeterminate), doubt.clone())))
        .collect()
}
