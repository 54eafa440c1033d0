//! PRA-01: people who administer Okta, on accounts of their own for it; approved, approved again and
//! ended as they should be, or not.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use crate::World;
use crate::company::Person;
use crate::files::jira::Request;
use crate::files::okta::{Account, SYSTEM};
use crate::plant::accounts;
use crate::plant::{DAY, HOUR, SECOND};

const ROLE: (&str, &str) = ("USER_ADMIN", "User Administrator");
/// A day of the period on which no review of the quarter lists anything more.
const AFTER_A_LISTING: i64 = 51;
/// How long an approval holds.
const HOLDS: i64 = 90 * DAY;

/// What is the matter with the role of an administrator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Approved again every 85 days.
    Clean,
    /// Nobody asked for it.
    Unasked,
    /// Approved two days after it was given.
    ApprovedAfterwards,
    /// Never approved again.
    Lapsed,
    /// Approved again a second late.
    AgainLate,
    /// Approved again at the instant at which it was due.
    AgainOnTheSecond,
    /// Nobody said why.
    NoReason,
    /// Held ten days longer than planned.
    BeyondItsEnd,
    /// Taken back at the planned instant.
    EndedOnTheSecond,
    /// Approved for longer before the planned end.
    Extended,
    /// On the everyday account.
    Everyday,
    /// On an account without a second factor.
    NoSecondFactor,
    /// On an account with one since a second before.
    EnrolledJustInTime,
    /// Codes may be used beside the security key, from ten days after it was given.
    Codes,
    /// Codes may be used from the second on in which it was taken back.
    CodesAfterwards,
}

const FATES: &[Fate] = &[
    Fate::Unasked,
    Fate::ApprovedAfterwards,
    Fate::Lapsed,
    Fate::AgainLate,
    Fate::AgainOnTheSecond,
    Fate::NoReason,
    Fate::BeyondItsEnd,
    Fate::EndedOnTheSecond,
    Fate::Extended,
    Fate::Everyday,
    Fate::NoSecondFactor,
    Fate::Clean,
    Fate::EnrolledJustInTime,
    Fate::Codes,
    Fate::CodesAfterwards,
];

/// One administrator for every fate; as many again for every thousand people.
pub fn plant(world: &mut World) {
    let before = world.settings.log_from();
    let stays = |p: &&Person| p.stayed() && p.jobs.len() == 1 && p.hired() < before;
    let stays: Vec<_> = world.company.people.iter().filter(stays).cloned().collect();
    let count = FATES.len() * (1 + world.settings.people as usize / 1000);
    for (n, person) in stays.iter().rev().take(count).enumerate() {
        let start = 20 + 5 * i64::try_from(n % 30).unwrap_or(0);
        let fate = FATES[n % FATES.len()];
        // Who holds a right when a review lists it has it approved again by that review.
        let between = matches!(fate, Fate::Lapsed | Fate::AgainLate | Fate::AgainOnTheSecond);
        let start = if between { AFTER_A_LISTING } else { start };
        let at = world.settings.period.from.plus_micros(start * DAY + 10 * HOUR);
        administrator(world, person, at, fate);
    }
}

fn administrator(world: &mut World, person: &Person, at: Timestamp, fate: Fate) {
    let account = match fate {
        Fate::Everyday => accounts::account(person),
        Fate::EnrolledJustInTime => account(world, person, (at.plus_micros(-DAY), DAY - SECOND)),
        Fate::NoSecondFactor => account(world, person, (at.plus_micros(-5 * DAY), 0)),
        _ => account(world, person, (at.plus_micros(-5 * DAY), HOUR)),
    };
    let approved = match fate {
        Fate::ApprovedAfterwards => at.plus_micros(2 * DAY),
        Fate::Lapsed | Fate::AgainLate | Fate::AgainOnTheSecond => at.plus_micros(-20 * DAY),
        _ => at.plus_micros(-10 * HOUR),
    };
    let planned = match fate {
        Fate::BeyondItsEnd | Fate::EndedOnTheSecond | Fate::Extended | Fate::CodesAfterwards => {
            Some(at.plus_micros(30 * DAY))
        }
        _ => None,
    };
    let gone = match fate {
        Fate::BeyondItsEnd => Some(at.plus_micros(40 * DAY)),
        Fate::Extended => Some(at.plus_micros(50 * DAY)),
        Fate::Unasked => Some(at.plus_micros(20 * DAY)),
        Fate::Lapsed | Fate::AgainLate | Fate::AgainOnTheSecond => Some(at.plus_micros(80 * DAY)),
        _ => planned,
    };
    if fate != Fate::Unasked {
        ask(world, (person, &account), approved, planned, fate);
    }
    if fate == Fate::Extended {
        ask(world, (person, &account), at.plus_micros(29 * DAY), gone, fate);
    }
    let lapses = approved.plus_micros(HOLDS);
    let again = match fate {
        Fate::Lapsed | Fate::Unasked => None,
        Fate::AgainLate => Some(lapses.plus_micros(SECOND)),
        Fate::AgainOnTheSecond => Some(lapses),
        _ => Some(approved.plus_micros(85 * DAY)),
    };
    let end = gone.unwrap_or(world.settings.period.to);
    let mut next = again;
    while let Some(again) = next.filter(|again| *again < end) {
        ask(world, (person, &account), again, None, fate);
        next = Some(again.plus_micros(85 * DAY));
    }
    world.okta.promote(&account, ROLE, at);
    if let Some(gone) = gone {
        world.okta.demote(&account, ROLE, gone);
    }
    match fate {
        Fate::Codes => world.okta.enrol_codes(&account, at.plus_micros(10 * DAY)),
        Fate::CodesAfterwards => world.okta.enrol_codes(&account, gone.unwrap_or(at)),
        _ => {}
    }
    tell(world, &account, (at, approved, gone), fate);
}

