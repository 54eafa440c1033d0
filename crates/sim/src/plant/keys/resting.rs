//! CRD-03: keys that rest and are disabled in time or late, with and without a policy exception.

use tenure_model::Timestamp;

use super::{DAY, HOUR, Holder, SECOND};
use crate::World;
use crate::chance::Chance;
use crate::files::aws::credential;
use crate::plant::accepted::{Accepted, accept};

/// Limit and grace of a credential that is nobody's.
const DORMANT: i64 = 97 * DAY;
/// For how long a key stays enabled that an exception covers.
const LEFT: i64 = 40 * DAY;

/// What becomes of a key that rests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Disabled in the last second of the grace.
    InTheLastSecond,
    /// Disabled a second after it.
    ASecondLate,
    /// An exception covers it from the end of the grace until it is disabled.
    Excepted,
    /// The exception ends a second before it is disabled.
    ASecondShort,
    /// It begins a second after the grace.
    BegunLate,
}

const FATES: [Fate; 5] =
    [Fate::InTheLastSecond, Fate::ASecondLate, Fate::Excepted, Fate::ASecondShort, Fate::BegunLate];

/// Each fate once, and once more for every thousand people.
pub(super) fn plant(world: &mut World, chance: &mut Chance) {
    let owner = world.company.head("Operations").email.clone();
    let rounds = 1 + world.settings.people as usize / 1_000;
    for (n, fate) in (0_u32..).zip(FATES.into_iter().cycle().take(rounds * FATES.len())) {
        let name = format!("svc-r{n:04}");
        let mut holder = Holder { world: &mut *world, chance: &mut *chance, name, n };
        holder.account("T3", &owner);
        one(&mut holder, fate);
    }
}

fn one(holder: &mut Holder<'_>, fate: Fate) {
    let start = holder.from().plus_micros((10 + i64::from(holder.n % 20)) * DAY + 14 * HOUR);
    let id = holder.key(start, start);
    let last = start.plus_micros(5 * DAY);
    holder.use_at(&id, last);
    let due = last.plus_micros(DORMANT);
    let end = due.plus_micros(match fate {
        Fate::InTheLastSecond => -SECOND,
        Fate::ASecondLate => SECOND,
        _ => LEFT,
    });
    holder.renewed_from(end.plus_micros(-DAY));
    holder.retire(&id, end);
    let covered = match fate {
        Fate::InTheLastSecond => {
            return holder.near_miss(
                "CRD-03",
                &id,
                "B",
                "disabled in the last second of the grace",
            );
        }
        Fate::ASecondLate => None,
        Fate::Excepted => {
            holder.near_miss("CRD-03", &id, "D", "an exception covers it to the second");
            Some((due, end))
        }
        Fate::ASecondShort => Some((due, end.plus_micros(-SECOND))),
        Fate::BegunLate => Some((due.plus_micros(SECOND), end)),
    };
    tell(holder, &id, (due, end), covered);
}

/// What an exception covers is told apart from what it does not.
fn tell(
    holder: &mut Holder<'_>,
    id: &str,
    (due, end): (Timestamp, Timestamp),
    covered: Option<(Timestamp, Timestamp)>,
) {
    let mut instants = vec![due, end];
    if let Some((from, until)) = covered {
        instants.extend([from, until]);
        let (control, item) = ("CRD-03", credential(id));
        accept(holder.world, Accepted { control, item, from, until, compensated: true });
    }
    instants.sort();
    instants.dedup();
    for pair in instants.windows(2) {
        let stretch = (pair[0], Some(pair[1]));
        holder.deviation("CRD-03", id, "A", stretch, "unused and not disabled");
    }
}
