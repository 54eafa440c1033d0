//! What IAM's events tell of policies, groups and who holds them.
//!
//! Entitlements are `policy:<arn>`, `inline:<holder's arn>/<name>` and `group:<account>/<name>`.
//! A grant is named by holder and entitlement, so that attaching and detaching meet.

use tenure_model::fact::{Change, Fact, Value};
use tenure_model::tables::TableId;

use super::iam::Call;
use super::identity::{Account, Identity};
use super::policy::{Reach, is_administrator, is_privileged, reach};

/// Facts of a call that is about policies or groups.
pub(super) fn facts(call: &Call<'_>, action: &str) -> Option<Vec<Fact>> {
    match action {
        "AttachUserPolicy" | "AttachRolePolicy" | "AttachGroupPolicy" => {
            let entitlement = Entitlement::managed(call.request.policy_arn.get()?);
            Some(held(call, &Holder::of(call, action)?, &entitlement))
        }
        "DetachUserPolicy" | "DetachRolePolicy" | "DetachGroupPolicy" => {
            let entitlement = Entitlement::managed(call.request.policy_arn.get()?);
            Some(vec![grant(call, &Holder::of(call, action)?, &entitlement, Hold::Ended)])
        }
        "PutUserPolicy" | "PutRolePolicy" | "PutGroupPolicy" => {
            let (holder, document) =
                (Holder::of(call, action)?, call.request.policy_document.get());
            let name = call.request.policy_name.get()?;
            Some(held(call, &holder, &Entitlement::inline(&holder, name, document)))
        }
        "DeleteUserPolicy" | "DeleteRolePolicy" | "DeleteGroupPolicy" => {
            let holder = Holder::of(call, action)?;
            let entitlement = Entitlement::inline(&holder, call.request.policy_name.get()?, None);
            let end = entitlement.fact(call, Hold::Ended);
            Some(vec![grant(call, &holder, &entitlement, Hold::Ended), end])
        }
        "AddUserToGroup" => {
            let group = Entitlement::group(&call.account, call.request.group_name.get()?);
            Some(held(call, &Holder::Identity(call.user()?), &group))
        }
        "RemoveUserFromGroup" => {
            let group = Entitlement::group(&call.account, call.request.group_name.get()?);
            Some(vec![grant(call, &Holder::Identity(call.user()?), &group, Hold::Ended)])
        }
        "CreateGroup" => {
            let group = Entitlement::group(&call.account, call.request.group_name.get()?);
            Some(vec![group.fact(call, Hold::Begun)])
        }
        "DeleteGroup" => {
            let group = Entitlement::group(&call.account, call.request.group_name.get()?);
            Some(vec![group.fact(call, Hold::Ended)])
        }
        "CreatePolicy" | "CreatePolicyVersion" | "DeletePolicy" => policy(call, action),
        _ => None,
    }
}

/// A policy that customers manage: its content says what it allows.
fn policy(call: &Call<'_>, action: &str) -> Option<Vec<Fact>> {
    let made = call.response.policy.as_ref().and_then(|made| made.arn.get());
    let mut entitlement = Entitlement::managed(call.request.policy_arn.get().or(made)?);
    match action {
        "DeletePolicy" => return Some(vec![entitlement.fact(call, Hold::Ended)]),
        // A version that is not made the default one changes nothing yet.
        "CreatePolicyVersion" if call.request.set_as_default.get() != Some("true") => return None,
        _ => entitlement.read(call.request.policy_document.get()),
    }
    Some(vec![entitlement.fact(call, Hold::Begun)])
}

/// Whether something begins or ends with the call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hold {
    Begun,
    Ended,
}

/// Who holds a policy.
pub(crate) enum Holder {
    /// A user or a role.
    Identity(Identity),
    /// The ARN of a group: its members hold what it holds.
    Group(String),
}

impl Holder {
    /// By the name of the action: `AttachUserPolicy`, `PutRolePolicy`, ….
    fn of(call: &Call<'_>, action: &str) -> Option<Self> {
        if action.contains("Group") {
            return Some(Self::Group(call.account.arn("group", call.request.group_name.get()?)));
        }
        let identity = if action.contains("Role") { call.role() } else { call.user() };
        identity.map(Self::Identity)
    }

