//! UAR-03: who decides on access in Okta.

use tenure_model::outcome::Outcome::{self, Contradicted, Indeterminate, NotDemonstrated};

use super::*;
use crate::company::Person;
use crate::files::okta::SYSTEM as OKTA;
use crate::plant::accounts::{account, group};

/// What is the matter with a decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    Own,
    NotEntitled,
    ReviewerLeft,
    NoAnswer,
    Abstained,
    HandedOver,
    NotAsked,
    Nobody,
    NoDecision,
    UnknownTarget,
}

const FATES: &[Fate] = &[
    Fate::Own,
    Fate::NotEntitled,
    Fate::ReviewerLeft,
    Fate::NoAnswer,
    Fate::Abstained,
    Fate::HandedOver,
    Fate::NotAsked,
    Fate::Nobody,
    Fate::NoDecision,
    Fate::UnknownTarget,
];

/// How many decisions are made in a row, a second each.
const HASTE: usize = 12;

/// When the review of them starts.
pub(super) fn starts(world: &World) -> Timestamp {
    world.settings.period.from.plus_micros(199 * DAY).day_start().plus_micros(9 * HOUR)
}

/// Decisions in the review of one quarter, on people who have been where they are for all of it.
pub(super) fn plant(world: &mut World) {
    let period = world.settings.period;
    let at = starts(world).plus_micros(DAY);
    let campaign = Campaign {
        id: "RC-decisions".to_owned(),
        system: OKTA,
        class: "user",
        started: starts(world),
        due: at.plus_micros(20 * DAY),
        signed_off: Some(at.plus_micros(20 * DAY)),
    };
    campaign.write(world);
    let stays = |person: &&Person| {
        let long = person.hired() < period.from.plus_micros(-30 * DAY);
        long && person.left().is_none() && person.jobs.len() == 1 && !person.taken
    };
    let first = crate::company::DEPARTMENTS.len() + 1;
    let people: Vec<Person> =
        world.company.people.iter().skip(first).filter(stays).cloned().collect();
    let mut people = people.into_iter();
    for n in 0..FATES.len() * 3 {
        let Some(person) = people.next() else { return };
        let fate = if n % 3 == 2 { FATES[n / 3] } else { Fate::Clean };
        let minutes = i64::try_from(n).unwrap_or(0) * 5 * 60 * SECOND;
        decision(world, n + 1, &person, fate, at.plus_micros(minutes));
    }
    // Another department is decided on in haste, at its own time.
    let people: Vec<Person> = people.collect();
    let Some(manager) = people.first().and_then(|person| person.jobs[0].manager.clone()) else {
        return;
    };
    let of = people.iter().filter(|person| person.jobs[0].manager.as_ref() == Some(&manager));
    for (n, person) in of.take(HASTE).enumerate() {
        let seconds = i64::try_from(n).unwrap_or(0) * SECOND;
        let at = at.plus_micros(DAY + seconds);
        let id = 900 + n;
        decision(world, id, person, Fate::Clean, at);
        let item = format!("{SYSTEM}/register/RD-{id:03}");
        // Of fewer, no ten decisions follow another.
        if people.iter().filter(|p| p.jobs[0].manager.as_ref() == Some(&manager)).count() > 10 {
            let place = ("UAR-03", item.as_str(), "E");
            world.truth.deviation(place, Indeterminate, (at, None), "a second for each decision");
        }
    }
}

fn decision(world: &mut World, n: usize, person: &Person, fate: Fate, at: Timestamp) {
    let email = |id: &str| world.company.person(id).map(|p| p.email.clone()).unwrap_or_default();
    let manager = person.jobs[0].manager.as_deref().map(email).unwrap_or_default();
    let other = if person.jobs[0].department == "Sales" { "Support" } else { "Sales" };
    let other = world.company.head(other).email.clone();
    let left = world.company.people.iter().find(|p| p.left().is_some_and(|l| l.effective < at));
    let left = left.map_or_else(|| other.clone(), |p| p.email.clone());
    let (id, review_item) = (format!("RD-{n:03}"), format!("RI-{n:03}"));
    let group = group(&person.jobs[0].department);
    let target = match fate {
        Fate::UnknownTarget => format!("okta/okta-group-member/nobody-{n}"),
        _ => format!("okta/okta-group-member/{}|{group}", account(person).id),
    };
    item(world, "RC-decisions", &review_item, &target);
    let (verdict, reviewer, assigned_to) = match fate {
        Fate::Own => ("keep", person.email.as_str(), person.email.as_str()),
        Fate::NotEntitled => ("keep", other.as_str(), other.as_str()),
        Fate::ReviewerLeft => ("keep", left.as_str(), left.as_str()),
        Fate::NoAnswer => ("no_response", manager.as_str(), manager.as_str()),
        Fate::Abstained => ("abstain", manager.as_str(), manager.as_str()),
        Fate::HandedOver | Fate::NotAsked => ("keep", manager.as_str(), other.as_str()),
        Fate::Nobody => ("keep", "", manager.as_str()),
        _ => ("keep", manager.as_str(), manager.as_str()),
    };
    if fate == Fate::HandedOver {
        let (at, id) = (at.plus_micros(-HOUR), format!("RD-{n:03}-over"));
        let over = Decision {
            id: &id,
            decision: "reassign",
            reviewer: &other,
            assigned_to: &other,
            at,
            justification: "on leave",
        };
        decide(world, &review_item, &over);
    }
    if fate != Fate::NoDecision {
        let made =
            Decision { id: &id, decision: verdict, reviewer, assigned_to, at, justification: "" };
        decide(world, &review_item, &made);
    }
    tell(world, (&id, &review_item), fate, at);
}

fn tell(world: &mut World, (id, review_item): (&str, &str), fate: Fate, at: Timestamp) {
    let item = format!("{SYSTEM}/register/{id}");
    let place = |attribute| ("UAR-03", item.as_str(), attribute);
    let due = starts(world).plus_micros(21 * DAY);
    let truth = &mut world.truth;
    let mut wrong = |attribute, outcome: Outcome, why: &str| {
        truth.deviation(place(attribute), outcome, (at, None), why);
    };
    match fate {
        Fate::Clean => {}
        Fate::Own => {
            wrong("A", Contradicted, "decided by who holds it");
            wrong("B", Contradicted, "neither manager nor owner");
        }
        Fate::NotEntitled => wrong("B", Contradicted, "neither manager nor owner"),
        Fate::ReviewerLeft => wrong("B", Contradicted, "the reviewer had left"),
        Fate::NoAnswer => wrong("C", Contradicted, "no answer"),
        Fate::Abstained => wrong("C", Contradicted, "abstained, and nobody decided"),
        Fate::HandedOver => truth.near_miss(place("F"), "handed over, and that is on record"),
        Fate::NotAsked => wrong("F", NotDemonstrated, "somebody else was asked"),
        Fate::Nobody => {
            for attribute in ["A", "B", "F"] {
                wrong(attribute, NotDemonstrated, "who decided is not on record");
            }
        }
        Fate::NoDecision => {
            let item = format!("{SYSTEM}/register/{review_item}");
            let place = ("UAR-03", item.as_str(), "C");
            truth.deviation(place, NotDemonstrated, (due, None), "no decision by the due date");
        }
        Fate::UnknownTarget => {
            wrong("A", NotDemonstrated, "no system knows what was decided on");
            wrong("B", NotDemonstrated, "no system knows what was decided on");
        }
    }
}
