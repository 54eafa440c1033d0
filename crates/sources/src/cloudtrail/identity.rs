//! Names of identities.
//!
//! A user's or role's native id is its ARN without the path: names are unique within an account
//! whatever their paths (IAM User Guide, "IAM identifiers"), and the records that delete or change
//! an identity give its name only.

use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;

use super::record::Event;

/// Native type of an IAM user.
pub(crate) const USER: &str = "iam-user";
/// Native type of an IAM role.
pub(crate) const ROLE: &str = "iam-role";
/// Native type of an account's root user.
pub(crate) const ROOT: &str = "root";

/// A user, a role or a root user.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Identity {
    pub(crate) native_type: &'static str,
    /// The ARN without path.
    pub(crate) arn: String,
    pub(crate) name: String,
}

impl Identity {
    pub(crate) fn user(account: &Account<'_>, name: &str) -> Self {
        Self { native_type: USER, arn: account.arn("user", name), name: name.to_owned() }
    }

    pub(crate) fn role(account: &Account<'_>, name: &str) -> Self {
        Self { native_type: ROLE, arn: account.arn("role", name), name: name.to_owned() }
    }

    /// The identity behind an ARN of IAM: `…:user/path/name`, `…:role/path/name`, `…:root`.
    pub(crate) fn from_arn(arn: &str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (_, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (_, id, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let account = Account { partition, id };
        match (service, resource) {
            ("iam", "root") => {
                Some(Self { native_type: ROOT, arn: arn.to_owned(), name: "root".to_owned() })
            }
            ("iam", _) => match resource.split_once('/')? {
                ("user", path) => Some(Self::user(&account, last_of(path))),
                ("role", path) => Some(Self::role(&account, last_of(path))),
                _ => None,
            },
            _ => None,
        }
    }

    /// As other facts refer to it.
    pub(crate) fn reference(&self) -> String {
        format!("{}/{}", self.native_type, self.arn)
    }

    /// A fact about it. CloudTrail does not say whether a person or a program is behind a user.
    pub(crate) fn fact(&self, change: Change) -> Fact {
        let (kind, basis) = match self.native_type {
            // Names of such roles are reserved (IAM User Guide, "Create a service-linked role").
            ROLE if self.name.starts_with("AWSServiceRoleFor") => {
                ("system", Some("it is a service-linked role"))
            }
            ROLE => ("assumable_role", Some("it is an IAM role")),
            ROOT => ("break_glass", Some("it is the account's root user")),
            _ => ("unknown", None),
        };
        Fact::new(TableId::Identities, self.native_type, self.arn.as_str(), change)
            .with("kind", kind)
            .with_some("kind_basis", basis)
            .with("login", self.name.as_str())
    }
}

/// The account in which something happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account<'a> {
    pub(crate) partition: &'a str,
    pub(crate) id: &'a str,
}

impl<'a> Account<'a> {
    /// Where the record was received. The partition (`aws`, `aws-cn`, `aws-us-gov`) is that of the
    /// actor, who cannot act across partitions.
    pub(super) fn of(event: &'a Event<'_>) -> Option<Self> {
        let actor = event.user_identity.as_ref();
        let id = event
            .recipient_account_id
            .get()
            .or_else(|| actor.and_then(|actor| actor.account_id.get()))?;
        let partition = event.actor().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
        Some(Self { partition, id })
    }

    pub(crate) fn arn(&self, kind: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:{kind}/{name}", self.partition, self.id)
    }
}

/// The identity that acted: the user itself, or the role behind a session.
pub(super) fn acting(
    kind: Option<&str>,
    arn: Option<&str>,
    session_issuer: Option<&str>,
) -> Option<Identity> {
    match kind? {
        "IAMUser" | "Root" => Identity::from_arn(arn?),
        "AssumedRole" => {
            session_issuer.and_then(Identity::from_arn).or_else(|| role_of_session(arn?))
        }
        _ => None,
    }
}

/// `arn:aws:sts::account:assumed-role/role/session` names the role, without its path.
pub(crate) fn role_of_session(arn: &str) -> Option<Identity> {
    let mut parts = arn.splitn(6, ':');
    let partition = parts.nth(1)?;
    let id = parts.nth(2)?;
    let role = parts.next()?.strip_prefix("assumed-role/")?.split('/').next()?;
    Some(Identity::role(&Account { partition, id }, role))
}

/// An access key.
pub(crate) fn key_fact(key: &str, owner: &Identity, change: Change) -> Fact {
    Fact::new(TableId::Credentials, "access-key", key, change)
        .with("identity_id", owner.reference())
        .with("class", "static_secret")
        .with("native_kind", "access_key")
        .with("public_id", key)
}

fn last_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_no_part_of_an_identity() {
        let role = Identity::from_arn("arn:aws:iam::123456789012:role/service-role/Writer");
        let role = role.expect("a role");
        assert_eq!(role.reference(), "iam-role/arn:aws:iam::123456789012:role/Writer");
        let session = role_of_session("arn:aws:sts::123456789012:assumed-role/Writer/i-0123");
        assert_eq!(session, Some(role));
    }

    #[test]
    fn others_are_no_identities() {
        for arn in ["", "arn:aws:iam", "arn:aws:sts::1:federated-user/x", "arn:aws:iam::1:group/g"]
        {
            assert_eq!(Identity::from_arn(arn), None, "{arn}");
        }
    }
}
