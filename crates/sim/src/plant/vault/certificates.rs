//! CRD-02: certificates that Vault issues, and that are renewed in time or not.

use super::*;
use crate::plant::registered::ticket;

/// How long before its end a certificate is to be renewed.
const MARGIN: i64 = 14 * DAY;
/// How long one lives that is renewed, and the longest life of one that is issued before March 2026.
const LIFE: i64 = 60 * DAY;
const LONGEST: i64 = 398 * DAY;
/// Of a certificate that is never shown to Vault, from when on nothing says whether it is used.
const DORMANT: i64 = 97 * DAY;

/// What becomes of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Renewed a second before that is due.
    JustInTime,
    /// Renewed a second later.
    Late,
    /// Never renewed.
    Never,
    /// Never renewed, while one for another service is issued in time.
    OnlyAnother,
    /// Revoked a second before its renewal is due: the service ends.
    Revoked,
    /// It lives for no longer than the margin, and is not renewed.
    ShortLived,
    /// It lives for long, and nothing says whether it is used.
    LivesOn,
    /// It lives for as long as allowed.
    LongestLife,
    /// It lives for a second longer.
    TooLong,
}

const FATES: [Fate; 9] = [
    Fate::JustInTime,
    Fate::Late,
    Fate::Never,
    Fate::OnlyAnother,
    Fate::Revoked,
    Fate::ShortLived,
    Fate::LivesOn,
    Fate::LongestLife,
    Fate::TooLong,
];

/// Each fate once.
pub(super) fn plant(world: &mut World) {
    let (from, to) = (world.settings.period.from, world.settings.period.to);
    for (n, fate) in (0_i64..).zip(FATES) {
        let service = format!("service-{n}");
        let at = from.plus_micros((40 + 2 * n) * DAY + 9 * HOUR);
        match fate {
            Fate::LivesOn => one(world, &service, at, (150 * DAY, fate)),
            Fate::ShortLived => one(world, &service, at, (MARGIN, fate)),
            Fate::LongestLife => one(world, &service, to.plus_micros(-30 * DAY), (LONGEST, fate)),
            Fate::TooLong => {
                let life = LONGEST + SECOND;
                one(world, &service, to.plus_micros(-29 * DAY), (life, fate));
            }
            _ => one(world, &service, at, (LIFE, fate)),
        }
    }
}

/// The first certificate of a service goes as the fate says; those after it are renewed in time, for
/// as long as the service is there.
fn one(world: &mut World, service: &str, at: Timestamp, (life, fate): (i64, Fate)) {
    let due = at.plus_micros(life - MARGIN);
    let revoked = (fate == Fate::Revoked).then(|| due.plus_micros(-SECOND));
    let item = issue(world, service, at, (life, revoked));
    let next = match fate {
        Fate::JustInTime | Fate::LivesOn => Some(due.plus_micros(-SECOND)),
        Fate::Late => Some(due.plus_micros(SECOND)),
        _ => None,
    };
    if let Some(revoked) = revoked {
        let by = world.vault.admin(revoked);
        world.vault.revoke_certificate(&by, &item.1, revoked);
        ticket(world, SYSTEM, "retirement", &item.2, revoked.plus_micros(-DAY));
        proof(world, &item.0, revoked);
    }
    if fate == Fate::OnlyAnother {
        renewals(world, "another", due.plus_micros(-DAY));
    }
    if let Some(next) = next {
        renewals(world, service, next);
    }
    tell(world, &item.0, at, fate);
}

/// From an instant on until the end, each ten days before it is due.
fn renewals(world: &mut World, service: &str, first: Timestamp) {
    let mut at = first;
    while at < world.settings.collected_at() {
        while secrets::of_a_hole(world, at) {
            at = at.plus_micros(DAY);
        }
        issue(world, service, at, (LIFE, None));
        at = at.plus_micros(LIFE - MARGIN - 10 * DAY);
    }
}

/// Where the log of the two weeks after its end is not whole, nothing shows that it was not used.
fn proof(world: &mut World, item: &str, ended: Timestamp) {
    let proven = ended.plus_micros(14 * DAY);
    if holes(world).iter().any(|(from, to)| ended < *to && *from < proven) {
        for attribute in ["D", "E", "F"] {
            let why = "lines were lost in the proof window";
            world.truth.gap(("CRD-05", item, attribute), (None, None), why);
        }
    }
}

/// The credential, its serial number, and its name in the inventory.
fn issue(
    world: &mut World,
    service: &str,
    at: Timestamp,
    (life, retired): (i64, Option<Timestamp>),
) -> (String, String, String) {
    let by = world.vault.admin(at);
    let (serial, name) = world.vault.certificate(&by, service, at, life / SECOND);
    let entry = Entry {
        system: SYSTEM,
        name: &name,
        kind: "certificate",
        since: at,
        retired,
        workload: &role(ADMIN),
    };
    entry.enter(world);
    let item = format!("{SYSTEM}/certificate/{name}");
    let ends = at.plus_micros(life);
    let inside = world.settings.period.contains(at);
    if inside && holes(world).iter().any(|(_, ended)| ends < *ended) {
        let why = "lines of the log were lost after its end";
        world.truth.gap(("CRD-02", &item, "D"), (None, None), why);
    }
    (item, serial, name)
}

fn tell(world: &mut World, item: &str, at: Timestamp, fate: Fate) {
    let place = |attribute| ("CRD-02", item, attribute);
    let wrong = Outcome::Contradicted;
    let truth = &mut world.truth;
    match fate {
        Fate::JustInTime => truth.near_miss(place("C"), "renewed a second before it was due"),
        Fate::LivesOn => {
            let stretch = (Some(at.plus_micros(DORMANT)), Some(at.plus_micros(150 * DAY)));
            let why = "the log of Vault does not say where a certificate is shown";
            truth.gap(("CRD-03", item, "C"), stretch, why);
        }
        Fate::Late => truth.deviation(place("C"), wrong, (at, None), "renewed a second late"),
        Fate::Never => truth.deviation(place("C"), wrong, (at, None), "never renewed"),
        Fate::OnlyAnother => {
            let why = "what was issued in time is for another service";
            truth.deviation(place("C"), wrong, (at, None), why);
        }
        Fate::Revoked => truth.near_miss(place("C"), "revoked before its renewal was due"),
        Fate::ShortLived => truth.near_miss(place("C"), "it lives no longer than the margin"),
        Fate::LongestLife => truth.near_miss(place("B"), "it lives for as long as allowed"),
        Fate::TooLong => {
            truth.deviation(place("B"), wrong, (at, None), "it lives for a second too long");
        }
    }
    truth.give_or_take(SECOND);
}
