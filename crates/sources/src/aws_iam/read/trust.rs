//! Who may assume a role, by its trust policy: one grant per principal, on the entitlement
//! `assume:<role's ARN>`.
//!
//! A principal is as the policy names it: an identity's ARN (without path), `arn:…:root` for every
//! identity of an account that its own policies allow, a service, an identity provider, or `*`.
//! A principal of another account is told by its ARN. Conditions stay text.

use std::collections::BTreeMap;

use serde_json::Value;
use tenure_model::fact::Fact;
use tenure_model::tables::TableId;

use crate::cloudtrail::identity::{Identity, ROOT, role_of_session};

use super::facts::Cx;

/// What the statements say of one principal.
#[derive(Default)]
struct Said {
    identity: Option<String>,
    conditions: Vec<String>,
    unconditional: bool,
}

/// The entitlement to assume the role, and who has it.
pub(super) fn grants(cx: Cx<'_>, role: &Identity, document: &str) -> Vec<Fact> {
    let id = format!("assume:{}", role.arn);
    let right = Fact::new(TableId::Entitlements, "role-trust", id.as_str(), cx.seen())
        .with("name", format!("assume {}", role.name))
        .with("purpose", "trust")
        .with("resource", role.arn.as_str());
    // Who may become an administrator has an administrator's access.
    let right = match cx.world.admins.contains(&role.arn) {
        true => right.with("level", "admin").with("privileged", true),
        false => right.with("level", "unknown"),
    };
    let mut facts = vec![right];
    for ((effect, principal), said) in principals(document) {
        let deny = if effect == "deny" { "|deny" } else { "" };
        let conditions = (!said.unconditional).then(|| said.conditions.join(" or "));
        let fact =
            Fact::new(TableId::Grants, "iam-grant", format!("{principal}|{id}{deny}"), cx.seen())
                .with("entitlement_id", format!("role-trust/{id}"))
                .with("principal", principal)
                .with("entitlement", id.as_str())
                .with("effect", effect)
                .with("path_kind", "direct")
                .with_some("identity_id", said.identity)
                .with_some("condition_expr", conditions);
        facts.push(fact);
    }
    facts
}

fn principals(document: &str) -> BTreeMap<(&'static str, String), Said> {
    let mut found: BTreeMap<(&'static str, String), Said> = BTreeMap::new();
    let Ok(document) = serde_json::from_str::<Value>(document) else { return found };
    for statement in one_or_many(document.get("Statement")) {
        let effect = match statement.get("Effect").and_then(Value::as_str) {
            Some("Deny") => "deny",
            _ => "allow",
        };
        let condition = statement.get("Condition").map(Value::to_string);
        let named = statement.get("Principal").map(|p| (p, ""));
        let others = statement.get("NotPrincipal").map(|p| (p, "all but "));
        for (principal, but) in named.into_iter().chain(others) {
            for text in texts(principal) {
                let (principal, identity) = normalised(&text);
                let said = found.entry((effect, format!("{but}{principal}"))).or_default();
                said.identity = identity.filter(|_| but.is_empty());
                match &condition {
                    Some(condition) => said.conditions.push(condition.clone()),
                    None => said.unconditional = true,
                }
            }
        }
    }
    found
}

/// `"*"`, or texts by type of principal.
fn texts(principal: &Value) -> Vec<String> {
    match principal {
        Value::String(text) => vec![text.clone()],
        Value::Object(by_type) => by_type
            .values()
            .flat_map(|value| one_or_many(Some(value)))
            .filter_map(|value| value.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// The principal for comparison, and the identity behind it when it is one: a session stands for
/// its role, and `root` for an account, not for its root user.
fn normalised(text: &str) -> (String, Option<String>) {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return (format!("arn:aws:iam::{text}:root"), None);
    }
    if let Some(role) = role_of_session(text) {
        return (text.to_owned(), Some(role.reference()));
    }
    match Identity::from_arn(text) {
        Some(identity) if identity.native_type != ROOT => {
            (identity.arn.clone(), Some(identity.reference()))
        }
        _ => (text.to_owned(), None),
    }
}

fn one_or_many(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(many)) => many,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}
