//! MON-03: alerts about identities are looked at and decided in time, or not; what raises them is
//! tried every month.

use tenure_model::Timestamp;
use tenure_model::calendar::{Calendar, Sla};
use tenure_model::outcome::Outcome::{self, Contradicted, Indeterminate, NotDemonstrated};

use crate::World;
use crate::time::{DAY, HOUR, MINUTE, SECOND};

/// The system that raises alerts.
pub const SYSTEM: &str = "siem";
/// Another one, whose alerts were exported once.
const STALE: &str = "endpoints";

/// What becomes of an alert.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    LookedAtOnTheSecond,
    LookedAtLate,
    NotLookedAt,
    DecidedOnTheSecond,
    DecidedLate,
    NotDecided,
    NoReason,
    Nobody,
    TakenOn,
    NoIncident,
    UnknownIncident,
    Escalated,
    NoSeverity,
    NoSeverityInTime,
}

const FATES: &[Fate] = &[
    Fate::LookedAtOnTheSecond,
    Fate::LookedAtLate,
    Fate::NotLookedAt,
    Fate::DecidedOnTheSecond,
    Fate::DecidedLate,
    Fate::NotDecided,
    Fate::NoReason,
    Fate::Nobody,
    Fate::TakenOn,
    Fate::NoIncident,
    Fate::UnknownIncident,
    Fate::Escalated,
    Fate::NoSeverity,
    Fate::NoSeverityInTime,
];

/// What the severities allow.
const GRADES: [(&str, i64, Sla); 3] = [
    ("critical", HOUR, Sla::Hours(24)),
    ("high", 4 * HOUR, Sla::BusinessDays(3)),
    ("medium", DAY, Sla::BusinessDays(10)),
];

/// Each fate once with every severity, among twice as many that go as they should.
pub fn plant(world: &mut World) {
    let mut chance = world.chance("alerts");
    let period = world.settings.period;
    for n in 0..FATES.len() * 9 {
        let fate = if n % 3 == 2 { FATES[n / 9] } else { Fate::Clean };
        let at = chance.instant(period.from, period.to.plus_micros(-40 * DAY));
        // Most people work in the week, but alerts do not wait for it.
        alert(world, n + 1, fate, GRADES[(n / 3) % 3], at);
    }
    tests(world);
    stale(world);
}

/// When somebody looked at it.
fn looked_at(fate: Fate, at: Timestamp, look: i64) -> Option<Timestamp> {
    match fate {
        Fate::LookedAtOnTheSecond => Some(at.plus_micros(look)),
        Fate::LookedAtLate => Some(at.plus_micros(look + SECOND)),
        Fate::NotLookedAt => None,
        // Too late for a critical one, in time for any other.
        Fate::NoSeverity => Some(at.plus_micros(2 * HOUR)),
        _ => Some(at.plus_micros(20 * MINUTE)),
    }
}

fn alert(world: &mut World, n: usize, fate: Fate, grade: (&str, i64, Sla), at: Timestamp) {
    let (severity, look, close) = grade;
    let close_by = world.company.calendar.add(at, close);
    let graded = !matches!(fate, Fate::NoSeverity | Fate::NoSeverityInTime);
    let looked = looked_at(fate, at, look);
    let decided = match fate {
        Fate::DecidedOnTheSecond => Some(close_by),
        Fate::DecidedLate => Some(close_by.plus_micros(SECOND)),
        Fate::NotDecided => None,
        Fate::NoSeverity => Some(at.plus_micros(30 * HOUR)),
        _ => Some(at.plus_micros(3 * HOUR)),
    };
    let right = matches!(fate, Fate::NoIncident | Fate::UnknownIncident | Fate::Escalated);
    let incident = match fate {
        Fate::Escalated => world.oncall.last_number().to_string(),
        Fate::UnknownIncident => format!("99{n:04}"),
        _ => String::new(),
    };
    let told = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let when =
        |condition: bool, text: &str| if condition { text.to_owned() } else { String::new() };
    let cells = [
        ("id", format!("AL-{n:04}")),
        ("rule", "Impossible travel".to_owned()),
        ("kind", "identity".to_owned()),
        ("identity", format!("user-{n}@example.com")),
        ("severity", when(graded, severity)),
        ("raised_at", at.to_string()),
        ("assigned_to", when(!matches!(fate, Fate::Nobody | Fate::TakenOn), "soc@example.com")),
        ("triaged_at", told(looked)),
        ("triaged_by", when(fate == Fate::TakenOn, "night@example.com")),
        ("disposition", when(decided.is_some(), if right { "true_positive" } else { "benign" })),
        ("reason", when(decided.is_some() && fate != Fate::NoReason, "known network")),
        ("incident_ref", incident),
        ("closed_at", told(decided)),
    ];
    world.registers.row("alerts", SYSTEM, world.settings.collected_at(), &cells);
    tell(world, &format!("{SYSTEM}/register/AL-{n:04}"), fate, at);
}

