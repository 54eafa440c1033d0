//! PRA-02: people administer Okta for some hours, as they asked for; the role is taken back by the end
//! of what was approved, or not.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use crate::World;
use crate::company::Person;
use crate::files::jira::Request;
use crate::files::okta::SYSTEM;
use crate::plant::accounts::account;
use crate::plant::{DAY, HOUR, SECOND};

const ROLE: (&str, &str) = ("GROUP_MEMBERSHIP_ADMIN", "Group Membership Administrator");
/// Until when each is approved, after it begins.
const TERM: i64 = 4 * HOUR;
/// The longest that one may be approved for.
const LONGEST: i64 = 8 * HOUR;
/// How long after its end it may still be held.
const TOLERANCE: i64 = 300 * SECOND;

/// What is the matter with an elevation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    /// Taken back five minutes after its end.
    EndedOnTheSecond,
    /// A second later.
    EndedLate,
    NeverEnded,
    /// Approved for longer before its end.
    Extended,
    /// Approved for longer a minute after its end.
    ExtendedLate,
    /// Approved for eight hours.
    Longest,
    /// A second longer.
    TooLong,
    /// Asked for and approved as it began.
    InTheSameSecond,
    /// Approved by who asked for it, under their other name.
    OtherName,
    /// Approved by somebody who had left.
    ByLeaver,
    /// Approved by somebody who left the day after.
    BeforeTheApproverLeft,
    /// Approved by a policy that nobody named.
    ByPolicy,
    /// Approved by somebody who is called like one.
    NearlyByPolicy,
    /// The log ends before the longest time is over.
    InTheDark,
}

/// Whoever has no account of their own for administration has no other name: those come first.
const FATES: &[Fate] = &[
    Fate::OtherName,
    Fate::EndedOnTheSecond,
    Fate::EndedLate,
    Fate::NeverEnded,
    Fate::Extended,
    Fate::ExtendedLate,
    Fate::Longest,
    Fate::TooLong,
    Fate::InTheSameSecond,
    Fate::ByLeaver,
    Fate::BeforeTheApproverLeft,
    Fate::ByPolicy,
    Fate::NearlyByPolicy,
    Fate::InTheDark,
    Fate::Clean,
];

/// One elevation of a person for every fate; another fifteen for every thousand people.
pub fn plant(world: &mut World) {
    let before = world.settings.log_from();
    let stays = |p: &&Person| p.stayed() && p.jobs.len() == 1 && p.hired() < before;
    let stays: Vec<_> = world.company.people.iter().filter(stays).cloned().collect();
    let count = FATES.len() * (1 + world.settings.people as usize / 1000);
    let period = world.settings.period;
    for (n, person) in stays.iter().rev().take(count).enumerate() {
        let fate = FATES[n % FATES.len()];
        let day = 150 + 7 * i64::try_from(n % 25).unwrap_or(0);
        let at = match fate {
            Fate::InTheDark => world.okta.kept_until.unwrap_or(period.to).plus_micros(-5 * HOUR),
            _ => period.from.plus_micros(day * DAY + 13 * HOUR),
        };
        elevate(world, person, at, fate);
    }
}

fn elevate(world: &mut World, person: &Person, at: Timestamp, fate: Fate) {
    let Some((approver, fate)) = approver(world, person, at, fate) else { return };
    let planned = at.plus_micros(match fate {
        Fate::Longest => LONGEST,
        Fate::TooLong => LONGEST + SECOND,
        _ => TERM,
    });
    let asked = if fate == Fate::InTheSameSecond { at } else { at.plus_micros(-2 * HOUR) };
    let approved = if fate == Fate::InTheSameSecond { at } else { at.plus_micros(-HOUR) };
    ask(world, person, (asked, planned), (&approver, approved));
    let longer = planned.plus_micros(TERM);
    let head = world.company.head("Security").email.clone();
    let again = match fate {
        Fate::Extended => Some(planned.plus_micros(-SECOND)),
        Fate::ExtendedLate => Some(planned.plus_micros(60 * SECOND)),
        _ => None,
    };
    if let Some(again) = again {
        ask(world, person, (again.plus_micros(-HOUR), longer), (&head, again));
    }
    let ended = match fate {
        Fate::EndedOnTheSecond => Some(planned.plus_micros(TOLERANCE)),
        Fate::EndedLate => Some(planned.plus_micros(TOLERANCE + SECOND)),
        Fate::NeverEnded => None,
        Fate::Extended | Fate::ExtendedLate => Some(longer),
        _ => Some(planned),
    };
    let account = account(person);
    world.okta.promote(&account, ROLE, at);
    if let Some(ended) = ended {
        world.okta.demote(&account, ROLE, ended);
    }
    let item = format!("{SYSTEM}/okta-role-assignment/{}|{}", account.id, ROLE.0);
    tell(world, &item, at, (ended, fate));
}

