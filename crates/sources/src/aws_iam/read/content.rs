//! The content of an answer by the operation that gave it. Names of members are those of the API
//! references.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::answer::{Content, Listing, Refused};
use super::lenient::Document;
use super::operation::Operation;
use super::report::Report;

/// What the operation gave.
pub(super) fn content(
    operation: Operation,
    items: &mut Items<'_>,
    asked: &Value,
) -> Result<Content, Refused> {
    let nothing = match operation {
        Operation::GetCredentialReport => return report(items).map_err(Refused::Reject),
        Operation::GetCallerIdentity
        | Operation::GenerateCredentialReport
        | Operation::OrgDescribe
        | Operation::ListInstances
        | Operation::ListPublicKeys => Some("tells nothing of access"),
        Operation::ListAccountsForSet => Some("its assignments tell it"),
        _ => None,
    };
    if let Some(reason) = nothing {
        return Ok(Content::Nothing(reason));
    }
    listing(operation, items)
        .or_else(|| credentials(operation, items, asked))
        .or_else(|| settings(operation, items, asked))
        .or_else(|| organization(operation, items, asked))
        .or_else(|| center(operation, items, asked))
        .ok_or_else(|| Refused::Reject(MISSING.to_owned()))
}

const MISSING: &str = "what was asked for is not in the answer, or it is not said what was";

fn report(items: &mut Items<'_>) -> Result<Content, String> {
    items.found += 1;
    let body = std::mem::take(items.body);
    let mut report = Report::of_answer(&body)?;
    items.problems.append(&mut report.problems);
    Ok(Content::Report(report))
}

fn listing(operation: Operation, items: &mut Items<'_>) -> Option<Content> {
    let listing = match operation {
        Operation::GetAccountAuthorizationDetails => Listing {
            users: items.list("UserDetailList"),
            groups: items.list("GroupDetailList"),
            roles: items.list("RoleDetailList"),
            policies: items.list("Policies"),
        },
        Operation::ListUsers => Listing { users: items.list("Users"), ..Listing::default() },
        Operation::ListGroups => Listing { groups: items.list("Groups"), ..Listing::default() },
        Operation::ListRoles => Listing { roles: items.list("Roles"), ..Listing::default() },
        Operation::ListPolicies => {
            Listing { policies: items.list("Policies"), ..Listing::default() }
        }
        _ => return None,
    };
    Some(Content::Listing(Box::new(listing)))
}

fn credentials(operation: Operation, items: &mut Items<'_>, asked: &Value) -> Option<Content> {
    Some(match operation {
        Operation::ListAccessKeys => Content::AccessKeys(items.list("AccessKeyMetadata")),
        Operation::GetAccessKeyLastUsed => Content::KeyUsed {
            key: input(asked, "AccessKeyId"),
            user: items.part("UserName"),
            used: items.part("AccessKeyLastUsed")?,
        },
        Operation::ListMfaDevices => Content::MfaDevices {
            user: input(asked, "UserName"),
            devices: items.list("MFADevices"),
        },
        Operation::ListVirtualMfaDevices => {
            Content::VirtualMfaDevices(items.list("VirtualMFADevices"))
        }
        Operation::GetLoginProfile => Content::Login(items.part("LoginProfile")?),
        Operation::ListSshPublicKeys => Content::OtherCredentials(items.list("SSHPublicKeys")),
        Operation::ListSigningCertificates => Content::OtherCredentials(items.list("Certificates")),
        Operation::ListServiceSpecificCredentials => {
            Content::OtherCredentials(items.list("ServiceSpecificCredentials"))
        }
        Operation::ListSamlProviders => Content::Saml(items.list("SAMLProviderList")),
        Operation::ListOidcProviders => Content::OidcList(items.list("OpenIDConnectProviderList")),
        Operation::GetOidcProvider => Content::Oidc {
            arn: input(asked, "OpenIDConnectProviderArn"),
            provider: items.whole()?,
        },
        _ => return None,
    })
}

fn settings(operation: Operation, items: &mut Items<'_>, asked: &Value) -> Option<Content> {
    Some(match operation {
        Operation::GetAccountSummary => Content::Summary(items.part("SummaryMap")?),
        Operation::GetAccountPasswordPolicy => {
            Content::PasswordPolicy(Some(items.part("PasswordPolicy")?))
        }
        Operation::ListAccountAliases => Content::Aliases(items.list("AccountAliases")),
        Operation::ListUserTags => {
            Content::UserTags { user: input(asked, "UserName")?, tags: items.list("Tags") }
        }
        Operation::DescribeTrails => Content::Trails(items.list("trailList")),
        Operation::GetTrailStatus => {
            Content::TrailStatus { trail: input(asked, "Name")?, status: items.whole()? }
        }
        Operation::GetEventSelectors => {
            let said = items.body.get("TrailARN").and_then(Value::as_str).map(str::to_owned);
            let trail = said.or_else(|| input(asked, "TrailName"))?;
            Content::TrailSelectors { trail, selectors: items.whole()? }
        }
        _ => return None,
    })
}

