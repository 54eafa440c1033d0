//! AUT-01 for Okta and GitHub: what their logs say of sign-ins, and where they have holes.
//!
//! In Okta a second factor is verified in the session that a sign-in begins, or in another, or never.

use std::collections::BTreeSet;

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::company::Person;
use crate::files::{github, okta};
use crate::plant::accounts;
use crate::time::{DAY, HOUR, MINUTE, SECOND};

/// Tells of the accounts that scenarios made.
pub fn tell(world: &mut World) {
    let none = Outcome::NotDemonstrated;
    let how = ("D", "the log does not say of a sign-in how it was made");
    let around = ("B", "no register lists ways around it");
    let policy = ("A", "no register has a policy that enforces a second factor");
    let history = ("E", "no register has a history of such a policy");
    for (system, unknown) in [
        ("github/login", &[policy, around, how, history][..]),
        ("github-labs/login", &[around, how]),
    ] {
        for (attribute, why) in unknown {
            world.truth.circumstance(("AUT-01", &format!("{system}/*"), attribute), none, why);
        }
    }
    let end = world.settings.period.to;
    let kept = world.okta.kept_until.unwrap_or(end);
    let last = world.okta.of_people(end);
    // Who was made after the log, or was there when it ended.
    let there = world.okta.of_people(kept).into_iter().zip(&last);
    let there: Vec<_> = there.map(|((id, at, kept), last)| (id, at, kept, last.2)).collect();
    for (id, created, at_last, at_end) in there {
        if at_last || at_end {
            let item = okta::identity(okta::SYSTEM, &id);
            let stretch = (Some(kept.max(created)), None);
            let why = "the log of the last days was not exported";
            world.truth.gap(("AUT-01", &item, "D"), stretch, why);
            if !at_end {
                // Which instant of the two days that is, the listing of later days says.
                world.truth.whenever_it_ends();
            }
        }
    }
    weak(world, kept);
    labs(world);
    gone(world);
    owners(world);
    let from = world.settings.period.from;
    let organisation = world.github.organisation(github::LABS);
    let kept = organisation.kept_from;
    for (login, _) in organisation.stays() {
        let item = format!("{}/login/{login}", github::LABS);
        let place = ("AUT-01", item.as_str(), "D");
        world.truth.gap(place, (Some(from), kept), "the log of that time was not kept");
    }
}

/// What is with a sign-in of somebody who signs in with a password and a second factor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// The second factor comes half an hour later, in the same session.
    Later,
    /// The second factor comes a second later, in another session.
    Elsewhere,
    /// The sign-in was refused.
    Refused,
}

/// People sign in to Okta on one day of spring, one after the other.
pub fn plant(world: &mut World) {
    let period = world.settings.period;
    let before = world.settings.log_from();
    let stays = |p: &&Person| p.stayed() && p.hired() < before && p.called.is_none();
    let people: Vec<_> = world.company.people.iter().filter(stays).take(6).cloned().collect();
    for (n, person) in people.iter().enumerate() {
        let fate = [Fate::Later, Fate::Elsewhere, Fate::Refused][n % 3];
        let account = accounts::account(person);
        let at = period.from.plus_micros(100 * DAY + 9 * HOUR + n as i64 * MINUTE);
        let (okta, near) = (&mut world.okta, ("AUT-01", &*account.identity(), "D"));
        match fate {
            Fate::Later => {
                okta.sign_in(&account, at, "198.51.100.40");
                okta.verify(&account, at.plus_micros(30 * MINUTE));
                world.truth.near_miss(near, "a second factor in the same session, later");
            }
            Fate::Elsewhere => {
                okta.sign_in(&account, at, "198.51.100.40");
                okta.verify_elsewhere(&account, at.plus_micros(SECOND));
            }
            Fate::Refused => {
                okta.refuse(&account, at, "198.51.100.40");
                world.truth.near_miss(near, "without a second factor, and refused");
            }
        }
    }
}

