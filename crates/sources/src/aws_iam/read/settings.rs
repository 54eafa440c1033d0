//! What governs the account as a whole: the password policy, the account summary, its name.

use serde_json::{Map, Value};
use tenure_model::fact::Fact;
use tenure_model::tables::TableId;

use crate::cloudtrail::identity::Identity;

use super::answer::Content;
use super::facts::Cx;
use super::identities::mfa_fact;

/// What the summary says of the root user. The other counts are totals.
const OF_ROOT: &[&str] = &[
    "AccountMFAEnabled",
    "AccountAccessKeysPresent",
    "AccountPasswordPresent",
    "AccountSigningCertificatesPresent",
];

pub(super) fn facts(cx: Cx<'_>, content: &Content) -> Option<Vec<Fact>> {
    Some(match content {
        Content::Summary(map) => summary(cx, map),
        Content::PasswordPolicy(policy) => password_policy(cx, policy.as_ref()),
        Content::Aliases(_) => vec![account(cx)],
        _ => return None,
    })
}

/// The account itself.
fn account(cx: Cx<'_>) -> Fact {
    Fact::new(TableId::Resources, "aws-account", cx.account.id, cx.seen())
        .with("kind", "account")
        .with_some("name", cx.world.aliases.get(cx.account.id).map(String::as_str))
}

fn summary(cx: Cx<'_>, map: &Map<String, Value>) -> Vec<Fact> {
    let mut facts = vec![account(cx)];
    if let Some(enabled) = cx.world.root_mfa.get(cx.account.id) {
        let arn = format!("arn:{}:iam::{}:root", cx.account.partition, cx.account.id);
        facts.extend(Identity::from_arn(&arn).map(|root| mfa_fact(cx, &root, *enabled)));
    }
    for name in OF_ROOT {
        if let Some(value) = count(map, name) {
            facts.push(setting(cx, "account-summary", cx.account.id, name, &value.to_string()));
        }
    }
    facts
}

/// An account without a policy of its own has AWS's default, which is weaker than most ask for.
fn password_policy(cx: Cx<'_>, policy: Option<&Map<String, Value>>) -> Vec<Fact> {
    let of = |name, value: &str| setting(cx, "password-policy", cx.account.id, name, value);
    let Some(policy) = policy else { return vec![of("PasswordPolicy", "none")] };
    let mut facts = vec![of("PasswordPolicy", "custom")];
    facts.extend(policy.iter().filter_map(|(name, value)| match value {
        Value::String(text) => Some(of(name, text)),
        Value::Bool(_) | Value::Number(_) => Some(of(name, &value.to_string())),
        _ => None,
    }));
    facts
}

/// A setting and its value. The scope is an account, or the ARN of what is set.
pub(super) fn setting(cx: Cx<'_>, kind: &'static str, of: &str, name: &str, value: &str) -> Fact {
    let scope = if of.starts_with("arn:") { of.to_owned() } else { format!("account:{of}") };
    Fact::new(TableId::Configurations, kind, format!("{of}#{kind}/{name}"), cx.seen())
        .with("scope", scope)
        .with("setting", name)
        .with("value", value)
}

/// A count of the account summary.
pub(super) fn count(map: &Map<String, Value>, name: &str) -> Option<u64> {
    match map.get(name)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
