//! Managed and inline policies, groups, and who holds them. Ids are those that CloudTrail's events
//! give, so that an attachment that was logged and one that is listed are the same grant.

use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;

use crate::cloudtrail::grants::{Entitlement, Holder, grant_fact};

use super::facts::{Cx, without_created};
use super::lenient::List;
use super::model::{Attached, Group, Inline, Policy};
use super::tags::{Tags, owner};

/// A group, and what its members hold through it.
pub(super) fn group(cx: Cx<'_>, group: &Group) -> Vec<Fact> {
    let Some(name) = group.group_name.get() else { return Vec::new() };
    let arn = cx.account.arn("group", name);
    let right = Entitlement::group(&cx.account, name);
    let mut facts = without_created(cx.lived(
        group.create_date.0,
        |change| bare(&right, change),
        |fact| right.described(fact).with("resource", arn.as_str()),
    ));
    let holder = Holder::Group(arn);
    facts.extend(held(cx, &holder, &group.attached_managed_policies, &group.group_policy_list));
    facts
}

/// A managed policy: its default version says what it allows.
pub(super) fn policy(cx: Cx<'_>, policy: &Policy) -> Vec<Fact> {
    let Some(arn) = policy.arn.get() else { return Vec::new() };
    let mut right = Entitlement::managed(arn);
    let default =
        policy.policy_version_list.0.iter().find(|v| v.is_default_version.0 == Some(true));
    // What AWS's own policies allow, their names say as well, and say it in events too.
    if right.level.is_none() && right.privileged.is_none() {
        right.read(default.and_then(|version| version.document.as_ref()).map(|d| d.0.as_str()));
    }
    let mut facts = without_created(cx.lived(
        policy.create_date.0,
        |change| bare(&right, change),
        |fact| right.described(fact),
    ));
    facts.extend(owner(cx, &Tags::of(&policy.tags.0), "entitlements", &right.id));
    facts
}

/// What somebody holds by attachment or in itself.
pub(super) fn held(
    cx: Cx<'_>,
    holder: &Holder,
    attached: &List<Attached>,
    inline: &List<Inline>,
) -> Vec<Fact> {
    let managed = attached.0.iter().filter_map(|attached| attached.policy_arn.get());
    let managed = managed.map(Entitlement::managed);
    let inline = inline.0.iter().filter_map(|policy| {
        let document = policy.policy_document.as_ref().map(|document| document.0.as_str());
        Some(Entitlement::inline(holder, policy.policy_name.get()?, document))
    });
    managed.chain(inline).flat_map(|right| there(cx, holder, &right)).collect()
}

/// That somebody is in a group.
pub(super) fn membership(cx: Cx<'_>, holder: &Holder, group: &str) -> Vec<Fact> {
    let mut facts = there(cx, holder, &Entitlement::group(&cx.account, group));
    facts[0] = facts[0].clone().with("resource", cx.account.arn("group", group));
    facts
}

fn there(cx: Cx<'_>, holder: &Holder, right: &Entitlement) -> Vec<Fact> {
    let seen = right.described(bare(right, cx.seen()));
    // Documents that deny are no grants of their own: a policy is held as a whole.
    vec![seen, grant_fact(holder, right, cx.seen())]
}

fn bare(right: &Entitlement, change: Change) -> Fact {
    Fact::new(TableId::Entitlements, right.native_type, right.id.as_str(), change)
}
