//! The desk: registers, requests, reviews, changes, alerts, incidents, policy exceptions.

use std::error::Error;

use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;

use crate::company::{Company, DAYS, at, chance, day, email, some_day};
use crate::nhi::{created, key, kind};
use crate::out::Run;
use crate::people::hired;

pub(crate) fn write(company: &Company, last: bool, run: &mut Run) -> Result<(), Box<dyn Error>> {
    if last {
        for number in 0..company.people / 500 + 1 {
            run.fact(alert(company, 1_000_000 + number, i64::try_from(DAYS)?))?;
        }
        return Ok(());
    }
    registers(company, run)?;
    inventory(company, run)?;
    requests(company, run)?;
    reviews(company, run)?;
    work(company, run)
}

fn fact(table: TableId, native_type: &'static str, id: String, on: i64, seed: u64) -> Fact {
    Fact::new(table, native_type, id, Change::Begun { at: at(on, seed), basis: Basis::Event })
}

fn registers(company: &Company, run: &mut Run) -> Result<(), Box<dyn Error>> {
    for system in ["hr", "directory", "cloud", "desk"] {
        let seen = Fact::new(TableId::Systems, "row", system, Change::Seen { at: day(-30) });
        let seen = seen.with("name", system).with("access_owner", email(3)).with("tier", "T1");
        run.fact(seen.with("review_owner", email(4)).with("offboarding_owner", email(5)))?;
    }
    for rule in 0..20 {
        let right = |what| format!("right{}", chance(rule, what) % company.rights());
        let seen = Fact::new(
            TableId::DutyRules,
            "row",
            format!("sod{rule}"),
            Change::Seen { at: day(-30) },
        );
        run.fact(
            seen.with("left_duty", right(1)).with("right_duty", right(2)).with("severity", "high"),
        )?;
    }
    for vendor in 0..company.people / 200 + 5 {
        let seen =
            Fact::new(TableId::Vendors, "row", format!("v{vendor}"), Change::Seen { at: day(-30) });
        let seen = seen.with("name", format!("Vendor {vendor}")).with("owner", email(vendor));
        let seen = seen
            .with("assessed_at", at(some_day(vendor, 1) - 200, vendor))
            .with("approved_at", day(-200));
        run.fact(seen.with("contract_ends", day(some_day(vendor, 2) + 60)))?;
        let begun = fact(TableId::Integrations, "app", format!("app{vendor}"), -10, vendor);
        let begun = begun.with("vendor", format!("v{vendor}")).with("scopes", "read;write");
        run.fact(
            begun.with("identity", format!("svc-{}", vendor * 7)).with("consented_at", day(-10)),
        )?;
    }
    Ok(())
}

fn inventory(company: &Company, run: &mut Run) -> Result<(), Box<dyn Error>> {
    for nhi in (0..company.nhi).filter(|nhi| !chance(*nhi, 90).is_multiple_of(25)) {
        let on = created(nhi);
        let seen = Fact::new(
            TableId::Inventory,
            "row",
            format!("inv{nhi}"),
            Change::Seen { at: at(on, nhi) },
        );
        let seen = seen
            .with("lives_in", "cloud")
            .with("name", format!("svc-{nhi}"))
            .with("kind", kind(nhi));
        let seen = seen
            .with("owner", email(chance(nhi, 64) % company.people))
            .with("purpose", "batch work");
        let seen =
            seen.with("workload", format!("app{}", nhi % 5_000)).with("environment", "production");
        let seen =
            seen.with("tier", "T2").with("registered_at", at(on, nhi)).with("acts_for", "recorded");
        let seen = seen.with_some("attested_at", attested(nhi, on)?);
        run.fact(seen.with("scopes", format!("policy{}", chance(nhi, 70) % company.rights())))?;
    }
    Ok(())
}

/// Every five months; of one in twenty nobody ever did.
fn attested(nhi: u64, on: i64) -> Result<Option<String>, Box<dyn Error>> {
    if chance(nhi, 91).is_multiple_of(20) {
        return Ok(None);
    }
    let days = (0..).map(|n| on.max(-100) + n * 150);
    let until = i64::try_from(DAYS)?;
    let instants: Vec<_> =
        days.take_while(|on| *on < until).map(|on| at(on, nhi).to_string()).collect();
    Ok(Some(instants.join(" ")))
}

fn approval(id: String, kind: &'static str, on: i64, who: u64) -> Fact {
    fact(TableId::Approvals, "request", id.clone(), on, who)
        .with("request_ref", id)
        .with("kind", kind)
        .with("requested_at", at(on - 2, who))
        .with("resolved_at", at(on - 1, who))
        .with("approver", email(who / 10))
        .with("outcome", "approved")
}

fn requests(company: &Company, run: &mut Run) -> Result<(), Box<dyn Error>> {
    for person in 0..company.people {
        for number in 0..10 {
            if chance(person, 300 + number).is_multiple_of(8)
                && !chance(person, 500 + number).is_multiple_of(10)
            {
                let on = some_day(person, 310 + number).max(hired(person));
                let asked = approval(format!("REQ-{person}-{number}"), "access", on, person);
                run.fact(
                    asked.with("requested_for", email(person)).with("requested_by", email(person)),
                )?;
            }
        }
    }
    for nhi in (0..company.nhi).filter(|nhi| created(*nhi) >= 0) {
        let asked = approval(format!("NEW-{nhi}"), "creation", created(nhi), nhi % company.people);
        let asked = asked.with("title", format!("Create svc-{nhi} for batch work"));
        run.fact(asked.with("requested_for", format!("svc-{nhi}")))?;
    }
    Ok(())
}

