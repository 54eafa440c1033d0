//! PRA-05: people who hold both duties of a rule, with and without an exception.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::company::Person;
use crate::files::jira::Request;
use crate::files::okta::{PROVISIONER, SYSTEM};
use crate::plant::accounts::account;
use crate::plant::inventory::{Entry, register};
use crate::plant::{DAY, HOUR};

pub(crate) const PREPARE: (&str, &str) = ("00gpayprepare00000000", "Payments, prepare");
pub(crate) const RELEASE: (&str, &str) = ("00gpayrelease00000000", "Payments, release");
/// The rule that excludes the one from the other.
pub(crate) const RULE: &str = "DR-1";
/// Where people keep rules and exceptions.
const REGISTERS: &str = "registers";

/// What somebody holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Only one of both duties.
    One,
    /// One, then the other from the same instant on.
    Handover,
    /// Both for three weeks.
    Both,
    /// Both until the end of the period.
    BothStill,
    /// Both for three weeks, with an exception and a compensating control all the while.
    Excepted,
    /// The same without a compensating control.
    Uncompensated,
    /// Both for three weeks; the exception ended after the first.
    Expired,
}

const FATES: [Fate; 10] = [
    Fate::One,
    Fate::Both,
    Fate::Handover,
    Fate::BothStill,
    Fate::Excepted,
    Fate::Uncompensated,
    Fate::Expired,
    Fate::One,
    Fate::One,
    Fate::One,
];

/// The rule, and some who hold its duties.
pub fn plant(world: &mut World) {
    let period = world.settings.period;
    let cells = [
        ("id", RULE.to_owned()),
        ("name", "whoever prepares a payment does not release it".to_owned()),
        ("left_duty", PREPARE.0.to_owned()),
        ("right_duty", RELEASE.0.to_owned()),
        ("severity", "high".to_owned()),
    ];
    world.registers.row("duty_rules", REGISTERS, period.from.plus_micros(-30 * DAY), &cells);
    let mut chance = world.chance("duties");
    for n in 0..(world.settings.people / 25).max(10) as usize {
        let stays = |person: &Person| {
            person.left().is_none()
                && person.jobs.len() == 1
                && person.hired() < period.from.plus_micros(-130 * DAY)
        };
        let Some(index) = world.company.take(&mut chance, stays) else { return };
        let person = world.company.people[index].clone();
        let day = chance
            .instant(period.from.plus_micros(40 * DAY), period.to.plus_micros(-40 * DAY))
            .day_start();
        let at = world.company.workday(day).plus_micros(10 * HOUR);
        one(world, &person, at, FATES[n % FATES.len()]);
    }
    nobodys(world);
}

/// A duty on an account of which nothing says whose it is.
fn nobodys(world: &mut World) {
    let made = world.settings.log_from().plus_micros(-100 * DAY);
    let (id, login) = ("00upayments0000000000", "payments@example.com");
    let account = world.okta.create((id, login, "Payments"), None, made);
    world.okta.unclassified(&account);
    world.okta.enrol(&account, made.plus_micros(HOUR));
    world.okta.join(&account, PREPARE.0, made.plus_micros(2 * HOUR), PROVISIONER);
    register(world, &Entry { kind: "human", ..Entry::of(id, made) });
    let item = format!("{} {SYSTEM_RULE}{RULE}", account.identity());
    let stretch = (world.settings.period.from, None);
    let why = "nothing says whose account it is, and what else they hold";
    world.truth.deviation(("PRA-05", &item, "C"), Outcome::NotDemonstrated, stretch, why);
}

fn one(world: &mut World, person: &Person, at: Timestamp, fate: Fate) {
    let account = account(person);
    let first = world.settings.period.from.plus_micros(-80 * DAY + 10 * HOUR);
    give(world, person, PREPARE, first);
    if fate == Fate::One {
        return;
    }
    give(world, person, RELEASE, at);
    let end = match fate {
        Fate::Handover => Some(at),
        Fate::BothStill => None,
        _ => Some(at.plus_micros(21 * DAY)),
    };
    if let Some(end) = end {
        world.okta.leave(&account, PREPARE.0, end, PROVISIONER);
    }
    let item = format!("hr/person/{} {SYSTEM_RULE}{RULE}", person.id);
    let until = match fate {
        Fate::Excepted | Fate::Uncompensated => end,
        Fate::Expired => Some(at.plus_micros(7 * DAY)),
        _ => None,
    };
    if let Some(until) = until {
        except(world, person, &item, (at, until), fate != Fate::Uncompensated);
    }
    tell(world, &item, (at, end), fate);
}

