//! CRD-06 and AUT-02: keys that others use than those they are for, or from elsewhere; accounts of
//! machines that sign in as people do.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome;

use super::{DAY, HOUR, Holder, SECOND};
use crate::World;
use crate::chance::Chance;
use crate::files::aws::{credential, identity};
use crate::plant::consumers::{BILLING, CLUSTER, RUN, STAGING, TRIAL, workload};
use crate::plant::inventory::Said;
use crate::plant::{alerts, logging};

/// What is with the key of a service account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Another workload uses it.
    ByAnother,
    /// So does one of another environment.
    FromStaging,
    /// It is used from where nobody knows who is.
    FromSomewhere,
    /// Its entry names two workloads.
    TwoDeclared,
    /// Neither its entry nor that of its holder names any, or a network.
    Undeclared,
    /// Its entry says production, and its workload is one that is tried out.
    TriedOut,
    /// So is its workload, and its entry says so.
    TriedOutAndSaid,
    /// Used from the last address of its network.
    LastAddress,
    /// Used from both of its networks with two programs on a day.
    BothNetworks,
    /// Handed over from one workload to another, which uses it from that second on.
    HandedOver,
    /// Handed over, and still used by the one before.
    StillUsed,
    /// Used in a browser; somebody looked into it on the last second.
    BrowserLookedInto,
    /// Used in a browser; somebody looked into it a second late.
    BrowserLookedIntoLate,
    /// The account signs in to the console.
    SignsIn,
    /// It tries to, and is refused.
    FailsToSignIn,
}

const FATES: [Fate; 15] = [
    Fate::ByAnother,
    Fate::FromStaging,
    Fate::FromSomewhere,
    Fate::TwoDeclared,
    Fate::Undeclared,
    Fate::TriedOut,
    Fate::TriedOutAndSaid,
    Fate::LastAddress,
    Fate::BothNetworks,
    Fate::HandedOver,
    Fate::StillUsed,
    Fate::BrowserLookedInto,
    Fate::BrowserLookedIntoLate,
    Fate::SignsIn,
    Fate::FailsToSignIn,
];

const SDK: &str = "aws-sdk-go-v2/1.30.0";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64)";

/// Each fate once, and once more for every thousand people.
pub(super) fn plant(world: &mut World, chance: &mut Chance) {
    let owner = world.company.head("Operations").email.clone();
    let rounds = 1 + world.settings.people / 1_000;
    for n in 0..rounds * 15 {
        let fate = FATES[n as usize % FATES.len()];
        let name = format!("svc-c{n:04}");
        let mut holder = Holder { world: &mut *world, chance: &mut *chance, name, n };
        let start = holder.from().plus_micros((20 + i64::from(n % 19)) * DAY + 14 * HOUR);
        holder.account("T2", &owner);
        match fate {
            Fate::HandedOver | Fate::StillUsed => handed_over(&mut holder, start, fate),
            Fate::TriedOut | Fate::TriedOutAndSaid => tried_out(&mut holder, start, fate),
            _ => plain(&mut holder, start, fate),
        }
    }
}

/// A key that is renewed as it should be, and what happens to it twenty days after it was made.
fn plain(holder: &mut Holder<'_>, start: Timestamp, fate: Fate) {
    if fate == Fate::Undeclared {
        let name = holder.name.clone();
        holder.world.declared.users.insert(name, Said::default());
    }
    let id = holder.key(start, start);
    if fate == Fate::TwoDeclared {
        let workload = format!("{};{}", workload("app-0001"), workload(RUN));
        let said = Said { workload, ..Said::default() };
        holder.world.declared.keys.insert(id.clone(), (said, None));
    }
    holder.renew(id.clone(), start);
    let at = start.plus_micros(20 * DAY);
    match fate {
        Fate::ByAnother => elsewhere(holder, &id, at, "198.51.100.40", None),
        Fate::FromStaging => {
            elsewhere(holder, &id, at, "198.51.100.70", Some(Outcome::Contradicted));
        }
        Fate::FromSomewhere => {
            elsewhere(holder, &id, at, "192.0.2.90", Some(Outcome::NotDemonstrated));
        }
        Fate::TwoDeclared => {
            if let Some(stretch) = exposed(holder, &id) {
                let why = "declared for two workloads at a time";
                holder.deviation("CRD-06", &id, "A", stretch, why);
            }
        }
        Fate::Undeclared => undeclared(holder),
        Fate::LastAddress => {
            holder.use_from(&id, at, ("198.51.100.31", SDK));
            holder.near_miss("CRD-06", &id, "B", "used from the last address of its network");
            let item = identity("user", &holder.name);
            let why = "used from the last address of its network";
            holder.world.truth.near_miss(("AUT-02", &item, "A"), why);
        }
        Fate::BothNetworks => {
            holder.use_from(&id, at, ("10.0.3.9", SDK));
            holder.use_from(&id, at.plus_micros(HOUR), ("198.51.100.17", "Boto3/1.34.0"));
            let why = "two networks and two programs, all of its workload";
            holder.near_miss("CRD-06", &id, "B", why);
        }
        _ => as_people_do(holder, &id, at, fate),
    }
}

