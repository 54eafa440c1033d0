//! Changes of a system that keeps them in a register.

use super::*;
use crate::chance::Chance;

/// The system whose changes the register holds.
const PAYMENTS: &str = "payments";
/// A system whose register was given up.
const PAUSED: &str = "loyalty";

/// What is the matter with a deployment in the register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kept {
    Clean,
    Retroactive,
    ApprovedAsItCame,
    EmergencyOnTheSecond,
    EmergencyLate,
    EmergencyNever,
    Bypassed,
    OtherArtifact,
    NoDigest,
    MergedLater,
    UnknownChange,
    Untested,
    OtherCase,
    DigestInCapitals,
    MergedAsItCame,
    Namesake,
}

const KEPT: &[Kept] = &[
    Kept::Retroactive,
    Kept::ApprovedAsItCame,
    Kept::EmergencyOnTheSecond,
    Kept::EmergencyLate,
    Kept::EmergencyNever,
    Kept::Bypassed,
    Kept::OtherArtifact,
    Kept::NoDigest,
    Kept::MergedLater,
    Kept::UnknownChange,
    Kept::Untested,
    Kept::OtherCase,
    Kept::DigestInCapitals,
    Kept::MergedAsItCame,
    Kept::Namesake,
];

/// Every third deployment of the register goes wrong in some way, or nearly does.
pub(super) fn plant(world: &mut World, chance: &mut Chance) {
    let period = world.settings.period;
    for n in 0..KEPT.len() * 3 {
        let kept = if n % 3 == 2 { KEPT[n / 3] } else { Kept::Clean };
        let (from, to) = (period.from.plus_micros(2 * DAY), period.to.plus_micros(-40 * DAY));
        release(world, n + 1, kept, chance.instant(from, to));
    }
    stale(world);
}

/// A system whose changes and deployments nobody noted after a day of the period: whether what was
/// merged ten days before was deployed is not on record.
fn stale(world: &mut World) {
    let day = world.settings.period.from.plus_micros(150 * DAY);
    let at = |days: i64| day.plus_micros(-days * DAY).plus_micros(11 * HOUR);
    let row = |id: &str, kind: &str, days: i64, changes: &str| {
        [
            ("id", id.to_owned()),
            ("kind", kind.to_owned()),
            ("system_changed", PAUSED.to_owned()),
            ("environment", if kind == "change" { String::new() } else { "production".to_owned() }),
            ("author", "hugo@example.com".to_owned()),
            ("approver", "ines@example.com".to_owned()),
            ("approved_at", at(days + 1).to_string()),
            ("merged_by", PIPELINE.to_owned()),
            ("merged_at", at(days).to_string()),
            ("tests", "passed".to_owned()),
            ("emergency", "no".to_owned()),
            ("bypassed", "no".to_owned()),
            ("changes", changes.to_owned()),
            ("artifact_digest", format!("sha256:{PAUSED}-{id}").replace("DEP", "CHG")),
        ]
    };
    for cells in [
        row("CHG-1", "change", 61, ""),
        row("DEP-1", "deployment", 60, "CHG-1"),
        row("CHG-2", "change", 10, ""),
    ] {
        world.registers.row("changes", PAUSED, day, &cells);
    }
    world.registers.kept_until("changes", PAUSED, day);
    let item = format!("{PAUSED}/register/CHG-2");
    let why = "deployments were not noted any more";
    world.truth.gap(("CHG-01", &item, "H"), (Some(at(10)), None), why);
}

/// When a deployment was approved.
fn approval(world: &World, kept: Kept, at: Timestamp) -> Option<Timestamp> {
    let by = world.company.calendar.add(at, Sla::BusinessDays(2));
    match kept {
        Kept::Retroactive => Some(at.plus_micros(SECOND)),
        Kept::ApprovedAsItCame => Some(at),
        Kept::EmergencyOnTheSecond => Some(by),
        Kept::EmergencyLate => Some(by.plus_micros(SECOND)),
        Kept::EmergencyNever => None,
        _ => Some(at.plus_micros(-DAY)),
    }
}

/// What was deployed.
fn artifact(kept: Kept, n: usize) -> String {
    match kept {
        Kept::OtherArtifact => format!("sha256:other-{n}"),
        Kept::NoDigest => String::new(),
        Kept::DigestInCapitals => format!("SHA256:BUILT-{n}"),
        _ => format!("sha256:built-{n}"),
    }
}

