//! Follows keys back, each key once.

use std::collections::{BTreeMap, BTreeSet};

use crate::covered::Logs;

use super::{Chain, Issued, Origin, Seen, TEMPORARY, origin};

/// So many hops are written out in the text of a chain.
const TOLD: usize = 16;

/// What is known of each key, and of where it ends.
pub(super) struct Keys<'l> {
    issued: BTreeMap<String, Issued>,
    seen: BTreeMap<String, Seen>,
    logs: &'l Logs,
    ends: BTreeMap<String, End>,
}

#[derive(Clone)]
struct End {
    origin: Origin,
    hops: Option<i64>,
    source_identity: Option<String>,
    cross_account: bool,
}

/// The chain of every temporary key that was issued or used. The order of the input is of no
/// consequence.
pub(super) fn chains(issued: Vec<Issued>, seen: Vec<Seen>, logs: &Logs) -> Vec<Chain> {
    let issued = first_issuances(issued);
    let seen = first_sightings(seen, &issued);
    let names: BTreeSet<String> = issued.keys().chain(seen.keys()).cloned().collect();
    let mut keys = Keys { issued, seen, logs, ends: BTreeMap::new() };
    for name in &names {
        keys.follow(name);
    }
    names.into_iter().map(|name| keys.chain(name)).collect()
}

/// One issuing event per key. Copies of a call in several accounts complete each other.
fn first_issuances(mut all: Vec<Issued>) -> BTreeMap<String, Issued> {
    all.sort_unstable();
    let mut copies: BTreeMap<String, Issued> = BTreeMap::new();
    for call in all.iter().filter(|call| !call.without_caller_key) {
        if let Some(shared) = &call.shared_event {
            copies.entry(shared.clone()).or_insert_with(|| call.clone());
        }
    }
    let mut issued = BTreeMap::new();
    for mut call in all {
        let Some(key) = call.key.clone() else { continue };
        if let Some(copy) = call.shared_event.as_ref().and_then(|id| copies.get(id)) {
            complete(&mut call, copy);
        }
        issued.entry(key).and_modify(|known| complete(known, &call)).or_insert(call);
    }
    issued
}

/// What a call does not say and its copy does.
fn complete(call: &mut Issued, copy: &Issued) {
    let fill = |to: &mut Option<String>, from: &Option<String>| {
        if to.is_none() {
            to.clone_from(from);
        }
    };
    if call.caller_key.is_none() && copy.caller_key.is_some() {
        call.caller_key.clone_from(&copy.caller_key);
        call.caller_type.clone_from(&copy.caller_type);
    }
    fill(&mut call.caller, &copy.caller);
    fill(&mut call.role, &copy.role);
    fill(&mut call.invoked_by, &copy.invoked_by);
    fill(&mut call.source_identity, &copy.source_identity);
    fill(&mut call.federated, &copy.federated);
    fill(&mut call.on_behalf_of, &copy.on_behalf_of);
}

/// What all uses of a key say of it; first uses come first. Keys that are no sessions are left out.
fn first_sightings(
    mut all: Vec<Seen>,
    issued: &BTreeMap<String, Issued>,
) -> BTreeMap<String, Seen> {
    all.sort_unstable();
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    for sight in all {
        if !sight.key.starts_with(TEMPORARY) && !issued.contains_key(&sight.key) {
            continue;
        }
        match seen.get_mut(&sight.key) {
            None => {
                seen.insert(sight.key.clone(), sight);
            }
            Some(known) => {
                known.last = known.last.max(sight.last);
                known.uses += sight.uses;
                known.source_identity = known.source_identity.take().or(sight.source_identity);
                known.federated = known.federated.take().or(sight.federated);
                known.on_behalf_of = known.on_behalf_of.take().or(sight.on_behalf_of);
                known.actor_account = known.actor_account.take().or(sight.actor_account);
            }
        }
    }
    seen
}