fn organization(operation: Operation, items: &mut Items<'_>, asked: &Value) -> Option<Content> {
    let parent = || input(asked, "ParentId");
    Some(match operation {
        Operation::OrgListAccounts | Operation::OrgListAccountsForParent => {
            Content::OrgAccounts { parent: parent(), accounts: items.list("Accounts") }
        }
        Operation::OrgListRoots => Content::OrgNodes { parent: None, nodes: items.list("Roots") },
        Operation::OrgListUnits => {
            Content::OrgNodes { parent: parent(), nodes: items.list("OrganizationalUnits") }
        }
        Operation::OrgListParents => {
            Content::OrgParents { child: input(asked, "ChildId")?, parents: items.list("Parents") }
        }
        Operation::OrgListPolicies => Content::OrgPolicies(items.list("Policies")),
        Operation::OrgDescribePolicy => Content::OrgPolicy(items.part("Policy")?),
        Operation::OrgListTargets => Content::OrgTargets {
            policy: input(asked, "PolicyId")?,
            targets: items.list("Targets"),
        },
        _ => return None,
    })
}

fn center(operation: Operation, items: &mut Items<'_>, asked: &Value) -> Option<Content> {
    let set = || input(asked, "PermissionSetArn");
    Some(match operation {
        Operation::ListPermissionSets => Content::Sets(items.list("PermissionSets")),
        Operation::DescribePermissionSet => Content::Set(items.part("PermissionSet")?),
        Operation::ListManagedPoliciesInSet => {
            Content::SetPolicies { set: set()?, policies: items.list("AttachedManagedPolicies") }
        }
        Operation::GetInlinePolicyOfSet => {
            let text: Option<String> = items.part("InlinePolicy");
            let document = text.filter(|text| !text.trim().is_empty());
            Content::SetInline { set: set()?, document: document.map(|text| Document::of(&text)) }
        }
        Operation::ListAccountAssignments => Content::Assignments(items.list("AccountAssignments")),
        Operation::ListCenterUsers => Content::CenterUsers(items.list("Users")),
        Operation::ListCenterGroups => Content::CenterGroups(items.list("Groups")),
        Operation::ListGroupMemberships => {
            Content::CenterMemberships(items.list("GroupMemberships"))
        }
        _ => return None,
    })
}

/// A parameter of the call.
pub(super) fn input(asked: &Value, name: &str) -> Option<String> {
    asked.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The parts of a body; an item that does not fit is told and left out.
pub(super) struct Items<'b> {
    body: &'b mut Map<String, Value>,
    found: usize,
    problems: Vec<String>,
}

impl<'b> Items<'b> {
    pub(super) const fn of(body: &'b mut Map<String, Value>) -> Self {
        Self { body, found: 0, problems: Vec::new() }
    }

    /// How many items there were, and what is wrong with others.
    pub(super) fn told(self) -> (usize, Vec<String>) {
        (self.found, self.problems)
    }

    fn list<T: DeserializeOwned>(&mut self, name: &str) -> Vec<T> {
        let items = match self.body.remove(name) {
            Some(Value::Array(items)) => items,
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::String(text)) if text.trim().is_empty() => return Vec::new(),
            Some(_) => {
                self.problems.push(format!("{name} is no list"));
                return Vec::new();
            }
        };
        let items = items.into_iter().enumerate();
        items.filter_map(|(index, item)| self.typed(&format!("{name}[{index}]"), item)).collect()
    }

    fn part<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let part = self.body.remove(name)?;
        self.typed(name, part)
    }

    /// The body itself.
    fn whole<T: DeserializeOwned>(&mut self) -> Option<T> {
        let whole = std::mem::take(self.body);
        self.typed("the answer", Value::Object(whole))
    }

    fn typed<T: DeserializeOwned>(&mut self, what: &str, value: Value) -> Option<T> {
        match serde_json::from_value(value) {
            Ok(item) => {
                self.found += 1;
                Some(item)
            }
            Err(e) => {
                self.problems.push(format!("{what}: {e}"));
                None
            }
        }
    }
}
