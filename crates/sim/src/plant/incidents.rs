//! INC-01: incidents about tokens are escalated, contained, closed and reviewed in time, or not; the
//! plan is exercised once a year.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome::{Contradicted, Indeterminate, NotDemonstrated};

use crate::World;
use crate::files::github;
use crate::files::pagerduty::Incident;
use crate::time::{DAY, HOUR, MINUTE, SECOND};

/// Who revokes tokens.
const ADMIN: &str = "ops-admin";
/// The system of a register of incidents beside the on-call tool.
const HELPDESK: &str = "helpdesk";

/// What happens in an incident.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    EscalatedOnTheSecond,
    EscalatedLate,
    ContainedOnTheSecond,
    ContainedLate,
    ReviewedOnTheSecond,
    ReviewedLate,
    NotReviewed,
    FollowUpLate,
    FollowUpOpen,
    NoRecovery,
    NotEscalated,
    NothingNamed,
    UnknownToken,
    WorkedAfterwards,
    NeverRevoked,
    LogNotKept,
    LogBeginsLater,
    LogBegins,
    AllAtOnce,
    OwnWordForSeverity,
    UsedAsContained,
    FollowUpOnTheSecond,
}

const FATES: &[Fate] = &[
    Fate::EscalatedOnTheSecond,
    Fate::EscalatedLate,
    Fate::ContainedOnTheSecond,
    Fate::ContainedLate,
    Fate::ReviewedOnTheSecond,
    Fate::ReviewedLate,
    Fate::NotReviewed,
    Fate::FollowUpLate,
    Fate::FollowUpOpen,
    Fate::NoRecovery,
    Fate::NotEscalated,
    Fate::NothingNamed,
    Fate::UnknownToken,
    Fate::WorkedAfterwards,
    Fate::NeverRevoked,
    Fate::LogNotKept,
    Fate::LogBeginsLater,
    Fate::LogBegins,
    Fate::AllAtOnce,
    Fate::OwnWordForSeverity,
    Fate::UsedAsContained,
    Fate::FollowUpOnTheSecond,
];

/// Every third incident goes wrong in some way.
pub fn plant(world: &mut World) {
    let mut chance = world.chance("incidents");
    let period = world.settings.period;
    let middle = period.from.plus_micros((period.to.micros() - period.from.micros()) / 2);
    world.github.organisation(github::LABS).kept_from = Some(middle);
    for system in [github::SYSTEM, github::LABS] {
        let joined = world.settings.log_from().plus_micros(DAY);
        world.github.organisation(system).add(ADMIN, true, joined, ADMIN);
    }
    for n in 0..FATES.len() * 3 {
        let fate = if n % 3 == 2 { FATES[n / 3] } else { Fate::Clean };
        let (from, to) = match fate {
            // The log of the second organisation was not kept before the middle of the period.
            Fate::LogNotKept => (period.from.plus_micros(5 * DAY), middle.plus_micros(-30 * DAY)),
            _ => (period.from.plus_micros(5 * DAY), period.to.plus_micros(-70 * DAY)),
        };
        let at = chance.instant(from, to);
        // Declared as the log begins, or a second before.
        let at = match fate {
            Fate::LogBegins => middle.plus_micros(-5 * MINUTE),
            Fate::LogBeginsLater => middle.plus_micros(-5 * MINUTE - SECOND),
            _ => at,
        };
        incident(world, n, fate, at);
    }
    in_register(world, period.from.plus_micros(100 * DAY));
    exercise(world);
}

