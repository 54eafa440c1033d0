//! What IAM's own events tell of identities and credentials, where they succeeded. Names of events
//! and fields are those of the IAM API Reference.

use serde::Deserialize;
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use super::grants;
use super::identity::{Account, Identity, acting, key_fact};
use super::policy::canonical;
use super::record::{Event, Text, part};

/// What was asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<'a> {
    #[serde(borrow, default)]
    pub(super) user_name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) role_name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) group_name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) policy_arn: Text<'a>,
    #[serde(borrow, default)]
    pub(super) policy_name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) policy_document: Text<'a>,
    #[serde(borrow, default)]
    pub(super) set_as_default: Text<'a>,
    #[serde(borrow, default)]
    assume_role_policy_document: Text<'a>,
    #[serde(borrow, default)]
    access_key_id: Text<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    serial_number: Text<'a>,
    password_reset_required: Option<bool>,
}

/// What came back.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Response<'a> {
    #[serde(borrow, default)]
    user: Option<Made<'a>>,
    #[serde(borrow, default)]
    role: Option<Made<'a>>,
    #[serde(borrow, default)]
    pub(super) policy: Option<Made<'a>>,
    #[serde(borrow, default)]
    access_key: Option<Made<'a>>,
    #[serde(borrow, default, rename = "virtualMFADevice")]
    virtual_mfa_device: Option<Made<'a>>,
}

/// A thing that a response tells about.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Made<'a> {
    #[serde(borrow, default)]
    pub(super) arn: Text<'a>,
    #[serde(borrow, default)]
    user_name: Text<'a>,
    #[serde(borrow, default)]
    role_name: Text<'a>,
    #[serde(borrow, default)]
    access_key_id: Text<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    serial_number: Text<'a>,
}

/// Who may assume a role, as its trust policy says.
pub(crate) fn trust_fact(role: &Identity, document: &str, change: Change) -> Fact {
    let id = format!("{}#trust-policy", role.arn);
    Fact::new(TableId::Configurations, "role-trust", id, change)
        .with("scope", role.reference())
        .with("setting", "trust-policy")
        .with("value", canonical(document))
}

/// A user's password for the console.
pub(crate) fn login_profile_fact(user: &Identity, change: Change) -> Fact {
    Fact::new(TableId::Credentials, "login-profile", user.arn.as_str(), change)
        .with("identity_id", user.reference())
        .with("class", "password")
        .with("native_kind", "login_profile")
}

/// What tells a password from the one before it: when it was set, as the credential report has it.
pub(crate) fn password_set(at: Timestamp) -> String {
    format!("set {at}")
}

/// A multi-factor device. Of what kind it is, its serial number tells: security keys and passkeys have
/// ARNs of the type `u2f`, virtual devices those of the type `mfa`, and tokens the number that is
/// printed on them (IAM User Guide, "IAM ARNs"; API reference, `MFADevice`).
pub(crate) fn mfa_device_fact(serial: &str, change: Change) -> Fact {
    let kind = match serial.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)) {
        Some(name) if name.starts_with("mfa/") => "virtual_mfa",
        Some(name) => name.split('/').next().unwrap_or(name),
        None => "hardware_mfa",
    };
    Fact::new(TableId::Credentials, "mfa-device", serial, change)
        .with("class", "mfa_factor")
        .with("native_kind", kind)
        .with("public_id", serial)
}

/// One successful call of IAM.
pub(super) struct Call<'e> {
    pub(super) event: &'e Event<'e>,
    pub(super) account: Account<'e>,
    pub(super) at: Timestamp,
    pub(super) request: Request<'e>,
    pub(super) response: Response<'e>,
}

/// The facts of a record of IAM; none when the call failed or changed nothing that we follow.
pub(super) fn facts(event: &Event<'_>, at: Timestamp) -> Vec<Fact> {
    if event.event_source.get() != Some("iam.amazonaws.com") || !event.succeeded() {
        return Vec::new();
    }
    let Some(account) = Account::of(event) else { return Vec::new() };
    let Some(action) = event.event_name.get() else { return Vec::new() };
    let request = event.request_parameters.and_then(part).unwrap_or_default();
    let response = event.response_elements.and_then(part).unwrap_or_default();
    let call = Call { event, account, at, request, response };
    call.facts(action).unwrap_or_default()
}

