//! CRD-01, CRD-02, CRD-03: age, bounds and disuse of credentials.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::outcome::PopulationVerdict;
use tenure_model::tables::TableId;

use crate::aws::{
    Cover, Judged, LISTING, LOG, arn, assert_nothing_is_no_pass, ended, key, key_fact, principal,
    seen, status, used,
};
use crate::staff::excepted;
use crate::world::{World, t};

fn world(facts: Vec<Fact>) -> World {
    let mut world = World::new();
    world.run(facts, Vec::new(), &[LOG, LISTING]);
    world
}

fn bot() -> Fact {
    principal("user", "bot", "service_account")
}

#[test]
fn a_key_is_too_old_from_the_instant_it_exceeds_the_maximum() {
    let judged = Judged::of(
        &world(vec![
            bot(),
            principal("user", "low", "service_account").with("tier", "T3"),
            key("AKIAOLD", "bot", "2025-02-01T12:00:00Z"),
            key("AKIANEAR", "low", "2025-07-05T00:00:00Z"),
            key_fact("AKIANEAR", "low", ended("2026-01-01T00:00:00Z")),
            key("AKIASAFE", "safe", "2025-10-03T00:00:01Z"),
        ]),
        "CRD-01",
    );
    assert_eq!(judged.result.population.verdict, PopulationVerdict::DemonstratedComplete);
    let old = judged.result.deviations.list.iter().find(|d| d.item.contains("OLD")).expect("old");
    assert_eq!((old.attribute.as_str(), old.outcome), ("A", Contradicted));
    assert_eq!((old.from, old.to), (t("2025-07-01"), None), "since 2 May, clipped to the period");
    assert!(old.carry_in && old.carry_out);
    assert_eq!(judged.outcome("NEAR", "A"), Supported, "exactly 180 days of tier T3");
    assert_eq!(judged.outcome("SAFE", "A"), Supported, "a second short of 90 days");
    assert_eq!(judged.outcome("SAFE", "C"), NotApplicable, "a first key is no rotation");
    assert_eq!(judged.outcome("SAFE", "E"), NotDemonstrated, "no triggers are on record");
}

#[test]
fn an_inactive_key_does_not_age_into_a_deviation() {
    let judged = Judged::of(
        &world(vec![
            bot(),
            key("AKIAOFF", "bot", "2025-06-01T00:00:00Z"),
            status("AKIAOFF", "bot", "inactive", "2025-08-01T00:00:00Z"),
            status("AKIAOFF", "bot", "active", "2025-12-01T00:00:00Z"),
            key_fact("AKIAOFF", "bot", ended("2025-12-11T00:00:00Z")),
        ]),
        "CRD-01",
    );
    let found = judged.findings("AKIAOFF", "A");
    assert_eq!(found.len(), 1, "only the ten days after it was switched on again: {found:?}");
    assert_eq!((found[0].2, found[0].3), (t("2025-12-01"), Some(t("2025-12-11"))));
    assert_eq!(judged.result.figures["violating_days"], "41.000", "July and those ten, for E");
}

#[test]
fn an_unknown_age_is_indeterminate_until_it_is_certainly_too_much() {
    let judged = Judged::of(
        &world(vec![bot(), key_fact("AKIASEEN", "bot", seen("2025-07-11T00:00:00Z"))]),
        "CRD-01",
    );
    let found: Vec<_> =
        judged.findings("AKIASEEN", "A").into_iter().map(|f| (f.1, f.2, f.3)).collect();
    assert_eq!(
        found,
        [
            (Indeterminate, t("2025-07-11"), Some(t("2025-10-09"))),
            (Contradicted, t("2025-10-09"), None),
        ]
    );
}

#[test]
fn two_active_keys_are_no_rotation_beyond_the_overlap() {
    for (off, expected) in
        [("2025-08-08T00:00:00Z", Supported), ("2025-08-08T00:00:01Z", Contradicted)]
    {
        let judged = Judged::of(
            &world(vec![
                bot(),
                key("AKIAONE", "bot", "2025-07-01T00:00:00Z"),
                key("AKIATWO", "bot", "2025-08-01T00:00:00Z"),
                status("AKIAONE", "bot", "inactive", off),
            ]),
            "CRD-01",
        );
        assert_eq!(judged.outcome("AKIAONE", "B"), expected, "switched off {off}");
        assert_eq!(judged.outcome("AKIATWO", "B"), Supported);
        assert_eq!(judged.outcome("AKIATWO", "C"), NotDemonstrated, "no authorised process known");
        assert_eq!(judged.outcome("AKIATWO", "D"), Supported, "its creation is in the log");
    }
}

