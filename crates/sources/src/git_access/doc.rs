//! What one file says, whatever its layout: who is on which list, and which settings hold.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a place on a list means. The order is the order of facts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Kind {
    OrgAdmin,
    OrgMember,
    TeamLead,
    TeamMaintainer,
    TeamMember,
    /// A team's permission on a repository.
    TeamRepo,
    /// A team whose members are members of another.
    TeamIncluded,
    /// A team whose members are members of a team at GitHub.
    TeamGithub,
    /// A person's permission in the project's tools.
    Permission,
    /// A team's permission in the project's tools.
    TeamPermission,
    OwnersApprover,
    OwnersReviewer,
}

impl Kind {
    /// The `native_type` of its grants and entitlements (or ownerships).
    pub(super) fn native_type(self) -> &'static str {
        match self {
            Self::OrgAdmin => "org-admin",
            Self::OrgMember => "org-member",
            Self::TeamLead => "team-lead",
            Self::TeamMaintainer => "team-maintainer",
            Self::TeamMember => "team-member",
            Self::TeamRepo => "team-repo",
            Self::TeamIncluded => "team-included",
            Self::TeamGithub => "team-github",
            Self::Permission => "permission",
            Self::TeamPermission => "team-permission",
            Self::OwnersApprover => "owners-approver",
            Self::OwnersReviewer => "owners-reviewer",
        }
    }

    /// Whether its holders are logins; otherwise they are teams.
    pub(super) fn of_people(self) -> bool {
        !matches!(
            self,
            Self::TeamRepo | Self::TeamIncluded | Self::TeamGithub | Self::TeamPermission
        )
    }

    /// The `native_type` of the entitlement: some are held by people and by teams.
    pub(super) fn entitlement_type(self) -> &'static str {
        match self {
            Self::TeamIncluded => Self::TeamMember.native_type(),
            Self::TeamPermission => Self::Permission.native_type(),
            kind => kind.native_type(),
        }
    }

    /// The kind that shares its entitlements.
    pub(super) fn twin(self) -> Option<Self> {
        match self {
            Self::Permission => Some(Self::TeamPermission),
            Self::TeamPermission => Some(Self::Permission),
            _ => None,
        }
    }

    /// Whether its holders are accounts for certain: an `OWNERS` file may name a group of people.
    pub(super) fn of_identities(self) -> bool {
        self.of_people() && !self.of_owners()
    }

    /// Whether it is an ownership and no grant.
    pub(super) fn of_owners(self) -> bool {
        matches!(self, Self::OwnersApprover | Self::OwnersReviewer)
    }
}

/// A list: what it is of, and the entitlement's native id (for owners: the role's).
pub(super) type RosterKey = (Kind, String);

/// What is known of a person beside the login.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Person {
    /// The login as the person's own file spells it.
    pub(super) spelling: String,
    pub(super) name: Option<String>,
    /// The account's immutable number at GitHub.
    pub(super) github_id: Option<u64>,
}

/// What one file says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Doc<'a> {
    /// Names on each list, as spelled, in the order of the file.
    pub(super) rosters: BTreeMap<RosterKey, Vec<Cow<'a, str>>>,
    /// Settings by scope and name.
    pub(super) settings: BTreeMap<(String, String), String>,
    /// People by lower-case login.
    pub(super) people: BTreeMap<String, Person>,
    /// What is odd in the file, although it can be read.
    pub(super) oddities: Vec<String>,
}

impl<'a> Doc<'a> {
    /// The list, empty at first.
    pub(super) fn roster(&mut self, kind: Kind, entitlement: String) -> &mut Vec<Cow<'a, str>> {
        self.rosters.entry((kind, entitlement)).or_default()
    }
}
