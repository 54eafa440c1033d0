//! CRD-04: tokens that are found where they must not be are triaged, revoked and cleaned up in time,
//! or not.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome::{self, Contradicted, NotDemonstrated};

use crate::World;
use crate::files::github::{self, Resolution};
use crate::plant::alerts::SYSTEM;
use crate::time::{DAY, HOUR, SECOND};

const ADMIN: &str = "ops-admin";

/// What becomes of an exposed token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    TriagedOnTheSecond,
    TriagedLate,
    NotTriaged,
    RevokedOnTheSecond,
    RevokedLate,
    NeverRevoked,
    AlreadyDead,
    UseReviewedLate,
    UseNotReviewed,
    RemovedLate,
    CleanedOnTheSecond,
    ClosedLate,
    NotClosed,
    FoundTwice,
    Unknown,
    UnknownUndecided,
    Harmless,
    HarmlessUnreasoned,
    LogNotKept,
}

const FATES: &[Fate] = &[
    Fate::TriagedOnTheSecond,
    Fate::TriagedLate,
    Fate::NotTriaged,
    Fate::RevokedOnTheSecond,
    Fate::RevokedLate,
    Fate::NeverRevoked,
    Fate::AlreadyDead,
    Fate::UseReviewedLate,
    Fate::UseNotReviewed,
    Fate::RemovedLate,
    Fate::CleanedOnTheSecond,
    Fate::ClosedLate,
    Fate::NotClosed,
    Fate::FoundTwice,
    Fate::Unknown,
    Fate::UnknownUndecided,
    Fate::Harmless,
    Fate::HarmlessUnreasoned,
    Fate::LogNotKept,
];

/// Every third token goes wrong in some way; two more secrets are known from GitHub's alerts alone.
pub fn plant(world: &mut World) {
    let mut chance = world.chance("exposed secrets");
    let period = world.settings.period;
    let middle = period.from.plus_micros((period.to.micros() - period.from.micros()) / 2);
    for n in 0..FATES.len() * 3 {
        let fate = if n % 3 == 2 { FATES[n / 3] } else { Fate::Clean };
        let to = match fate {
            Fate::LogNotKept => middle.plus_micros(-30 * DAY),
            _ => period.to.plus_micros(-40 * DAY),
        };
        let at = chance.instant(period.from.plus_micros(DAY), to);
        finding(world, n, fate, at, &mut chance);
    }
    scanned(world, period.from.plus_micros(60 * DAY));
}

/// The credential that a finding names: the hash of a token, made and revoked as the fate has it.
fn credential(
    world: &mut World,
    n: usize,
    fate: Fate,
    at: Timestamp,
    chance: &mut crate::chance::Chance,
) -> String {
    if matches!(
        fate,
        Fate::Unknown | Fate::UnknownUndecided | Fate::Harmless | Fate::HarmlessUnreasoned
    ) {
        return format!("secret-{n}");
    }
    let system = if fate == Fate::LogNotKept { github::LABS } else { github::SYSTEM };
    let organisation = world.github.organisation(system);
    let token = organisation.token(ADMIN, &format!("build {n}"), at.plus_micros(-15 * DAY), chance);
    let revoked = match fate {
        Fate::RevokedOnTheSecond => Some(at.plus_micros(DAY)),
        Fate::RevokedLate => Some(at.plus_micros(DAY + SECOND)),
        Fate::NeverRevoked => None,
        Fate::AlreadyDead => {
            let dead = at.plus_micros(-DAY);
            let item = format!("{system}/github-token/{}", token.number);
            let place = ("CRD-05", item.as_str(), "A");
            let why = "revoked before it was found, for no reason on record";
            world.truth.deviation(place, NotDemonstrated, (dead, None), why);
            Some(dead)
        }
        _ => Some(at.plus_micros(3 * HOUR)),
    };
    let item = format!("{system}/github-token/{}", token.number);
    let (place, due) = (("CRD-01", item.as_str(), "E"), at.plus_micros(DAY));
    match fate {
        Fate::RevokedOnTheSecond => world.truth.near_miss(place, "replaced on the last second"),
        Fate::RevokedLate | Fate::NeverRevoked => {
            let why = "found exposed, and not replaced in time";
            world.truth.deviation(place, Contradicted, (due, revoked), why);
        }
        _ => {}
    }
    let organisation = world.github.organisation(system);
    if let Some(revoked) = revoked {
        organisation.use_token(&token, revoked.plus_micros(-SECOND));
        organisation.revoke(&token, revoked, ADMIN);
    }
    token.hash
}

/// When it was triaged, its use reviewed, the place cleaned, and the follow-up closed.
fn steps(fate: Fate, at: Timestamp, clean_by: Timestamp) -> [Option<Timestamp>; 4] {
    let harmless = matches!(fate, Fate::Harmless | Fate::HarmlessUnreasoned);
    let triaged = match fate {
        Fate::TriagedOnTheSecond => Some(at.plus_micros(4 * HOUR)),
        Fate::TriagedLate => Some(at.plus_micros(4 * HOUR + SECOND)),
        Fate::NotTriaged => None,
        _ => Some(at.plus_micros(HOUR)),
    };
    let late = clean_by.plus_micros(SECOND);
    let step = |late_one: Fate, never: Option<Fate>| match fate {
        Fate::CleanedOnTheSecond => Some(clean_by),
        fate if fate == late_one => Some(late),
        fate if Some(fate) == never => None,
        _ => Some(at.plus_micros(2 * DAY)),
    };
    let reviewed = step(Fate::UseReviewedLate, Some(Fate::UseNotReviewed)).filter(|_| !harmless);
    let removed = step(Fate::RemovedLate, None).filter(|_| !harmless);
    let closed = step(Fate::ClosedLate, Some(Fate::NotClosed));
    [triaged, reviewed, removed, closed]
}

