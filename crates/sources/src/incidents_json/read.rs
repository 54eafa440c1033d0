//! Files of incidents, log entries and alerts: what belongs together is told together, each
//! statement on the record that makes it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use crate::course::ByRecord;
use crate::json_documents::{documents, items, members};
use crate::records::Records;
use crate::source::ReadError;

use super::config::Config;
use super::item::{Incident, Item};
use super::people::People;
use super::servicenow::Ticket;
use super::steps::Story;

const EXPORT: &str = "export it again, as the REST API gives it";

/// How many incidents, log entries and alerts there are, and what else.
pub(super) fn count(text: &[u8], counts: &mut BTreeMap<&'static str, u64>) {
    let mut found: Vec<&RawValue> = Vec::new();
    for document in documents(text).0 {
        take(document, &mut found);
    }
    for raw in found {
        let json = serde_json::from_str(raw.get()).map_err(|e| e.to_string());
        let what = match json.and_then(Item::parse) {
            Ok(Item::Incident(_) | Item::Ticket(_)) => "incidents",
            Ok(Item::Entry(_)) => "log entries",
            Ok(Item::Alert(_)) => "alerts",
            Ok(Item::User(..)) => "users",
            Err(_) => "items that are not understood",
        };
        *counts.entry(what).or_default() += 1;
    }
}

/// What becomes of a record that gives no facts.
enum Fate {
    Tells,
    Skipped(String),
    Rejected(String),
}

pub(super) fn read(config: &Config, text: &[u8], out: &mut Records<'_>) -> Result<(), ReadError> {
    let (documents, stop) = documents(text);
    let mut found: Vec<&RawValue> = Vec::new();
    for document in documents {
        if !take(document, &mut found) {
            let cause = "the service answered with an error, and nothing else";
            out.gap(cause, "look at the error in the file, and export again");
        }
    }
    let mut book = Book::default();
    for (record, raw) in (0_u64..).zip(&found) {
        book.enter(record, raw);
    }
    let (mut facts, mut fates) = book.tell(config);
    for (record, raw) in (0_u64..).zip(&found) {
        let bytes = raw.get().as_bytes();
        match fates.remove(&record).unwrap_or(Fate::Tells) {
            Fate::Tells => out.facts(bytes, facts.take(record)),
            Fate::Skipped(reason) => out.skip(bytes, &reason),
            Fate::Rejected(cause) => out.reject(bytes, cause, EXPORT),
        }
    }
    stop.map_or(Ok(()), Err)
}

/// The items of a document: of its lists, or itself; `false` for an error in place of items.
fn take<'a>(document: &'a RawValue, found: &mut Vec<&'a RawValue>) -> bool {
    if let Some(items) = items(document) {
        found.extend(items);
        return true;
    }
    let members = members(document).unwrap_or_default();
    if members.contains_key("error") {
        return false;
    }
    if members.contains_key("id") {
        found.push(document);
        return true;
    }
    let lists = ["incidents", "log_entries", "alerts", "result"].into_iter();
    let lists: Vec<_> =
        lists.filter_map(|list| members.get(list).and_then(|raw| items(raw))).collect();
    let one = ["incident", "log_entry", "alert"].into_iter();
    let one: Vec<_> = one.filter_map(|member| members.get(member).copied()).collect();
    if lists.is_empty() && one.is_empty() {
        found.push(document);
    }
    found.extend(lists.into_iter().flatten().chain(one));
    true
}

#[derive(Default)]
struct Book {
    stories: BTreeMap<String, Story>,
    tickets: BTreeMap<String, (u64, Ticket)>,
    people: People,
    entries: BTreeSet<String>,
    alerts: BTreeSet<String>,
    fates: BTreeMap<u64, Fate>,
}

