//! IAM Identity Center: one instance, two permission sets, some people.

use serde_json::{Value, json};

use super::Behaviour;
use super::answers::{Answer, json_of, json_page, page, unknown};
use super::http::Request;
use super::world::World;

const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-1";

pub(super) fn answer(world: &World, request: &Request, behaviour: &Behaviour) -> Answer {
    let set = |n: u32| format!("arn:aws:sso:::permissionSet/ssoins-1/ps-{n}");
    let (list, items): (_, Vec<Value>) = match (request.service.as_str(), request.action.as_str()) {
        ("sso", "ListInstances") if world.center => {
            ("Instances", vec![json!({"InstanceArn": INSTANCE, "IdentityStoreId": "d-1"})])
        }
        ("sso", "ListInstances") => ("Instances", Vec::new()),
        ("sso", "ListPermissionSets") => ("PermissionSets", vec![json!(set(2)), json!(set(1))]),
        ("sso", "DescribePermissionSet") => {
            let arn = request.text("PermissionSetArn");
            return json_of(&json!({"PermissionSet": {"PermissionSetArn": arn, "Name": "Admin"}}));
        }
        ("sso", "GetInlinePolicyForPermissionSet") => return json_of(&json!({"InlinePolicy": ""})),
        ("sso", "ListManagedPoliciesInPermissionSet") => ("AttachedManagedPolicies", Vec::new()),
        ("sso", "ListAccountsForProvisionedPermissionSet") => {
            ("AccountIds", world.accounts.keys().map(|account| json!(account)).collect())
        }
        ("sso", "ListAccountAssignments") => {
            let people =
                (0..3).map(|n| json!({"PrincipalId": format!("u-{n}"), "PrincipalType": "USER"}));
            ("AccountAssignments", people.collect())
        }
        ("identitystore", "ListUsers") => {
            ("Users", (0..5).map(|n| json!({"UserId": format!("u-{n}")})).collect())
        }
        ("identitystore", "ListGroups") => ("Groups", vec![json!({"GroupId": "g-1"})]),
        ("identitystore", "ListGroupMemberships") => {
            ("GroupMemberships", vec![json!({"MemberId": {"UserId": "u-1"}})])
        }
        _ => return unknown(request),
    };
    let (items, next) = page(request, &items, behaviour.page, false);
    json_page(list, items, next)
}
