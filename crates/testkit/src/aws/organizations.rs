//! Organizations: one root, one unit with every account in it, one policy.

use serde_json::{Value, json};

use super::Behaviour;
use super::answers::{Answer, json_of, json_page, page, refuse, unknown};
use super::http::Request;
use super::signature::Keys;
use super::world::World;

pub(super) fn answer(
    world: &World,
    request: &Request,
    caller: &Keys,
    behaviour: &Behaviour,
) -> Answer {
    let Some(management) = &world.management else {
        let words = "Your account is not a member of an organization.";
        return refuse(request, 400, "AWSOrganizationsNotInUseException", words);
    };
    if request.action == "DescribeOrganization" {
        return json_of(&json!({"Organization": {"Id": "o-test", "MasterAccountId": management}}));
    }
    if caller.account != *management {
        let words = "You don't have permissions to access this resource.";
        return refuse(request, 400, "AccessDeniedException", words);
    }
    let account = |number: &String| json!({"Id": number, "Status": "ACTIVE"});
    let accounts: Vec<Value> = world.accounts.keys().map(account).collect();
    let parent = request.text("ParentId");
    let policy = json!({"Id": "p-FullAWSAccess", "Name": "FullAWSAccess"});
    let (list, items) = match request.action.as_str() {
        "ListAccounts" => ("Accounts", accounts),
        "ListRoots" => ("Roots", vec![json!({"Id": "r-1"})]),
        "ListAccountsForParent" if parent == "ou-1" => ("Accounts", accounts),
        "ListAccountsForParent" => ("Accounts", Vec::new()),
        "ListOrganizationalUnitsForParent" if parent == "r-1" => {
            ("OrganizationalUnits", vec![json!({"Id": "ou-1"})])
        }
        "ListOrganizationalUnitsForParent" => ("OrganizationalUnits", Vec::new()),
        "ListPolicies" => ("Policies", vec![policy]),
        "ListTargetsForPolicy" => ("Targets", vec![json!({"TargetId": "r-1", "Type": "ROOT"})]),
        "DescribePolicy" => {
            return json_of(&json!({"Policy": {"PolicySummary": policy, "Content": "{}"}}));
        }
        _ => return unknown(request),
    };
    let (items, next) = page(request, &items, behaviour.page, false);
    json_page(list, items, next)
}
