//! SVC-02: what accounts and workloads may use in AWS, and for how long they do not. Nothing is
//! planted here: it follows from what the scenarios before did.

use std::collections::BTreeMap;

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::files::aws::{Rights, identity};
use crate::files::aws_iam::days;
use crate::files::{github, okta};
use crate::plant::{SECOND, logging};

/// Limit and grace of a permission.
const UNUSED: i64 = 120 * Timestamp::DAY;

/// Tells of every identity that may read in a service, and of those that may do everything.
pub fn tell(world: &mut World) {
    let none = Outcome::NotDemonstrated;
    let given = "systems do not say under which approval a right was given";
    let opens = "which services a group, an organisation or everything opens is not said";
    for (system, attribute, why) in [
        ("aws/", "A", given),
        ("github/", "A", given),
        ("github-labs/", "A", given),
        ("aws/iam-role/", "C", opens),
        ("github/", "C", opens),
        ("github-labs/", "C", opens),
        ("okta/", "C", opens),
        ("aws/", "D", "no review of AWS is collected"),
        ("github/", "D", "reviews take up few of GitHub's members"),
        ("okta/", "D", "reviews take up few groups of Okta"),
    ] {
        world.truth.circumstance(("SVC-02", &format!("{system}*"), attribute), none, why);
    }
    owners(world);
    members(world);
    let (off, on) = logging::stop(&world.settings);
    let listed = days(&world.settings)[0];
    let logged = |at: &&Timestamp| !(off < **at && **at < on);
    let mut readers = Vec::new();
    for (name, user) in world.aws.users.iter().filter(|(_, user)| user.may == Rights::Read("ec2")) {
        let used = user.keys.iter().filter_map(|key| world.aws.uses.get(&key.id)).flatten();
        let used = used.filter(logged).copied().collect::<Vec<_>>();
        readers.push((identity("user", name), used, user.deleted));
    }
    for (name, role) in &world.aws.roles {
        let item = identity("role", name);
        match role.may {
            Rights::Read(_) => {
                let used = world.aws.uses.get(&format!("role/{name}")).into_iter().flatten();
                readers.push((item, used.filter(logged).copied().collect(), role.deleted));
            }
            Rights::Everything => {
                let whole = (world.settings.period.from, None);
                let why = "everything, without an approval";
                world.truth.deviation(("SVC-02", &item, "B"), none, whole, why);
            }
            Rights::Nothing => {}
        }
    }
    for (item, mut used, deleted) in readers {
        used.push(listed);
        used.sort();
        for (n, at) in used.iter().enumerate() {
            unused(world, &item, *at, used.get(n + 1).copied().or(deleted));
        }
    }
}

/// Owners of organisations may do everything in them, and GitHub says of no approval.
fn owners(world: &mut World) {
    let period = world.settings.period;
    for system in [github::SYSTEM, github::LABS] {
        let owners: Vec<_> = world
            .github
            .organisation(system)
            .owners()
            .map(|(login, from, to)| (format!("{system}/login/{login}"), from, to))
            .collect();
        for (item, from, to) in owners {
            let stretch = (from.max(period.from), to.filter(|to| *to < period.to));
            if from < period.to && to.is_none_or(|to| to > period.from) {
                let why = "owns an organisation, without an approval";
                let place = ("SVC-02", item.as_str(), "B");
                world.truth.deviation(place, Outcome::NotDemonstrated, stretch, why);
            }
        }
    }
}

/// What accounts of Okta hold without an approved request for it: the whole of it, or until the
/// request was approved.
fn members(world: &mut World) {
    let period = world.settings.period;
    let mut approved: BTreeMap<(&str, &str), Timestamp> = BTreeMap::new();
    for request in world.jira.about(okta::SYSTEM).filter(|r| GIVES.contains(&r.kind)) {
        let Some((_, at)) = request.approved else { continue };
        for right in request.requested.split(';').map(str::trim) {
            let first = approved.entry((request.requested_for.as_str(), right)).or_insert(at);
            *first = at.min(*first);
        }
    }
    let mut near = Vec::new();
    let mut without: BTreeMap<(String, &str), Vec<Stretch>> = BTreeMap::new();
    for (account, right, from, to) in world.okta.held() {
        let names = world.okta.logins(account);
        let agreed = names.filter_map(|name| approved.get(&(name, right))).min().copied();
        if agreed.is_some_and(|agreed| agreed <= from && from.plus_micros(-SECOND) <= agreed) {
            let item = okta::identity(okta::SYSTEM, account);
            near.push((item, if right.starts_with("00g") { "A" } else { "B" }));
        }
        let end = to.into_iter().chain(agreed).min().unwrap_or(period.to).min(period.to);
        let from = from.max(period.from);
        if from < end {
            let item = okta::identity(okta::SYSTEM, account);
            // Roles administer; groups do not.
            if !right.starts_with("00g") {
                without.entry((item.clone(), "B")).or_default().push((from, end));
            }
            without.entry((item, "A")).or_default().push((from, end));
        }
    }
    for (item, attribute) in near {
        let why = "approved no more than a second before it was given";
        world.truth.near_miss(("SVC-02", &item, attribute), why);
    }
    for ((item, attribute), stretches) in without {
        for (from, to) in joined(stretches) {
            let stretch = (from, (to < period.to).then_some(to));
            let why = "nobody approved what it may do";
            let place = ("SVC-02", item.as_str(), attribute);
            world.truth.deviation(place, Outcome::NotDemonstrated, stretch, why);
        }
    }
}

/// The kinds of requests that give access.
const GIVES: [&str; 4] = ["access", "creation", "elevation", "scope"];

type Stretch = (Timestamp, Timestamp);

/// Stretches, of which no two touch.
fn joined(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort();
    let mut joined: Vec<Stretch> = Vec::new();
    for (from, to) in stretches {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// From one use to the next, or to the end: too long, as far as the log is whole. A hole leaves open
/// whether it was used in it, and so the time that a use in it would have allowed.
fn unused(world: &mut World, item: &str, at: Timestamp, next: Option<Timestamp>) {
    let period = world.settings.period;
    let end = next.unwrap_or(period.to).min(period.to);
    let late = at.plus_micros(UNUSED).max(period.from);
    if late >= end {
        return;
    }
    let holes = logging::holes(&world.settings);
    let inside = holes.iter().filter(|hole| at < hole.1 && hole.0 < end);
    let open = inside.map(|hole| (hole.0.max(late), hole.1.plus_micros(UNUSED).min(end)));
    let open = open.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let to = |at: Timestamp| (at < period.to).then_some(at);
    let place = ("SVC-02", item, "C");
    let mut certain = |from: Timestamp, until: Timestamp| {
        if from < until {
            let why = "a service that it may use, and did not for long";
            let stretch = (from, to(until));
            world.truth.deviation(place, Outcome::Contradicted, stretch, why);
        }
    };
    match open.filter(|open| open.0 < open.1) {
        None => certain(late, end),
        Some(open) => {
            certain(late, open.0);
            certain(open.1, end);
            let why = "it may have been used where the log has a hole";
            world.truth.gap(place, (Some(open.0), to(open.1)), why);
        }
    }
}
