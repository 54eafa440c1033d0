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
    /// The approver left only days later.
    BeforeTheApproverLeft,
    /// Its holder approved it, too, on a ticket of their own.
    OwnBeside,
    /// The purpose is one word.
    OneWord,
}

const FATES: [Fate; 17] = [
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
    Fate::OwnBeside,
    Fate::OneWord,
    Fate::BeforeTheApproverLeft,
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
    for n in 0..1 + world.settings.people / 2000 {
        let at = period.from.plus_micros(60 * DAY + 10 * HOUR + i64::from(n) * SECOND);
        other_right(world, &format!("more-{n:02}"), (false, true), at);
        other_right(world, &format!("less-{n:02}"), (true, false), at.plus_micros(HOUR));
    }
}

/// In GitHub, somebody is approved as an owner or as a member, and becomes the other; owners for two
/// days.
fn other_right(world: &mut World, login: &str, (asked, given): (bool, bool), at: Timestamp) {
    ask(world, login, asked, at);
    let organisation = world.github.organisation(github::SYSTEM);
    organisation.add(login, given, at, "ops-admin");
    if given {
        organisation.demote(login, at.plus_micros(2 * DAY), "ops-admin");
    }
    let right = github::Right::named("acme", given);
    let kind = if given { "org-admin" } else { "org-member" };
    let item = format!("{}/{kind}/{login}|{right}", github::SYSTEM);
    let place = ("JML-01", item.as_str(), "E");
    match given {
        true => {
            let why = "approved as a member, and given everything";
            world.truth.deviation(place, Outcome::Contradicted, (at, None), why);
        }
        false => world.truth.near_miss(place, "approved as an owner, and made a member"),
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
    let leaver = world.company.people.iter().find(|p| p.gone_by(approved));
    let later = world.company.people.iter().find(|p| {
        let left = p.left().is_some_and(|left| left.effective > approved.plus_micros(DAY));
        left && p.employments.len() == 1 && p.id != person.id
    });
    let approver = match (fate, leaver) {
        (Fate::Own, _) => person.email.clone(),
        (Fate::ByLeaver, Some(leaver)) => leaver.email.clone(),
        (Fate::BeforeTheApproverLeft, _) if later.is_some() => {
            later.map(|p| p.email.clone()).unwrap_or_default()
        }
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
            reason: match fate {
                Fate::NoPurpose => "",
                Fate::OneWord => "audit",
                _ => "monthly figures",
            }
            .to_owned(),
            at: approved.plus_micros(-3 * HOUR),
            planned_to: None,
            notified: None,
            approved: (fate != Fate::NotApproved).then_some((approver, approved)),
            done: Some(("sync@example.com".to_owned(), approved.max(at).plus_micros(60 * SECOND))),
        };
        if fate == Fate::OwnBeside {
            let own = (person.email.clone(), approved.plus_micros(-HOUR));
            world.jira.file(SYSTEM, Request { approved: Some(own), ..request.clone() });
        }
        world.jira.file(SYSTEM, request);
    }
    tell(world, &membership(&account.id, GROUP.0), at, fate);
}

/// An account becomes a member of GitHub's organisation at that instant, as was asked for and
/// approved.
pub fn member(world: &mut World, login: &str, at: Timestamp) {
    ask(world, login, false, at);
    world.github.organisation(github::SYSTEM).add(login, false, at, "ops-admin");
}

/// Asks for an account of GitHub as a member or an owner, and has it approved.
fn ask(world: &mut World, login: &str, owner: bool, at: Timestamp) {
    let (by, approver) = (world.company.head("Engineering"), world.company.head("Operations"));
    let request = Request {
        kind: "access",
        title: format!("{login} works with us"),
        by: by.email.clone(),
        requested_for: login.to_owned(),
        requested: github::Right::named("acme", owner),
        reason: "a project of theirs".to_owned(),
        at: at.plus_micros(-8 * HOUR),
        planned_to: None,
        notified: None,
        approved: Some((approver.email.clone(), at.plus_micros(-5 * HOUR))),
        done: Some(("it@example.com".to_owned(), at.plus_micros(60 * SECOND))),
    };
    world.jira.file(github::SYSTEM, request);
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
        Fate::BeforeTheApproverLeft => {
            truth.near_miss(place("B"), "the approver left only afterwards");
        }
        Fate::OwnBeside => {
            truth.near_miss(place("C"), "its holder approved it, too, and so did somebody else");
        }
        Fate::OneWord => truth.near_miss(place("F"), "the purpose is one word"),
        Fate::Other => {
            truth.deviation(place("A"), missing, stretch, "another group was approved");
        }
    }
}
