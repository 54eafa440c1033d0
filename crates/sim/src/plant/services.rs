//! INV-01, INV-02 and JML-05: service accounts in the inventory, their owners, and what becomes of them
//! when an owner leaves.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::files::okta::{Account, LABS, PROVISIONER, SYSTEM};
use crate::plant::inventory::{Entry, own, register};
use crate::plant::{DAY, HOUR, SECOND, contradictions};

/// What is with a service account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Registered and owned.
    Fine,
    /// Its owner is in the inventory only.
    OwnedInInventory,
    /// Registered a second before the window ended.
    NearlyLate,
    /// Registered days after the window.
    Late,
    /// Never registered.
    Shadow,
    /// Registered without tier and environment.
    Unclassified,
    /// Never owned.
    Orphan,
    /// Owned a second before the grace ended.
    NearlyOrphan,
    /// Owned two days after the grace.
    OwnedLate,
    /// Between two owners for less than the grace.
    Handover,
    /// Between two owners for longer.
    Between,
    /// Two owners, of whom the first went while the second stayed.
    Overlap,
}

const FATES: [Fate; 14] = [
    Fate::Fine,
    Fate::Late,
    Fate::Shadow,
    Fate::NearlyLate,
    Fate::Unclassified,
    Fate::Orphan,
    Fate::NearlyOrphan,
    Fate::OwnedLate,
    Fate::Handover,
    Fate::Between,
    Fate::Overlap,
    Fate::OwnedInInventory,
    Fate::Fine,
    Fate::Fine,
];

/// What becomes of a service account whose owner leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum After {
    /// Somebody else owned it already.
    Shared,
    /// Somebody else owned it already, of whom their agency had stopped to tell.
    Unheard,
    /// Somebody else takes it over a second before it is due.
    NearlyLate,
    /// A second after it was due.
    Late,
    /// Nobody does.
    Nobody,
    /// Somebody does, but a token stays as it was.
    TokenStays,
    /// Somebody does; the token is replaced too late.
    TokenLate,
    /// Somebody does; the token is replaced in time.
    TokenReplaced,
    /// It is retired and disabled in time.
    Retired,
    /// It is retired, but not disabled.
    RetiredOnly,
}

const AFTER: [After; 9] = [
    After::TokenStays,
    After::RetiredOnly,
    After::Late,
    After::Nobody,
    After::NearlyLate,
    After::TokenLate,
    After::TokenReplaced,
    After::Retired,
    After::Shared,
];

/// Service accounts that are made in the period, those of leavers, and entries of nothing.
pub fn plant(world: &mut World) {
    let mut chance = world.chance("services");
    let period = world.settings.period;
    for n in 0..(world.settings.people / 20).max(14) as usize {
        let day = chance
            .instant(period.from.plus_micros(20 * DAY), period.to.plus_micros(-80 * DAY))
            .day_start();
        let at = world.company.workday(day).plus_micros(10 * HOUR);
        made(world, n, at, FATES[n % FATES.len()]);
    }
    provisioning(world);
    of_leavers(world);
    tokens_of_people(world);
    phantoms(world);
    in_labs(world);
}

fn service(world: &mut World, name: &str, at: Timestamp) -> Account {
    let id = format!("00usvc{name:0>14}");
    let login = format!("svc-{name}@example.com");
    world.okta.create((&id, &login, &format!("Service {name}")), None, at)
}

fn made(world: &mut World, n: usize, at: Timestamp, fate: Fate) {
    let account = service(world, &format!("job{n}"), at);
    let days = |from, days| world.company.calendar.add(from, Sla::BusinessDays(days));
    let (grace, later) = (days(at, 5), at.plus_micros(60 * DAY));
    let registered = match fate {
        Fate::NearlyLate => at.plus_micros(7 * DAY - SECOND),
        Fate::Late => at.plus_micros(12 * DAY),
        _ => at.plus_micros(DAY),
    };
    let heads = ["Operations", "Engineering"].map(|name| world.company.head(name).email.clone());
    let owned = match fate {
        Fate::Orphan | Fate::OwnedInInventory => vec![],
        Fate::NearlyOrphan => vec![(grace.plus_micros(-SECOND), None)],
        Fate::OwnedLate => vec![(grace.plus_micros(2 * DAY), None)],
        Fate::Handover => vec![(at, Some(later)), (days(later, 5).plus_micros(-SECOND), None)],
        Fate::Between => vec![(at, Some(later)), (days(later, 5).plus_micros(DAY), None)],
        Fate::Overlap => vec![(at, Some(later)), (at.plus_micros(DAY), None)],
        _ => vec![(at, None)],
    };
    let due = days(later, 5);
    for (owner, stretch) in heads.iter().zip(owned) {
        own(world, (SYSTEM, &account.id), owner, stretch);
    }
    if fate != Fate::Shadow {
        let owner = if fate == Fate::OwnedInInventory { heads[0].clone() } else { String::new() };
        let classified = fate != Fate::Unclassified;
        let registered = if fate == Fate::OwnedInInventory { at } else { registered };
        register(world, &Entry { owner, classified, ..Entry::of(&account.id, registered) });
    }
    tell(world, &account.identity(), (at, grace, due), fate);
}

