//! GOV-01: systems with their owners in a register, and what is missing there.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::files::okta::{LABS, SYSTEM};
use crate::files::{aws, kubernetes, okta, vault};
use crate::plant::contradictions::{LIAISON, unheard_from};
use crate::plant::{DAY, HOUR, SECOND, consoles};

const REGISTERS: &str = "registers";

/// The fields that name a person, and those that do not.
const OWNERS: [&str; 4] =
    ["access_owner", "provisioning_owner", "review_owner", "offboarding_owner"];
const OTHERS: [&str; 3] = ["approval_path", "log_source", "offboarding_procedure"];

/// What is with an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Complete, and acknowledged in time.
    Fine,
    /// The source of its log was never recorded.
    NoLog,
    /// Its reviews are owned by somebody who left in the period.
    OwnerLeft,
    /// Its offboarding is owned by somebody of the agency, whose lists end in the period.
    Loaned,
    /// Its access is owned by a name that is nobody's.
    Team,
    /// Acknowledged each time a second before the interval ended.
    NearlyLate,
    /// Not acknowledged any more after the first time.
    Silent,
    /// In scope a month before it was in the register.
    Late,
    /// In the register since the instant at which it came into scope.
    AsItCame,
    /// In the register since the first instant of the period.
    AsItBegan,
}

/// Every system in which access is held, but for the second organisation of Okta.
const SYSTEMS: [(&str, Fate); 15] = [
    (SYSTEM, Fate::Fine),
    ("aws", Fate::Fine),
    ("github", Fate::Fine),
    ("github-labs", Fate::Fine),
    ("kubernetes", Fate::Fine),
    ("vault", Fate::Fine),
    ("billing", Fate::NoLog),
    ("ledger", Fate::OwnerLeft),
    ("wiki", Fate::Team),
    ("support-desk", Fate::NearlyLate),
    ("crm", Fate::Silent),
    ("data-warehouse", Fate::Late),
    ("payroll", Fate::Loaned),
    ("archive", Fate::AsItCame),
    ("telemetry", Fate::AsItBegan),
];

/// Fills the register.
pub fn plant(world: &mut World) {
    for (name, fate) in SYSTEMS {
        one(world, name, fate);
    }
    unregistered(world);
}

fn one(world: &mut World, name: &str, fate: Fate) {
    let period = world.settings.period;
    let scope = period.from.plus_micros(30 * DAY);
    let recorded = match fate {
        Fate::Late => period.from.plus_micros(60 * DAY),
        Fate::AsItCame => scope,
        Fate::AsItBegan => period.from,
        _ => period.from.plus_micros(-400 * DAY),
    };
    let leaver = world.company.people.iter().find_map(|person| {
        let left = person.employments[0].left?;
        let alone = person.employments.len() == 1 && person.called.is_none();
        let within = left.plain()
            && period.from.plus_micros(30 * DAY) < left.effective
            && left.effective < period.to.plus_micros(-60 * DAY);
        let only =
            !world.company.people.iter().any(|p| p.id != person.id && p.email == person.email);
        (alone && within && only).then(|| (person.email.clone(), left.effective))
    });
    let head = world.company.head("Operations").email.clone();
    let enters = matches!(fate, Fate::Late | Fate::AsItCame);
    let mut cells = vec![
        ("id", name.to_owned()),
        ("name", name.to_owned()),
        ("environment", "production".to_owned()),
        ("tier", tier(name).to_owned()),
        ("scope_from", if enters { scope.to_string() } else { String::new() }),
        ("valid_from", recorded.to_string()),
        ("acknowledged_at", acknowledged(world, fate)),
    ];
    cells.push(("issuers", issuers(world, name)));
    cells.extend(OWNERS.map(|field| (field, head.clone())));
    // In some systems, who owns the access is not who owns its reviews.
    if matches!(name, SYSTEM | kubernetes::SYSTEM) {
        let owner = world.company.head("Engineering").email.clone();
        cells.retain(|(field, _)| *field != "access_owner");
        cells.push(("access_owner", owner));
    }
    cells.extend(OTHERS.map(|field| (field, format!("runbook of {name}"))));
    let mut set = |field: &str, value: &str| {
        if let Some(cell) = cells.iter_mut().find(|(name, _)| *name == field) {
            value.clone_into(&mut cell.1);
        }
    };
    match (fate, &leaver) {
        (Fate::NoLog, _) => set("log_source", ""),
        (Fate::Team, _) => set("access_owner", "platform team"),
        (Fate::OwnerLeft, Some((email, _))) => set("review_owner", email),
        (Fate::Loaned, _) => set("offboarding_owner", LIAISON),
        _ => {}
    }
    let day = world.settings.collected_at().plus_micros(-DAY);
    world.registers.row("systems", REGISTERS, day, &cells);
    let left = leaver.map(|(_, left)| left);
    tell(world, &format!("{REGISTERS}/register/{name}"), (scope, recorded, left), fate);
}

