//! Names of things: Okta's own ids.

use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;

pub(super) const USER: &str = "okta-user";
pub(super) const GROUP: &str = "okta-group";
pub(super) const APP: &str = "okta-app";
pub(super) const ROLE: &str = "okta-admin-role";
pub(super) const TOKEN: &str = "okta-api-token";
pub(super) const FACTOR: &str = "okta-factor";

/// Who holds something.
#[derive(Clone, Copy)]
pub(super) enum Holder<'a> {
    User(&'a str),
    Group(&'a str),
}

/// A right that is held.
#[derive(Clone, Copy)]
pub(super) struct Right<'a> {
    pub(super) native_type: &'static str,
    pub(super) id: &'a str,
}

impl<'a> Right<'a> {
    pub(super) const fn group(id: &'a str) -> Self {
        Self { native_type: GROUP, id }
    }

    pub(super) const fn app(id: &'a str) -> Self {
        Self { native_type: APP, id }
    }

    pub(super) const fn role(id: &'a str) -> Self {
        Self { native_type: ROLE, id }
    }

    /// That the right exists.
    pub(super) fn fact(self, change: Change, name: Option<&str>) -> Fact {
        let fact = Fact::new(TableId::Entitlements, self.native_type, self.id, change)
            .with_some("name", name);
        match self.native_type {
            GROUP => fact.with("purpose", "membership"),
            APP => fact.with("purpose", "assignment"),
            _ => fact
                .with("purpose", "permission")
                .with("level", level(self.id))
                .with("privileged", true)
                .with("resource", "okta"),
        }
    }

    /// That somebody holds it. A grant is named by holder and right, so that events and listings
    /// meet.
    pub(super) fn held(self, holder: Holder<'_>, change: Change) -> Fact {
        let (holder_id, identity, path) = match holder {
            Holder::User(id) => (id, Some(format!("{USER}/{id}")), "direct"),
            Holder::Group(id) => (id, None, "group"),
        };
        let native_type = match self.native_type {
            GROUP => "okta-group-member",
            APP => "okta-app-assignment",
            _ => "okta-role-assignment",
        };
        let id = format!("{holder_id}|{}", self.id);
        Fact::new(TableId::Grants, native_type, id, change)
            .with_some("identity_id", identity)
            .with("entitlement_id", format!("{}/{}", self.native_type, self.id))
            .with("principal", holder_id)
            .with("entitlement", self.id)
            .with("effect", "allow")
            .with("path_kind", path)
    }
}

/// Okta's standard roles (API reference, "Role types"); what a custom role may do is not in it.
fn level(role: &str) -> &'static str {
    match role {
        "SUPER_ADMIN"
        | "ORG_ADMIN"
        | "APP_ADMIN"
        | "API_ACCESS_MANAGEMENT_ADMIN"
        | "USER_ADMIN"
        | "GROUP_MEMBERSHIP_ADMIN"
        | "MOBILE_ADMIN"
        | "HELP_DESK_ADMIN"
        | "WORKFLOWS_ADMIN" => "admin",
        "READ_ONLY_ADMIN" | "REPORT_ADMIN" => "read",
        _ => "unknown",
    }
}

/// The standard role of a name, as events write it; other names stand for themselves.
pub(super) fn role_of_label(label: &str) -> String {
    // "Application administrator (all)": what it is limited to follows in brackets.
    let bare = label.split('(').next().unwrap_or(label).trim();
    match bare.to_lowercase().as_str() {
        "super administrator" | "super organization administrator" => "SUPER_ADMIN",
        "organization administrator" | "organizational administrator" => "ORG_ADMIN",
        "application administrator" => "APP_ADMIN",
        "api access management administrator" => "API_ACCESS_MANAGEMENT_ADMIN",
        "user administrator" | "group administrator" => "USER_ADMIN",
        "group membership administrator" => "GROUP_MEMBERSHIP_ADMIN",
        "mobile administrator" => "MOBILE_ADMIN",
        "help desk administrator" => "HELP_DESK_ADMIN",
        "read only administrator" | "read-only administrator" => "READ_ONLY_ADMIN",
        "report administrator" => "REPORT_ADMIN",
        "workflows administrator" => "WORKFLOWS_ADMIN",
        _ => bare,
    }
    .to_owned()
}

/// A user, by id.
pub(super) fn user_fact(id: &str, change: Change) -> Fact {
    Fact::new(TableId::Identities, USER, id, change)
}

/// An API token, by id.
pub(super) fn token_fact(id: &str, change: Change) -> Fact {
    Fact::new(TableId::Credentials, TOKEN, id, change)
        .with("class", "static_secret")
        .with("native_kind", "api_token")
        .with("public_id", id)
}