/// Used from where its workload does not act from; what is told of the environment.
pub(super) fn elsewhere(
    holder: &mut Holder<'_>,
    id: &str,
    at: Timestamp,
    ip: &str,
    environment: Option<Outcome>,
) {
    holder.use_from(id, at, (ip, SDK));
    let (item, stretch) = (credential(id), (at, Some(at.plus_micros(1))));
    let why = "used from where its workload does not act from";
    let account = identity("user", &holder.name);
    let truth = &mut holder.world.truth;
    truth.deviation(("CRD-06", &item, "B"), Outcome::Contradicted, stretch, why);
    truth.deviation(("AUT-02", &account, "A"), Outcome::Contradicted, stretch, why);
    if let Some(outcome) = environment {
        let why = "used from where its environment is not, or nobody knows which is";
        truth.deviation(("CRD-06", &item, "C"), outcome, stretch, why);
    }
}

/// From the day of its first logged use in the period to the end of that of the last one, if there is any.
pub(super) fn exposed(holder: &Holder<'_>, id: &str) -> Option<(Timestamp, Option<Timestamp>)> {
    let settings = holder.world.settings;
    let (off, on) = logging::stop(&settings);
    let logged = |at: &&Timestamp| settings.period.contains(**at) && !(off < **at && **at < on);
    let uses = holder.world.aws.uses.get(id).into_iter().flatten().filter(logged);
    let days: Vec<_> = uses.map(|at| at.day_start()).collect();
    let (first, last) = (*days.iter().min()?, days.iter().max()?.plus_micros(DAY));
    Some((first, Some(last).filter(|at| *at < settings.period.to)))
}

/// Nothing says who uses any of its keys, and from where.
fn undeclared(holder: &mut Holder<'_>) {
    let none = Outcome::NotDemonstrated;
    let user = holder.world.aws.users.get(&holder.name);
    let keys: Vec<_> = user.into_iter().flat_map(|u| &u.keys).map(|key| key.id.clone()).collect();
    for id in keys {
        let Some(stretch) = exposed(holder, &id) else { continue };
        let item = credential(&id);
        for attribute in ["A", "B"] {
            let place = ("CRD-06", item.as_str(), attribute);
            holder.world.truth.deviation(place, none, stretch, "no entry names a workload");
        }
    }
    let (item, from) = (identity("user", &holder.name), holder.from());
    let why = "no entry says from where it may act";
    holder.world.truth.deviation(("AUT-02", &item, "A"), none, (from, None), why);
    let (place, from) = (("INV-02", item.as_str(), "D"), holder.world.settings.period.from);
    holder.world.truth.deviation(place, none, (from, None), "no entry names a workload");
}

