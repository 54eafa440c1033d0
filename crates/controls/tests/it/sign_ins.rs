//! AUT-01: what the logs of Okta and AWS show of each sign-in.

use tenure_model::entry::CoverageStatus::Proven;
use tenure_model::fact::{Fact, UsageEvent, UseOutcome};
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated, Supported};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, LOG, arn, begun, used};
use crate::world::{World, t};

const LISTED: Cover = ("okta-state", "2025-12-31", "2025-12-31T00:00:01Z", Proven);
const OF_AWS: Cover = ("iam-state", "2025-12-31", "2025-12-31T00:00:01Z", Proven);

fn person(id: &str) -> Fact {
    Fact::new(TableId::Identities, "okta-user", id, begun("2025-01-01"))
        .with("login", format!("{id}@x"))
        .with("kind", "human")
        .with("status", "active")
        .with("mfa", true)
}

/// An event of Okta's log, in a session.
fn event(action: &str, who: &str, at: &str, session: Option<&str>) -> UsageEvent {
    UsageEvent {
        event_id: format!("{action} {who} {at}"),
        event_time: Some(t(at)),
        service: Some("okta".to_owned()),
        action: Some(action.to_owned()),
        actor: Some(format!("{who}@x")),
        actor_id: Some(who.to_owned()),
        credential_key: session.map(str::to_owned),
        session_issuer: session.map(|_| "okta-session".to_owned()),
        outcome: Some(UseOutcome::Success),
        mfa: (action == FACTOR).then_some(true),
        ..UsageEvent::default()
    }
}

const START: &str = "user.session.start";
const FACTOR: &str = "user.authentication.auth_via_mfa";

#[test]
fn a_second_factor_counts_in_the_session_in_which_it_was_verified() {
    let refused = UsageEvent {
        outcome: Some(UseOutcome::Denied),
        ..event(START, "eve", "2025-08-01T09:00:00Z", Some("s5"))
    };
    let log = vec![
        event(START, "ann", "2025-08-01T09:00:00Z", Some("s1")),
        event(FACTOR, "ann", "2025-08-01T09:00:30Z", Some("s1")),
        event(FACTOR, "bob", "2025-08-01T08:59:59Z", Some("s2")),
        event(START, "bob", "2025-08-01T09:00:00Z", Some("s2")),
        event(START, "cat", "2025-08-01T09:00:00Z", Some("s3")),
        event(FACTOR, "cat", "2025-08-01T09:00:01Z", Some("s4")),
        event(START, "dan", "2025-08-01T09:00:00Z", None),
        refused,
    ];
    let mut world = World::new();
    world.run(["ann", "bob", "cat", "dan", "eve"].map(person).to_vec(), log, &[LOG, LISTED]);
    let judged = Judged::of(&world, "AUT-01");
    for (who, outcome) in [
        ("ann", Supported),
        ("bob", Supported),
        ("cat", NotDemonstrated),
        ("dan", NotDemonstrated),
        ("eve", Supported),
    ] {
        assert_eq!(judged.outcome(&format!("okta-user/{who}"), "D"), outcome, "{who}");
    }
    let at = t("2025-08-01T09:00:00Z");
    let once = ("D".to_owned(), NotDemonstrated, at, Some(at.plus_micros(1)));
    assert_eq!(judged.findings("okta-user/cat", "D"), [once], "each sign-in by itself");
}

#[test]
fn a_user_of_aws_is_tested_while_a_password_is_on_record_and_at_each_sign_in() {
    let user = Fact::new(TableId::Identities, "iam", arn("user", "ann"), begun("2025-03-01"))
        .with("login", "ann")
        .with("kind", "human")
        .with("status", "active");
    let password =
        Fact::new(TableId::Credentials, "login-profile", arn("user", "ann"), begun("2025-09-01"))
            .with("identity_id", format!("iam/{}", arn("user", "ann")))
            .with("native_kind", "login_profile")
            .with("class", "password");
    let login = |id: &str, user: &str, at: &str, mfa: bool| UsageEvent {
        action: Some("ConsoleLogin".to_owned()),
        service: Some("signin.amazonaws.com".to_owned()),
        credential_key: None,
        mfa: Some(mfa),
        ..used(id, at, user, "")
    };
    let log = vec![
        login("1", "ann", "2025-08-20T09:00:00Z", false),
        login("2", "ann", "2025-09-20T09:00:00Z", true),
        login("3", "zed", "2025-09-20T09:00:00Z", true),
    ];
    let mut world = World::new();
    world.run(vec![user, password], log, &[LOG, OF_AWS]);
    let judged = Judged::of(&world, "AUT-01");
    let at = t("2025-08-20T09:00:00Z");
    let weak = ("D".to_owned(), Contradicted, at, Some(at.plus_micros(1)));
    assert_eq!(judged.findings("111122223333/ann", "D"), [weak], "before the password was listed");
    let policies = judged.findings("111122223333/ann", "A");
    let from: Vec<_> = policies.iter().map(|finding| finding.2).collect();
    assert_eq!(from, [at, t("2025-09-01")], "no time without a password");
    let unlisted = judged.findings("111122223333/zed", "A");
    assert_eq!(unlisted[0].2, t("2025-07-01"), "of whom nothing is listed, all the time");
}
