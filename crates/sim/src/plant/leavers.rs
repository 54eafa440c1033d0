//! JML-02 and JML-03: accounts, tokens and uses of leavers, removed and ended in time or not.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::company::{Departure, Employment, Person, Told};
use crate::files::hr;
use crate::files::jira::Request;
use crate::files::okta::{self, Account, LABS, PROVISIONER, SYSTEM};
use crate::plant::accounts::{self, account};
use crate::plant::{DAY, HOUR, SECOND};

mod delegations;

/// What becomes of a leaver's account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Deactivated some hours later.
    InTime,
    /// One second before it is due.
    ASecondInside,
    /// One second after it was due.
    ASecondLate,
    /// Days after it was due, and used in between.
    Late,
    /// Never; a sign-in after the end was refused.
    Never,
    /// In time, but nobody opened an offboarding ticket.
    NoTicket,
    /// HR recorded the end days after it took effect; deactivated a second before it was due then.
    BackDated,
    /// The same, a second late, and used after the effective end.
    BackDatedLate,
    /// Called involuntary; deactivated a second before four hours were over.
    Involuntary,
    /// The same, a second late.
    InvoluntaryLate,
    /// Held an admin role; deactivated a second before four hours were over.
    Privileged,
    /// The same, an hour late.
    PrivilegedLate,
    /// Deactivated in time; a token of the account was revoked a second before it was due.
    Token,
    /// Deactivated in time; a token outlived the account by days.
    TokenLate,
    /// Deactivated in time, and activated again when the person was hired again.
    Rehired,
    /// Not deactivated until the person was hired again.
    RehiredStood,
    /// Went under another login before leaving; deactivated a second before it was due.
    Renamed,
    /// Goes on working under another employment.
    AnotherEmployment,
    /// Left before the period, recorded within it; deactivated days late.
    CarriedIn,
    /// Two tickets ask for the same offboarding.
    TwoTickets,
    /// HR's files do not say when the end was recorded.
    NotRecorded,
    /// HR's files say nothing of the end: the person is in them no more.
    Vanished,
}

/// Small companies have leavers for the first of them only: what is found comes before what is not.
const FATES: [Fate; 24] = [
    Fate::NotRecorded,
    Fate::TokenLate,
    Fate::Vanished,
    Fate::ASecondInside,
    Fate::ASecondLate,
    Fate::Late,
    Fate::Never,
    Fate::NoTicket,
    Fate::BackDated,
    Fate::BackDatedLate,
    Fate::Rehired,
    Fate::RehiredStood,
    Fate::Token,
    Fate::Involuntary,
    Fate::InvoluntaryLate,
    Fate::Privileged,
    Fate::PrivilegedLate,
    Fate::Renamed,
    Fate::AnotherEmployment,
    Fate::CarriedIn,
    Fate::TwoTickets,
    Fate::InTime,
    Fate::InTime,
    Fate::InTime,
];

const ROLE: (&str, &str) = ("HELP_DESK_ADMIN", "Help Desk Administrator");

/// A leaver, and what was done about the account.
struct Leaver {
    person: Person,
    account: Account,
    fate: Fate,
    left: Departure,
    /// When the account was deactivated.
    gone: Option<Timestamp>,
    /// When the person was hired again.
    again: Option<Timestamp>,
}

impl Leaver {
    fn item(&self, system: &str) -> String {
        format!("hr/person/{} {}", self.person.id, okta::identity(system, &self.account.id))
    }

    /// The instant that puts the leaver into the period.
    fn listed(&self, world: &World) -> Timestamp {
        match self.left.effective < world.settings.period.from {
            true => self.left.recorded,
            false => self.left.effective,
        }
    }
}

/// Every leaver has a fate; many go as they should.
pub fn plant(world: &mut World) {
    world.labs.listed_at = Some(world.settings.period.to.plus_micros(-60 * DAY));
    let mut chance = world.chance("leavers");
    let leavers: Vec<usize> = (0..world.company.people.len())
        .filter(|index| world.company.people[*index].left().is_some())
        .filter(|index| !world.company.people[*index].taken)
        .collect();
    for (n, index) in leavers.into_iter().enumerate() {
        world.company.people[index].taken = true;
        let hours = i64::try_from(chance.below(20)).unwrap_or(0);
        let fate = possible(world, index, FATES[n % FATES.len()]);
        let Some(leaver) = leave(world, index, fate, hours * HOUR) else { continue };
        ticket(world, &leaver);
        use_of(world, &leaver);
        tell(world, &leaver);
        silence(world, &leaver);
        if n % 5 == 0 {
            labs(world, &leaver);
        }
    }
}

