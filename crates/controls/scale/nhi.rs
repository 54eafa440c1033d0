//! The cloud: service accounts, workloads and agents, their credentials, rights and uses.

use std::error::Error;

use tenure_model::fact::{Basis, Change, Fact, UsageEvent, UseOutcome};
use tenure_model::tables::TableId;

use crate::company::{Company, DAYS, at, chance, day, email, some_day};
use crate::out::Run;

/// Days on which each credential is used.
const USED: u64 = 20;

/// The day on which an identity was created; most were there before.
pub(crate) fn created(nhi: u64) -> i64 {
    if chance(nhi, 50).is_multiple_of(10) { some_day(nhi, 51) } else { -1 }
}

/// The public id of a version of its key.
pub(crate) fn key(nhi: u64, version: u64) -> String {
    format!("AKIA{nhi:08}V{version}")
}

/// What kind of identity it is.
pub(crate) fn kind(nhi: u64) -> &'static str {
    match nhi % 100 {
        0 => "ai_agent",
        1..10 => "assumable_role",
        10..30 => "workload",
        _ => "service_account",
    }
}

pub(crate) fn write(company: &Company, last: bool, run: &mut Run) -> Result<(), Box<dyn Error>> {
    let today = i64::try_from(DAYS)?;
    if !last {
        for right in 0..company.rights() {
            let seen = Change::Seen { at: day(-30) };
            let fact = Fact::new(TableId::Entitlements, "policy", format!("policy{right}"), seen);
            run.fact(fact.with("privileged", right % 20 == 0))?;
        }
    }
    for nhi in 0..company.nhi {
        let versions = 1 + chance(nhi, 60) % 4;
        if last {
            if chance(nhi, 61).is_multiple_of(18) {
                run.used(&used(company, nhi, versions - 1, today, 999))?;
            }
            if nhi % 5_000 == 9 {
                run.fact(
                    identity(nhi, Change::Seen { at: at(today, nhi) }).with("purpose", "changed"),
                )?;
            }
            continue;
        }
        let begun = created(nhi);
        run.fact(identity(nhi, Change::Seen { at: at(begun, nhi) }))?;
        owner(company, nhi, begun, run)?;
        for number in 0..1 + chance(nhi, 62) % 2 {
            run.fact(grant(company, nhi, number, begun))?;
        }
        acts(nhi, begun, run)?;
        for version in 0..versions {
            credential(company, nhi, version, versions, run)?;
        }
    }
    Ok(())
}

fn identity(nhi: u64, change: Change) -> Fact {
    Fact::new(TableId::Identities, "login", format!("svc-{nhi}"), change)
        .with("login", format!("svc-{nhi}"))
        .with("kind", kind(nhi))
        .with("kind_basis", "made")
        .with("status", "active")
        .with("environment", if nhi.is_multiple_of(3) { "production" } else { "staging" })
        .with("tier", ["T1", "T2", "T3"][usize::try_from(nhi % 3).unwrap_or(0)])
        .with_some("created_by", (created(nhi) >= 0).then_some("admin"))
        .with("created_at_src", at(created(nhi), nhi))
}

/// The event of its creation; and for a role, that somebody assumed it.
fn acts(nhi: u64, begun: i64, run: &mut Run) -> Result<(), Box<dyn Error>> {
    let event = |id: String, on: i64, action: &str, actor: String| UsageEvent {
        event_id: id,
        event_time: Some(at(on, nhi)),
        service: Some("iam".to_owned()),
        action: Some(action.to_owned()),
        actor_type: Some("user".to_owned()),
        actor: Some(actor),
        resource: Some(format!("svc-{nhi}")),
        src_ip: Some("10.2.0.1".to_owned()),
        outcome: Some(UseOutcome::Success),
        ..UsageEvent::default()
    };
    if begun >= 0 {
        run.used(&event(format!("n{nhi}"), begun, "CreateUser", "admin".to_owned()))?;
    }
    if kind(nhi) == "assumable_role" {
        let who = format!("u{}", chance(nhi, 65) % 5_000);
        let assumed = event(format!("a{nhi}"), some_day(nhi, 66).max(begun), "AssumeRole", who);
        run.used(&UsageEvent { issued_key: Some(format!("ASIA{nhi}")), ..assumed })?;
    }
    Ok(())
}

