//! UAR-01: every class of access is reviewed in each window of its cadence: each quarter, or, where the
//! register of systems gives a lower tier, each half-year or year. UAR-02: each review lists all that was
//! in force, and says from what; or not.

use tenure_model::Timestamp;
use tenure_model::calendar::Calendar;

use super::listing::Campaign;
use super::*;
use crate::files::aws::SYSTEM as AWS;
use crate::files::aws_iam;
use crate::files::github::{LABS, SYSTEM as GITHUB};
use crate::files::kubernetes::SYSTEM as KUBERNETES;
use crate::files::okta::{self, SYSTEM as OKTA};
use crate::files::vault::SYSTEM as VAULT;
use crate::plant::{requests, systems};

mod completeness;
mod fates;

use fates::Fate;

/// The classes of access that anybody or anything holds in a system.
const REVIEWED: &[(&str, &str)] = &[
    (OKTA, "user"),
    (OKTA, "privileged"),
    (GITHUB, "user"),
    (GITHUB, "privileged"),
    (LABS, "user"),
    (LABS, "privileged"),
    (AWS, "non_human"),
    (AWS, "privileged"),
    (okta::LABS, "user"),
    (okta::LABS, "non_human"),
    (KUBERNETES, "user"),
    (KUBERNETES, "non_human"),
    (KUBERNETES, "privileged"),
    (VAULT, "user"),
    (VAULT, "non_human"),
    (VAULT, "privileged"),
];

/// A window of the cadence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Window {
    number: usize,
    from: Timestamp,
    to: Timestamp,
}

/// The windows of a class of access of a system.
fn windows(world: &World, (system, class): (&str, &str)) -> Vec<Window> {
    let months = match systems::tier(system) {
        "T2" if class != "privileged" => 6,
        "T3" if class != "privileged" => 12,
        _ => 3,
    };
    let calendar = Calendar::default();
    let mut windows = Vec::new();
    let mut from = world.settings.period.from;
    while let Some(to) =
        calendar.month_start(from, 1, months).filter(|_| from < world.settings.period.to)
    {
        windows.push(Window { number: windows.len() + 1, from, to });
        from = to;
    }
    windows
}

/// Members of GitHub who come and go at the very instant of a listing, or a second later.
pub(super) fn at_the_instant(world: &mut World) {
    let Some(quarter) = windows(world, (GITHUB, "user")).get(1).copied() else { return };
    let listed = listed(world, GITHUB, quarter);
    let later = listed.plus_micros(SECOND);
    requests::member(world, "comes-as-listed", listed);
    requests::member(world, "comes-later", later);
    let joined = world.settings.log_from().plus_micros(3 * DAY);
    for (login, at) in [("goes-as-listed", listed), ("goes-later", later)] {
        let organisation = world.github.organisation(GITHUB);
        organisation.add(login, false, joined, ADMIN);
        organisation.remove(login, at, ADMIN);
    }
    let campaign = campaign(world, (GITHUB, "user"), quarter).tenure();
    for (login, why) in [
        ("comes-as-listed", "given as the listing was taken, and listed"),
        ("comes-later", "given a second after the listing, and not listed"),
        ("goes-as-listed", "taken away as the listing was taken, and not listed"),
        ("goes-later", "taken away a second after the listing, and listed"),
    ] {
        let item = format!("{campaign} {GITHUB}/org-member/{login}|org:acme:member");
        world.truth.near_miss(("UAR-02", &item, "B"), why);
    }
}

/// A review of each class of access in each window, but for what fates change; those of the last ones
/// are signed off as they should, since their limits lie after the collection.
pub(super) fn write(world: &mut World) {
    let vault = access::of(world, VAULT).iter().any(|access| access.is("user"));
    for of in REVIEWED.iter().filter(|of| vault || **of != (VAULT, "user")) {
        for window in windows(world, *of) {
            review(world, *of, window);
        }
    }
    fates::lapse(world);
}

/// When the listing of a window's review is taken: forty days before its end; where accounts are only
/// listed now and then, as they were listed last by then. In its first quarter, AWS was not.
fn listed(world: &World, system: &str, window: Window) -> Timestamp {
    let latest = window.to.plus_micros(-40 * DAY);
    if system != AWS {
        return latest;
    }
    let days = aws_iam::days(&world.settings);
    days.into_iter().filter(|day| *day <= latest).max().unwrap_or(window.from)
}

fn campaign(world: &World, of: (&'static str, &'static str), window: Window) -> Campaign {
    let listed = listed(world, of.0, window);
    let started = listed.max(window.from).plus_micros(DAY);
    let due = window.to.plus_micros(30 * DAY);
    let id = format!("RC-{}-{}-{}", of.0, of.1, window.from.date());
    let signed_off = window.to.plus_micros(-20 * DAY);
    Campaign::new(world, id, of, (listed, started), (due, signed_off))
}

fn review(world: &mut World, of: (&'static str, &'static str), window: Window) {
    let (system, class) = of;
    let mut campaign = campaign(world, of, window);
    if system == okta::LABS && world.labs.listed_at.is_none_or(|read| campaign.listed < read) {
        // Nobody listed what there was to review.
        return;
    }
    if of == (okta::LABS, "non_human") {
        campaign.revoked = campaign.in_force(world).first().map(|access| access.target.clone());
    }
    if of == (OKTA, "user") && matches!(window.number, 2 | 3) {
        decisions::in_bulk(world, &mut campaign, window.number == 3);
    }
    let fate = fates::fate(of, window.number);
    fates::change(world, &mut campaign, window, fate);
    let flaw = completeness::flaw(of, window.number);
    let mut told = campaign.clone();
    let whole = match fate {
        Fate::Missing | Fate::Lapsed => false,
        _ => completeness::write(world, &mut told, flaw),
    };
    let item = format!("{system} {class} {}..{}", window.from.date(), window.to.date());
    fates::tell(world, (&item, window), &told, (fate, flaw, whole));
}
