//! Values of fields, by the kind of the column that they give.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use tenure_model::fact::Value;
use tenure_model::tables::ColumnKind;

use crate::json_documents::typed;

use super::history::Said;
use super::issue::{Issue, text};

/// How people of an issue are spelled: their address where Jira shows it, else the account's id,
/// else the name. One person is spelled in one way throughout an issue.
#[derive(Debug, Default)]
pub(super) struct People(BTreeMap<String, String>);

impl People {
    /// Everybody whom the issue describes.
    pub(super) fn of(issue: &Issue) -> Self {
        let mut people = Self::default();
        for value in issue.fields.values() {
            people.learn(value, 0);
        }
        for author in issue.changes.iter().flatten().filter_map(|change| change.author.as_ref()) {
            people.learn(author, 0);
        }
        people
    }

    fn learn(&mut self, json: &Json, depth: u8) {
        match json {
            Json::Array(items) => items.iter().for_each(|item| self.learn(item, depth)),
            Json::Object(members) if is_user(json) => {
                let ids = ["accountId", "key", "name"].into_iter();
                let ids = ids.filter_map(|id| text(members.get(id)));
                let Some(spelled) = described(json) else { return };
                let address = members.contains_key("emailAddress");
                for id in ids {
                    if address || !self.0.contains_key(&id) {
                        self.0.insert(id, spelled.clone());
                    }
                }
            }
            // Approvals of Jira Service Management have users two levels down.
            Json::Object(members) if depth < 4 => {
                members.values().for_each(|member| self.learn(member, depth + 1));
            }
            _ => {}
        }
    }

    /// A user as Jira describes them.
    pub(super) fn spelled(&self, user: &Json) -> Option<String> {
        let ids = ["accountId", "key", "name"].into_iter().filter_map(|id| text(user.get(id)));
        ids.filter_map(|id| self.0.get(&id).cloned()).next().or_else(|| described(user))
    }
}

fn is_user(json: &Json) -> bool {
    json.get("accountId").is_some()
        || (json.get("displayName").is_some()
            && (json.get("emailAddress").is_some() || json.get("active").is_some()))
}

fn described(user: &Json) -> Option<String> {
    let members = ["emailAddress", "accountId", "name", "key", "displayName"].into_iter();
    members.filter_map(|member| text(user.get(member))).next()
}

/// A field's value as text: what people read, several with `;` between.
fn shown(people: &People, json: &Json) -> Option<String> {
    match json {
        Json::String(_) => text(Some(json)),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Array(items) => {
            let items: Vec<_> = items.iter().filter_map(|item| shown(people, item)).collect();
            (!items.is_empty()).then(|| items.join(";"))
        }
        Json::Object(_) if is_user(json) => people.spelled(json),
        Json::Object(members) => {
            let named = ["value", "name", "key"].into_iter();
            let named = named.filter_map(|member| text(members.get(member))).next()?;
            // A choice in two steps has the second one inside.
            let child = members.get("child").and_then(|child| shown(people, child));
            Some(child.map_or(named.clone(), |child| format!("{named} / {child}")))
        }
        Json::Null => None,
    }
}

/// What a field says now, if it says anything.
pub(super) fn current(
    people: &People,
    kind: ColumnKind,
    json: &Json,
) -> Option<Result<Value, String>> {
    Some(typed(kind, &shown(people, json)?))
}

/// What a changelog says that a field was, if it says anything that is understood.
pub(super) fn earlier(people: &People, kind: ColumnKind, said: &Said) -> Option<Value> {
    let person = said.id.as_ref().and_then(|id| people.0.get(id)).cloned();
    let candidates = match kind {
        // People read dates in the words of their language; the id is the date itself.
        ColumnKind::Time => [said.id.clone(), said.text.clone(), None],
        _ => [person, said.text.clone(), said.id.clone()],
    };
    candidates.into_iter().flatten().find_map(|text| typed(kind, &text).ok())
}
