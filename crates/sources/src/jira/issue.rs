//! One issue, as far as it is understood.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use tenure_model::time::Timestamp;

use crate::local_time::stamp;

use super::history::{Change, changes};

/// An issue.
#[derive(Debug)]
pub(super) struct Issue {
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) created: Timestamp,
    pub(super) updated: Option<Timestamp>,
    pub(super) status: Option<String>,
    pub(super) fields: serde_json::Map<String, Json>,
    /// Names of fields by id.
    pub(super) names: BTreeMap<String, String>,
    /// What the changelog says, oldest first; `None` when the export has none.
    pub(super) changes: Option<Vec<Change>>,
    /// How many histories the changelog has, if not all of them are here.
    pub(super) cut: Option<(u64, u64)>,
}

impl Issue {
    /// From an issue's JSON; the error names the member and what is wrong with it.
    pub(super) fn parse(json: Json) -> Result<Self, String> {
        let Json::Object(mut issue) = json else { return Err("it is no object".to_owned()) };
        let key = text(issue.get("key")).ok_or("key: it is missing")?;
        let Some(Json::Object(fields)) = issue.remove("fields") else {
            return Err(format!("issue {key}, fields: they are missing"));
        };
        let fail = |what: &str, cause: String| format!("issue {key}, {what}: {cause}");
        let kind = named(fields.get("issuetype"))
            .ok_or_else(|| fail("issuetype", "it has no name".to_owned()))?;
        let created = text(fields.get("created"))
            .ok_or_else(|| fail("created", "it is missing".to_owned()))
            .and_then(|at| stamp(&at).map_err(|cause| fail("created", cause)))?;
        let updated = text(fields.get("updated")).map(|at| stamp(&at)).transpose();
        let updated = updated.map_err(|cause| fail("updated", cause))?;
        let log = issue.get("changelog").filter(|log| log.is_object());
        let changes = log.map(changes).transpose();
        let changes = changes.map_err(|cause| fail("changelog", cause))?;
        let names = issue.get("names").and_then(Json::as_object).map(names).unwrap_or_default();
        let cut = log.and_then(cut);
        let status = named(fields.get("status"));
        Ok(Self { key, kind, created, updated, status, fields, names, changes, cut })
    }
}

/// How many histories came, and how many there are, when they differ.
fn cut(log: &Json) -> Option<(u64, u64)> {
    let total = log.get("total")?.as_u64()?;
    let here = log.get("histories")?.as_array()?.len() as u64;
    (here < total).then_some((here, total))
}

/// Display names of fields by id, as `expand=names` gives them.
pub(super) fn names(names: &serde_json::Map<String, Json>) -> BTreeMap<String, String> {
    names.iter().filter_map(|(id, name)| Some((id.clone(), text(Some(name))?))).collect()
}

/// The text of a member, unless it is empty.
pub(super) fn text(json: Option<&Json>) -> Option<String> {
    json?.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The name of something that has one.
fn named(json: Option<&Json>) -> Option<String> {
    text(json?.get("name"))
}
