//! Weeks in which just as many records lack an answer as may, and weeks in which more do.

use std::collections::BTreeMap;

use super::*;
use crate::files::kubernetes::{Call as Request, DEPLOYER, POD, Who};
use crate::files::{kubernetes, okta};

/// Plants them in Okta, GitHub and the cluster.
pub(super) fn plant(world: &mut World) {
    of_github(world);
    of_okta(world);
    of_cluster(world);
    untargeted(world);
}

/// The Monday of a week of the period, after so many days.
fn week(world: &World, days: i64) -> Timestamp {
    monday(world.settings.period.from.plus_micros(days * DAY))
}

fn within(week: Timestamp, at: Timestamp) -> bool {
    week <= at && at < week.plus_micros(7 * DAY)
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(0)
}

/// How many records of a week lack an answer, and how many complete ones come beside so many as there
/// are, so that exactly one in a hundred does.
fn one_in_a_hundred(there: usize) -> (i64, i64) {
    let lacking = number(there) / 99 + 1;
    (lacking, 99 * lacking - number(there))
}

/// In one week GitHub itself does one thing in a hundred: nobody is named, and no address.
fn of_github(world: &mut World) {
    let week = week(world, 190);
    let organisation = world.github.organisation(github::SYSTEM);
    let there = organisation.logged().filter(|at| within(week, *at)).count();
    let (lacking, beside) = one_in_a_hundred(there);
    for n in 0..lacking {
        let at = week.plus_micros(50 * HOUR + n * SECOND);
        organisation.by_itself("org.advanced_security_policy_selected_member_disabled", at);
    }
    for n in 0..beside {
        organisation.act("release-bot[bot]", "git.push", week.plus_micros(60 * HOUR + n * SECOND));
    }
    let item = format!("{}-log {}", github::SYSTEM, week.date());
    for attribute in ["A", "F"] {
        let why = "one record in a hundred names nobody and no address";
        world.truth.near_miss(("MON-02", &item, attribute), why);
    }
}

/// In one week Okta asks for factors again and again, which is an outcome; in another it does not know
/// what came of it.
fn of_okta(world: &mut World) {
    let asked = week(world, 160);
    let unknown = week(world, 176);
    let log = format!("{}-log", okta::SYSTEM);
    for n in 0..50 {
        world.okta.evaluate(asked.plus_micros(40 * HOUR + n * SECOND), Some("CHALLENGE"));
    }
    let item = format!("{log} {}", asked.date());
    world.truth.near_miss(("MON-02", &item, "G"), "that a factor was asked for is an outcome");
    let there = world.okta.logged().filter(|(at, _)| within(unknown, *at)).count();
    for n in 0..=number(there) / 50 + 1 {
        let result = (n % 2 == 0).then_some("UNKNOWN");
        world.okta.evaluate(unknown.plus_micros(40 * HOUR + n * SECOND), result);
    }
    tell(world, &log, "G", unknown, "Okta does not say what came of it");
}

/// In one week the API server is stopped in the midst of one request in a hundred; in another, of more.
fn of_cluster(world: &mut World) {
    let who = Who::Account(DEPLOYER.0.to_owned(), DEPLOYER.1.to_owned());
    let request = |at| Request::list(at, &who, "pods", "shop", POD);
    for (days, more) in [(170, false), (184, true)] {
        let week = week(world, days);
        let there = world.kubernetes.logged().filter(|at| within(week, *at)).count();
        let (lacking, beside) = one_in_a_hundred(there);
        let lacking = lacking + i64::from(more);
        for n in 0..lacking {
            world.kubernetes.interrupted(&request(week.plus_micros(33 * HOUR + n * SECOND)));
        }
        for n in 0..beside {
            world.kubernetes.call(&request(week.plus_micros(34 * HOUR + n * SECOND)));
        }
        if more {
            let why = "what was asked for was not answered";
            tell(world, kubernetes::SOURCE, "G", week, why);
        } else {
            let item = format!("{} {}", kubernetes::SOURCE, week.date());
            let why = "one request in a hundred was not answered";
            world.truth.near_miss(("MON-02", &item, "G"), why);
        }
    }
}

/// Records of Okta that tell of the export of a report name no target: in most weeks they are more
/// than one in a hundred, and in one they are made just as many.
fn untargeted(world: &mut World) {
    let log = format!("{}-log", okta::SYSTEM);
    let period = world.settings.period;
    let counted = |world: &World| {
        let mut weeks: BTreeMap<Timestamp, (i64, i64)> = BTreeMap::new();
        for (at, targeted) in world.okta.logged().filter(|(at, _)| period.contains(*at)) {
            let week = weeks.entry(monday(at)).or_default();
            week.0 += 1;
            week.1 += i64::from(!targeted);
        }
        weeks
    };
    // The week in which they are fewest, so that it takes the fewest others.
    let whole = |week: Timestamp| period.from <= week && week.plus_micros(7 * DAY) <= period.to;
    let some = counted(world).into_iter().filter(|(week, (_, none))| whole(*week) && *none > 0);
    if let Some((week, (all, none))) = some.min_by_key(|(week, (_, none))| (*none, *week)) {
        let beside = (100 * none - all).max(0);
        for n in 0..beside {
            let at = week.plus_micros(2 * DAY + n * (4 * DAY / beside));
            world.okta.evaluate(at, Some("ALLOW"));
        }
        let item = format!("{log} {}", week.date());
        let why = "one record in a hundred names no target";
        world.truth.near_miss(("MON-02", &item, "D"), why);
    }
    for (week, (all, none)) in counted(world) {
        if none * 100 > all {
            tell(world, &log, "D", week, "reports were exported, and no target is named");
        }
    }
}
