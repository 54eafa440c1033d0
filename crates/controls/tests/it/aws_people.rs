//! AUT-01 and AUT-02: how people sign in, and people behind what is no person.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::{Fact, UsageEvent};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::outcome::PopulationVerdict;
use tenure_model::tables::TableId;

use crate::aws::{
    Cover, Judged, LISTING, LOG, arn, assert_nothing_is_no_pass, begun, key, principal, seen, used,
};
use crate::staff::account;
use crate::world::{World, entitlement, granted, removed, t};

fn sign_in(id: &str, at: &str, who: &str, mfa: Option<bool>) -> UsageEvent {
    let root = who == "root";
    UsageEvent {
        service: Some("signin.amazonaws.com".to_owned()),
        action: Some("ConsoleLogin".to_owned()),
        actor_type: Some(if root { "Root" } else { "IAMUser" }.to_owned()),
        actor_name: (!root).then(|| who.to_owned()),
        actor: Some(if root {
            "arn:aws:iam::111122223333:root".to_owned()
        } else {
            arn("user", who)
        }),
        credential_key: None,
        mfa,
        read_only: Some(false),
        ..used(id, at, who, "")
    }
}

fn password(user: &str) -> Fact {
    Fact::new(TableId::Credentials, "login-profile", arn("user", user), seen("2025-01-01"))
        .with("identity_id", format!("iam/{}", arn("user", user)))
        .with("class", "password")
        .with("native_kind", "login_profile")
        .with("status", "active")
}

fn people(covered: &[Cover]) -> Judged {
    let mut world = World::new();
    world.run(
        vec![
            principal("user", "ann", "human").with("mfa", true),
            principal("user", "bob", "human").with("mfa", false),
            principal("user", "eve", "unknown"),
            password("ann"),
            password("bob"),
            password("eve"),
        ],
        vec![
            sign_in("1", "2025-08-01T10:00:00Z", "root", Some(false)),
            sign_in("2", "2025-08-02T10:00:00Z", "ann", Some(true)),
            sign_in("3", "2025-08-03T10:00:00Z", "bob", Some(false)),
            sign_in("4", "2025-08-04T10:00:00Z", "eve", None),
        ],
        covered,
    );
    Judged::of(&world, "AUT-01")
}

#[test]
fn aut_01_tells_sign_ins_enrolment_and_missing_policies_apart() {
    let judged = people(&[LOG]);
    assert_eq!(judged.result.population.count, 4, "three people and the root identity");
    assert_eq!(judged.result.population.verdict, PopulationVerdict::DemonstratedComplete);
    for (who, attribute, expected) in [
        ("/ann", "C", Supported),
        ("/ann", "D", Supported),
        ("/bob", "C", Contradicted),
        ("/bob", "D", Contradicted),
        ("/eve", "C", NotDemonstrated),
        ("/eve", "D", NotDemonstrated),
        ("/root", "D", Contradicted),
        ("/root", "F", Contradicted),
        ("/ann", "A", NotDemonstrated),
        ("/ann", "B", NotDemonstrated),
        ("/ann", "E", NotDemonstrated),
    ] {
        assert_eq!(judged.outcome(who, attribute), expected, "{attribute} of {who}");
    }
}

#[test]
fn aut_01_takes_silence_for_nothing_where_the_log_has_a_hole() {
    let judged = people(&[LOG, ("usage", "2025-12-01", "2026-01-01", Gap)]);
    assert_eq!(judged.outcome("/ann", "D"), Indeterminate);
    let found = judged.findings("/ann", "D");
    assert_eq!((found[0].2, found[0].3), (t("2025-12-01"), None));
    let dark = people(&[]);
    assert_eq!(dark.outcome("/ann", "D"), Indeterminate, "a log of which nothing is stated");
    assert_eq!(dark.result.population.verdict, PopulationVerdict::NotDemonstrated);
}

/// An account that holds a privileged right from September to November, with these factors.
fn privileged(parameters: &str, factors: &[(&str, &str)]) -> Judged {
    let mut facts = vec![
        account("ann", "active", "2025-01-01").with("mfa", true),
        entitlement("admin", true),
        granted("ann", "admin", "2025-09-01"),
        removed("ann", "admin", "2025-11-01"),
    ];
    facts.extend(factors.iter().map(|(kind, since)| {
        Fact::new(TableId::Credentials, "factor", format!("{kind} {since}"), begun(since))
            .with("identity_id", "login/ann")
            .with("class", "mfa_factor")
            .with_some("native_kind", (!kind.is_empty()).then_some(*kind))
            .with("status", "active")
    }));
    let mut world = World::new();
    world.run(facts, Vec::new(), &[LOG, ("okta-state", "2025-01-01", "2026-06-01", Proven)]);
    Judged::with(&world, "AUT-01", parameters)
}

