//! INV-02: service accounts of which nobody wrote down what they are for, which workload uses them or
//! that their owner still stands by them; or only late, or in the last second.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome::NotDemonstrated;

use crate::World;
use crate::files::okta::SYSTEM;
use crate::plant::inventory::{Entry, own, register};
use crate::plant::{DAY, HOUR, SECOND};

/// What is with a service account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    NoPurpose,
    PurposeLate,
    PurposeJustInTime,
    NoWorkload,
    WorkloadLate,
    WorkloadJustInTime,
    /// A team owns it, and no person.
    OwnedByTeam,
    /// A person joins the team as its owner, a second before the grace ended.
    PersonJustInTime,
    NeverAttested,
    AttestedLate,
    AttestedJustInTime,
}

const FATES: [Fate; 11] = [
    Fate::NoPurpose,
    Fate::PurposeLate,
    Fate::PurposeJustInTime,
    Fate::NoWorkload,
    Fate::WorkloadLate,
    Fate::WorkloadJustInTime,
    Fate::OwnedByTeam,
    Fate::PersonJustInTime,
    Fate::NeverAttested,
    Fate::AttestedLate,
    Fate::AttestedJustInTime,
];

/// How often the owner of an account of tier T2 attests to it.
const ATTESTATION: i64 = 180 * DAY;

/// One account of each kind for every four hundred people, made early in the period.
pub fn plant(world: &mut World) {
    let first = world.settings.period.from.plus_micros(7 * DAY);
    for n in 0..(FATES.len() * (world.settings.people / 400).max(1) as usize) {
        let day = first.plus_micros((n % 20) as i64 * DAY).day_start();
        let at = world.company.workday(day).plus_micros(10 * HOUR);
        one(world, n, at, FATES[n % FATES.len()]);
    }
}

fn one(world: &mut World, n: usize, at: Timestamp, fate: Fate) {
    let id = format!("00uwhy{n:0>14}");
    let account = world.okta.create((&id, &format!("why-{n}@example.com"), "Why"), None, at);
    let head = world.company.head("Operations").email.clone();
    let grace = world.company.calendar.add(at, Sla::BusinessDays(5));
    let (just, later) = (grace.plus_micros(-SECOND), grace.plus_micros(2 * DAY));
    match fate {
        Fate::OwnedByTeam => own(world, (SYSTEM, &id), "the platform team", (at, None)),
        Fate::PersonJustInTime => {
            own(world, (SYSTEM, &id), "the platform team", (at, None));
            own(world, (SYSTEM, &id), &head, (just, None));
        }
        _ => own(world, (SYSTEM, &id), &head, (at, None)),
    }
    let entry = Entry::of(&id, at);
    let due = at.plus_micros(ATTESTATION);
    let (bare, then) = match fate {
        Fate::NoPurpose => (Entry { purpose: "", ..entry.clone() }, None),
        Fate::PurposeLate => (Entry { purpose: "", ..entry.clone() }, Some(later)),
        Fate::PurposeJustInTime => (Entry { purpose: "", ..entry.clone() }, Some(just)),
        Fate::NoWorkload => (Entry { linked: false, ..entry.clone() }, None),
        Fate::WorkloadLate => (Entry { linked: false, ..entry.clone() }, Some(later)),
        Fate::WorkloadJustInTime => (Entry { linked: false, ..entry.clone() }, Some(just)),
        Fate::NeverAttested => (attested(&entry, &[]), None),
        Fate::AttestedLate => (attested(&entry, &[due.plus_micros(10 * DAY)]), None),
        Fate::AttestedJustInTime => (attested(&entry, &[due.plus_micros(-SECOND)]), None),
        Fate::OwnedByTeam | Fate::PersonJustInTime => (entry.clone(), None),
    };
    register(world, &Entry { removed: then, ..bare });
    if let Some(then) = then {
        register(world, &Entry { registered: then, ..entry });
    }
    tell(world, &account.identity(), (at, grace), fate);
}

fn attested(entry: &Entry, at: &[Timestamp]) -> Entry {
    Entry { attested: Some(at.to_vec()), ..entry.clone() }
}

fn tell(world: &mut World, item: &str, (at, grace): (Timestamp, Timestamp), fate: Fate) {
    let place = |attribute| ("INV-02", item, attribute);
    let late = (grace, Some(grace.plus_micros(2 * DAY)));
    let due = at.plus_micros(ATTESTATION);
    let truth = &mut world.truth;
    let mut missing = |attribute, stretch, why| {
        truth.deviation(place(attribute), NotDemonstrated, stretch, why);
    };
    match fate {
        Fate::NoPurpose => missing("C", (grace, None), "nobody wrote down what it is for"),
        Fate::PurposeLate => missing("C", late, "what it is for was written down late"),
        Fate::NoWorkload => missing("D", (grace, None), "nobody wrote down what uses it"),
        Fate::WorkloadLate => missing("D", late, "what uses it was written down late"),
        Fate::OwnedByTeam => missing("B", (grace, None), "its owner is no person"),
        Fate::NeverAttested => missing("E", (due, None), "nobody ever attested to it"),
        Fate::AttestedLate => {
            missing("E", (due, Some(due.plus_micros(10 * DAY))), "attested to ten days late");
        }
        Fate::PurposeJustInTime => truth.near_miss(place("C"), "a second before the grace ended"),
        Fate::WorkloadJustInTime => truth.near_miss(place("D"), "a second before the grace ended"),
        Fate::PersonJustInTime => truth.near_miss(place("B"), "a second before the grace ended"),
        Fate::AttestedJustInTime => truth.near_miss(place("E"), "attested to a second before due"),
    }
}