    pub(crate) fn arn(&self) -> &str {
        match self {
            Self::Identity(identity) => &identity.arn,
            Self::Group(arn) => arn,
        }
    }
}

/// A policy or a group, as a right that can be held.
pub(crate) struct Entitlement {
    pub(crate) native_type: &'static str,
    pub(crate) id: String,
    pub(crate) name: String,
    purpose: &'static str,
    pub(crate) level: Option<&'static str>,
    pub(crate) privileged: Option<bool>,
}

impl Entitlement {
    pub(crate) fn managed(arn: &str) -> Self {
        Self {
            native_type: "policy",
            id: format!("policy:{arn}"),
            name: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
            purpose: "permission",
            level: is_administrator(arn).then_some("admin"),
            privileged: is_privileged(arn),
        }
    }

    pub(crate) fn inline(holder: &Holder, name: &str, document: Option<&str>) -> Self {
        let mut entitlement = Self {
            native_type: "inline-policy",
            id: format!("inline:{}/{name}", holder.arn()),
            name: name.to_owned(),
            purpose: "permission",
            level: None,
            privileged: None,
        };
        entitlement.read(document);
        entitlement
    }

    pub(crate) fn group(account: &Account<'_>, name: &str) -> Self {
        Self {
            native_type: "iam-group",
            id: format!("group:{}/{name}", account.id),
            name: name.to_owned(),
            purpose: "membership",
            level: None,
            privileged: None,
        }
    }

    /// What the document says of the level. Less than everything may still be privileged, which
    /// the document alone does not tell, so nothing is said of it then.
    pub(crate) fn read(&mut self, document: Option<&str>) {
        let Some(document) = document else { return };
        (self.level, self.privileged) = match reach(document) {
            Reach::Admin => (Some("admin"), Some(true)),
            Reach::Limited | Reach::Unknown => (Some("unknown"), None),
        };
    }

    fn fact(&self, call: &Call<'_>, hold: Hold) -> Fact {
        let change = if hold == Hold::Begun { call.begun() } else { call.ended() };
        self.described(Fact::new(TableId::Entitlements, self.native_type, self.id.as_str(), change))
    }

    pub(crate) fn described(&self, fact: Fact) -> Fact {
        fact.with("name", self.name.as_str())
            .with("purpose", self.purpose)
            .with_some("level", self.level)
            .with_some("privileged", self.privileged)
    }
}

/// The grant begins, and the entitlement is there.
fn held(call: &Call<'_>, holder: &Holder, entitlement: &Entitlement) -> Vec<Fact> {
    let change = match entitlement.native_type {
        // An inline policy is written by the very call that grants it.
        "inline-policy" => call.begun(),
        _ => Change::Seen { at: call.at },
    };
    let id = entitlement.id.as_str();
    let there = Fact::new(TableId::Entitlements, entitlement.native_type, id, change);
    vec![entitlement.described(there), grant(call, holder, entitlement, Hold::Begun)]
}

/// That the holder has it.
pub(crate) fn grant_fact(holder: &Holder, entitlement: &Entitlement, change: Change) -> Fact {
    let id = format!("{}|{}", holder.arn(), entitlement.id);
    let reference = format!("{}/{}", entitlement.native_type, entitlement.id);
    let (identity, path) = match holder {
        Holder::Identity(identity) => (Some(Value::from(identity.reference())), "direct"),
        Holder::Group(_) => (None, "group"),
    };
    Fact::new(TableId::Grants, "iam-grant", id, change)
        .with_some("identity_id", identity)
        .with("entitlement_id", reference)
        .with("principal", holder.arn())
        .with("entitlement", entitlement.id.as_str())
        .with("path_kind", path)
}

fn grant(call: &Call<'_>, holder: &Holder, entitlement: &Entitlement, hold: Hold) -> Fact {
    let change = if hold == Hold::Begun { call.begun() } else { call.ended() };
    let fact = grant_fact(holder, entitlement, change);
    let (by, event) = match hold {
        Hold::Begun => ("granted_by", "granted_event"),
        Hold::Ended => ("removed_by", "removed_event"),
    };
    fact.with_some(by, call.event.actor()).with_some(event, call.event.event_id.get())
}