/// Who approves it; what needs somebody who had left, or who leaves later, is clean without them.
fn approver(world: &World, person: &Person, at: Timestamp, fate: Fate) -> Option<(String, Fate)> {
    let head = world.company.head("Security").email.clone();
    let people = &world.company.people;
    let leaves = |p: &&Person| {
        let later = p.left().is_some_and(|left| left.effective > at);
        later && p.employments.len() == 1 && p.called.is_none()
    };
    let found = match fate {
        Fate::OtherName => return Some((format!("admin.{}", person.email), fate)),
        Fate::ByPolicy => return Some(("policy:on-call".to_owned(), fate)),
        Fate::NearlyByPolicy => return Some(("policy@example.com".to_owned(), fate)),
        Fate::ByLeaver => people.iter().find(|p| p.gone_by(at.plus_micros(-HOUR))),
        Fate::BeforeTheApproverLeft => people.iter().find(leaves),
        _ => return Some((head, fate)),
    };
    Some(found.map_or((head, Fate::Clean), |p| (p.email.clone(), fate)))
}

fn ask(
    world: &mut World,
    person: &Person,
    (at, planned): (Timestamp, Timestamp),
    (approver, approved): (&str, Timestamp),
) {
    let request = Request {
        kind: "elevation",
        title: format!("{} for {}", ROLE.1, person.name),
        by: person.email.clone(),
        requested_for: person.email.clone(),
        requested: ROLE.0.to_owned(),
        reason: "moves members of groups".to_owned(),
        at,
        planned_to: Some(planned),
        approved: Some((approver.to_owned(), approved)),
        done: None,
        notified: None,
    };
    world.jira.file(SYSTEM, request);
}

fn tell(world: &mut World, item: &str, at: Timestamp, (ended, fate): (Option<Timestamp>, Fate)) {
    let place = |attribute| ("PRA-02", item, attribute);
    let open = (at, None);
    let truth = &mut world.truth;
    match fate {
        Fate::Clean => {}
        Fate::EndedOnTheSecond => truth.near_miss(place("E"), "taken back on the last second"),
        Fate::EndedLate | Fate::NeverEnded | Fate::ExtendedLate => {
            let why = if ended.is_some() { "held beyond what was approved" } else { "never ended" };
            truth.deviation(place("E"), Contradicted, open, why);
            let why = "nothing shows which uses after its end belong to it";
            truth.deviation(place("F"), NotDemonstrated, open, why);
        }
        Fate::Extended => truth.near_miss(place("E"), "approved for longer a second before"),
        Fate::Longest => truth.near_miss(place("D"), "approved for as long as allowed"),
        Fate::TooLong => {
            truth.deviation(place("D"), Contradicted, open, "approved for a second too long");
        }
        Fate::InTheSameSecond => {
            truth.near_miss(place("A"), "asked for in the second in which it began");
        }
        Fate::OtherName => {
            let why = "approved by who asked for it, under another name";
            truth.deviation(place("B"), Contradicted, open, why);
            truth.deviation(("JML-01", item, "C"), Contradicted, open, why);
        }
        Fate::ByLeaver => {
            let why = "the approver had left";
            truth.deviation(place("B"), Contradicted, open, why);
            truth.deviation(("JML-01", item, "B"), Contradicted, open, why);
        }
        Fate::BeforeTheApproverLeft => {
            truth.near_miss(place("B"), "the approver left only afterwards");
        }
        Fate::ByPolicy => {
            let why = "approved by a policy that is not named as an approver";
            truth.deviation(place("B"), Contradicted, open, why);
        }
        Fate::NearlyByPolicy => truth.near_miss(place("B"), "an address like a policy's name"),
        Fate::InTheDark => {
            for attribute in ["F", "G"] {
                let why = "the log ends before the longest time was over";
                truth.gap(place(attribute), (Some(at), None), why);
            }
        }
    }
}
