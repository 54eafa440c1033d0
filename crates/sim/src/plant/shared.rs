//! PRA-04: accounts of Okta that several people sign in with; each use is checked out, with a second
//! factor, and an exception covers the account, or not.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use crate::World;
use crate::files::jira::Request;
use crate::files::okta::{Account, SYSTEM};
use crate::plant::{DAY, HOUR, SECOND, consoles};

mod passwords;
mod whole;

/// Where people keep exceptions.
const REGISTERS: &str = "registers";
/// How long an exception lasts.
const LASTS: i64 = 60 * DAY;

/// What is the matter with an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Checked out at each use.
    Clean,
    /// An exception covers it for sixty days.
    Excepted,
    /// Another one begins as the first ends.
    ExceptedAgain,
    /// Used once without a check-out.
    NotCheckedOut,
    /// Never checked out.
    NeverCheckedOut,
    /// Used in the first and the last second of a check-out.
    ToTheEnds,
    /// Used as the check-out ends.
    AfterTheEnd,
    /// The log does not say of one use that a second factor was used.
    NoSecondFactor,
}

const FATES: &[Fate] = &[
    Fate::Excepted,
    Fate::ExceptedAgain,
    Fate::NotCheckedOut,
    Fate::NeverCheckedOut,
    Fate::ToTheEnds,
    Fate::AfterTheEnd,
    Fate::NoSecondFactor,
    Fate::Clean,
];

/// An account for every fate; as many again for every two thousand people.
pub fn plant(world: &mut World) {
    let people = consoles::people(world);
    let count = FATES.len() * (1 + world.settings.people as usize / 2000);
    for n in 0..count {
        let account = account(world, n);
        let of = |n: usize| people[n % people.len()].1.clone();
        link(world, &account, &[of(2 * n), of(2 * n + 1)]);
        uses(world, &account, &of(2 * n), FATES[n % FATES.len()]);
        exceptions(world, &account, FATES[n % FATES.len()]);
        silence(world, &account);
    }
    passwords::plant(world, &people);
    whole::plant(world, &people);
}

fn account(world: &mut World, n: usize) -> Account {
    let created = world.settings.log_from().plus_micros(-100 * DAY);
    let id = format!("00ulab{n:0>14}");
    let login = format!("lab-{n:02}@example.com");
    let account = world.okta.create((&id, &login, &format!("Laboratory {n}")), None, created);
    world.okta.unclassified(&account);
    world.okta.enrol(&account, created.plus_micros(HOUR));
    account
}

fn link(world: &mut World, account: &Account, people: &[String]) {
    let since = world.settings.log_from().plus_micros(-100 * DAY);
    for email in people {
        let known = world.company.people.iter().find(|person| person.email == *email);
        let Some(id) = known.map(|person| person.id.clone()) else { continue };
        let cells = [
            ("id", format!("LINK-{}-{id}", account.id)),
            ("subject_id", format!("person/{id}")),
            ("identity_id", format!("okta-user/{}", account.id)),
            ("basis", "manual".to_owned()),
            ("valid_from", since.to_string()),
        ];
        let day = world.settings.collected_at().plus_micros(-DAY);
        world.registers.row("subject_links", SYSTEM, day, &cells);
    }
}

/// A use every six weeks, checked out for two hours.
fn uses(world: &mut World, account: &Account, by: &str, fate: Fate) {
    let period = world.settings.period;
    let end = world.okta.kept_until.unwrap_or(period.to);
    let mut at = period.from.plus_micros(-30 * DAY + 13 * HOUR);
    let mut n = 0;
    while at < end.plus_micros(-DAY) {
        let until = at.plus_micros(2 * HOUR);
        // The third use is the one with which something may be wrong.
        let third = n == 3;
        let alone = fate == Fate::NeverCheckedOut || third && fate == Fate::NotCheckedOut;
        if !alone {
            check_out(world, (SYSTEM, &account.login), by, (at, until));
            replaced(world, account, until.plus_micros(DAY));
        }
        let used: &[Timestamp] = match fate {
            Fate::ToTheEnds if third => &[at, until.plus_micros(-SECOND)],
            Fate::AfterTheEnd if third => &[until],
            _ => &[at.plus_micros(HOUR)],
        };
        let strong = !(third && fate == Fate::NoSecondFactor);
        for at in used {
            world.okta.sign_in(account, *at, "203.0.113.20");
            if strong {
                world.okta.verify(account, *at);
            }
        }
        if period.contains(at) {
            tell_use(world, account, used, fate, (third, alone));
        }
        at = at.plus_micros(42 * DAY);
        n += 1;
    }
}

