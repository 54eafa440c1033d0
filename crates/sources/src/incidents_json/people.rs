//! How people are spelled: by their address where the export has it (`include[]=users`), else by
//! their name.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::item::text;

/// Addresses by the ids of users.
#[derive(Debug, Default)]
pub(super) struct People(BTreeMap<String, String>);

impl People {
    pub(super) fn learn(&mut self, json: &Json) {
        match json {
            Json::Array(items) => items.iter().for_each(|item| self.learn(item)),
            Json::Object(members) => {
                if let (Some(id), Some(email)) = (text(json, "id"), text(json, "email")) {
                    self.0.entry(id).or_insert(email);
                }
                members.values().for_each(|member| self.learn(member));
            }
            _ => {}
        }
    }

    /// A user whose id and address an export gives.
    pub(super) fn know(&mut self, id: String, address: String) {
        self.0.entry(id).or_insert(address);
    }

    /// The address of the user of that id.
    pub(super) fn address(&self, id: &str) -> Option<String> {
        self.0.get(id).cloned()
    }

    /// A user; `None` for what is none, such as a service or an integration.
    pub(super) fn user(&self, agent: &Json) -> Option<String> {
        let user = text(agent, "type").is_some_and(|kind| kind.starts_with("user"));
        if !user {
            return None;
        }
        let by_id = text(agent, "id").and_then(|id| self.0.get(&id).cloned());
        let described = ["email", "summary", "name", "id"];
        by_id.or_else(|| described.into_iter().find_map(|member| text(agent, member)))
    }
}
