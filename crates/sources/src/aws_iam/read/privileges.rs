//! What users and roles can do in the end: their own policies and their groups', cut by their
//! boundaries and by the policies of the organisation, where the capture has them.

use std::collections::BTreeMap;

use tenure_model::fact::Fact;

use crate::cloudtrail::grants::{Entitlement, Holder};
use crate::cloudtrail::identity::Identity;

use super::super::policy::{Attached, Bound, Document, Principal, Via, evaluate, facts};
use super::answer::{Content, Listing};
use super::facts::Cx;
use super::lenient::{List, Part};
use super::model::{Attached as Attachment, Boundary, Inline, Role, User};

/// The policies of a capture, parsed once.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// Managed policies by ARN; `None` where the text is no policy.
    managed: BTreeMap<String, Option<Document>>,
    /// What the groups of an account hold, by the group's ARN without path.
    groups: BTreeMap<String, Vec<(String, Option<Document>)>>,
    /// Service control policies by id: name and content.
    control: BTreeMap<String, (String, Option<Document>)>,
    /// Policies by the account, unit or root that they are attached to.
    targets: BTreeMap<String, Vec<String>>,
}

impl Policies {
    /// Takes in what an answer says of policies.
    pub(super) fn take(&mut self, group_arn: impl Fn(&str) -> String, content: &Content) {
        match content {
            Content::Listing(listing) => self.listing(group_arn, listing),
            Content::OrgPolicy(content) => {
                let summary = content.policy_summary.0.as_ref();
                if let Some(id) = summary.and_then(|summary| summary.id.get()) {
                    let name = summary.and_then(|summary| summary.name.get()).unwrap_or(id);
                    let document = content.content.as_ref().and_then(|d| parse(&d.0));
                    self.control.insert(id.to_owned(), (name.to_owned(), document));
                }
            }
            Content::OrgTargets { policy, targets } => {
                for target in targets.iter().filter_map(|target| target.target_id.get()) {
                    self.targets.entry(target.to_owned()).or_default().push(policy.clone());
                }
            }
            _ => {}
        }
    }

    fn listing(&mut self, group_arn: impl Fn(&str) -> String, listing: &Listing) {
        for policy in &listing.policies {
            let versions = &policy.policy_version_list.0;
            let default = versions.iter().find(|v| v.is_default_version.0 == Some(true));
            if let (Some(arn), Some(version)) = (policy.arn.get(), default) {
                let document = version.document.as_ref().and_then(|d| parse(&d.0));
                self.managed.insert(arn.to_owned(), document);
            }
        }
        for group in &listing.groups {
            let Some(name) = group.group_name.get() else { continue };
            let arn = group_arn(name);
            let held = held(
                &Holder::Group(arn.clone()),
                &group.attached_managed_policies,
                &group.group_policy_list,
            );
            self.groups.insert(arn, held);
        }
    }

    /// A policy with its document: its own, or that of the managed policy.
    fn attached<'a>(
        &'a self,
        id: &'a str,
        via: Via<'a>,
        own: Option<&'a Document>,
    ) -> Attached<'a> {
        Attached { id, via, document: own.or_else(|| self.managed.get(id)?.as_ref()) }
    }

    fn bound<'a>(&'a self, name: &'a str, document: Option<&'a Option<Document>>) -> Bound<'a> {
        Bound { name, document: document.and_then(Option::as_ref) }
    }

    /// The levels from the account up to the root, each with its policies.
    fn levels<'a>(&'a self, cx: Cx<'a>) -> Vec<Vec<Bound<'a>>> {
        if self.control.is_empty() || self.targets.is_empty() {
            return Vec::new();
        }
        let (mut levels, mut at) = (Vec::new(), Some(cx.account.id));
        // An organisation has a root and at most five levels of units.
        for _ in 0..8 {
            let Some(node) = at else { break };
            let here = self.targets.get(node).map(Vec::as_slice).unwrap_or_default();
            let bounds = here.iter().map(|id| match self.control.get(id) {
                Some((name, document)) => Bound { name, document: document.as_ref() },
                None => Bound { name: id, document: None },
            });
            let bounds: Vec<_> = bounds.collect();
            if !bounds.is_empty() {
                levels.push(bounds);
            }
            at = cx.world.parents.get(node).map(String::as_str);
        }
        levels
    }
}

fn parse(text: &str) -> Option<Document> {
    Document::parse(text).ok()
}

/// Inline policies with their documents; attached ones have theirs elsewhere.
fn held(
    holder: &Holder,
    attached: &List<Attachment>,
    inline: &List<Inline>,
) -> Vec<(String, Option<Document>)> {
    let attached = attached.0.iter().filter_map(|a| Some((a.policy_arn.get()?.to_owned(), None)));
    let inline = inline.0.iter().filter_map(|policy| {
        let id = Entitlement::inline(holder, policy.policy_name.get()?, None).id;
        Some((id, policy.policy_document.as_ref().and_then(|d| parse(&d.0))))
    });
    attached.chain(inline).collect()
}

/// What a user can do.
pub(super) fn of_user(cx: Cx<'_>, identity: &Identity, user: &User) -> Vec<Fact> {
    let holder = Holder::Identity(identity.clone());
    let own = held(&holder, &user.attached_managed_policies, &user.user_policy_list);
    of(cx, identity, &own, &user.group_list.0, &user.permissions_boundary)
}

/// What who assumes a role can do.
pub(super) fn of_role(cx: Cx<'_>, identity: &Identity, role: &Role) -> Vec<Fact> {
    let holder = Holder::Identity(identity.clone());
    let own = held(&holder, &role.attached_managed_policies, &role.role_policy_list);
    of(cx, identity, &own, &[], &role.permissions_boundary)
}

fn of(
    cx: Cx<'_>,
    identity: &Identity,
    own: &[(String, Option<Document>)],
    groups: &[String],
    boundary: &Part<Boundary>,
) -> Vec<Fact> {
    let policies = &cx.world.policies;
    let mut attached: Vec<Attached<'_>> = own
        .iter()
        .map(|(id, document)| policies.attached(id, Via::Direct, document.as_ref()))
        .collect();
    let arns: Vec<_> = groups.iter().map(|name| (name, cx.account.arn("group", name))).collect();
    for (name, arn) in &arns {
        let via = Via::Group(name);
        match policies.groups.get(arn) {
            Some(held) => attached
                .extend(held.iter().map(|(id, doc)| policies.attached(id, via, doc.as_ref()))),
            // A group that is not listed may hold anything.
            None => attached.push(Attached { id: arn, via, document: None }),
        }
    }
    let boundary = boundary.0.as_ref().and_then(|b| b.permissions_boundary_arn.get());
    let effective = evaluate(&Principal {
        arn: &identity.arn,
        attached,
        boundary: boundary.map(|arn| policies.bound(arn, policies.managed.get(arn))),
        scps: policies.levels(cx),
        resources: Vec::new(),
    });
    facts(&identity.reference(), &identity.arn, &effective, cx.seen())
}
