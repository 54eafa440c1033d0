//! What AWS's answers hold, whichever the encoding. Names are those of the API references of IAM,
//! Organizations, IAM Identity Center (sso-admin) and Identity Store. What is left out is not said.

use serde::Deserialize;

use super::lenient::{Document, Flag, List, Part, Text, Time};

/// A user of IAM.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct User {
    pub(super) arn: Text,
    pub(super) user_name: Text,
    pub(super) path: Text,
    pub(super) create_date: Time,
    pub(super) password_last_used: Time,
    pub(super) group_list: List<String>,
    pub(super) attached_managed_policies: List<Attached>,
    pub(super) user_policy_list: List<Inline>,
    pub(super) permissions_boundary: Part<Boundary>,
    pub(super) tags: List<Tag>,
}

/// A role.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Role {
    pub(super) arn: Text,
    pub(super) role_name: Text,
    pub(super) path: Text,
    pub(super) create_date: Time,
    pub(super) assume_role_policy_document: Option<Document>,
    pub(super) role_policy_list: List<Inline>,
    pub(super) attached_managed_policies: List<Attached>,
    pub(super) permissions_boundary: Part<Boundary>,
    pub(super) role_last_used: Part<LastUsed>,
    pub(super) tags: List<Tag>,
}

/// A group.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Group {
    pub(super) arn: Text,
    pub(super) group_name: Text,
    pub(super) create_date: Time,
    pub(super) group_policy_list: List<Inline>,
    pub(super) attached_managed_policies: List<Attached>,
}

/// A managed policy.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Policy {
    pub(super) arn: Text,
    pub(super) policy_name: Text,
    pub(super) create_date: Time,
    pub(super) policy_version_list: List<Version>,
    pub(super) tags: List<Tag>,
}

/// A version of a managed policy.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Version {
    pub(super) document: Option<Document>,
    pub(super) is_default_version: Flag,
}

/// A policy that stands in its holder.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Inline {
    pub(super) policy_name: Text,
    pub(super) policy_document: Option<Document>,
}

/// A managed policy that is attached.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Attached {
    pub(super) policy_arn: Text,
}

/// The policy that bounds what its holder may do.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Boundary {
    pub(super) permissions_boundary_arn: Text,
}

/// A tag.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Tag {
    pub(super) key: Text,
    pub(super) value: Text,
}

/// When and where something was last used.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct LastUsed {
    pub(super) last_used_date: Time,
    pub(super) service_name: Text,
    pub(super) region: Text,
}

/// An access key.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct AccessKey {
    pub(super) user_name: Text,
    pub(super) access_key_id: Text,
    pub(super) status: Text,
    pub(super) create_date: Time,
}

/// A multi-factor device of a user; of a virtual one `user` says whose.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct MfaDevice {
    pub(super) user_name: Text,
    pub(super) serial_number: Text,
    pub(super) enable_date: Time,
    pub(super) user: Part<Whose>,
}

/// Whose a virtual device is.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Whose {
    pub(super) arn: Text,
}

/// A password for the console.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct LoginProfile {
    pub(super) user_name: Text,
    pub(super) create_date: Time,
}

/// An SSH public key, a signing certificate, or a credential for one service.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct OtherCredential {
    pub(super) user_name: Text,
    #[serde(rename = "SSHPublicKeyId")]
    pub(super) ssh_public_key_id: Text,
    pub(super) certificate_id: Text,
    pub(super) service_specific_credential_id: Text,
    pub(super) status: Text,
    pub(super) service_name: Text,
    pub(super) upload_date: Time,
    pub(super) create_date: Time,
    pub(super) expiration_date: Time,
}

/// A provider of identities over SAML.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct SamlProvider {
    pub(super) arn: Text,
    pub(super) valid_until: Time,
    pub(super) create_date: Time,
}

/// A provider of identities over OpenID Connect.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct OidcProvider {
    pub(super) arn: Text,
    pub(super) url: Text,
    #[serde(rename = "ClientIDList")]
    pub(super) client_id_list: List<String>,
    pub(super) thumbprint_list: List<String>,
    pub(super) create_date: Time,
    pub(super) tags: List<Tag>,
}

/// An account of an organisation, as its management account lists it.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct OrgAccount {
    pub(super) id: Text,
    pub(super) arn: Text,
    pub(super) name: Text,
    pub(super) email: Text,
    pub(super) status: Text,
    pub(super) joined_timestamp: Time,
}

/// A policy of an organisation.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct OrgPolicy {
    pub(super) id: Text,
    pub(super) arn: Text,
    pub(super) name: Text,
}

/// What DescribePolicy gives.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct OrgPolicyContent {
    pub(super) policy_summary: Part<OrgPolicy>,
    pub(super) content: Option<Document>,
}

/// A unit, root or account of an organisation, by id.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct OrgNode {
    pub(super) id: Text,
    pub(super) arn: Text,
    pub(super) name: Text,
    pub(super) target_id: Text,
}

/// A permission set of IAM Identity Center.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct PermissionSet {
    pub(super) permission_set_arn: Text,
    pub(super) name: Text,
    pub(super) description: Text,
    pub(super) session_duration: Text,
    pub(super) created_date: Time,
}

/// A permission set assigned to a user or group in an account.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Assignment {
    pub(super) account_id: Text,
    pub(super) permission_set_arn: Text,
    pub(super) principal_type: Text,
    pub(super) principal_id: Text,
}

/// A managed policy in a permission set.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct SetPolicy {
    pub(super) arn: Text,
    pub(super) name: Text,
}

/// A user of IAM Identity Center.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct CenterUser {
    pub(super) user_id: Text,
    pub(super) user_name: Text,
    pub(super) display_name: Text,
    pub(super) identity_store_id: Text,
    pub(super) emails: List<Email>,
    pub(super) user_status: Text,
}

/// A work address.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Email {
    pub(super) value: Text,
    pub(super) primary: Flag,
}

/// A group of IAM Identity Center.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct CenterGroup {
    pub(super) group_id: Text,
    pub(super) display_name: Text,
    pub(super) identity_store_id: Text,
}

/// Who is in a group of IAM Identity Center.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct CenterMembership {
    pub(super) group_id: Text,
    pub(super) member_id: Part<Member>,
}

/// A member.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Member {
    pub(super) user_id: Text,
}
