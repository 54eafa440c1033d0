//! API tokens: who makes them, uses them and revokes them.

use serde_json::{Value, json};
use tenure_model::Timestamp;

use super::{Account, Held, Okta};

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) user: String,
}

impl Okta {
    /// An account makes an API token.
    pub fn make_token(&mut self, account: &Account, (id, name): (&str, &str), at: Timestamp) {
        let (id, name, user) = (id.to_owned(), name.to_owned(), account.id.clone());
        let target = token_target(&id, &name);
        self.tokens.push(Held::since(Token { id, name, user }, at));
        self.event("system.api_token.create", at, &account.id, &[target]);
    }

    /// The API tokens of people: their ids, and from when to when they were in force.
    pub fn tokens_of_people(
        &self,
    ) -> impl Iterator<Item = (String, Timestamp, Option<Timestamp>)> + '_ {
        let personal = |user: &String| self.users.get(user).is_some_and(|u| u.employee.is_some());
        let tokens = self.tokens.iter().filter(move |held| personal(&held.what.user));
        tokens.map(|held| (held.what.id.clone(), held.from, held.to))
    }

    /// Somebody revokes an API token.
    pub fn revoke_token(&mut self, id: &str, at: Timestamp, by: &str) {
        let Some(token) = self.tokens.iter_mut().find(|t| t.what.id == id && t.at(at)) else {
            return;
        };
        token.to = Some(at);
        let target = token_target(id, &token.what.name);
        self.event("system.api_token.revoke", at, by, &[target]);
    }

    /// A program uses an API token.
    pub fn use_token(&mut self, id: &str, at: Timestamp) {
        let held = self.tokens.iter().find(|t| t.what.id == id && t.at(at));
        let Some(user) = held.map(|token| token.what.user.clone()) else { return };
        self.event("analytics.reports.export.generate", at, &user, &[]);
        if let Some((_, event)) = self.events.last_mut() {
            event["transaction"]["detail"]["requestApiTokenId"] = json!(id);
        }
    }

    /// API tokens: their ids, from when to when they were in force, and whether they are people's.
    #[must_use]
    pub fn tokens(&self) -> Vec<(String, Timestamp, Option<Timestamp>, bool)> {
        let personal = |user: &String| self.users.get(user).is_some_and(|u| u.employee.is_some());
        let told = |held: &Held<Token>| {
            (held.what.id.clone(), held.from, held.to, personal(&held.what.user))
        };
        self.tokens.iter().map(told).collect()
    }
}

fn token_target(id: &str, name: &str) -> Value {
    json!({"id": id, "type": "Token", "alternateId": "unknown", "displayName": name, "detailEntry": null})
}
