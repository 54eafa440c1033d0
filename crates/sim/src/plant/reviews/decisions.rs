//! UAR-03: who decides on access in Okta.

use tenure_model::outcome::Outcome::{self, Contradicted, Indeterminate, NotDemonstrated};

use super::access::Access;
use super::listing::Campaign;
use super::*;
use crate::company::Person;
use crate::files::hr;
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
    /// No answer, and then kept by nobody.
    KeptByNobody,
    /// No answer, and then kept by who answers for the system.
    AnsweredByOwner,
    /// Decided by who answers for the system, not by the manager.
    ByOwner,
    /// Abstained at first, and decided an hour later.
    AbstainedFirst,
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
    Fate::KeptByNobody,
    Fate::AnsweredByOwner,
    Fate::ByOwner,
    Fate::AbstainedFirst,
];

/// The review in which they are made.
const CAMPAIGN: &str = "RC-decisions";

/// How many decisions are made in a row, a second each.
const HASTE: usize = 12;
/// How many are made at one instant: too few to be too fast.
const BULK: usize = 10;

/// When the review of them starts.
pub(super) fn starts(world: &World) -> Timestamp {
    world.settings.period.from.plus_micros(199 * DAY).day_start().plus_micros(9 * HOUR)
}

/// Decisions in the review of one quarter: some on the groups of people who have been where they are
/// for all of it, some in haste, and the usual ones on everything else.
pub(super) fn write(world: &mut World) {
    let started = starts(world);
    let at = started.plus_micros(DAY);
    let (id, due) = (CAMPAIGN.to_owned(), at.plus_micros(20 * DAY));
    let mut campaign = Campaign::new(world, id, (OKTA, "user"), (started, started), (due, due));
    // The smallest company has no more people than fates and half as many again.
    for (n, person) in stayers(world).iter().take(FATES.len() / 2 * 3).enumerate() {
        let fate = if n % 3 == 2 { Fate::Clean } else { FATES[n / 3 * 2 + n % 3] };
        let minutes = i64::try_from(n).unwrap_or(0) * 5 * 60 * SECOND;
        campaign.told.push(decision(world, n + 1, person, fate, at.plus_micros(minutes)));
    }
    campaign.told.extend(of_mover(world, at.plus_micros(3 * HOUR)));
    let mut rest = campaign.in_force(world);
    let hasty = of_others(world, &rest, HASTE);
    rest.retain(|access| !hasty.contains(&access.target));
    haste(world, &hasty, started.plus_micros(5 * DAY));
    campaign.told.extend(hasty);
    campaign.write(world, &rest);
    unknown(world, &campaign);
}

/// People who have been where they are for all of the period, and of whom HR says nothing else.
fn stayers(world: &World) -> Vec<Person> {
    let before = world.settings.period.from.plus_micros(-30 * DAY);
    let stays = |person: &&Person| {
        let calm = person.left().is_none() && person.employments[0].planned.is_none();
        let once = person.employments.len() == 1 && person.jobs.len() == 1;
        person.hired() < before && calm && once
    };
    let first = crate::company::DEPARTMENTS.len() + 1;
    world.company.people.iter().skip(first).filter(stays).cloned().collect()
}

/// Somebody whose manager changed between two files of HR, one before the decision and one after it:
/// the new manager decides on the new group.
fn of_mover(world: &mut World, at: Timestamp) -> Option<String> {
    // Who owns the system may decide whatever HR's files say.
    let owners = ["Operations", "Engineering"].map(|name| world.company.head(name).id.as_str());
    let between = |person: &&Person| {
        let job = person.jobs.get(1);
        let led = job.filter(|job| !owners.iter().any(|id| job.manager.as_deref() == Some(*id)));
        led.map(|job| job.from).is_some_and(|moved| {
            let (lo, hi) = hr::shown(&world.settings, moved);
            lo < moved && moved < at.plus_micros(-2 * DAY) && at < hi
        })
    };
    let person = world.company.people.iter().find(between)?.clone();
    let job = &person.jobs[1];
    let manager = job.manager.as_deref().and_then(|id| world.company.person(id))?.email.clone();
    let target =
        format!("okta/okta-group-member/{}|{}", account(&person).id, group(&job.department));
    item(world, (SYSTEM, CAMPAIGN), "RI-mover", &target);
    let made = Decision {
        register: SYSTEM,
        id: "RD-mover",
        decision: "keep",
        reviewer: &manager,
        assigned_to: &manager,
        at: Some(at),
        justification: "new here",
    };
    decide(world, "RI-mover", &made);
    let item = format!("{SYSTEM}/register/RD-mover");
    let why = "HR's files leave open whether they were the manager yet";
    world.truth.gap(("UAR-03", &item, "B"), (Some(at), None), why);
    Some(target)
}

