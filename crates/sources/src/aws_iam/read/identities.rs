//! Users, roles and root users.
//!
//! What kind of identity a user is, AWS does not say. It is told from evidence only, and the
//! evidence is named: a tag, the path, or a console password together with a multi-factor device.

use tenure_model::fact::Fact;
use tenure_model::fact::Value;
use tenure_model::tables::TableId;

use crate::cloudtrail::grants::Holder;
use crate::cloudtrail::iam::trust_fact;
use crate::cloudtrail::identity::Identity;

use super::answer::Content;
use super::facts::Cx;
use super::lenient::Part;
use super::model::{Boundary, Role, User};
use super::tags::{Tags, owner};
use super::{privileges, rights, trust};

/// Users' paths that say what their users are, by convention.
const PATHS: &[(&str, &str)] = &[
    ("service", "service_account"),
    ("services", "service_account"),
    ("service-account", "service_account"),
    ("service-accounts", "service_account"),
    ("machine", "service_account"),
    ("machines", "service_account"),
    ("bot", "bot"),
    ("bots", "bot"),
    ("human", "human"),
    ("humans", "human"),
    ("people", "human"),
    ("break-glass", "break_glass"),
    ("breakglass", "break_glass"),
];

/// A user of a listing, and what it holds.
pub(super) fn user(cx: Cx<'_>, user: &User) -> Vec<Fact> {
    let identity = user.arn.get().and_then(Identity::from_arn);
    let Some(identity) = identity.or_else(|| user.user_name.get().map(|name| cx.user(name))) else {
        return Vec::new();
    };
    let tags = Tags::of(&user.tags.0);
    let all = if tags.is_empty() { cx.world.tags.get(&identity.arn) } else { None };
    let all = all.unwrap_or(&tags);
    let (kind, basis) = kind_of_user(cx, &identity, user.path.get(), all);
    let mut facts = cx.lived(
        user.create_date.0,
        |change| bare(&identity, change),
        |fact| {
            described(fact, user.arn.get(), &user.permissions_boundary, &tags)
                .with("kind", kind)
                .with("kind_basis", basis)
                .with_some("last_auth_at", user.password_last_used.0)
        },
    );
    facts.extend(owner(cx, &tags, "identities", &identity.arn));
    facts.extend(privileges::of_user(cx, &identity, user));
    let holder = Holder::Identity(identity);
    for group in &user.group_list.0 {
        facts.extend(rights::membership(cx, &holder, group));
    }
    facts.extend(rights::held(
        cx,
        &holder,
        &user.attached_managed_policies,
        &user.user_policy_list,
    ));
    facts
}

/// A role of a listing, what it holds, and who may assume it.
pub(super) fn role(cx: Cx<'_>, role: &Role) -> Vec<Fact> {
    let Some(identity) = role.arn.get().and_then(Identity::from_arn) else { return Vec::new() };
    let tags = Tags::of(&role.tags.0);
    let path = role.path.get().or_else(|| role.arn.get()).unwrap_or_default();
    let used = role.role_last_used.0.as_ref().and_then(|used| used.last_used_date.0);
    let mut facts = cx.lived(
        role.create_date.0,
        |change| bare(&identity, change),
        |fact| {
            let fact = described(fact, role.arn.get(), &role.permissions_boundary, &tags);
            let (kind, basis) = kind_of_role(path);
            fact.with("kind", kind).with("kind_basis", basis).with_some("last_auth_at", used)
        },
    );
    facts.extend(owner(cx, &tags, "identities", &identity.arn));
    if let Some(document) = &role.assume_role_policy_document {
        facts.push(trust_fact(&identity, &document.0, cx.seen()));
        facts.extend(trust::grants(cx, &identity, &document.0));
    }
    facts.extend(privileges::of_role(cx, &identity, role));
    let holder = Holder::Identity(identity);
    facts.extend(rights::held(
        cx,
        &holder,
        &role.attached_managed_policies,
        &role.role_policy_list,
    ));
    facts
}

/// Tags that came in an answer of their own.
pub(super) fn facts(cx: Cx<'_>, content: &Content) -> Option<Vec<Fact>> {
    let Content::UserTags { user, tags } = content else { return None };
    let (identity, tags) = (cx.user(user), Tags::of(tags));
    let mut facts = vec![tags.on(bare(&identity, cx.seen()))];
    facts.extend(owner(cx, &tags, "identities", &identity.arn));
    Some(facts)
}

/// Who it is, and no more.
pub(super) fn bare(identity: &Identity, change: tenure_model::fact::Change) -> Fact {
    Fact::new(TableId::Identities, identity.native_type, identity.arn.as_str(), change)
        .with("login", identity.name.as_str())
}

fn described(fact: Fact, arn: Option<&str>, boundary: &Part<Boundary>, tags: &Tags) -> Fact {
    let boundary = boundary.0.as_ref().and_then(|b| b.permissions_boundary_arn.get());
    let fact = fact
        .with("status", "active")
        // The full ARN, with the path that the id leaves out.
        .with_some("display_name", arn)
        .with_some("boundary", boundary.map(|arn| format!("policy:{arn}")));
    tags.on(fact)
}

/// IAM lists what can sign in or be assumed; what a user is for, evidence must say.
pub(super) fn kind_of_user(
    cx: Cx<'_>,
    identity: &Identity,
    path: Option<&str>,
    tags: &Tags,
) -> (&'static str, String) {
    if let Some((kind, tag)) = tags.kind() {
        return (kind, format!("its tag {tag} says so"));
    }
    let folders = path.unwrap_or_default().split('/');
    let by_path = folders.filter(|folder| !folder.is_empty()).find_map(|folder| {
        let known = PATHS.iter().find(|(name, _)| name.eq_ignore_ascii_case(folder))?;
        Some((known.1, format!("it lies in the path {}", path.unwrap_or_default())))
    });
    if let Some(found) = by_path {
        return found;
    }
    let password = cx.world.logins.get(&identity.arn) == Some(&true);
    if password && mfa(cx, &identity.arn) == Some(true) {
        return ("human", "it has a console password and a multi-factor device".to_owned());
    }
    ("unknown", "AWS does not say who uses an IAM user".to_owned())
}

fn kind_of_role(path: &str) -> (&'static str, &'static str) {
    if path.contains("/aws-service-role/") {
        return ("system", "it is a service-linked role");
    }
    ("assumable_role", "it is an IAM role")
}

/// Whether a user has a device: by its own listing, else by the report. Not asked and refused are
/// not "no".
pub(super) fn mfa(cx: Cx<'_>, arn: &str) -> Option<bool> {
    cx.world.devices.get(arn).or_else(|| cx.world.report_mfa.get(arn)).copied()
}

/// That a user has a device or has none.
pub(super) fn mfa_fact(cx: Cx<'_>, identity: &Identity, enabled: bool) -> Fact {
    bare(identity, cx.seen()).with("mfa", Value::Bool(enabled))
}