/// The fate, if it fits the person's time; otherwise the usual one.
fn possible(world: &World, index: usize, fate: Fate) -> Fate {
    let person = &world.company.people[index];
    let Some(left) = person.left() else { return fate };
    let period = world.settings.period;
    let fits = match fate {
        Fate::Rehired | Fate::RehiredStood => left.effective < period.to.plus_micros(-100 * DAY),
        Fate::CarriedIn => person.hired() < period.from,
        Fate::Privileged | Fate::PrivilegedLate | Fate::Token | Fate::TokenLate | Fate::Renamed => {
            person.hired() < left.effective.plus_micros(-40 * DAY)
        }
        _ => true,
    };
    if fits { fate } else { Fate::InTime }
}

fn leave(world: &mut World, index: usize, fate: Fate, after: i64) -> Option<Leaver> {
    let mut left = world.company.people[index].left()?;
    match fate {
        Fate::BackDated | Fate::BackDatedLate => {
            left.recorded = left.effective.plus_micros(9 * DAY);
        }
        Fate::Involuntary | Fate::InvoluntaryLate => left.involuntary = true,
        Fate::NotRecorded => left.told = Told::NotWhen,
        Fate::Vanished => left.told = Told::Nothing,
        Fate::CarriedIn => {
            left.effective = world.settings.period.from.plus_micros(-5 * DAY + 17 * HOUR);
            left.recorded = world.settings.period.from.plus_micros(2 * DAY + 9 * HOUR);
        }
        _ => {}
    }
    let urgent = left.effective.plus_micros(4 * HOUR);
    let due = left.effective.max(left.recorded).plus_micros(DAY);
    let gone = match fate {
        Fate::ASecondInside | Fate::BackDated | Fate::Renamed => Some(due.plus_micros(-SECOND)),
        Fate::ASecondLate | Fate::BackDatedLate => Some(due.plus_micros(SECOND)),
        // Of who vanished in the days before, whether that was late cannot be told.
        Fate::Late | Fate::CarriedIn | Fate::Vanished => Some(due.plus_micros(4 * DAY + after)),
        Fate::Involuntary | Fate::Privileged => Some(urgent.plus_micros(-SECOND)),
        Fate::InvoluntaryLate => Some(urgent.plus_micros(SECOND)),
        Fate::PrivilegedLate => Some(urgent.plus_micros(HOUR)),
        Fate::Never | Fate::RehiredStood | Fate::AnotherEmployment => None,
        _ => Some(left.effective.plus_micros(after + SECOND)),
    };
    world.company.people[index].employments[0].left = Some(left);
    let before = left.effective.plus_micros(-30 * DAY);
    let mut person = world.company.people[index].clone();
    let account = account(&person);
    match fate {
        Fate::Privileged | Fate::PrivilegedLate => promote(world, &person, before),
        Fate::Renamed => {
            let now = format!("new.{}", person.email);
            let was = std::mem::replace(&mut person.email, now);
            // An address that no file of HR has is not known to be the person's.
            let renamed = before.max(hr::first_file(&world.settings).plus_micros(DAY));
            person.called = Some((was, renamed));
            world.okta.rename(&account, &person.email, renamed);
        }
        Fate::AnotherEmployment => {
            let mut second = person.clone();
            second.id = format!("7{}", person.id);
            second.employments = vec![Employment::since(before.day_start())];
            world.company.people.push(second);
        }
        _ => {}
    }
    if let Some(at) = gone {
        world.okta.deactivate(&account, at, PROVISIONER);
    }
    if matches!(fate, Fate::Privileged | Fate::PrivilegedLate) {
        let item = format!("{SYSTEM}/okta-role-assignment/{}|{}", account.id, ROLE.0);
        let (place, wrong) = (("PRA-01", item.as_str(), "E"), Outcome::Contradicted);
        let since = before.max(world.settings.period.from);
        world.truth.deviation(place, wrong, (since, gone), "on their everyday account");
        if person.hired() > world.settings.log_from() {
            let (identity, none) = (account.identity(), Outcome::NotDemonstrated);
            let why = "no listing that has them says of what kind their factor was";
            world.truth.deviation(("AUT-01", &identity, "C"), none, (since, gone), why);
        }
    }
    let again = match fate {
        Fate::Rehired | Fate::RehiredStood => {
            let day = left.effective.plus_micros(45 * DAY).day_start();
            Some(world.company.workday(day))
        }
        _ => None,
    };
    if let Some(hired) = again {
        person.employments.push(Employment::since(hired));
        let at = hired.plus_micros(7 * HOUR);
        let department = person.jobs[0].department.clone();
        if gone.is_some() {
            world.okta.reactivate(&account, at, PROVISIONER);
            accounts::grant(world, &person, &department, at.plus_micros(HOUR));
        }
    }
    world.company.people[index] = person.clone();
    Some(Leaver { person, account, fate, left, gone, again })
}