/// An account for administration alone, known to be the person's.
/// It is enrolled so long after it was made, if at all.
fn account(world: &mut World, person: &Person, (at, enrolled): (Timestamp, i64)) -> Account {
    let id = format!("00uadm{:0>14}", person.id);
    let login = format!("admin.{}", person.email);
    let account = world.okta.create((&id, &login, &person.name), Some(&person.id), at);
    if enrolled > 0 {
        world.okta.enrol(&account, at.plus_micros(enrolled));
    }
    let mut day = at.plus_micros(2 * HOUR);
    while day < world.settings.collected_at() {
        world.okta.sign_in(&account, day, "203.0.113.20");
        if enrolled > 0 {
            world.okta.verify(&account, day.plus_micros(30 * SECOND));
        }
        day = day.plus_micros(30 * DAY);
    }
    let cells = [
        ("id", format!("LINK-{id}")),
        ("subject_id", format!("person/{}", person.id)),
        ("identity_id", format!("okta-user/{id}")),
        ("basis", "manual".to_owned()),
        ("valid_from", at.to_string()),
    ];
    let day = world.settings.collected_at().plus_micros(-DAY);
    world.registers.row("subject_links", SYSTEM, day, &cells);
    account
}

fn ask(
    world: &mut World,
    (person, account): (&Person, &Account),
    approved: Timestamp,
    planned_to: Option<Timestamp>,
    fate: Fate,
) {
    let reason = if fate == Fate::NoReason { "" } else { "administers accounts" };
    let request = Request {
        kind: "access",
        title: format!("{} for {}", ROLE.1, person.name),
        by: person.email.clone(),
        requested_for: account.login.clone(),
        requested: ROLE.0.to_owned(),
        reason: reason.to_owned(),
        at: approved.plus_micros(-3 * HOUR),
        planned_to,
        notified: None,
        approved: Some((world.company.head("Security").email.clone(), approved)),
        done: Some(("sync@example.com".to_owned(), approved.plus_micros(11 * HOUR))),
    };
    world.jira.file(SYSTEM, request);
}

fn tell(
    world: &mut World,
    account: &Account,
    (at, approved, gone): (Timestamp, Timestamp, Option<Timestamp>),
    fate: Fate,
) {
    let item = format!("{SYSTEM}/okta-role-assignment/{}|{}", account.id, ROLE.0);
    let place = |attribute| ("PRA-01", item.as_str(), attribute);
    let given = |attribute| ("JML-01", item.as_str(), attribute);
    let lapses = approved.plus_micros(HOLDS);
    let truth = &mut world.truth;
    match fate {
        Fate::Clean => {}
        Fate::Unasked => {
            for attribute in ["A", "B", "C"] {
                truth.deviation(place(attribute), NotDemonstrated, (at, gone), "never asked for");
            }
            truth.deviation(given("A"), NotDemonstrated, (at, None), "never asked for");
        }
        Fate::ApprovedAfterwards => {
            for attribute in ["A", "B"] {
                let stretch = (at, Some(approved));
                truth.deviation(place(attribute), NotDemonstrated, stretch, "not approved yet");
            }
            truth.deviation(given("D"), Contradicted, (at, None), "approved afterwards");
        }
        Fate::Lapsed => {
            let why = "never approved again";
            truth.deviation(place("B"), NotDemonstrated, (lapses, gone), why);
        }
        Fate::AgainLate => {
            let stretch = (lapses, Some(lapses.plus_micros(SECOND)));
            truth.deviation(place("B"), NotDemonstrated, stretch, "approved again a second late");
        }
        Fate::AgainOnTheSecond => truth.near_miss(place("B"), "approved again as it was due"),
        Fate::NoReason => {
            truth.deviation(place("C"), NotDemonstrated, (at, None), "nobody said why");
            truth.deviation(given("F"), NotDemonstrated, (at, None), "nobody said why");
        }
        Fate::BeyondItsEnd => {
            let stretch = (at.plus_micros(30 * DAY), gone);
            truth.deviation(place("D"), Contradicted, stretch, "held longer than planned");
        }
        Fate::EndedOnTheSecond => truth.near_miss(place("D"), "ended at the planned instant"),
        Fate::Extended => truth.near_miss(place("D"), "approved for longer before its end"),
        Fate::Everyday => {
            truth.deviation(place("E"), Contradicted, (at, None), "on the everyday account");
        }
        Fate::EnrolledJustInTime => {
            truth.near_miss(place("F"), "a second factor since a second before");
        }
        Fate::Codes => {
            let (identity, stretch) = (account.identity(), (at.plus_micros(10 * DAY), None));
            let why = "codes, which do not resist phishing, for an administrator";
            truth.deviation(("AUT-01", &identity, "C"), Contradicted, stretch, why);
        }
        Fate::CodesAfterwards => {
            let why = "codes since the second in which the role was taken back";
            truth.near_miss(("AUT-01", &account.identity(), "C"), why);
        }
        Fate::NoSecondFactor => {
            let why = "no second factor";
            truth.deviation(place("F"), Contradicted, (at, None), why);
            let identity = account.identity();
            // Three days after it was made, five days before the role was given.
            let due = at.plus_micros(-2 * DAY);
            let place = ("AUT-01", identity.as_str(), "C");
            truth.deviation(place, Contradicted, (due, None), why);
        }
    }
}
