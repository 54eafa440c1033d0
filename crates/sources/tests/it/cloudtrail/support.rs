//! Questions that several tests ask of a run, asked over events: all records with one eventID.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tenure_model::fact::{Fact, UsageEvent};
use tenure_model::tables::TableId;

use crate::support::{Said, time};

/// Events by id: the first record of each.
pub(super) fn events(said: &Said) -> BTreeMap<&str, &UsageEvent> {
    let mut events = BTreeMap::new();
    for (_, _, event) in &said.usage {
        events.entry(event.event_id.as_str()).or_insert(event);
    }
    events
}

/// How often each value occurs.
pub(super) fn counted<T: ToString>(values: impl Iterator<Item = T>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    values.for_each(|value| *counts.entry(value.to_string()).or_default() += 1);
    counts
}

/// SHA-256 over a line per event: time, id, service, action, type, actor, address, error code.
pub(super) fn canonical_digest(said: &Said) -> String {
    let mut lines: Vec<String> = events(said)
        .values()
        .map(|e| {
            let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
            let time = e.event_time.map(|at| at.to_string());
            let columns = [
                or_empty(&time),
                e.event_id.clone(),
                or_empty(&e.service),
                or_empty(&e.action),
                or_empty(&e.actor_type),
                or_empty(&e.actor),
                or_empty(&e.src_ip),
                or_empty(&e.error_code),
            ];
            columns.join("\t") + "\n"
        })
        .collect();
    lines.sort();
    hex::encode(Sha256::digest(lines.concat()))
}

pub(super) fn first_last(said: &Said) -> [String; 2] {
    let times: BTreeSet<_> = said.usage.iter().filter_map(|(_, _, e)| e.event_time).collect();
    [times.first().unwrap().to_string(), times.last().unwrap().to_string()]
}

/// Objects of the log by what is said of them.
#[derive(Default)]
pub(super) struct LogObjects<'a> {
    pub(super) logs_named: BTreeMap<&'a str, &'a Fact>,
    pub(super) digests_named: BTreeSet<&'a str>,
    pub(super) present: BTreeSet<&'a str>,
}

impl<'a> LogObjects<'a> {
    pub(super) fn of(said: &'a Said) -> Self {
        let mut objects = Self::default();
        for fact in said.table(TableId::LogObjects) {
            let digest = crate::support::text(fact, "kind") == Some("digest");
            if time(fact, "delivered_at").is_none() {
                objects.present.insert(&fact.native_id);
            } else if digest {
                objects.digests_named.insert(&fact.native_id);
            } else {
                objects.logs_named.insert(&fact.native_id, fact);
            }
        }
        objects
    }

    pub(super) fn absent(&self) -> Vec<&'a str> {
        self.logs_named.keys().filter(|name| !self.present.contains(**name)).copied().collect()
    }

    pub(super) fn unnamed(&self) -> Vec<&'a str> {
        self.present.iter().filter(|name| !self.logs_named.contains_key(**name)).copied().collect()
    }
}

/// The `expect` of an expectation.
pub(super) fn expected(file: &str, id: &str) -> Value {
    let path = crate::support::dataset("expected").unwrap().join(file);
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let all = file["expectations"].as_array().unwrap();
    all.iter().find(|e| e["id"] == id).unwrap_or_else(|| panic!("{id}"))["expect"].clone()
}