fn tell_use(
    world: &mut World,
    account: &Account,
    used: &[Timestamp],
    fate: Fate,
    (third, alone): (bool, bool),
) {
    let item = account.identity();
    let place = |attribute| ("PRA-04", item.as_str(), attribute);
    let at = used[0];
    let instant = (at, Some(at.plus_micros(1)));
    let truth = &mut world.truth;
    match fate {
        Fate::NeverCheckedOut => {
            truth.deviation(place("B"), NotDemonstrated, instant, "never checked out");
        }
        _ if alone => truth.deviation(place("B"), Contradicted, instant, "not checked out"),
        Fate::AfterTheEnd if third => {
            truth.deviation(place("B"), Contradicted, instant, "used as the check-out ended");
        }
        Fate::ToTheEnds if third => {
            truth.near_miss(place("B"), "used in the first and the last second of it");
        }
        Fate::NoSecondFactor if third => {
            let why = "nothing says that a second factor was used";
            truth.deviation(place("C"), NotDemonstrated, instant, why);
        }
        _ => {}
    }
}

/// A day after each check-in the password should have been replaced.
fn replaced(world: &mut World, account: &Account, due: Timestamp) {
    if world.settings.period.contains(due) {
        let item = account.identity();
        let stretch = (due, Some(due.plus_micros(1)));
        let why = "Okta does not say when a password was replaced";
        world.truth.deviation(("PRA-04", &item, "E"), NotDemonstrated, stretch, why);
    }
}

/// Asks for a shared account for a while, and has it approved at once.
fn check_out(
    world: &mut World,
    (system, name): (&str, &str),
    by: &str,
    (from, until): (Timestamp, Timestamp),
) {
    let request = Request {
        kind: "elevation",
        title: format!("Check {name} out"),
        by: by.to_owned(),
        requested_for: by.to_owned(),
        requested: name.to_owned(),
        reason: "an experiment".to_owned(),
        at: from.plus_micros(-HOUR),
        planned_to: Some(until),
        notified: None,
        approved: Some((world.company.head("Engineering").email.clone(), from)),
        done: None,
    };
    world.jira.file(system, request);
}

/// The exceptions of an account, and when none covers it.
fn exceptions(world: &mut World, account: &Account, fate: Fate) {
    let period = world.settings.period;
    let first = period.from.plus_micros(100 * DAY + 9 * HOUR);
    let starts: &[Timestamp] = match fate {
        Fate::Excepted => &[first],
        Fate::ExceptedAgain => &[first, first.plus_micros(LASTS)],
        _ => &[],
    };
    let item = account.identity();
    let place = ("PRA-04", item.as_str(), "A");
    let mut bare = period.from;
    for (n, start) in starts.iter().enumerate() {
        except(world, &item, n, *start);
        if bare < *start {
            let stretch = (bare, Some(*start));
            world.truth.deviation(place, Contradicted, stretch, "no exception covers it");
        } else {
            world.truth.near_miss(place, "another exception begins as the first ends");
        }
        bare = start.plus_micros(LASTS);
    }
    world.truth.deviation(place, Contradicted, (bare, None), "no exception covers it");
}

/// An exception of an item for sixty days.
fn except(world: &mut World, item: &str, n: usize, start: Timestamp) {
    let after = |days: i64| start.plus_micros(days * DAY).to_string();
    let cells = [
        ("id", format!("EX-{}-{n}", item.rsplit('/').next().unwrap_or(item))),
        ("control_id", "PRA-04".to_owned()),
        ("target", item.to_owned()),
        ("rationale", "the instrument knows one account only".to_owned()),
        ("compensating_control", "MON-01".to_owned()),
        ("requested_by", world.company.head("Engineering").email.clone()),
        ("approved_by", world.company.head("Security").email.clone()),
        ("approved_at", start.plus_micros(-HOUR).to_string()),
        ("starts_at", start.to_string()),
        ("expires_at", after(60)),
        ("reviewed_at", format!("{} {}", after(25), after(50))),
        ("closed_at", after(60)),
    ];
    let day = world.settings.collected_at().plus_micros(-DAY);
    world.registers.row("exceptions", REGISTERS, day, &cells);
}

/// After the log's end nothing shows how it was used.
fn silence(world: &mut World, account: &Account) {
    let item = account.identity();
    for attribute in ["B", "C", "D"] {
        let place = ("PRA-04", item.as_str(), attribute);
        let why = "the log of the last days was not exported";
        world.truth.gap(place, (world.okta.kept_until, None), why);
    }
}
