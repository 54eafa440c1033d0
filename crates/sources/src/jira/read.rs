//! Files of issues: pages, arrays, single issues, lines.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use serde_json::value::RawValue;
use tenure_model::time::Timestamp;

use crate::course::ByRecord;
use crate::json_documents::{documents, items, members};
use crate::records::Records;
use crate::source::ReadError;

use super::config::Config;
use super::issue::{Issue, names};
use super::steps;

const EXPORT: &str = "export the issue again with expand=changelog,names";

/// Something that should be an issue, as it stands in the file.
struct Found<'a> {
    raw: &'a RawValue,
    issue: Result<Issue, String>,
}

pub(super) fn read(config: &Config, text: &[u8], out: &mut Records<'_>) -> Result<(), ReadError> {
    let (documents, stop) = documents(text);
    let mut found = Vec::new();
    for document in documents {
        if !take(document, &mut found) {
            let cause = "Jira answered with an error, and no issues";
            out.gap(cause, "look at errorMessages in the file, and export again");
        }
    }
    let newest = newest(&found);
    let mut short = Short::default();
    for (record, item) in (0_u64..).zip(&found) {
        tell(config, record, item, &newest, &mut short, out);
    }
    short.tell(out);
    stop.map_or(Ok(()), Err)
}

/// How many issues there are of each table, and of types that fill none.
pub(super) fn count(config: &Config, text: &[u8], counts: &mut BTreeMap<String, u64>) {
    let mut found = Vec::new();
    for document in documents(text).0 {
        take(document, &mut found);
    }
    for item in found {
        let what = match item.issue {
            Ok(issue) => match config.table(&issue.kind) {
                Some(table) => table.name().to_owned(),
                None => format!("type {}, which is not mapped", issue.kind),
            },
            Err(_) => "what is not understood".to_owned(),
        };
        *counts.entry(what).or_default() += 1;
    }
}

/// The issues of a document, with the names of fields that its page gives; `false` for an error in
/// place of issues.
fn take<'a>(document: &'a RawValue, found: &mut Vec<Found<'a>>) -> bool {
    let mut add = |raw: &'a RawValue, names: &BTreeMap<String, String>| {
        let json =
            serde_json::from_str(raw.get()).map_err(|e| format!("it is not understood: {e}"));
        let mut issue = json.and_then(Issue::parse);
        if let Ok(issue) = &mut issue {
            for (id, name) in names {
                issue.names.entry(id.clone()).or_insert_with(|| name.clone());
            }
        }
        found.push(Found { raw, issue });
    };
    let none = BTreeMap::new();
    if let Some(items) = items(document) {
        items.into_iter().for_each(|item| add(item, &none));
        return true;
    }
    let members = members(document).unwrap_or_default();
    let page = members.get("issues").and_then(|issues| items(issues));
    match page {
        Some(issues) => {
            let named = members.get("names").map(|raw| serde_json::from_str(raw.get()));
            let named = match named {
                Some(Ok(Json::Object(map))) => names(&map),
                _ => BTreeMap::new(),
            };
            issues.into_iter().for_each(|item| add(item, &named));
        }
        None if members.contains_key("errorMessages") => return false,
        None => add(document, &none),
    }
    true
}

/// Which record counts of each key: the one updated last, the first of equals.
fn newest(found: &[Found<'_>]) -> BTreeMap<String, u64> {
    let mut newest: BTreeMap<String, (Option<Timestamp>, u64)> = BTreeMap::new();
    for (record, item) in (0_u64..).zip(found) {
        let Ok(issue) = &item.issue else { continue };
        let known = newest.get(&issue.key);
        if known.is_none_or(|(updated, _)| *updated < issue.updated) {
            newest.insert(issue.key.clone(), (issue.updated, record));
        }
    }
    newest.into_iter().map(|(key, (_, record))| (key, record)).collect()
}

fn tell(
    config: &Config,
    record: u64,
    item: &Found<'_>,
    newest: &BTreeMap<String, u64>,
    short: &mut Short,
    out: &mut Records<'_>,
) {
    let raw = item.raw.get().as_bytes();
    let issue = match &item.issue {
        Ok(issue) => issue,
        Err(cause) => return out.reject(raw, format!("record {}: {cause}", record + 1), EXPORT),
    };
    if newest.get(&issue.key) != Some(&record) {
        let cause = format!(
            "issue {} is in the file more than once; the one updated last counts",
            issue.key
        );
        return out.reject(raw, cause, "export each issue once");
    }
    let Some(table) = config.table(&issue.kind) else {
        return out.skip(raw, &format!("type {} is not mapped", issue.kind));
    };
    match steps::course(config, table, issue, record) {
        Ok(course) => {
            short.look(issue);
            let mut facts = ByRecord::default();
            facts.add(course);
            out.facts(raw, facts.take(record));
        }
        Err(cause) => out.reject(raw, cause, "correct the field, or map another one with fields="),
    }
}

/// Issues of which the file does not tell everything.
#[derive(Default)]
struct Short {
    unlogged: Vec<String>,
    cut: Vec<String>,
}

impl Short {
    fn look(&mut self, issue: &Issue) {
        if issue.changes.is_none() {
            self.unlogged.push(issue.key.clone());
        }
        if let Some((here, total)) = issue.cut {
            self.cut.push(format!("{} ({here} of {total})", issue.key));
        }
    }

    fn tell(self, out: &mut Records<'_>) {
        if !self.unlogged.is_empty() {
            let issues = some(&self.unlogged);
            let cause = format!("no changelog, so nobody says who decided and when: {issues}");
            out.gap(cause, "export with expand=changelog");
        }
        if !self.cut.is_empty() {
            let cause = format!("the changelog is cut short: {}", some(&self.cut));
            out.gap(cause, "export these issues one by one, or with their whole changelog");
        }
    }
}

/// The first ten, and how many more.
fn some(keys: &[String]) -> String {
    let more = keys.len().saturating_sub(10);
    let first = keys.iter().take(10).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}
