//! Credentials are found where AWS's own tools find them.

use tenure_testkit::aws::{Account, Behaviour, FakeAws, World};

use super::child::{Collection, Outcome};

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "222233334444";

/// Collects with a configuration file and without keys in the environment.
fn with_config(fake: &FakeAws, config: &str, profile: &str) -> Outcome {
    let collection = Collection::of(fake).without_env();
    let path = collection.directory.path().join("config");
    std::fs::write(&path, config).unwrap();
    let collection = collection.env("AWS_CONFIG_FILE", path.to_str().unwrap());
    collection.env("AWS_PROFILE", profile).env("AWS_ENDPOINT_URL_STS", &fake.url()).run()
}

fn keys(fake: &FakeAws) -> String {
    let [(_, id), (_, secret)] = fake.environment();
    format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
}

fn fake() -> FakeAws {
    let mut world = World::of_users(ACCOUNT, 2);
    let other = Account { external_id: Some("x-1".to_owned()), ..Account::of_users(3) };
    world.accounts.insert(OTHER.to_owned(), other);
    FakeAws::start(world, Behaviour::default())
}

fn collected(outcome: &Outcome, account: &str) {
    assert_eq!(outcome.get("cause"), &serde_json::Value::Null, "{outcome:?}");
    assert_eq!(outcome.causes(), [""; 0]);
    assert!(
        outcome.lines().iter().all(|line| line.get("end").is_some() || line["account"] == account)
    );
}

#[test]
fn a_profile_has_keys() {
    let fake = fake();
    let config = format!("[profile audit]\n{}", keys(&fake));
    collected(&with_config(&fake, &config, "audit"), ACCOUNT);
}

#[test]
fn a_profile_has_a_role_and_the_profile_to_assume_it_with() {
    let fake = fake();
    let config = format!(
        "[profile base]\n{}\n[profile audit]\nrole_arn = arn:aws:iam::{OTHER}:role/r\nsource_profile = base\nexternal_id = x-1\n",
        keys(&fake)
    );
    collected(&with_config(&fake, &config, "audit"), OTHER);
}

#[test]
fn a_profile_has_a_command_that_prints_credentials() {
    let fake = fake();
    let [(_, id), (_, secret)] = fake.environment();
    let json = format!(r#"{{"Version":1,"AccessKeyId":"{id}","SecretAccessKey":"{secret}"}}"#);
    let config = format!("[profile audit]\ncredential_process = printf '%s' '{json}'\n");
    collected(&with_config(&fake, &config, "audit"), ACCOUNT);
}

#[test]
fn a_profile_that_is_not_there_is_told_and_nothing_else_is_tried() {
    let fake = fake();
    let outcome = with_config(&fake, "[profile other]\nregion = us-east-1\n", "audit");
    let cause = outcome.get("cause").as_str().unwrap();
    assert!(cause.starts_with("NoCredentials") && cause.contains("audit"), "{cause}");
    assert_eq!(fake.seen().len(), 0);
}
