//! What there is to review: who or what held which access, from when to when.

use tenure_model::Timestamp;

use crate::World;
use crate::files::aws::{self, Rights, identity};
use crate::files::github::{LABS, SYSTEM as GITHUB};
use crate::files::kubernetes::{self, Who};
use crate::files::okta::{self, SYSTEM as OKTA};
use crate::files::vault;

/// Something that a review lists: a grant, or an account where accounts are reviewed.
#[derive(Clone, Debug)]
pub(super) struct Access {
    /// The id under which Tenure lists it.
    pub(super) target: String,
    /// The employee behind it, where that is on record.
    pub(super) person: Option<String>,
    /// The group or right.
    pub(super) right: String,
    /// Whether it is that of a person.
    pub(super) human: bool,
    /// Whether it is that of an administrator.
    pub(super) privileged: bool,
    from: Timestamp,
    to: Option<Timestamp>,
}

impl Access {
    /// Whether it was in force at the instant.
    pub(super) fn at(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }

    /// Whether it had ended by the instant, at some instant after the log began.
    pub(super) fn ended(&self, at: Timestamp) -> bool {
        self.to.is_some_and(|to| to <= at)
    }

    /// Whether it is of the class.
    pub(super) fn is(&self, class: &str) -> bool {
        match class {
            "privileged" => self.privileged,
            "non_human" => !self.human,
            _ => self.human,
        }
    }
}

/// Everything that is reviewed of a system, in one order.
pub(super) fn of(world: &mut World, system: &str) -> Vec<Access> {
    let mut all = match system {
        OKTA => groups(world, false),
        okta::LABS => groups(world, true),
        GITHUB | LABS => rights(world, system),
        aws::SYSTEM => accounts(world),
        kubernetes::SYSTEM => bindings(world),
        vault::SYSTEM => policies(world),
        _ => Vec::new(),
    };
    all.sort_by(|a, b| a.target.cmp(&b.target));
    all
}

fn groups(world: &World, labs: bool) -> Vec<Access> {
    let okta = if labs { &world.labs } else { &world.okta };
    let since = if labs { Timestamp::from_micros(0) } else { world.settings.log_from() };
    let given = okta.given(since).into_iter().map(|given| Access {
        target: given.id,
        person: given.employee,
        right: given.right,
        human: !given.service,
        privileged: given.role,
        from: given.from,
        to: given.to,
    });
    given.collect()
}

fn rights(world: &mut World, system: &str) -> Vec<Access> {
    let head = world.company.head("Operations").id.clone();
    let rights = world.github.organisation(system).rights();
    let right = |(id, right): (String, crate::files::github::Right)| Access {
        target: format!("{system}/{id}"),
        person: (right.login == super::ADMIN).then(|| head.clone()),
        right: right.login,
        human: true,
        privileged: right.owner,
        from: right.from,
        to: right.to,
    };
    rights.into_iter().map(right).collect()
}

fn bindings(world: &World) -> Vec<Access> {
    let given = world.kubernetes.given().map(|(binding, end)| {
        let person = match &binding.who {
            Who::User(email) => employee(world, email),
            _ => None,
        };
        Access {
            target: binding.grant(),
            person,
            right: binding.role.clone(),
            human: matches!(binding.who, Who::User(_)),
            privileged: binding.role == "cluster-admin",
            from: binding.created,
            to: *end,
        }
    });
    given.collect()
}

fn employee(world: &World, email: &str) -> Option<String> {
    let person = world.company.people.iter().find(|person| person.email == email);
    person.map(|person| person.id.clone())
}

/// In Vault, the policies that entities hold.
fn policies(world: &World) -> Vec<Access> {
    let held = world.vault.held().into_iter().map(|(of, policy, since)| {
        let human = of.contains('@');
        Access {
            target: format!("{}/policy/entity/{}#{policy}", vault::SYSTEM, vault::entity(of)),
            person: human.then(|| employee(world, of)).flatten(),
            right: policy.to_owned(),
            human,
            privileged: policy == "vault-admin",
            from: since,
            to: None,
        }
    });
    held.collect()
}

/// In AWS, accounts are reviewed: those of services, roles and the root user, whatever each may do.
fn accounts(world: &World) -> Vec<Access> {
    let access = |target: String, may: Rights, from, to| Access {
        target,
        person: None,
        right: String::new(),
        human: false,
        privileged: may == Rights::Everything,
        from,
        to,
    };
    let services = world.aws.users.iter().filter(|(_, user)| user.path != "/people/");
    let users = services
        .map(|(name, user)| access(identity("user", name), user.may, user.created, user.deleted));
    let roles =
        world.aws.roles.iter().map(|(name, role)| {
            access(identity("role", name), role.may, role.created, role.deleted)
        });
    let root = format!("{}/root/arn:aws:iam::{}:root", aws::SYSTEM, aws::ACCOUNT);
    let root = access(root, Rights::Nothing, Timestamp::from_micros(0), None);
    users.chain(roles).chain([root]).collect()
}

/// The ids of the grants by which roles and users of AWS may do everything at an instant.
pub(super) fn administrators(world: &World, at: Timestamp) -> Vec<String> {
    let there = |from: Timestamp, to: Option<Timestamp>| from <= at && to.is_none_or(|to| at < to);
    let all = Rights::Everything;
    let roles = world.aws.roles.iter().filter(|(_, r)| r.may == all && there(r.created, r.deleted));
    let users = world.aws.users.iter().filter(|(_, u)| u.may == all && there(u.created, u.deleted));
    let names = roles.map(|(name, _)| aws::arn("role", name));
    let names = names.chain(users.map(|(name, _)| aws::arn("user", name)));
    let policy = "policy:arn:aws:iam::aws:policy/AdministratorAccess";
    names.map(|arn| format!("{}/iam-grant/{arn}|{policy}", aws::SYSTEM)).collect()
}