/// Each quarter privileged rights, once a year every right.
fn reviews(company: &Company, run: &mut Run) -> Result<(), Box<dyn Error>> {
    for quarter in 0..4 {
        let on = i64::try_from(quarter * 90 + 20)?;
        let begun = fact(TableId::ReviewCampaigns, "campaign", format!("q{quarter}"), on, 1);
        let begun = begun.with("system_reviewed", "directory").with("scope", "directory");
        let begun = begun.with("access_class", if quarter == 1 { "user" } else { "privileged" });
        let begun =
            begun.with("started_at", day(on)).with("due_at", day(on + 20)).with("state", "closed");
        run.fact(begun.with("signed_off_at", day(on + 15)).with("signed_off_by", email(3)))?;
        for person in 0..company.people {
            for number in 3..10 {
                let right = chance(person, 200 + number) % company.rights();
                if right.is_multiple_of(20) || quarter == 1 {
                    review(person, right, quarter, on, run)?;
                }
            }
        }
    }
    Ok(())
}

fn review(
    person: u64,
    right: u64,
    quarter: u64,
    on: i64,
    run: &mut Run,
) -> Result<(), Box<dyn Error>> {
    let id = format!("q{quarter}-u{person}-{right}");
    let item = fact(TableId::ReviewItems, "item", id.clone(), on, person);
    let target = format!("directory/member/u{person}|right{right}");
    run.fact(item.with("campaign", format!("q{quarter}")).with("target", target))?;
    let revoked = chance(person, 600 + right).is_multiple_of(40);
    let decided = fact(TableId::ReviewDecisions, "decision", id.clone(), on + 5, person);
    let decided =
        decided.with("item", id.clone()).with("decision", if revoked { "revoke" } else { "keep" });
    let decided =
        decided.with("reviewer", email(person / 10)).with("assigned_to", email(person / 10));
    run.fact(
        decided
            .with("decided_at", at(on + 5, person))
            .with("justification", "still needed for the work"),
    )?;
    if revoked {
        let done = fact(TableId::Remediations, "remediation", id.clone(), on + 8, person);
        run.fact(
            done.with("decision", id)
                .with("action", "remove")
                .with("executed_at", at(on + 8, person)),
        )?;
    }
    Ok(())
}

fn alert(company: &Company, number: u64, on: i64) -> Fact {
    let raised = fact(TableId::Alerts, "alert", format!("al{number}"), on, number);
    let raised = raised.with("rule", format!("rule{}", number % 40)).with("severity", "medium");
    let raised = raised.with(
        "kind",
        ["identity", "privilege", "secret_exposure", "test"]
            [usize::try_from(number % 4).unwrap_or(0)],
    );
    let nhi = chance(number, 1) % company.nhi;
    let raised = raised.with("identity", format!("svc-{nhi}")).with("credential", key(nhi, 0));
    let raised = raised
        .with("raised_at", at(on, number))
        .with("assigned_to", email(number % company.people));
    raised
        .with("triaged_at", at(on, number).plus_micros(3_600_000_000))
        .with("triaged_by", email(1))
        .with("disposition", "benign")
}

fn work(company: &Company, run: &mut Run) -> Result<(), Box<dyn Error>> {
    for number in 0..company.people / 5 {
        run.fact(alert(company, number, some_day(number, 700)))?;
    }
    for number in 0..company.people / 500 + 5 {
        let on = some_day(number, 701);
        let found = fact(TableId::Incidents, "incident", format!("inc{number}"), on, number);
        let found = found
            .with("kind", "identity")
            .with("severity", "high")
            .with("detected_at", at(on, number));
        let found =
            found.with("declared_at", at(on, number)).with("contained_at", at(on + 1, number));
        run.fact(
            found.with("identities", format!("svc-{number}")).with("closed_at", at(on + 9, number)),
        )?;
    }
    for number in 0..company.people {
        let on = some_day(number, 702);
        let made = fact(TableId::Changes, "change", format!("pr{number}"), on, number);
        let made = made
            .with("change_ref", format!("pr{number}"))
            .with("author", email(number))
            .with("approver", email(number / 10));
        let made = made
            .with("merged_at", at(on, number))
            .with("environment", "production")
            .with("tests", "passed");
        run.fact(
            made.with("kind", if number % 4 == 0 { "deployment" } else { "merge" })
                .with("changes", format!("pr{}", number / 2)),
        )?;
    }
    for number in 0..company.people / 100 + 5 {
        let on = some_day(number, 703);
        let waived = fact(TableId::Exceptions, "exception", format!("ex{number}"), on, number);
        let waived = waived
            .with("kind", "control_exception")
            .with("control_id", "JML-01")
            .with("rationale", "a migration");
        let waived = waived
            .with("target", format!("directory/member/u{number}|right1"))
            .with("approved_by", email(2));
        run.fact(waived.with("approved_at", at(on, number)).with("expires_at", day(on + 90)))?;
    }
    for number in 0..40 {
        let on = some_day(number, 704);
        let held = fact(TableId::Exercises, "row", format!("drill{number}"), on, number);
        let held = held.with("kind", "revocation").with("target", format!("svc-{}", number * 100));
        run.fact(held.with("held_at", at(on, number)).with("seconds", 300_i64))?;
    }
    Ok(())
}