fn release(world: &mut World, n: usize, kept: Kept, at: Timestamp) {
    let approved = approval(world, kept, at);
    let emergency =
        matches!(kept, Kept::EmergencyOnTheSecond | Kept::EmergencyLate | Kept::EmergencyNever);
    let built = artifact(kept, n);
    let approver = match (kept, approved) {
        (_, None) => "",
        // The author's is hugo@example.com.
        (Kept::Namesake, _) => "hugo.2@example.com",
        _ => "ines@example.com",
    };
    let merged = match kept {
        Kept::MergedLater => at.plus_micros(HOUR),
        Kept::MergedAsItCame => at,
        _ => at.plus_micros(-HOUR),
    };
    let yes = |flag: bool| if flag { "yes".to_owned() } else { "no".to_owned() };
    let told = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let change = match kept {
        Kept::UnknownChange => format!("CHG-9{n:03}"),
        Kept::OtherCase => format!(" chg-{n:03} "),
        _ => format!("CHG-{n:03}"),
    };
    let tests = if kept == Kept::Untested { "" } else { "passed" };
    let day = world.settings.collected_at();
    let row = |id: String, kind: &str, at: Timestamp, changes: &str, digest: String| {
        vec![
            ("id", id),
            ("kind", kind.to_owned()),
            ("system_changed", PAYMENTS.to_owned()),
            ("environment", if kind == "change" { String::new() } else { "production".to_owned() }),
            ("author", "hugo@example.com".to_owned()),
            ("approver", approver.to_owned()),
            ("approved_at", told(approved)),
            ("merged_by", PIPELINE.to_owned()),
            ("merged_at", at.to_string()),
            ("tests", tests.to_owned()),
            ("emergency", yes(emergency)),
            ("bypassed", yes(kept == Kept::Bypassed)),
            ("changes", changes.to_owned()),
            ("artifact_digest", digest),
        ]
    };
    let rows = [
        row(format!("CHG-{n:03}"), "change", merged, "", format!("sha256:built-{n}")),
        row(format!("DEP-{n:03}"), "deployment", at, &change, built),
    ];
    for cells in rows {
        world.registers.row("changes", PAYMENTS, day, &cells);
    }
    tell(world, n, kept, (at, merged));
}

fn tell(world: &mut World, n: usize, kept: Kept, (at, merged): (Timestamp, Timestamp)) {
    let item = format!("{PAYMENTS}/register/DEP-{n:03}");
    let place = |attribute| ("CHG-01", item.as_str(), attribute);
    let truth = &mut world.truth;
    let mut wrong = |attribute, outcome: Outcome, why: &str| {
        truth.deviation(place(attribute), outcome, (at, None), why);
    };
    match kept {
        Kept::Clean => {}
        Kept::Retroactive => wrong("C", Contradicted, "approved a second after it came into force"),
        Kept::ApprovedAsItCame => truth.near_miss(place("C"), "approved as it came into force"),
        Kept::EmergencyOnTheSecond => {
            truth.near_miss(place("G"), "approved on the last second of two business days");
        }
        Kept::EmergencyLate => wrong("G", Contradicted, "approved a second late"),
        Kept::EmergencyNever => {
            wrong("B", NotDemonstrated, "nobody ever approved it");
            wrong("G", NotDemonstrated, "nobody ever approved it");
        }
        Kept::Bypassed => wrong("B", Contradicted, "checks were bypassed"),
        Kept::OtherArtifact => wrong("F", Contradicted, "another artifact than was built"),
        Kept::NoDigest => wrong("F", NotDemonstrated, "no digest of what was deployed"),
        Kept::MergedLater => wrong("H", Contradicted, "lists a change of an hour later"),
        Kept::UnknownChange => {
            wrong("A", NotDemonstrated, "a change that is on no record");
            wrong("H", NotDemonstrated, "a change that is on no record");
            let unlisted = format!("{PAYMENTS}/register/CHG-{n:03}");
            // Nobody says who made a change that is on no record, so not that somebody else approved.
            wrong("B", NotDemonstrated, "a change that is on no record");
            let place = ("CHG-01", unlisted.as_str(), "H");
            truth.deviation(place, NotDemonstrated, (merged, None), "no deployment lists it");
        }
        Kept::Untested => wrong("D", NotDemonstrated, "no result of tests"),
        Kept::OtherCase => truth.near_miss(place("A"), "its change, in small letters"),
        Kept::DigestInCapitals => truth.near_miss(place("F"), "the same digest, in capitals"),
        Kept::MergedAsItCame => truth.near_miss(place("H"), "merged as it came into force"),
        Kept::Namesake => truth.near_miss(place("B"), "approved by a namesake of the author"),
    }
}
