//! Populations against second sources: what only one of them knows is named.

use tenure_model::evaluation::Reconciliation;
use tenure_model::fact::{Basis, Change, Fact, UsageEvent};
use tenure_model::outcome::PopulationVerdict::CompleteWithNotedGaps;
use tenure_model::tables::TableId;

use crate::aws::{Judged, LISTING, LOG, arn, begun, key, key_fact, principal, seen, used};
use crate::staff::{
    ACCOUNTS, GRANTS, INVENTORY, PEOPLE, account, account_fact, entry, left, machine, request,
    worker,
};
use crate::world::{World, granted, t};

fn judged(control: &str, facts: Vec<Fact>, events: Vec<UsageEvent>) -> Judged {
    let mut world = World::new();
    let covered = [PEOPLE, ACCOUNTS, GRANTS, INVENTORY, LOG, LISTING];
    world.run(facts, events, &covered);
    Judged::of(&world, control)
}

fn against(judged: &Judged, name: &str) -> Reconciliation {
    let all = &judged.result.population.reconciliations;
    all.iter().find(|r| r.against == name).unwrap_or_else(|| panic!("{name} in {all:#?}")).clone()
}

/// The things that only one side knows, and whether it is ours.
fn differences(reconciliation: &Reconciliation) -> Vec<(&str, bool)> {
    reconciliation.differences.iter().map(|d| (d.item.as_str(), d.ours)).collect()
}

fn noted(judged: &Judged, text: &str) {
    let notes = judged.result.population.notes.join("\n");
    assert!(notes.contains(text), "{notes}");
    assert!(judged.result.population.verdict >= CompleteWithNotedGaps);
}

#[test]
fn leavers_of_hr_are_compared_with_accounts_closed_in_the_directory() {
    let mut facts = Vec::new();
    for (id, name) in [("1", "ann"), ("2", "bob"), ("3", "cat"), ("4", "dan")] {
        facts.extend([worker(id, name), account(name, "active", "2025-01-01")]);
    }
    facts.extend([
        left("1", "ann", "2025-08-01", Some("2025-08-01")),
        account("ann", "suspended", "2025-08-01T09:00:00Z"),
        left("2", "bob", "2025-08-01", Some("2025-08-01")),
        account("cat", "suspended", "2025-09-01"),
    ]);
    let told = judged("JML-02", facts, Vec::new());
    let compared = against(&told, "accounts closed in lab");
    assert_eq!((compared.ours, compared.theirs, compared.unmatched), (2, 2, 2));
    assert!(!compared.agrees, "as many on each side, and not the same ones");
    assert_eq!(differences(&compared), [("lab/login/bob", true), ("lab/login/cat", false)]);
    assert!(compared.differences[0].reason.contains("was not closed"), "{compared:?}");
    assert!(compared.differences[1].reason.contains("HR tells of no end"), "{compared:?}");
    noted(&told, "compared with accounts closed in lab: 2 here, 2 there, 2 known to one side only");
}

#[test]
fn a_directory_that_agrees_is_said_to_agree() {
    let mut facts = Vec::new();
    for (id, name) in [("1", "ann"), ("2", "bob")] {
        facts.extend([worker(id, name), account(name, "active", "2025-01-01")]);
    }
    facts.push(left("1", "ann", "2025-08-01", Some("2025-08-01")));
    facts.push(account("ann", "suspended", "2025-08-01T09:00:00Z"));
    let compared = against(&judged("JML-02", facts, Vec::new()), "accounts closed in lab");
    assert!(compared.agrees && compared.differences.is_empty(), "{compared:?}");
    assert_eq!((compared.ours, compared.theirs), (1, 1));
}

#[test]
fn grants_that_only_lists_show_are_compared_with_the_log() {
    let listed = |who: &str| {
        Fact::new(TableId::Grants, "member", format!("{who}|prod"), seen("2025-09-01"))
            .with("identity_id", format!("login/{who}"))
            .with("principal", who)
            .with("entitlement", "prod")
    };
    let absent = |who: &str| {
        let change = Change::Absent { at: t("2025-08-01") };
        Fact::new(TableId::Grants, "member", format!("{who}|prod"), change)
    };
    let facts = vec![
        account("ann", "active", "2025-01-01"),
        account("bob", "active", "2025-01-01"),
        granted("ann", "prod", "2025-08-20T10:00:00Z"),
        absent("bob"),
        listed("bob"),
    ];
    let told = judged("JML-01", facts, Vec::new());
    let compared = against(&told, "log of lab");
    assert_eq!((compared.ours, compared.theirs), (2, 1), "{compared:?}");
    assert_eq!(differences(&compared), [("lab/member/bob|prod", true)]);
}

#[test]
fn keys_in_use_that_no_list_has_are_named() {
    // A log tells of a key by its uses, too; that makes it no key on a list.
    let mentioned = key_fact("AKIAGHOST", "ghost", seen("2025-08-02"));
    let facts = vec![
        principal("user", "ci", "service_account"),
        key("AKIACI", "ci", "2025-03-01"),
        mentioned,
    ];
    let events = vec![
        used("1", "2025-08-01", "ci", "AKIACI"),
        used("2", "2025-08-02", "ghost", "AKIAGHOST"),
        used("3", "2025-08-03", "ghost", "ASIASESSION"),
    ];
    let told = judged("CRD-01", facts, events);
    let compared = against(&told, "keys in use by the log of lab");
    assert_eq!((compared.ours, compared.theirs), (1, 2));
    assert_eq!(differences(&compared), [("AKIAGHOST", false)]);
    noted(&told, "e.g. AKIAGHOST (only there: used from 2025-08-02");
}

