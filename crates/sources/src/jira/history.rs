//! The changelog of an issue.

use serde_json::Value as Json;
use tenure_model::time::Timestamp;

use crate::local_time::stamp;

use super::issue::text;

/// One field's change: who set what to what, and when.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) at: Timestamp,
    /// The user as Jira describes them; absent for what no user did.
    pub(super) author: Option<Json>,
    /// The field's id (Cloud), or its name where there is no id (Data Center).
    pub(super) field: String,
    /// The field's name.
    pub(super) name: String,
    pub(super) from: Said,
    pub(super) to: Said,
}

/// A value as a changelog writes it.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The id: of a user, a status, an option; the value of a date.
    pub(super) id: Option<String>,
    /// What people read.
    pub(super) text: Option<String>,
}

/// The changes of a changelog, oldest first, changes of one instant in the order of their ids.
pub(super) fn changes(log: &Json) -> Result<Vec<Change>, String> {
    let histories = log.get("histories").and_then(Json::as_array);
    let histories = histories.ok_or("histories: they are no list")?;
    let mut ordered = Vec::with_capacity(histories.len());
    for (index, history) in histories.iter().enumerate() {
        let id = text(history.get("id"));
        let name = id.clone().unwrap_or_else(|| format!("number {}", index + 1));
        let at = text(history.get("created"))
            .ok_or_else(|| "it is missing".to_owned())
            .and_then(|at| stamp(&at))
            .map_err(|cause| format!("history {name}, created: {cause}"))?;
        let number = id.and_then(|id| id.parse::<u64>().ok()).unwrap_or(index as u64);
        ordered.push((at, number, history));
    }
    ordered.sort_by_key(|(at, number, _)| (*at, *number));
    let mut changes = Vec::new();
    for (at, _, history) in ordered {
        let author = history.get("author").filter(|author| author.is_object());
        let items = history.get("items").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        changes.extend(items.iter().filter_map(|item| change(at, author, item)));
    }
    Ok(changes)
}

fn change(at: Timestamp, author: Option<&Json>, item: &Json) -> Option<Change> {
    let name = text(item.get("field"))?;
    let said = |id: &str, shown: &str| Said { id: text(item.get(id)), text: text(item.get(shown)) };
    Some(Change {
        at,
        author: author.cloned(),
        field: text(item.get("fieldId")).unwrap_or_else(|| name.clone()),
        name,
        from: said("from", "fromString"),
        to: said("to", "toString"),
    })
}
