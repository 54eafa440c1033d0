//! The known ways to gain more, as data.
//!
//! Names and action sets are public knowledge; where each was described is said with it.

mod compute;
mod identity;
mod managed;

/// The row of who can do everything already: single paths would add nothing.
pub const ADMINISTRATOR: &str = "Administrator";

const RHINO: &str = "Rhino Security Labs, AWS IAM Privilege Escalation (2018)";
const IAMV: &str = "Bishop Fox, IAM Vulnerable (2021)";
const CODESTAR: &str = "Rhino Security Labs, CodeStar privilege escalation (2019)";
const BOUNDARY: &str = "IAM User Guide, Permissions boundaries";
const PASSING: &str = "IAM User Guide, Granting permissions to pass a role to a service";
const ACTIONS: &str = "Service Authorization Reference, what the actions do";
const IDC: &str = "IAM Identity Center User Guide, Permission sets";
const EKS: &str = "Amazon EKS User Guide, Access entries";
const ORG: &str = "AWS Organizations User Guide";

/// What an action must be possible on to count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// Some user.
    User,
    /// Some group.
    Group,
    /// Some role.
    Role,
    /// Some policy that customers manage: those of AWS cannot be changed.
    Policy,
    /// All roles, or all of a path: one named role is not a path by itself.
    AnyRole,
    /// Whatever resource the statement names.
    Anything,
}

/// One action that a path takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Need {
    /// The action.
    pub action: &'static str,
    /// What it must be possible on.
    pub target: Target,
    /// The service that a role is passed to: `iam:PassedToService`.
    pub passed_to: Option<&'static str>,
}

/// A known way to gain more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EscalationPath {
    /// Its name.
    pub name: &'static str,
    /// What it does, as the rest of a sentence: "it …".
    pub what: &'static str,
    /// Where it was described.
    pub source: &'static str,
    /// All that it takes.
    pub needs: &'static [Need],
    /// Whether it is one only when done to others.
    pub others_only: bool,
}

/// All paths, by topic.
pub const PATHS: &[&[EscalationPath]] = &[identity::PATHS, compute::PATHS, managed::PATHS];

const fn need(action: &'static str, target: Target) -> Need {
    Need { action, target, passed_to: None }
}

/// Passing a role to a service.
const fn passing(service: &'static str) -> Need {
    Need { action: "iam:PassRole", target: Target::Role, passed_to: Some(service) }
}

const fn path(
    name: &'static str,
    what: &'static str,
    source: &'static str,
    needs: &'static [Need],
) -> EscalationPath {
    EscalationPath { name, what, source, needs, others_only: false }
}

impl EscalationPath {
    const fn of_others(self) -> Self {
        Self { others_only: true, ..self }
    }
}
