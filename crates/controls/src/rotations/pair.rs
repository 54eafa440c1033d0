//! Which secret follows which: the next one made for the same identity, kind and purpose.

use std::collections::BTreeMap;

use tenure_model::Timestamp;

use crate::covered::Logs;

use super::judge::{Known, judge};
use super::units::{Relabel, Told, Uses, units};
use super::{Group, Judged, Rotation, Unit, Verdict, Version};

/// What is known beside the versions.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) uses: Uses,
    pub(super) logs: Logs,
    /// Until when each system was listed as a whole.
    pub(super) listed: BTreeMap<String, Timestamp>,
}

/// The rotations that versions tell of, by system, identity, kind and age.
pub(super) fn rotations(versions: Vec<Version>, beside: &Beside) -> Vec<Rotation> {
    let mut latest: BTreeMap<String, Timestamp> = BTreeMap::new();
    for version in &versions {
        let at = version.validity.to_hi.max(Some(version.validity.from_hi));
        let known = latest.entry(version.group.system.clone()).or_insert(version.validity.from_hi);
        *known = (*known).max(at.unwrap_or(*known));
    }
    let mut groups: BTreeMap<Group, Vec<Told>> = BTreeMap::new();
    for told in units(versions, &beside.uses) {
        groups.entry(told.0.group.clone()).or_default().push(told);
    }
    let mut rows = Vec::new();
    for (group, mut told) in groups {
        told.sort_by(|(a, _), (b, _)| age(a).cmp(&age(b)));
        let log = beside.logs.of(&group.system);
        let listed = beside.listed.get(&group.system).copied();
        let logged = log.and_then(|log| log.complete_to().or(log.reach().map(|(_, to)| to)));
        let as_of = logged.max(listed).or(latest.get(&group.system).copied());
        let known = Known { log, listed, as_of: as_of.unwrap_or(Timestamp::from_micros(0)) };
        // Secrets of nobody known are not taken for each other's successors.
        rows.extend(sequence(&told, group.identity.is_some(), &known));
    }
    rows
}

fn age(unit: &Unit) -> (Timestamp, Option<Timestamp>, &str, i64) {
    (unit.created.hi, unit.created.lo, &unit.credential, unit.number)
}

fn sequence(told: &[Told], paired: bool, known: &Known<'_>) -> Vec<Rotation> {
    let mut rows = Vec::new();
    for (place, (old, labels)) in told.iter().enumerate() {
        rows.extend(labels.iter().map(|label| relabelled(old, label, known)));
        let new = told.get(place + 1).filter(|_| paired).map(|(new, _)| new.clone());
        let judged = match &new {
            Some(new) => judge(old, new, known),
            None => Judged { verdict: Verdict::None, why: None },
        };
        let from = new.as_ref().map(|new| new.created.hi);
        rows.push(Rotation {
            usage_known: from.is_some_and(|from| known.covers(from, known.as_of)),
            old: old.clone(),
            new,
            judged,
            as_of: known.as_of,
        });
    }
    rows
}

fn relabelled(unit: &Unit, label: &Relabel, known: &Known<'_>) -> Rotation {
    let evidence = label.evidence.split_whitespace().map(str::to_owned).collect();
    let new = Unit { created: label.at, evidence, ..unit.clone() };
    // Without anything that tells secrets apart, a new label may stand for a new secret.
    let verdict = if unit.material.is_some() { Verdict::Relabelled } else { Verdict::NotKnown };
    let what = if unit.material.is_some() {
        label.what.to_owned()
    } else {
        "nothing tells whether the secret changed with its label or status".to_owned()
    };
    Rotation {
        usage_known: known.covers(label.at.hi, known.as_of),
        old: unit.clone(),
        new: Some(new),
        judged: Judged { verdict, why: Some(what) },
        as_of: known.as_of,
    }
}
