//! CRD-03: service accounts of workloads act every few weeks; some go unused for longer than allowed.

use super::*;
use crate::chance::Chance;
use crate::files::kubernetes::POD;

/// Limit and grace of an identity that is nobody's.
const LIMIT: i64 = 97 * DAY;

/// What becomes of a service account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// It acts every few weeks.
    Busy,
    /// It rests for exactly limit and grace.
    RestsAsLongAsAllowed,
    /// It rests for a second longer.
    RestsASecondLonger,
    /// It acts no more, and stays.
    Forgotten,
    /// It never acted.
    NeverUsed,
    /// It rests for long, and the log has a hole meanwhile.
    RestsThroughAHole,
}

/// One service account for every five people.
pub(super) fn plant(world: &mut World) {
    let mut chance = world.chance("kubernetes workloads");
    for n in 0..applications(world) {
        let fate = match n % 24 {
            3 => Fate::RestsAsLongAsAllowed,
            7 => Fate::RestsASecondLonger,
            11 => Fate::Forgotten,
            15 => Fate::NeverUsed,
            19 => Fate::RestsThroughAHole,
            _ => Fate::Busy,
        };
        workload(world, &mut chance, n, fate);
    }
}

fn workload(world: &mut World, chance: &mut Chance, n: u32, fate: Fate) {
    let settings = world.settings;
    let name = format!("app-{n:04}");
    let place = ("shop", name.as_str());
    let created = settings.log_from().plus_micros(-200 * DAY);
    world.kubernetes.account(place, labels("serves customers"), created);
    register(world, place, created, None);
    let who = Who::Account(place.0.to_owned(), name.clone());
    world.kubernetes.bind(Binding {
        namespace: Some(place.0.to_owned()),
        name: format!("view-{name}"),
        role: "view".to_owned(),
        who: who.clone(),
        created,
    });
    let item = who.identity();
    let from = settings.period.from;
    let (rests, rest) = match fate {
        Fate::Busy => (from, None),
        Fate::RestsAsLongAsAllowed => (from.plus_micros(60 * DAY), Some(LIMIT)),
        Fate::RestsASecondLonger => (from.plus_micros(60 * DAY), Some(LIMIT + SECOND)),
        Fate::Forgotten => (from.plus_micros(60 * DAY), Some(i64::MAX / 2)),
        Fate::RestsThroughAHole => (from.plus_micros(235 * DAY), Some(120 * DAY)),
        Fate::NeverUsed => return tell(world, &item, fate, created, None),
    };
    silent(world, ("AUT-02", &item, &["A", "B", "C"]), created);
    let minutes = i64::from(n % 240) * SECOND;
    let first = i64::try_from(1 + chance.below(30)).unwrap_or(1) * DAY;
    let mut at = settings.log_from().plus_micros(first).day_start().plus_micros(3 * HOUR + minutes);
    let at_rest = rests.day_start().plus_micros(3 * HOUR + minutes);
    let mut rested = rest.is_none();
    while at < settings.collected_at() {
        let call = Call::list(at, &who, "configmaps", "shop", POD);
        world.kubernetes.call(&call);
        let step = i64::try_from(20 + chance.below(15)).unwrap_or(20) * DAY;
        at = match rest {
            Some(rest) if !rested && at == at_rest => {
                rested = true;
                let next = at.plus_micros(rest);
                tell(world, &item, fate, at, Some(next).filter(|next| *next < settings.period.to));
                next
            }
            Some(_) if !rested => at.plus_micros(step).min(at_rest),
            _ => at.plus_micros(step),
        };
    }
}

fn tell(world: &mut World, item: &str, fate: Fate, last: Timestamp, next: Option<Timestamp>) {
    let place = |attribute| ("CRD-03", item, attribute);
    let late = last.plus_micros(LIMIT).max(world.settings.period.from);
    let lost = holes(world)[0].0;
    let wrong = Outcome::Contradicted;
    let truth = &mut world.truth;
    let why = "it may have acted where lines of the log were lost";
    match fate {
        Fate::Busy => {}
        Fate::RestsAsLongAsAllowed => truth.near_miss(place("A"), "used again just in time"),
        Fate::RestsASecondLonger => {
            truth.deviation(place("A"), wrong, (late, next), "unused and not disabled");
        }
        Fate::Forgotten | Fate::NeverUsed => {
            let attribute = if fate == Fate::Forgotten { "A" } else { "C" };
            truth.deviation(place(attribute), wrong, (late, Some(lost)), "unused and not disabled");
            truth.gap(place(attribute), (Some(lost), None), why);
        }
        Fate::RestsThroughAHole => truth.gap(place("A"), (Some(late), next), why),
    }
    truth.give_or_take(SECOND);
}
