//! The accounts of an organisation, what they lie in, and its policies (service control policies
//! and others): they take away, so they are settings and no entitlements.

use tenure_model::fact::Fact;
use tenure_model::tables::TableId;

use super::answer::Content;
use super::facts::Cx;
use super::model::{OrgAccount, OrgNode, OrgPolicyContent};

pub(super) fn facts(cx: Cx<'_>, content: &Content) -> Option<Vec<Fact>> {
    Some(match content {
        Content::OrgAccounts { accounts, .. } => {
            accounts.iter().flat_map(|account| org_account(cx, account)).collect()
        }
        Content::OrgNodes { parent, nodes } => {
            nodes.iter().filter_map(|node| org_node(cx, parent.as_deref(), node)).collect()
        }
        Content::OrgParents { child, parents } => {
            let parent = parents.iter().find_map(|parent| parent.id.get()).map(parent_reference);
            let fact = Fact::new(TableId::Resources, node_type(child), child.as_str(), cx.seen());
            vec![fact.with_some("parent", parent)]
        }
        Content::OrgPolicies(policies) => policies
            .iter()
            .filter_map(|policy| Some(of_policy(cx, policy.id.get()?, policy.name.get())))
            .collect(),
        Content::OrgPolicy(content) => policy_content(cx, content),
        Content::OrgTargets { policy, targets } => {
            targets.iter().filter_map(|target| policy_target(cx, policy, target)).collect()
        }
        _ => return None,
    })
}

/// A root, or a unit in what it lies in.
fn org_node(cx: Cx<'_>, parent: Option<&str>, node: &OrgNode) -> Option<Fact> {
    let id = node.id.get()?;
    let fact = Fact::new(TableId::Resources, node_type(id), id, cx.seen())
        .with("kind", if parent.is_some() { "organizational-unit" } else { "root" })
        .with_some("name", node.name.get())
        .with_some("parent", parent.map(parent_reference));
    Some(fact)
}

/// That a policy is attached to an account, unit or root.
fn policy_target(cx: Cx<'_>, policy: &str, target: &OrgNode) -> Option<Fact> {
    let target = target.target_id.get()?;
    let id = format!("{target}#organization-policy/{policy}");
    let name = cx.world.org_policies.get(policy).map_or(policy, String::as_str);
    let fact = Fact::new(TableId::Configurations, "organization-policy-target", id, cx.seen())
        .with("scope", target)
        .with("setting", "organization-policy")
        .with("value", name);
    Some(fact)
}

fn org_account(cx: Cx<'_>, account: &OrgAccount) -> Vec<Fact> {
    let Some(id) = account.id.get() else { return Vec::new() };
    // arn:aws:organizations::<management account>:account/<organisation>/<account>
    let organization = account
        .arn
        .get()
        .and_then(|arn| arn.rsplit(":account/").next())
        .and_then(|path| path.split('/').next())
        .filter(|organization| organization.starts_with("o-"));
    let parent = cx.world.parents.get(id).map(String::as_str).or(organization);
    let mut facts = cx.lived(
        account.joined_timestamp.0,
        |change| Fact::new(TableId::Resources, "aws-account", id, change),
        |fact| {
            fact.with("kind", "account")
                .with_some("name", account.name.get())
                .with_some("parent", parent.map(parent_reference))
        },
    );
    facts.extend(
        account.status.get().map(|status| {
            super::settings::setting(cx, "organization-account", id, "Status", status)
        }),
    );
    facts.extend(organization.map(|organization| {
        Fact::new(TableId::Resources, "aws-organization", organization, cx.seen())
            .with("kind", "organisation")
    }));
    super::facts::without_created(facts)
}

fn of_policy(cx: Cx<'_>, id: &str, name: Option<&str>) -> Fact {
    Fact::new(TableId::Configurations, "organization-policy", id, cx.seen())
        .with("scope", "organization")
        .with("setting", name.unwrap_or(id))
}

fn policy_content(cx: Cx<'_>, content: &OrgPolicyContent) -> Vec<Fact> {
    let Some(summary) = content.policy_summary.0.as_ref() else { return Vec::new() };
    let Some(id) = summary.id.get() else { return Vec::new() };
    let text = content.content.as_ref().map(|document| document.0.as_str());
    vec![of_policy(cx, id, summary.name.get()).with_some("value", text)]
}

/// `r-…`, `ou-…`, `o-…`, or twelve digits.
fn node_type(id: &str) -> &'static str {
    match id.split_once('-').map(|(kind, _)| kind) {
        Some("r") => "aws-organization-root",
        Some("ou") => "aws-organizational-unit",
        Some("o") => "aws-organization",
        _ => "aws-account",
    }
}

fn parent_reference(id: &str) -> String {
    format!("{}/{id}", node_type(id))
}
