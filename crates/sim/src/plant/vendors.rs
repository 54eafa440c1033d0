//! VND-01: applications of third parties have a vendor, an owner, an approval, an assessment in date,
//! and go when the contract ends; or not.

use std::collections::BTreeMap;

use tenure_model::Timestamp;
use tenure_model::calendar::{Calendar, Sla};
use tenure_model::outcome::Outcome::{self, Contradicted, NotDemonstrated};

use crate::World;
use crate::company::Told;
use crate::files::github::{LABS, SYSTEM};
use crate::plant::requests;
use crate::time::{DAY, SECOND};

/// The system that keeps the register of vendors.
const GRC: &str = "grc";
/// Who keeps the vendors of the second organisation.
const NOTES: &str = "research";

/// What is the matter with an application.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    NoVendor,
    UnknownVendor,
    NoOwner,
    OwnerLeft,
    Beyond,
    BeyondUntilApproved,
    ScopesNotSaid,
    NotApproved,
    Retroactive,
    ApprovedAsConnected,
    AssessedOnTheSecond,
    AssessmentLapsed,
    AssessedLater,
    RemovedOnTheSecond,
    RemovedLate,
    NeverRemoved,
    CustomerDataOnTheSecond,
    CustomerDataLate,
    UsedAfterwards,
    UsedBefore,
    ListedAsConnected,
    OwnerLeavesWithIt,
    ScopeApprovedAsConnected,
}

const FATES: &[Fate] = &[
    Fate::NoVendor,
    Fate::UnknownVendor,
    Fate::NoOwner,
    Fate::OwnerLeft,
    Fate::Beyond,
    Fate::BeyondUntilApproved,
    Fate::ScopesNotSaid,
    Fate::NotApproved,
    Fate::Retroactive,
    Fate::ApprovedAsConnected,
    Fate::AssessedOnTheSecond,
    Fate::AssessmentLapsed,
    Fate::AssessedLater,
    Fate::RemovedOnTheSecond,
    Fate::RemovedLate,
    Fate::NeverRemoved,
    Fate::CustomerDataOnTheSecond,
    Fate::CustomerDataLate,
    Fate::UsedAfterwards,
    Fate::UsedBefore,
    Fate::ListedAsConnected,
    Fate::OwnerLeavesWithIt,
    Fate::ScopeApprovedAsConnected,
];

/// An application, and the vendor behind it.
#[derive(Clone, Debug)]
struct App {
    number: usize,
    connected: Timestamp,
    removed: Option<Timestamp>,
    vendor: String,
    owner: String,
    scopes: &'static str,
    /// Approvals: their kind, the scopes that they name, and when.
    approvals: Vec<(&'static str, &'static str, Timestamp)>,
    vendor_owner: String,
    vendor_approved: Option<Timestamp>,
    assessed: Vec<Timestamp>,
    contract_ends: Option<Timestamp>,
    data: &'static str,
    used: Option<Timestamp>,
}

/// Every third application goes wrong in some way, or nearly does.
pub fn plant(world: &mut World) {
    let mut chance = world.chance("vendors");
    let period = world.settings.period;
    let mut apps = BTreeMap::new();
    for n in 0..FATES.len() * 3 {
        let fate = if n % 3 == 2 { FATES[n / 3] } else { Fate::Clean };
        let (from, to) = (period.from.plus_micros(40 * DAY), period.to.plus_micros(-150 * DAY));
        let connected = chance.instant(from, to);
        // Connected before whoever answers for it leaves.
        let connected = match (fate, leaver(world)) {
            (Fate::OwnerLeavesWithIt, Some((at, _))) => connected.min(at.plus_micros(-DAY)),
            _ => connected,
        };
        let app = app(world, n + 1, fate, connected);
        write(world, &app);
        tell(world, &app, fate);
        apps.insert(app.number, app);
    }
    if let Some(first) = apps.values().next() {
        account(world, first.connected.plus_micros(10 * DAY));
    }
    unlogged(world);
    export(world, &apps);
}

