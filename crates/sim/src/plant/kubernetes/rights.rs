//! JML-01, CRD-03 and JML-02: people are bound to roles, with, after or without an approval; one never
//! acts; and what leavers hold goes in time or not.

use super::*;
use crate::files::jira::Request;
use crate::files::kubernetes::LAPTOP;

/// How a right came to be given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Asked for, approved, given.
    Approved,
    /// Approved four minutes after it was given: the clocks may differ by five.
    WithinSkew,
    /// Approved a day after.
    Afterwards,
    /// Approved a month and a day before.
    Stale,
    /// Nobody asked for it.
    NoTicket,
    /// Approved by the one who has it.
    Own,
    /// Approved, given, and never used.
    NeverUsed,
}

const FATES: [Fate; 7] = [
    Fate::NoTicket,
    Fate::NeverUsed,
    Fate::Own,
    Fate::Afterwards,
    Fate::WithinSkew,
    Fate::Stale,
    Fate::Approved,
];

/// The cluster role that people ask for, and its rules.
const ROLE: &str = "release-manager";

/// One right for each of a tenth of the people who may have one, seven at least.
pub(super) fn plant(world: &mut World) {
    let rules = json!([{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "patch"]}]);
    world.kubernetes.role(ROLE, rules);
    let mut chance = world.chance("kubernetes rights");
    let period = world.settings.period;
    let staff = staff(world);
    let count = (staff.len() / 10).max(FATES.len());
    for (n, person) in staff.iter().take(count).enumerate() {
        let (from, to) = (period.from.plus_micros(20 * DAY), period.from.plus_micros(100 * DAY));
        let day = chance.instant(from, to).day_start();
        let at = world.company.workday(day).plus_micros(13 * HOUR);
        one(world, person, at, FATES[n % FATES.len()]);
    }
    leavers(world);
}

fn one(world: &mut World, person: &Person, at: Timestamp, fate: Fate) {
    let name = person.email.replace(['@', '.'], "-");
    let binding = bound(world, person, &name, at);
    let approved = at.plus_micros(match fate {
        Fate::WithinSkew => 240 * SECOND,
        Fate::Afterwards => DAY,
        Fate::Stale => -31 * DAY,
        _ => -5 * HOUR,
    });
    let approver = match fate {
        Fate::Own => person.email.clone(),
        _ => world.company.head(&person.jobs[0].department).email.clone(),
    };
    if fate != Fate::NoTicket {
        asked(world, person, approver, approved);
    }
    let who = Who::User(person.email.clone());
    let mut used = at.plus_micros(DAY);
    while used < world.settings.collected_at() && fate != Fate::NeverUsed {
        let call = Call::list(used, &who, "deployments", "shop", LAPTOP);
        world.kubernetes.call(&Call { group: "apps", ..call });
        used = used.plus_micros(21 * DAY);
    }
    tell(world, (&binding.grant(), &who.identity()), at, fate);
}

fn bound(world: &mut World, person: &Person, name: &str, at: Timestamp) -> Binding {
    let binding = Binding {
        namespace: Some("shop".to_owned()),
        name: format!("release-{name}"),
        role: ROLE.to_owned(),
        who: Who::User(person.email.clone()),
        created: at,
    };
    world.kubernetes.bind(binding.clone());
    binding
}

fn asked(world: &mut World, person: &Person, approver: String, approved: Timestamp) {
    let request = Request {
        kind: "access",
        title: format!("{ROLE} for {}", person.name),
        by: person.email.clone(),
        requested_for: person.email.clone(),
        requested: ROLE.to_owned(),
        reason: "releases of the shop".to_owned(),
        at: approved.plus_micros(-3 * HOUR),
        planned_to: None,
        notified: None,
        approved: Some((approver, approved)),
        done: None,
    };
    world.jira.file(SYSTEM, request);
}

fn tell(world: &mut World, (grant, account): (&str, &str), at: Timestamp, fate: Fate) {
    let (missing, wrong) = (Outcome::NotDemonstrated, Outcome::Contradicted);
    let lost = holes(world)[0].0;
    let truth = &mut world.truth;
    let given = |attribute| ("JML-01", grant, attribute);
    if fate != Fate::NeverUsed {
        let why = "users are no objects of Kubernetes: since when it can sign in is not said";
        let stretch = (Some(at), Some(at.plus_micros(DAY)));
        truth.gap(("CRD-03", account, "A"), stretch, why);
        truth.give_or_take(SECOND);
    }
    match fate {
        Fate::Approved => {}
        Fate::WithinSkew => truth.near_miss(given("D"), "approved within the skew of clocks"),
        Fate::Afterwards => {
            truth.deviation(given("D"), wrong, (at, None), "approved only afterwards")
        }
        Fate::Stale => truth.deviation(given("G"), wrong, (at, None), "the approval was stale"),
        Fate::NoTicket => truth.deviation(given("A"), missing, (at, None), "nobody asked for it"),
        Fate::Own => truth.deviation(given("C"), wrong, (at, None), "approved by who has it"),
        Fate::NeverUsed => {
            let late = at.plus_micros(97 * DAY);
            let place = |attribute| ("CRD-03", account, attribute);
            let why = "users are no objects of Kubernetes: since when it can sign in is not said";
            truth.gap(place("A"), (Some(at), Some(late)), why);
            truth.give_or_take(SECOND);
            truth.deviation(place("C"), wrong, (late, Some(lost)), "bound, and never used");
            truth.give_or_take(SECOND);
            truth.gap(place("C"), (Some(lost), None), "it may have acted where lines were lost");
        }
    }
    truth.give_or_take(SECOND);
}

