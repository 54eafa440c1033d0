//! What events say began or ended at their very instant. Event types are those of Okta's catalogue
//! ("Event types"); what has no place here stays a use.

use serde_json::Value;
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::time::Timestamp;

use crate::json_files::json::text;

use super::event::{target, targets};
use super::name::{Holder, Right, USER, role_of_label, token_fact, user_fact};

/// The facts that an event pins. The event did not fail.
pub(super) fn facts(event: &Value, action: &str, at: Timestamp) -> Vec<Fact> {
    let pin = Pin { event, at };
    match action {
        "user.lifecycle.create" => pin.users(|fact| {
            fact.with("created_at_src", at)
                .with_some("created_by", text(event, "/actor/alternateId"))
                .with("status", "staged")
        }),
        "user.lifecycle.activate"
        | "user.lifecycle.reactivate"
        | "user.lifecycle.unsuspend"
        | "user.account.unlock"
        | "user.account.unlock_by_admin" => pin.users(|fact| fact.with("status", "active")),
        "user.lifecycle.deactivate" => pin.users(|fact| fact.with("status", "deprovisioned")),
        "user.lifecycle.suspend" => pin.users(|fact| fact.with("status", "suspended")),
        "user.account.lock" => pin.users(|fact| fact.with("status", "locked")),
        "user.lifecycle.delete" | "user.lifecycle.delete.completed" => {
            let ended = |user: &Value| Some(user_fact(text(user, "/id")?, pin.ended()));
            targets(event, "User").filter_map(ended).collect()
        }
        "user.mfa.factor.activate" => pin.users(|fact| fact.with("mfa", true)),
        // That one factor is gone says nothing of others; that all are does.
        "user.mfa.factor.reset_all" => pin.users(|fact| fact.with("mfa", false)),
        "group.user_membership.add" => pin.membership("UserGroup", true),
        "group.user_membership.remove" => pin.membership("UserGroup", false),
        "application.user_membership.add" => pin.membership("AppInstance", true),
        "application.user_membership.remove" => pin.membership("AppInstance", false),
        "group.application_assignment.add" => pin.assignment(true),
        "group.application_assignment.remove" => pin.assignment(false),
        "user.account.privilege.grant" => pin.roles("User", true),
        "user.account.privilege.revoke" => pin.roles("User", false),
        "group.privilege.grant" => pin.roles("UserGroup", true),
        "group.privilege.revoke" => pin.roles("UserGroup", false),
        "system.api_token.create" => pin.token(true),
        "system.api_token.revoke" => pin.token(false),
        _ => Vec::new(),
    }
}

struct Pin<'e> {
    event: &'e Value,
    at: Timestamp,
}

impl Pin<'_> {
    const fn begun(&self) -> Change {
        Change::Begun { at: self.at, basis: Basis::Event }
    }

    const fn ended(&self) -> Change {
        Change::Ended { at: self.at, basis: Basis::Event }
    }

    fn actor(&self) -> Option<&str> {
        text(self.event, "/actor/alternateId").or_else(|| text(self.event, "/actor/id"))
    }

    /// Something about every user whom the event is about.
    fn users(&self, say: impl Fn(Fact) -> Fact) -> Vec<Fact> {
        let one = |user: &Value| {
            let fact = user_fact(text(user, "/id")?, self.begun())
                .with_some("login", text(user, "/alternateId"))
                .with_some("display_name", text(user, "/displayName"));
            Some(say(fact))
        };
        targets(self.event, "User").filter_map(one).collect()
    }

    /// A right that began or ended to be held, and by whose doing.
    fn grant(&self, right: Right<'_>, holder: Holder<'_>, begins: bool) -> Fact {
        let (change, by, event) = match begins {
            true => (self.begun(), "granted_by", "granted_event"),
            false => (self.ended(), "removed_by", "removed_event"),
        };
        right
            .held(holder, change)
            .with_some(by, self.actor())
            .with_some(event, text(self.event, "/uuid"))
    }

    /// The right itself was there.
    fn there(&self, right: Right<'_>, target: &Value) -> Fact {
        right.fact(Change::Seen { at: self.at }, text(target, "/displayName"))
    }

    fn membership(&self, kind: &str, begins: bool) -> Vec<Fact> {
        let mut facts = Vec::new();
        for target in targets(self.event, kind) {
            let Some(id) = text(target, "/id") else { continue };
            let right = if kind == "UserGroup" { Right::group(id) } else { Right::app(id) };
            facts.push(self.there(right, target));
            let users = targets(self.event, "User").filter_map(|user| text(user, "/id"));
            facts.extend(users.map(|user| self.grant(right, Holder::User(user), begins)));
        }
        facts
    }

    fn assignment(&self, begins: bool) -> Vec<Fact> {
        let app = targets(self.event, "AppInstance").next();
        let (Some(app), Some(group)) = (app, target(self.event, "UserGroup")) else {
            return Vec::new();
        };
        let Some(right) = text(app, "/id").map(Right::app) else { return Vec::new() };
        vec![self.there(right, app), self.grant(right, Holder::Group(group), begins)]
    }

    /// Admin roles, named by targets of type `ROLE` or in the debug data.
    fn roles(&self, kind: &str, begins: bool) -> Vec<Fact> {
        let said = if begins { "privilegeGranted" } else { "privilegeRevoked" };
        let said = text(self.event, &format!("/debugContext/debugData/{said}")).unwrap_or_default();
        let mut labels: Vec<&str> =
            targets(self.event, "ROLE").filter_map(|role| text(role, "/displayName")).collect();
        if labels.is_empty() {
            labels = said.split(',').map(str::trim).filter(|label| !label.is_empty()).collect();
        }
        let mut facts = Vec::new();
        for label in labels {
            let role = role_of_label(label);
            let right = Right::role(&role);
            facts.push(right.fact(Change::Seen { at: self.at }, None));
            for holder in targets(self.event, kind).filter_map(|holder| text(holder, "/id")) {
                let holder =
                    if kind == "User" { Holder::User(holder) } else { Holder::Group(holder) };
                facts.push(self.grant(right, holder, begins));
            }
        }
        facts
    }

    fn token(&self, begins: bool) -> Vec<Fact> {
        let Some(token) = targets(self.event, "Token").next() else { return Vec::new() };
        let Some(id) = text(token, "/id") else { return Vec::new() };
        let change = if begins { self.begun() } else { self.ended() };
        let fact = token_fact(id, change).with_some("issued_for", text(token, "/displayName"));
        let owner = text(self.event, "/actor/id").filter(|_| {
            text(self.event, "/actor/type").is_some_and(|kind| kind.eq_ignore_ascii_case("User"))
        });
        vec![if begins {
            fact.with("status", "active")
                .with("expiry_kind", "sliding")
                .with_some("identity_id", owner.map(|owner| format!("{USER}/{owner}")))
                .with("created_at_src", self.at)
                .with_some("created_by", self.actor())
        } else {
            fact.with_some("revoked_by", self.actor())
        }]
    }
}
