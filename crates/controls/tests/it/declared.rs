//! What registers declare of those who use credentials and issue them: CRD-01, CRD-02, CRD-03, CRD-05,
//! CRD-06, AUT-01, AUT-02, SVC-01.

use tenure_model::fact::{Fact, UsageEvent, UseOutcome};
use tenure_model::outcome::Outcome::{
    self, Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Judged, LISTING, LOG, arn, begun, ended, key, key_fact, principal, seen, used};
use crate::staff::excepted;
use crate::world::{World, approval, t};

const START: &str = "2025-02-01T00:00:00Z";

/// An entry of the inventory.
fn entry(name: &str, at: &str) -> Fact {
    Fact::new(TableId::Inventory, "register", format!("INV {name} {at}"), begun(at))
        .with("lives_in", "lab")
        .with("name", name)
}

fn workload(name: &str, networks: &str, environment: &str) -> Fact {
    entry(name, START).with("networks", networks).with("environment", environment)
}

fn from(id: &str, at: &str, key: &str, ip: &str) -> UsageEvent {
    UsageEvent { src_ip: Some(ip.to_owned()), ..used(id, at, "bot", key) }
}

fn bot() -> Fact {
    principal("user", "bot", "service_account")
}

/// Workloads, a key declared for the first of them, and uses of it from these addresses, a day apart.
fn consumers(more: Vec<Fact>, addresses: &[&str]) -> Judged {
    let mut facts = vec![
        bot(),
        key("AKIABOT", "bot", "2025-07-01T00:00:00Z"),
        workload("web", "192.0.2.0/28", "production"),
        workload("mail", "192.0.2.16/28", "production"),
        workload("trial", "192.0.2.32/28", "staging"),
        entry("AKIAOTHER", START).with("workload", "mail;trial"),
    ];
    facts.extend(more);
    let day = |n: usize| format!("2025-08-{:02}T10:00:00Z", n + 1);
    let uses = addresses.iter().enumerate();
    let uses = uses.map(|(n, ip)| from(&format!("{n}"), &day(n), "AKIABOT", ip)).collect();
    let mut world = World::new();
    world.run(facts, uses, &[LOG, LISTING]);
    Judged::of(&world, "CRD-06")
}

fn for_web() -> Fact {
    entry("AKIABOT", START).with("workload", "web").with("environment", "production")
}

#[test]
fn a_credential_is_used_from_where_its_declared_consumer_acts() {
    let judged = consumers(
        vec![for_web()],
        &[
            "192.0.2.0",
            "192.0.2.15",
            "192.0.2.16",
            "192.0.2.40",
            "203.0.113.1",
            "athena.amazonaws.com",
        ],
    );
    assert_eq!(judged.outcome("AKIABOT", "A"), Supported);
    let days: Vec<_> = judged.findings("AKIABOT", "B").into_iter().map(|f| (f.1, f.2)).collect();
    let wrong = |day: &str| (Contradicted, t(day));
    let (mail, trial, nobody) =
        ("2025-08-03T10:00:00Z", "2025-08-04T10:00:00Z", "2025-08-05T10:00:00Z");
    assert_eq!(days, [wrong(mail), wrong(trial), wrong(nobody)], "edges of the network are in it");
    let mut c: Vec<_> = judged.findings("AKIABOT", "C").into_iter().map(|f| (f.2, f.1)).collect();
    c.sort();
    assert_eq!(c, [(t(trial), Contradicted), (t(nobody), NotDemonstrated)]);
}

#[test]
fn whom_a_credential_is_for_is_one_at_a_time() {
    let both = entry("AKIABOT", START).with("workload", "web; mail");
    let judged = consumers(vec![both], &["192.0.2.1", "192.0.2.17"]);
    assert_eq!(judged.outcome("AKIABOT", "A"), Contradicted);
    assert_eq!(judged.outcome("AKIABOT", "B"), Supported, "both are declared");
    // Handed over at noon of the second: two entries, one after the other.
    let handed = "2025-08-02T00:00:00Z";
    let before = for_web();
    let gone =
        Fact::new(TableId::Inventory, "register", format!("INV AKIABOT {START}"), ended(handed));
    let after = entry("AKIABOT", handed).with("workload", "mail").with("environment", "production");
    let facts = || vec![before.clone(), gone.clone(), after.clone()];
    let judged = consumers(facts(), &["192.0.2.1", "192.0.2.17"]);
    assert_eq!(judged.outcome("AKIABOT", "A"), Supported);
    assert_eq!(judged.outcome("AKIABOT", "B"), Supported);
    let judged = consumers(facts(), &["192.0.2.17", "192.0.2.1"]);
    assert_eq!(judged.findings("AKIABOT", "B").len(), 2, "each uses it when the other should");
}

