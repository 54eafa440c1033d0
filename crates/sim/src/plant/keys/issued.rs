//! SVC-01, CRD-01 and CRD-05: keys that somebody makes by hand, keys for which no reason is given, and
//! keys of whose end nobody was told.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use super::{DAY, HOUR, Holder, SECOND};
use crate::World;
use crate::chance::Chance;
use crate::files::aws::{Call, Caller, credential};
use crate::plant::inventory::Said;
use crate::plant::{alerts, consoles, logging};

/// What is with the key of a service account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Somebody who may not renews it by hand, as was asked for.
    ByHand,
    /// And nobody asked for it.
    ByHandUnasked,
    /// Somebody who may renews it by hand, as was asked for.
    ByHandAllowed,
    /// The request gives no reason.
    NoReason,
    /// Nor does the request of this one, but the inventory does.
    ReasonInInventory,
    /// Those who use it are told a second after its end.
    ToldLate,
    /// They are told in the second of its end.
    ToldAsItEnds,
    /// They are never told.
    NeverTold,
    /// Tried after its end, and somebody looked into that.
    LookedInto,
    /// Tried once more after somebody had looked into that.
    TriedAgain,
    /// Deleted a second before the trail is switched off.
    EndsBeforeTheDark,
}

const FATES: [Fate; 11] = [
    Fate::ByHand,
    Fate::ByHandUnasked,
    Fate::ByHandAllowed,
    Fate::NoReason,
    Fate::ReasonInInventory,
    Fate::ToldLate,
    Fate::ToldAsItEnds,
    Fate::NeverTold,
    Fate::LookedInto,
    Fate::TriedAgain,
    Fate::EndsBeforeTheDark,
];

/// Each fate once, and once more for every thousand people.
pub(super) fn plant(world: &mut World, chance: &mut Chance) {
    let owner = world.company.head("Operations").email.clone();
    let rounds = 1 + world.settings.people / 1_000;
    for n in 0..rounds * 11 {
        let fate = FATES[n as usize % FATES.len()];
        let name = format!("svc-i{n:04}");
        let mut holder = Holder { world: &mut *world, chance: &mut *chance, name, n };
        let start = holder.from().plus_micros((15 + i64::from(n % 23)) * DAY + 14 * HOUR);
        holder.account("T2", &owner);
        match fate {
            Fate::ByHand | Fate::ByHandUnasked | Fate::ByHandAllowed => {
                by_hand(&mut holder, start, fate);
            }
            Fate::NoReason | Fate::ReasonInInventory => reason(&mut holder, start, fate),
            Fate::EndsBeforeTheDark => before_the_dark(&mut holder),
            _ => ended(&mut holder, start, fate),
        }
    }
}

/// A key is renewed by a person in the console.
fn by_hand(holder: &mut Holder<'_>, start: Timestamp, fate: Fate) {
    let first = start.plus_micros(-40 * DAY);
    let before = holder.key(first, start);
    let people = consoles::people(holder.world);
    let which = if fate == Fate::ByHandAllowed { consoles::ISSUER } else { consoles::OUTSIDER };
    let Some((person, _)) = people.get(which) else { return };
    // Of a request for another key of the account nobody could tell that it is not for this one.
    if fate != Fate::ByHandUnasked {
        holder.ask(start.plus_micros(-2 * DAY));
    }
    let id = format!("AKIA{}", holder.chance.letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16));
    let call = Call {
        ip: "203.0.113.20",
        agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
        ..Call::new(start, Caller::Console(person), "iam", "CreateAccessKey")
    };
    let name = holder.name.clone();
    holder.world.aws.key_by(call, &name, &id);
    holder.retire(&before, start.plus_micros(DAY));
    holder.renew(id.clone(), start);
    let moment = (start, Some(start.plus_micros(1)));
    if fate == Fate::ByHandAllowed {
        holder.near_miss("SVC-01", &id, "D", "by hand, and by somebody who may");
        holder.near_miss("CRD-01", &id, "C", "by hand, and by somebody who may");
        return;
    }
    holder.deviation("SVC-01", &id, "D", (start, None), "made by somebody who may not");
    holder.deviation("CRD-01", &id, "C", moment, "renewed by somebody who may not");
    if fate == Fate::ByHandUnasked {
        for attribute in ["A", "E"] {
            let item = credential(&id);
            let place = ("SVC-01", item.as_str(), attribute);
            let none = Outcome::NotDemonstrated;
            holder.world.truth.deviation(place, none, (start, None), "nobody asked for it");
        }
    }
}

