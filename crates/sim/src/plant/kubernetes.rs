//! A Kubernetes cluster: its workloads' service accounts, who is bound to what, tokens, and the log
//! of the API server with two stretches lost.

use serde_json::{Value, json};
use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::company::{DEPARTMENTS, Person};
use crate::files::kubernetes::{Binding, Call, DEPLOYER, SOURCE, SYSTEM, Who, login};
use crate::plant::records::lacks;
use crate::plant::registered::Entry;
use crate::plant::{DAY, HOUR, SECOND};

mod accounts;
mod retired;
mod rights;
mod tokens;
mod workloads;

/// The stretches of which the log is lost: longer than a day, and shorter.
fn holes(world: &World) -> [(Timestamp, Timestamp); 2] {
    let begun = |days: i64| world.settings.period.from.plus_micros(days * DAY + 10 * HOUR);
    [
        (begun(230), begun(230).plus_micros(30 * HOUR)),
        (begun(300), begun(300).plus_micros(23 * HOUR)),
    ]
}

/// Plants everything about the cluster.
pub fn plant(world: &mut World) {
    deployer(world);
    logging(world);
    workloads::plant(world);
    accounts::plant(world);
    retired::plant(world);
    rights::plant(world);
    tokens::plant(world);
    circumstances(world);
}

/// What nobody keeps on record of the cluster.
fn circumstances(world: &mut World) {
    let none = Outcome::NotDemonstrated;
    for (control, attribute, why) in [
        ("CRD-05", "G", "no source tells who depends on a service account"),
        ("SVC-02", "A", "Kubernetes does not say under which approval somebody was bound"),
        ("SVC-02", "C", "which services a role opens is not said"),
    ] {
        world.truth.circumstance((control, "kubernetes/*", attribute), none, why);
    }
}

/// How many applications the shop has.
pub(super) fn applications(world: &World) -> u32 {
    (world.settings.people / 5).max(24)
}

/// A workload that runs every two weeks, in an environment.
pub(super) fn runs(world: &mut World, name: &str, environment: &str) {
    let created = world.settings.log_from().plus_micros(-90 * DAY);
    let mut labels = labels("runs every two weeks");
    labels["environment"] = json!(environment);
    world.kubernetes.account(("shop", name), labels, created);
    register(world, ("shop", name), created, None);
    let who = Who::Account("shop".to_owned(), name.to_owned());
    let from = (
        crate::files::kubernetes::POD.0,
        if environment == "staging" { "10.0.3.140" } else { "10.0.3.42" },
    );
    let mut at = world.settings.log_from().plus_micros(4 * HOUR);
    while at < world.settings.collected_at() {
        world.kubernetes.call(&Call::list(at, &who, "configmaps", "shop", from));
        at = at.plus_micros(14 * DAY);
    }
    silent(world, ("AUT-02", &who.identity(), &["A", "B", "C"]), created);
}

/// What carries out what is merged may do everything, and looks after the cluster every day.
fn deployer(world: &mut World) {
    let created = world.settings.period.from.plus_micros(-800 * DAY);
    world.kubernetes.account(DEPLOYER, labels("deploys what is merged"), created);
    register(world, DEPLOYER, created, None);
    let who = Who::Account(DEPLOYER.0.to_owned(), DEPLOYER.1.to_owned());
    world.kubernetes.bind(Binding {
        namespace: None,
        name: "deployer".to_owned(),
        role: "cluster-admin".to_owned(),
        who: who.clone(),
        created,
    });
    world.kubernetes.bind(Binding {
        namespace: None,
        name: "readers".to_owned(),
        role: "view".to_owned(),
        who: Who::Group("oidc:staff".to_owned()),
        created,
    });
    unasked(world, &who.identity());
    let grant = format!("{SYSTEM}/cluster-role-binding/deployer#{}", who.login());
    standing(world, &grant, "everything in the cluster");
    silent(world, ("AUT-02", &who.identity(), &["A", "B", "C"]), created);
    let mut at = world.settings.log_from().plus_micros(SECOND);
    while at < world.settings.collected_at() {
        deploys(world, &who, at);
        at = at.plus_micros(DAY);
    }
}

