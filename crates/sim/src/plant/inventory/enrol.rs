//! What AWS and GitHub show, as the inventory enters it.

use tenure_model::Timestamp;

use super::{Entry, Thing, root};
use crate::World;
use crate::files::aws::{Aws, SYSTEM as AWS, arn, credential, identity};
use crate::files::github::{self, Organisation};
use crate::plant::{DAY, agents, consumers};

/// Users, their keys, roles, and the root user.
pub(super) fn aws(world: &World) -> Vec<Thing> {
    let head = world.company.head("Security").email.clone();
    let aws = &world.aws;
    let tagged = |tags: &[(&'static str, String)], key| tags.iter().any(|(tag, _)| *tag == key);
    let mut things = vec![break_glass(world, &head)];
    for (name, user) in &aws.users {
        let kind = if user.path == "/people/" { "human" } else { "service_account" };
        let shown = (user.created, user.deleted);
        let named = (arn("user", name), identity("user", name));
        let mut thing = thing(named, kind, shown, tagged(&user.tags, "Tier"));
        thing.entry.said = world.declared.of_user(name, kind == "human");
        if !tagged(&user.tags, "Owner") {
            thing.entry.owner.clone_from(&head);
        }
        things.push(thing);
    }
    let roles = aws.roles.iter().filter(|(name, _)| !agents::is_one(name));
    for (n, (name, role)) in roles.enumerate() {
        let shown = (role.created, role.deleted);
        let named = (arn("role", name), identity("role", name));
        let mut thing = thing(named, "workload", shown, tagged(&role.tags, "Tier"));
        thing.place = name.starts_with("workload-").then_some(n);
        thing.entry.said.networks = consumers::CLUSTER.to_owned();
        if !tagged(&role.tags, "Owner") {
            thing.entry.owner.clone_from(&head);
        }
        things.push(thing);
    }
    things.extend(keys(world, aws));
    things
}

fn thing(
    (name, item): (String, String),
    kind: &'static str,
    shown: (Timestamp, Option<Timestamp>),
    tagged: bool,
) -> Thing {
    let entry = Entry::in_system(AWS, &name, kind, shown.0.plus_micros(DAY));
    let entry = Entry { retired: shown.1, ..entry };
    Thing { entry, item, shown, place: None, tagged, then: None }
}

fn break_glass(world: &World, head: &str) -> Thing {
    let made = world.settings.period.from.plus_micros(-2000 * DAY);
    let named = (root(), format!("{AWS}/root/{}", root()));
    let mut thing = thing(named, "break_glass", (made, None), false);
    thing.entry.registered = made.plus_micros(-400 * DAY);
    head.clone_into(&mut thing.entry.owner);
    thing
}

/// Keys; those that were made or deleted while nothing was logged are entered as they should be.
fn keys(world: &World, aws: &Aws) -> Vec<Thing> {
    let dark = |at: Timestamp| aws.stopped.iter().any(|(off, on)| *off <= at && at <= *on);
    let mut things = Vec::new();
    let all = aws.users.iter().flat_map(|(name, user)| user.keys.iter().map(move |k| (name, k)));
    for (user, key) in all {
        let known = !dark(key.created) && key.deleted.is_none_or(|at| !dark(at));
        let logged = key.created >= world.settings.log_from();
        let named = (key.id.clone(), credential(&key.id));
        let mut thing = thing(named, "access_key", (key.created, key.deleted), false);
        thing.entry.registered = key.created;
        let planned = world.declared.keys.get(&key.id);
        thing.place = (known && logged && planned.is_none()).then_some(things.len());
        thing.entry.said = world.declared.of_user(user, false);
        thing.entry.said.networks = String::new();
        if let Some((first, then)) = planned {
            (thing.entry.said, thing.then) = (first.clone(), then.clone());
        }
        things.push(thing);
    }
    things
}

/// Accounts and tokens of both organisations.
pub(super) fn github(world: &mut World) -> Vec<Thing> {
    let head = world.company.head("Engineering").email.clone();
    let mut things = Vec::new();
    for system in [github::SYSTEM, github::LABS] {
        let organisation = world.github.organisation(system);
        things.extend(accounts(system, organisation, &head));
        for token in organisation.tokens() {
            let (number, granted) = (token.number.to_string(), token.granted);
            let mut entry = Entry::in_system(system, &number, "access_token", granted);
            entry.retired = token.revoked;
            let item = format!("{system}/github-token/{number}");
            let shown = (granted, token.revoked);
            let place = (system == github::SYSTEM).then_some(things.len());
            things.push(Thing { entry, item, shown, place, tagged: false, then: None });
        }
    }
    things
}

fn accounts(system: &str, organisation: &Organisation, head: &str) -> Vec<Thing> {
    let account = |(login, first): (String, Timestamp)| {
        let bot = login.ends_with("[bot]");
        let kind = match login.as_str() {
            _ if bot => "bot",
            login if login.starts_with("vendor-") || login.starts_with("contractor-") => "external",
            _ => "human",
        };
        let mut entry = Entry::in_system(system, &login, kind, first);
        if bot {
            head.clone_into(&mut entry.owner);
        }
        let item = format!("{system}/login/{login}");
        Thing { entry, item, shown: (first, None), place: None, tagged: false, then: None }
    };
    let others = organisation.accounts().into_iter().filter(|(login, _)| !agents::is_one(login));
    others.map(account).collect()
}
