//! What becomes of the keys of a service account.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome;

use super::{DAY, HOUR, Holder, MAX_AGE, SECOND, triggers};
use crate::files::aws::{Call, Caller, credential, identity};
use crate::plant::{inventory, logging};

/// Limit and grace of a credential that is nobody's.
const DORMANT: i64 = 97 * DAY;
/// How long an old key may stay beside a new one.
const OVERLAP: i64 = 7 * DAY;

/// One service account; in 26, twelve are as they should be.
/// The key whose creation is not on record, if there is one.
pub(super) fn plant(holder: &mut Holder<'_>) -> Option<String> {
    let head = holder.world.company.head("Operations").email.clone();
    let start = holder.from().plus_micros(10 * DAY + i64::from(holder.n % 20) * DAY + 14 * HOUR);
    match holder.n % 26 {
        1 => aged(holder, &head, start, 60 * DAY),
        2 => aged(holder, &head, start, SECOND),
        3 => aged(holder, &head, start, -SECOND),
        5 => overlap(holder, &head, start, 5 * DAY),
        6 => overlap(holder, &head, start, 0),
        7 => low_risk(holder, &head, start),
        8 => owner_left(holder, false),
        9 => owner_left(holder, true),
        10 => dormant(holder, &head, start, 30 * DAY),
        11 => dormant(holder, &head, start, SECOND),
        13 => dormant(holder, &head, start, 0),
        14 => never_used(holder, &head, start),
        15 => used_afterwards(holder, &head, start),
        17 => refused_afterwards(holder, &head, start),
        18 => only_disabled(holder, &head, start),
        19 => unasked(holder, &head, start),
        4 => asked_late(holder, &head, start, DAY),
        12 => asked_late(holder, &head, start, 0),
        16 => in_a_browser(holder, &head, start),
        20 => unrequested(holder, &head, start),
        21 => {
            made_in_the_dark(holder, &head, true);
        }
        22 => return Some(made_in_the_dark(holder, &head, false)),
        23 => shared(holder, &head, start),
        24 => triggers::asked(holder, &head, start, 2 * DAY),
        25 => triggers::asked(holder, &head, start, -SECOND),
        _ => {
            holder.account("T2", &head);
            let first = holder.world.settings.log_from();
            let first = first.plus_micros(i64::from(holder.n % 60) * DAY + 14 * HOUR);
            holder.renewed_from(first);
        }
    }
    None
}

/// A key that is asked for only so long after it was made, or in the very second.
fn asked_late(holder: &mut Holder<'_>, owner: &str, start: Timestamp, late: i64) {
    holder.account("T2", owner);
    let id = holder.unasked_key(start, start);
    holder.ask(start.plus_micros(late));
    holder.renew(id.clone(), start);
    if late > 0 {
        holder.deviation("SVC-01", &id, "A", (start, None), "approved only afterwards");
    } else {
        holder.near_miss("SVC-01", &id, "A", "approved in the second in which it was made");
    }
}

/// A key that nobody asked for.
fn unrequested(holder: &mut Holder<'_>, owner: &str, start: Timestamp) {
    holder.account("T2", owner);
    let id = holder.unasked_key(start, start);
    holder.renew(id.clone(), start);
    let item = credential(&id);
    let why = "nobody asked for it";
    for attribute in ["A", "E"] {
        let place = ("SVC-01", item.as_str(), attribute);
        holder.world.truth.deviation(place, Outcome::NotDemonstrated, (start, None), why);
    }
}

/// Somebody uses the key in a browser.
fn in_a_browser(holder: &mut Holder<'_>, owner: &str, start: Timestamp) {
    holder.account("T2", owner);
    let first = start.plus_micros(-30 * DAY);
    let id = holder.key(first, first);
    holder.renew(id.clone(), first);
    let used = holder.world.aws.uses.get(&id).cloned().unwrap_or_default();
    let mut day = start.plus_micros(10 * DAY).day_start();
    while used.iter().any(|at| at.day_start() == day) {
        day = day.plus_micros(DAY);
    }
    let at = day.plus_micros(11 * HOUR);
    let name = holder.name.clone();
    let by = Caller::Key(&name, &id);
    let call = Call::new(at, by, "ec2", "DescribeInstances");
    holder.world.aws.call(Call {
        agent: "Mozilla/5.0 (X11; Linux x86_64)",
        ip: "203.0.113.9",
        ..call
    });
    let item = identity("user", &name);
    let stretch = (at, Some(at.plus_micros(1)));
    let truth = &mut holder.world.truth;
    let why = "a service account's key in a browser";
    truth.deviation(("AUT-02", &item, "C"), Outcome::Contradicted, stretch, why);
    let why = "no alert on it is on record";
    truth.deviation(("AUT-02", &item, "D"), Outcome::NotDemonstrated, stretch, why);
    let (why, key) = ("used from where its workload does not act from", credential(&id));
    truth.deviation(("AUT-02", &item, "A"), Outcome::Contradicted, stretch, why);
    truth.deviation(("CRD-06", &key, "B"), Outcome::Contradicted, stretch, why);
    let why = "nothing says which environment is there";
    truth.deviation(("CRD-06", &key, "C"), Outcome::NotDemonstrated, stretch, why);
}

