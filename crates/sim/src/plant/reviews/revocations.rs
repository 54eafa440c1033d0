//! UAR-04: what is revoked in a review of GitHub goes in time and stays away, or not.

use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome::{self, Contradicted, NotDemonstrated};

use super::listing::Campaign;
use super::*;
use crate::files::github::SYSTEM as GITHUB;
use crate::plant::requests;

/// The review in which they are decided on.
const CAMPAIGN: &str = "RC-revocations";

/// What becomes of a decision to revoke.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    OnTheSecond,
    Late,
    Never,
    NoTicket,
    CameBack,
    CameBackLater,
    PrivilegedOnTheSecond,
    PrivilegedLate,
    UnknownTarget,
}

const FATES: &[Fate] = &[
    Fate::OnTheSecond,
    Fate::Late,
    Fate::Never,
    Fate::NoTicket,
    Fate::CameBack,
    Fate::CameBackLater,
    Fate::PrivilegedOnTheSecond,
    Fate::PrivilegedLate,
    Fate::UnknownTarget,
];

/// When the review of them starts.
pub(super) fn starts(world: &World) -> Timestamp {
    world.settings.period.from.plus_micros(80 * DAY)
}

/// Every third revocation goes wrong in some way, or nearly does.
pub(super) fn plant(world: &mut World) {
    let mut chance = world.chance("revocations");
    let period = world.settings.period;
    for n in 0..FATES.len() * 3 {
        let (from, to) = (period.from.plus_micros(81 * DAY), period.to.plus_micros(-60 * DAY));
        revocation(world, n + 1, fate(n), chance.instant(from, to));
    }
}

fn fate(n: usize) -> Fate {
    if n % 3 == 2 { FATES[n / 3] } else { Fate::Clean }
}

/// The review of which they are, with everything else that it lists.
pub(super) fn write(world: &mut World) {
    let due = world.settings.period.to.plus_micros(-30 * DAY);
    let started = starts(world);
    let (id, of) = (CAMPAIGN.to_owned(), (GITHUB, "user"));
    let mut campaign = Campaign::new(world, id, of, (started, started), (due, due));
    campaign.told = (0..FATES.len() * 3).map(|n| target(n + 1, fate(n))).collect();
    let rest = campaign.in_force(world);
    campaign.write(world, &rest);
    decisions::unknown(world, &campaign);
}

/// What is decided on.
fn target(n: usize, fate: Fate) -> String {
    match fate {
        Fate::UnknownTarget => format!("github/org-member/nobody-{n}|org:acme:member"),
        Fate::PrivilegedOnTheSecond | Fate::PrivilegedLate => {
            format!("github/org-admin/rev-{n:02}|org:acme:admin")
        }
        _ => format!("github/org-member/rev-{n:02}|org:acme:member"),
    }
}

