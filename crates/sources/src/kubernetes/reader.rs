//! Reads an artifact: events of an audit log, or listings.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::audit_files::{self, Split, text};
use crate::records::Records;
use crate::source::{Artifact, ReadError};

use super::changes::Bound;
use super::dialect::{events, is_event};
use super::event::Event;
use super::{listing, usage};

const COMPARE: &str = "compare the record with its source";

pub(super) fn read(artifact: &Artifact, out: &mut Records<'_>) -> Result<(), ReadError> {
    let bytes = audit_files::bytes(artifact)?;
    let at = audit_files::as_of(&artifact.name);
    let mut log = Log { bound: Bound::default(), last: last_stages(&bytes) };
    for part in Split::new(&bytes) {
        let value = match part.value {
            Ok(value) => value,
            Err(cause) => {
                out.reject(part.raw, cause, COMPARE);
                continue;
            }
        };
        if is_event(&value) {
            log.event(part.raw, &value, out);
        } else if let Some(at) = at {
            listing::read(part.raw, &value, at, out);
        } else if let (Some(items), Some(raws)) = (events(&value), listing::raw_items(part.raw)) {
            for (item, raw) in items.iter().zip(raws) {
                log.event(raw.get().as_bytes(), item, out);
            }
        } else {
            out.reject(part.raw, "it is no event of an audit log", COMPARE);
        }
    }
    log.close(out);
    Ok(())
}

/// The stages of a request, in their order (Kubernetes documentation, "Auditing").
const STAGES: &[&str] = &["RequestReceived", "ResponseStarted", "Panic", "ResponseComplete"];

fn stage(value: &Value) -> Option<usize> {
    let stage = text(value, "/stage")?;
    STAGES.iter().position(|known| *known == stage)
}

/// The last stage of each request: the one that counts. For a request that still runs when the log
/// ends, such as a shell in a pod, that is an earlier one.
fn last_stages(bytes: &[u8]) -> BTreeMap<String, usize> {
    let mut last = BTreeMap::new();
    let mut take = |event: &Value| {
        if let (Some(id), Some(stage)) = (text(event, "/auditID"), stage(event)) {
            let known = last.entry(id.to_owned()).or_insert(stage);
            *known = stage.max(*known);
        }
    };
    for value in Split::new(bytes).filter_map(|part| part.value.ok()) {
        match events(&value) {
            Some(items) => items.iter().for_each(&mut take),
            None => take(&value),
        }
    }
    last
}

struct Log {
    bound: Bound,
    /// The last stage of each request in this artifact.
    last: BTreeMap<String, usize>,
}

impl Log {
    fn event(&mut self, raw: &[u8], value: &Value, out: &mut Records<'_>) {
        if !is_event(value) {
            return out.reject(raw, "it is no event of an audit log", COMPARE);
        }
        let event = match Event::of(value) {
            Ok(event) => event,
            Err(cause) => return out.reject(raw, cause, COMPARE),
        };
        let Some(stage) = stage(value) else {
            return out.reject(raw, "its stage is not known", COMPARE);
        };
        if self.last.get(event.id()).is_some_and(|last| *last > stage) {
            return out.skip(raw, &format!("stage {}, told by a later one", STAGES[stage]));
        }
        let row = usage::row(&event, out.rows());
        if event.verb == "deletecollection" && event.succeeded() && names_access(&event) {
            let cause = format!(
                "all {} {} were deleted at {}, and it is not said which they were",
                event.text("/objectRef/namespace").unwrap_or("of the cluster's"),
                event.resource(),
                event.done
            );
            out.gap(cause, "collect a listing from after that time");
        }
        let facts = self.bound.facts(&event);
        out.usage(raw, row, facts);
    }

    fn close(&self, out: &mut Records<'_>) {
        if self.last.is_empty() {
            return;
        }
        let complete = STAGES.len() - 1;
        let open = self.last.values().filter(|stage| **stage < complete).count();
        let verdict = match open {
            0 => "every request is complete".to_owned(),
            _ => format!("{open} requests have no ResponseComplete here"),
        };
        out.integrity("audit_stages", &verdict);
    }
}

fn names_access(event: &Event<'_>) -> bool {
    let resources =
        ["clusterrolebindings", "clusterroles", "rolebindings", "roles", "serviceaccounts"];
    resources.contains(&event.resource())
}
