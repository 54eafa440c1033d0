//! Agents in GitHub, which act with tokens: how long those live.

use std::collections::BTreeSet;

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use super::register::{Line, days, drills};
use super::{Fate, missing, records, whole};
use crate::World;
use crate::chance::Chance;
use crate::files::github::{SYSTEM, Token};
use crate::plant::inventory::own;
use crate::plant::registered::ticket;
use crate::plant::{DAY, HOUR, SECOND};

/// What is with a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Life {
    /// Revoked after exactly a day.
    ADay,
    /// Revoked a second later; nothing says when it would have expired.
    ASecondMore,
    /// It stays, and never expires.
    Forever,
    /// Revoked within the day; no register has the agent.
    OfNobodyKnown,
}

/// One agent for each.
pub(super) fn plant(world: &mut World) {
    let mut chance = world.chance("agents");
    let mut weeks = BTreeSet::new();
    let lives = [Life::ADay, Life::ASecondMore, Life::Forever, Life::OfNobodyKnown];
    for (n, life) in lives.into_iter().enumerate() {
        let login = format!("agent-gh-{n}");
        match life {
            Life::OfNobodyKnown => unknown(world, &login),
            _ => enter(world, &login),
        }
        weeks.extend(token(world, &login, life, &mut chance));
        drills(world, &login, &format!("{SYSTEM}/login/{login}"), Fate::Fine);
    }
    let log = format!("{SYSTEM}-log");
    for week in weeks {
        let why = "the log of GitHub does not say on whose behalf an agent acts";
        records::tell(world, &log, "H", week, why);
    }
}

fn enter(world: &mut World, login: &str) {
    let registered = world.settings.log_from().plus_micros(5 * DAY);
    let head = world.company.head("Engineering").email.clone();
    let line = Line {
        id: format!("AG-{login}"),
        system: SYSTEM,
        name: login,
        owner: head.clone(),
        scopes: "contents:read".to_owned(),
        acts_for: head,
        registered,
        retired: None,
    };
    for day in days(world) {
        line.write(world, day);
    }
    let organisation = world.github.organisation(SYSTEM);
    organisation.act(login, "git.clone", registered.plus_micros(HOUR));
}

/// An agent that GitHub shows, and that is on no register.
fn unknown(world: &mut World, login: &str) {
    let seen = world.settings.log_from().plus_micros(5 * DAY);
    let head = world.company.head("Engineering").email.clone();
    own(world, (SYSTEM, login), &head, (seen, None));
    world.github.organisation(SYSTEM).act(login, "git.clone", seen);
    let item = format!("{SYSTEM}/login/{login}");
    for attribute in ["A", "C", "E"] {
        missing(world, &item, attribute, "no register has it");
    }
    for attribute in ["A", "B"] {
        whole(world, "INV-01", &item, attribute, Contradicted, "never entered");
    }
    whole(world, "INV-01", &item, "C", NotDemonstrated, "never classified");
    whole(world, "INV-02", &item, "C", NotDemonstrated, "what it is for is on no record");
    whole(world, "INV-02", &item, "E", NotDemonstrated, "nobody ever attested to it");
}

/// The weeks in which the agent acted.
fn token(world: &mut World, login: &str, life: Life, chance: &mut Chance) -> BTreeSet<Timestamp> {
    let period = world.settings.period;
    let made = period.to.plus_micros(-45 * DAY);
    let organisation = world.github.organisation(SYSTEM);
    let token = organisation.token(login, "work", made, chance);
    let day = made.plus_micros(DAY);
    let item = format!("{SYSTEM}/login/{login}");
    let place = ("AGT-01", item.as_str(), "D");
    match life {
        Life::OfNobodyKnown => retire(world, &token, made.plus_micros(HOUR), login),
        Life::ADay => {
            retire(world, &token, day, login);
            world.truth.near_miss(place, "revoked when it had lived for a day");
        }
        Life::ASecondMore => {
            retire(world, &token, day.plus_micros(SECOND), login);
            let stretch = (day, Some(day.plus_micros(SECOND)));
            let why = "lived for longer than a day, and nothing says when it would have expired";
            world.truth.deviation(place, NotDemonstrated, stretch, why);
        }
        Life::Forever => {
            let organisation = world.github.organisation(SYSTEM);
            for n in 1..3 {
                organisation.use_token(&token, made.plus_micros(n * 15 * DAY));
            }
            let why = "a token that never expires";
            world.truth.deviation(place, Contradicted, (day, None), why);
        }
    }
    let organisation = world.github.organisation(SYSTEM);
    let mine = organisation.acted(login).filter(|at| period.contains(*at));
    mine.map(records::monday).collect()
}

/// An agent revokes its token, as asked for.
fn retire(world: &mut World, token: &Token, at: Timestamp, login: &str) {
    ticket(world, SYSTEM, "retirement", &token.hash, at.plus_micros(-HOUR));
    world.github.organisation(SYSTEM).revoke(token, at, login);
}
