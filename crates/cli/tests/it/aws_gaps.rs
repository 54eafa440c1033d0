//! An account that refuses one call of many: what was refused is named and stays unknown, the rest
//! is there, and controls say what is not demonstrated. And a key that is used and in no listing.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;
use tenure_testkit::aws::{Behaviour, FakeAws, World};
use tenure_testkit::tenure::Tenure;

use crate::support::fresh;

const ACCOUNT: &str = "111122223333";
const CALLER: &str = "arn:aws:iam::111122223333:user/collector";

/// Has a password and no multi-factor device, which nobody may learn.
const REFUSED: &str = "user-00003";

/// Used by `user-00000`, and not listed as a key of anybody.
const STRAY_KEY: &str = "AKIASTRAY00000000000";
/// Used and listed.
const LISTED_KEY: &str = "AKIA0000000000010000";

const FIRST: &str = "2026-01-15T00:00:00Z";

/// Six users, of whom one may not be asked about, and two uses of keys in a log.
struct Scene {
    fake: FakeAws,
    tenure: Tenure,
    _dir: TempDir,
}

impl Scene {
    fn new() -> Self {
        let mut world = World::of_users(ACCOUNT, 6);
        world.account(ACCOUNT).report = true;
        let behaviour = Behaviour::default().denying("iam:ListMFADevices", REFUSED);
        let fake = FakeAws::start(world, behaviour);
        let (dir, mut tenure) = fresh();
        for (name, value) in fake.environment() {
            tenure = tenure.with(name, &value);
        }
        let log = dir.path().join("log");
        fs::create_dir(&log).unwrap();
        let events = [use_of(STRAY_KEY, "user-00000"), use_of(LISTED_KEY, "user-00001")];
        fs::write(log.join("events.json"), json!({"Records": events}).to_string()).unwrap();
        let tenure = tenure.at(FIRST);
        tenure.init();
        let add = ["source", "add", "--system", "aws"];
        let endpoint = format!("endpoint={}", fake.url());
        let settings = ["--set", &endpoint, "--set", "requests-per-second=5000"];
        tenure.ok(&[&add[..], &["iam", "--kind", "aws-iam"], &settings].concat());
        let path = format!("path={}", log.display());
        tenure.ok(&[&add[..], &["trail", "--kind", "cloudtrail", "--set", &path]].concat());
        Self { fake, tenure, _dir: dir }
    }

    /// Collects the account; gives what the run says of itself.
    fn collect(&self, at: &str) -> Value {
        let ran = self.tenure.at(at).run(&["--format", "json", "collect", "iam"]);
        assert_eq!(ran.code, 0, "a gap is no failure: {}", ran.stderr);
        let collected: Value = serde_json::from_str(&ran.stdout).unwrap();
        collected["sources"][0].clone()
    }

    /// Evaluates controls from the beginning of 2026; gives the exit code and the controls.
    fn evaluate(&self, controls: &[&str], to: &str) -> (i32, Vec<Value>) {
        let mut args = vec!["--format", "json", "evaluate", "--from", "2026-01-01", "--to", to];
        for control in controls {
            args.extend(["--control", control]);
        }
        let ran = self.tenure.at("2026-02-01T00:00:00Z").run(&args);
        let evaluation: Value = serde_json::from_str(&ran.stdout).unwrap();
        (ran.code, evaluation["controls"].as_array().unwrap().clone())
    }
}

fn use_of(key: &str, user: &str) -> Value {
    json!({
        "eventVersion": "1.09", "eventID": format!("use-of-{key}"),
        "eventTime": "2026-01-10T10:00:00Z", "eventSource": "s3.amazonaws.com",
        "eventName": "ListBuckets", "awsRegion": "us-east-1", "recipientAccountId": ACCOUNT,
        "sourceIPAddress": "192.0.2.1", "readOnly": true, "eventType": "AwsApiCall",
        "managementEvent": true,
        "userIdentity": {
            "type": "IAMUser", "arn": format!("arn:aws:iam::{ACCOUNT}:user/{user}"),
            "accountId": ACCOUNT, "accessKeyId": key, "userName": user,
        },
    })
}

/// The causes of a run's gaps that have a word in them.
fn causes<'a>(run: &'a Value, word: &str) -> Vec<&'a str> {
    let gaps = run["gaps"].as_array().unwrap().iter();
    gaps.map(|gap| gap["cause"].as_str().unwrap()).filter(|cause| cause.contains(word)).collect()
}

