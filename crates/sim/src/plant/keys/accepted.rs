//! CRD-06: keys that are shared, with a policy exception that says how uses are told apart, or one that
//! does not, or for some of the time.

use tenure_model::Timestamp;

use super::consumers::{elsewhere, exposed};
use super::{DAY, HOUR, Holder, SECOND};
use crate::World;
use crate::chance::Chance;
use crate::files::aws::credential;
use crate::plant::accepted::{Accepted, accept};
use crate::plant::consumers::{RUN, workload};
use crate::plant::inventory::Said;

/// What is with a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// For two workloads; an exception covers it from a minute before its first use.
    Covered,
    /// The same, and the exception does not say how uses are told apart.
    Uncompensated,
    /// The same, and it ends after ten days.
    Lapsed,
    /// Another workload uses it in the last second of an exception.
    InItsLastSecond,
    /// The same, as the exception ends.
    AsItEnds,
}

const FATES: [Fate; 5] =
    [Fate::Covered, Fate::Uncompensated, Fate::Lapsed, Fate::InItsLastSecond, Fate::AsItEnds];

/// Each fate once, and once more for every thousand people.
pub(super) fn plant(world: &mut World, chance: &mut Chance) {
    let owner = world.company.head("Operations").email.clone();
    let rounds = 1 + world.settings.people as usize / 1_000;
    for (n, fate) in (0_u32..).zip(FATES.into_iter().cycle().take(rounds * FATES.len())) {
        let name = format!("svc-x{n:04}");
        let mut holder = Holder { world: &mut *world, chance: &mut *chance, name, n };
        holder.account("T2", &owner);
        let start = holder.from().plus_micros((20 + i64::from(n % 19)) * DAY + 14 * HOUR);
        let id = holder.key(start, start);
        holder.renew(id.clone(), start);
        match fate {
            Fate::InItsLastSecond | Fate::AsItEnds => {
                used_by_another(&mut holder, &id, start, fate)
            }
            _ => for_two(&mut holder, &id, fate),
        }
    }
}

fn except(holder: &mut Holder<'_>, id: &str, (from, until): (Timestamp, Timestamp), named: bool) {
    let (control, item) = ("CRD-06", credential(id));
    accept(holder.world, Accepted { control, item, from, until, compensated: named });
}

fn for_two(holder: &mut Holder<'_>, id: &str, fate: Fate) {
    let workload = format!("{};{}", workload("app-0001"), workload(RUN));
    let said = Said { workload, ..Said::default() };
    holder.world.declared.keys.insert(id.to_owned(), (said, None));
    let Some((first, Some(last))) = exposed(holder, id) else { return };
    let from = first.plus_micros(-60 * SECOND);
    let until = if fate == Fate::Lapsed { first.plus_micros(10 * DAY) } else { last };
    except(holder, id, (from, until), fate != Fate::Uncompensated);
    let why = "declared for two workloads at a time";
    holder.deviation("CRD-06", id, "A", (first, Some(until)), why);
    if until < last {
        holder.deviation("CRD-06", id, "A", (until, Some(last)), why);
    }
    if fate == Fate::Covered {
        holder.near_miss("CRD-06", id, "D", "an exception covers it from a minute before");
    }
}

fn used_by_another(holder: &mut Holder<'_>, id: &str, start: Timestamp, fate: Fate) {
    let at = start.plus_micros(20 * DAY);
    elsewhere(holder, id, at, "198.51.100.40", None);
    let until = if fate == Fate::AsItEnds { at } else { at.plus_micros(SECOND) };
    except(holder, id, (at.plus_micros(-10 * DAY), until), true);
    if fate == Fate::InItsLastSecond {
        holder.near_miss("CRD-06", id, "D", "used in the last second of an exception");
    }
}