/// A key that is disabled so much after its maximum age.
fn aged(holder: &mut Holder<'_>, owner: &str, start: Timestamp, late: i64) {
    holder.account("T2", owner);
    let old = start.plus_micros(MAX_AGE);
    let end = old.plus_micros(late);
    let id = holder.key(start, end.plus_micros(-HOUR));
    holder.renewed_from(end.plus_micros(-DAY));
    holder.retire(&id, end);
    if late > 0 {
        holder.deviation("CRD-01", &id, "A", (old, Some(end)), "older than allowed");
    } else {
        holder.near_miss("CRD-01", &id, "A", "renewed a second before it was too old");
    }
}

/// An old key stays beside the new one for so much longer than allowed.
fn overlap(holder: &mut Holder<'_>, owner: &str, start: Timestamp, late: i64) {
    holder.account("T2", owner);
    let next = start.plus_micros(50 * DAY);
    let due = next.plus_micros(OVERLAP);
    let end = due.plus_micros(late);
    let id = holder.key(start, end.plus_micros(-HOUR));
    holder.renewed_from(next);
    holder.retire(&id, end);
    if late > 0 {
        holder.deviation("CRD-01", &id, "B", (due, Some(end)), "two keys at a time for too long");
    } else {
        holder.near_miss("CRD-01", &id, "B", "disabled exactly at the end of the overlap");
    }
}

/// A key of a low tier may be older.
fn low_risk(holder: &mut Holder<'_>, owner: &str, start: Timestamp) {
    holder.account("T3", owner);
    let end = start.plus_micros(170 * DAY);
    let id = holder.key(start, end.plus_micros(-HOUR));
    holder.near_miss("CRD-01", &id, "A", "a key of a low tier may be 180 days old");
    let late = end.plus_micros(200 * DAY);
    let next = holder.key(end.plus_micros(-DAY), late);
    holder.retire(&id, end);
    let old = end.plus_micros(-DAY + 2 * MAX_AGE);
    if old < holder.world.settings.period.to {
        holder.deviation("CRD-01", &next, "A", (old, None), "older than allowed of a low tier");
    }
}

/// The owner leaves; the key is renewed in time or not.
fn owner_left(holder: &mut Holder<'_>, in_time: bool) {
    let (from, to) = (holder.from(), holder.world.settings.period.to);
    let people: Vec<_> =
        holder.world.company.people.iter().filter(|p| p.employments.len() == 1).collect();
    let leaver = people.iter().filter_map(|p| {
        let left = p.left()?.effective;
        let fits = from.plus_micros(60 * DAY) < left && left < to.plus_micros(-40 * DAY);
        let calm = !logging::doubted(
            &holder.world.settings,
            left.plus_micros(-20 * DAY),
            left.plus_micros(30 * DAY),
        );
        let others = &holder.world.company.people;
        let gone = !others.iter().any(|o| o.id != p.id && o.email == p.email);
        let plain = gone && p.called.is_none() && p.left().is_some_and(|end| end.plain());
        (fits && calm && plain).then(|| (p.id.clone(), p.email.clone(), left))
    });
    let leavers: Vec<_> = leaver.collect();
    let Some((person, owner, left)) =
        leavers.get(holder.n as usize % leavers.len().max(1)).cloned()
    else {
        return;
    };
    let due = holder.world.company.calendar.add(left, Sla::BusinessDays(5));
    holder.account("T2", &owner);
    let end = if in_time { due.plus_micros(-SECOND) } else { due.plus_micros(6 * DAY) };
    let start = end.plus_micros(-60 * DAY);
    let id = holder.key(start, end.plus_micros(-HOUR));
    holder.renewed_from(end.plus_micros(-HOUR));
    holder.retire(&id, end);
    taken_over(holder, &person, left, (end, in_time));
    if in_time {
        holder.near_miss("CRD-01", &id, "E", "renewed a second before it was due");
    } else {
        holder.deviation("CRD-01", &id, "E", (due, Some(end)), "its owner left");
    }
}