/// An admin role, as approved.
fn promote(world: &mut World, person: &Person, at: Timestamp) {
    let account = account(person);
    let approver = world.company.head("Security").email.clone();
    let request = Request {
        kind: "access",
        title: format!("{} for {}", ROLE.1, person.name),
        by: "hr@example.com".to_owned(),
        requested_for: person.email.clone(),
        requested: ROLE.0.to_owned(),
        reason: "covers for a colleague".to_owned(),
        at: at.plus_micros(-30 * HOUR),
        planned_to: None,
        notified: None,
        approved: Some((approver, at.plus_micros(-10 * HOUR))),
        done: Some(("sync@example.com".to_owned(), at.plus_micros(60 * SECOND))),
    };
    world.jira.file(SYSTEM, request);
    world.okta.promote(&account, ROLE, at);
}

/// The offboarding ticket, approved by the manager.
fn ticket(world: &mut World, leaver: &Leaver) {
    let (person, left) = (&leaver.person, leaver.left);
    let tickets = match leaver.fate {
        Fate::NoTicket | Fate::AnotherEmployment => 0,
        Fate::TwoTickets => 2,
        _ => 1,
    };
    let manager = person.job_at(left.effective).and_then(|job| job.manager.clone());
    let manager = manager.and_then(|id| world.company.person(&id).map(|m| m.email.clone()));
    for n in 0..tickets {
        let request = Request {
            kind: "retirement",
            title: format!("Offboarding of {}", person.name),
            by: "hr@example.com".to_owned(),
            requested_for: person.email.clone(),
            requested: leaver.account.id.clone(),
            reason: "end of employment".to_owned(),
            at: left.recorded.plus_micros(n * HOUR),
            planned_to: None,
            notified: None,
            approved: Some((
                manager.clone().unwrap_or_else(|| "hr@example.com".to_owned()),
                left.recorded.plus_micros((n + 1) * HOUR),
            )),
            done: Some((
                "it@example.com".to_owned(),
                leaver.gone.unwrap_or(left.effective).max(left.recorded).plus_micros(2 * HOUR),
            )),
        };
        world.jira.file(SYSTEM, request);
    }
}

/// Tokens and sign-ins around the end.
fn use_of(world: &mut World, leaver: &Leaver) {
    let (end, account) = (leaver.left.effective, &leaver.account);
    let item = leaver.item(SYSTEM);
    let used = ("JML-03", item.as_str(), "A");
    let after = |world: &mut World, at: Timestamp| {
        world.okta.sign_in(account, at, "198.51.100.7");
        let stretch = (at, Some(at.plus_micros(1)));
        world.truth.deviation(used, Outcome::Contradicted, stretch, "a sign-in after the end");
    };
    let token = format!("00T{:0>17}", leaver.person.id);
    match leaver.fate {
        Fate::ASecondInside => {
            world.okta.sign_in(account, end.plus_micros(-SECOND), "198.51.100.7");
            world.truth.near_miss(used, "a sign-in one second before the end");
        }
        Fate::Late => {
            // A colleague reads the mail as was agreed, and once more as that ends.
            let until = end.plus_micros(3 * DAY);
            after(world, end.plus_micros(2 * DAY));
            delegations::agree(world, leaver, (end.plus_micros(2 * DAY + HOUR), until));
            world.okta.sign_in(account, until.plus_micros(-SECOND), "198.51.100.7");
            after(world, until);
        }
        Fate::BackDatedLate => after(world, end.plus_micros(3 * DAY)),
        Fate::Never => {
            world.okta.refuse(account, end.plus_micros(3 * DAY), "198.51.100.7");
            world.truth.near_miss(used, "a sign-in after the end that was refused");
        }
        Fate::Token | Fate::TokenLate => {
            let made = end.plus_micros(-30 * DAY);
            world.okta.make_token(account, (&token, "report export"), made);
            let late = leaver.fate == Fate::TokenLate;
            let revoked = end.plus_micros(if late { 3 * DAY } else { DAY - SECOND });
            world.okta.revoke_token(&token, revoked, PROVISIONER);
        }
        _ => {}
    }
}