#[test]
fn a_slot_of_a_report_is_not_counted_beside_its_key() {
    let slot = |at: &str, created: &str| {
        Fact::new(TableId::Credentials, "slot", format!("bot/{created}"), seen(at))
            .with("identity_id", format!("iam/{}", arn("user", "bot")))
            .with("class", "static_secret")
            .with("native_kind", "access_key_slot")
            .with("status", "active")
            .with("slot", "access_key_1")
            .with("created_at_src", t(created))
    };
    let listed = key_fact("AKIAONE", "bot", seen("2025-08-01"))
        .with("status", "active")
        .with("created_at_src", t("2025-07-15T10:00:00Z"));
    let facts = vec![
        bot(),
        listed,
        slot("2025-08-01", "2025-07-15T10:00:00Z"),
        slot("2025-08-01", "2024-01-15T10:00:00Z"),
    ];
    let world = world(facts);
    for control in ["CRD-01", "CRD-02", "CRD-03"] {
        assert_eq!(Judged::of(&world, control).result.population.count, 2, "{control}");
    }
}

/// The slot is the same, the key in it another: each version has the age of its own key.
#[test]
fn a_slot_ages_with_the_key_that_stands_in_it() {
    let slot = |at: &str| {
        let change = tenure_model::fact::Change::Begun {
            at: t(at),
            basis: tenure_model::fact::Basis::SourceAttribute,
        };
        Fact::new(TableId::Credentials, "slot", "bot/1", change)
            .with("identity_id", format!("iam/{}", arn("user", "bot")))
            .with("class", "static_secret")
            .with("native_kind", "access_key_slot")
            .with("status", "active")
            .with("material", format!("created {at}"))
            .with("created_at_src", t(at))
    };
    let judged = Judged::of(&world(vec![bot(), slot("2025-03-01"), slot("2025-12-01")]), "CRD-01");
    let found: Vec<_> = judged.findings("bot/1", "A").into_iter().map(|f| (f.2, f.3)).collect();
    assert_eq!(found, [(t("2025-07-01"), Some(t("2025-12-01")))], "until the key was replaced");
    assert_eq!(judged.outcome("bot/1", "D"), NotDemonstrated, "the listing alone tells of it");
}

#[test]
fn issuance_without_an_end_is_a_deviation_and_carried_in_once() {
    let token = |id: &str, at: &str, expires: Option<&str>| {
        Fact::new(TableId::Credentials, "token", id, crate::aws::begun(at))
            .with("class", "static_secret")
            .with("native_kind", "token")
            .with("public_id", id)
            .with("created_by", "zoe")
            .with("status", "active")
            .with_some("expires_at", expires.map(t))
    };
    let mut world = World::new();
    world.run(
        vec![
            bot(),
            key("AKIANEW", "bot", "2025-08-01T00:00:00Z"),
            key("AKIACARRIED", "bot", "2024-08-01T00:00:00Z"),
            key("AKIAGONE", "bot", "2024-08-01T00:00:00Z"),
            key_fact("AKIAGONE", "bot", ended("2025-06-30T23:59:59Z")),
            token("tok-max", "2025-08-01T00:00:00Z", Some("2025-10-30T00:00:00Z")),
            token("tok-over", "2025-08-01T00:00:00Z", Some("2025-10-30T00:00:01Z")),
            token("tok-silent", "2025-08-01T00:00:00Z", None),
            token("tok-late", "2026-01-01T00:00:00Z", Some("2026-02-01T00:00:00Z")),
        ],
        vec![used("1", "2025-11-01T00:00:00Z", "bot", "tok-max")],
        &[LOG, LISTING],
    );
    let judged = Judged::of(&world, "CRD-02");
    assert_eq!(judged.result.population.count, 5);
    assert!(!judged.has("GONE") && !judged.has("tok-late"));
    assert_eq!(judged.outcome("NEW", "A"), Contradicted);
    assert_eq!(judged.outcome("CARRIED", "A"), Contradicted);
    assert!(judged.item("CARRIED").label.contains("carried in, issued 2024-08-01"));
    assert_eq!(judged.outcome("tok-max", "B"), Supported, "90 days to the second");
    assert_eq!(judged.outcome("tok-max", "D"), Contradicted, "used after its end");
    assert_eq!(judged.outcome("tok-over", "B"), Contradicted);
    assert_eq!(judged.outcome("tok-over", "D"), Supported);
    assert_eq!(judged.outcome("tok-silent", "A"), NotDemonstrated);
}

