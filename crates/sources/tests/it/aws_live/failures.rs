//! What is refused is named, and the rest is kept.

use tenure_testkit::aws::{Behaviour, FakeAws, World};

use super::child::Collection;

const ACCOUNT: &str = "111122223333";
const CALLER: &str = "arn:aws:iam::111122223333:user/collector";

#[test]
fn one_denied_call_of_many_is_named_and_the_rest_is_kept() {
    let behaviour = Behaviour::default().denying("iam:ListMFADevices", "user-00002");
    let fake = FakeAws::start(World::of_users(ACCOUNT, 6), behaviour);
    let outcome = Collection::of(&fake).run();
    let causes = outcome.causes();
    assert_eq!(causes.len(), 1, "{causes:?}");
    for part in ["iam:ListMFADevices", "user-00002", ACCOUNT, CALLER, "denied"] {
        assert!(causes[0].contains(part), "{part}: {causes:?}");
    }
    let gap = &outcome.get("gaps")[0];
    assert!(gap["hint"].as_str().unwrap().contains("grant iam:ListMFADevices"), "{gap}");
    let record = usize::try_from(gap["record"].as_u64().unwrap()).unwrap();
    let line = &outcome.lines()[record];
    assert_eq!(line["error"], "AccessDenied");
    assert_eq!(line["status"], 403);
    assert_eq!(line["input"]["UserName"], "user-00002");
    assert!(line["body"].as_str().unwrap().contains("<Code>AccessDenied</Code>"));
    assert_eq!(outcome.count("ListMFADevices"), 5);
    assert_eq!(outcome.count("GetLoginProfile"), 6);
}

#[test]
fn users_are_asked_for_one_by_one_when_the_details_are_denied() {
    let behaviour = Behaviour { page: 2, ..Behaviour::default() };
    let behaviour = behaviour.denying("iam:GetAccountAuthorizationDetails", "");
    let fake = FakeAws::start(World::of_users(ACCOUNT, 5), behaviour);
    let outcome = Collection::of(&fake).run();
    assert_eq!(outcome.causes().len(), 1, "{:?}", outcome.causes());
    assert_eq!(outcome.count("ListUsers"), 3);
    assert_eq!(outcome.count("ListAccessKeys"), 5);
    assert_eq!(outcome.count("ListUserTags"), 5, "the details would have had the tags");
}

#[test]
fn no_password_and_no_password_policy_are_answers() {
    let fake = FakeAws::start(World::of_users(ACCOUNT, 3), Behaviour::default());
    let outcome = Collection::of(&fake).run();
    assert_eq!(outcome.causes(), [""; 0]);
    let absent: Vec<_> = outcome.lines().iter().filter(|line| line["status"] == 404).collect();
    assert_eq!(absent.len(), 3, "two users without password, one account without policy");
    assert!(absent.iter().all(|line| line.get("error").is_none()));
}

#[test]
fn a_service_that_is_not_in_use_is_no_gap_and_a_denied_one_is() {
    let fake = FakeAws::start(World::of_users(ACCOUNT, 1), Behaviour::default());
    let unused = Collection::of(&fake).run();
    assert_eq!(unused.causes(), [""; 0]);
    let lines = unused.lines();
    let asked = lines.iter().find(|line| line["action"] == "DescribeOrganization").unwrap();
    assert_eq!(asked["error"], "AWSOrganizationsNotInUseException");

    fake.behave(
        Behaviour::default()
            .denying("organizations:DescribeOrganization", "")
            .denying("sso:ListInstances", "")
            .denying("cloudtrail:DescribeTrails", ""),
    );
    let denied = Collection::of(&fake).run();
    let causes = denied.causes();
    assert_eq!(causes.len(), 3, "{causes:?}");
    for permission in
        ["cloudtrail:DescribeTrails", "organizations:DescribeOrganization", "sso:ListInstances"]
    {
        assert!(causes.iter().any(|cause| cause.starts_with(permission)), "{causes:?}");
    }
}

#[test]
fn credentials_that_expire_end_the_collection_with_what_there_is() {
    let behaviour = Behaviour { expire_after: Some(40), ..Behaviour::default() };
    let fake = FakeAws::start(World::of_users(ACCOUNT, 20), behaviour);
    let outcome = Collection::of(&fake).set("parallel", "4").run();
    let causes = outcome.causes();
    assert!(causes.iter().any(|cause| cause.contains("ExpiredToken")), "{causes:?}");
    assert!(causes.iter().any(|cause| cause.contains("of 20 users")), "{causes:?}");
    let kept = outcome.count("ListAccessKeys");
    assert!((1..20).contains(&kept), "{kept} of 20");
    assert!(fake.seen().len() < 60, "no call after another is made with dead credentials");
    assert!(outcome.lines().last().unwrap().get("end").is_some());
}

#[test]
fn no_credentials_and_wrong_ones_are_told_with_what_to_do() {
    let fake = FakeAws::start(World::of_users(ACCOUNT, 1), Behaviour::default());
    let none = Collection::of(&fake).without_env().run();
    assert!(none.get("cause").as_str().unwrap().starts_with("NoCredentials"), "{none:?}");
    assert!(none.get("hint").as_str().unwrap().contains("AWS_PROFILE"), "{none:?}");

    let secret = "a/secret/that/is/wrong";
    let wrong = Collection::of(&fake).env("AWS_SECRET_ACCESS_KEY", secret).run();
    let said = format!("{wrong:?}");
    assert!(said.contains("SignatureDoesNotMatch"), "{said}");
    assert!(!said.contains(secret), "{said}");
    assert_eq!(fake.answered("sts:GetCallerIdentity"), 0, "the server verifies signatures");
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let fake = FakeAws::start(World::of_users(ACCOUNT, 1), Behaviour::default());
    for (name, value) in [
        ("endpoint", "http://192.0.2.1"),
        ("accounts", "12"),
        ("accounts", "444455556666"),
        ("role", "arn:aws:iam::1:role/x"),
        ("parallel", "none"),
        ("requests-per-second", "0"),
        ("resume-within", "soon"),
        ("region", "Earth"),
    ] {
        let outcome = Collection::of(&fake).set(name, value).run();
        let what = outcome.get("what").as_str().unwrap();
        // Other accounts need a role, so that is the setting that is missing.
        assert!(what == name || (value == "444455556666" && what == "role"), "{name}: {outcome:?}");
    }
}