impl Keys<'_> {
    /// The temporary key with which a key was issued.
    fn parent(&self, key: &str) -> Option<&str> {
        let parent = self.issued.get(key)?.caller_key.as_deref()?;
        (parent.starts_with(TEMPORARY) || self.issued.contains_key(parent)).then_some(parent)
    }

    fn follow(&mut self, key: &str) {
        let (mut path, mut on_path) = (Vec::new(), BTreeSet::new());
        let mut at = key.to_owned();
        let mut end = loop {
            if let Some(end) = self.ends.get(&at) {
                break Some(end.clone());
            }
            if !on_path.insert(at.clone()) {
                let origin = Origin::circle();
                break Some(End {
                    origin,
                    hops: None,
                    source_identity: None,
                    cross_account: false,
                });
            }
            let parent = self.parent(&at).map(str::to_owned);
            path.push(at);
            match parent {
                Some(parent) => at = parent,
                None => break None,
            }
        };
        for key in path.into_iter().rev() {
            let own = match end {
                Some(parent) => self.through(&key, parent),
                None => self.last(&key),
            };
            self.ends.insert(key, own.clone());
            end = Some(own);
        }
    }

    /// A key that no other temporary key issued.
    fn last(&self, key: &str) -> End {
        let said = self.said(key);
        let (origin, hops, cross_account) = match (self.issued.get(key), self.seen.get(key)) {
            (Some(call), _) => (origin::of_caller(call), 1, crosses(call)),
            (None, Some(seen)) => (origin::of_uses(seen, self.logs), 0, false),
            (None, None) => {
                let why = "neither its use nor the event that issued it is in the collected log";
                (Origin::unknown(why.to_owned()), 0, false)
            }
        };
        let origin = origin.or_said(said.as_deref());
        End { origin, hops: Some(hops), source_identity: said, cross_account }
    }

    /// A key that another one issued.
    fn through(&self, key: &str, parent: End) -> End {
        let said = self.said(key).or(parent.source_identity);
        let crossed = self.issued.get(key).is_some_and(crosses);
        let origin = match parent.hops {
            Some(_) => parent.origin.or_said(said.as_deref()),
            None => parent.origin,
        };
        End {
            origin,
            hops: parent.hops.map(|hops| hops + 1),
            source_identity: said,
            cross_account: parent.cross_account || crossed,
        }
    }

    fn said(&self, key: &str) -> Option<String> {
        let issued = self.issued.get(key).and_then(|call| call.source_identity.clone());
        issued.or_else(|| self.seen.get(key).and_then(|seen| seen.source_identity.clone()))
    }

    fn chain(&self, key: String) -> Chain {
        let end = &self.ends[&key];
        let issued = self.issued.get(&key).cloned();
        let seen = self.seen.get(&key).cloned();
        let asked = issued.as_ref().and_then(|call| call.role.clone());
        Chain {
            role: asked.or_else(|| seen.as_ref().and_then(|seen| seen.issuer.clone())),
            hops: end.hops,
            text: self.text(&key, &end.origin),
            source_identity: end.source_identity.clone(),
            cross_account: end.cross_account,
            origin: end.origin.clone(),
            key,
            issued,
            seen,
        }
    }

    /// From the use back to the origin.
    fn text(&self, key: &str, origin: &Origin) -> String {
        let mut told: Vec<String> = Vec::new();
        let mut at = Some(key);
        while let Some(key) = at {
            if told.len() == TOLD {
                told.push("…".to_owned());
                break;
            }
            told.push(self.name(key));
            at = self.parent(key);
        }
        let behind = origin.behind.as_deref();
        told.push(match (&origin.key, behind) {
            (Some(key), Some(behind)) => format!("{key} ({behind})"),
            (_, Some(behind)) => behind.to_owned(),
            (_, None) => "?".to_owned(),
        });
        told.join(" ← ")
    }

    fn name(&self, key: &str) -> String {
        let actor = self.seen.get(key).and_then(|seen| seen.actor.as_deref());
        let role = self.issued.get(key).and_then(|call| call.role.as_deref());
        match actor.or(role) {
            Some(actor) => format!("{key} ({actor})"),
            None => key.to_owned(),
        }
    }
}

fn crosses(call: &Issued) -> bool {
    match (&call.account, &call.caller_account) {
        (Some(received), Some(called)) => received != called,
        _ => false,
    }
}