#[test]
fn the_holders_entry_counts_where_the_credential_has_none_and_nothing_declared_is_no_pass() {
    let holder = entry("bot", START).with("workload", "web").with("environment", "production");
    let judged = consumers(vec![holder], &["192.0.2.1", "192.0.2.33"]);
    assert_eq!(judged.outcome("AKIABOT", "A"), Supported);
    assert_eq!(judged.outcome("AKIABOT", "B"), Contradicted);
    assert_eq!(judged.outcome("AKIABOT", "C"), Contradicted);
    let judged = consumers(Vec::new(), &["192.0.2.1"]);
    for attribute in ["A", "B", "C"] {
        assert_eq!(judged.outcome("AKIABOT", attribute), NotDemonstrated, "{attribute}");
    }
    // Of a consumer whose networks nobody says, the log's networks are evidence and no proof.
    let other = entry("AKIABOT", START).with("workload", "erp");
    let judged = consumers(vec![other], &["192.0.2.1"]);
    assert_eq!(judged.outcome("AKIABOT", "B"), Supported);
}

/// An exception for the key, with or without a word on how its uses are told apart.
fn accepted(from: &str, to: &str, how: Option<&str>) -> Fact {
    excepted("E-1", "CRD-06", "lab/access-key/AKIABOT", from, to)
        .with_some("compensating_control", how)
}

#[test]
fn what_is_shared_on_purpose_has_an_exception_that_tells_uses_apart() {
    let shared = |more: Vec<Fact>| consumers([vec![for_web()], more].concat(), &["192.0.2.16"]);
    let d = |judged: &Judged| {
        let found = judged.findings("AKIABOT", "D").into_iter();
        found.map(|f| (f.1, f.2)).collect::<Vec<_>>()
    };
    let at = "2025-08-01T10:00:00Z";
    let missing = [(NotDemonstrated, t(at))];
    let (none, how) = (shared(Vec::new()), Some("the proxy logs the host"));
    assert_eq!((none.outcome("AKIABOT", "B"), d(&none)), (Contradicted, missing.to_vec()));
    let covered = shared(vec![accepted("2025-07-01", "2025-08-01T10:00:01Z", how)]);
    assert_eq!(covered.outcome("AKIABOT", "D"), Supported, "in its last second");
    assert_eq!(covered.outcome("AKIABOT", "B"), Contradicted, "it removes nothing");
    assert_eq!(covered.result.deviations.net, 0);
    let ended = shared(vec![accepted("2025-07-01", at, how)]);
    assert_eq!(d(&ended), missing, "it ended in that instant");
    let silent = shared(vec![accepted("2025-07-01", "2025-09-01", None)]);
    assert_eq!(d(&silent), missing, "how uses are told apart is not said");
    assert!(silent.reason("AKIABOT", "D").contains("names no compensating control"));
    assert_eq!(silent.result.deviations.net, 1, "which the exception itself does not cover");
    let alone = consumers(vec![for_web()], &["192.0.2.1"]);
    assert_eq!(alone.outcome("AKIABOT", "D"), NotApplicable, "nothing is shared");
}

/// What CRD-06 says of B with this order of evidence, of a key used from two networks on one day.
fn told_apart(order: &str, more: Vec<Fact>) -> Outcome {
    let facts = [vec![bot(), key("AKIABOT", "bot", "2025-07-01T00:00:00Z")], more].concat();
    let on_one_day = |id: &str, hour: u32, ip: &str| {
        from(id, &format!("2025-08-01T{hour:02}:00:00Z"), "AKIABOT", ip)
    };
    let uses = vec![on_one_day("1", 10, "192.0.2.1"), on_one_day("2", 11, "198.51.100.1")];
    let mut world = World::new();
    world.run(facts, uses, &[LOG, LISTING]);
    let parameters = format!("CRD-06: {{ consumer_key: '{order}' }}\n");
    Judged::with(&world, "CRD-06", &parameters).outcome("AKIABOT", "B")
}

