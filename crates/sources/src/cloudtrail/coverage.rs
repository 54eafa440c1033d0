//! What the deliveries show: over which stretches nothing is missing, where something is, and
//! where nobody knows. Records of deliveries are events like others, which whoever may write to the
//! bucket may leave out or make up: what they show is asserted, and only digest files prove it.
//!
//! To be asserted needs three things: each delivery is followed by the next (otherwise records of
//! deliveries are missing themselves), every object that they name is here and was read, and the
//! trail was not switched off.

use std::collections::BTreeMap;

use tenure_model::entry::CoverageStatus;
use tenure_model::time::Timestamp;

use crate::source::Claim;

use super::digest::Deliveries;
use super::names::ObjectName;
use super::state::{LONGEST_DELIVERY, LONGEST_SPAN, MINUTE, State};

pub(super) const STREAM: &str = "usage";
const MANIFEST: &str = "delivery_manifest";
/// Causes that one claim names; the rest is counted.
const NAMED_CAUSES: usize = 3;

/// A stretch of which something is known to be missing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Hole {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) causes: Vec<(Weight, String)>,
}

/// Which causes are named first: what explains most, then what is missing, then what only
/// points at it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Weight {
    Digest,
    SwitchedOff,
    Silence,
    Absent,
    Damaged,
    Unnamed,
}

/// Every claim that follows from the state; those on one stream in order and without overlaps.
pub(super) fn claims(state: &State) -> Vec<Claim> {
    let deliveries = Deliveries { claims: of_deliveries(state), holes: lasting_holes(state) };
    state.digests.claims(&state.switches, deliveries)
}

/// Where a digest that verifies changes nothing: objects known to be missing or unreadable, with
/// their regions, and trails that were switched off.
fn lasting_holes(state: &State) -> Vec<(Option<String>, (Timestamp, Timestamp))> {
    let Some((_, last)) = state.objects else { return Vec::new() };
    let end = state.deliveries().map_or(last, |(_, to)| to.max(last)).plus_micros(MINUTE);
    let off = switched_off(state, end).into_iter().map(|hole| (None, (hole.from, hole.to)));
    let absent = state.logs_absent.iter().map(|(name, at)| (name, *at));
    let damaged = state.damaged.iter().map(|(name, at)| (name, *at));
    let objects = absent.chain(damaged).map(|(name, at)| {
        let name = ObjectName::parse(name);
        let at = name.map_or(at, |name| name.at);
        let hole = (at.plus_micros(-LONGEST_SPAN), at.plus_micros(MINUTE));
        (name.map(|name| name.region.to_owned()), hole)
    });
    off.chain(objects).collect()
}

/// What records of deliveries show.
fn of_deliveries(state: &State) -> Vec<Claim> {
    let Some((first, last)) = state.objects else { return Vec::new() };
    let begin = first.plus_micros(-LONGEST_SPAN);
    let Some((from, to)) = state.deliveries() else {
        let detail =
            "no delivery of a log object is recorded, so nothing shows that none is missing";
        let until = last.plus_micros(MINUTE);
        let holes = switched_off(state, until);
        return cut(begin, until, CoverageStatus::Unknown, "none", detail, &holes);
    };
    let end = to.max(last.plus_micros(MINUTE));
    let settled = to.plus_micros(-LONGEST_DELIVERY).max(from);
    let holes = merged(holes(state, settled));
    let before = format!("deliveries are recorded from {from} on only");
    let mut claims = cut(begin, from, CoverageStatus::Unknown, "none", &before, &holes);
    let asserted = format!(
        "each log object that a delivery record names is here, and deliveries are recorded without a break; {} objects are named in all",
        state.logs_named
    );
    claims.extend(cut(from, settled, CoverageStatus::Asserted, MANIFEST, &asserted, &holes));
    let young = format!(
        "events of the {} minutes before the last recorded delivery may still come",
        LONGEST_DELIVERY / MINUTE
    );
    claims.extend(cut(settled, end, CoverageStatus::Unknown, "none", &young, &holes));
    claims
}

