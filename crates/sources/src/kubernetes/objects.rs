//! What objects of RBAC tell: roles are entitlements, bindings are grants, service accounts are
//! identities, tokens kept as secrets are credentials.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::audit_files::{instant, text};

use super::rules::judge;
use super::subjects::{self, Subject};

/// Longer values are told by their hash.
const LONGEST_VALUE: usize = 4_096;
/// The type of secrets that hold a token of a service account.
const TOKEN_TYPE: &str = "kubernetes.io/service-account-token";
const OF_ACCOUNT: &str = "kubernetes.io/service-account.name";
const LAST_USED: &str = "kubernetes.io/legacy-token-last-used";

/// An object: a kind of its own, a name, perhaps a namespace.
#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    pub(super) value: &'a Value,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) namespace: Option<&'a str>,
}

impl<'a> Object<'a> {
    /// An object whose kind may stand outside of it, as in a typed list.
    pub(super) fn of(value: &'a Value, kind: Option<&'a str>) -> Option<Self> {
        Some(Self {
            value,
            kind: text(value, "/kind").or(kind)?,
            name: text(value, "/metadata/name")?,
            namespace: text(value, "/metadata/namespace"),
        })
    }

    /// `NAMESPACE/NAME`, or the name of what lies in none.
    pub(super) fn id(&self) -> String {
        path(self.namespace, self.name)
    }

    /// When the source says it was created: to the second.
    pub(super) fn created(&self) -> Option<Timestamp> {
        instant(self.value, "/metadata/creationTimestamp")
    }

    /// Whether nobody wrote to it since it was created, by what the server keeps of its fields.
    pub(super) fn untouched(&self) -> bool {
        let Some(created) = self.created() else { return false };
        let fields = self.value.pointer("/metadata/managedFields").and_then(Value::as_array);
        fields.is_some_and(|fields| {
            !fields.is_empty() && fields.iter().all(|f| instant(f, "/time") == Some(created))
        })
    }
}

/// A name with its namespace.
pub(super) fn path(namespace: Option<&str>, name: &str) -> String {
    namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
}

/// A role as a right that can be granted, bare of what it allows.
pub(super) fn role(namespace: Option<&str>, name: &str, change: Change) -> Fact {
    let resource = namespace.map_or_else(|| "cluster".to_owned(), |n| format!("namespace {n}"));
    Fact::new(TableId::Entitlements, role_type(namespace), path(namespace, name), change)
        .with("name", name)
        .with("purpose", "permission")
        .with("resource", resource)
}

/// A role that every cluster has and that allows everything, so that a binding to it says enough
/// where no listing says what it allows.
/// <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles>
pub(super) fn all_mighty(reference: Option<&Value>, change: Change) -> Option<Fact> {
    let reference = reference?;
    let is = |key, value| text(reference, key) == Some(value);
    (is("/kind", "ClusterRole") && is("/name", "cluster-admin")).then(|| {
        role(None, "cluster-admin", change).with("level", "admin").with("privileged", true)
    })
}

const fn role_type(namespace: Option<&str>) -> &'static str {
    if namespace.is_some() { "role" } else { "cluster-role" }
}

/// The same with what its rules allow.
pub(super) fn judged<'v>(role: Fact, rules: impl IntoIterator<Item = &'v Value>) -> Fact {
    let (level, privileged) = judge(rules);
    role.with("level", level.as_str()).with("privileged", privileged)
}

/// The rules themselves, so that a change of them is seen.
pub(super) fn rules_setting(
    namespace: Option<&str>,
    name: &str,
    rules: &Value,
    at: Change,
) -> Fact {
    let scope = format!("{}/{}", role_type(namespace), path(namespace, name));
    setting("role-rules", scope, "rules", rules, at)
}

fn setting(
    native_type: &'static str,
    scope: String,
    name: &'static str,
    value: &Value,
    change: Change,
) -> Fact {
    let value = value.to_string();
    let value = if value.len() > LONGEST_VALUE {
        format!("sha256:{}", hex::encode(Sha256::digest(&value)))
    } else {
        value
    };
    Fact::new(TableId::Configurations, native_type, scope.as_str(), change)
        .with("scope", scope)
        .with("setting", name)
        .with("value", value)
}

/// A binding, by where it lies and what it is called.
#[derive(Clone, Copy)]
pub(super) struct Binding<'a> {
    pub(super) namespace: Option<&'a str>,
    pub(super) name: &'a str,
}

