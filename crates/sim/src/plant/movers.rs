//! JML-04: what a person held in a former department is removed or approved again, or not.
//!
//! HR's files show a change some days after it took effect: it lies between two files, and what is due
//! lies between two instants.

use std::collections::BTreeSet;

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::company::{Company, Person};
use crate::files::hr;
use crate::files::jira::Request;
use crate::files::okta::{LABS, PROVISIONER, SYSTEM, membership};
use crate::plant::accounts::{account, group};
use crate::plant::{DAY, HOUR, SECOND};

mod conflicts;

/// What becomes of the group of the former department.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Removed an hour after the new one was given.
    Removed,
    /// Approved again by the head of the new department.
    Approved,
    /// Removed a second before the earliest instant at which it may be due.
    ASecondInside,
    /// Removed between the two instants at which it may be due.
    Unsure,
    /// Removed a second after the latest instant at which it may be due.
    ASecondLate,
    /// Neither.
    Never,
    /// Approved again by its holder.
    Own,
    /// Approved again by somebody who had left.
    ByLeaver,
    /// Approved for a transition, and removed before its end.
    Transition,
    /// Approved for a transition, and removed a day after the longest one.
    TransitionOver,
    /// Nobody asked for anything, removed anything or gave anything.
    Silent,
}

const FATES: [Fate; 12] = [
    Fate::Removed,
    Fate::Never,
    Fate::ASecondInside,
    Fate::ASecondLate,
    Fate::Approved,
    Fate::Unsure,
    Fate::Own,
    Fate::ByLeaver,
    Fate::Transition,
    Fate::TransitionOver,
    Fate::Removed,
    Fate::Silent,
];

/// When a change of department took effect, and between which files HR shows it.
struct Move {
    at: Timestamp,
    lo: Timestamp,
    hi: Timestamp,
}

/// The movers for whom nobody does anything: they are not given what their new department has.
#[must_use]
pub fn silent(company: &Company) -> BTreeSet<usize> {
    let movers = (0..company.people.len()).filter(|index| company.people[*index].jobs.len() > 1);
    let silent = movers.enumerate().filter(|(n, _)| FATES[n % FATES.len()] == Fate::Silent);
    silent.map(|(_, index)| index).collect()
}

/// Every mover has a fate.
pub fn plant(world: &mut World) {
    let movers: Vec<usize> = (0..world.company.people.len())
        .filter(|index| world.company.people[*index].jobs.len() > 1)
        .collect();
    for (n, index) in movers.into_iter().enumerate() {
        world.company.people[index].taken = true;
        let person = world.company.people[index].clone();
        let at = person.jobs[1].from;
        let (lo, hi) = hr::shown(&world.settings, at);
        let moved = Move { at, lo, hi };
        one(world, &person, &moved, FATES[n % FATES.len()]);
        conflicts::plant(world, &person, &moved, n);
        if n == 1 {
            in_labs(world, &person, &moved);
        }
    }
}