/// `[from, to)` with a status, except where there are holes.
fn cut(
    from: Timestamp,
    to: Timestamp,
    status: CoverageStatus,
    proof_kind: &'static str,
    detail: &str,
    holes: &[Hole],
) -> Vec<Claim> {
    let claim = |from, to, status, proof_kind, detail: String| Claim {
        stream: STREAM.to_owned(),
        from,
        to,
        status,
        proof_kind,
        detail,
    };
    let (mut claims, mut at) = (Vec::new(), from);
    for hole in holes.iter().filter(|hole| hole.from < to && hole.to > from) {
        let (start, end) = (hole.from.max(from), hole.to.min(to));
        if at < start {
            claims.push(claim(at, start, status, proof_kind, detail.to_owned()));
        }
        claims.push(claim(start, end, CoverageStatus::Gap, MANIFEST, hole.detail()));
        at = end;
    }
    if at < to {
        claims.push(claim(at, to, status, proof_kind, detail.to_owned()));
    }
    claims
}

fn holes(state: &State, settled: Timestamp) -> Vec<Hole> {
    let mut holes = switched_off(state, settled);
    for pair in state.stretches.windows(2) {
        let [(_, silent_from), (silent_to, _)] = pair else { continue };
        holes.push(Hole {
            // Events from shortly before the silence were delivered in it.
            from: silent_from.plus_micros(-LONGEST_DELIVERY),
            to: *silent_to,
            causes: vec![(
                Weight::Silence,
                format!("no delivery is recorded between {silent_from} and {silent_to}"),
            )],
        });
    }
    let window = |at: Timestamp, weight: Weight, cause: String| Hole {
        from: at.plus_micros(-LONGEST_SPAN),
        // Names give minutes; events of that very minute may be inside.
        to: at.plus_micros(MINUTE),
        causes: vec![(weight, cause)],
    };
    for (name, delivered) in &state.logs_absent {
        let at = ObjectName::parse(name).map_or(*delivered, |name| name.at);
        holes.push(window(at, Weight::Absent, format!("{name} was delivered and is not here")));
    }
    for (name, at) in &state.damaged {
        holes.push(window(*at, Weight::Damaged, format!("{name} could not be read completely")));
    }
    for (name, at) in state.unnamed_within_deliveries() {
        let cause = format!("the record of the delivery of {name} is missing");
        holes.push(window(at, Weight::Unnamed, cause));
    }
    holes
}

/// From switching a trail off to switching it on again.
fn switched_off(state: &State, end: Timestamp) -> Vec<Hole> {
    let mut off: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let mut holes = Vec::new();
    let hole = |trail: &str, from: Timestamp, to: Timestamp| Hole {
        from,
        to,
        causes: vec![(
            Weight::SwitchedOff,
            format!("{trail} was switched off or writes no management events"),
        )],
    };
    for (at, trail, on) in &state.switches {
        if !on {
            off.entry(trail).or_insert(*at);
        } else if let Some(from) = off.remove(trail.as_str()).filter(|from| from < at) {
            holes.push(hole(trail, from, *at));
        }
    }
    holes.extend(
        off.into_iter().filter(|(_, from)| *from < end).map(|(t, from)| hole(t, from, end)),
    );
    holes
}

/// Holes in order, those that touch made one.
pub(super) fn merged(mut holes: Vec<Hole>) -> Vec<Hole> {
    holes.sort_by(|a, b| (a.from, a.to, &a.causes).cmp(&(b.from, b.to, &b.causes)));
    let mut merged: Vec<Hole> = Vec::new();
    for hole in holes {
        match merged.last_mut() {
            Some(last) if hole.from <= last.to => {
                last.to = last.to.max(hole.to);
                last.causes.extend(hole.causes);
            }
            _ => merged.push(hole),
        }
    }
    merged
}

impl Hole {
    pub(super) fn detail(&self) -> String {
        let mut causes: Vec<_> = self.causes.iter().collect();
        causes.sort();
        let named: Vec<_> = causes.iter().take(NAMED_CAUSES).map(|(_, c)| c.as_str()).collect();
        let named = named.join("; ");
        match self.causes.len().saturating_sub(NAMED_CAUSES) {
            0 => named,
            more => format!("{named}; and {more} more"),
        }
    }
}