/// Somebody else answers for the account before its owner leaves; its key is replaced then.
fn taken_over(
    holder: &mut Holder<'_>,
    person: &str,
    left: Timestamp,
    (end, in_time): (Timestamp, bool),
) {
    let head = holder.world.company.head("Operations").email.clone();
    let arn = crate::files::aws::arn("user", &holder.name);
    let since = left.plus_micros(-10 * DAY);
    inventory::own(holder.world, (crate::files::aws::SYSTEM, &arn), &head, (since, None));
    let item = format!("hr/person/{person} {}", identity("user", &holder.name));
    let (place, truth) = (("JML-05", item.as_str(), "E"), &mut holder.world.truth);
    if in_time {
        truth.near_miss(place, "its key was replaced a second before it was due");
    } else {
        let stretch = (left, Some(end));
        truth.deviation(place, Outcome::Contradicted, stretch, "its key was replaced late");
    }
}

/// A key of a low tier rests for so much longer than allowed, and is used again.
fn dormant(holder: &mut Holder<'_>, owner: &str, start: Timestamp, late: i64) {
    holder.account("T3", owner);
    let id = holder.key(start, start);
    let last = start.plus_micros(5 * DAY);
    holder.use_at(&id, last);
    let due = last.plus_micros(DORMANT);
    let next = due.plus_micros(late);
    holder.use_at(&id, next);
    let end = next.plus_micros(10 * DAY);
    holder.renewed_from(end.plus_micros(-DAY));
    holder.retire(&id, end);
    if late > 0 {
        holder.deviation("CRD-03", &id, "A", (due, Some(next)), "unused and not disabled");
    } else {
        holder.near_miss("CRD-03", &id, "A", "used again just in time");
    }
}

/// A key that nobody ever used.
fn never_used(holder: &mut Holder<'_>, owner: &str, start: Timestamp) {
    holder.account("T3", owner);
    let id = holder.key(start, start);
    let due = start.plus_micros(DORMANT);
    let end = due.plus_micros(20 * DAY);
    holder.retire(&id, end);
    holder.renewed_from(end.plus_micros(DAY));
    holder.deviation("CRD-03", &id, "C", (due, Some(end)), "never used and not disabled");
}

/// A key with which something succeeds after its deletion, before every region knows of it.
fn used_afterwards(holder: &mut Holder<'_>, owner: &str, start: Timestamp) {
    holder.account("T2", owner);
    let end = start.plus_micros(40 * DAY);
    let id = holder.key(start, end.plus_micros(-HOUR));
    holder.renewed_from(end.plus_micros(-DAY));
    holder.retire(&id, end);
    holder.use_at(&id, end.plus_micros(2 * SECOND));
    holder.deviation("CRD-05", &id, "E", (end, None), "something succeeded with it afterwards");
}

/// A key with which somebody tries on after its end.
fn refused_afterwards(holder: &mut Holder<'_>, owner: &str, start: Timestamp) {
    holder.account("T2", owner);
    let end = start.plus_micros(40 * DAY);
    let id = holder.key(start, end.plus_micros(-HOUR));
    holder.renewed_from(end.plus_micros(-DAY));
    holder.retire(&id, end);
    let name = holder.name.clone();
    let by = Caller::Key(&name, &id);
    let call = Call::new(end.plus_micros(DAY), by, "ec2", "DescribeInstances");
    holder.world.aws.call(Call { error: Some("AccessDenied"), ..call });
    let item = credential(&id);
    let place = ("CRD-05", item.as_str(), "F");
    let why = "nobody looked into the refused attempt";
    holder.world.truth.deviation(place, Outcome::NotDemonstrated, (end, None), why);
}

/// A key that is disabled and never deleted.
fn only_disabled(holder: &mut Holder<'_>, owner: &str, start: Timestamp) {
    holder.account("T2", owner);
    let end = start.plus_micros(40 * DAY);
    let id = holder.key(start, end.plus_micros(-HOUR));
    holder.renewed_from(end.plus_micros(-DAY));
    holder.request(&id, end);
    let name = holder.name.clone();
    holder.world.aws.disable(&name, &id, end);
    holder.watch(&id, end, &["D", "E", "F"]);
    holder.deviation("CRD-05", &id, "C", (end, None), "only disabled, and not deleted in time");
}

