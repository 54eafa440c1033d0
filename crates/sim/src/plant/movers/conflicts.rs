//! JML-04, D: the new role brings a duty that excludes one of before, and that is resolved or not.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome;

use super::Move;
use crate::World;
use crate::company::Person;
use crate::files::okta::{PROVISIONER, membership};
use crate::plant::accounts::account;
use crate::plant::duties::{PREPARE, RELEASE, RULE, SYSTEM_RULE, ask, give};
use crate::plant::{DAY, HOUR, SECOND};

/// What becomes of the conflict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// There is none: the duty of before is all there is.
    None,
    /// The new duty is taken away a second before the earliest instant at which that may be due.
    ASecondInside,
    /// Between the two instants at which it may be due.
    Unsure,
    /// A second after the latest instant at which it may be due.
    ASecondLate,
    /// It stays.
    Never,
}

const FATES: [Fate; 5] =
    [Fate::Never, Fate::ASecondInside, Fate::None, Fate::ASecondLate, Fate::Unsure];

/// Every second mover prepared payments before; whoever releases them now does both.
pub(super) fn plant(world: &mut World, person: &Person, moved: &Move, n: usize) {
    if n % 2 == 1 {
        return;
    }
    let fate = FATES[n / 2 % FATES.len()];
    let days = |at| world.company.calendar.add(at, Sla::BusinessDays(5));
    let (due_lo, due_hi) = (days(moved.lo), days(moved.hi));
    let first = world.settings.period.from.plus_micros(-50 * DAY + 10 * HOUR);
    give(world, person, PREPARE, first);
    // Who prepared may go on with it, as the head of Finance says again.
    ask(world, person, PREPARE, moved.at.plus_micros(2 * HOUR));
    if fate == Fate::None {
        return;
    }
    let begun = moved.at.plus_micros(3 * HOUR);
    give(world, person, RELEASE, begun);
    let ended = match fate {
        Fate::ASecondInside => Some(due_lo.plus_micros(-SECOND)),
        Fate::Unsure => Some(due_lo.plus_micros(DAY)),
        Fate::ASecondLate => Some(due_hi.plus_micros(SECOND)),
        Fate::Never | Fate::None => None,
    };
    if let Some(at) = ended {
        world.okta.leave(&account(person), RELEASE.0, at, PROVISIONER);
    }
    tell(world, person, moved.hi, (begun, ended), fate);
}

fn tell(
    world: &mut World,
    person: &Person,
    shown: Timestamp,
    (begun, ended): (Timestamp, Option<Timestamp>),
    fate: Fate,
) {
    let wrong = Outcome::Contradicted;
    let truth = &mut world.truth;
    for group in [PREPARE, RELEASE] {
        let held = membership(&account(person).id, group.0);
        let item = format!("hr/person/{} {} {held}", person.id, shown.date());
        let place = ("JML-04", item.as_str(), "D");
        match fate {
            Fate::None => {}
            Fate::ASecondInside => truth.near_miss(place, "resolved a second before it was due"),
            Fate::Unsure => {
                truth.gap(place, (Some(shown), ended), "HR's files leave open when it was due");
            }
            Fate::ASecondLate | Fate::Never => {
                truth.deviation(place, wrong, (shown, ended), "both duties since the move");
            }
        }
    }
    let item = format!("hr/person/{} {SYSTEM_RULE}{RULE}", person.id);
    truth.deviation(("PRA-05", &item, "A"), wrong, (begun, ended), "both duties were held");
    truth.deviation(("PRA-05", &item, "B"), wrong, (begun, ended), "no exception covers it");
}