fn tell(
    world: &mut World,
    item: &str,
    (at, grace, due): (Timestamp, Timestamp, Timestamp),
    fate: Fate,
) {
    let inventory = |attribute| ("INV-01", item, attribute);
    let owner = ("INV-02", item, "A");
    let why = |attribute| ("INV-02", item, attribute);
    let window = at.plus_micros(7 * DAY);
    let (missing, wrong) = (Outcome::NotDemonstrated, Outcome::Contradicted);
    let truth = &mut world.truth;
    match fate {
        Fate::Fine => {}
        Fate::OwnedInInventory => truth.near_miss(owner, "its owner is in the inventory"),
        Fate::NearlyLate => truth.near_miss(inventory("B"), "a second inside the window"),
        Fate::Late => {
            let stretch = (window, Some(at.plus_micros(12 * DAY)));
            truth.deviation(inventory("A"), wrong, stretch, "registered late");
            truth.deviation(inventory("B"), wrong, stretch, "registered late");
            let stretch = (grace, stretch.1);
            truth.deviation(why("C"), missing, stretch, "registered late");
            truth.deviation(why("D"), missing, stretch, "registered late");
        }
        Fate::Shadow => {
            truth.deviation(inventory("A"), wrong, (window, None), "never registered");
            truth.deviation(inventory("B"), wrong, (window, None), "never registered");
            truth.deviation(inventory("C"), missing, (window, None), "never classified");
            truth.deviation(why("C"), missing, (grace, None), "never registered");
            truth.deviation(why("D"), missing, (grace, None), "never registered");
            let due = at.plus_micros(90 * DAY);
            truth.deviation(why("E"), missing, (due, None), "never registered");
        }
        Fate::Unclassified => {
            truth.deviation(inventory("C"), missing, (window, None), "not classified");
        }
        Fate::Orphan => {
            truth.deviation(owner, missing, (grace, None), "never owned");
            truth.deviation(why("B"), missing, (grace, None), "never owned");
        }
        Fate::NearlyOrphan => truth.near_miss(owner, "owned a second before the grace ended"),
        Fate::OwnedLate => {
            let stretch = (grace, Some(grace.plus_micros(2 * DAY)));
            truth.deviation(owner, missing, stretch, "owned only after the grace");
            truth.deviation(why("B"), wrong, stretch, "owned only after the grace");
        }
        Fate::Handover => truth.near_miss(owner, "between owners for less than the grace"),
        Fate::Between => {
            let stretch = (due, Some(due.plus_micros(DAY)));
            truth.deviation(owner, missing, stretch, "between owners for longer than the grace");
            truth.deviation(why("B"), wrong, stretch, "between owners for longer than the grace");
        }
        Fate::Overlap => truth.near_miss(owner, "one of two owners went, the other stayed"),
    }
}

/// Leavers within the period who owned a service account.
fn of_leavers(world: &mut World) {
    let period = world.settings.period;
    let leavers = world.company.people.iter().filter_map(|person| {
        let left = person.employments[0].left?;
        let fits = person.employments.len() == 1
            && left.plain()
            && left.effective >= period.from
            && left.effective < period.to.plus_micros(-25 * DAY)
            && person.called.is_none()
            && !world.company.people.iter().any(|p| p.id != person.id && p.email == person.email);
        fits.then(|| (person.id.clone(), person.email.clone(), left.effective))
    });
    let leavers: Vec<_> = leavers.collect();
    let unheard = contradictions::unheard_from(world);
    let (mut told, mut later) = (0, 0);
    for (id, email, left) in leavers {
        // Of those who leave after their agency went silent, every tenth; of the rest, what comes next.
        let after = match left > unheard && later % 10 == 0 {
            true => After::Unheard,
            false => AFTER[told % AFTER.len()],
        };
        later += usize::from(left > unheard);
        told += usize::from(after != After::Unheard);
        leaver(world, (&id, &email), left, after);
    }
}

