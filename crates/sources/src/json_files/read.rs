//! Reading: lines of listings, or events of a log, told apart by the first record.

use serde_json::Value;
use tenure_model::fact::{Change, Fact, UsageEvent};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::records::Records;
use crate::source::{Artifact, ReadError};

use super::items::Items;
use super::line::Line;
use super::{Vendor, row};

const REJECTED: &str = "fetch it again; if that does not help, the reader does not know this form";

/// What one vendor's items mean. Pure.
pub(crate) trait Reader {
    /// The vendor.
    fn vendor(&self) -> &'static Vendor;

    /// What an event tells; the error is for people.
    fn event(&self, raw: &[u8], event: &Value) -> Result<Event, String>;

    /// What each item of the listings of a collection tells, in their order.
    fn listing(&self, items: &[Item<'_>]) -> Vec<Said>;
}

/// What an event tells.
#[derive(Default)]
pub(crate) struct Event {
    /// The use; its time is said.
    pub(crate) used: UsageEvent,
    /// Facts beside.
    pub(crate) facts: Vec<Fact>,
    /// What it mentions in passing: kind, name and detail.
    pub(crate) sightings: Vec<(u8, String, String)>,
}

/// An item of an answer.
pub(crate) struct Item<'a> {
    /// The line it stands in.
    pub(crate) line: Line<'a>,
    /// The item; `None` when the answer lists nothing.
    pub(crate) value: Option<Value>,
}

/// What an item tells.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) facts: Vec<Fact>,
    /// Why it tells nothing, when it does.
    pub(crate) silent: &'static str,
    /// What is wrong with it.
    pub(crate) problems: Vec<String>,
}

/// Hands every record of an artifact over.
pub(crate) fn read(
    reader: &dyn Reader,
    artifact: &Artifact,
    out: &mut Records<'_>,
) -> Result<(), ReadError> {
    let mut items = Items::open(&artifact.payload)?;
    let is_listing = items.next()?.is_some_and(|first| Line::parse(first).is_ok());
    drop(items);
    if !is_listing {
        return log(reader, artifact, out);
    }
    let bytes = artifact.payload.bytes().map_err(|e| ReadError {
        record: None,
        cause: format!("the bytes cannot be read: {e}"),
        hint: "check the disk".to_owned(),
    })?;
    lines(reader, &bytes, out);
    Ok(())
}

fn log(reader: &dyn Reader, artifact: &Artifact, out: &mut Records<'_>) -> Result<(), ReadError> {
    let mut items = Items::open(&artifact.payload)?;
    let mut span: Option<(Timestamp, Timestamp)> = None;
    let stopped = loop {
        match items.next() {
            Ok(Some(raw)) => {
                let Some(at) = event(reader, raw, raw, out) else { continue };
                let (first, last) = span.unwrap_or((at, at));
                span = Some((first.min(at), last.max(at)));
            }
            Ok(None) => break Ok(()),
            Err(e) => break Err(e),
        }
    };
    let records = i64::try_from(out.next()).unwrap_or(i64::MAX);
    for at in span.into_iter().flat_map(|(first, last)| [first, last]) {
        let seen = Change::Seen { at };
        let here = Fact::new(TableId::LogObjects, "log-file", artifact.name.as_str(), seen)
            .with("kind", "log")
            .with("present", true)
            .with("records", records);
        out.whole(here);
    }
    stopped
}

/// An event; `text` is its JSON, `raw` the record it is. Gives when it happened.
fn event(reader: &dyn Reader, raw: &[u8], text: &[u8], out: &mut Records<'_>) -> Option<Timestamp> {
    let value: Value = match serde_json::from_slice(text) {
        Ok(value) => value,
        Err(e) => {
            out.reject(raw, format!("it is no JSON: {e}"), REJECTED);
            return None;
        }
    };
    let said = match reader.event(raw, &value) {
        Ok(said) => said,
        Err(cause) => {
            out.reject(raw, cause, "compare the record with its source");
            return None;
        }
    };
    let at = said.used.event_time;
    for (kind, name, detail) in &said.sightings {
        out.sighting(*kind, name, detail, at?);
    }
    let row = row(&said.used, out.rows());
    out.usage(raw, row, said.facts);
    at
}

/// A line that was understood, and what is to be said of it.
enum Entry {
    Item(usize),
    Event(Vec<u8>),
    Skip(String),
    Reject(String),
    Unanswered { url: String, status: u16 },
}

fn lines(reader: &dyn Reader, bytes: &[u8], out: &mut Records<'_>) {
    let raws: Vec<&[u8]> = bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()).collect();
    let mut items = Vec::new();
    let entries: Vec<Entry> =
        raws.iter().map(|raw| entry(reader.vendor(), raw, &mut items)).collect();
    let mut said = reader.listing(&items);
    for (raw, entry) in raws.iter().zip(entries) {
        match entry {
            Entry::Item(index) => {
                let said = said.get_mut(index).map(std::mem::take).unwrap_or_default();
                tell(raw, said, out);
            }
            Entry::Event(text) => drop(event(reader, raw, &text, out)),
            Entry::Skip(reason) => out.skip(raw, &reason),
            Entry::Reject(cause) => out.reject(raw, cause, REJECTED),
            Entry::Unanswered { url, status } => {
                let cause = format!("line {}: {url} was answered with status {status}", out.next());
                out.gap(cause, "let the collector read it, and collect again");
                out.skip(raw, "not answered");
            }
        }
    }
}

fn entry<'a>(vendor: &Vendor, raw: &'a [u8], items: &mut Vec<Item<'a>>) -> Entry {
    let line = match Line::parse(raw) {
        Ok(line) => line,
        Err(cause) => return Entry::Reject(cause),
    };
    if line.body.is_empty() {
        return Entry::Skip("it asked for nothing".to_owned());
    }
    if !(200..300).contains(&line.status) {
        let url = line.url.into_owned();
        return match (vendor.lists)(&url, None) {
            Some(_) => Entry::Unanswered { url, status: line.status },
            None => Entry::Skip("not answered, and nothing that is read".to_owned()),
        };
    }
    let value: Value = match serde_json::from_str(&line.body) {
        Ok(value) => value,
        Err(e) => return Entry::Reject(format!("the answer is no JSON: {e}")),
    };
    if (vendor.is_event)(&value) {
        return Entry::Event(line.body.as_bytes().to_vec());
    }
    let nothing = value.as_array().is_some_and(Vec::is_empty);
    items.push(Item { line, value: (!nothing).then_some(value) });
    Entry::Item(items.len() - 1)
}

fn tell(raw: &[u8], said: Said, out: &mut Records<'_>) {
    let number = out.next();
    for problem in said.problems {
        out.gap(
            format!("line {number}: {problem}"),
            "let the collector read it, and collect again",
        );
    }
    match (said.facts.is_empty(), said.silent) {
        (false, _) => out.facts(raw, said.facts),
        (true, "") => out.skip(raw, "it tells nothing of access"),
        (true, reason) => out.skip(raw, reason),
    }
}