#[test]
fn what_tells_consumers_apart_is_asked_in_order() {
    let said = |networks: Option<&str>| {
        let home = entry("web", START).with_some("networks", networks);
        vec![for_web(), home.with("environment", "production")]
    };
    let both = Some("192.0.2.0/24;198.51.100.0/24");
    for (order, networks, expected) in [
        ("workload > network > software", both, Supported),
        ("workload > network > software", None, Indeterminate),
        ("workload > software", None, Supported),
        ("network > workload", both, Indeterminate),
        ("network > software", Some("192.0.2.0/24"), Indeterminate),
        ("workload > network", Some("192.0.2.0/24"), Contradicted),
    ] {
        assert_eq!(told_apart(order, said(networks)), expected, "{order}, {networks:?}");
    }
}

/// What AUT-02 says of a service account with these networks, after a use in a browser from an
/// address, and alerts.
fn browsing(networks: Option<&str>, ip: &str, alerts: Vec<Fact>) -> Judged {
    let mut facts = vec![
        bot(),
        key("AKIABOT", "bot", "2025-07-01T00:00:00Z"),
        entry(&arn("user", "bot"), START).with_some("networks", networks),
    ];
    facts.extend(alerts);
    let event = UsageEvent {
        user_agent: Some("Mozilla/5.0 (X11)".to_owned()),
        ..from("1", "2025-08-01T10:00:00Z", "AKIABOT", ip)
    };
    let mut world = World::new();
    world.run(facts, vec![event], &[LOG, LISTING]);
    Judged::of(&world, "AUT-02")
}

fn alert(raised: &str, closed: Option<&str>) -> Fact {
    Fact::new(TableId::Alerts, "alert", raised, begun(raised))
        .with("identity", "bot")
        .with("raised_at", t(raised))
        .with_some("disposition", closed.map(|_| "benign"))
        .with_some("closed_at", closed.map(t))
}

#[test]
fn use_from_elsewhere_and_alerts_on_it_are_told_by_registers() {
    for (networks, ip, expected) in [
        (Some("192.0.2.0/24"), "192.0.2.255", Supported),
        (Some("192.0.2.0/24"), "192.0.3.0", Contradicted),
        (None, "192.0.2.1", NotDemonstrated),
    ] {
        assert_eq!(browsing(networks, ip, Vec::new()).outcome("user/bot", "A"), expected, "{ip}");
    }
    // Friday; three business days end on Wednesday.
    let raised = "2025-08-01T10:05:00Z";
    for (alerts, expected) in [
        (Vec::new(), NotDemonstrated),
        (vec![alert(raised, None)], NotDemonstrated),
        (vec![alert(raised, Some("2025-08-06T10:00:00Z"))], Supported),
        (vec![alert(raised, Some("2025-08-06T10:00:01Z"))], Contradicted),
        // What was raised before is about something else.
        (vec![alert("2025-07-31T10:00:00Z", Some("2025-08-02T10:00:00Z"))], NotDemonstrated),
    ] {
        let judged = browsing(Some("192.0.2.0/24"), "192.0.2.1", alerts);
        assert_eq!(judged.outcome("user/bot", "D"), expected);
    }
}

#[test]
fn a_machines_sign_in_is_no_matter_of_its_second_factor() {
    let sign_in = |id: &str, user: &str| UsageEvent {
        service: Some("signin.amazonaws.com".to_owned()),
        action: Some("ConsoleLogin".to_owned()),
        credential_key: None,
        mfa: Some(false),
        ..used(id, "2025-08-01T10:00:00Z", user, "")
    };
    let mut world = World::new();
    let people =
        vec![bot(), principal("user", "ann", "human"), principal("user", "eve", "unknown")];
    let events =
        vec![sign_in("1", "bot"), sign_in("2", "ann"), sign_in("3", "eve"), sign_in("4", "zed")];
    world.run(people, events, &[LOG, LISTING]);
    let judged = Judged::of(&world, "AUT-01");
    assert!(!judged.has("/bot"), "AUT-02 tells of it");
    for person in ["/ann", "/eve", "/zed"] {
        assert_eq!(judged.outcome(person, "D"), Contradicted, "{person}");
    }
}