impl Book {
    fn enter(&mut self, record: u64, raw: &RawValue) {
        let json: serde_json::Value = match serde_json::from_str(raw.get()) {
            Ok(json) => json,
            Err(e) => return self.reject(record, format!("it is not understood: {e}")),
        };
        self.people.learn(&json);
        match Item::parse(json) {
            Err(cause) => self.reject(record, cause),
            Ok(Item::Entry(entry)) => {
                let Some(id) = entry.incident.clone() else {
                    return self
                        .reject(record, format!("log entry {} names no incident", entry.id));
                };
                if self.entries.insert(entry.id.clone()) {
                    self.stories.entry(id).or_default().entries.push((record, entry));
                } else {
                    self.fates.insert(record, Fate::Skipped("log entry told before".to_owned()));
                }
            }
            Ok(Item::Alert(alert)) => {
                if self.alerts.insert(alert.id.clone()) {
                    // An alert without an incident was never taken up; it is told all the same.
                    let id = alert.incident.clone().unwrap_or_default();
                    self.stories.entry(id).or_default().alerts.push((record, alert));
                } else {
                    self.fates.insert(record, Fate::Skipped("alert told before".to_owned()));
                }
            }
            Ok(Item::Incident(incident)) => self.incident(record, incident),
            Ok(Item::Ticket(ticket)) => self.ticket(record, ticket),
            Ok(Item::User(id, address)) => {
                self.people.know(id, address);
                self.fates.insert(record, Fate::Skipped("a user".to_owned()));
            }
        }
    }

    /// Of an incident that is there twice the one updated last counts; what is inside either is told.
    fn incident(&mut self, record: u64, mut incident: Incident) {
        let entries = std::mem::take(&mut incident.entries);
        let alerts = std::mem::take(&mut incident.alerts);
        let id = incident.id.clone();
        let story = self.stories.entry(id.clone()).or_default();
        let (counts, not) = match &story.incident {
            None => (record, None),
            Some((earlier, known)) if known.updated < incident.updated => (record, Some(*earlier)),
            Some((earlier, _)) => (*earlier, Some(record)),
        };
        if counts == record {
            story.incident = Some((record, incident));
        }
        if let Some(not) = not {
            let moved = |on: &mut u64| *on = if *on == not { counts } else { *on };
            story.entries.iter_mut().for_each(|(on, _)| moved(on));
            story.alerts.iter_mut().for_each(|(on, _)| moved(on));
        }
        for entry in entries {
            if self.entries.insert(entry.id.clone()) {
                story.entries.push((counts, entry));
            }
        }
        for alert in alerts {
            if self.alerts.insert(alert.id.clone()) {
                story.alerts.push((counts, alert));
            }
        }
        if let Some(not) = not {
            let cause = "is in the file more than once; the one updated last counts";
            self.reject(not, format!("incident {id} {cause}"));
        }
    }

    fn ticket(&mut self, record: u64, ticket: Ticket) {
        let id = ticket.id.clone();
        let known = self.tickets.get(&id);
        let not = match known {
            Some((earlier, known)) if ticket.is_newer_than(known) => Some(*earlier),
            Some(_) => Some(record),
            None => None,
        };
        if not != Some(record) {
            self.tickets.insert(id.clone(), (record, ticket));
        }
        if let Some(not) = not {
            let cause = "is in the file more than once; the one updated last counts";
            self.reject(not, format!("incident {id} {cause}"));
        }
    }

    fn reject(&mut self, record: u64, cause: String) {
        self.fates.insert(record, Fate::Rejected(format!("record {}: {cause}", record + 1)));
    }

    fn tell(self, config: &Config) -> (ByRecord, BTreeMap<u64, Fate>) {
        let mut facts = ByRecord::default();
        let Self { stories, tickets, people, mut fates, .. } = self;
        for (record, ticket) in tickets.values() {
            facts.add(ticket.course(*record, &people));
        }
        for (id, story) in stories {
            match story.courses(&id, config, &people) {
                Ok(courses) => courses.into_iter().for_each(|course| facts.add(course)),
                Err((record, cause)) => {
                    fates.insert(record, Fate::Rejected(format!("record {}: {cause}", record + 1)));
                }
            }
        }
        (facts, fates)
    }
}
