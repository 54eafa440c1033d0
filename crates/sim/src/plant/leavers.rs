//! JML-02: accounts of leavers are deactivated within a day of the end of the employment, or not.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::files::jira::Request;
use crate::files::okta::{PROVISIONER, SYSTEM};
use crate::plant::accounts::account;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// What becomes of a leaver's account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Deactivated some hours later.
    InTime,
    /// One second before it is due.
    ASecondInside,
    /// One second after it was due.
    ASecondLate,
    /// Days after it was due.
    Late,
    /// Never.
    Never,
    /// In time, but nobody closed the offboarding ticket.
    NoTicket,
}

/// Every leaver has a fate; most go as they should.
pub fn plant(world: &mut World) {
    let mut chance = world.chance("leavers");
    let leavers: Vec<usize> = (0..world.company.people.len())
        .filter(|index| world.company.people[*index].left().is_some())
        .filter(|index| !world.company.people[*index].taken)
        .collect();
    for (n, index) in leavers.into_iter().enumerate() {
        let fate = match n % 8 {
            1 => Fate::ASecondInside,
            2 => Fate::ASecondLate,
            3 => Fate::Late,
            4 => Fate::Never,
            5 => Fate::NoTicket,
            _ => Fate::InTime,
        };
        world.company.people[index].taken = true;
        let hours = i64::try_from(chance.below(20)).unwrap_or(0);
        leave(world, index, fate, hours * HOUR);
    }
}

fn leave(world: &mut World, index: usize, fate: Fate, after: i64) {
    let person = world.company.people[index].clone();
    let Some(left) = person.left() else { return };
    let account = account(&person);
    let gone = match fate {
        Fate::InTime | Fate::NoTicket => Some(left.effective.plus_micros(after + SECOND)),
        Fate::ASecondInside => Some(left.effective.plus_micros(DAY - SECOND)),
        Fate::ASecondLate => Some(left.effective.plus_micros(DAY + SECOND)),
        Fate::Late => Some(left.effective.plus_micros(5 * DAY + after)),
        Fate::Never => None,
    };
    if let Some(at) = gone {
        world.okta.deactivate(&account, at, PROVISIONER);
    }
    let closed = gone.filter(|_| fate != Fate::NoTicket).unwrap_or(left.effective);
    let manager = person.job_at(left.effective).and_then(|job| job.manager.clone());
    let manager = manager.and_then(|id| world.company.person(&id).map(|m| m.email.clone()));
    if fate != Fate::NoTicket {
        let approver = manager.unwrap_or_else(|| "hr@example.com".to_owned());
        let request = Request {
            kind: "retirement",
            title: format!("Offboarding of {}", person.name),
            by: "hr@example.com".to_owned(),
            requested_for: person.email.clone(),
            requested: format!("user/{}", account.id),
            reason: "end of employment".to_owned(),
            at: left.recorded,
            planned_to: None,
            approved: Some((approver, left.recorded.plus_micros(HOUR))),
            done: Some(("it@example.com".to_owned(), closed.plus_micros(HOUR))),
        };
        world.jira.file(SYSTEM, request);
    }
    tell(world, &person.id, &account.identity(), fate, (left.effective, gone));
}

fn tell(
    world: &mut World,
    person: &str,
    identity: &str,
    fate: Fate,
    (left, gone): (Timestamp, Option<Timestamp>),
) {
    let item = format!("hr/person/{person} {identity}");
    let place = |attribute| ("JML-02", item.as_str(), attribute);
    let truth = &mut world.truth;
    match fate {
        Fate::InTime => {}
        Fate::ASecondInside => {
            truth.near_miss(place("C"), "deactivated one second before it was due");
        }
        Fate::ASecondLate | Fate::Late => {
            let stretch = (left, gone);
            truth.deviation(place("C"), Outcome::Contradicted, stretch, "deactivated too late");
        }
        Fate::Never => {
            let stretch = (left, None);
            truth.deviation(place("B"), Outcome::Contradicted, stretch, "never deactivated");
            truth.deviation(place("C"), Outcome::Contradicted, stretch, "never deactivated");
        }
        Fate::NoTicket => {
            let stretch = (left, None);
            truth.deviation(place("E"), Outcome::NotDemonstrated, stretch, "no offboarding ticket");
        }
    }
}