fn finding(
    world: &mut World,
    n: usize,
    fate: Fate,
    at: Timestamp,
    chance: &mut crate::chance::Chance,
) {
    let credential = credential(world, n, fate, at, chance);
    let clean_by = world.company.calendar.add(at, Sla::BusinessDays(10));
    let late = clean_by.plus_micros(SECOND);
    let [triaged, reviewed, removed, closed] = steps(fate, at, clean_by);
    let disposition = match fate {
        Fate::UnknownUndecided => "",
        Fate::Harmless | Fate::HarmlessUnreasoned => "false_positive",
        _ => "true_positive",
    };
    let reason = if fate == Fate::HarmlessUnreasoned { "" } else { "looked at the place" };
    let told = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let places: &[&str] = if fate == Fate::FoundTwice { &["wiki", "chat"] } else { &["wiki"] };
    for place in places {
        // Of two places, the second is cleaned up a second late.
        let removed = if *place == "chat" { Some(late) } else { removed };
        let cells = [
            ("id", format!("SE-{n:03}-{place}")),
            ("rule", "Secret in a page".to_owned()),
            ("kind", "secret_exposure".to_owned()),
            ("credential", credential.clone()),
            ("place", (*place).to_owned()),
            ("raised_at", at.to_string()),
            ("assigned_to", "soc@example.com".to_owned()),
            ("triaged_at", told(triaged)),
            ("disposition", disposition.to_owned()),
            ("reason", reason.to_owned()),
            ("removed_at", told(removed)),
            ("use_reviewed_at", told(reviewed)),
            ("closed_at", told(closed)),
        ];
        world.registers.row("alerts", SYSTEM, world.settings.collected_at(), &cells);
    }
    tell(world, &credential, fate, at);
}

fn tell(world: &mut World, item: &str, fate: Fate, at: Timestamp) {
    let place = |attribute| ("CRD-04", item, attribute);
    let truth = &mut world.truth;
    let mut wrong = |attribute, outcome: Outcome, why: &str| {
        truth.deviation(place(attribute), outcome, (at, None), why);
    };
    match fate {
        Fate::Clean => {}
        Fate::TriagedOnTheSecond => truth.near_miss(place("A"), "triaged on the last second"),
        Fate::TriagedLate => wrong("A", Contradicted, "triaged a second late"),
        Fate::NotTriaged => wrong("A", NotDemonstrated, "never triaged"),
        Fate::RevokedOnTheSecond => truth.near_miss(place("C"), "revoked on the last second"),
        Fate::RevokedLate => wrong("C", Contradicted, "revoked a second late"),
        Fate::NeverRevoked => {
            wrong("C", Contradicted, "never revoked");
            wrong("D", NotDemonstrated, "never revoked, so nothing shows that it stopped working");
        }
        Fate::AlreadyDead => truth.near_miss(place("C"), "revoked before it was found"),
        Fate::UseReviewedLate => wrong("E", Contradicted, "use reviewed a second late"),
        Fate::UseNotReviewed => wrong("E", NotDemonstrated, "use never reviewed"),
        Fate::RemovedLate | Fate::FoundTwice => wrong("F", Contradicted, "removed a second late"),
        Fate::CleanedOnTheSecond => {
            for attribute in ["E", "F", "G"] {
                truth.near_miss(place(attribute), "on the last second of ten business days");
            }
        }
        Fate::ClosedLate => wrong("G", Contradicted, "closed a second late"),
        Fate::NotClosed => wrong("G", NotDemonstrated, "never closed"),
        Fate::Unknown | Fate::UnknownUndecided => {
            let undecided = (fate == Fate::UnknownUndecided).then_some("B");
            for attribute in undecided.into_iter().chain(["C", "D"]) {
                wrong(attribute, NotDemonstrated, "no system knows the secret");
            }
        }
        Fate::Harmless => truth.near_miss(place("B"), "called harmless, with a reason"),
        Fate::HarmlessUnreasoned => wrong("B", NotDemonstrated, "called harmless, for no reason"),
        Fate::LogNotKept => {
            truth.gap(place("D"), (Some(at), None), "the log of that time was not kept");
        }
    }
}

/// What GitHub found itself: a false alarm, and a secret of which nothing else is known.
fn scanned(world: &mut World, at: Timestamp) {
    let organisation = world.github.organisation(github::SYSTEM);
    let (by, until) = (ADMIN, at.plus_micros(HOUR));
    let false_alarm =
        Resolution { how: "false_positive", comment: Some("an example"), by, at: until };
    let revoked = Resolution { how: "revoked", comment: None, by, at: until };
    let harmless = organisation.alert(at, Some(false_alarm));
    let known = organisation.alert(at, Some(revoked));
    let item = |id: &str| format!("{}/{id}", github::SYSTEM);
    let (harmless, known) = (item(&harmless), item(&known));
    world.truth.near_miss(("CRD-04", &harmless, "B"), "a false alarm, with a reason");
    for attribute in ["C", "D", "E", "F"] {
        let why = "GitHub says that it was revoked, and nothing else is on record";
        world.truth.deviation(("CRD-04", &known, attribute), NotDemonstrated, (at, None), why);
    }
}