fn revocation(world: &mut World, n: usize, fate: Fate, at: Timestamp) {
    let login = format!("rev-{n:02}");
    let privileged = matches!(fate, Fate::PrivilegedOnTheSecond | Fate::PrivilegedLate);
    let due = match privileged {
        true => at.plus_micros(DAY),
        false => world.company.calendar.add(at, Sla::BusinessDays(5)),
    };
    let gone = match fate {
        Fate::OnTheSecond | Fate::PrivilegedOnTheSecond => Some(due),
        Fate::Late | Fate::PrivilegedLate => Some(due.plus_micros(SECOND)),
        Fate::Never | Fate::UnknownTarget => None,
        _ => Some(at.plus_micros(20 * HOUR)),
    };
    let joined = world.settings.log_from().plus_micros(3 * DAY);
    let organisation = world.github.organisation(GITHUB);
    organisation.add(&login, privileged, joined, ADMIN);
    if let Some(gone) = gone {
        match privileged {
            true => organisation.demote(&login, gone, ADMIN),
            false => organisation.remove(&login, gone, ADMIN),
        }
        match fate {
            Fate::CameBack => unasked(world, &login, gone.plus_micros(10 * DAY)),
            Fate::CameBackLater => requests::member(world, &login, gone.plus_micros(30 * DAY)),
            _ => {}
        }
    }
    let (id, review_item) = (format!("RV-{n:02}"), format!("RVI-{n:02}"));
    item(world, (SYSTEM, CAMPAIGN), &review_item, &target(n, fate));
    let made = Decision {
        register: SYSTEM,
        id: &id,
        decision: "revoke",
        reviewer: ADMIN,
        assigned_to: ADMIN,
        at: Some(at),
        justification: "",
    };
    decide(world, &review_item, &made);
    if fate != Fate::NoTicket {
        // A ticket is closed whether or not anything was done.
        let cells = [
            ("id", format!("RM-{n:02}")),
            ("decision", id.clone()),
            ("action", "remove".to_owned()),
            ("due_at", due.to_string()),
            ("executed_at", at.plus_micros(19 * HOUR).to_string()),
            ("result", "success".to_owned()),
        ];
        world.registers.row("remediations", SYSTEM, world.settings.collected_at(), &cells);
    }
    tell(world, &format!("{SYSTEM}/register/{id}"), fate, at);
    // A review's decision is to be carried out within seven days, business days or not.
    let week = at.plus_micros(7 * DAY);
    if fate != Fate::UnknownTarget && gone.is_none_or(|gone| gone > week) {
        let (item, why) = (format!("github/login/{login}"), "still held a week after the decision");
        world.truth.deviation(("SVC-02", &item, "D"), Contradicted, (week, gone), why);
    }
    if fate == Fate::OnTheSecond && gone == Some(week) {
        let item = format!("github/login/{login}");
        world.truth.near_miss(("SVC-02", &item, "D"), "gone exactly a week after the decision");
    }
}

/// An account becomes a member again, and nobody asked for it.
fn unasked(world: &mut World, login: &str, at: Timestamp) {
    world.github.organisation(GITHUB).add(login, false, at, ADMIN);
    let item = format!("github/org-member/{login}|org:acme:member~2");
    let place = ("JML-01", item.as_str(), "A");
    world.truth.deviation(place, NotDemonstrated, (at, None), "came back, and nobody asked");
}

fn tell(world: &mut World, item: &str, fate: Fate, at: Timestamp) {
    let place = |attribute| ("UAR-04", item, attribute);
    let truth = &mut world.truth;
    if fate == Fate::UnknownTarget {
        for attribute in ["A", "B"] {
            let place = ("UAR-03", item, attribute);
            let why = "no system knows what was decided on";
            truth.deviation(place, NotDemonstrated, (at, None), why);
        }
    }
    let mut wrong = |attribute, outcome: Outcome, why: &str| {
        truth.deviation(place(attribute), outcome, (at, None), why);
    };
    match fate {
        Fate::Clean => {}
        Fate::OnTheSecond => truth.near_miss(place("C"), "removed on the last second"),
        Fate::PrivilegedOnTheSecond => truth.near_miss(place("C"), "removed after a day"),
        Fate::Late | Fate::PrivilegedLate => wrong("C", Contradicted, "removed a second late"),
        Fate::Never => {
            wrong("B", NotDemonstrated, "never removed");
            wrong("C", Contradicted, "the ticket was closed, and it is still held");
            wrong("D", Contradicted, "the last listing still shows it");
        }
        Fate::NoTicket => wrong("A", NotDemonstrated, "no remediation on record"),
        Fate::CameBack => wrong("E", Contradicted, "came back after ten days"),
        Fate::CameBackLater => truth.near_miss(place("E"), "came back when the window was over"),
        Fate::UnknownTarget => {
            for attribute in ["B", "C", "D", "E"] {
                wrong(attribute, NotDemonstrated, "no system knows what was decided on");
            }
        }
    }
}
