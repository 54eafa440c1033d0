//! The directory: accounts of people, rights, groups, grants, sign-ins.

use std::error::Error;

use tenure_model::fact::{Basis, Change, Fact, UsageEvent, UseOutcome};
use tenure_model::tables::TableId;

use crate::company::{Company, DAYS, at, chance, day, email, some_day};
use crate::out::Run;
use crate::people::{hired, left};

/// Days with sign-ins of each account.
const SIGN_INS: u64 = 20;

pub(crate) fn write(company: &Company, last: bool, run: &mut Run) -> Result<(), Box<dyn Error>> {
    if last {
        return last_day(company, run);
    }
    rights(company, run)?;
    for person in 0..company.people {
        account(person, run)?;
        for number in 0..10 {
            grant(company, person, number, run)?;
        }
        for number in 0..SIGN_INS {
            run.used(&sign_in(person, some_day(person, 100 + number), number))?;
        }
    }
    Ok(())
}

fn last_day(company: &Company, run: &mut Run) -> Result<(), Box<dyn Error>> {
    let today = i64::try_from(DAYS)?;
    for person in 0..company.people {
        if chance(person, 7).is_multiple_of(3) {
            run.used(&sign_in(person, today, 99))?;
        }
        if person % 2_000 == 7 {
            let begun = Change::Begun { at: at(today, person), basis: Basis::Event };
            run.fact(held(company, person, 11, begun).1)?;
        }
    }
    Ok(())
}

fn rights(company: &Company, run: &mut Run) -> Result<(), Box<dyn Error>> {
    let seen = Change::Seen { at: day(-30) };
    for right in 0..company.rights() {
        let fact = Fact::new(TableId::Entitlements, "right", format!("right{right}"), seen);
        let fact = fact.with("name", format!("right {right}")).with("privileged", right % 20 == 0);
        run.fact(fact.with("level", if right % 20 == 0 { "admin" } else { "read" }))?;
    }
    for group in 0..company.groups() {
        let fact = Fact::new(TableId::Entitlements, "group", format!("group{group}"), seen);
        run.fact(fact.with("name", format!("group {group}")).with("purpose", "membership"))?;
        for number in 0..5 {
            let right = format!("right{}", chance(group, number) % company.rights());
            let change = Change::Begun { at: day(-20), basis: Basis::Event };
            let fact = Fact::new(TableId::Grants, "team", format!("group{group}|{right}"), change);
            let fact = fact.with("entitlement_id", format!("right/{right}"));
            run.fact(fact.with("principal", format!("group{group}")).with("entitlement", right))?;
        }
    }
    Ok(())
}

fn account(person: u64, run: &mut Run) -> Result<(), Box<dyn Error>> {
    let begun = hired(person).max(-1);
    let name = format!("u{person}");
    let seen = Fact::new(
        TableId::Identities,
        "login",
        name.clone(),
        Change::Seen { at: at(begun, person) },
    );
    let seen = seen.with("login", name.clone()).with("kind", "human").with("email", email(person));
    let seen = seen.with("status", "active").with("mfa", !person.is_multiple_of(50));
    run.fact(seen.with("created_at_src", day(hired(person))))?;
    let Some(left) = left(person).filter(|left| *left > begun) else { return Ok(()) };
    // Most accounts go within a day; some stay.
    if !chance(person, 6).is_multiple_of(10) {
        let late = if chance(person, 8).is_multiple_of(5) { 5 } else { 0 };
        let ended = Change::Ended { at: at(left + late, person), basis: Basis::Event };
        run.fact(Fact::new(TableId::Identities, "login", name, ended))?;
    }
    Ok(())
}

/// The n-th right or membership of a person.
fn held(company: &Company, person: u64, number: u64, change: Change) -> (String, Fact) {
    let of = chance(person, 200 + number);
    let (kind, name) = match number % 10 {
        0..3 => ("group", format!("group{}", of % company.groups())),
        _ => ("right", format!("right{}", of % company.rights())),
    };
    let id = format!("u{person}|{name}");
    let fact = Fact::new(TableId::Grants, "member", id.clone(), change)
        .with("identity_id", format!("login/u{person}"))
        .with("entitlement_id", format!("{kind}/{name}"))
        .with("principal", format!("u{person}"))
        .with("entitlement", name);
    (id, fact)
}

fn grant(company: &Company, person: u64, number: u64, run: &mut Run) -> Result<(), Box<dyn Error>> {
    let hired = hired(person).max(-1);
    let fresh = chance(person, 300 + number).is_multiple_of(8);
    let on = if fresh { some_day(person, 310 + number).max(hired) } else { hired };
    let change = if fresh {
        Change::Begun { at: at(on, number), basis: Basis::Event }
    } else {
        Change::Seen { at: at(on, number) }
    };
    let (id, fact) = held(company, person, number, change);
    let asked = fresh.then(|| format!("REQ-{person}-{number}"));
    run.fact(fact.with_some("approval_ref", asked))?;
    let gone = match left(person).filter(|left| *left > on) {
        Some(left) if !chance(person, 6).is_multiple_of(10) => Some(left),
        _ if chance(person, 320 + number).is_multiple_of(12) => Some(on + 40).filter(|d| *d < 360),
        _ => None,
    };
    if let Some(gone) = gone {
        let ended = Change::Ended { at: at(gone + 1, number), basis: Basis::Event };
        run.fact(Fact::new(TableId::Grants, "member", id, ended))?;
    }
    Ok(())
}

fn sign_in(person: u64, on: i64, number: u64) -> UsageEvent {
    UsageEvent {
        event_id: format!("s{person}-{number}"),
        event_time: Some(at(on, chance(person, number))),
        service: Some("directory".to_owned()),
        action: Some("SignIn".to_owned()),
        actor_type: Some("user".to_owned()),
        actor: Some(format!("u{person}")),
        src_ip: Some(format!("10.0.{}.{}", person / 250 % 250, person % 250)),
        outcome: Some(if number == 7 { UseOutcome::Denied } else { UseOutcome::Success }),
        mfa: Some(!person.is_multiple_of(50)),
        ..UsageEvent::default()
    }
}