fn one(world: &mut World, person: &Person, moved: &Move, fate: Fate) {
    let days = |at, days| world.company.calendar.add(at, Sla::BusinessDays(days));
    let (due_lo, due_hi) = (days(moved.lo, 5), days(moved.hi, 5));
    let removed = match fate {
        Fate::Removed => Some(moved.at.plus_micros(2 * HOUR)),
        Fate::ASecondInside => Some(due_lo.plus_micros(-SECOND)),
        Fate::Unsure => Some(due_lo.plus_micros(DAY)),
        Fate::ASecondLate => Some(due_hi.plus_micros(SECOND)),
        Fate::Transition => Some(days(moved.lo, 10).plus_micros(-SECOND)),
        Fate::TransitionOver => Some(days(moved.hi, 10).plus_micros(DAY)),
        Fate::Approved | Fate::Never | Fate::Own | Fate::ByLeaver | Fate::Silent => None,
    };
    let head = world.company.head(&person.jobs[1].department).email.clone();
    let leaver = world.company.people.iter().find(|p| p.gone_by(moved.at));
    let leaver = leaver.map_or_else(|| person.email.clone(), |p| p.email.clone());
    let until = matches!(fate, Fate::Transition | Fate::TransitionOver)
        .then(|| moved.hi.plus_micros(30 * DAY));
    let old = group(&person.jobs[0].department);
    let approver = match fate {
        Fate::Approved | Fate::Transition | Fate::TransitionOver => Some(head),
        Fate::Own => Some(person.email.clone()),
        Fate::ByLeaver => Some(leaver),
        _ => None,
    };
    if let Some(approver) = approver {
        let request = Request {
            kind: "access",
            title: format!("{} keeps {}", person.name, person.jobs[0].department),
            by: person.email.clone(),
            requested_for: person.email.clone(),
            requested: old.clone(),
            reason: "hands the work over".to_owned(),
            at: moved.at.plus_micros(-20 * HOUR),
            planned_to: until,
            notified: None,
            approved: Some((approver, moved.at.plus_micros(-HOUR))),
            done: Some(("it@example.com".to_owned(), moved.at)),
        };
        world.jira.file(SYSTEM, request);
    }
    if let Some(at) = removed {
        world.okta.leave(&account(person), &old, at, PROVISIONER);
    }
    tell(world, person, (moved.hi, removed), fate);
}

/// The group of the former department is one of the second organisation, too, which nobody listed
/// since: whether it was taken away there is not on record.
fn in_labs(world: &mut World, person: &Person, moved: &Move) {
    let Some(listed) = world.labs.listed_at.filter(|at| *at < moved.lo) else { return };
    let created = person.hired().plus_micros(8 * HOUR);
    let (id, old) = (account(person).id, group(&person.jobs[0].department));
    let named = (id.as_str(), person.email.as_str(), person.name.as_str());
    let account = world.labs.create(named, Some(&person.id), created);
    world.labs.group(&old, &person.jobs[0].department);
    world.labs.join(&account, &old, created.plus_micros(HOUR), PROVISIONER);
    let held = format!("{LABS}/okta-group-member/{id}|{old}");
    let item = format!("hr/person/{} {} {held}", person.id, moved.hi.date());
    for attribute in ["B", "C"] {
        let why = "the organisation was last listed before the change of role";
        world.truth.gap(("JML-04", &item, attribute), (Some(moved.hi), None), why);
    }
    let why = "the access was already there when its system was first recorded";
    world.truth.gap(("JML-01", &held, "A"), (Some(listed), None), why);
}

fn tell(
    world: &mut World,
    person: &Person,
    (shown, removed): (Timestamp, Option<Timestamp>),
    fate: Fate,
) {
    let held = membership(&account(person).id, &group(&person.jobs[0].department));
    let item = format!("hr/person/{} {} {held}", person.id, shown.date());
    let place = |attribute| ("JML-04", item.as_str(), attribute);
    let truth = &mut world.truth;
    let open = (shown, None);
    match fate {
        Fate::Removed => {}
        Fate::Approved => truth.near_miss(place("B"), "approved again for the new department"),
        Fate::ASecondInside => truth.near_miss(place("C"), "removed a second before it was due"),
        Fate::Transition => truth.near_miss(place("C"), "removed before the transition ended"),
        Fate::Unsure => {
            let stretch = (Some(shown), removed);
            truth.gap(place("C"), stretch, "HR's files leave open when it was due");
        }
        Fate::ASecondLate | Fate::TransitionOver => {
            let stretch = (shown, removed);
            truth.deviation(place("C"), Outcome::Contradicted, stretch, "removed too late");
        }
        Fate::Never | Fate::Own | Fate::ByLeaver | Fate::Silent => {
            if fate == Fate::Silent {
                let why = "nothing came of the change of role";
                truth.deviation(place("A"), Outcome::NotDemonstrated, open, why);
            }
            truth.deviation(place("B"), Outcome::Contradicted, open, "kept without approval");
            truth.deviation(place("C"), Outcome::Contradicted, open, "kept without approval");
        }
    }
}