fn leaver(world: &mut World, (id, email): (&str, &str), left: Timestamp, after: After) {
    let made = world.settings.period.from.plus_micros(-100 * DAY);
    let account = service(world, &format!("of{id}"), made);
    let place = (SYSTEM, account.id.as_str());
    own(world, place, email, (made, None));
    let due = world.company.calendar.add(left, Sla::BusinessDays(5));
    let taken = match after {
        After::Shared | After::Unheard => Some(left.plus_micros(-20 * DAY)),
        After::NearlyLate => Some(due.plus_micros(-SECOND)),
        After::Late => Some(due.plus_micros(SECOND)),
        After::Nobody | After::Retired | After::RetiredOnly => None,
        _ => Some(left.plus_micros(HOUR)),
    };
    if let Some(at) = taken {
        let head = world.company.head("Operations").email.clone();
        let owner = if after == After::Unheard { contradictions::LIAISON } else { &head };
        own(world, place, owner, (at, None));
    }
    let retired =
        matches!(after, After::Retired | After::RetiredOnly).then(|| left.plus_micros(2 * DAY));
    let (tier, attested) = attested(world, &account.identity(), (made, left), after);
    register(world, &Entry { retired, tier, attested, ..Entry::of(&account.id, made) });
    if after == After::Retired {
        world.okta.deactivate(&account, left.plus_micros(2 * DAY), PROVISIONER);
    }
    let replaced = match after {
        After::TokenStays => Some(None),
        After::TokenLate => Some(Some(due.plus_micros(2 * DAY))),
        After::TokenReplaced => Some(Some(due.plus_micros(-SECOND))),
        _ => None,
    };
    if let Some(replaced) = replaced {
        let token = format!("00Tsvc{id:0>11}");
        world.okta.make_token(&account, (&token, "nightly job"), made.plus_micros(DAY));
        let entry = Entry::of(&token, made.plus_micros(DAY));
        register(world, &Entry { kind: "api_token", retired: replaced, ..entry });
        if let Some(at) = replaced {
            world.okta.revoke_token(&token, at, PROVISIONER);
        }
        if after != After::TokenReplaced {
            let item = format!("{SYSTEM}/okta-api-token/{token}");
            let (place, wrong) = (("CRD-01", item.as_str(), "E"), Outcome::Contradicted);
            let why = "not renewed after its owner left";
            world.truth.deviation(place, wrong, (due, replaced), why);
        }
    }
    orphaned(world, &account.identity(), due, after);
    let item = format!("hr/person/{id} {}", account.identity());
    tell_leaver(world, &item, (left, due), after);
}

/// INV-02: whether anybody who answers for it works there once its owner has left.
fn orphaned(world: &mut World, item: &str, due: Timestamp, after: After) {
    let place = ("INV-02", item, "B");
    let wrong = Outcome::Contradicted;
    let truth = &mut world.truth;
    match after {
        After::Shared => truth.near_miss(place, "somebody else owned it already"),
        After::NearlyLate => truth.near_miss(place, "taken over a second before the grace ended"),
        After::Late => {
            let stretch = (due, Some(due.plus_micros(SECOND)));
            truth.deviation(place, wrong, stretch, "its only owner had left");
        }
        After::Nobody | After::RetiredOnly => {
            truth.deviation(place, wrong, (due, None), "its only owner had left");
        }
        After::Unheard => {
            let why = "nothing shows whether the other owner still worked there";
            truth.gap(place, (Some(due), None), why);
        }
        _ => {}
    }
}

/// A few are of the lowest tier, and their owner attests to them: UAR-01.
fn attested(
    world: &mut World,
    identity: &str,
    (made, left): (Timestamp, Timestamp),
    after: After,
) -> (&'static str, Option<Vec<Timestamp>>) {
    let period = world.settings.period;
    let at = match after {
        After::Late => period.from,
        After::Nobody => left.plus_micros(DAY),
        After::NearlyLate => left.plus_micros(-SECOND),
        After::TokenStays => period.from.plus_micros(-SECOND),
        _ => return ("T2", None),
    };
    let item = format!("{identity} {}..{}", period.from.date(), period.to.date());
    let place = |attribute| ("UAR-01", item.as_str(), attribute);
    let truth = &mut world.truth;
    match after {
        After::Late => truth.near_miss(place("A"), "attested as the year began"),
        After::Nobody => {
            let (stretch, why) = ((period.from, Some(period.to)), "its owner had left by then");
            truth.deviation(place("D"), Outcome::Contradicted, stretch, why);
        }
        After::NearlyLate => truth.near_miss(place("D"), "a second before its owner left"),
        // Of the year before; that of this one is not due yet.
        _ => truth.near_miss(place("C"), "attested a second before the year began"),
    }
    let (place, missing) = (("INV-02", identity, "E"), Outcome::NotDemonstrated);
    let (first, lapsed) = (made.plus_micros(365 * DAY), at.plus_micros(365 * DAY));
    if first < at {
        let stretch = (first, Some(at));
        truth.deviation(place, missing, stretch, "not attested to within a year of its making");
    }
    if lapsed < period.to {
        truth.deviation(place, missing, (lapsed, None), "attested to a year before, and not since");
    }
    ("T3", Some(vec![at]))
}