fn deploys(world: &mut World, who: &Who, at: Timestamp) {
    let from = ("kustomize-controller/v1.3.0 (linux/amd64) kubernetes/$Format", "10.0.3.17");
    world
        .kubernetes
        .call(&Call { group: "apps", ..Call::list(at, who, "deployments", "shop", from) });
}

/// Nobody asked for the first right that the cluster had.
fn unasked(world: &mut World, account: &str) {
    let place = ("SVC-02", account, "B");
    let stretch = (world.settings.period.from, None);
    let why = "everything in the cluster, without an approval";
    world.truth.deviation(place, Outcome::NotDemonstrated, stretch, why);
}

/// A right that lets its holder do everything, which nobody asked for or said why; reviews keep it from
/// the first on, once a quarter, which is now and then longer than the interval.
pub(super) fn standing(world: &mut World, grant: &str, what: &str) {
    let none = Outcome::NotDemonstrated;
    let from = world.settings.period.from;
    let place = |attribute| ("PRA-01", grant, attribute);
    let truth = &mut world.truth;
    truth.deviation(place("A"), none, (from, None), &format!("nobody approved {what}"));
    truth.deviation(place("C"), none, (from, None), &format!("nobody said why it may do {what}"));
    truth.circumstance(place("B"), none, "reviewed once a quarter, and not every ninety days");
}

/// The disk of the API server was full twice.
fn logging(world: &mut World) {
    let who = Who::Account(DEPLOYER.0.to_owned(), DEPLOYER.1.to_owned());
    for (begun, ended) in holes(world) {
        deploys(world, &who, begun);
        deploys(world, &who, ended);
        world.kubernetes.lost.push((begun, ended));
    }
    let [(begun, ended), _] = holes(world);
    let from = world.settings.period.from;
    let item = format!("{SOURCE} usage");
    let none = Outcome::NotDemonstrated;
    let truth = &mut world.truth;
    let place = |attribute| ("MON-01", item.as_str(), attribute);
    truth.deviation(place("A"), none, (from, None), "no audit policy of the cluster is collected");
    truth.deviation(place("D"), none, (from, None), "an API server does not sign its log");
    let stretch = (begun, Some(ended));
    truth.deviation(
        place("B"),
        Outcome::Contradicted,
        stretch,
        "lines were lost for longer than a day",
    );
    truth.give_or_take(SECOND);
    truth.near_miss(place("B"), "lines were lost for less than a day, too");
    for hole in holes(world) {
        lacks(world, (SOURCE, &["A", "B", "C", "D", "E", "F", "G"]), hole, SECOND);
    }
}

/// What the log does not say of an item that rests on its silence.
fn silent(world: &mut World, (control, item, attributes): (&str, &str, &[&str]), since: Timestamp) {
    for (begun, ended) in holes(world) {
        if ended <= since {
            continue;
        }
        for attribute in attributes {
            let stretch = (Some(begun.max(since)), Some(ended));
            world.truth.gap((control, item, attribute), stretch, "lines of the log were lost");
            world.truth.give_or_take(SECOND);
        }
    }
}

fn labels(purpose: &str) -> Value {
    json!({"tier": "T2", "environment": "production", "purpose": purpose.replace(' ', "-")})
}

/// Enters a service account into the inventory, with its owner.
fn register(
    world: &mut World,
    (namespace, name): (&str, &str),
    since: Timestamp,
    retired: Option<Timestamp>,
) {
    let login = login(namespace, name);
    let kind = "service_account";
    let entry = Entry { system: SYSTEM, name: &login, kind, since, retired, workload: "" };
    entry.enter(world);
    entry.own(world);
}

/// People who were there long before the period, and stay where they are.
fn staff(world: &World) -> Vec<Person> {
    let before = world.settings.log_from().plus_micros(-30 * DAY);
    let people = world.company.people.iter().skip(DEPARTMENTS.len() + 1);
    let stays = |person: &&Person| {
        let settled = person.left().is_none() && person.jobs.len() == 1 && !person.taken;
        settled && person.hired() < before && person.employments.len() == 1
    };
    people.filter(stays).cloned().collect()
}