/// Sign-ins of people with no second factor in the session, as far as the log was exported.
fn weak(world: &mut World, kept: Timestamp) {
    let period = world.settings.period;
    let people: BTreeSet<_> = world.okta.of_people(kept).into_iter().map(|(id, ..)| id).collect();
    let weak =
        world.okta.weak().iter().filter(|(account, at)| {
            people.contains(&account.id) && period.contains(*at) && *at < kept
        });
    for (account, at) in weak {
        let item = account.identity();
        let stretch = (*at, Some(at.plus_micros(1)));
        let why = "no second factor was verified in the session";
        world.truth.deviation(("AUT-01", &item, "D"), Outcome::NotDemonstrated, stretch, why);
    }
}

/// Of the second organisation of Okta there is one listing and no log; nobody enrolled a second factor
/// there. Of who had left before, the listing says since when, and not with which factors.
fn labs(world: &mut World) {
    let from = world.settings.period.from;
    let Some(listed) = world.labs.listed_at else { return };
    let (none, wrong) = (Outcome::NotDemonstrated, Outcome::Contradicted);
    for (id, created, active) in world.labs.of_people(listed) {
        if active && created <= listed {
            let late = from.max(created.plus_micros(ENROLS));
            let why = "no second factor three days after the account was made";
            unproven(world, &id, (from.max(created), None));
            let item = okta::identity(okta::LABS, &id);
            world.truth.deviation(("AUT-01", &item, "C"), wrong, (late, None), why);
        }
    }
    for (id, created, ended) in world.labs.ended(listed) {
        let late = from.max(created.plus_micros(ENROLS));
        if ended > from {
            unproven(world, &id, (from.max(created), Some(ended)));
        }
        if ended > late {
            let item = okta::identity(okta::LABS, &id);
            let why = "the listing does not say which factors who left had enrolled";
            world.truth.deviation(("AUT-01", &item, "C"), none, (late, Some(ended)), why);
        }
    }
}

/// Who had left the organisation when its members were listed: no listing says whether they had a
/// second factor while they were there.
fn gone(world: &mut World) {
    let from = world.settings.period.from;
    let why = "who left before the listing is not in it, and the log does not say";
    for (login, stays) in world.github.organisation(github::SYSTEM).stays() {
        let ends: Option<Vec<_>> = stays.iter().map(|stay| stay.1).collect();
        for ((began, _), ended) in stays.iter().zip(ends.unwrap_or_default()) {
            if ended > from {
                let item = format!("{}/login/{login}", github::SYSTEM);
                let stretch = (from.max(*began), Some(ended));
                world.truth.deviation(
                    ("AUT-01", &item, "C"),
                    Outcome::NotDemonstrated,
                    stretch,
                    why,
                );
            }
        }
    }
}

/// GitHub says of who is there that a second factor is enrolled, and not of what kind: of owners it
/// must resist phishing.
fn owners(world: &mut World) {
    let period = world.settings.period;
    for system in world.github.systems() {
        let organisation = world.github.organisation(&system);
        let there = |stays: &[(_, Option<Timestamp>)]| stays.iter().any(|stay| stay.1.is_none());
        let listed: Vec<_> =
            organisation.stays().into_iter().filter(|(_, stays)| there(stays)).collect();
        for (login, from, to) in organisation.owners() {
            let known = listed.iter().any(|(name, _)| name == login);
            let in_time = from < period.to && to.is_none_or(|to| to > period.from);
            if known && in_time {
                let item = format!("{system}/login/{login}");
                let stretch = (from.max(period.from), to.filter(|to| *to < period.to));
                let why = "an owner, and of what kind the second factor is, is not said";
                let place = ("AUT-01", item.as_str(), "C");
                world.truth.deviation(place, Outcome::NotDemonstrated, stretch, why);
            }
        }
    }
}

/// How long after an account was made it may be without a second factor.
const ENROLS: i64 = 3 * DAY;

/// What nothing shows of an account of the second organisation, over a stretch.
fn unproven(world: &mut World, id: &str, stretch: (Timestamp, Option<Timestamp>)) {
    let item = okta::identity(okta::LABS, id);
    let place = |attribute| ("AUT-01", item.as_str(), attribute);
    world.truth.gap(place("D"), (Some(stretch.0), stretch.1), "its log is not collected");
}
