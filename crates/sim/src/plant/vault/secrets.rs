//! CRD-01, CRD-02, CRD-03 and CRD-05: secret ids of roles are rotated every sixty days, with which
//! workloads sign in and are given accounts of databases; or not.

use super::*;
use crate::plant::registered::ticket;

/// How often a secret id is replaced, and how long it lives at most.
const EVERY: i64 = 60 * DAY;
const TTL: i64 = 80 * 86_400;
const OLDEST: i64 = 90 * DAY;
const OVERLAP: i64 = 7 * DAY;

/// What is with the secret ids of a role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Rotated as they should be.
    Regular,
    /// Once destroyed exactly as long after the rotation as allowed.
    OverlapAtLimit,
    /// An hour longer.
    OverlapLong,
    /// Once rotated at the last instant.
    JustInTime,
    /// Once rotated ten days late.
    Late,
    /// One lives for exactly as long as allowed.
    LongestLife,
    /// One lives for a second longer.
    LongLife,
    /// One is destroyed without a ticket.
    Unasked,
    /// Neither used nor rotated from some day on.
    Forgotten,
    /// Tried again after it was destroyed.
    TriedAgain,
}

const FATES: [Fate; 12] = [
    Fate::Regular,
    Fate::OverlapLong,
    Fate::Late,
    Fate::LongLife,
    Fate::Unasked,
    Fate::Forgotten,
    Fate::OverlapAtLimit,
    Fate::JustInTime,
    Fate::LongestLife,
    Fate::TriedAgain,
    Fate::Regular,
    Fate::Regular,
];

/// The rotation that goes as the fate says.
const FATED: i64 = 4;

/// The administrating role, and one for every twenty people.
pub(super) fn plant(world: &mut World) {
    let first = world.settings.log_from().plus_micros(DAY);
    life(world, (ADMIN, first), Fate::Regular);
    for n in 0..i64::from((world.settings.people / 20).max(12)) {
        let fate = FATES[usize::try_from(n).unwrap_or(0) % FATES.len()];
        let name = format!("app-{n:04}");
        let created = world.settings.period.from.plus_micros(-300 * DAY);
        world.vault.role(&name, "database", created);
        register(world, &name, created);
        life(world, (&name, first.plus_micros(HOUR + n * 60 * SECOND)), fate);
    }
}

/// Makes a secret id of a role, which is in the inventory until it is destroyed.
pub(super) fn made(
    world: &mut World,
    (of, ttl): (&str, i64),
    at: Timestamp,
    destroyed: Option<Timestamp>,
) -> Secret {
    let secret = world.vault.secret(of, at, ttl);
    let (name, kind) = (secret.accessor.as_str(), "approle_secret_id");
    let workload = &role(of);
    Entry { system: SYSTEM, name, kind, since: at, retired: destroyed, workload }.enter(world);
    let (ends, item) = (at.plus_micros(ttl * SECOND), secret.credential());
    let period = world.settings.period;
    let issued = period.from <= at && at < period.to && ttl > 0;
    if issued && holes(world).iter().any(|(_, ended)| ends < *ended) {
        let why = "lines of the log were lost after its end";
        world.truth.gap(("CRD-02", &item, "D"), (None, None), why);
    }
    secret
}

/// The secret ids of a role one after the other, and what is done with them.
fn life(world: &mut World, (name, first): (&str, Timestamp), fate: Fate) {
    let end = world.settings.collected_at();
    let (mut at, mut k) = (first, 0);
    while at < end {
        let fated = k == FATED;
        let next = at.plus_micros(match fate {
            Fate::JustInTime if fated => OLDEST - DAY,
            Fate::Late if fated => OLDEST + 10 * DAY,
            Fate::Forgotten if fated => i64::MAX / 4,
            _ => EVERY,
        });
        let gone = next.plus_micros(match fate {
            Fate::OverlapAtLimit if fated => OVERLAP,
            Fate::OverlapLong if fated => OVERLAP + HOUR,
            _ => DAY,
        });
        let ttl = match fate {
            Fate::Late | Fate::Forgotten if fated => 0,
            Fate::LongestLife | Fate::JustInTime if fated => 90 * 86_400,
            Fate::LongLife if fated => 90 * 86_400 + 1,
            _ => TTL,
        };
        let gone = Some(gone).filter(|gone| *gone < end);
        let secret = made(world, (name, ttl), at, gone);
        let until = if fate == Fate::Forgotten && fated { at.plus_micros(12 * DAY) } else { next };
        let used = use_of(world, &secret, until.min(end));
        if let Some(gone) = gone {
            retire(world, &secret, gone, fate == Fate::Unasked && fated);
        }
        if fated {
            tell(world, &secret, fate, (next, gone, used));
        }
        (at, k) = (next, k + 1);
    }
}

/// The role signs in every ten days, and is given an account of a database. The last time.
fn use_of(world: &mut World, secret: &Secret, until: Timestamp) -> Timestamp {
    let mut at = secret.created.plus_micros(DAY + HOUR);
    let (first, mut last) = (at, at);
    while at < until && secret.role != ADMIN {
        if of_a_hole(world, at) {
            at = at.plus_micros(10 * DAY);
            continue;
        }
        let by = world.vault.login(secret, at);
        world.vault.lease(&by, &secret.role, at.plus_micros(SECOND), 3_600);
        last = at;
        at = at.plus_micros(10 * DAY);
    }
    let item = secret.credential();
    let days = (first.day_start(), last.day_start().plus_micros(DAY));
    for (begun, ended) in holes(world) {
        if days.0 < ended && begun < days.1 && secret.role != ADMIN {
            let why = "lines of the log were lost";
            for attribute in ["B", "C"] {
                world.truth.gap(("CRD-06", &item, attribute), (Some(begun), Some(ended)), why);
                world.truth.give_or_take(60 * SECOND);
            }
        }
    }
    last
}