/// The first key is handed over twenty days after it was made; its two workloads have networks of
/// their own.
fn handed_over(holder: &mut Holder<'_>, start: Timestamp, fate: Fate) {
    let id = holder.key(start, start);
    let at = start.plus_micros(20 * DAY);
    let of = |name: &str| Said { workload: workload(name), ..Said::default() };
    let networks = format!("{CLUSTER};{BILLING}");
    let user = Said { networks, ..of("app-0001") };
    holder.world.declared.users.insert(holder.name.clone(), user);
    let said = (of("app-0001"), Some((at, of(RUN))));
    holder.world.declared.keys.insert(id.clone(), said);
    holder.use_from(&id, at.plus_micros(-SECOND), ("198.51.100.20", SDK));
    holder.use_from(&id, at, ("198.51.100.40", SDK));
    let end = start.plus_micros(60 * DAY);
    holder.renewed_from(end.plus_micros(-DAY));
    holder.retire(&id, end);
    if fate == Fate::HandedOver {
        for attribute in ["A", "B"] {
            holder.near_miss("CRD-06", &id, attribute, "handed over, and used by one at a time");
        }
        return;
    }
    let late = at.plus_micros(DAY + HOUR);
    holder.use_from(&id, late, ("198.51.100.20", SDK));
    let stretch = (late, Some(late.plus_micros(1)));
    holder.deviation("CRD-06", &id, "B", stretch, "still used by the workload before");
}

/// The first key is of what is tried out.
fn tried_out(holder: &mut Holder<'_>, start: Timestamp, fate: Fate) {
    let id = holder.key(start, start);
    let networks = format!("{CLUSTER};{STAGING}");
    let user = Said { networks, workload: workload("app-0001"), ..Said::default() };
    holder.world.declared.users.insert(holder.name.clone(), user);
    let environment = if fate == Fate::TriedOut { "production" } else { "staging" };
    let said = Said { workload: workload(TRIAL), environment, ..Said::default() };
    holder.world.declared.keys.insert(id.clone(), (said, None));
    let at = start.plus_micros(20 * DAY);
    holder.use_from(&id, at, ("198.51.100.70", SDK));
    let end = start.plus_micros(60 * DAY);
    holder.renewed_from(end.plus_micros(-DAY));
    holder.retire(&id, end);
    if fate == Fate::TriedOut {
        let stretch = (at, Some(at.plus_micros(1)));
        holder.deviation("CRD-06", &id, "C", stretch, "a key of production used in staging");
    } else {
        holder.near_miss("CRD-06", &id, "C", "a key of staging, used there");
    }
}

/// In a browser, or in the console.
fn as_people_do(holder: &mut Holder<'_>, id: &str, at: Timestamp, fate: Fate) {
    let (name, item) = (holder.name.clone(), identity("user", &holder.name));
    let place = |attribute| ("AUT-02", item.as_str(), attribute);
    let (wrong, stretch) = (Outcome::Contradicted, (at, Some(at.plus_micros(1))));
    let alert = format!("AL-{name}");
    let due = holder.world.company.calendar.add(at, Sla::BusinessDays(3));
    match fate {
        Fate::BrowserLookedInto | Fate::BrowserLookedIntoLate => {
            holder.use_from(id, at, ("198.51.100.21", BROWSER));
            let late = fate == Fate::BrowserLookedIntoLate;
            let closed = due.plus_micros(if late { SECOND } else { 0 });
            alerts::decided(holder.world, &alert, ("identity", &name), (at, closed));
            let truth = &mut holder.world.truth;
            truth.deviation(place("C"), wrong, stretch, "a service account's key in a browser");
            if late {
                truth.deviation(place("D"), wrong, stretch, "looked into a second late");
            } else {
                truth.near_miss(place("D"), "looked into on the last second");
            }
        }
        Fate::SignsIn => {
            // It has a password for the last weeks of the period only.
            let at = holder.world.settings.period.to.plus_micros(-40 * DAY);
            let stretch = (at, Some(at.plus_micros(1)));
            holder.world.aws.enrol(&name, at.plus_micros(-DAY), None);
            holder.world.aws.sign_in(&name, at, false);
            let truth = &mut holder.world.truth;
            truth.deviation(place("B"), wrong, stretch, "it signed in to the console");
            truth.deviation(place("A"), wrong, stretch, "from outside of its network");
            let none = Outcome::NotDemonstrated;
            truth.deviation(place("D"), none, stretch, "no alert was raised");
        }
        _ => {
            holder.world.aws.fail_sign_in(&name, at);
            holder.world.truth.near_miss(place("B"), "a sign-in that was refused");
        }
    }
}
