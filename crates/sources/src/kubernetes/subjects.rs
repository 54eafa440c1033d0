//! Who holds roles: service accounts, users and groups.

use serde_json::Value;
use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;

use crate::audit_files::text;

use super::usage::kind_of;

/// A subject, by the name under which requests are made.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Subject {
    /// `system:serviceaccount:NAMESPACE:NAME`.
    ServiceAccount(String),
    User(String),
    Group(String),
}

impl Subject {
    pub(super) fn service_account(namespace: &str, name: &str) -> Self {
        Self::ServiceAccount(format!("system:serviceaccount:{namespace}:{name}"))
    }

    /// By a name in the log or in a binding.
    pub(super) fn user(name: &str) -> Self {
        if kind_of(name) == "service-account" {
            Self::ServiceAccount(name.to_owned())
        } else {
            Self::User(name.to_owned())
        }
    }

    /// One entry of a binding's `subjects`.
    pub(super) fn of(subject: &Value, namespace: Option<&str>) -> Option<Self> {
        let name = text(subject, "/name")?;
        match text(subject, "/kind")? {
            "ServiceAccount" => {
                let namespace = text(subject, "/namespace").or(namespace)?;
                Some(Self::service_account(namespace, name))
            }
            "User" => Some(Self::user(name)),
            "Group" => Some(Self::Group(name.to_owned())),
            _ => None,
        }
    }

    /// The holder, for comparison.
    pub(super) fn principal(&self) -> String {
        match self {
            Self::ServiceAccount(name) | Self::User(name) => name.clone(),
            Self::Group(name) => format!("group:{name}"),
        }
    }

    /// The account; a group is none.
    pub(super) fn identity_id(&self) -> Option<String> {
        match self {
            Self::ServiceAccount(name) => Some(format!("service-account/{name}")),
            Self::User(name) => Some(format!("user/{name}")),
            Self::Group(_) => None,
        }
    }
}

/// An account. Users are no objects of Kubernetes: what they are, whoever authenticates them knows.
pub(super) fn identity(subject: &Subject, change: Change) -> Fact {
    let (native_type, name) = match subject {
        Subject::ServiceAccount(name) => ("service-account", name),
        Subject::User(name) | Subject::Group(name) => ("user", name),
    };
    let (kind, basis) = match kind_of(name) {
        "service-account" => ("service_account", Some("service account")),
        "node" | "system" | "anonymous" => ("system", Some("reserved name system:")),
        _ => ("unknown", None),
    };
    Fact::new(TableId::Identities, native_type, name.as_str(), change)
        .with("kind", kind)
        .with_some("kind_basis", basis)
        .with("login", name.as_str())
}
