//! What an answer means as facts. Each listing says that something was there at one instant; the
//! dates of creation that AWS keeps pin the beginnings.

use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::time::Timestamp;

use crate::cloudtrail::identity::{Account, Identity};

use super::answer::{Answer, Content};
use super::world::World;
use super::{center, credentials, federation, identities, organization, rights, settings, trails};

/// Where a fact comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cx<'w> {
    pub(super) world: &'w World,
    pub(super) account: Account<'w>,
    /// What the answer speaks for.
    pub(super) at: Timestamp,
}

/// Why an answer that was understood gives no fact.
pub(super) type Silent = &'static str;

/// The facts of an answer.
pub(super) fn of_answer(world: &World, answer: &Answer) -> Result<Vec<Fact>, Silent> {
    let account = match (&answer.content, &answer.account) {
        (_, Some(account)) => account.as_str(),
        // These name the accounts that they are about, or none.
        (content, None) if speaks_for_itself(content) => "",
        (_, None) => return Err("it does not say of which account it is"),
    };
    let cx = Cx { world, account: world.account(account), at: answer.at };
    let facts = match &answer.content {
        Content::Listing(listing) => {
            let mut facts = Vec::new();
            facts.extend(listing.users.iter().flat_map(|user| identities::user(cx, user)));
            facts.extend(listing.groups.iter().flat_map(|group| rights::group(cx, group)));
            facts.extend(listing.roles.iter().flat_map(|role| identities::role(cx, role)));
            facts.extend(listing.policies.iter().flat_map(|policy| rights::policy(cx, policy)));
            facts
        }
        Content::Report(report) => {
            report.rows.iter().flat_map(|row| credentials::report_row(cx, row)).collect()
        }
        Content::Nothing(reason) => return Err(reason),
        content => match credentials::facts(cx, content) {
            Some(facts) => facts,
            None => rest(cx, content),
        },
    };
    if facts.is_empty() { Err("it lists nothing") } else { Ok(facts) }
}

fn rest(cx: Cx<'_>, content: &Content) -> Vec<Fact> {
    settings::facts(cx, content)
        .or_else(|| federation::facts(cx, content))
        .or_else(|| organization::facts(cx, content))
        .or_else(|| trails::facts(cx, content))
        .or_else(|| identities::facts(cx, content))
        .or_else(|| center::facts(cx, content))
        .unwrap_or_default()
}

const fn speaks_for_itself(content: &Content) -> bool {
    matches!(
        content,
        Content::Nothing(_)
            | Content::OrgAccounts { .. }
            | Content::OrgNodes { .. }
            | Content::OrgParents { .. }
            | Content::OrgPolicies(_)
            | Content::OrgPolicy(_)
            | Content::OrgTargets { .. }
            | Content::Sets(_)
            | Content::Set(_)
            | Content::SetPolicies { .. }
            | Content::SetInline { .. }
            | Content::Assignments(_)
            | Content::CenterUsers(_)
            | Content::CenterGroups(_)
            | Content::CenterMemberships(_)
            | Content::Trails(_)
            | Content::TrailStatus { .. }
            | Content::TrailSelectors { .. }
    )
}

impl Cx<'_> {
    /// It was there.
    pub(super) const fn seen(&self) -> Change {
        Change::Seen { at: self.at }
    }

    /// It was not there.
    pub(super) const fn absent(&self) -> Change {
        Change::Absent { at: self.at }
    }

    pub(super) fn user(&self, name: &str) -> Identity {
        Identity::user(&self.account, name)
    }

    /// That the thing began when AWS says, and that it was there. The beginning says who or what
    /// it is and no more: the rest is known of the time of the listing only.
    pub(super) fn lived(
        &self,
        since: Option<Timestamp>,
        bare: impl Fn(Change) -> Fact,
        told: impl FnOnce(Fact) -> Fact,
    ) -> Vec<Fact> {
        let begun = since.filter(|since| *since <= self.at);
        let mut facts: Vec<Fact> = Vec::with_capacity(2);
        facts.extend(begun.map(|at| bare(Change::Begun { at, basis: Basis::SourceAttribute })));
        facts.push(told(bare(self.seen())).with_some("created_at_src", since));
        facts
    }
}

/// The same, for things of tables that have no date of creation.
pub(super) fn without_created(mut facts: Vec<Fact>) -> Vec<Fact> {
    for fact in &mut facts {
        fact.attrs.remove("created_at_src");
    }
    facts
}