#[test]
fn accounts_are_compared_with_the_inventory_both_ways() {
    let facts = vec![
        machine("ci", "service_account"),
        machine("shadow", "service_account"),
        entry("ci", "service_account", "2025-01-05"),
        entry("phantom", "service_account", "2025-01-05"),
    ];
    let compared = against(&judged("INV-01", facts, Vec::new()), "inventory of lab");
    assert_eq!((compared.ours, compared.theirs, compared.unmatched), (2, 2, 2));
    assert_eq!(differences(&compared), [("lab/entry/phantom", false), ("lab/login/shadow", true)]);
}

#[test]
fn creations_that_the_log_does_not_tell_of_are_named() {
    let born = |name: &str, change: Change| {
        Fact::new(TableId::Identities, "iam", arn("user", name), change)
            .with("login", name)
            .with("kind", "service_account")
            .with("created_at_src", t("2025-08-05"))
    };
    let at = Change::Begun { at: t("2025-08-05"), basis: Basis::SourceAttribute };
    let facts =
        vec![born("quiet", at), born("told", begun("2025-08-05")).with("created_by", "zoe")];
    let told = judged("SVC-01", facts, Vec::new());
    let compared = against(&told, "creation events in the log of lab");
    assert_eq!((compared.ours, compared.theirs), (2, 1), "{compared:?}");
    assert!(differences(&compared)[0].0.ends_with("user/quiet"), "{compared:?}");
}

#[test]
fn incidents_that_alerts_cite_are_compared_with_those_on_record() {
    let alert = |id: &str, incident: &str| {
        Fact::new(TableId::Alerts, "alert", id, begun("2025-08-01"))
            .with("kind", "identity")
            .with("raised_at", t("2025-08-01"))
            .with("incident_ref", incident)
    };
    let incident = Fact::new(TableId::Incidents, "incident", "7", begun("2025-08-01"))
        .with("incident_ref", "INC-7")
        .with("kind", "identity")
        .with("declared_at", t("2025-08-01"));
    let facts = vec![incident, alert("1", "inc-7"), alert("2", "INC-8")];
    let compared =
        against(&judged("INC-01", facts, Vec::new()), "incidents that alerts of lab cite");
    assert_eq!((compared.ours, compared.theirs), (1, 2));
    assert_eq!(differences(&compared), [("inc-8", false)]);
}

#[test]
fn merges_are_compared_with_deployments_both_ways_and_with_tickets() {
    let change = |id: &str, kind: &str, at: &str| {
        Fact::new(TableId::Changes, "change", id, begun(at))
            .with("kind", kind)
            .with("system_changed", "shop")
            .with("merged_at", t(at))
    };
    let facts = vec![
        change("m1", "merge", "2025-08-01").with("change_ref", "PR-1"),
        change("m2", "merge", "2025-08-02").with("change_ref", "PR-2"),
        change("d1", "deployment", "2025-08-03")
            .with("changes", "PR-1; PR-3")
            .with("environment", "production"),
        request("PR-1", "change", "shop", "zoe", "2025-07-31"),
        request("CHG-9", "change", "shop", "zoe", "2025-08-09"),
    ];
    let told = judged("CHG-01", facts, Vec::new());
    let merges = against(&told, "merged changes of shop");
    assert_eq!((merges.ours, merges.theirs, merges.unmatched), (2, 2, 2));
    assert_eq!(differences(&merges), [("pr-2", false), ("pr-3", true)]);
    let tickets = against(&told, "tickets for changes in lab");
    assert_eq!(differences(&tickets), [("chg-9", false)]);
}

#[test]
fn the_register_of_systems_is_compared_with_what_is_collected() {
    let system = |name: &str| Fact::new(TableId::Systems, "system", name, begun("2025-01-01"));
    let facts = vec![system("lab"), system("mainframe"), machine("ci", "service_account")];
    let compared =
        against(&judged("GOV-01", facts, Vec::new()), "systems whose accounts are collected");
    assert_eq!(differences(&compared), [("mainframe", true)]);
}

#[test]
fn personal_accounts_of_nobody_on_record_are_named() {
    let facts = vec![
        worker("1", "ann"),
        account("ann", "active", "2025-01-01"),
        account_fact("stranger", begun("2025-01-01")).with("status", "active"),
    ];
    let told = judged("AUT-01", facts, Vec::new());
    let compared = against(&told, "people on record, for lab");
    assert_eq!((compared.ours, compared.theirs), (2, 1));
    assert_eq!(differences(&compared), [("lab/login/stranger", true)]);
}

/// Where there is no second source, nothing is compared, and nothing is said to agree.
#[test]
fn without_a_second_source_nothing_is_compared() {
    for control in ["AUT-01", "CHG-01", "CRD-01", "INC-01", "INV-01", "JML-01", "SVC-01"] {
        let facts = vec![account("ann", "active", "2025-01-01")];
        let told = judged(control, facts, Vec::new());
        assert_eq!(told.result.population.reconciliations, [], "{control}");
    }
}