impl Call<'_> {
    fn facts(&self, action: &str) -> Option<Vec<Fact>> {
        match action {
            "CreateUser"
            | "DeleteUser"
            | "CreateRole"
            | "CreateServiceLinkedRole"
            | "DeleteRole"
            | "UpdateAssumeRolePolicy" => self.identity(action),
            "CreateAccessKey" | "UpdateAccessKey" | "DeleteAccessKey" => self.access_key(action),
            "CreateLoginProfile" | "UpdateLoginProfile" | "ChangePassword"
            | "DeleteLoginProfile" => self.login_profile(action),
            "CreateVirtualMFADevice"
            | "EnableMFADevice"
            | "DeactivateMFADevice"
            | "DeleteVirtualMFADevice" => self.mfa_device(action),
            _ => grants::facts(self, action),
        }
    }

    pub(super) const fn begun(&self) -> Change {
        Change::Begun { at: self.at, basis: Basis::Event }
    }

    pub(super) const fn ended(&self) -> Change {
        Change::Ended { at: self.at, basis: Basis::Event }
    }

    /// The user whom the call is about: named, or the caller itself.
    pub(super) fn user(&self) -> Option<Identity> {
        let made = self.response.user.as_ref().or(self.response.access_key.as_ref());
        let name =
            self.request.user_name.get().or_else(|| made.and_then(|made| made.user_name.get()));
        match name {
            Some(name) => Some(Identity::user(&self.account, name)),
            None => {
                let actor = self.event.user_identity.as_ref()?;
                acting(actor.kind.get(), actor.arn.get(), actor.session_issuer())
            }
        }
    }

    pub(super) fn role(&self) -> Option<Identity> {
        let made = self.response.role.as_ref().and_then(|made| made.role_name.get());
        Some(Identity::role(&self.account, self.request.role_name.get().or(made)?))
    }

    fn identity(&self, action: &str) -> Option<Vec<Fact>> {
        let actor = self.event.actor();
        let begun = |identity: &Identity, made: Option<&Made<'_>>| {
            identity
                .fact(self.begun())
                .with("status", "active")
                .with("created_at_src", self.at)
                .with_some("created_by", actor)
                // The full ARN, with the path that the id leaves out.
                .with_some("display_name", made.and_then(|made| made.arn.get()))
        };
        match action {
            "CreateUser" => Some(vec![begun(&self.user()?, self.response.user.as_ref())]),
            "DeleteUser" => Some(vec![self.user()?.fact(self.ended())]),
            "DeleteRole" => Some(vec![self.role()?.fact(self.ended())]),
            "UpdateAssumeRolePolicy" => {
                Some(vec![self.trust(&self.role()?, self.request.policy_document.get()?)])
            }
            _ => {
                let role = self.role()?;
                let mut facts = vec![begun(&role, self.response.role.as_ref())];
                let document = self.request.assume_role_policy_document.get();
                facts.extend(document.map(|document| self.trust(&role, document)));
                Some(facts)
            }
        }
    }

    /// Who may assume a role is a setting of the role.
    fn trust(&self, role: &Identity, document: &str) -> Fact {
        trust_fact(role, document, self.begun())
            .with_some("change_ref", self.event.event_id.get())
            .with_some("changed_by", self.event.actor())
    }

    fn access_key(&self, action: &str) -> Option<Vec<Fact>> {
        let made = self.response.access_key.as_ref();
        let key = self
            .request
            .access_key_id
            .get()
            .or_else(|| made.and_then(|m| m.access_key_id.get()))?;
        let said = self.request.status.get().or_else(|| made.and_then(|made| made.status.get()));
        let change = if action == "DeleteAccessKey" { self.ended() } else { self.begun() };
        let fact = key_fact(key, &self.user()?, change);
        Some(vec![self.credential(fact, action, said.map(str::to_lowercase))])
    }

    fn login_profile(&self, action: &str) -> Option<Vec<Fact>> {
        let user = self.user()?;
        let change = if action == "DeleteLoginProfile" { self.ended() } else { self.begun() };
        let fact = login_profile_fact(&user, change);
        // An update sets a password, or only that its owner must; the event names what it was asked
        // for but the password.
        let sets = match action {
            "CreateLoginProfile" | "ChangePassword" => true,
            "UpdateLoginProfile" => self.request.password_reset_required.is_none(),
            _ => false,
        };
        let fact = fact.with_some("material", sets.then(|| password_set(self.at)));
        Some(vec![self.credential(fact, action, None)])
    }

    fn mfa_device(&self, action: &str) -> Option<Vec<Fact>> {
        let made = self.response.virtual_mfa_device.as_ref();
        let serial = self
            .request
            .serial_number
            .get()
            .or_else(|| made.and_then(|m| m.serial_number.get()))?;
        let change = if action == "DeleteVirtualMFADevice" { self.ended() } else { self.begun() };
        let fact = mfa_device_fact(serial, change);
        // A device belongs to somebody only while it is enabled for them.
        let (fact, status) = match action {
            "EnableMFADevice" => (fact.with("identity_id", self.user()?.reference()), "active"),
            "CreateVirtualMFADevice" => (fact, "unassigned"),
            _ => (fact, "inactive"),
        };
        Some(vec![self.credential(fact, action, Some(status.to_owned()))])
    }

    /// Who issued or ended it, and its status where the call says one.
    fn credential(&self, fact: Fact, action: &str, status: Option<String>) -> Fact {
        let actor = self.event.actor();
        match action.get(..6) {
            Some("Create") => fact
                .with("status", status.unwrap_or_else(|| "active".to_owned()))
                .with_some("created_by", actor),
            Some("Delete") => fact.with_some("revoked_by", actor),
            _ => fact.with_some("status", status),
        }
    }
}