/// An application of the second organisation that was removed in time, before its log was kept: that it
/// was not used after the contract nobody knows.
fn unlogged(world: &mut World) {
    let Some(kept) = world.github.organisation(LABS).kept_from else { return };
    let (ends, removed) = (kept.plus_micros(-30 * DAY), kept.plus_micros(-29 * DAY));
    let connected = ends.plus_micros(-60 * DAY);
    let owner = world.company.head("Finance").email.clone();
    let day = world.settings.collected_at();
    let cells = [
        ("id", "APP-L01".to_owned()),
        ("name", "Notebook sync".to_owned()),
        ("vendor", "V-L01".to_owned()),
        ("owner", owner.clone()),
        ("scopes", "contents:read".to_owned()),
        ("identity", "notebook-sync".to_owned()),
        ("consented_at", connected.to_string()),
        ("valid_from", connected.to_string()),
        ("valid_to", removed.to_string()),
    ];
    world.registers.row("integrations", LABS, day, &cells);
    let cells = [
        ("id", "APR-L01".to_owned()),
        ("kind", "integration".to_owned()),
        ("requested_by", owner.clone()),
        ("requested_for", "Notebook sync".to_owned()),
        ("requested", "contents:read".to_owned()),
        ("approver", "ciso@example.com".to_owned()),
        ("outcome", "approved".to_owned()),
        ("resolved_at", connected.plus_micros(-5 * DAY).to_string()),
    ];
    world.registers.row("approvals", LABS, day, &cells);
    notebook(world, &owner, connected, ends);
    let item = format!("{LABS}/register/APP-L01");
    let why = "its log was not kept then";
    world.truth.gap(("VND-01", &item, "G"), (Some(ends), Some(removed)), why);
}

fn app(world: &World, number: usize, fate: Fate, connected: Timestamp) -> App {
    let after = |days: i64| connected.plus_micros(days * DAY);
    let owner = world.company.head("Finance").email.clone();
    let mut app = App {
        number,
        connected,
        removed: None,
        vendor: format!("V-{number:03}"),
        owner: owner.clone(),
        scopes: "contents:read;issues:write",
        approvals: vec![("integration", "contents:read;issues:write", after(-5))],
        vendor_owner: owner,
        vendor_approved: Some(after(-30)),
        assessed: vec![after(-20)],
        contract_ends: None,
        data: "source code",
        used: None,
    };
    vary(world, fate, &mut app);
    ended(world, fate, &mut app);
    app
}

/// What the fate changes about who stands behind the application, and what they said when.
fn vary(world: &World, fate: Fate, app: &mut App) {
    let connected = app.connected;
    let after = |days: i64| connected.plus_micros(days * DAY);
    match fate {
        Fate::NoVendor => app.vendor = String::new(),
        Fate::UnknownVendor => app.vendor = format!("a vendor nobody knows ({})", app.number),
        Fate::NoOwner => {
            app.owner = String::new();
            app.vendor_owner = String::new();
        }
        Fate::OwnerLeft => {
            if let Some((_, email)) = leaver(world) {
                app.owner = email;
            }
        }
        Fate::Beyond => app.scopes = "administration:write;contents:read;issues:write",
        Fate::BeyondUntilApproved => {
            app.approvals = vec![
                ("integration", "contents:read", after(-5)),
                ("scope", "issues:write", after(9)),
            ];
        }
        Fate::OwnerLeavesWithIt => {
            if let Some((at, email)) = leaver(world) {
                app.owner = email;
                app.removed = Some(at);
            }
        }
        Fate::ScopeApprovedAsConnected => {
            app.approvals = vec![
                ("integration", "contents:read", after(-5)),
                ("scope", "issues:write", after(0)),
            ];
        }
        Fate::ListedAsConnected => app.vendor_approved = Some(after(0)),
        Fate::ScopesNotSaid => app.approvals = vec![("integration", "", after(-5))],
        Fate::NotApproved => {
            app.approvals.clear();
            app.vendor_approved = None;
        }
        Fate::Retroactive => app.approvals[0].2 = after(5),
        Fate::ApprovedAsConnected => app.approvals[0].2 = after(0),
        Fate::AssessedOnTheSecond => app.assessed = vec![after(-335), after(30)],
        Fate::AssessmentLapsed => app.assessed = vec![after(-335)],
        Fate::AssessedLater => app.assessed = vec![after(10)],
        _ => {}
    }
}

/// Somebody who leaves in the period for good: when, and their address.
fn leaver(world: &World) -> Option<(Timestamp, String)> {
    let people = &world.company.people;
    let leaves = people.iter().filter_map(|person| {
        let at = person.left().filter(|left| left.told != Told::Nothing)?.effective;
        let once = people.iter().filter(|other| other.email == person.email).count() == 1;
        let plain = once && person.employments.len() == 1 && person.called.is_none();
        (plain && world.settings.period.contains(at)).then(|| (at, person.email.clone()))
    });
    leaves.min()
}