/// A key made in June, used on the given days.
fn dormant(uses: &[&str], covered: &[Cover]) -> Judged {
    let mut world = World::new();
    let events = uses.iter().map(|at| used(at, at, "bot", "AKIABOT")).collect();
    world.run(vec![bot(), key("AKIABOT", "bot", "2025-06-01T00:00:00Z")], events, covered);
    Judged::of(&world, "CRD-03")
}

#[test]
fn dormancy_begins_after_limit_and_grace() {
    let judged = dormant(&["2025-08-01T00:00:00Z"], &[LOG, LISTING]);
    assert_eq!(judged.result.population.count, 1, "its user has credentials, so it is no item");
    let found = judged.findings("AKIABOT", "A");
    assert_eq!(found, [("A".to_owned(), Contradicted, t("2025-11-06"), None)], "97 days");
    let near = dormant(&["2025-09-26T00:00:01Z"], &[LOG, LISTING]);
    assert_eq!(near.findings("AKIABOT", "A"), [], "a second inside 97 days at the period's end");
    assert_eq!(
        near.findings("AKIABOT", "C"),
        [("C".to_owned(), Contradicted, t("2025-09-06"), Some(t("2025-09-26T00:00:01Z")))],
        "never used until then, counted from its creation"
    );
}

/// Dormant from 6 November on, by what it does and what is on record beside it.
fn resting(more: Vec<Fact>) -> Judged {
    let mut world = World::new();
    let facts = vec![bot(), key("AKIABOT", "bot", "2025-06-01T00:00:00Z")];
    let uses = vec![used("1", "2025-08-01T00:00:00Z", "bot", "AKIABOT")];
    world.run([facts, more].concat(), uses, &[LOG, LISTING]);
    Judged::of(&world, "CRD-03")
}

fn off(at: &str) -> Fact {
    status("AKIABOT", "bot", "inactive", at)
}

fn accepted(from: &str, to: &str) -> Fact {
    excepted("E-1", "CRD-03", "lab/access-key/AKIABOT", from, to)
}

#[test]
fn what_went_dormant_is_disabled_within_the_grace_or_not() {
    for (at, b, d) in [
        ("2025-10-29T23:59:59Z", NotApplicable, NotApplicable),
        ("2025-11-05T23:59:59Z", Supported, NotApplicable),
        ("2025-11-06T00:00:00Z", Supported, NotApplicable),
        ("2025-11-06T00:00:01Z", Contradicted, NotDemonstrated),
    ] {
        let judged = resting(vec![off(at)]);
        assert_eq!(judged.outcome("AKIABOT", "B"), b, "{at}");
        assert_eq!(judged.outcome("AKIABOT", "D"), d, "{at}");
        let findings = |attribute| {
            let found = judged.findings("AKIABOT", attribute).into_iter();
            found.map(|(_, _, from, to)| (from, to)).collect::<Vec<_>>()
        };
        assert_eq!(findings("B"), findings("A"), "the same stretch");
        assert_eq!(findings("D"), findings("A"));
    }
    let busy = dormant(&["2025-06-02", "2025-08-01", "2025-10-01", "2025-12-01"], &[LOG, LISTING]);
    assert_eq!(busy.outcome("AKIABOT", "B"), NotApplicable, "never dormant");
}

