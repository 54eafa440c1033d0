//! What a well-run company has on record of a machine's account or credential: an entry of the
//! inventory, an owner, and the ticket on which it was made or retired.

use tenure_model::Timestamp;

use crate::World;
use crate::files::jira::Request;
use crate::plant::{DAY, HOUR, consumers, inventory};

/// Something of a system that is in the inventory.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The system in which it lives.
    pub system: &'a str,
    /// Its name there.
    pub name: &'a str,
    /// What it is.
    pub kind: &'static str,
    /// Since when it is in the inventory.
    pub since: Timestamp,
    /// When it was retired.
    pub retired: Option<Timestamp>,
    /// The workload that uses it; empty = it is one, or nobody says.
    pub workload: &'a str,
}

impl Entry<'_> {
    /// Enters it, owned by the head of operations.
    pub fn enter(&self, world: &mut World) {
        let owner = world.company.head("Operations").email.clone();
        let entry = inventory::Entry::in_system(self.system, self.name, self.kind, self.since);
        let said = consumers::said(self);
        let entry = inventory::Entry { retired: self.retired, owner, said, ..entry };
        inventory::register(world, &entry);
    }

    /// Says that the head of operations owns the account, which is no credential.
    pub fn own(&self, world: &mut World) {
        let owner = world.company.head("Operations").email.clone();
        inventory::own(world, (self.system, self.name), &owner, (self.since, None));
    }
}

/// A ticket about something of a system: a request to make or to retire it, approved by the head of
/// security at an instant.
pub fn ticket(
    world: &mut World,
    system: &str,
    kind: &'static str,
    name: &str,
    approved: Timestamp,
) {
    let (by, approver) = (
        world.company.head("Operations").email.clone(),
        world.company.head("Security").email.clone(),
    );
    let verb = if kind == "retirement" { "Retire" } else { "Create" };
    let retires = kind == "retirement";
    let request = Request {
        kind,
        title: format!("{verb} {name}"),
        by,
        requested_for: name.to_owned(),
        requested: name.to_owned(),
        reason: format!("{verb} {name}"),
        at: approved.plus_micros(-5 * HOUR),
        planned_to: None,
        notified: retires.then(|| approved.plus_micros(HOUR)),
        approved: Some((approver, approved)),
        done: Some(("sync@example.com".to_owned(), approved.plus_micros(2 * DAY))),
    };
    world.jira.file(system, request);
}