/// What the fate says of the end of the contract, sixty days after the connection.
fn ended(world: &World, fate: Fate, app: &mut App) {
    let ends = app.connected.plus_micros(60 * DAY);
    let customer = matches!(fate, Fate::CustomerDataOnTheSecond | Fate::CustomerDataLate);
    let due = match customer {
        true => ends.plus_micros(DAY),
        false => world.company.calendar.add(ends, Sla::BusinessDays(5)),
    };
    let removed = match fate {
        Fate::RemovedOnTheSecond | Fate::CustomerDataOnTheSecond => Some(due),
        Fate::RemovedLate | Fate::CustomerDataLate => Some(due.plus_micros(SECOND)),
        Fate::UsedAfterwards | Fate::UsedBefore => Some(ends.plus_micros(4 * 3_600 * SECOND)),
        Fate::NeverRemoved => None,
        _ => return,
    };
    app.contract_ends = Some(ends);
    app.removed = removed;
    app.used = match fate {
        Fate::UsedAfterwards => Some(ends.plus_micros(3_600 * SECOND)),
        Fate::UsedBefore => Some(ends.plus_micros(-SECOND)),
        _ => None,
    };
    if customer {
        app.data = "customer records";
    }
}

/// The application and its approvals in their registers, and its use in the log.
fn write(world: &mut World, app: &App) {
    let day = world.settings.collected_at();
    let told = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let (name, login) = (format!("App {}", app.number), format!("vendor-app-{}", app.number));
    let cells = [
        ("id", format!("APP-{:03}", app.number)),
        ("name", name.clone()),
        ("vendor", app.vendor.clone()),
        ("owner", app.owner.clone()),
        ("scopes", app.scopes.to_owned()),
        ("identity", login.clone()),
        ("consented_at", app.connected.to_string()),
        ("valid_from", app.connected.to_string()),
        ("valid_to", told(app.removed)),
    ];
    world.registers.row("integrations", SYSTEM, day, &cells);
    for (n, (kind, scopes, at)) in app.approvals.iter().enumerate() {
        let cells = [
            ("id", format!("APR-{:03}-{n}", app.number)),
            ("kind", (*kind).to_owned()),
            ("requested_by", app.owner.clone()),
            ("requested_for", name.clone()),
            ("requested", (*scopes).to_owned()),
            ("approver", "ciso@example.com".to_owned()),
            ("outcome", "approved".to_owned()),
            ("resolved_at", at.to_string()),
        ];
        world.registers.row("approvals", SYSTEM, day, &cells);
    }
    if app.contract_ends.is_some() {
        let organisation = world.github.organisation(SYSTEM);
        organisation.act(&login, "git.clone", app.connected.plus_micros(DAY));
        if let Some(at) = app.used {
            organisation.act(&login, "git.clone", at);
        }
    }
}

fn tell(world: &mut World, app: &App, fate: Fate) {
    let item = format!("{SYSTEM}/register/APP-{:03}", app.number);
    let place = |attribute| ("VND-01", item.as_str(), attribute);
    let left = leaver(world);
    let truth = &mut world.truth;
    let start = app.connected;
    let whole = (start, None);
    let mut wrong = |attribute, outcome: Outcome, stretch, why: &str| {
        truth.deviation(place(attribute), outcome, stretch, why);
    };
    let after = |days: i64| start.plus_micros(days * DAY);
    match fate {
        Fate::Clean => {}
        Fate::NoVendor | Fate::UnknownVendor => {
            wrong("A", NotDemonstrated, whole, "its vendor is not on the register");
            wrong("E", NotDemonstrated, whole, "so no assessment is on record");
        }
        Fate::NoOwner => wrong("B", NotDemonstrated, whole, "nobody answers for it"),
        Fate::OwnerLeft => {
            if let Some((at, _)) = left {
                wrong("B", Contradicted, (at.max(start), None), "who answers for it left");
            }
        }
        Fate::Beyond => wrong("C", Contradicted, whole, "may do more than was approved"),
        Fate::BeyondUntilApproved => {
            wrong("C", Contradicted, (start, Some(after(9))), "a scope approved nine days late");
        }
        Fate::ScopesNotSaid => wrong("C", NotDemonstrated, whole, "no approval says what it may"),
        Fate::NotApproved => {
            wrong("C", NotDemonstrated, whole, "no approval says what it may");
            wrong("D", NotDemonstrated, whole, "never approved");
        }
        Fate::Retroactive => {
            wrong("C", Contradicted, (start, Some(after(5))), "approved five days late");
            wrong("D", Contradicted, (start, Some(after(5))), "approved five days late");
        }
        Fate::ListedAsConnected => truth.near_miss(place("A"), "on the register as connected"),
        Fate::OwnerLeavesWithIt => truth.near_miss(place("B"), "removed as its owner left"),
        Fate::ScopeApprovedAsConnected => {
            truth.near_miss(place("C"), "a scope approved as it was connected");
        }
        Fate::ApprovedAsConnected => truth.near_miss(place("D"), "approved as it was connected"),
        Fate::AssessedOnTheSecond => truth.near_miss(place("E"), "assessed again on the second"),
        Fate::AssessmentLapsed => {
            wrong("E", Contradicted, (after(30), None), "not assessed for a year");
        }
        Fate::AssessedLater => {
            wrong("E", NotDemonstrated, (start, Some(after(10))), "assessed ten days late");
        }
        _ => tell_end(world, &item, app, fate),
    }
}