/// One incident of the on-call tool, with the token that it is about.
fn incident(world: &mut World, n: usize, fate: Fate, at: Timestamp) {
    let mut chance = world.chance(&format!("incident {n}"));
    let (priority, escalate, contain) =
        [("P1", HOUR, 4 * HOUR), ("P2", 4 * HOUR, DAY), ("P3", 4 * HOUR, 3 * DAY)][(n + n / 3) % 3];
    let priority = if fate == Fate::OwnWordForSeverity { "nuisance" } else { priority };
    let after = |micros: i64| at.plus_micros(micros);
    let escalated = match fate {
        Fate::EscalatedOnTheSecond => Some(after(escalate)),
        Fate::EscalatedLate => Some(after(escalate + SECOND)),
        Fate::NotEscalated => None,
        Fate::AllAtOnce => Some(at),
        _ => Some(after(30 * MINUTE)),
    };
    let contained = match fate {
        Fate::ContainedOnTheSecond => after(contain),
        Fate::ContainedLate => after(contain + SECOND),
        Fate::AllAtOnce => at,
        _ => after(2 * HOUR),
    };
    let closed = contained.plus_micros(if fate == Fate::AllAtOnce { 0 } else { DAY });
    let review_by = world.company.calendar.add(closed, Sla::BusinessDays(10));
    let reviewed = match fate {
        Fate::ReviewedOnTheSecond => Some(review_by),
        Fate::ReviewedLate => Some(review_by.plus_micros(SECOND)),
        Fate::NotReviewed => None,
        _ => Some(closed.plus_micros(2 * DAY)),
    };
    let follow_ups = followed_up(n, fate, closed.plus_micros(20 * DAY));
    let credentials = match fate {
        Fate::NothingNamed => Vec::new(),
        Fate::UnknownToken => vec![format!("unknown-{n}")],
        _ => vec![token(world, &mut chance, (n, fate), (at, contained))],
    };
    let recovers = if fate == Fate::AllAtOnce { 0 } else { 2 * HOUR };
    let recovered = (fate != Fate::NoRecovery).then(|| contained.plus_micros(recovers));
    let declared = if fate == Fate::AllAtOnce { at } else { after(5 * MINUTE) };
    let item = world.oncall.incident(Incident {
        priority,
        detected: at,
        declared,
        escalated,
        contained: Some(contained),
        eradicated: Some(contained.plus_micros(recovers / 2)),
        recovered,
        closed: Some(closed),
        reviewed,
        credentials,
        follow_ups,
    });
    tell(world, &item, fate, declared);
}

/// When follow-ups are due, and when they were closed; every other incident has some.
fn followed_up(n: usize, fate: Fate, due: Timestamp) -> Option<(Timestamp, Option<Timestamp>)> {
    match fate {
        Fate::FollowUpLate => Some((due, Some(due.plus_micros(SECOND)))),
        Fate::FollowUpOpen => Some((due, None)),
        Fate::FollowUpOnTheSecond => Some((due, Some(due))),
        _ if n.is_multiple_of(2) => Some((due, Some(due))),
        _ => None,
    }
}

/// The token that an incident is about; its hash.
fn token(
    world: &mut World,
    chance: &mut crate::chance::Chance,
    (n, fate): (usize, Fate),
    (at, contained): (Timestamp, Timestamp),
) -> String {
    let labs = matches!(fate, Fate::LogNotKept | Fate::LogBeginsLater | Fate::LogBegins);
    let system = if labs { github::LABS } else { github::SYSTEM };
    let organisation = world.github.organisation(system);
    let token =
        organisation.token(ADMIN, &format!("deploy {n}"), at.plus_micros(-20 * DAY), chance);
    organisation.use_token(&token, at.plus_micros(-MINUTE));
    if fate == Fate::UsedAsContained {
        organisation.use_token(&token, contained);
    }
    match fate {
        Fate::NeverRevoked => {}
        Fate::WorkedAfterwards => {
            organisation.use_token(&token, contained.plus_micros(DAY));
            organisation.revoke(&token, contained.plus_micros(2 * DAY), ADMIN);
        }
        // At the very instant of the containment it is still in time.
        _ => organisation.revoke(&token, contained, ADMIN),
    }
    token.hash
}

fn tell(world: &mut World, item: &str, fate: Fate, at: Timestamp) {
    let place = |attribute| ("INC-01", item, attribute);
    let truth = &mut world.truth;
    let mut wrong = |attribute, outcome, why: &str| {
        truth.deviation(place(attribute), outcome, (at, None), why);
    };
    match fate {
        Fate::Clean => {}
        Fate::EscalatedOnTheSecond => truth.near_miss(place("C"), "escalated on the last second"),
        Fate::EscalatedLate => wrong("C", Contradicted, "escalated a second late"),
        Fate::ContainedOnTheSecond => truth.near_miss(place("D"), "contained on the last second"),
        Fate::ContainedLate => wrong("D", Contradicted, "contained a second late"),
        Fate::ReviewedOnTheSecond => {
            truth.near_miss(place("F"), "reviewed on the last second of ten business days");
        }
        Fate::ReviewedLate => wrong("F", Contradicted, "reviewed a second late"),
        Fate::NotReviewed => {
            wrong("F", NotDemonstrated, "no review on record");
            // Half of them have follow-ups that tell that there was something to follow up.
            if !follow_ups(item) {
                wrong("G", NotDemonstrated, "neither follow-ups nor a review");
            }
        }
        Fate::FollowUpLate => wrong("G", Contradicted, "follow-up closed a second late"),
        Fate::FollowUpOpen => wrong("G", NotDemonstrated, "follow-up never closed"),
        Fate::NoRecovery => wrong("A", NotDemonstrated, "nobody noted the recovery"),
        Fate::NotEscalated => {
            wrong("A", NotDemonstrated, "no escalation on record");
            wrong("C", NotDemonstrated, "no escalation on record");
        }
        Fate::NothingNamed => wrong("E", NotDemonstrated, "nobody said which credential"),
        Fate::UnknownToken => wrong("E", NotDemonstrated, "no system knows the credential"),
        Fate::WorkedAfterwards => wrong("E", Contradicted, "used after the containment"),
        Fate::NeverRevoked => wrong("E", Contradicted, "still active after the containment"),
        Fate::LogNotKept | Fate::LogBeginsLater => {
            truth.gap(place("E"), (Some(at), None), "the log of that time was not kept");
        }
        Fate::LogBegins => truth.near_miss(place("E"), "declared as the log begins"),
        Fate::AllAtOnce => truth.near_miss(place("A"), "everything at one instant"),
        Fate::OwnWordForSeverity => {
            truth.near_miss(place("B"), "a severity, by a word of their own");
        }
        Fate::UsedAsContained => {
            truth.near_miss(place("E"), "used in the instant in which it was contained")
        }
        Fate::FollowUpOnTheSecond => truth.near_miss(place("G"), "closed on the last second"),
    }
}