/// Whether the log is not whole on that day.
pub(super) fn of_a_hole(world: &World, at: Timestamp) -> bool {
    let day = at.day_start();
    holes(world).iter().any(|(from, to)| day < *to && *from < day.plus_micros(DAY))
}

/// Destroyed, on a ticket.
fn retire(world: &mut World, secret: &Secret, at: Timestamp, unasked: bool) {
    world.vault.destroy(secret, at);
    let item = secret.credential();
    let place = |attribute| ("CRD-05", item.as_str(), attribute);
    if unasked {
        let none = Outcome::NotDemonstrated;
        for attribute in ["A", "G"] {
            world.truth.deviation(place(attribute), none, (at, None), "nobody asked for it");
            world.truth.give_or_take(SECOND);
        }
    } else {
        ticket(world, SYSTEM, "retirement", &secret.accessor, at.plus_micros(-DAY));
    }
    let proven = at.plus_micros(14 * DAY);
    if holes(world).iter().any(|(begun, ended)| at < *ended && *begun < proven) {
        for attribute in ["D", "E", "F"] {
            world.truth.gap(place(attribute), (None, None), "lines were lost in the proof window");
        }
    }
}

fn tell(
    world: &mut World,
    secret: &Secret,
    fate: Fate,
    (next, gone, used): (Timestamp, Option<Timestamp>, Timestamp),
) {
    let item = secret.credential();
    let place = |control| (control, item.as_str(), "A");
    let (born, wrong) = (secret.created, Outcome::Contradicted);
    let mut wrongly = |place: (&str, &str, &str), stretch, why: &str| {
        world.truth.deviation(place, wrong, stretch, why);
        world.truth.give_or_take(SECOND);
    };
    let too_old = born.plus_micros(OLDEST);
    match fate {
        Fate::Regular | Fate::Unasked => {}
        Fate::OverlapLong => {
            let stretch = (next.plus_micros(OVERLAP), gone);
            wrongly(("CRD-01", &item, "B"), stretch, "two for longer than the overlap");
        }
        Fate::Late => {
            wrongly(place("CRD-02"), (born, None), "it never expires");
            wrongly(place("CRD-01"), (too_old, gone), "rotated late");
        }
        Fate::LongLife => {
            wrongly(("CRD-02", &item, "B"), (born, None), "it lives for a second too long");
        }
        Fate::Forgotten => {
            wrongly(place("CRD-02"), (born, None), "it never expires");
            wrongly(place("CRD-01"), (too_old, None), "not rotated any more");
            forgotten(world, &item, used);
        }
        Fate::OverlapAtLimit => {
            world.truth.near_miss(("CRD-01", &item, "B"), "two for as long as allowed");
        }
        Fate::JustInTime => {
            world.truth.near_miss(place("CRD-01"), "destroyed at the last instant");
            world.truth.near_miss(("CRD-02", &item, "B"), "it lives for as long as allowed");
        }
        Fate::LongestLife => {
            world.truth.near_miss(("CRD-02", &item, "B"), "it lives for as long as allowed");
        }
        Fate::TriedAgain => tried(world, secret, gone),
    }
}

/// Unused for longer than allowed; in doubt where a use in the hole would have allowed it.
fn forgotten(world: &mut World, item: &str, used: Timestamp) {
    let (limit, wrong) = (97 * DAY, Outcome::Contradicted);
    let [_, (begun, ended)] = holes(world);
    let place = ("CRD-03", item, "A");
    let truth = &mut world.truth;
    let why = "unused, and not destroyed";
    truth.deviation(place, wrong, (used.plus_micros(limit), Some(begun)), why);
    truth.give_or_take(60 * SECOND);
    let open = (Some(begun), Some(ended.plus_micros(limit)));
    truth.gap(place, open, "it may have been used where lines were lost");
    truth.give_or_take(60 * SECOND);
    truth.deviation(place, wrong, (ended.plus_micros(limit), None), why);
    truth.give_or_take(60 * SECOND);
}

/// Somebody tries it twice after it is gone. What is refused names nobody.
fn tried(world: &mut World, secret: &Secret, gone: Option<Timestamp>) {
    let Some(gone) = gone else { return };
    for n in 0..2 {
        world.vault.refuse(secret, gone.plus_micros(2 * DAY + n * SECOND));
    }
    let (item, none) = (secret.credential(), Outcome::NotDemonstrated);
    let why = "nobody looked into the attempts";
    world.truth.deviation(("CRD-05", &item, "F"), none, (gone, None), why);
    world.truth.give_or_take(SECOND);
    let monday = logs::monday(gone.plus_micros(2 * DAY));
    let week = format!("{} {}", crate::files::vault::SOURCE, monday.date());
    let stretch = (monday, Some(monday.plus_micros(7 * DAY)));
    let (place, wrong) = (("MON-02", week.as_str(), "A"), Outcome::Contradicted);
    world.truth.deviation(place, wrong, stretch, "refused sign-ins name nobody");
}
