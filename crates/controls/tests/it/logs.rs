//! MON-01 and MON-02: how long a log is kept, who administers it, how far its clock is off; and what
//! its records do not say.

use tenure_model::entry::CoverageStatus::Gap;
use tenure_model::fact::{Change, Fact, UsageEvent};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, LOG, admin, begun, ended, principal, used};
use crate::staff::worker;
use crate::world::{World, t};

const USED: &str = "2025-08-05T10:00:00Z";

fn setting(scope: &str, setting: &str, value: &str, change: Change) -> Fact {
    let id = format!("{scope}#{setting}#{value}");
    Fact::new(TableId::Configurations, "register", id, change)
        .with("scope", scope)
        .with("setting", setting)
        .with("value", value)
}

fn lifecycle(value: &str, at: &str) -> Fact {
    Fact::new(TableId::Configurations, "bucket-setting", "logs#lifecycle", begun(at))
        .with("scope", "bucket:logs")
        .with("setting", "lifecycle")
        .with("value", value)
        .with("changed_by", "zoe")
}

fn trail(shape: &str) -> Fact {
    Fact::new(TableId::Configurations, "trail-setting", "main#trail", begun("2025-01-02"))
        .with("scope", "trail:main")
        .with("setting", "trail")
        .with("value", shape)
}

fn judged(facts: Vec<Fact>) -> Judged {
    let mut world = World::new();
    world.run(facts, vec![used("1", USED, "bot", "AKIABOT")], &[LOG]);
    Judged::of(&world, "MON-01")
}

const SHAPE: &str = r#"{"name": "main", "s3BucketName": "logs"}"#;

#[test]
fn a_bucket_keeps_the_log_as_long_as_its_lifecycle_says() {
    let facts = vec![
        trail(SHAPE),
        lifecycle("none", "2025-01-01"),
        lifecycle("400d AWSLogs/;30d tmp/", "2025-02-01"),
        lifecycle("399d", "2025-09-01T00:00:00Z"),
        lifecycle("400d AWS", "2025-09-04T00:00:00Z"),
        lifecycle("10d AWSLogs/111122223333/", "2025-12-01T00:00:00Z"),
    ];
    let judged = judged(facts);
    let found = judged.findings("lab usage", "C");
    let found: Vec<_> = found.into_iter().map(|f| (f.1, f.2, f.3)).collect();
    let short = (Contradicted, t("2025-09-01"), Some(t("2025-09-04")));
    assert_eq!(found, [short, (Contradicted, t("2025-12-01"), None)]);
    assert_eq!(judged.outcome("trail:main", "C"), NotApplicable, "that is told of the log");
}

#[test]
fn what_a_rule_removes_may_lie_below_the_prefix_of_the_trail() {
    let prefixed = r#"{"s3BucketName": "logs", "s3KeyPrefix": "org"}"#;
    let of = |shape: &str, rule: &str| {
        judged(vec![trail(shape), lifecycle(rule, "2025-01-01")]).outcome("lab usage", "C")
    };
    assert_eq!(of(prefixed, "30d AWSLogs/"), Supported, "other objects");
    assert_eq!(of(prefixed, "30d org/"), Contradicted);
    assert_eq!(of(SHAPE, "30d org/"), Supported);
    assert_eq!(of(SHAPE, "30d ?"), NotDemonstrated, "nobody knows whether the log is meant");
    assert_eq!(of(SHAPE, "500d ?"), Supported, "whatever is meant");
    assert_eq!(of(SHAPE, "? AWSLogs/"), NotDemonstrated, "nobody knows when");
}

#[test]
fn a_bucket_that_no_trail_writes_to_says_nothing() {
    let alone = judged(vec![lifecycle("900d", "2025-01-01")]);
    assert_eq!(alone.outcome("lab usage", "C"), NotDemonstrated);
}