/// Whether the incident of an item has follow-ups: numbers begin at one, every other has.
fn follow_ups(item: &str) -> bool {
    let digits = item.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse::<usize>().is_ok_and(|number| number % 2 == 1)
}

/// Incidents that the helpdesk keeps in a list: one without a severity, one whose times contradict
/// each other.
fn in_register(world: &mut World, at: Timestamp) {
    let after = |micros: i64| at.plus_micros(micros).to_string();
    let day = world.settings.collected_at();
    let row = |id: &str, severity: &str, contained: i64| {
        vec![
            ("id", id.to_owned()),
            ("title", "Password guessed".to_owned()),
            ("kind", "identity".to_owned()),
            ("severity", severity.to_owned()),
            ("detected_at", after(0)),
            ("declared_at", after(MINUTE)),
            ("escalated_at", after(2 * HOUR)),
            ("contained_at", after(contained)),
            ("eradicated_at", after(DAY)),
            ("recovered_at", after(DAY)),
            ("closed_at", after(DAY)),
            ("reviewed_at", after(2 * DAY)),
        ]
    };
    let rows = [row("HD-1", "", 5 * HOUR), row("HD-2", "high", -HOUR)];
    for cells in rows {
        world.registers.row("incidents", HELPDESK, day, &cells);
    }
    let declared = at.plus_micros(MINUTE);
    let item = |id: &str| format!("{HELPDESK}/register/{id}");
    let (graded, ordered) = (item("HD-1"), item("HD-2"));
    let (graded, ordered) = (graded.as_str(), ordered.as_str());
    let truth = &mut world.truth;
    let place = |item, attribute| ("INC-01", item, attribute);
    let stretch = (declared, None);
    truth.deviation(place(graded, "B"), NotDemonstrated, stretch, "no severity");
    for attribute in ["C", "D"] {
        let why = "in time or not, as the severity would have it";
        truth.deviation(place(graded, attribute), Indeterminate, stretch, why);
    }
    truth.deviation(place(graded, "E"), NotDemonstrated, stretch, "nothing named");
    truth.deviation(place(ordered, "A"), Contradicted, stretch, "contained before it was detected");
    truth.deviation(place(ordered, "E"), NotDemonstrated, stretch, "nothing named");
}

/// The yearly exercise: on the last second that counts, without a result, or not at all.
fn exercise(world: &mut World) {
    let (from, to) = (world.settings.period.from, world.settings.period.to);
    let mut end = to;
    while end > from {
        let start = end.plus_micros(-365 * DAY);
        let (item, how) =
            (format!("exercise {}..{}", start.date(), end.date()), world.settings.seed % 3);
        if how != 0 {
            let result = if how == 1 { "" } else { "contained in two hours" };
            let held = end.plus_micros(-SECOND);
            let cells = [
                ("id", format!("EX-{}", end.date())),
                ("kind", "incident".to_owned()),
                ("target", "incident plan".to_owned()),
                ("held_at", held.to_string()),
                ("result", result.to_owned()),
            ];
            world.registers.row("exercises", "grc", world.settings.collected_at(), &cells);
        }
        let place = ("INC-01", item.as_str(), "H");
        let stretch = (start.max(from), None);
        match how {
            1 => world.truth.deviation(place, NotDemonstrated, stretch, "held without a result"),
            2 => world.truth.near_miss(place, "held in the last second"),
            _ => world.truth.deviation(place, NotDemonstrated, stretch, "never held"),
        }
        end = start;
    }
}