/// So many things of people who have stayed where they are, and who answer for nothing in Okta.
fn of_others(world: &World, rest: &[Access], count: usize) -> Vec<String> {
    let heads = ["Operations", "Engineering"].map(|name| world.company.head(name).id.clone());
    let stayed = |id: &String| world.company.person(id).is_some_and(|p| p.jobs.len() == 1);
    let of = |a: &&Access| a.person.as_ref().is_some_and(|p| !heads.contains(p) && stayed(p));
    rest.iter().filter(of).take(count).map(|access| access.target.clone()).collect()
}

/// Decisions of one reviewer, a second after another.
fn haste(world: &mut World, targets: &[String], at: Timestamp) {
    let reviewer = world.company.head("Operations").email.clone();
    for (n, target) in targets.iter().enumerate() {
        let at = at.plus_micros(i64::try_from(n).unwrap_or(0) * SECOND);
        let item = quick(world, (CAMPAIGN, 900 + n), (target, &reviewer), at);
        let place = ("UAR-03", item.as_str(), "E");
        world.truth.deviation(place, Indeterminate, (at, None), "a second for each decision");
    }
}

/// In another review, the one who owns Okta's access decides on as many things at one instant; and, if
/// `more`, on one an hour later, so that these are not nearly all.
pub(super) fn in_bulk(world: &mut World, campaign: &mut Campaign, more: bool) {
    let rest = campaign.in_force(world);
    let targets = of_others(world, &rest, BULK + usize::from(more));
    let reviewer = world.company.head("Engineering").email.clone();
    let first = if more { 980 } else { 950 };
    for (n, target) in targets.iter().enumerate() {
        let hours = if n < BULK { 9 } else { 10 };
        let at = campaign.started.plus_micros(3 * DAY + hours * HOUR);
        let item = quick(world, (&campaign.id, first + n), (target, &reviewer), at);
        let place = ("UAR-03", item.as_str(), "E");
        if more {
            world.truth.near_miss(place, "ten of eleven decisions in one act");
        } else if targets.len() >= BULK {
            let why = "all that they decided, in one act";
            world.truth.deviation(place, Indeterminate, (at, None), why);
        }
    }
    campaign.told.extend(targets);
}

/// A decision to keep something; the id under which Tenure lists it.
fn quick(
    world: &mut World,
    (campaign, n): (&str, usize),
    (target, reviewer): (&str, &str),
    at: Timestamp,
) -> String {
    let (id, review_item) = (format!("RD-{n:03}"), format!("RI-{n:03}"));
    item(world, (SYSTEM, campaign), &review_item, target);
    let made = Decision {
        register: SYSTEM,
        id: &id,
        decision: "keep",
        reviewer,
        assigned_to: reviewer,
        at: Some(at),
        justification: "fine",
    };
    decide(world, &review_item, &made);
    format!("{SYSTEM}/register/{id}")
}

/// UAR-02: a review lists things that no system on record knows.
pub(super) fn unknown(world: &mut World, campaign: &Campaign) {
    let item = campaign.tenure();
    let stretch = (campaign.listed, None);
    let truth = &mut world.truth;
    for target in campaign.told.iter().filter(|target| target.contains("/nobody-")) {
        let other = format!("{item} {target}");
        let place = ("UAR-02", other.as_str(), "B");
        truth.deviation(place, NotDemonstrated, stretch, "no system knows what is listed");
        let (count, list) = (("UAR-02", item.as_str(), "A"), ("UAR-02", item.as_str(), "B"));
        truth.deviation(count, Contradicted, stretch, "one more than there were");
        truth.deviation(list, NotDemonstrated, stretch, "no system knows what is listed");
    }
}