fn tell_leaver(world: &mut World, item: &str, (left, due): (Timestamp, Timestamp), after: After) {
    let place = |attribute| ("JML-05", item, attribute);
    let (missing, wrong) = (Outcome::NotDemonstrated, Outcome::Contradicted);
    let truth = &mut world.truth;
    match after {
        After::Shared => truth.near_miss(place("B"), "somebody else owned it already"),
        After::Unheard => {
            for attribute in ["A", "B", "E"] {
                let why = "nothing shows whether the other owner still worked there";
                truth.gap(place(attribute), (Some(left), None), why);
            }
        }
        After::NearlyLate => truth.near_miss(place("E"), "taken over a second before it was due"),
        After::Late => {
            let stretch = (left, Some(due.plus_micros(SECOND)));
            truth.deviation(place("E"), wrong, stretch, "taken over late");
        }
        After::Nobody => {
            for attribute in ["A", "B", "E"] {
                truth.deviation(place(attribute), missing, (left, None), "nobody took it over");
            }
        }
        After::TokenStays => {
            truth.deviation(place("C"), wrong, (left, None), "the token stays as it was");
            truth.deviation(place("E"), wrong, (left, None), "the token stays as it was");
        }
        After::TokenLate => {
            let stretch = (left, Some(due.plus_micros(2 * DAY)));
            truth.deviation(place("E"), wrong, stretch, "the token was replaced late");
        }
        After::TokenReplaced => truth.near_miss(place("E"), "the token was replaced in time"),
        After::Retired => truth.near_miss(place("D"), "retired and disabled in time"),
        After::RetiredOnly => {
            truth.deviation(place("D"), wrong, (left, None), "retired, but not disabled");
        }
    }
}

/// Tokens of people are in the inventory as they are made, and retired as they are revoked.
fn tokens_of_people(world: &mut World) {
    let tokens: Vec<_> = world.okta.tokens_of_people().collect();
    for (id, from, to) in tokens {
        register(world, &Entry { kind: "api_token", retired: to, ..Entry::of(&id, from) });
    }
}

/// Entries that no system shows: two that were retired within the grace, and two that stand.
fn phantoms(world: &mut World) {
    let period = world.settings.period;
    for n in 0..4_i64 {
        let registered = period.from.plus_micros((30 + 40 * n) * DAY + 9 * HOUR);
        let retired = (n % 2 == 0).then(|| registered.plus_micros(14 * DAY - SECOND));
        let entry = Entry::of(&format!("00usvcphantom{n:0>7}"), registered);
        let item = register(world, &Entry { retired, ..entry });
        let place = ("INV-01", item.as_str(), "D");
        if retired.is_some() {
            world.truth.near_miss(place, "retired a second before the grace ended");
        } else {
            let stretch = (registered.plus_micros(14 * DAY), None);
            let wrong = Outcome::Contradicted;
            world.truth.deviation(place, wrong, stretch, "no system shows it");
        }
    }
}

/// The account that carries out what HR and approvals say is in order.
fn provisioning(world: &mut World) {
    let made = world.settings.period.from.plus_micros(-1600 * DAY);
    let head = world.company.head("Security").email.clone();
    own(world, (SYSTEM, PROVISIONER), &head, (made, None));
    register(world, &Entry::of(PROVISIONER, made));
}

/// The second organisation has a service account with a token, both in order.
fn in_labs(world: &mut World) {
    let made = world.settings.period.from.plus_micros(-100 * DAY);
    let id = "00usvclabs0000000000";
    let account = world.labs.create((id, "svc-labs@example.com", "Service labs"), None, made);
    world.labs.make_token(&account, ("00Tlabs0000000000", "export"), made.plus_micros(HOUR));
    for (name, kind) in [(id, "service_account"), ("00Tlabs0000000000", "api_token")] {
        register(world, &Entry::in_system(LABS, name, kind, made));
    }
    let admins = "00glabsadmins00000000";
    world.labs.group(admins, "Labs administrators");
    world.labs.join(&account, admins, made.plus_micros(HOUR), PROVISIONER);
    // Nothing says since when: there is one list, and no log.
    let item = format!("{LABS}/okta-group-member/{id}|{admins}");
    let reason = "the access was already there when its system was first recorded";
    world.truth.gap(("JML-01", &item, "A"), (world.labs.listed_at, None), reason);
    let head = world.company.head("Engineering").email.clone();
    own(world, (LABS, id), &head, (made, None));
}