/// What follows from the end of the contract.
fn tell_end(world: &mut World, item: &str, app: &App, fate: Fate) {
    let place = |attribute| ("VND-01", item, attribute);
    let Some(ends) = app.contract_ends else { return };
    let in_week = world.company.calendar.add(ends, Sla::BusinessDays(5));
    let in_day = ends.plus_micros(DAY);
    let truth = &mut world.truth;
    let mut late = |due, why: &str| {
        truth.deviation(place("F"), Contradicted, (due, app.removed), why);
    };
    match (fate, app.used) {
        (Fate::RemovedLate | Fate::NeverRemoved, _) => late(in_week, "there after the contract"),
        (Fate::CustomerDataLate, _) => late(in_day, "still there after a day"),
        (Fate::RemovedOnTheSecond | Fate::CustomerDataOnTheSecond, _) => {
            truth.near_miss(place("F"), "removed on the last second");
        }
        (Fate::UsedBefore, _) => {
            truth.near_miss(place("G"), "used in the last second of the contract");
        }
        (_, Some(at)) => {
            let stretch = (at, Some(at.plus_micros(1)));
            truth.deviation(place("G"), Contradicted, stretch, "used after the contract ended");
        }
        _ => {}
    }
}

/// The account of a vendor, which the log shows from some day on: when it was made, nothing says.
fn account(world: &mut World, at: Timestamp) {
    let login = "contractor-one";
    requests::member(world, login, at);
    let item = format!("{SYSTEM}/login/{login}");
    let place = ("VND-01", item.as_str(), "D");
    world.truth.gap(place, (Some(at), None), "when the account was made is not on record");
}

/// The vendor behind that application.
fn notebook(world: &mut World, owner: &str, connected: Timestamp, ends: Timestamp) {
    let cells = [
        ("id", "V-L01".to_owned()),
        ("name", "Notebook Ltd".to_owned()),
        ("owner", owner.to_owned()),
        ("assessed_at", connected.plus_micros(-20 * DAY).to_string()),
        ("contract_ends", ends.to_string()),
        ("data", "notes".to_owned()),
        ("approved_at", connected.plus_micros(-30 * DAY).to_string()),
    ];
    world.registers.row("vendors", NOTES, world.settings.collected_at(), &cells);
}

/// The register of vendors on the first of each month, and on the day of collection.
fn export(world: &mut World, apps: &BTreeMap<usize, App>) {
    let end = world.settings.collected_at();
    let calendar = Calendar::default();
    let mut days = vec![end];
    let mut day = world.settings.log_from().plus_micros(-300 * DAY);
    while let Some(next) = calendar.month_start(day, 1, 1).filter(|next| *next < end) {
        days.push(next);
        day = next;
    }
    days.sort();
    let told = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    for day in days {
        for app in apps.values().filter(|app| app.vendor.starts_with("V-")) {
            // Those that are on it as they are connected stand in no earlier file.
            let ahead = if app.vendor_approved == Some(app.connected) { 0 } else { 40 * DAY };
            let listed = app.connected.plus_micros(-ahead);
            if listed > day {
                continue;
            }
            let assessed = app.assessed.iter().filter(|at| **at <= day).max().copied();
            let cells = [
                ("id", app.vendor.clone()),
                ("name", format!("Vendor {}", app.number)),
                ("owner", app.vendor_owner.clone()),
                ("assessed_at", told(assessed)),
                ("contract_ends", told(app.contract_ends)),
                ("data", app.data.to_owned()),
                ("approved_at", told(app.vendor_approved.filter(|at| *at <= day))),
                (
                    "accounts",
                    if app.number == 1 { "contractor-one".to_owned() } else { String::new() },
                ),
            ];
            world.registers.row("vendors", GRC, day, &cells);
        }
    }
}