impl Binding<'_> {
    pub(super) const fn native_type(&self) -> &'static str {
        if self.namespace.is_some() { "role-binding" } else { "cluster-role-binding" }
    }

    pub(super) fn id(&self) -> String {
        path(self.namespace, self.name)
    }

    /// A subject's grant.
    pub(super) fn grant(&self, role: Option<&Value>, subject: &Subject, change: Change) -> Fact {
        let id = format!("{}#{}", self.id(), subject.principal());
        let is_group = matches!(subject, Subject::Group(_));
        let fact = Fact::new(TableId::Grants, self.native_type(), id, change)
            .with_some("identity_id", subject.identity_id())
            .with("principal", subject.principal())
            .with("effect", "allow")
            .with("path_kind", if is_group { "group" } else { "direct" })
            // A cluster role that is bound in a namespace is worth what it is there.
            .with_some("condition_expr", self.namespace.map(|n| format!("in namespace {n}")));
        let Some(name) = role.and_then(|role| text(role, "/name")) else { return fact };
        let cluster = role.and_then(|role| text(role, "/kind")) == Some("ClusterRole");
        let namespace = self.namespace.filter(|_| !cluster);
        let entitlement = path(namespace, name);
        fact.with("entitlement_id", format!("{}/{entitlement}", role_type(namespace)))
            .with("entitlement", entitlement)
    }

    /// The binding itself: who is bound to what.
    pub(super) fn setting(&self, object: &Value, change: Change) -> Fact {
        let mut bound = serde_json::Map::new();
        for part in ["roleRef", "subjects"] {
            bound.extend(object.get(part).map(|value| (part.to_owned(), value.clone())));
        }
        let scope = format!("{}/{}", self.native_type(), self.id());
        setting("binding", scope, "subjects", &Value::Object(bound), change)
    }
}

/// The subjects of a binding, in order, each once.
pub(super) fn subjects(object: &Value, namespace: Option<&str>) -> Vec<Subject> {
    let named = object.get("subjects").and_then(Value::as_array);
    let named = named.into_iter().flatten();
    let mut subjects: Vec<_> = named.filter_map(|one| Subject::of(one, namespace)).collect();
    subjects.sort();
    subjects.dedup();
    subjects
}

/// A service account.
pub(super) fn service_account(object: &Object<'_>, change: Change) -> Option<Fact> {
    let subject = Subject::service_account(object.namespace?, object.name);
    let labels = object.value.pointer("/metadata/labels");
    let labels = labels.filter(|l| l.as_object().is_some_and(|l| !l.is_empty()));
    Some(
        described(subjects::identity(&subject, change), object.value)
            .with("status", "active")
            .with_some("tags", labels.map(Value::to_string)),
    )
}

/// What labels say of an account, or annotations, which may hold blanks: by the last part of their
/// keys, so that `example.com/tier` is one as well.
pub(super) fn described(account: Fact, object: &Value) -> Fact {
    let said = |wanted: &[&str]| {
        ["/metadata/labels", "/metadata/annotations"].iter().find_map(|of| {
            let members = object.pointer(of)?.as_object()?;
            let mut named = members.iter().filter(|(key, _)| {
                let last = key.rsplit('/').next().unwrap_or_default();
                wanted.contains(&last.to_ascii_lowercase().as_str())
            });
            named.find_map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        })
    };
    let tier = said(&["tier", "risk-tier"]).map(str::to_ascii_uppercase);
    account
        .with_some("purpose", said(&["purpose", "description"]))
        .with_some("environment", said(&["environment", "env"]))
        .with_some("tier", tier.filter(|tier| matches!(tier.as_str(), "T1" | "T2" | "T3")))
}

/// A token of a service account that is kept as a secret, which never expires.
pub(super) fn kept_token(object: &Object<'_>, change: Change) -> Option<Fact> {
    if text(object.value, "/type") != Some(TOKEN_TYPE) {
        return None;
    }
    let metadata = object.value.get("metadata")?;
    let member = |of: &str, name: &str| metadata.get(of)?.get(name)?.as_str();
    let account = member("annotations", OF_ACCOUNT)
        .and_then(|name| Subject::service_account(object.namespace?, name).identity_id());
    // The label has the day; a use on that day is no earlier than its beginning.
    let used = member("labels", LAST_USED).and_then(|day| Timestamp::parse_or_date(day).ok());
    Some(
        Fact::new(TableId::Credentials, "service-account-token", object.id(), change)
            .with_some("identity_id", account)
            .with("class", "static_secret")
            .with("native_kind", "service_account_token")
            .with("status", "active")
            .with("expiry_kind", "never")
            .with_some("last_used_at", used)
            .with_some("last_used_source", used.map(|_| LAST_USED)),
    )
}