#[test]
fn a_register_of_settings_says_how_long_a_log_is_kept_and_how_its_clock_is() {
    let facts = vec![
        setting("log:lab", "retention", "400d", begun("2025-01-01")),
        setting("log:lab", "retention", "400d", ended("2025-10-01")),
        setting("log:lab", "clock-offset", "-60s", begun("2025-01-01")),
        setting("log:lab", "clock-offset", "-60s", ended("2025-08-01")),
        setting("log:lab", "clock-offset", "1.1m", begun("2025-08-01")),
        setting("log:lab", "clock-offset", "1.1m", ended("2025-09-01")),
        setting("log:lab", "clock-offset", "well", begun("2025-09-01")),
        setting("log:other", "retention", "1d", begun("2025-01-01")),
    ];
    let judged = judged(facts);
    let of = |attribute| {
        let found = judged.findings("lab usage", attribute);
        found.into_iter().map(|f| (f.1, f.2, f.3)).collect::<Vec<_>>()
    };
    assert_eq!(of("C"), [(NotDemonstrated, t("2025-10-01"), None)]);
    let off = (Contradicted, t("2025-08-01"), Some(t("2025-09-01")));
    assert_eq!(of("F"), [off, (NotDemonstrated, t("2025-09-01"), None)]);
}

#[test]
fn who_administers_the_log_holds_no_privileged_right_in_the_system() {
    let keeps = |name: &str| setting("log:lab", "administrators", name, begun("2025-01-01"));
    let with = |names: &str| {
        let mut facts = vec![worker("1", "ann"), worker("2", "ben"), keeps(names)];
        let ben = principal("user", "ben", "human").with("email", "ben@x");
        facts.extend([ben, principal("user", "bot", "service_account")]);
        facts.extend(admin("user", "ben", "2025-09-01T00:00:00Z"));
        let [_, grant] = admin("user", "ben", "2025-09-01T00:00:00Z");
        facts.push(Fact { change: ended("2025-10-01T00:00:00Z"), ..grant });
        judged(facts)
    };
    assert_eq!(with("ann@x").outcome("lab usage", "E"), Supported);
    let both = with("ann@x; ben@x").findings("lab usage", "E");
    let both: Vec<_> = both.into_iter().map(|f| (f.1, f.2, f.3)).collect();
    assert_eq!(both, [(Contradicted, t("2025-09-01"), Some(t("2025-10-01")))]);
    assert_eq!(with("ben").outcome("lab usage", "E"), Contradicted, "by the account");
    let unknown = with("ann@x; the team");
    assert_eq!(unknown.outcome("lab usage", "E"), NotDemonstrated);
    assert!(unknown.reason("lab usage", "E").contains("the team"));
}

fn week(odd: &UsageEvent, covered: &[Cover]) -> Judged {
    let mut world = World::new();
    world.run(vec![principal("user", "bot", "service_account")], vec![odd.clone()], covered);
    Judged::of(&world, "MON-02")
}

#[test]
fn an_outcome_that_is_neither_success_nor_refusal_is_one() {
    let silent = UsageEvent { outcome: None, ..used("1", USED, "bot", "AKIABOT") };
    let asked = UsageEvent { error_code: Some("CHALLENGE".to_owned()), ..silent.clone() };
    assert_eq!(week(&silent, &[LOG]).outcome("2025-08-04", "G"), Contradicted);
    assert_eq!(week(&asked, &[LOG]).outcome("2025-08-04", "G"), Supported);
}

#[test]
fn a_target_is_looked_for_in_parameters_of_aws_alone() {
    let bare = UsageEvent { resource: None, ..used("1", USED, "bot", "AKIABOT") };
    assert_eq!(week(&bare, &[LOG]).outcome("2025-08-04", "D"), Indeterminate);
    let okta = UsageEvent { service: Some("okta".to_owned()), ..bare };
    assert_eq!(week(&okta, &[LOG]).outcome("2025-08-04", "D"), Contradicted);
}

#[test]
fn what_a_log_is_known_to_lack_is_indeterminate() {
    let lost: Cover = ("usage", "2025-08-10T12:00:00Z", "2025-08-11T12:00:00Z", Gap);
    let judged = week(&used("1", USED, "bot", "AKIABOT"), &[LOG, lost]);
    for attribute in ["A", "B", "C", "D", "E", "F", "G"] {
        let found = judged.findings("2025-08-04", attribute);
        let found: Vec<_> = found.into_iter().map(|f| (f.1, f.2, f.3)).collect();
        let open = (Indeterminate, t("2025-08-10T12:00:00Z"), Some(t("2025-08-11")));
        assert_eq!(found, [open], "{attribute}");
    }
}
