//! A capture as facts. Pure, and over the whole capture at once: a user, its keys and its devices
//! come in different answers, and only together do they say what they mean.

use tenure_model::time::Timestamp;

use crate::records::Records;
use crate::source::ReadError;

use super::capture::{Line, lines};

mod answer;
mod center;
mod content;
mod credentials;
mod facts;
mod federation;
mod identities;
mod lenient;
mod model;
mod operation;
mod organization;
mod pages;
mod privileges;
mod report;
mod rights;
mod settings;
mod tags;
mod totals;
mod trails;
mod trust;
mod world;
mod xml;

pub(super) use totals::{Part, Totals};

use answer::{Answer, Content, Refused};
use operation::Operation;
use world::World;

/// A capture, parsed.
pub(super) struct Capture<'b> {
    entries: Vec<Entry<'b>>,
    /// How many lines the last line counts; `None` when it is not there.
    declared: Option<u64>,
}

/// A line, and what it says.
struct Entry<'b> {
    raw: &'b [u8],
    /// The call, of an exchange.
    call: Option<pages::Call>,
    at: Option<Timestamp>,
    said: Result<Answer, Refused>,
}

impl<'b> Capture<'b> {
    pub(super) fn parse(bytes: &'b [u8]) -> Self {
        let mut capture = Self { entries: Vec::new(), declared: None };
        for raw in lines(bytes) {
            let entry = match Line::parse(raw) {
                Ok(Line::End { exchanges, .. }) => {
                    capture.declared = Some(exchanges);
                    continue;
                }
                Ok(Line::Exchange(line)) => Entry {
                    raw,
                    call: Some(pages::Call::of(&line)),
                    at: Some(line.at),
                    said: Answer::of_exchange(&line),
                },
                Ok(Line::File(line)) => {
                    Entry { raw, call: None, at: Some(line.at), said: Answer::of_file(&line) }
                }
                Err(cause) => {
                    Entry { raw, call: None, at: None, said: Err(Refused::Reject(cause)) }
                }
            };
            capture.entries.push(entry);
        }
        capture
    }

    fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.entries.iter().filter_map(|entry| entry.said.as_ref().ok())
    }

    fn world(&mut self) -> World {
        let answers = self.entries.iter_mut().filter_map(|entry| entry.said.as_mut().ok());
        World::of(&mut answers.collect::<Vec<_>>())
    }
}

/// Hands every line over, with its facts or the reason that it has none.
pub(super) fn read(bytes: &[u8], out: &mut Records<'_>) -> Result<(), ReadError> {
    let mut capture = Capture::parse(bytes);
    let world = capture.world();
    for entry in &capture.entries {
        match &entry.said {
            Err(Refused::Skip(reason)) => out.skip(entry.raw, reason),
            Err(Refused::Reject(cause)) => out.reject(entry.raw, cause.as_str(), REJECTED),
            Ok(answer) => {
                let number = out.next();
                for problem in &answer.problems {
                    out.gap(format!("line {number}: {problem}"), REJECTED);
                }
                match facts::of_answer(&world, answer) {
                    Ok(facts) => out.facts(entry.raw, facts),
                    Err(reason) => out.skip(entry.raw, reason),
                }
            }
        }
    }
    for problem in pages::missing(&capture).into_iter().chain(doubles(&capture)) {
        out.gap(problem, "collect again; if that does not help, report it");
    }
    match capture.declared {
        Some(exchanges) => out.declare(exchanges),
        None => out.gap(
            "the capture has no last line: the collection was cut off",
            "collect again; what came before it was cut off is used",
        ),
    }
    Ok(())
}

const REJECTED: &str = "fetch it again; if that does not help, the reader does not know this form";

/// One name, two things: the listing changed while it was being read, or is no listing of AWS.
fn doubles(capture: &Capture<'_>) -> Vec<String> {
    let mut seen = std::collections::BTreeMap::new();
    let mut problems = Vec::new();
    for answer in capture.answers() {
        let Content::Listing(listing) = &answer.content else { continue };
        let users = listing.users.iter().map(|user| (&user.arn, user.create_date));
        let roles = listing.roles.iter().map(|role| (&role.arn, role.create_date));
        for (arn, created) in users.chain(roles) {
            let Some(arn) = arn.get() else { continue };
            let first = *seen.entry(arn).or_insert(created);
            if first != created {
                problems.push(format!("'{arn}' is listed twice with different dates of creation"));
            }
        }
    }
    problems
}

/// The instants that a text of the AWS CLI mentions as past: the latest, and whether it says
/// outright when it was made.
pub(super) struct Dated {
    pub(super) latest: Option<Timestamp>,
    pub(super) exact: bool,
}

/// What a text is and when it was made; `None` when it is nothing that is read.
pub(super) fn recognised(text: &str) -> Option<(&'static str, Dated)> {
    if let Ok(report) = report::Report::parse(text) {
        let dated = Dated { latest: report.latest(), exact: false };
        return Some(("text/csv", dated));
    }
    let value = serde_json::from_str(text).ok()?;
    let operation = operation::of_members(&value)?;
    let dated = match operation {
        Operation::GetCredentialReport => {
            let report = report::Report::of_answer(value.as_object()?).ok()?;
            let exact = report.generated.is_some();
            Dated { latest: report.generated.or_else(|| report.latest()), exact }
        }
        _ => Dated { latest: totals::latest(&value), exact: false },
    };
    Some(("application/json", dated))
}

/// The name of the operation that printed a text, for the scope of a collection.
pub(super) fn printed_by(text: &str) -> String {
    let value = serde_json::from_str(text).ok();
    match value.as_ref().and_then(operation::of_members) {
        Some(operation) => operation.name().to_owned(),
        None => Operation::GetCredentialReport.name().to_owned(),
    }
}