/// A key that somebody takes out of use without being asked to.
fn unasked(holder: &mut Holder<'_>, owner: &str, start: Timestamp) {
    holder.account("T2", owner);
    let end = start.plus_micros(40 * DAY);
    let id = holder.key(start, end.plus_micros(-HOUR));
    holder.renewed_from(end.plus_micros(-DAY));
    let name = holder.name.clone();
    holder.world.aws.disable(&name, &id, end);
    holder.world.aws.delete(&name, &id, end.plus_micros(3 * DAY));
    holder.watch(&id, end, &["D", "E", "F"]);
    let item = credential(&id);
    let why = "no request and no reason is on record";
    for attribute in ["A", "G"] {
        let place = ("CRD-05", item.as_str(), attribute);
        holder.world.truth.deviation(place, Outcome::NotDemonstrated, (end, None), why);
    }
}

/// A key that is made while the trail is off: listed afterwards, or gone before the next listing.
fn made_in_the_dark(holder: &mut Holder<'_>, owner: &str, listed: bool) -> String {
    holder.account("T2", owner);
    let (off, on) = logging::stop(&holder.world.settings);
    let first = off.plus_micros(-60 * DAY);
    let before = holder.key(first, off.plus_micros(-DAY));
    // However many there are, each is made before the log goes on.
    let made = off.plus_micros(12 * HOUR + i64::from(holder.n % 1_000) * 60 * SECOND);
    let seen = on.plus_micros(2 * DAY + i64::from(holder.n) * SECOND);
    let end = seen.plus_micros(if listed { 70 } else { 20 } * DAY);
    let id = holder.key(made, made);
    holder.use_at(&id, seen);
    holder.uses(&id, seen, end.plus_micros(-HOUR));
    holder.retire(&before, on.plus_micros(3 * DAY));
    holder.renewed_from(end.plus_micros(-DAY));
    if listed {
        holder.retire(&id, end);
    } else {
        holder.request(&id, end);
        let name = holder.name.clone();
        holder.world.aws.delete(&name, &id, end);
        holder.watch(&id, end, &["D", "E", "F"]);
    }
    let item = credential(&id);
    if listed {
        let (none, stretch) = (Outcome::NotDemonstrated, (made, Some(made.plus_micros(1))));
        let why = "the event of its creation is not on record";
        for attribute in ["C", "D"] {
            let place = ("CRD-01", item.as_str(), attribute);
            holder.world.truth.deviation(place, none, stretch, why);
        }
        let place = ("SVC-01", item.as_str(), "D");
        let why = "who made it is not on record";
        holder.world.truth.deviation(place, none, (made, None), why);
    } else {
        let why = "nothing on record tells when it was made";
        holder.world.truth.gap(("CRD-01", &item, "A"), (Some(seen), Some(end)), why);
    }
    id
}

/// A key that two kinds of software use on one day, from two networks; the inventory names who uses
/// it, and not from where.
fn shared(holder: &mut Holder<'_>, owner: &str, start: Timestamp) {
    holder.account("T2", owner);
    let said = inventory::Said { workload: "erp".to_owned(), ..inventory::Said::default() };
    holder.world.declared.users.insert(holder.name.clone(), said);
    let first = start.plus_micros(-20 * DAY);
    let id = holder.key(first, first);
    let day = start.plus_micros(20 * DAY).day_start();
    let name = holder.name.clone();
    let by = Caller::Key(&name, &id);
    let call = |hour: i64| Call::new(day.plus_micros(hour * HOUR), by, "ec2", "DescribeInstances");
    holder.world.aws.call(call(6));
    holder.world.aws.call(Call { ip: "192.0.2.77", agent: "Boto3/1.34.0 md/Botocore", ..call(7) });
    holder.renew(id.clone(), first);
    let item = credential(&id);
    let why = "two networks and two kinds of software on one day";
    let (at, none) = (day.plus_micros(7 * HOUR), Outcome::NotDemonstrated);
    let (account, from) = (identity("user", &name), holder.from());
    let truth = &mut holder.world.truth;
    truth.gap(("CRD-06", &item, "B"), (Some(day), Some(day.plus_micros(DAY))), why);
    let why = "nothing says which environment is there";
    truth.deviation(("CRD-06", &item, "C"), none, (at, Some(at.plus_micros(1))), why);
    let why = "no entry says from where it may act";
    truth.deviation(("AUT-02", &account, "A"), none, (from, None), why);
}