/// A key that somebody made, with the register of who may, and a request.
fn made_by(maker: &str, issuers: Option<&str>, reason: &str) -> World {
    let at = "2025-08-01T10:00:00Z";
    let facts = vec![
        bot(),
        principal("user", "ann", "human"),
        key("AKIAOLD", "bot", "2025-07-01T00:00:00Z"),
        key_fact("AKIAOLD", "bot", ended("2025-08-02T00:00:00Z")),
        key_fact("AKIABOT", "bot", begun(at)).with("status", "active").with("created_by", maker),
        Fact::new(TableId::Systems, "register", "lab", begun(START)).with_some("issuers", issuers),
        approval("bot", Some("zoe"), "2025-07-31T10:00:00Z")
            .with("title", "a key for bot")
            .with("reason", reason),
    ];
    let mut world = World::new();
    world.run(facts, Vec::new(), &[LOG, LISTING]);
    world
}

#[test]
fn who_may_issue_credentials_is_what_the_register_of_systems_says() {
    let session = "arn:aws:sts::111122223333:assumed-role/pipeline/run";
    let role = arn("role", "pipeline");
    for (maker, issuers, expected) in [
        (session, Some(format!("ANN; {role}")), Supported),
        (&arn("user", "ann"), Some(format!("ANN; {role}")), Supported),
        (&arn("user", "bob"), Some(format!("ANN; {role}")), Contradicted),
        (session, None, NotDemonstrated),
    ] {
        let world = made_by(maker, issuers.as_deref(), "the vendor takes nothing else");
        let judged = Judged::of(&world, "SVC-01");
        assert_eq!(judged.outcome("AKIABOT", "D"), expected, "SVC-01 D by {maker}");
        assert_eq!(judged.outcome("AKIABOT", "E"), Supported, "the request says why");
        let rotated = Judged::of(&world, "CRD-01");
        assert_eq!(rotated.outcome("AKIABOT", "C"), expected, "CRD-01 C by {maker}");
        assert_eq!(rotated.outcome("AKIAOLD", "C"), NotApplicable, "the first is no rotation");
    }
    let judged = Judged::of(&made_by(session, None, " "), "SVC-01");
    assert_eq!(judged.outcome("AKIABOT", "E"), NotDemonstrated, "a blank is no reason");
}

#[test]
fn a_retirement_is_told_to_those_who_depend_and_attempts_are_looked_into() {
    let end = "2025-08-01T12:00:00Z";
    let judged = |notified: Option<&str>, refused: &[&str], closed: Option<&str>| {
        let mut facts = vec![
            bot(),
            key("AKIABOT", "bot", START),
            key_fact("AKIABOT", "bot", ended(end)),
            approval("1", Some("zoe"), "2025-07-31T10:00:00Z")
                .with("title", "retire AKIABOT")
                .with("kind", "retirement")
                .with_some("notified_at", notified.map(t)),
        ];
        facts.extend(closed.map(|at| {
            Fact::new(TableId::Alerts, "alert", "1", begun("2025-08-02T10:00:00Z"))
                .with("credential", "AKIABOT")
                .with("raised_at", t("2025-08-02T10:00:00Z"))
                .with("disposition", "benign")
                .with("closed_at", t(at))
        }));
        let events = refused.iter().map(|at| UsageEvent {
            outcome: Some(UseOutcome::Denied),
            ..used(at, at, "bot", "AKIABOT")
        });
        let mut world = World::new();
        world.run(facts, events.collect(), &[LOG, LISTING]);
        Judged::of(&world, "CRD-05")
    };
    for (notified, expected) in [
        (Some(end), Supported),
        (Some("2025-08-01T12:00:01Z"), Contradicted),
        (None, NotDemonstrated),
    ] {
        assert_eq!(judged(notified, &[], None).outcome("AKIABOT", "G"), expected, "{notified:?}");
    }
    let (tried, again) = ("2025-08-02T09:00:00Z", "2025-08-04T09:00:00Z");
    for (refused, closed, expected) in [
        (&[tried][..], Some("2025-08-03T10:00:00Z"), Supported),
        (&[tried, again][..], Some("2025-08-03T10:00:00Z"), NotDemonstrated),
        (&[tried][..], None, NotDemonstrated),
    ] {
        assert_eq!(judged(None, refused, closed).outcome("AKIABOT", "F"), expected, "{refused:?}");
    }
}

