//! Every operation that the collector may call: nothing else can be. The policy in `docs/aws.md`
//! is this list, held by a test.

use crate::aws::Service;

/// How an operation hands out more than fits one answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Paging {
    /// One answer.
    No,
    /// `IsTruncated` and `Marker`, as IAM.
    Marker,
    /// `NextToken`.
    Token,
}

macro_rules! operations {
    ($($service:ident $paging:ident: $($name:ident)*;)*) => {
        /// An operation, named as AWS names it.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub(super) enum Operation { $($($name,)*)* }

        impl Operation {
            /// All of them, by service.
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$($(Self::$name,)*)*];

            const fn name(self) -> &'static str {
                match self { $($(Self::$name => stringify!($name),)*)* }
            }

                /// Who is asked.
            pub(super) const fn service(self) -> Service {
                match self { $($(Self::$name => Service::$service,)*)* }
            }

            /// How it pages.
            pub(super) const fn paging(self) -> Paging {
                match self { $($(Self::$name => Paging::$paging,)*)* }
            }
        }
    };
}

operations! {
    Sts No: GetCallerIdentity;
    Iam No: GetAccountSummary GenerateCredentialReport GetCredentialReport GetAccountPasswordPolicy
        ListSAMLProviders ListOpenIDConnectProviders GetOpenIDConnectProvider GetLoginProfile
        GetAccessKeyLastUsed;
    Iam Marker: GetAccountAuthorizationDetails ListUsers ListAccountAliases ListVirtualMFADevices
        ListAccessKeys ListMFADevices ListSSHPublicKeys ListServiceSpecificCredentials
        ListSigningCertificates ListUserTags;
    Organizations No: DescribeOrganization DescribePolicy;
    Organizations Token: ListAccounts ListRoots ListOrganizationalUnitsForParent
        ListAccountsForParent ListPolicies ListTargetsForPolicy;
    Sso No: DescribePermissionSet GetInlinePolicyForPermissionSet;
    Sso Token: ListInstances ListPermissionSets ListManagedPoliciesInPermissionSet
        ListAccountsForProvisionedPermissionSet ListAccountAssignments;
    IdentityStore Token: ListIdentityStoreUsers ListGroups ListGroupMemberships;
    CloudTrail No: DescribeTrails GetTrailStatus GetEventSelectors;
    CloudTrail Token: ListPublicKeys;
}

impl Operation {
    /// As AWS calls it: two services have a `ListUsers`.
    pub(super) const fn action(self) -> &'static str {
        match self {
            Self::ListIdentityStoreUsers => "ListUsers",
            _ => self.name(),
        }
    }

    /// As in policies.
    pub(super) fn permission(self) -> String {
        format!("{}:{}", self.service().name(), self.action())
    }

    /// Whether the answer that it is not there is an answer: a user without password, an account
    /// without password policy.
    pub(super) const fn may_be_absent(self) -> bool {
        matches!(self, Self::GetLoginProfile | Self::GetAccountPasswordPolicy)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What needs no permission, and what the documented policy has in a statement of its own.
    const BESIDE: [&str; 2] = ["sts:GetCallerIdentity", "sts:AssumeRole"];

    #[test]
    fn the_documented_policy_is_the_list() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/aws.md");
        let text = std::fs::read_to_string(path).expect("the page");
        let block = text.split("<!-- policy -->").nth(1).expect("a mark before the policy");
        let json = block.split("```json").nth(1).and_then(|rest| rest.split("```").next());
        let policy: serde_json::Value = serde_json::from_str(json.expect("JSON")).expect("JSON");
        let mut documented = BTreeSet::new();
        for statement in policy["Statement"].as_array().expect("statements") {
            assert_eq!(statement["Effect"], "Allow");
            for action in statement["Action"].as_array().expect("actions") {
                let action = action.as_str().expect("a text").to_owned();
                assert!(documented.insert(action.clone()), "{action} is there twice");
            }
        }
        let mut used: BTreeSet<_> = Operation::ALL.iter().map(|op| op.permission()).collect();
        used.extend(BESIDE.map(str::to_owned));
        documented.insert(BESIDE[0].to_owned());
        assert_eq!(documented, used);
    }
}
