//! Versions of credentials to secrets: a version that changes the secret begins another one, a
//! version that changes anything else does not.

use std::collections::BTreeMap;

use tenure_model::Timestamp;

use super::{Unit, Version, When};

/// When a key was first and last used, by the log.
pub(super) type Uses = BTreeMap<String, (Timestamp, Timestamp)>;

/// A change that made nothing new: the same secret under another label, or put back into force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Relabel {
    pub(super) at: When,
    pub(super) what: &'static str,
    pub(super) evidence: String,
}

/// A secret, and what was done to it without changing it.
pub(super) type Told = (Unit, Vec<Relabel>);

/// The secrets that versions tell of.
pub(super) fn units(mut versions: Vec<Version>, uses: &Uses) -> Vec<Told> {
    versions.sort_unstable();
    versions.dedup();
    let mut units = Vec::new();
    let mut rest = &versions[..];
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|v| v.credential == first.credential).count();
        let (one, others) = rest.split_at(same);
        rest = others;
        let secrets: Vec<_> = one.chunk_by(|a, b| !another_secret(a, b)).collect();
        for (place, secret) in secrets.iter().enumerate() {
            let next = secrets.get(place + 1).and_then(|next| next.first());
            units.push((unit(secret, place == 0, next, uses), relabels(secret)));
        }
    }
    units
}

fn another_secret(a: &Version, b: &Version) -> bool {
    matches!((&a.material, &b.material), (Some(before), Some(after)) if before != after)
}

fn unit(versions: &[Version], is_first: bool, next: Option<&Version>, uses: &Uses) -> Unit {
    let (first, last) = (&versions[0], &versions[versions.len() - 1]);
    let is_only = is_first && next.is_none();
    let bounds = |v: &Version| When { lo: v.validity.from_lo, hi: v.validity.from_hi };
    let stated = last.created_at.filter(|_| is_only).map(|at| When { lo: Some(at), hi: at });
    let created = stated.unwrap_or_else(|| bounds(first));
    let ended = last.validity.to_hi.map(|hi| When { lo: last.validity.to_lo, hi });
    // The log knows the credential only, and the source's own record is of its last secret.
    let logged = uses.get(&first.name).filter(|_| is_only);
    let reported = last.last_used_at.filter(|at| next.is_none() && *at >= created.hi);
    let last_used = logged.map(|(_, last)| *last).max(reported);
    let told = |of: fn(&Version) -> Option<String>| versions.iter().rev().find_map(of);
    Unit {
        credential: first.credential.clone(),
        number: first.number,
        group: last.group.clone(),
        name: first.name.clone(),
        material: told(|v| v.material.clone()).or_else(|| told(|v| v.public_id.clone())),
        created,
        deactivated: inactive_since(versions),
        deleted: next.map(bounds).or(ended),
        alive: last_used.max(Some(last.validity.from_hi)).unwrap_or(last.validity.from_hi),
        first_used: logged.map(|(first, _)| *first).or(reported),
        last_used,
        never_used: next.is_none() && last.never_used == Some(true) && last_used.is_none(),
        evidence: evidence(versions),
    }
}

/// The start of the inactive versions at the end.
fn inactive_since(versions: &[Version]) -> Option<When> {
    let inactive = versions.iter().rev().take_while(|v| is_inactive(v)).last()?;
    Some(When { lo: inactive.validity.from_lo, hi: inactive.validity.from_hi })
}

fn is_inactive(version: &Version) -> bool {
    version.status.as_deref().is_some_and(|s| {
        ["inactive", "disabled", "revoked", "expired"].iter().any(|w| s.eq_ignore_ascii_case(w))
    })
}

fn relabels(versions: &[Version]) -> Vec<Relabel> {
    let pairs = versions.windows(2);
    pairs
        .filter_map(|pair| {
            let (before, after) = (&pair[0], &pair[1]);
            let what = if is_inactive(before) && !is_inactive(after) {
                "the same secret was set active again"
            } else if before.slot != after.slot && before.slot.is_some() {
                "the same secret got another version or slot"
            } else {
                return None;
            };
            let at = When { lo: after.validity.from_lo, hi: after.validity.from_hi };
            Some(Relabel { at, what, evidence: after.evidence.clone() })
        })
        .collect()
}

fn evidence(versions: &[Version]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in versions.iter().flat_map(|v| v.evidence.split_whitespace()) {
        if !all.iter().any(|known| known == word) {
            all.push(word.to_owned());
        }
    }
    all
}