#[test]
fn who_is_privileged_has_factors_that_resist_phishing_alone() {
    let key = ("fido:webauthn", "2025-02-01");
    let codes = |since| ("okta:token:software:totp", since);
    for (factors, expected) in [
        (vec![key], Supported),
        (vec![("okta:signed_nonce", "2025-02-01")], Supported),
        (vec![key, codes("2025-10-31T23:59:59Z")], Contradicted),
        (vec![key, codes("2025-11-01")], Supported),
        (vec![("okta:push", "2025-02-01")], Contradicted),
        (vec![("u2f", "2025-02-01")], Supported),
        (vec![("virtual_mfa", "2025-02-01")], Contradicted),
        (vec![key, ("", "2025-02-01")], NotDemonstrated),
        (vec![], NotDemonstrated),
    ] {
        assert_eq!(privileged("", &factors).outcome("login/ann", "C"), expected, "{factors:?}");
    }
    let found = privileged("", &[codes("2025-02-01")]).findings("login/ann", "C");
    let (from, to) = (t("2025-09-01"), Some(t("2025-11-01")));
    assert_eq!(found, [("C".to_owned(), Contradicted, from, to)], "while the right is held");
    let of = |value: &str| format!("AUT-01: {{ phishing_resistant_for: {value} }}\n");
    let nobody = privileged(&of("nobody"), &[codes("2025-02-01")]);
    assert_eq!(nobody.outcome("login/ann", "C"), Supported);
    let everybody = privileged(&of("everybody"), &[codes("2025-02-01")]);
    assert_eq!(everybody.findings("login/ann", "C")[0].3, None, "with or without the right");
}

fn agents(covered: &[Cover]) -> Judged {
    let with = |id: &str, at: &str, user: &str, key: &str, agent: &str| UsageEvent {
        user_agent: Some(agent.to_owned()),
        ..used(id, at, user, key)
    };
    let issued = UsageEvent {
        action: Some("AssumeRole".to_owned()),
        actor_type: Some("AWSService".to_owned()),
        actor: None,
        actor_name: Some("ec2.amazonaws.com".to_owned()),
        credential_key: None,
        resource: Some(arn("role", "web/job")),
        issued_key: Some("ASIA1".to_owned()),
        ..used("10", "2025-08-05T09:00:00Z", "", "")
    };
    let session = |id: &str, agent: &str, key: &str| UsageEvent {
        actor_type: Some("AssumedRole".to_owned()),
        actor: Some("arn:aws:sts::111122223333:assumed-role/job/i-0a".to_owned()),
        ..with(id, "2025-08-05T10:00:00Z", "job", key, agent)
    };
    let mut world = World::new();
    world.run(
        vec![
            principal("user", "ann", "human"),
            principal("user", "bot", "service_account"),
            principal("user", "quiet", "service_account"),
            principal("user", "eve", "unknown"),
            principal("role", "job", "assumable_role"),
            key("AKIAANN", "ann", "2025-07-01T00:00:00Z"),
            key("AKIABOT", "bot", "2025-07-01T00:00:00Z"),
        ],
        vec![
            with("1", "2025-08-01T10:00:00Z", "ann", "AKIAANN", "Mozilla/5.0"),
            with("2", "2025-08-01T10:00:00Z", "bot", "AKIABOT", "Boto3/1.34"),
            with("3", "2025-08-02T10:00:00Z", "bot", "AKIABOT", "aws-cli/2 exec-env/CloudShell"),
            with("4", "2025-08-02T10:00:00Z", "quiet", "AKIAQUIET", "aws-cli/2 prompt/off"),
            with("5", "2025-08-02T10:00:00Z", "eve", "AKIAEVE", "Boto3/1.34"),
            sign_in("6", "2025-08-03T10:00:00Z", "eve", Some(true)),
            sign_in("7", "2025-08-03T10:00:00Z", "bot", Some(true)),
            issued,
            session("11", "Mozilla/5.0 (Macintosh)", "ASIA1"),
            session("12", "Mozilla/5.0 (Macintosh)", "ASIAOTHER"),
        ],
        covered,
    );
    Judged::of(&world, "AUT-02")
}

#[test]
fn aut_02_sees_people_behind_keys_and_workload_sessions() {
    let judged = agents(&[LOG, LISTING]);
    assert_eq!(judged.result.population.count, 4, "bot, quiet, eve and the role of a workload");
    assert!(!judged.has("user/ann"), "a person's own key is no non-human one");
    for (who, attribute, expected) in [
        ("user/bot", "B", Contradicted),
        ("user/bot", "C", Contradicted),
        ("user/bot", "D", NotDemonstrated),
        ("user/quiet", "B", Supported),
        ("user/quiet", "C", Supported),
        ("user/quiet", "D", NotApplicable),
        ("user/quiet", "A", NotDemonstrated),
        ("user/eve", "B", Indeterminate),
        ("role/job", "C", Contradicted),
    ] {
        assert_eq!(judged.outcome(who, attribute), expected, "{attribute} of {who}");
    }
    assert_eq!(
        judged.findings("role/job", "C").len(),
        1,
        "a session that people may open is not it"
    );
}

#[test]
fn aut_02_takes_silence_for_nothing_where_the_log_has_a_hole() {
    let judged = agents(&[LOG, LISTING, ("usage", "2025-09-01", "2025-09-02", Gap)]);
    assert_eq!(judged.outcome("user/quiet", "B"), Indeterminate);
    assert_eq!(judged.outcome("user/quiet", "C"), Indeterminate);
    assert_eq!(judged.outcome("user/bot", "C"), Contradicted, "what is seen is seen");
}

#[test]
fn nothing_on_record_is_no_pass() {
    for control in ["AUT-01", "AUT-02"] {
        assert_nothing_is_no_pass(control);
    }
}