/// An alert of medium severity that names an identity or a credential, and is decided at an instant.
pub(super) fn decided(
    world: &mut World,
    id: &str,
    (column, named): (&'static str, &str),
    (raised, closed): (Timestamp, Timestamp),
) {
    let cells = [
        ("id", id.to_owned()),
        ("rule", "Use by what it is not for".to_owned()),
        ("kind", "identity".to_owned()),
        (column, named.to_owned()),
        ("severity", "medium".to_owned()),
        ("raised_at", raised.to_string()),
        ("assigned_to", "soc@example.com".to_owned()),
        ("triaged_at", raised.plus_micros(20 * MINUTE).to_string()),
        ("disposition", "benign".to_owned()),
        ("reason", "an engineer looked for a fault".to_owned()),
        ("closed_at", closed.to_string()),
    ];
    world.registers.row("alerts", SYSTEM, world.settings.collected_at(), &cells);
}

fn tell(world: &mut World, item: &str, fate: Fate, at: Timestamp) {
    let place = |attribute| ("MON-03", item, attribute);
    let truth = &mut world.truth;
    let mut wrong = |attribute, outcome: Outcome, why: &str| {
        truth.deviation(place(attribute), outcome, (at, None), why);
    };
    match fate {
        Fate::Clean => {}
        Fate::TakenOn => {
            truth.near_miss(place("A"), "nobody was assigned, and somebody looked at it");
        }
        Fate::Escalated => truth.near_miss(place("D"), "right, and an incident by its number"),
        Fate::LookedAtOnTheSecond => truth.near_miss(place("B"), "looked at on the last second"),
        Fate::LookedAtLate => wrong("B", Contradicted, "looked at a second late"),
        Fate::NotLookedAt => wrong("B", NotDemonstrated, "never looked at"),
        Fate::DecidedOnTheSecond => truth.near_miss(place("C"), "decided on the last second"),
        Fate::DecidedLate => wrong("C", Contradicted, "decided a second late"),
        Fate::NotDecided => wrong("C", NotDemonstrated, "never decided"),
        Fate::NoReason => wrong("C", NotDemonstrated, "no reason for the disposition"),
        Fate::Nobody => wrong("A", NotDemonstrated, "nobody was assigned"),
        Fate::NoIncident => wrong("D", NotDemonstrated, "right, and no incident"),
        Fate::UnknownIncident => wrong("D", NotDemonstrated, "an incident that is on no record"),
        Fate::NoSeverity => {
            wrong("B", Indeterminate, "no severity, so in time or not");
            wrong("C", Indeterminate, "no severity, so in time or not");
        }
        Fate::NoSeverityInTime => {
            truth.near_miss(place("B"), "no severity, and in time for any");
            truth.near_miss(place("C"), "no severity, and in time for any");
        }
    }
}

/// A test alert in every month but one; for what is raised elsewhere, an exercise of detection.
fn tests(world: &mut World) {
    let (from, to) = (world.settings.period.from, world.settings.period.to);
    let calendar = Calendar::default();
    let missed = usize::try_from(world.settings.seed % 7).unwrap_or(0) + 2;
    let mut month = from;
    let mut n = 0;
    while let Some(next) = calendar.month_start(month, 1, 1).filter(|_| month < to) {
        n += 1;
        let item = format!("test {SYSTEM} {}", &month.date()[..7]);
        let place = ("MON-03", item.as_str(), "E");
        if n == missed {
            world.truth.deviation(place, NotDemonstrated, (month, None), "no test in the month");
        } else {
            // Another month is tried in its last second.
            let last = n == missed + 1;
            let at = if last { next.plus_micros(-SECOND) } else { month.plus_micros(9 * DAY) };
            if last {
                world.truth.near_miss(place, "tried in the last second of the month");
            }
            test_alert(world, (SYSTEM, world.settings.collected_at()), n, at);
        }
        for target in [crate::files::pagerduty::SYSTEM, crate::files::github::SYSTEM] {
            let cells = [
                ("id", format!("DET-{target}-{n:02}")),
                ("kind", "detection".to_owned()),
                ("target", target.to_owned()),
                ("held_at", month.plus_micros(5 * DAY).to_string()),
                ("result", "raised within a minute".to_owned()),
            ];
            world.registers.row("exercises", "grc", world.settings.collected_at(), &cells);
        }
        month = next;
    }
}

/// A test alert of a month, as a system's list of a day shows it.
fn test_alert(world: &mut World, (system, day): (&str, Timestamp), n: usize, at: Timestamp) {
    let cells = [
        ("id", format!("TEST-{n:02}")),
        ("rule", "Test alert".to_owned()),
        ("kind", "test".to_owned()),
        ("raised_at", at.to_string()),
        ("disposition", "test".to_owned()),
    ];
    world.registers.row("alerts", system, day, &cells);
}

/// Another system that raises alerts, of which nobody exported anything after the middle of the period:
/// what became of the last one, and whether anybody tried it since, is not on record.
fn stale(world: &mut World) {
    let (from, to) = (world.settings.period.from, world.settings.period.to);
    let calendar = Calendar::default();
    let exported = from.plus_micros((to.micros() - from.micros()) / 2).day_start();
    let why = "nothing of it was exported since";
    let (mut month, mut n) = (from, 0);
    while let Some(next) = calendar.month_start(month, 1, 1).filter(|_| month < to) {
        n += 1;
        let at = month.plus_micros(HOUR);
        if at < exported {
            test_alert(world, (STALE, exported), n, at);
        } else {
            let item = format!("test {STALE} {}", &month.date()[..7]);
            world.truth.missing(("MON-03", &item, "E"), (month, None), why);
        }
        month = next;
    }
    let at = exported.plus_micros(-30 * MINUTE);
    let cells = [
        ("id", "AL-LAST".to_owned()),
        ("rule", "Credential dumping".to_owned()),
        ("kind", "identity".to_owned()),
        ("identity", "user-1@example.com".to_owned()),
        ("severity", "critical".to_owned()),
        ("raised_at", at.to_string()),
    ];
    world.registers.row("alerts", STALE, exported, &cells);
    world.registers.kept_until("alerts", STALE, exported);
    for attribute in ["A", "B", "C"] {
        let item = format!("{STALE}/register/AL-LAST");
        world.truth.missing(("MON-03", &item, attribute), (at, None), why);
    }
}
