//! The inventory: every machine identity, account and credential of AWS and GitHub is entered as it
//! is made and retired as it ends, whichever scenario made it. INV-01: a few are entered late or
//! never, and a few entries are of nothing.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::files::aws::{ACCOUNT, SYSTEM as AWS, arn};
use crate::files::okta;
use crate::plant::{DAY, SECOND};

mod enrol;

/// Where people keep the inventory.
pub(crate) const REGISTERS: &str = "registers";

/// An entry of the inventory.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The system that it lives in.
    pub(crate) system: String,
    /// By which that system knows it.
    pub(crate) name: String,
    /// Of which kind.
    pub(crate) kind: &'static str,
    /// When it was registered.
    pub(crate) registered: Timestamp,
    /// When it was retired.
    pub(crate) retired: Option<Timestamp>,
    /// When the entry was taken out.
    pub(crate) removed: Option<Timestamp>,
    /// Whether its tier and environment are given.
    pub(crate) classified: bool,
    /// Its tier.
    pub(crate) tier: &'static str,
    /// The address of who answers for it; empty = other records say so.
    pub(crate) owner: String,
    /// What it is for; empty = nobody wrote it down.
    pub(crate) purpose: &'static str,
    /// Whether a workload is named that uses it, where it is the account of one.
    pub(crate) linked: bool,
    /// When its owner attested to it; none = every eleven weeks.
    pub(crate) attested: Option<Vec<Timestamp>>,
    /// What else it says.
    pub(crate) said: Said,
}

/// What an entry says of who uses the thing, and from where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Said {
    /// The workloads that use it.
    pub(crate) workload: String,
    /// From where it acts.
    pub(crate) networks: String,
    /// Its environment.
    pub(crate) environment: &'static str,
    /// Why it is a secret that lives on.
    pub(crate) justification: &'static str,
}

impl Default for Said {
    fn default() -> Self {
        let nothing = String::new;
        let (environment, justification) = ("production", "");
        Self { workload: nothing(), networks: nothing(), environment, justification }
    }
}

impl Entry {
    /// A service account of Okta that stays.
    pub(crate) fn of(name: &str, registered: Timestamp) -> Self {
        Self::in_system(okta::SYSTEM, name, "service_account", registered)
    }

    /// Anything that stays.
    pub(crate) fn in_system(
        system: &str,
        name: &str,
        kind: &'static str,
        registered: Timestamp,
    ) -> Self {
        Self {
            system: system.to_owned(),
            name: name.to_owned(),
            kind,
            registered,
            retired: None,
            removed: None,
            classified: true,
            tier: "T2",
            owner: String::new(),
            purpose: if machine(kind) { "what the shop does by itself" } else { "" },
            linked: true,
            attested: None,
            said: Said::default(),
        }
    }

    /// The workload that uses it, where it is the account of one; of AWS `consumers` says which.
    fn workload(&self) -> String {
        let is_one = matches!(self.kind, "service_account" | "bot") && self.system != AWS;
        match self.said.workload.as_str() {
            "" if self.linked && is_one => "back-office".to_owned(),
            said => said.to_owned(),
        }
    }

    /// When its owner attested to it, of what the period may ask for.
    fn attested(&self, world: &World) -> Vec<Timestamp> {
        if let Some(attested) = &self.attested {
            return attested.clone();
        }
        let until = self.removed.unwrap_or(world.settings.collected_at().plus_micros(-DAY));
        let regular = (0..).map(|n| self.registered.plus_micros(n * 77 * DAY));
        let asked = world.settings.period.from.plus_micros(-100 * DAY);
        regular.take_while(|at| *at < until).filter(|at| *at > asked).collect()
    }
}

/// Whether such a thing acts by itself, and is no credential.
fn machine(kind: &str) -> bool {
    matches!(kind, "service_account" | "bot" | "workload" | "break_glass" | "shared" | "ai_agent")
}

/// Adds the entry as it stands on the day before everything is collected; the id under which Tenure
/// lists it.
pub(crate) fn register(world: &mut World, entry: &Entry) -> String {
    let before = entry.removed.map_or("", |_| "-before");
    let id = format!("INV-{}-{}{before}", entry.system, entry.name);
    let said = |text: &str| if entry.classified { text.to_owned() } else { String::new() };
    let told = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let attested = if machine(entry.kind) { entry.attested(world) } else { Vec::new() };
    let attested: Vec<_> = attested.iter().map(Timestamp::to_string).collect();
    let cells = [
        ("id", id.clone()),
        ("name", entry.name.clone()),
        ("lives_in", entry.system.clone()),
        ("kind", entry.kind.to_owned()),
        ("owner", entry.owner.clone()),
        ("tier", said(entry.tier)),
        ("environment", said(entry.said.environment)),
        ("purpose", entry.purpose.to_owned()),
        ("workload", entry.workload()),
        ("networks", entry.said.networks.clone()),
        ("justification", entry.said.justification.to_owned()),
        ("attested_at", attested.join(" ")),
        ("registered_at", entry.registered.to_string()),
        ("retired_at", told(entry.retired)),
        ("valid_from", entry.registered.to_string()),
        ("valid_to", told(entry.removed)),
    ];
    let day = world.settings.collected_at().plus_micros(-DAY);
    world.registers.row("inventory", REGISTERS, day, &cells);
    format!("{REGISTERS}/register/{id}")
}