/// Asked for without a reason.
fn reason(holder: &mut Holder<'_>, start: Timestamp, fate: Fate) {
    holder.ask_because(start.plus_micros(-2 * DAY), "");
    let id = holder.unasked_key(start, start);
    holder.renew(id.clone(), start);
    let item = credential(&id);
    let place = ("SVC-01", item.as_str(), "E");
    if fate == Fate::ReasonInInventory {
        let said = Said {
            workload: holder.world.declared.application(&holder.name),
            justification: "its connector takes access keys only",
            ..Said::default()
        };
        holder.world.declared.keys.insert(id.clone(), (said, None));
        holder.world.truth.near_miss(place, "the inventory says why");
    } else {
        let none = Outcome::NotDemonstrated;
        holder.world.truth.deviation(place, none, (start, None), "nothing says why it is needed");
    }
}

/// A key comes to its end, of which somebody is told, or after which somebody tries it.
fn ended(holder: &mut Holder<'_>, start: Timestamp, fate: Fate) {
    let end = start.plus_micros(40 * DAY);
    let id = holder.key(start, end.plus_micros(-HOUR));
    holder.renewed_from(end.plus_micros(-DAY));
    let told = match fate {
        Fate::ToldLate => Some(end.plus_micros(SECOND)),
        Fate::ToldAsItEnds => Some(end),
        Fate::NeverTold => None,
        _ => Some(end.plus_micros(-DAY)),
    };
    holder.request_telling(&id, end, told);
    let name = holder.name.clone();
    holder.world.aws.disable(&name, &id, end);
    holder.world.aws.delete(&name, &id, end.plus_micros(3 * DAY));
    holder.watch(&id, end, &["D", "E", "F"]);
    let item = credential(&id);
    let place = |attribute| ("CRD-05", item.as_str(), attribute);
    let none = Outcome::NotDemonstrated;
    match fate {
        Fate::ToldLate => {
            holder.deviation("CRD-05", &id, "G", (end, None), "told a second too late");
        }
        Fate::ToldAsItEnds => {
            holder.near_miss("CRD-05", &id, "G", "told in the second in which it ended");
        }
        Fate::NeverTold => {
            holder.world.truth.deviation(place("G"), none, (end, None), "nobody was told");
        }
        _ => {
            let tried = end.plus_micros(DAY);
            refused(holder, &id, tried);
            let closed = tried.plus_micros(DAY);
            let alert = format!("AL-{name}");
            alerts::decided(holder.world, &alert, ("credential", &id), (tried, closed));
            if fate == Fate::TriedAgain {
                refused(holder, &id, closed.plus_micros(SECOND));
                let why = "tried again after somebody had looked into it";
                holder.world.truth.deviation(place("F"), none, (end, None), why);
            } else {
                holder.world.truth.near_miss(place("F"), "somebody looked into the attempt");
            }
        }
    }
}

fn refused(holder: &mut Holder<'_>, id: &str, at: Timestamp) {
    let name = holder.name.clone();
    let by = Caller::Key(&name, id);
    let call = Call::new(at, by, "ec2", "DescribeInstances");
    holder.world.aws.call(Call { error: Some("AccessDenied"), ..call });
}

/// Deleted as was asked for, a second before the trail is switched off.
fn before_the_dark(holder: &mut Holder<'_>) {
    let (off, _) = logging::stop(&holder.world.settings);
    let end = off.plus_micros(-SECOND);
    let id = holder.key(off.plus_micros(-20 * DAY), off.plus_micros(-DAY));
    holder.request(&id, end);
    let name = holder.name.clone();
    holder.world.aws.delete(&name, &id, end);
    holder.renewed_from(end.plus_micros(-DAY));
    holder.watch(&id, end, &["D", "E", "F"]);
    holder.near_miss("CRD-05", &id, "B", "deleted in the last second that was logged");
}
