//! IAM Identity Center: who is assigned which permission set in which account.

use serde_json::Value;

use super::account::texts;
use super::operation::Operation as Op;
use super::session::{Halt, input, nothing};
use super::walk::Walk;

/// An instance: its ARN, its identity store and the account that owns it.
struct Instance {
    arn: String,
    store: String,
    owner: Option<String>,
}

/// Asks for it. Without an instance it is not in use. `whole` looks into instances of other
/// accounts too, which only their delegated administrator can.
pub(super) fn walk(walk: &mut Walk<'_>, whole: bool) -> Result<(), Halt> {
    let mut instances = Vec::new();
    walk.pages(Op::ListInstances, &nothing(), |body| instances.extend(read_instances(body)))?;
    instances.sort_by(|a, b| a.arn.cmp(&b.arn));
    for instance in &instances {
        let own = instance.owner.as_deref().is_none_or(|owner| owner == walk.session.account);
        if own || whole {
            sets(walk, &instance.arn)?;
            store(walk, &instance.store)?;
        }
    }
    Ok(())
}

fn read_instances(body: &str) -> Vec<Instance> {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let list = json.get("Instances").and_then(Value::as_array).cloned().unwrap_or_default();
    let one = |item: &Value| {
        let text = |name: &str| item.get(name)?.as_str().map(str::to_owned);
        let owner = text("OwnerAccountId");
        Some(Instance { arn: text("InstanceArn")?, store: text("IdentityStoreId")?, owner })
    };
    list.iter().filter_map(one).collect()
}

fn sets(walk: &mut Walk<'_>, instance: &str) -> Result<(), Halt> {
    let mut sets = Vec::new();
    walk.pages(Op::ListPermissionSets, &input([("InstanceArn", instance)]), |body| {
        sets.extend(texts(body, "PermissionSets", ""));
    })?;
    sets.sort_unstable();
    for set in &sets {
        let which = input([("InstanceArn", instance), ("PermissionSetArn", set.as_str())]);
        walk.one(Op::DescribePermissionSet, &which)?;
        walk.pages(Op::ListManagedPoliciesInPermissionSet, &which, |_| ())?;
        walk.one(Op::GetInlinePolicyForPermissionSet, &which)?;
        let mut accounts = Vec::new();
        walk.pages(Op::ListAccountsForProvisionedPermissionSet, &which, |body| {
            accounts.extend(texts(body, "AccountIds", ""));
        })?;
        accounts.sort_unstable();
        for account in &accounts {
            let mut where_ = which.clone();
            where_.insert("AccountId".to_owned(), Value::from(account.as_str()));
            walk.pages(Op::ListAccountAssignments, &where_, |_| ())?;
        }
    }
    Ok(())
}

fn store(walk: &mut Walk<'_>, store: &str) -> Result<(), Halt> {
    let which = input([("IdentityStoreId", store)]);
    walk.pages(Op::ListIdentityStoreUsers, &which, |_| ())?;
    let mut groups = Vec::new();
    walk.pages(Op::ListGroups, &which, |body| groups.extend(texts(body, "Groups", "GroupId")))?;
    groups.sort_unstable();
    for group in &groups {
        let members = input([("IdentityStoreId", store), ("GroupId", group.as_str())]);
        walk.pages(Op::ListGroupMemberships, &members, |_| ())?;
    }
    Ok(())
}