#[test]
fn a_documented_reason_covers_what_it_is_in_force_for() {
    let whole = resting(vec![accepted("2025-11-06", "2026-01-01")]);
    assert_eq!(whole.outcome("AKIABOT", "A"), Contradicted, "it annotates, and removes nothing");
    assert_eq!(whole.outcome("AKIABOT", "D"), Supported);
    let deviations = &whole.result.deviations;
    assert_eq!((deviations.gross, deviations.net), (2, 0));
    let late = resting(vec![accepted("2025-11-06T00:00:01Z", "2026-01-01")]);
    let missing = |from: &str, to: &str| ("D".to_owned(), NotDemonstrated, t(from), Some(t(to)));
    assert_eq!(late.findings("AKIABOT", "D"), [missing("2025-11-06", "2025-11-06T00:00:01Z")]);
    let short = resting(vec![accepted("2025-11-01", "2025-12-01"), off("2025-12-02")]);
    assert_eq!(short.findings("AKIABOT", "D"), [missing("2025-12-01", "2025-12-02")]);
    assert_eq!(short.reason("AKIABOT", "D"), "no policy exception covers it");
    let mut other = accepted("2025-11-06", "2026-01-01");
    other = other.with("control_id", "CRD-01");
    assert_eq!(resting(vec![other]).outcome("AKIABOT", "D"), NotDemonstrated);
}

#[test]
fn a_hole_in_the_log_makes_dormancy_indeterminate_until_the_limit_has_passed_again() {
    let covered = [
        LOG,
        ("usage", "2025-07-01", "2025-07-02", Gap),
        ("iam-state", "2025-12-31", "2026-01-01", Proven),
    ];
    let judged = dormant(&["2025-06-02T00:00:00Z"], &covered);
    let found: Vec<_> =
        judged.findings("AKIABOT", "A").into_iter().map(|f| (f.1, f.2, f.3)).collect();
    assert_eq!(
        found,
        [
            (Indeterminate, t("2025-09-07"), Some(t("2025-10-07"))),
            (Contradicted, t("2025-10-07"), None),
        ],
        "97 days after the hole the log alone shows the disuse"
    );
    let b: Vec<_> = judged.findings("AKIABOT", "B").into_iter().map(|f| (f.1, f.2, f.3)).collect();
    assert_eq!(b, found, "so whether it should have been disabled is open as long");
    let d: Vec<_> = judged.findings("AKIABOT", "D").into_iter().map(|f| (f.1, f.2)).collect();
    assert_eq!(d, [(NotDemonstrated, t("2025-10-07"))], "what is certain needs a reason");
    let none = dormant(
        &["2025-06-02T00:00:00Z"],
        &[("usage", "2024-01-01", "2024-02-01", Proven), LISTING],
    );
    let only: Vec<_> = none.findings("AKIABOT", "A").into_iter().map(|f| f.1).collect();
    assert_eq!(only, [Indeterminate], "never a silent pass, never a deviation without a log");
}

#[test]
fn the_systems_own_record_of_last_use_answers_where_the_log_is_silent() {
    let mut world = World::new();
    let listed = key_fact("AKIABOT", "bot", seen("2025-12-31"))
        .with("status", "active")
        .with("created_at_src", t("2025-01-01"))
        .with("last_used_at", t("2025-05-01"));
    let person = principal("user", "ann", "human");
    let password =
        Fact::new(TableId::Credentials, "login-profile", arn("user", "ann"), seen("2025-12-31"))
            .with("identity_id", format!("iam/{}", arn("user", "ann")))
            .with("class", "password")
            .with("native_kind", "login_profile")
            .with("status", "active")
            .with("created_at_src", t("2025-11-01"))
            .with("never_used", true);
    world.run(
        vec![bot(), listed, person, password],
        Vec::new(),
        &[("iam-state", "2025-12-31", "2025-12-31T12:00:00Z", Proven)],
    );
    let judged = Judged::of(&world, "CRD-03");
    assert_eq!(judged.result.population.verdict, PopulationVerdict::NotDemonstrated, "no log");
    assert!(judged.reason("AKIABOT", "A").contains("own record, last used 2025-05-01"));
    assert_eq!(judged.outcome("AKIABOT", "A"), Contradicted, "from 6 August on");
    assert_eq!(judged.outcome("user/ann", "C"), Contradicted, "45 and 7 days: from 23 December on");
}

#[test]
fn nothing_on_record_is_no_pass() {
    for control in ["CRD-01", "CRD-02", "CRD-03"] {
        assert_nothing_is_no_pass(control);
    }
}