#[test]
fn one_refused_call_is_named_with_who_lacks_what() {
    let scene = Scene::new();
    let run = scene.collect(FIRST);
    assert_eq!(run["outcome"], "partial");
    let denied = causes(&run, "denied");
    assert_eq!(denied.len(), 1, "{run}");
    for part in [ACCOUNT, "iam:ListMFADevices", REFUSED, CALLER] {
        assert!(denied[0].contains(part), "{part} is not named: {denied:?}");
    }
    let gaps = run["gaps"].as_array().unwrap();
    let gap = gaps.iter().find(|gap| gap["cause"] == denied[0]).unwrap();
    let hint = gap["hint"].as_str().unwrap();
    assert!(hint.starts_with(&format!("grant iam:ListMFADevices to {CALLER}")), "{hint}");
    assert!(gap["record"].is_u64(), "the refusal is on record: {gap}");
    let told = scene.tenure.cell("SELECT gap_detail FROM runs WHERE source = 'iam'");
    assert!(told.as_str().unwrap().contains(denied[0]), "the ledger has the gap: {told}");
}

/// That a user has no password and an account no password policy, AWS says with an error.
#[test]
fn what_does_not_exist_is_no_gap() {
    let scene = Scene::new();
    let run = scene.collect(FIRST);
    assert_eq!(causes(&run, "GetLoginProfile"), [""; 0]);
    assert_eq!(causes(&run, "GetAccountPasswordPolicy"), [""; 0]);
    let policy = "SELECT value FROM configurations WHERE native_type = 'password-policy'";
    assert_eq!(scene.tenure.rows(policy), json!([["none"]]));
    let status = "SELECT status FROM coverage WHERE stream = 'iam-state/passwords'";
    assert_eq!(scene.tenure.rows(status), json!([["proven"]]));
}

#[test]
fn the_rest_is_there_and_what_was_refused_is_unknown() {
    let scene = Scene::new();
    scene.collect(FIRST);
    let mfa = "SELECT login, mfa FROM identities WHERE native_type = 'iam-user' ORDER BY 1";
    let users = json!([
        ["user-00000", true],
        ["user-00001", false],
        ["user-00002", false],
        [REFUSED, null],
        ["user-00004", false],
        ["user-00005", false],
    ]);
    assert_eq!(scene.tenure.rows(mfa), users);
    let credentials = "SELECT native_type, count(*) FROM credentials
                       WHERE native_type IN ('access-key', 'login-profile') GROUP BY 1 ORDER BY 1";
    assert_eq!(scene.tenure.rows(credentials), json!([["access-key", 9], ["login-profile", 2]]));
    let status = "SELECT replace(stream, 'iam-state/', ''), status FROM coverage
                  WHERE stream IN ('iam-state', 'iam-state/access-keys', 'iam-state/identities',
                                   'iam-state/mfa') ORDER BY 1";
    let parts = json!([
        ["access-keys", "proven"],
        ["iam-state", "gap"],
        ["identities", "proven"],
        ["mfa", "gap"]
    ]);
    assert_eq!(scene.tenure.rows(status), parts, "only what was refused is not shown");
}

#[test]
fn what_a_run_with_gaps_does_not_show_has_not_ended() {
    let scene = Scene::new();
    scene.collect(FIRST);
    let asked = scene.fake.answered("iam:ListAccessKeys");
    scene.fake.change(|world| drop(world.account(ACCOUNT).users.remove("user-00005")));
    scene.collect("2026-01-16T00:00:00Z");
    assert_eq!(scene.fake.answered("iam:ListAccessKeys"), 2 * asked - 1, "one user fewer");
    let ended = "SELECT count(*) FROM credentials WHERE valid_to_hi IS NOT NULL";
    assert_eq!(scene.tenure.cell(ended), json!(0));
}

