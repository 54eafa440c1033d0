//! MON-01 and MON-02: whether logs are whole and say enough. And what a listing that was refused in
//! part leaves of the controls that rest on it.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::{Fact, UsageEvent};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::outcome::PopulationVerdict;
use tenure_model::tables::TableId;

use crate::aws::{
    Cover, Judged, LISTING, LOG, admin, assert_nothing_is_no_pass, begun, ended, key, key_fact,
    principal, used,
};
use crate::world::{World, t};

fn trail(setting: &str, value: &str, at: &str) -> Fact {
    Fact::new(TableId::Configurations, "trail-setting", format!("main#{setting}"), begun(at))
        .with("scope", "trail:main")
        .with("setting", setting)
        .with("value", value)
}

fn logs(facts: Vec<Fact>, covered: &[Cover]) -> Judged {
    let mut world = World::new();
    world.run(facts, vec![used("1", "2025-08-01T10:00:00Z", "bot", "AKIABOT")], covered);
    Judged::of(&world, "MON-01")
}

const FROM_AUGUST: Cover = ("usage", "2025-08-01", "2025-12-01", Proven);

#[test]
fn mon_01_finds_the_uncovered_stretches() {
    let within: Cover = ("usage", "2025-09-01", "2025-09-02", Gap);
    let beyond: Cover = ("usage", "2025-10-01", "2025-10-02T00:00:01Z", Gap);
    let judged = logs(Vec::new(), &[FROM_AUGUST, within, beyond]);
    assert_eq!(judged.result.population.count, 1);
    let found: Vec<_> =
        judged.findings("lab usage", "B").into_iter().map(|f| (f.1, f.2, f.3)).collect();
    assert_eq!(
        found,
        [
            (NotDemonstrated, t("2025-07-01"), Some(t("2025-08-01"))),
            (Contradicted, t("2025-10-01"), Some(t("2025-10-02T00:00:01Z"))),
            (NotDemonstrated, t("2025-12-01"), None),
        ],
        "24 hours are tolerated, a second more is not"
    );
    let dark = logs(Vec::new(), &[]).findings("lab usage", "B");
    assert_eq!(dark, [("B".to_owned(), NotDemonstrated, t("2025-07-01"), None)]);
    for missing in ["A", "C", "D", "E", "F"] {
        assert_eq!(judged.outcome("lab usage", missing), NotDemonstrated, "{missing}");
    }
}

#[test]
fn mon_01_tolerates_less_where_identities_of_the_first_tier_are() {
    let hole: Cover = ("usage", "2025-09-01T00:00:00Z", "2025-09-01T04:00:01Z", Gap);
    let near: Cover = ("usage", "2025-09-01T00:00:00Z", "2025-09-01T04:00:00Z", Gap);
    let first = || vec![principal("user", "bot", "service_account").with("tier", "T1")];
    assert_eq!(logs(first(), &[LOG, hole]).outcome("lab usage", "B"), Contradicted);
    assert_eq!(logs(first(), &[LOG, near]).outcome("lab usage", "B"), Supported);
    assert_eq!(logs(Vec::new(), &[LOG, hole]).outcome("lab usage", "B"), Supported);
}

#[test]
fn mon_01_follows_the_settings_of_trails() {
    let judged = logs(
        vec![
            trail("logging", "on", "2025-03-01T00:00:00Z"),
            trail("logging", "off", "2025-09-01T00:00:00Z"),
            trail("logging", "on", "2025-09-03T00:00:00Z"),
            trail(
                "event-selectors",
                r#"[{"readWriteType": "ReadOnly", "includeManagementEvents": true}]"#,
                "2025-12-30T00:00:00Z",
            ),
        ],
        &[LOG],
    );
    assert_eq!(judged.result.population.count, 2, "the log and its trail");
    let found: Vec<_> =
        judged.findings("trail:main", "A").into_iter().map(|f| (f.1, f.2, f.3)).collect();
    assert_eq!(
        found,
        [
            (Contradicted, t("2025-09-01"), Some(t("2025-09-03"))),
            (Contradicted, t("2025-12-30"), None),
        ]
    );
    assert_eq!(judged.outcome("trail:main", "B"), NotApplicable, "that is told of the log");
    assert_eq!(judged.outcome("lab usage", "A"), NotApplicable, "that is told of the trail");
}

fn week(events: Vec<UsageEvent>) -> Judged {
    let mut world = World::new();
    let bot = principal("user", "bot", "service_account");
    world.run(vec![bot], events, &[LOG]);
    Judged::of(&world, "MON-02")
}

