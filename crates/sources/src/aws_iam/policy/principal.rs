//! Whom privilege is worked out for, and all that bears on it.

use super::document::{Document, Party, PartyKind};

/// How a policy came to a principal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Via<'a> {
    /// Attached to it, or written into it.
    Direct,
    /// Through the group of this name.
    Group(&'a str),
}

/// A policy of the principal.
#[derive(Clone, Copy, Debug)]
pub struct Attached<'a> {
    /// What it is called: a policy's ARN, or `inline:<holder>/<name>`.
    pub id: &'a str,
    /// How it came to the principal.
    pub via: Via<'a>,
    /// What it says; `None` when that is not known.
    pub document: Option<&'a Document>,
}

/// A policy that bounds and gives nothing: a permissions boundary, a service control policy.
#[derive(Clone, Copy, Debug)]
pub struct Bound<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What it says; `None` when that is not known.
    pub document: Option<&'a Document>,
}

/// The policy of a resource: a bucket's policy, a role's trust policy.
#[derive(Clone, Copy, Debug)]
pub struct OnResource<'a> {
    /// What it is called.
    pub id: &'a str,
    /// ARN of the resource.
    pub resource: &'a str,
    /// What it says.
    pub document: &'a Document,
}

/// A user or role, and the policies that decide what it can do.
#[derive(Clone, Debug, Default)]
pub struct Principal<'a> {
    /// ARN of the user or role.
    pub arn: &'a str,
    /// Its own policies and those of its groups.
    pub attached: Vec<Attached<'a>>,
    /// Its permissions boundary, when it has one.
    pub boundary: Option<Bound<'a>>,
    /// Service control policies: one list per level (root, each organisational unit, account),
    /// each of which must allow. Empty when there is no organisation, or it was not captured.
    pub scps: Vec<Vec<Bound<'a>>>,
    /// Policies of resources; statements that do not name the principal are left aside.
    pub resources: Vec<OnResource<'a>>,
}

impl<'a> Principal<'a> {
    /// The name without path.
    pub(super) fn name(&self) -> &'a str {
        self.arn.rsplit(['/', ':']).next().unwrap_or(self.arn)
    }

    pub(super) fn is_user(&self) -> bool {
        self.arn.split(':').nth(5).is_some_and(|name| name.starts_with("user/"))
    }

    /// The account it is in.
    pub(super) fn account(&self) -> &'a str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }

    /// What a policy variable is for it; `None` for what depends on the request.
    pub(super) fn variable(&self, name: &str) -> Option<&'a str> {
        match name.to_ascii_lowercase().as_str() {
            "aws:username" if self.is_user() => Some(self.name()),
            "aws:principalaccount" => Some(self.account()),
            _ => None,
        }
    }

    /// Whether a statement of a resource's policy names it. An account as a principal hands the
    /// decision to that account's own policies, so it does not name anyone in it.
    pub(super) fn is_named(&self, parties: &[Party]) -> bool {
        let named = parties.iter().any(|party| match party.kind {
            PartyKind::Any => true,
            PartyKind::Aws => party.text == self.arn,
            _ => false,
        });
        parties.first().is_some_and(|party| named != party.negated)
    }

    /// Whether a deny of a resource's policy is about it for certain: it, anyone, or its account.
    pub(super) fn is_denied(&self, parties: &[Party]) -> bool {
        let account = self.account();
        let root = |text: &str| {
            text == account || text.split(':').nth(4) == Some(account) && text.ends_with(":root")
        };
        parties.iter().any(|party| {
            !party.negated
                && match party.kind {
                    PartyKind::Any => true,
                    PartyKind::Aws => party.text == self.arn || root(&party.text),
                    _ => false,
                }
        })
    }
}