/// What becomes of a leaver's right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum After {
    InTime,
    ASecondInside,
    ASecondLate,
    Never,
}

const AFTER: [After; 4] = [After::Never, After::ASecondLate, After::ASecondInside, After::InTime];

/// One in five of the leavers of the period whose departure is like any other's.
fn leavers(world: &mut World) {
    let period = world.settings.period;
    let people = world.company.people.iter().filter(|person| {
        let Some(left) = person.employments[0].left else { return false };
        let alone =
            !world.company.people.iter().any(|p| p.id != person.id && p.email == person.email);
        let within = period.from.plus_micros(55 * DAY) < left.effective
            && left.effective < period.to.plus_micros(-20 * DAY);
        let plain = person.employments.len() == 1 && person.called.is_none() && left.plain();
        let long = person.hired() < world.settings.log_from() && person.jobs.len() == 1;
        // What was lost with the log tells of no removal.
        let told = holes(world).iter().all(|(begun, ended)| {
            left.effective.plus_micros(15 * DAY) < *begun
                || *ended < left.effective.plus_micros(-DAY)
        });
        let asked = world.jira.asked("retirement", &person.email);
        plain && alone && within && long && told && asked
    });
    let people: Vec<Person> = people.cloned().collect();
    let count = (people.len() / 5).max(4);
    for (n, person) in people.iter().take(count).enumerate() {
        leaver(world, person, AFTER[n % AFTER.len()]);
    }
}

fn leaver(world: &mut World, person: &Person, after: After) {
    let Some(left) = person.employments[0].left else { return };
    let given = world.settings.log_from().plus_micros(5 * DAY);
    let name = person.email.replace(['@', '.'], "-");
    let binding = bound(world, person, &name, given);
    let who = Who::User(person.email.clone());
    let mut used = left.effective.plus_micros(-HOUR);
    while used > given {
        let call = Call::list(used, &who, "deployments", "shop", LAPTOP);
        world.kubernetes.call(&Call { group: "apps", ..call });
        used = used.plus_micros(-21 * DAY);
    }
    let due = left.effective.max(left.recorded).plus_micros(DAY);
    let gone = match after {
        After::InTime => Some(left.effective.plus_micros(HOUR)),
        After::ASecondInside => Some(due.plus_micros(-SECOND)),
        After::ASecondLate => Some(due.plus_micros(SECOND)),
        After::Never => None,
    };
    if let Some(gone) = gone {
        world.kubernetes.unbind(&binding, gone);
    }
    let item = format!("hr/person/{} {}", person.id, who.identity());
    silent(world, ("JML-03", &item, &["A", "B"]), left.effective);
    let place = |attribute| ("JML-02", item.as_str(), attribute);
    let (wrong, stretch) = (Outcome::Contradicted, (left.effective, None));
    let truth = &mut world.truth;
    match after {
        After::InTime => {}
        After::ASecondInside => truth.near_miss(place("C"), "unbound a second before it was due"),
        After::ASecondLate => {
            let stretch = (left.effective, gone);
            truth.deviation(place("C"), wrong, stretch, "unbound a second late");
            truth.give_or_take(SECOND);
        }
        After::Never => {
            for attribute in ["B", "C"] {
                truth.deviation(place(attribute), wrong, stretch, "still bound");
            }
            dormant(world, &who.identity(), left.effective.plus_micros(-HOUR));
        }
    }
}

/// Who is still bound acts no more: in doubt from the first stretch on of which lines were lost since.
pub(super) fn dormant(world: &mut World, account: &str, used: Timestamp) {
    let late = used.plus_micros(97 * DAY);
    let place = ("CRD-03", account, "A");
    let lost = holes(world)[0].0;
    if late < lost {
        let stretch = (late, Some(lost));
        world.truth.deviation(
            place,
            Outcome::Contradicted,
            stretch,
            "bound, and not used any more",
        );
        world.truth.give_or_take(SECOND);
    }
    if late < world.settings.period.to {
        let why = "it may have acted where lines were lost";
        world.truth.gap(place, (Some(late.max(lost)), None), why);
        world.truth.give_or_take(SECOND);
    }
}