/// Says who owns an account, from when to when.
pub(crate) fn own(
    world: &mut World,
    (system, account): (&str, &str),
    owner: &str,
    (from, to): (Timestamp, Option<Timestamp>),
) {
    let cells = [
        ("id", format!("OWN-{account}-{}", from.micros() / SECOND)),
        ("target_table", "identities".to_owned()),
        ("target", account.to_owned()),
        ("owner", owner.to_owned()),
        ("valid_from", from.to_string()),
        ("valid_to", to.map(|at| at.to_string()).unwrap_or_default()),
    ];
    let day = world.settings.collected_at().plus_micros(-DAY);
    world.registers.row("ownerships", system, day, &cells);
}

/// What is with an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Entered as it was made, retired as it ended.
    Fine,
    /// Never entered.
    Shadow,
    /// Entered in the last second of the window.
    NearlyLate,
    /// Entered five days after it.
    Late,
    /// Taken out of the inventory while it stays.
    TakenOut,
    /// Its entry stands on after it ended.
    Stale,
    /// Its entry is retired on the last second of the grace.
    NearlyStale,
}

/// How soon something is to be entered.
const WINDOW: i64 = 7 * DAY;
/// How long an entry may stand on.
const GRACE: i64 = 14 * DAY;

/// Enters what there is; goes last, after everything was made.
pub fn plant(world: &mut World) {
    let mut things = enrol::aws(world);
    things.extend(enrol::github(world));
    for thing in &things {
        enter(world, thing, fate(world, thing));
    }
    beyond(world);
}

/// Something that a system shows.
#[derive(Clone, Debug)]
struct Thing {
    entry: Entry,
    /// The id under which Tenure lists it.
    item: String,
    /// From when to when its system shows it.
    shown: (Timestamp, Option<Timestamp>),
    /// The place in its own kind, from which faults follow; none = always as it should be.
    place: Option<usize>,
    /// Whether the system itself says its tier and environment.
    tagged: bool,
    /// What its entry says from an instant on, beside what it said before.
    then: Option<(Timestamp, Said)>,
}

/// Few of those whose making and end are on record go wrong.
fn fate(world: &World, thing: &Thing) -> Fate {
    let period = world.settings.period;
    let (from, to) = thing.shown;
    let Some(place) = thing.place else { return Fate::Fine };
    let made_in_it = period.contains(from) && from.plus_micros(30 * DAY) < period.to;
    let lives = to.is_none_or(|to| from.plus_micros(20 * DAY) < to);
    let ends = to.is_some_and(|to| period.contains(to) && to.plus_micros(30 * DAY) < period.to);
    match place % 40 {
        6 if lives => Fate::Shadow,
        16 if to.is_none() && from < period.from => Fate::TakenOut,
        16 | 17 if made_in_it && lives => Fate::NearlyLate,
        26 | 27 if made_in_it && lives => Fate::Late,
        31 | 32 if ends => Fate::Stale,
        36 | 37 if ends => Fate::NearlyStale,
        _ => Fate::Fine,
    }
}

fn enter(world: &mut World, thing: &Thing, fate: Fate) {
    let (from, to) = thing.shown;
    let gone = world.settings.period.from.plus_micros(100 * DAY);
    let mut entry = thing.entry.clone();
    match fate {
        Fate::Fine | Fate::Shadow => {}
        Fate::NearlyLate => entry.registered = from.plus_micros(WINDOW - SECOND),
        Fate::Late => entry.registered = from.plus_micros(WINDOW + 5 * DAY),
        Fate::TakenOut => entry.removed = Some(gone),
        Fate::Stale => entry.retired = None,
        Fate::NearlyStale => entry.retired = to.map(|to| to.plus_micros(GRACE)),
    }
    let mut id = String::new();
    if let Some((at, said)) = thing.then.clone() {
        register(world, &Entry { removed: Some(at), ..entry.clone() });
        (entry.registered, entry.said) = (at, said);
    }
    if fate != Fate::Shadow {
        id = register(world, &entry);
    }
    tell(world, thing, &id, fate);
    if thing.item.starts_with("aws/iam-role/") {
        let attested = entry.attested(world).last().copied();
        unstated(world, thing, attested, fate);
    }
}