/// An absence that was not seen contradicts nothing.
#[test]
fn controls_say_not_demonstrated() {
    let scene = Scene::new();
    scene.tenure.ok(&["collect"]);
    scene.collect("2026-01-16T00:00:00Z");
    let (code, controls) = scene.evaluate(&["CRD-01", "CRD-03", "AUT-01"], "2026-01-20");
    assert_eq!(code, 11, "nothing is contradicted");
    assert_eq!(controls.len(), 3);
    for control in &controls {
        let id = &control["id"];
        assert_eq!(control["population"]["verdict"], "not_demonstrated", "{id}");
        assert_eq!(control["items"]["contradicted"], 0, "{id}");
        let conclusion = control["conclusion"].as_str().unwrap();
        // Nothing is known of what the fake's keys did before they were first listed.
        let honest = ["ot demonstrated", "not shown to be complete", "Indeterminate for 15 of 17"];
        assert!(honest.iter().any(|words| conclusion.contains(words)), "{id}: {conclusion}");
        // Nine keys and the one in no listing; these, two passwords and five roles; root and the
        // two with a password.
        let count = &control["population"]["count"];
        let rest = json!({"AUT-01": 3, "CRD-01": 10, "CRD-03": 17});
        assert_eq!(*count, rest[id.as_str().unwrap()], "{id}: the rest is tested");
    }
    let enrolled = |control: &Value, user: &str| -> Vec<Value> {
        let list = control["deviations"]["list"].as_array().unwrap().iter();
        let of_user = list.filter(|d| d["item"].as_str().unwrap().ends_with(user));
        of_user.filter(|d| d["attribute"] == "C").map(|d| d["outcome"].clone()).collect()
    };
    let mfa = controls.iter().find(|control| control["id"] == "AUT-01").unwrap();
    assert_eq!(enrolled(mfa, REFUSED), ["not_demonstrated"]);
}

/// As soon as AWS may say it, that there is no device contradicts.
#[test]
fn what_is_no_longer_refused_is_judged() {
    let scene = Scene::new();
    scene.fake.behave(Behaviour::default());
    scene.collect(FIRST);
    let run = scene.collect("2026-01-31T00:00:00Z");
    assert_eq!(causes(&run, "denied"), [""; 0]);
    let mfa = format!("SELECT DISTINCT mfa FROM identities WHERE login = '{REFUSED}'");
    assert_eq!(scene.tenure.rows(&mfa), json!([[false]]));
    let (code, controls) = scene.evaluate(&["AUT-01"], "2026-02-01");
    assert_eq!(code, 12, "contradicted, and the rest is not demonstrated");
    assert_eq!(controls[0]["items"]["contradicted"], 1);
    // Two keys of one user side by side for longer than the overlap: three users have two.
    let (code, controls) = scene.evaluate(&["CRD-01"], "2026-02-01");
    assert_eq!((code, &controls[0]["items"]["contradicted"]), (12, &json!(3)));
}

/// The keys that a log shows in use are those that are listed, but for one.
#[test]
fn keys_in_use_are_compared_with_those_listed() {
    let scene = Scene::new();
    scene.tenure.ok(&["collect"]);
    let (_, controls) = scene.evaluate(&["CRD-01"], "2026-01-20");
    let compared = &controls[0]["population"]["reconciliations"][0];
    assert_eq!(compared["against"], "keys in use by the log of aws");
    assert_eq!(json!([compared["ours"], compared["theirs"]]), json!([1, 2]));
    assert_eq!(compared["agrees"], false);
    let named: Vec<_> = compared["differences"].as_array().unwrap().iter().collect();
    assert_eq!(named.len(), 1);
    assert_eq!((&named[0]["item"], &named[0]["ours"]), (&json!(STRAY_KEY), &json!(false)));
}

#[test]
fn a_key_in_use_and_in_no_listing_is_told() {
    let scene = Scene::new();
    scene.tenure.ok(&["collect"]);
    let remarks = |key: &str| scene.tenure.json(&["show", key])["facts"]["remarks"].clone();
    let told = remarks(STRAY_KEY);
    assert!(told[0].as_str().unwrap().starts_with("seen in use, in no listing"), "{told}");
    assert_eq!(remarks(LISTED_KEY), json!([]), "used and listed");
    let text = scene.tenure.ok(&["show", STRAY_KEY]);
    assert!(text.contains("\n  seen in use, in no listing: "), "{text}");
    // A listing says whether a key is active; nothing but a use says that this one exists.
    let unlisted = "SELECT c.public_id, i.login, c.valid_from_hi
                    FROM credentials c JOIN identities i ON i.identity_id = c.identity_id
                    WHERE c.native_type = 'access-key' AND c.status IS NULL";
    let expected = json!([[STRAY_KEY, "user-00000", "2026-01-10T10:00:00Z"]]);
    assert_eq!(scene.tenure.rows(unlisted), expected);
    let listed = "SELECT count(*) FROM credentials
                  WHERE native_type = 'access-key' AND status = 'active'";
    assert_eq!(scene.tenure.cell(listed), json!(9));
}
