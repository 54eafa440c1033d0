//! JML-02 and JML-03: an agency says of its people until when they are engaged, and stops sending its
//! list. Okta goes on to show their accounts active, so the two contradict each other. A third of its
//! people answers for a system and for agents (GOV-01, AGT-01), and nobody says until when.
//!
//! They are nobody's of whom the company's own HR knows, so that no other scenario takes them.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use crate::company::{Departure, Employment, Job, Person, Told};
use crate::files::hr;
use crate::files::okta::{self, SYSTEM};
use crate::plant::accounts::{account, grant};
use crate::plant::{DAY, HOUR};
use crate::{Settings, World};

/// The source of the agency's lists, and their system.
const AGENCY: &str = "agency";
const WEEK: i64 = 7 * DAY;
/// Weeks from before the period in which the agency sends its list.
const LISTS: i64 = 18;

/// Whom the agency engages until further notice. They answer for things, and have no account.
pub(crate) const LIAISON: &str = "carla.weiss@example.com";

/// From when on nothing shows that somebody of the agency still works there: five business days
/// after its last list.
pub(crate) fn unheard_from(world: &World) -> Timestamp {
    world.company.calendar.add(last_list(&world.settings), Sla::BusinessDays(5))
}

/// The day of the agency's last list.
fn last_list(settings: &Settings) -> Timestamp {
    settings.period.from.plus_micros((LISTS - 2) * WEEK)
}

/// Two people of the agency, each engaged until a day of the period, and one until further notice.
pub fn plant(world: &mut World) {
    let first = world.settings.period.from.plus_micros(-WEEK);
    let last = last_list(&world.settings);
    // The engagement of one ended while the agency still sent lists, that of the other afterwards.
    let ends = [last.plus_micros(-14 * DAY), last.plus_micros(21 * DAY)];
    let mut people: Vec<_> =
        ends.iter().enumerate().map(|(n, end)| person(world, n, Some(*end))).collect();
    for person in &people {
        engage(world, person);
        tell(world, person, last);
    }
    people.push(person(world, people.len(), None));
    for week in 0..LISTS {
        let day = first.plus_micros(week * WEEK);
        world.output.file(format!("agency/roster-{}.csv", day.date()), hr::roster(&people, day));
    }
    let (from, to) = (first.to_string(), last.to_string());
    let settings = [("path", "@/agency"), ("covers-from", &*from), ("covers-to", &to)];
    world.output.source(AGENCY, "roster-csv", &settings);
}

fn person(world: &World, n: usize, end: Option<Timestamp>) -> Person {
    let hired = world.settings.period.from.plus_micros(-200 * DAY).day_start();
    let left = end.map(|end| {
        let effective = end.day_start().plus_micros(17 * HOUR);
        let recorded = effective.plus_micros(-40 * DAY);
        Departure { effective, recorded, involuntary: false, told: Told::Both }
    });
    let name = ["Agnes Lindqvist", "Bruno Salazar", "Carla Weiss"][n % 3];
    Person {
        id: format!("AG{n}"),
        name: name.to_owned(),
        email: format!("{}@example.com", name.to_lowercase().replace(' ', ".")),
        worker_type: "contractor",
        employments: vec![Employment { hired, left, planned: None }],
        jobs: vec![Job {
            from: hired,
            department: "Support".to_owned(),
            title: "Support Agent".to_owned(),
            manager: None,
        }],
        called: None,
        away: None,
        taken: true,
    }
}

/// An account like everybody's, in use all the while.
fn engage(world: &mut World, person: &Person) {
    let created = person.hired().plus_micros(7 * HOUR);
    let account = account(person);
    world.okta.create((&account.id, &person.email, &person.name), Some(&person.id), created);
    world.okta.enrol(&account, created.plus_micros(2 * HOUR));
    grant(world, person, "Support", created);
    for at in sign_ins(world) {
        world.okta.sign_in(&account, at, "198.51.100.9");
    }
}

/// Every twenty days, as far as the log was exported.
fn sign_ins(world: &World) -> Vec<Timestamp> {
    let settings = world.settings;
    let until = world.okta.kept_until.unwrap_or(settings.period.to);
    let first = settings.log_from().plus_micros(DAY + 8 * HOUR);
    let every = (0..).map(|n| first.plus_micros(n * 20 * DAY));
    every.take_while(|at| *at < until).collect()
}

fn tell(world: &mut World, person: &Person, last: Timestamp) {
    let Some(left) = person.left() else { return };
    let (end, account) = (left.effective, account(person));
    let item = format!("{AGENCY}/person/{} {}", person.id, okta::identity(SYSTEM, &account.id));
    removal(world, &item, end, last);
    uses(world, &item, end, last);
    if let Some(until) = world.okta.kept_until {
        for attribute in ["A", "B"] {
            let why = "the log of the last days was not exported";
            world.truth.gap(("JML-03", &item, attribute), (Some(until.max(end)), None), why);
        }
    }
}

/// Nobody removed the account. A day after the end it was due; whether the person was still to leave
/// then, the agency said only if its lists reach so far.
fn removal(world: &mut World, item: &str, end: Timestamp, last: Timestamp) {
    let truth = &mut world.truth;
    let place = |attribute| ("JML-02", item, attribute);
    let told = end.plus_micros(DAY) <= last;
    let why = "the agency had stopped sending lists, and the account was active";
    for attribute in ["B", "C"] {
        match told {
            true => {
                let why = "the agency said so, and nobody removed the account";
                truth.deviation(place(attribute), Contradicted, (end, None), why);
            }
            false => truth.gap(place(attribute), (Some(end), None), why),
        }
    }
    match told {
        true => truth.deviation(place("E"), NotDemonstrated, (end, None), "no offboarding ticket"),
        false => truth.gap(place("E"), (Some(end), None), why),
    }
}

/// Uses after the end: of those up to the last list the agency says that they were a leaver's.
fn uses(world: &mut World, item: &str, end: Timestamp, last: Timestamp) {
    let (from, to) = (world.settings.period.from, world.settings.period.to);
    let place = ("JML-03", item, "A");
    for at in sign_ins(world).into_iter().filter(|at| end.max(from) <= *at && *at < to) {
        let after = at.plus_micros(1);
        if at <= last {
            let why = "a sign-in after the end that the agency still listed";
            world.truth.deviation(place, Contradicted, (at, Some(after)), why);
        } else {
            let why = "a sign-in after the agency had stopped sending lists";
            world.truth.gap(place, (Some(at), Some(after)), why);
        }
    }
}