/// A certificate that its holder is issued for a purpose, for so many days of August on.
fn certificate(id: &str, purpose: &str, at: &str, ends: &str) -> Fact {
    Fact::new(TableId::Credentials, "certificate", id, begun(at))
        .with("identity_id", format!("iam/{}", arn("user", "bot")))
        .with("class", "certificate")
        .with("native_kind", "pki")
        .with("public_id", id)
        .with("created_at_src", t(at))
        .with("created_by", "zoe")
        .with("issued_for", purpose)
        .with("expires_at", t(ends))
        .with("expiry_kind", "fixed")
}

#[test]
fn a_certificate_is_renewed_by_one_for_the_same_purpose_unless_it_is_revoked_before() {
    let (born, ends) = ("2025-07-10T00:00:00Z", "2025-09-10T00:00:00Z");
    let revoked = |id: &str, at: &str| {
        Fact::new(TableId::Credentials, "certificate", id, ended(at)).with("revoked_by", "zoe")
    };
    let mut world = World::new();
    world.run(
        vec![
            bot(),
            certificate("web-1", "pki/issue/web", born, ends),
            certificate("web-2", "pki/issue/web", "2025-08-27T00:00:00Z", "2026-08-27T00:00:00Z"),
            certificate("mail-1", "pki/issue/mail", born, ends),
            certificate("gone-1", "pki/issue/gone", born, ends),
            revoked("gone-1", "2025-08-27T00:00:00Z"),
            certificate("gone-2", "pki/issue/gone-late", born, ends),
            revoked("gone-2", "2025-08-27T00:00:01Z"),
        ],
        Vec::new(),
        &[LOG, LISTING],
    );
    let judged = Judged::of(&world, "CRD-02");
    for (item, expected) in [
        ("web-1", Supported),
        ("mail-1", Contradicted),
        ("gone-1", NotApplicable),
        ("gone-2", Contradicted),
    ] {
        assert_eq!(judged.outcome(item, "C"), expected, "{item}");
    }
}

#[test]
fn how_long_a_certificate_may_live_depends_on_when_it_was_issued() {
    let day = 86_400_000_000;
    let issued = [
        ("2025", "2026-03-14T23:59:59Z", 398),
        ("2026", "2026-03-15T00:00:00Z", 200),
        ("2027", "2027-03-15T00:00:00Z", 100),
        ("2029", "2029-03-15T00:00:00Z", 47),
    ];
    let facts = issued.iter().flat_map(|(year, at, days)| {
        let ends = t(at).plus_micros(days * day);
        [("longest", ends), ("longer", ends.plus_micros(1_000_000))]
            .map(|(name, ends)| certificate(&format!("{name}-{year}"), year, at, &ends.to_string()))
    });
    let mut world = World::new();
    world.run([bot()].into_iter().chain(facts).collect(), Vec::new(), &[LOG, LISTING]);
    let judged = Judged::over(&world, "CRD-02", "2025-07-01", "2030-01-01");
    for (year, ..) in issued {
        assert_eq!(judged.outcome(&format!("longest-{year}"), "B"), Supported, "{year}");
        assert_eq!(judged.outcome(&format!("longer-{year}"), "B"), Contradicted, "{year}");
    }
}

#[test]
fn what_expired_is_not_dormant_and_a_certificate_is_shown_to_others() {
    let mut world = World::new();
    world.run(
        vec![
            bot(),
            key_fact("AKIABOT", "bot", seen("2025-07-01")).with("status", "active"),
            certificate("short", "pki/issue/web", "2025-07-10T00:00:00Z", "2025-09-10T00:00:00Z"),
            certificate("long", "pki/issue/mail", "2025-07-10T00:00:00Z", "2025-12-10T00:00:00Z"),
        ],
        Vec::new(),
        &[LOG, LISTING],
    );
    let judged = Judged::of(&world, "CRD-03");
    assert_eq!(judged.outcome("short", "C"), Supported, "it ended before it was dormant");
    let found = judged.findings("long", "C");
    assert_eq!(found.len(), 1, "{found:?}");
    let (_, outcome, from, to) = &found[0];
    assert_eq!(*outcome, Indeterminate, "the log does not say where it is shown");
    assert_eq!((*from, *to), (t("2025-10-15T00:00:00Z"), Some(t("2025-12-10T00:00:00Z"))));
}
