//! Reads an artifact: entries of an audit log, or listings.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::audit_files::{self, Split, text};
use crate::records::Records;
use crate::source::{Artifact, ReadError};

use super::credential::{self, Known};
use super::dialect::{enables_device, is_entry, is_trial};
use super::entry::Entry;
use super::{configuration, listing, sightings, usage};

const COMPARE: &str = "compare the line with its source";

pub(super) fn read(
    device: &str,
    artifact: &Artifact,
    out: &mut Records<'_>,
) -> Result<(), ReadError> {
    let bytes = audit_files::bytes(artifact)?;
    let mut log = Log { device, halves: Halves::of(&bytes), known: Known::default(), starts: 0 };
    let file = artifact.name.rsplit_once('@').map_or(artifact.name.as_str(), |(file, _)| file);
    for part in Split::new(&bytes) {
        match part.value {
            Err(cause) => out.reject(part.raw, cause, COMPARE),
            Ok(value) if is_entry(&value) => log.entry(part.raw, &value, out),
            Ok(value) => match audit_files::as_of(&artifact.name) {
                Some(at) => listing::read(part.raw, &value, file, at, out),
                None => out.reject(part.raw, "it is no entry of an audit log", COMPARE),
            },
        }
    }
    log.close(out);
    Ok(())
}

/// The ids of requests and responses in an artifact.
#[derive(Default)]
struct Halves {
    requests: BTreeSet<String>,
    responses: BTreeSet<String>,
    /// Responses that have no request by their nature.
    exempt: BTreeSet<String>,
}

impl Halves {
    fn of(bytes: &[u8]) -> Self {
        let mut halves = Self::default();
        for value in Split::new(bytes).filter_map(|part| part.value.ok()) {
            if !is_entry(&value) || is_trial(&value) {
                continue;
            }
            let Some(id) = text(&value, "/request/id").map(str::to_owned) else { continue };
            if text(&value, "/type") == Some("request") {
                halves.requests.insert(id);
            } else if enables_device(&value) {
                halves.exempt.insert(id);
            } else {
                halves.responses.insert(id);
            }
        }
        halves
    }

    fn answered(&self, id: &str) -> bool {
        self.responses.contains(id) || self.exempt.contains(id)
    }

    fn verdict(&self) -> Option<String> {
        if self.requests.is_empty() && self.responses.is_empty() {
            return None;
        }
        let open = self.requests.iter().filter(|id| !self.answered(id)).count();
        let alone = self.responses.difference(&self.requests).count();
        Some(match (open, alone) {
            (0, 0) => "verified".to_owned(),
            _ => format!("{open} requests without response, {alone} responses without request"),
        })
    }
}

struct Log<'a> {
    device: &'a str,
    halves: Halves,
    known: Known,
    /// Trial messages: the device was enabled, or the server started.
    starts: u64,
}

impl Log<'_> {
    fn entry(&mut self, raw: &[u8], value: &Value, out: &mut Records<'_>) {
        let entry = match Entry::of(value, self.device) {
            Ok(entry) => entry,
            Err(cause) => return out.reject(raw, cause, COMPARE),
        };
        if is_trial(value) {
            self.starts += 1;
            return out.facts(raw, [configuration::device_started(&entry)]);
        }
        if !entry.is_response() && self.halves.answered(entry.id()) {
            return out.skip(raw, "request, told by its response");
        }
        self.known.take(&entry);
        let row = usage::row(&entry, out.rows());
        let mut facts = Vec::new();
        if entry.succeeded() {
            facts = credential::facts(&entry, &self.known);
            facts.extend(configuration::facts(&entry));
        }
        sightings::note(&entry, out);
        out.usage(raw, row, facts);
    }

    fn close(&self, out: &mut Records<'_>) {
        if let Some(verdict) = self.halves.verdict() {
            out.integrity("request_response_pairs", &verdict);
        }
        if self.starts > 0 {
            out.integrity("audit_device_trials", &self.starts.to_string());
        }
    }
}
