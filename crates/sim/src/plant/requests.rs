//! JML-01: groups that are given with, after or without an approval.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::company::Person;
use crate::files::github;
use crate::files::jira::Request;
use crate::files::okta::{PROVISIONER, SYSTEM, membership};
use crate::plant::accounts::account;
use crate::plant::{DAY, HOUR, SECOND};

/// The group that people ask for.
const GROUP: (&str, &str) = ("00greports00000000000", "Reports");

/// How a group came to be given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Asked for, approved, given.
    Approved,
    /// Approved four minutes after it was given: the clocks may differ by five.
    WithinSkew,
    /// Approved a day after.
    Afterwards,
    /// Approved a month and a day before.
    Stale,
    /// Approved a second less than a month before.
    NearlyStale,
    /// Never asked for.
    NoRequest,
    /// Asked for, and not approved by anybody.
    NotApproved,
    /// Approved by the one who has it.
    Own,
    /// Approved by somebody who had left.
    ByLeaver,
    /// No purpose is stated.
    NoPurpose,
    /// Something else was approved.
    Other,
}

const FATES: [Fate; 14] = [
    Fate::Approved,
    Fate::Afterwards,
    Fate::NoRequest,
    Fate::WithinSkew,
    Fate::NotApproved,
    Fate::Own,
    Fate::ByLeaver,
    Fate::Stale,
    Fate::NearlyStale,
    Fate::NoPurpose,
    Fate::Other,
    Fate::Approved,
    Fate::Approved,
    Fate::Approved,
];

/// One grant for each of a twelfth of the people.
pub fn plant(world: &mut World) {
    let mut chance = world.chance("requests");
    let period = world.settings.period;
    world.okta.group(GROUP.0, GROUP.1);
    for n in 0..(world.settings.people / 12).max(11) as usize {
        let stays = |person: &Person| {
            person.left().is_none() && person.hired() < period.from && person.jobs.len() == 1
        };
        let Some(index) = world.company.take(&mut chance, stays) else { return };
        let person = world.company.people[index].clone();
        let day = chance
            .instant(period.from.plus_micros(70 * DAY), period.to.plus_micros(-10 * DAY))
            .day_start();
        let at = world.company.workday(day).plus_micros(11 * HOUR);
        one(world, &person, at, FATES[n % FATES.len()]);
    }
}

fn one(world: &mut World, person: &Person, at: Timestamp, fate: Fate) {
    let account = account(person);
    world.okta.join(&account, GROUP.0, at, PROVISIONER);
    let approved = match fate {
        Fate::WithinSkew => at.plus_micros(240 * SECOND),
        Fate::Afterwards => at.plus_micros(DAY),
        Fate::Stale => at.plus_micros(-31 * DAY),
        Fate::NearlyStale => at.plus_micros(-30 * DAY + SECOND),
        _ => at.plus_micros(-5 * HOUR),
    };
    let job = &person.jobs[0];
    let leaver = world.company.people.iter().find(|p| {
        p.left().is_some_and(|left| left.effective < approved) && p.employments.len() == 1
    });
    let approver = match (fate, leaver) {
        (Fate::Own, _) => person.email.clone(),
        (Fate::ByLeaver, Some(leaver)) => leaver.email.clone(),
        _ => world.company.head(&job.department).email.clone(),
    };
    let fate = if fate == Fate::ByLeaver && leaver.is_none() { Fate::Approved } else { fate };
    let requested = if fate == Fate::Other { "00gfinancials0000000" } else { GROUP.0 };
    if fate != Fate::NoRequest {
        let request = Request {
            kind: "access",
            title: format!("{} for {}", GROUP.1, person.name),
            by: person.email.clone(),
            requested_for: person.email.clone(),
            requested: requested.to_owned(),
            reason: if fate == Fate::NoPurpose { "" } else { "monthly figures" }.to_owned(),
            at: approved.plus_micros(-3 * HOUR),
            planned_to: None,
            notified: None,
            approved: (fate != Fate::NotApproved).then_some((approver, approved)),
            done: Some(("sync@example.com".to_owned(), approved.max(at).plus_micros(60 * SECOND))),
        };
        world.jira.file(SYSTEM, request);
    }
    tell(world, &membership(&account.id, GROUP.0), at, fate);
}

/// An account becomes a member of GitHub's organisation at that instant, as was asked for and
/// approved.
pub fn member(world: &mut World, login: &str, at: Timestamp) {
    let (by, approver) = (world.company.head("Engineering"), world.company.head("Operations"));
    let request = Request {
        kind: "access",
        title: format!("{login} works with us"),
        by: by.email.clone(),
        requested_for: login.to_owned(),
        requested: github::Right::named("acme", false),
        reason: "a project of theirs".to_owned(),
        at: at.plus_micros(-8 * HOUR),
        planned_to: None,
        notified: None,
        approved: Some((approver.email.clone(), at.plus_micros(-5 * HOUR))),
        done: Some(("it@example.com".to_owned(), at.plus_micros(60 * SECOND))),
    };
    world.jira.file(github::SYSTEM, request);
    world.github.organisation(github::SYSTEM).add(login, false, at, "ops-admin");
}

fn tell(world: &mut World, item: &str, at: Timestamp, fate: Fate) {
    let place = |attribute| ("JML-01", item, attribute);
    let stretch = (at, None);
    let truth = &mut world.truth;
    let (missing, wrong) = (Outcome::NotDemonstrated, Outcome::Contradicted);
    match fate {
        Fate::Approved => {}
        Fate::WithinSkew => truth.near_miss(place("D"), "the clocks may differ by five minutes"),
        Fate::NearlyStale => truth.near_miss(place("G"), "a second younger than thirty days"),
        Fate::Afterwards => truth.deviation(place("D"), wrong, stretch, "approved afterwards"),
        Fate::Stale => truth.deviation(place("G"), wrong, stretch, "the approval was stale"),
        Fate::NoRequest => truth.deviation(place("A"), missing, stretch, "never asked for"),
        // Nobody approved: not a named approver, not another one, and at no instant.
        Fate::NotApproved => {
            for attribute in ["B", "C", "D"] {
                truth.deviation(place(attribute), missing, stretch, "nobody approved");
            }
        }
        Fate::Own => truth.deviation(place("C"), wrong, stretch, "approved by its holder"),
        Fate::ByLeaver => {
            truth.deviation(place("B"), wrong, stretch, "the approver had left");
        }
        Fate::NoPurpose => truth.deviation(place("F"), missing, stretch, "no purpose"),
        Fate::Other => {
            truth.deviation(place("A"), missing, stretch, "another group was approved");
        }
    }
}
