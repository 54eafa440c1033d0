//! UAR-04: what is revoked in a review of GitHub goes in time and stays away, or not.

use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome::{self, Contradicted, NotDemonstrated};

use super::*;
use crate::files::github::SYSTEM as GITHUB;

const ADMIN: &str = "ops-admin";

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
    let due = period.to.plus_micros(-30 * DAY);
    let campaign = Campaign {
        id: "RC-revocations".to_owned(),
        system: GITHUB,
        class: "user",
        started: starts(world),
        due,
        signed_off: Some(due),
    };
    campaign.write(world);
    for n in 0..FATES.len() * 3 {
        let fate = if n % 3 == 2 { FATES[n / 3] } else { Fate::Clean };
        let (from, to) = (period.from.plus_micros(81 * DAY), period.to.plus_micros(-60 * DAY));
        revocation(world, n + 1, fate, chance.instant(from, to));
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
            Fate::CameBack => organisation.add(&login, false, gone.plus_micros(10 * DAY), ADMIN),
            Fate::CameBackLater => {
                organisation.add(&login, false, gone.plus_micros(30 * DAY), ADMIN)
            }
            _ => {}
        }
    }
    let target = match fate {
        Fate::UnknownTarget => format!("github/org-member/nobody-{n}|org:acme:member"),
        _ if privileged => format!("github/org-admin/{login}|org:acme:admin"),
        _ => format!("github/org-member/{login}|org:acme:member"),
    };
    let (id, review_item) = (format!("RV-{n:02}"), format!("RVI-{n:02}"));
    item(world, "RC-revocations", &review_item, &target);
    let made = Decision {
        id: &id,
        decision: "revoke",
        reviewer: ADMIN,
        assigned_to: ADMIN,
        at,
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
}

fn tell(world: &mut World, item: &str, fate: Fate, at: Timestamp) {
    let place = |attribute| ("UAR-04", item, attribute);
    let truth = &mut world.truth;
    // The reviewer is a bare login that no record of people knows.
    let reviewer = ("UAR-03", item, "B");
    truth.deviation(
        reviewer,
        NotDemonstrated,
        (at, None),
        "no record of people knows the reviewer",
    );
    if fate == Fate::UnknownTarget {
        let place = ("UAR-03", item, "A");
        truth.deviation(place, NotDemonstrated, (at, None), "no system knows what was decided on");
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