#[test]
fn mon_02_counts_what_events_do_not_say() {
    let at = "2025-08-05T10:00:00Z";
    let nobody = UsageEvent {
        actor: None,
        actor_name: None,
        actor_type: None,
        ..used("none", at, "bot", "AKIABOT")
    };
    let stranger = used("stranger", at, "mallory", "AKIAX");
    let bare = UsageEvent { resource: None, src_ip: None, ..used("bare", at, "bot", "AKIABOT") };
    let many = |odd: &UsageEvent, n: usize| {
        let mut all: Vec<_> = (1..n).map(|i| used(&i.to_string(), at, "bot", "AKIABOT")).collect();
        all.push(odd.clone());
        week(all)
    };
    for (odd, attribute, n, expected) in [
        (&nobody, "A", 100, Supported),
        (&nobody, "A", 99, Contradicted),
        (&stranger, "B", 200, Supported),
        (&stranger, "B", 199, Contradicted),
        (&bare, "D", 99, Indeterminate),
        (&bare, "F", 100, Supported),
        (&bare, "F", 99, Contradicted),
    ] {
        let judged = many(odd, n);
        assert_eq!(judged.result.population.count, 1);
        assert_eq!(judged.outcome("2025-08-04", attribute), expected, "{attribute} in {n}");
    }
    let stranger = many(&stranger, 10);
    assert!(stranger.reason("2025-08-04", "B").contains("user/mallory"));
}

#[test]
fn mon_02_wants_agents_to_name_their_principal() {
    let mut world = World::new();
    let agent = principal("user", "agent", "ai_agent");
    let named = UsageEvent {
        on_behalf_of: Some("ann".to_owned()),
        ..used("1", "2025-08-05T10:00:00Z", "agent", "AKIA1")
    };
    let silent = used("2", "2025-08-12T10:00:00Z", "agent", "AKIA1");
    world.run(vec![agent], vec![named, silent], &[LOG]);
    let judged = Judged::of(&world, "MON-02");
    assert_eq!(judged.outcome("2025-08-04", "H"), Supported);
    assert_eq!(judged.outcome("2025-08-11", "H"), Contradicted);
}

#[test]
fn mon_02_takes_for_an_agent_what_the_inventory_calls_one() {
    let mut world = World::new();
    let entered = Fact::new(TableId::Inventory, "entry", "AG-1", begun("2025-01-01"))
        .with("lives_in", "lab")
        .with("name", "triage")
        .with("kind", "ai_agent");
    let role = principal("role", "triage", "assumable_role");
    let silent = used("1", "2025-08-05T10:00:00Z", "triage", "ASIA1");
    let silent = UsageEvent { actor: Some(crate::aws::arn("role", "triage")), ..silent };
    world.run(vec![role, entered], vec![silent], &[LOG]);
    assert_eq!(Judged::of(&world, "MON-02").outcome("2025-08-04", "H"), Contradicted);
}

/// One call of the listing was refused: nobody knows what is not on it.
#[test]
fn a_listing_refused_in_part_leaves_its_controls_not_demonstrated() {
    let mut facts = vec![
        principal("user", "bot", "service_account"),
        key("AKIABOT", "bot", "2025-10-05T00:00:00Z"),
        key("AKIAGONE", "bot", "2025-02-01T00:00:00Z"),
        key_fact("AKIAGONE", "bot", ended("2025-08-01T00:00:00Z")),
    ];
    facts.extend(admin("user", "bot", "2025-12-01T00:00:00Z"));
    let earlier: Cover = ("iam-state", "2025-09-01", "2025-09-01T00:00:01Z", Proven);
    let refused: Cover = ("iam-state", "2025-12-31", "2025-12-31T00:00:01Z", Gap);
    let all = ["CRD-01", "CRD-02", "CRD-03", "CRD-05", "PRA-01", "PRA-02", "SVC-01", "SVC-02"];
    let refuses = |covered: &[Cover], controls: &[&str]| {
        let mut world = World::new();
        world.run(facts.clone(), Vec::new(), covered);
        let verdict = |control: &&str| Judged::of(&world, control).result.population.verdict;
        let mut verdicts = controls.iter().map(verdict);
        verdicts.all(|verdict| verdict == PopulationVerdict::NotDemonstrated)
    };
    assert!(refuses(&[LOG, earlier, refused], &all), "the last listing decides");
    assert!(refuses(&[LOG], &["CRD-02", "SVC-01"]), "no listing at all");
    for control in ["CRD-02", "PRA-01", "SVC-01"] {
        assert!(!refuses(&[LOG, LISTING], &[control]), "{control}");
        let repaired: Cover = ("iam-state", "2026-01-05", "2026-01-06", Proven);
        assert!(!refuses(&[LOG, refused, repaired], &[control]), "{control}: made good since");
    }
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("MON-02");
}