fn owner(company: &Company, nhi: u64, begun: i64, run: &mut Run) -> Result<(), Box<dyn Error>> {
    if chance(nhi, 63).is_multiple_of(20) {
        return Ok(());
    }
    let seen = Change::Seen { at: at(begun, nhi) };
    let fact = Fact::new(TableId::Ownerships, "tag", format!("svc-{nhi}"), seen);
    let fact = fact.with("target_table", "identities").with("target", format!("svc-{nhi}"));
    let fact = fact.with("owner", email(chance(nhi, 64) % company.people));
    run.fact(fact.with("role", "primary").with("source", "tag"))
}

fn grant(company: &Company, nhi: u64, number: u64, begun: i64) -> Fact {
    let policy = format!("policy{}", chance(nhi, 70 + number) % company.rights());
    let change = if begun < 0 {
        Change::Seen { at: at(begun, nhi) }
    } else {
        Change::Begun { at: at(begun, nhi), basis: Basis::Event }
    };
    Fact::new(TableId::Grants, "attachment", format!("svc-{nhi}|{policy}"), change)
        .with("identity_id", format!("login/svc-{nhi}"))
        .with("entitlement_id", format!("policy/{policy}"))
        .with("principal", format!("svc-{nhi}"))
        .with("entitlement", policy)
}

/// The stretch of a version: each stands until some days after the next was made.
fn stretch(nhi: u64, version: u64, versions: u64) -> (i64, Option<i64>) {
    let begun = created(nhi).max(0);
    let length = (i64::try_from(DAYS).unwrap_or(0) - begun) / i64::try_from(versions).unwrap_or(1);
    let step = i64::try_from(version).unwrap_or(0);
    let overlap = i64::try_from(chance(nhi, 80 + version) % 6).unwrap_or(0);
    let to = begun + (step + 1) * length + overlap;
    (begun + step * length, (version + 1 < versions).then_some(to.min(363)))
}

fn credential(
    company: &Company,
    nhi: u64,
    version: u64,
    versions: u64,
    run: &mut Run,
) -> Result<(), Box<dyn Error>> {
    let (from, to) = stretch(nhi, version, versions);
    let name = key(nhi, version);
    let born = if version == 0 && created(nhi) < 0 {
        Change::Seen { at: at(-1, nhi) }
    } else {
        Change::Begun { at: at(from, nhi), basis: Basis::Event }
    };
    let fact = Fact::new(TableId::Credentials, "key", name.clone(), born)
        .with("identity_id", format!("login/svc-{nhi}"))
        .with("class", if nhi.is_multiple_of(7) { "certificate" } else { "static_secret" })
        .with("native_kind", "access_key")
        .with("public_id", name.clone())
        .with("status", "active")
        .with("created_at_src", at(from, nhi))
        .with("slot", format!("access_key_{}", version % 2 + 1));
    run.fact(fact)?;
    let end = to.unwrap_or(i64::try_from(DAYS)?);
    for number in 0..USED {
        let length = u64::try_from((end - from).max(1))?;
        let on = from + i64::try_from(chance(nhi, 400 + version * USED + number) % length)?;
        run.used(&used(company, nhi, version, on, version * USED + number))?;
    }
    if let Some(to) = to {
        let ended = Change::Ended { at: at(to, nhi), basis: Basis::Event };
        run.fact(Fact::new(TableId::Credentials, "key", name, ended))?;
    }
    Ok(())
}

fn used(company: &Company, nhi: u64, version: u64, on: i64, number: u64) -> UsageEvent {
    let agent = kind(nhi) == "ai_agent" && number.is_multiple_of(2);
    UsageEvent {
        event_id: format!("c{nhi}-{number}"),
        event_time: Some(at(on, chance(nhi, number))),
        account: Some("cloud".to_owned()),
        service: Some(
            ["storage", "queue", "iam"][usize::try_from(nhi % 3).unwrap_or(0)].to_owned(),
        ),
        action: Some(if nhi.is_multiple_of(2) { "Get" } else { "Put" }.to_owned()),
        actor_type: Some("service".to_owned()),
        actor: Some(format!("svc-{nhi}")),
        credential_key: Some(key(nhi, version)),
        src_ip: Some(format!("10.1.{}.{}", nhi / 250 % 250, nhi % 250)),
        outcome: Some(UseOutcome::Success),
        on_behalf_of: agent.then(|| email(nhi % company.people)),
        ..UsageEvent::default()
    }
}
