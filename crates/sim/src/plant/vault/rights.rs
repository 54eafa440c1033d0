//! PRA-01 and SVC-02: a policy that lets its holder do everything; SVC-01: roles that are made; people
//! who read secrets.

use super::*;
use crate::company::{DEPARTMENTS, Person};
use crate::plant::registered::ticket;

/// The policies.
pub(super) fn policies(world: &mut World) {
    let capabilities =
        |path: &str, list: &str| format!("path \"{path}\" {{\n  capabilities = [{list}]\n}}\n");
    let all = "\"create\", \"read\", \"update\", \"delete\", \"list\", \"sudo\"";
    let vault = &mut world.vault;
    vault.policy("vault-admin", &format!("# everything\n{}", capabilities("*", all)));
    vault.policy("database", &capabilities("database/creds/*", "\"read\""));
    vault.policy("reader", &capabilities("kv/data/*", "\"read\", \"list\""));
    vault.policy("default", &capabilities("auth/token/renew-self", "\"update\""));
}

/// Who may do everything, roles that are made shortly before the end, and people.
pub(super) fn plant(world: &mut World) {
    let from = world.settings.period.from;
    let (none, whole) = (Outcome::NotDemonstrated, (from, None));
    let grant = format!("{SYSTEM}/policy/entity/{}#vault-admin", entity(ADMIN));
    crate::plant::kubernetes::standing(world, &grant, "everything in Vault");
    let account = format!("{SYSTEM}/entity/{}", entity(ADMIN));
    let why = "everything in Vault, without an approval";
    world.truth.deviation(("SVC-02", &account, "B"), none, whole, why);
    roles(world);
    people(world);
}

/// Three roles: asked for, not asked for, asked for only afterwards.
fn roles(world: &mut World) {
    for n in 0..3_i64 {
        let at = world.settings.period.to.plus_micros(-60 * DAY + n * DAY + 11 * HOUR);
        let name = format!("new-{n}");
        world.vault.make_role(&name, "database", at);
        let path = role(&name);
        let entry = Entry {
            system: SYSTEM,
            name: &path,
            kind: "workload",
            since: at,
            retired: None,
            workload: "",
        };
        entry.enter(world);
        entry.own(world);
        let item = format!("{SYSTEM}/approle-role/{path}");
        let place = ("SVC-01", item.as_str(), "A");
        match n {
            0 => ticket(world, SYSTEM, "creation", &path, at.plus_micros(-DAY)),
            1 => {
                let none = Outcome::NotDemonstrated;
                world.truth.deviation(place, none, (at, None), "nobody asked for it");
            }
            _ => {
                ticket(world, SYSTEM, "creation", &path, at.plus_micros(DAY));
                let why = "approved only afterwards";
                world.truth.deviation(place, Outcome::Contradicted, (at, None), why);
            }
        }
        world.truth.give_or_take(SECOND);
    }
    let why = "a role of Vault has no tags that say what it is for";
    let none = Outcome::NotDemonstrated;
    world.truth.circumstance(("SVC-01", "vault/approle-role/*", "B"), none, why);
}

/// Up to six people sign in every other week and read.
fn people(world: &mut World) {
    let before = world.settings.log_from().plus_micros(-30 * DAY);
    let stays = |person: &&Person| {
        let settled = person.left().is_none() && person.jobs.len() == 1 && !person.taken;
        settled && person.hired() < before && person.employments.len() == 1
    };
    let people = world.company.people.iter().skip(DEPARTMENTS.len() + 1).filter(stays).take(6);
    let people: Vec<Person> = people.cloned().collect();
    let [_, lost] = holes(world);
    for (n, person) in (0_i64..).zip(&people) {
        let since = world.settings.log_from().plus_micros(-20 * DAY);
        let mut at = world.settings.log_from().plus_micros(3 * DAY + 8 * HOUR + n * SECOND);
        while at < world.settings.collected_at() {
            if !(lost.0.day_start() <= at && at <= lost.1.plus_micros(DAY)) {
                let by = world.vault.person(&person.email, since, at);
                world.vault.read(&by, "kv/data/handbook", at.plus_micros(SECOND));
            }
            at = at.plus_micros(14 * DAY);
        }
    }
}