/// The address of somebody who had left by then, for good, as HR had recorded.
pub(super) fn gone_by(world: &World, at: Timestamp) -> Option<String> {
    let alone = |p: &&Person| {
        let same = |other: &Person| other.id != p.id && other.email == p.email;
        p.employments.len() == 1 && !world.company.people.iter().any(same)
    };
    let gone = |p: &&Person| p.gone_by(at) && p.left().is_some_and(|l| l.recorded < at);
    world.company.people.iter().filter(alone).find(gone).map(|p| p.email.clone())
}

/// Lists the group of a person's department, and has it decided on; the target.
fn decision(world: &mut World, n: usize, person: &Person, fate: Fate, at: Timestamp) -> String {
    let email = |id: &str| world.company.person(id).map(|p| p.email.clone()).unwrap_or_default();
    let manager = person.jobs[0].manager.as_deref().map(email).unwrap_or_default();
    let other = if person.jobs[0].department == "Sales" { "Support" } else { "Sales" };
    let other = world.company.head(other).email.clone();
    let owner = world.company.head("Operations").email.clone();
    let left = gone_by(world, at).unwrap_or_else(|| other.clone());
    let (id, review_item) = (format!("RD-{n:03}"), format!("RI-{n:03}"));
    let group = group(&person.jobs[0].department);
    let target = match fate {
        Fate::UnknownTarget => format!("okta/okta-group-member/nobody-{n}"),
        _ => format!("okta/okta-group-member/{}|{group}", account(person).id),
    };
    item(world, (SYSTEM, CAMPAIGN), &review_item, &target);
    let (verdict, reviewer, assigned_to) = match fate {
        Fate::Own => ("keep", person.email.as_str(), person.email.as_str()),
        Fate::NotEntitled => ("keep", other.as_str(), other.as_str()),
        Fate::ReviewerLeft => ("keep", left.as_str(), left.as_str()),
        Fate::NoAnswer => ("no_response", manager.as_str(), manager.as_str()),
        Fate::Abstained => ("abstain", manager.as_str(), manager.as_str()),
        Fate::HandedOver | Fate::NotAsked => ("keep", manager.as_str(), other.as_str()),
        Fate::Nobody | Fate::KeptByNobody => ("keep", "", manager.as_str()),
        Fate::ByOwner | Fate::AnsweredByOwner => ("keep", owner.as_str(), owner.as_str()),
        _ => ("keep", manager.as_str(), manager.as_str()),
    };
    before(world, (n, &review_item), fate, (&other, &manager), at.plus_micros(-HOUR));
    if fate != Fate::NoDecision {
        let made = Decision {
            register: SYSTEM,
            id: &id,
            decision: verdict,
            reviewer,
            assigned_to,
            at: Some(at),
            justification: "",
        };
        decide(world, &review_item, &made);
    }
    tell(world, (&id, &review_item), fate, at);
    target
}

/// What was said an hour before: that somebody else decides, or nothing.
fn before(
    world: &mut World,
    (n, review_item): (usize, &str),
    fate: Fate,
    (other, manager): (&str, &str),
    at: Timestamp,
) {
    let (decision, by) = match fate {
        Fate::HandedOver => ("reassign", other),
        Fate::AbstainedFirst => ("abstain", manager),
        Fate::KeptByNobody | Fate::AnsweredByOwner => ("no_response", manager),
        _ => return,
    };
    let id = format!("RD-{n:03}-before");
    let said = Decision {
        register: SYSTEM,
        id: &id,
        decision,
        reviewer: by,
        assigned_to: by,
        at: Some(at),
        justification: "on leave",
    };
    decide(world, review_item, &said);
    let item = format!("{SYSTEM}/register/{id}");
    let place = ("UAR-03", item.as_str(), "C");
    match fate {
        Fate::AbstainedFirst => {
            world.truth.near_miss(place, "abstained, and decided an hour later");
        }
        Fate::AnsweredByOwner => {
            world.truth.near_miss(place, "did not answer, and who owns the system decided");
        }
        Fate::KeptByNobody => {
            let why = "did not answer, and it was kept all the same";
            world.truth.deviation(place, Contradicted, (at, None), why);
        }
        _ => {}
    }
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
        Fate::Clean | Fate::AbstainedFirst | Fate::AnsweredByOwner => {}
        Fate::ByOwner => truth.near_miss(place("B"), "not the manager, and answers for the system"),
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
        Fate::Nobody | Fate::KeptByNobody => {
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
