//! Vault: roles of workloads whose secret ids are rotated, people, the right to administer it, a root
//! token in use, and a log with a stretch and a line lost.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::files::vault::{ADMIN, Client, SOURCE, SYSTEM, Secret, entity, role};
use crate::plant::registered::Entry;
use crate::plant::{DAY, HOUR, SECOND};

mod certificates;
mod leases;
mod logs;
mod rights;
mod secrets;

/// The stretches of which the log is not whole: lines lost for longer than a day, and a line.
fn holes(world: &World) -> [(Timestamp, Timestamp); 2] {
    let from = world.settings.period.from;
    let lost = from.plus_micros(231 * DAY + 10 * HOUR);
    let line = from.plus_micros(100 * DAY + 12 * HOUR);
    [(line.plus_micros(-90 * SECOND), line), (lost, lost.plus_micros(30 * HOUR))]
}

/// Plants everything about Vault.
pub fn plant(world: &mut World) {
    rights::policies(world);
    administration(world);
    secrets::plant(world);
    rights::plant(world);
    leases::plant(world);
    certificates::plant(world);
    logs::plant(world);
    circumstances(world);
}

/// What nobody keeps on record of Vault.
fn circumstances(world: &mut World) {
    let none = Outcome::NotDemonstrated;
    for (control, items, attribute, why) in [
        ("CRD-06", "token/*", "A", "no entry says which workload a person's token is for"),
        ("CRD-06", "token/*", "B", "no entry says which workload a person's token is for"),
        ("CRD-06", "token/*", "C", "no entry says the environment of a person's token"),
        ("SVC-02", "*", "A", "Vault does not say under which approval a policy was given"),
        ("SVC-02", "*", "C", "which services a policy opens is not said"),
    ] {
        world.truth.circumstance((control, &format!("vault/{items}"), attribute), none, why);
    }
    for attribute in ["A", "B", "C"] {
        let place = ("UAR-02", "reviews/register/RC-vault-*", attribute);
        let why = "the log shows who held a policy at each use, and not in between";
        world.truth.circumstance(place, Outcome::Indeterminate, why);
    }
}

/// The role that configures Vault has been there for long, and so has the one that looks after it.
fn administration(world: &mut World) {
    let created = world.settings.period.from.plus_micros(-700 * DAY);
    world.vault.role(ADMIN, "vault-admin", created);
    register(world, ADMIN, created);
}

/// Enters a role and the entity behind it into the inventory, with their owner.
fn register(world: &mut World, name: &str, since: Timestamp) {
    let (role, entity) = (role(name), entity(name));
    for (name, workload) in [(&role, ""), (&entity, role.as_str())] {
        let kind = "workload";
        let entry = Entry { system: SYSTEM, name, kind, since, retired: None, workload };
        entry.enter(world);
        entry.own(world);
    }
}