/// INV-02: which workload uses a role is in its entry alone, and so is when its owner attested to it.
fn unstated(world: &mut World, thing: &Thing, attested: Option<Timestamp>, fate: Fate) {
    let period = world.settings.period;
    let (from, to) = thing.shown;
    let end = to.filter(|to| *to < period.to);
    let days = |at, days| world.company.calendar.add(at, Sla::BusinessDays(days));
    let (unlinked, lapsed) = match fate {
        Fate::Shadow => ((days(from, 5), end), Some(from.plus_micros(180 * DAY))),
        Fate::Late => ((days(from, 5), Some(from.plus_micros(WINDOW + 5 * DAY))), None),
        Fate::TakenOut => {
            let gone = period.from.plus_micros(100 * DAY);
            ((days(gone, 5), end), attested.map(|at| at.plus_micros(180 * DAY)))
        }
        _ => return,
    };
    let place = |attribute| ("INV-02", thing.item.as_str(), attribute);
    let mut tell = |attribute, (start, end): (Timestamp, Option<Timestamp>), why| {
        let stretch = (start.max(period.from), end);
        if stretch.0 < end.unwrap_or(period.to) {
            world.truth.deviation(place(attribute), Outcome::NotDemonstrated, stretch, why);
        }
    };
    tell("D", unlinked, "no entry says which workload uses it");
    if let Some(lapsed) = lapsed {
        tell("E", (lapsed, end), "no entry says that its owner attested to it");
    }
}

fn tell(world: &mut World, thing: &Thing, entry: &str, fate: Fate) {
    let wrong = Outcome::Contradicted;
    let period = world.settings.period;
    let (from, to) = thing.shown;
    let place = |attribute| ("INV-01", thing.item.as_str(), attribute);
    let late = from.plus_micros(WINDOW).max(period.from);
    let end = to.filter(|to| *to < period.to);
    if end.is_some_and(|end| end <= late) || late >= period.to {
        return;
    }
    let truth = &mut world.truth;
    match fate {
        Fate::Fine => {}
        Fate::Shadow => {
            truth.deviation(place("A"), wrong, (late, end), "never entered");
            truth.deviation(place("B"), wrong, (late, end), "never entered");
            if thing.item.starts_with("aws/iam-role/") {
                let stretch = (from.max(period.from), end);
                let (place, missing) =
                    (("AUT-02", thing.item.as_str(), "A"), Outcome::NotDemonstrated);
                truth.deviation(place, missing, stretch, "no entry says from where it may act");
            }
            if !thing.tagged {
                let missing = Outcome::NotDemonstrated;
                truth.deviation(place("C"), missing, (late, end), "never classified");
            }
        }
        Fate::NearlyLate => truth.near_miss(place("B"), "a second inside the window"),
        Fate::Late => {
            let stretch = (late, Some(late.plus_micros(5 * DAY)));
            truth.deviation(place("A"), wrong, stretch, "entered late");
            truth.deviation(place("B"), wrong, stretch, "entered late");
        }
        Fate::TakenOut => {
            let gone = period.from.plus_micros(100 * DAY);
            truth.deviation(place("A"), wrong, (gone, None), "taken out while it stays");
        }
        Fate::Stale => {
            let since = to.map_or(period.to, |to| to.plus_micros(GRACE));
            let place = ("INV-01", entry, "D");
            truth.deviation(place, wrong, (since, None), "stands on after it ended");
        }
        Fate::NearlyStale => {
            truth.near_miss(("INV-01", entry, "D"), "retired as the grace ended");
        }
    }
}

/// An entry of a role that never was, and one of a system from which nothing is collected.
fn beyond(world: &mut World) {
    let registered = world.settings.period.from.plus_micros(50 * DAY);
    let stretch = (registered.plus_micros(GRACE), None);
    let role = Entry::in_system(AWS, &arn("role", "planned"), "workload", registered);
    let item = register(world, &role);
    let place = ("INV-01", item.as_str(), "D");
    world.truth.deviation(place, Outcome::Contradicted, stretch, "AWS does not show it");
    let host = Entry::in_system("mainframe", "BATCH01", "service_account", registered);
    let item = register(world, &host);
    let why = "nothing is collected from the system that it lives in";
    world.truth.gap(("INV-01", &item, "D"), (Some(stretch.0), None), why);
}

/// The account's root user, as records name it.
fn root() -> String {
    format!("arn:aws:iam::{ACCOUNT}:root")
}