/// The risk tier of a system, after which its access is reviewed.
pub(crate) fn tier(system: &str) -> &'static str {
    match system {
        aws::SYSTEM => "T2",
        vault::SYSTEM => "T3",
        _ => "T1",
    }
}

/// Who may make accounts and issue credentials: the pipeline, and in AWS one person.
fn issuers(world: &World, system: &str) -> String {
    match system {
        SYSTEM => okta::PROVISIONER.to_owned(),
        aws::SYSTEM => {
            let people = consoles::people(world);
            let person = people.get(consoles::ISSUER).map_or("", |(name, _)| name.as_str());
            format!("{};{person}", aws::PROVISIONER)
        }
        kubernetes::SYSTEM => kubernetes::login(kubernetes::DEPLOYER.0, kubernetes::DEPLOYER.1),
        vault::SYSTEM => format!("approle;{}", vault::ADMIN),
        _ => String::new(),
    }
}

/// When owners acknowledged what they own.
fn acknowledged(world: &World, fate: Fate) -> String {
    let from = world.settings.period.from;
    let at: Vec<_> = match fate {
        Fate::NearlyLate => {
            (1..5).map(|n| from.plus_micros(n * (92 * DAY - SECOND)).to_string()).collect()
        }
        Fate::Silent => vec![from.plus_micros(80 * DAY).to_string()],
        _ => (1..5).map(|n| from.plus_micros(n * 80 * DAY + HOUR).to_string()).collect(),
    };
    at.join(" ")
}

fn tell(
    world: &mut World,
    system: &str,
    (scope, recorded, left): (Timestamp, Timestamp, Option<Timestamp>),
    fate: Fate,
) {
    let from = world.settings.period.from;
    let (missing, wrong) = (Outcome::NotDemonstrated, Outcome::Contradicted);
    let item = |field: &str| format!("{system} {field}");
    let moment = |at: Timestamp| (at, Some(at.plus_micros(1)));
    let unheard = unheard_from(world);
    let truth = &mut world.truth;
    match (fate, left) {
        (Fate::NoLog, _) => {
            let item = item("log_source");
            truth.deviation(("GOV-01", &item, "A"), missing, (from, None), "never recorded");
            truth.deviation(("GOV-01", &item, "C"), missing, moment(from), "never recorded");
        }
        (Fate::OwnerLeft, Some(left)) => {
            let since = world.company.calendar.add(left, Sla::BusinessDays(5));
            let item = item("review_owner");
            truth.deviation(("GOV-01", &item, "B"), wrong, (since, None), "the owner had left");
        }
        (Fate::Loaned, _) => {
            let place = ("GOV-01", &*item("offboarding_owner"), "B");
            truth.gap(place, (Some(unheard), None), "the agency had stopped sending lists");
        }
        (Fate::Team, _) => {
            let item = item("access_owner");
            truth.deviation(("GOV-01", &item, "B"), missing, (from, None), "no person is named");
        }
        (Fate::NearlyLate, _) => {
            truth.near_miss(("GOV-01", &item("access_owner"), "D"), "each time a second early");
        }
        (Fate::Silent, _) => {
            let since = from.plus_micros((80 + 92) * DAY);
            for field in OWNERS {
                let place = ("GOV-01", &*item(field), "D");
                truth.deviation(place, missing, (since, None), "not acknowledged any more");
            }
        }
        (Fate::AsItCame, _) => {
            let item = item("access_owner");
            truth.near_miss(("GOV-01", &item, "A"), "recorded as it came into scope");
            truth.near_miss(("GOV-01", &item, "C"), "recorded as it came into scope");
        }
        (Fate::AsItBegan, _) => {
            truth.near_miss(("GOV-01", &item("access_owner"), "C"), "recorded as it all began");
        }
        (Fate::Late, _) => {
            for field in OWNERS.into_iter().chain(OTHERS) {
                let item = item(field);
                let stretch = (scope, Some(recorded));
                truth.deviation(("GOV-01", &item, "A"), missing, stretch, "recorded late");
                truth.deviation(("GOV-01", &item, "C"), wrong, moment(scope), "recorded late");
            }
        }
        _ => {}
    }
}

/// Access is held in the second organisation of Okta, and the register does not have it.
fn unregistered(world: &mut World) {
    let item = format!("{LABS} unregistered");
    let since = world.labs.listed_at.unwrap_or(world.settings.period.from);
    let place = ("GOV-01", item.as_str(), "A");
    let reason = "access is held in it, and the register does not have it";
    world.truth.deviation(place, Outcome::NotDemonstrated, (since, None), reason);
}