/// How the rule's id begins.
pub(crate) const SYSTEM_RULE: &str = "registers/register/";

/// Gives a duty, as was asked for and approved.
pub(crate) fn give(world: &mut World, person: &Person, group: (&str, &str), at: Timestamp) {
    ask(world, person, group, at);
    world.okta.join(&account(person), group.0, at, PROVISIONER);
}

/// Asks for a duty from an instant on, and has the head of Finance approve it.
pub(crate) fn ask(world: &mut World, person: &Person, group: (&str, &str), at: Timestamp) {
    let request = Request {
        kind: "access",
        title: format!("{} for {}", group.1, person.name),
        by: person.email.clone(),
        requested_for: person.email.clone(),
        requested: group.0.to_owned(),
        reason: "payments".to_owned(),
        at: at.plus_micros(-30 * HOUR),
        planned_to: None,
        notified: None,
        approved: Some((world.company.head("Finance").email.clone(), at.plus_micros(-4 * HOUR))),
        done: Some(("sync@example.com".to_owned(), at.plus_micros(60_000_000))),
    };
    world.jira.file(SYSTEM, request);
}

fn except(
    world: &mut World,
    person: &Person,
    item: &str,
    (from, until): (Timestamp, Timestamp),
    compensated: bool,
) {
    let compensating = if compensated { "MON-01: daily review of released payments" } else { "" };
    let id = format!("EX-PRA-05-{}", person.id);
    if !compensated {
        let exception = format!("{SYSTEM_RULE}{id}");
        let place = ("EXC-01", exception.as_str(), "D");
        let missing = Outcome::NotDemonstrated;
        world.truth.deviation(place, missing, (from, Some(until)), "nothing reduces the risk");
    }
    let cells = [
        ("id", id),
        ("control_id", "PRA-05".to_owned()),
        ("target", item.to_owned()),
        ("rationale", "covers for a colleague".to_owned()),
        ("compensating_control", compensating.to_owned()),
        ("requested_by", person.email.clone()),
        ("approved_by", world.company.head("Security").email.clone()),
        ("approved_at", from.plus_micros(-HOUR).to_string()),
        ("starts_at", from.to_string()),
        ("expires_at", until.to_string()),
        ("closed_at", until.to_string()),
    ];
    let day = world.settings.collected_at().plus_micros(-DAY);
    world.registers.row("exceptions", REGISTERS, day, &cells);
}

fn tell(world: &mut World, item: &str, (from, to): (Timestamp, Option<Timestamp>), fate: Fate) {
    let place = |attribute| ("PRA-05", item, attribute);
    let wrong = Outcome::Contradicted;
    let truth = &mut world.truth;
    match fate {
        Fate::One => {}
        Fate::Handover => truth.near_miss(place("A"), "the one ended as the other began"),
        Fate::Both | Fate::BothStill => {
            truth.deviation(place("A"), wrong, (from, to), "both duties were held");
            truth.deviation(place("B"), wrong, (from, to), "no exception covers it");
        }
        Fate::Excepted => {
            truth.deviation(place("A"), wrong, (from, to), "both duties were held");
            truth.near_miss(place("B"), "an exception covers it all the while");
        }
        Fate::Uncompensated => {
            truth.deviation(place("A"), wrong, (from, to), "both duties were held");
            let missing = Outcome::NotDemonstrated;
            truth.deviation(place("B"), missing, (from, to), "nothing compensates for it");
        }
        Fate::Expired => {
            // The exception is told beside the part of the stretch that it covers.
            let until = from.plus_micros(7 * DAY);
            truth.deviation(place("A"), wrong, (from, Some(until)), "both duties were held");
            truth.deviation(place("A"), wrong, (until, to), "both duties were held");
            let stretch = (until, to);
            truth.deviation(place("B"), wrong, stretch, "the exception had ended");
        }
    }
}