fn tell(world: &mut World, leaver: &Leaver) {
    let item = leaver.item(SYSTEM);
    let place = |attribute| ("JML-02", item.as_str(), attribute);
    let (listed, gone) = (leaver.listed(world), leaver.gone);
    let truth = &mut world.truth;
    match leaver.fate {
        Fate::InTime => {}
        Fate::ASecondInside | Fate::Renamed | Fate::Rehired => {
            truth.near_miss(place("C"), "deactivated before it was due");
        }
        Fate::BackDated => {
            truth.near_miss(place("C"), "due a day after HR recorded it, a second later than done");
        }
        Fate::Involuntary | Fate::Privileged => {
            truth.near_miss(place("C"), "deactivated a second before four hours were over");
        }
        Fate::ASecondLate
        | Fate::Late
        | Fate::BackDatedLate
        | Fate::InvoluntaryLate
        | Fate::PrivilegedLate
        | Fate::CarriedIn => {
            let stretch = (listed, gone);
            truth.deviation(place("C"), Outcome::Contradicted, stretch, "deactivated too late");
        }
        Fate::Never => {
            let stretch = (listed, None);
            truth.deviation(place("B"), Outcome::Contradicted, stretch, "never deactivated");
            truth.deviation(place("C"), Outcome::Contradicted, stretch, "never deactivated");
        }
        Fate::RehiredStood => {
            let stretch = (listed, leaver.again);
            truth.deviation(place("C"), Outcome::Contradicted, stretch, "stood until rehired");
        }
        Fate::NoTicket => {
            let stretch = (listed, None);
            truth.deviation(place("E"), Outcome::NotDemonstrated, stretch, "no offboarding ticket");
        }
        Fate::Token => truth.near_miss(place("D"), "a token was revoked before it was due"),
        Fate::TokenLate => {
            let revoked = leaver.left.effective.plus_micros(3 * DAY);
            let stretch = (listed, Some(revoked));
            truth.deviation(place("D"), Outcome::Contradicted, stretch, "a token outlived it");
        }
        Fate::AnotherEmployment => {
            truth.near_miss(place("C"), "goes on working under another employment");
        }
        Fate::NotRecorded => {
            let why = "when the end was recorded is not on record";
            truth.deviation(place("A"), Outcome::NotDemonstrated, (listed, None), why);
        }
        Fate::Vanished => {
            for attribute in ["A", "C"] {
                let why = "HR's files say no more than that the person is in them no more";
                truth.gap(place(attribute), (None, None), why);
            }
        }
        Fate::TwoTickets => truth.near_miss(place("E"), "two tickets for one offboarding"),
    }
}

/// After the end of the log, nothing shows that the account was not used.
fn silence(world: &mut World, leaver: &Leaver) {
    if leaver.fate == Fate::AnotherEmployment {
        return;
    }
    let item = leaver.item(SYSTEM);
    let Some(until) = world.okta.kept_until else { return };
    if leaver.again.is_some() {
        return;
    }
    let stretch = (Some(until.max(leaver.left.effective)), None);
    for attribute in ["A", "B"] {
        let place = ("JML-03", item.as_str(), attribute);
        world.truth.gap(place, stretch, "the log of the last days was not exported");
    }
}

/// An account in the second organisation, whose log nobody kept and whose accounts were last listed
/// before the period ended.
fn labs(world: &mut World, leaver: &Leaver) {
    let left_alone = matches!(leaver.fate, Fate::AnotherEmployment | Fate::Vanished);
    if left_alone || leaver.again.is_some() {
        return;
    }
    let (person, left) = (&leaver.person, leaver.left);
    let created = person.hired().plus_micros(8 * HOUR);
    let named = (leaver.account.id.as_str(), person.email.as_str(), person.name.as_str());
    let account = world.labs.create(named, Some(&person.id), created);
    let at = left.effective.plus_micros(HOUR);
    world.labs.deactivate(&account, at, PROVISIONER);
    if created > world.labs.listed_at.unwrap_or(created) {
        // It is on no list.
        return;
    }
    let item = leaver.item(LABS);
    let (listed, read) = (leaver.listed(world), world.labs.listed_at.unwrap_or(at));
    if leaver.fate == Fate::NoTicket {
        let (place, missing) = (("JML-02", item.as_str(), "E"), Outcome::NotDemonstrated);
        world.truth.deviation(place, missing, (listed, None), "no offboarding ticket");
    }
    if leaver.fate == Fate::NotRecorded {
        let (place, missing) = (("JML-02", item.as_str(), "A"), Outcome::NotDemonstrated);
        let why = "when the end was recorded is not on record";
        world.truth.deviation(place, missing, (listed, None), why);
    }
    if at > read {
        for attribute in ["B", "C", "D"] {
            let place = ("JML-02", item.as_str(), attribute);
            world.truth.gap(place, (Some(listed), None), "its accounts were not read since");
        }
    }
    let from = left.effective.max(world.settings.period.from);
    for attribute in ["A", "B"] {
        let place = ("JML-03", item.as_str(), attribute);
        world.truth.gap(place, (Some(from), None), "no log of the organisation was kept");
    }
}
