//! Reads an artifact: events of an audit log, or listings.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::json_files::{self, Split, text};
use crate::records::Records;
use crate::source::{Artifact, ReadError};

use super::changes::Bound;
use super::dialect::{events, is_event};
use super::event::Event;
use super::{listing, usage};

const COMPARE: &str = "compare the record with its source";

pub(super) fn read(artifact: &Artifact, out: &mut Records<'_>) -> Result<(), ReadError> {
    let bytes = json_files::bytes(artifact)?;
    let at = json_files::as_of(&artifact.name);
    let mut log = Log::default();
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

#[derive(Default)]
struct Log {
    bound: Bound,
    /// Requests of which an earlier stage was seen, and those that were complete.
    begun: BTreeSet<String>,
    complete: BTreeSet<String>,
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
        match text(value, "/stage") {
            Some("ResponseComplete") => {}
            Some(stage @ ("RequestReceived" | "ResponseStarted" | "Panic")) => {
                self.begun.insert(event.id().to_owned());
                return out.skip(raw, &format!("stage {stage}"));
            }
            _ => return out.reject(raw, "its stage is not known", COMPARE),
        }
        self.complete.insert(event.id().to_owned());
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
        if self.complete.is_empty() && self.begun.is_empty() {
            return;
        }
        let open = self.begun.difference(&self.complete).count();
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
