//! The operations whose answers are read, by their name or, of a file, by the members of what the
//! AWS CLI prints.

use serde_json::{Map, Value, json};

macro_rules! operations {
    ($($variant:ident = $service:literal $action:literal $($member:literal)?,)*) => {
        /// An operation of one of the services.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub(super) enum Operation { $($variant,)* }

        impl Operation {
            /// By service and name.
            pub(super) fn parse(service: &str, action: &str) -> Option<Self> {
                let service = match service {
                    "sso-admin" => "sso",
                    other => other,
                };
                match (service, action) {
                    $(($service, $action) => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The name of the operation in its service's API reference.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $action,)* }
            }

            /// By the one member that only this operation's output has.
            fn of_member(member: &str) -> Option<Self> {
                $($(if member == $member { return Some(Self::$variant); })?)*
                None
            }
        }
    };
}

operations! {
    GetAccountAuthorizationDetails = "iam" "GetAccountAuthorizationDetails",
    GetCredentialReport = "iam" "GetCredentialReport",
    ListUsers = "iam" "ListUsers",
    ListGroups = "iam" "ListGroups",
    ListRoles = "iam" "ListRoles" "Roles",
    ListPolicies = "iam" "ListPolicies",
    ListAccessKeys = "iam" "ListAccessKeys" "AccessKeyMetadata",
    GetAccessKeyLastUsed = "iam" "GetAccessKeyLastUsed" "AccessKeyLastUsed",
    ListMfaDevices = "iam" "ListMFADevices" "MFADevices",
    ListVirtualMfaDevices = "iam" "ListVirtualMFADevices" "VirtualMFADevices",
    GetLoginProfile = "iam" "GetLoginProfile" "LoginProfile",
    ListSshPublicKeys = "iam" "ListSSHPublicKeys" "SSHPublicKeys",
    ListSigningCertificates = "iam" "ListSigningCertificates" "Certificates",
    ListServiceSpecificCredentials =
        "iam" "ListServiceSpecificCredentials" "ServiceSpecificCredentials",
    GetAccountSummary = "iam" "GetAccountSummary" "SummaryMap",
    GetAccountPasswordPolicy = "iam" "GetAccountPasswordPolicy" "PasswordPolicy",
    ListSamlProviders = "iam" "ListSAMLProviders" "SAMLProviderList",
    ListOidcProviders = "iam" "ListOpenIDConnectProviders" "OpenIDConnectProviderList",
    GetOidcProvider = "iam" "GetOpenIDConnectProvider" "ClientIDList",
    ListAccountAliases = "iam" "ListAccountAliases" "AccountAliases",
    ListUserTags = "iam" "ListUserTags",
    DescribeTrails = "cloudtrail" "DescribeTrails" "trailList",
    GetTrailStatus = "cloudtrail" "GetTrailStatus",
    GetEventSelectors = "cloudtrail" "GetEventSelectors" "TrailARN",
    ListPublicKeys = "cloudtrail" "ListPublicKeys",
    GetCallerIdentity = "sts" "GetCallerIdentity",
    GenerateCredentialReport = "iam" "GenerateCredentialReport",
    OrgDescribe = "organizations" "DescribeOrganization" "Organization",
    OrgListAccounts = "organizations" "ListAccounts" "Accounts",
    OrgListAccountsForParent = "organizations" "ListAccountsForParent",
    OrgListRoots = "organizations" "ListRoots",
    OrgListUnits =
        "organizations" "ListOrganizationalUnitsForParent" "OrganizationalUnits",
    OrgListParents = "organizations" "ListParents" "Parents",
    OrgListPolicies = "organizations" "ListPolicies",
    OrgDescribePolicy = "organizations" "DescribePolicy",
    OrgListTargets = "organizations" "ListTargetsForPolicy" "Targets",
    ListInstances = "sso" "ListInstances" "Instances",
    ListPermissionSets = "sso" "ListPermissionSets" "PermissionSets",
    DescribePermissionSet = "sso" "DescribePermissionSet" "PermissionSet",
    ListManagedPoliciesInSet = "sso" "ListManagedPoliciesInPermissionSet",
    GetInlinePolicyOfSet = "sso" "GetInlinePolicyForPermissionSet" "InlinePolicy",
    ListAccountsForSet = "sso" "ListAccountsForProvisionedPermissionSet",
    ListAccountAssignments = "sso" "ListAccountAssignments" "AccountAssignments",
    ListCenterUsers = "identitystore" "ListUsers",
    ListCenterGroups = "identitystore" "ListGroups",
    ListGroupMemberships = "identitystore" "ListGroupMemberships" "GroupMemberships",
}

/// The operation that printed a file.
pub(super) fn of_members(body: &Value) -> Option<Operation> {
    let body = body.as_object()?;
    if ["UserDetailList", "GroupDetailList", "RoleDetailList"].iter().any(|m| body.contains_key(*m))
    {
        return Some(Operation::GetAccountAuthorizationDetails);
    }
    if body.contains_key("Content") && body.contains_key("ReportFormat") {
        return Some(Operation::GetCredentialReport);
    }
    // Several services call what they list users, groups, roots or policies.
    let shared = shared("Users", body, "IdentityStoreId", Operation::ListCenterUsers)
        .or_else(|| shared("Users", body, "Arn", Operation::ListUsers))
        .or_else(|| shared("Groups", body, "IdentityStoreId", Operation::ListCenterGroups))
        .or_else(|| shared("Groups", body, "Arn", Operation::ListGroups))
        .or_else(|| shared("Policies", body, "AwsManaged", Operation::OrgListPolicies))
        .or_else(|| shared("Policies", body, "PolicyId", Operation::ListPolicies))
        .or_else(|| shared("Roots", body, "PolicyTypes", Operation::OrgListRoots))
        .or_else(|| {
            let summary = body.get("Policy")?.get("PolicySummary");
            summary.map(|_| Operation::OrgDescribePolicy)
        });
    shared.or_else(|| body.keys().find_map(|member| Operation::of_member(member)))
}

/// Whether `list` holds objects with the member.
fn shared(
    list: &str,
    body: &Map<String, Value>,
    member: &str,
    operation: Operation,
) -> Option<Operation> {
    body.get(list)?.as_array()?.first()?.get(member).map(|_| operation)
}

impl Operation {
    /// What was asked for, where the output does not say it and the file's name does: the id of an
    /// access key, or the name of the user whose (perhaps no) devices were listed.
    pub(super) fn input_of_file_name(self, path: &str) -> Value {
        let file = path.rsplit('/').next().unwrap_or(path);
        let stem = file.split(".json").next().unwrap_or(file);
        match self {
            Self::GetAccessKeyLastUsed => match key_in(stem) {
                Some(key) => json!({ "AccessKeyId": key }),
                None => Value::Null,
            },
            Self::ListMfaDevices => match stem.strip_prefix("list-mfa-devices-") {
                Some(user) => json!({ "UserName": user }),
                None => Value::Null,
            },
            _ => Value::Null,
        }
    }
}

/// `AKIA` and what follows of letters and digits.
fn key_in(text: &str) -> Option<&str> {
    let key = &text[text.find("AKIA")?..];
    let end = key.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(key.len());
    Some(&key[..end]).filter(|key| key.len() >= 16)
}

impl Operation {
    /// The part of the state that it tells of; `None` when it tells of none.
    pub(super) const fn part(self) -> Option<&'static str> {
        Some(match self {
            Self::GetAccountAuthorizationDetails
            | Self::ListUsers
            | Self::ListGroups
            | Self::ListRoles
            | Self::ListPolicies
            | Self::ListUserTags => "identities",
            Self::GetCredentialReport | Self::GenerateCredentialReport => "credential-report",
            Self::ListAccessKeys | Self::GetAccessKeyLastUsed => "access-keys",
            Self::ListMfaDevices | Self::ListVirtualMfaDevices => "mfa",
            Self::GetLoginProfile => "passwords",
            Self::ListSshPublicKeys
            | Self::ListSigningCertificates
            | Self::ListServiceSpecificCredentials => "other-credentials",
            Self::GetAccountSummary | Self::GetAccountPasswordPolicy | Self::ListAccountAliases => {
                "settings"
            }
            Self::ListSamlProviders | Self::ListOidcProviders | Self::GetOidcProvider => {
                "federation"
            }
            Self::DescribeTrails
            | Self::GetTrailStatus
            | Self::GetEventSelectors
            | Self::ListPublicKeys => "trails",
            Self::GetCallerIdentity => return None,
            Self::OrgDescribe
            | Self::OrgListAccounts
            | Self::OrgListAccountsForParent
            | Self::OrgListRoots
            | Self::OrgListUnits
            | Self::OrgListParents
            | Self::OrgListPolicies
            | Self::OrgDescribePolicy
            | Self::OrgListTargets => "organization",
            _ => "identity-center",
        })
    }
}
