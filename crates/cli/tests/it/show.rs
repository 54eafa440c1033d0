//! `tenure show`: dossiers of keys, sessions and identities, through the real command.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use tenure_testkit::datasets::Datasets;
use tenure_testkit::fixtures;
use tenure_testkit::tenure::Tenure;

use crate::support::fresh;

mod scene;

use scene::{NEW_KEY, OLD_KEY, SESSIONS, STRAY_KEY};

/// A workspace with the events of [`scene`].
fn world() -> (TempDir, Tenure) {
    let (dir, tenure) = fresh();
    let log = dir.path().join("log");
    fs::create_dir(&log).unwrap();
    let records = json!({"Records": scene::events()});
    fs::write(log.join("events.json"), records.to_string()).unwrap();
    tenure.init();
    tenure.add("aws", "cloudtrail", &log, &[]);
    tenure.ok(&["collect"]);
    (dir, tenure)
}

/// One screen: what fits on it, and no more.
fn screen(tenure: &Tenure, id: &str) -> String {
    let text = tenure.ok(&["show", id]);
    assert!(text.lines().count() <= 45, "{} lines:\n{text}", text.lines().count());
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    text
}

#[test]
fn dossiers_fit_on_a_screen() {
    let (_dir, w) = world();
    insta::assert_snapshot!("a_key_that_was_replaced", screen(&w, OLD_KEY));
    insta::assert_snapshot!("a_key_that_replaced_it", screen(&w, NEW_KEY));
    insta::assert_snapshot!("a_key_in_no_listing", screen(&w, STRAY_KEY));
    insta::assert_snapshot!("a_session", screen(&w, SESSIONS[2]));
    insta::assert_snapshot!("a_user", screen(&w, "app"));
    insta::assert_snapshot!("a_role", screen(&w, "deploy"));
}

#[test]
fn programs_get_the_same_facts_and_the_rows() {
    let (_dir, w) = world();
    let dossier = w.json(&["show", OLD_KEY]);
    assert_eq!(dossier["schema"], "tenure.dossier/v1");
    assert_eq!((&dossier["id"], &dossier["kind"]), (&json!(OLD_KEY), &json!("credential")));
    let facts = &dossier["facts"];
    assert_eq!(facts["created"]["by"], "arn:aws:iam::111122223333:user/ann");
    assert_eq!(facts["created"]["event"]["src_ip"], "198.51.100.7");
    let statuses: Vec<_> =
        facts["life"]["history"].as_array().unwrap().iter().map(|v| v["status"].clone()).collect();
    assert_eq!(statuses, ["active", "inactive"]);
    assert_eq!(facts["rotation"]["rows"][0]["verdict"], "complete");
    assert_eq!(facts["rotation"]["rows"][0]["new_key"], NEW_KEY);
    assert_eq!(facts["uses"]["total"]["denied"], 1);
    assert_eq!(facts["last_use"]["log"]["action"], "ListBuckets");
    assert!(facts["last_use"]["report"].is_null());
    assert!(facts["not_known"].as_array().unwrap().contains(&json!("owner")));
    assert_eq!(dossier["tables"]["credentials"].as_array().unwrap().len(), 2);
    assert_eq!(dossier["tables"]["rotations"][0]["verdict"], "complete");

    let user = w.json(&["show", "arn:aws:iam::111122223333:user/app"]);
    assert_eq!(user["kind"], "identity");
    assert_eq!(user["facts"], w.json(&["show", "APP"])["facts"], "a login in any spelling");
    let role = w.json(&["show", "deploy"]);
    assert_eq!(
        role["facts"]["trusts"]["principals"],
        json!(["AWS arn:aws:iam::111122223333:user/app"])
    );
}

#[test]
fn an_unlisted_key_is_said_to_be_unlisted() {
    let (_dir, w) = world();
    let remarks = w.json(&["show", STRAY_KEY])["facts"]["remarks"].clone();
    assert!(remarks[0].as_str().unwrap().starts_with("seen in use, in no listing"), "{remarks}");
    assert_eq!(w.json(&["show", OLD_KEY])["facts"]["remarks"], json!([]));
}

#[test]
fn what_is_asked_for_as_known_then_was_not_known_before() {
    let (_dir, w) = world();
    let ran = w.run(&["show", OLD_KEY, "--known-at", "0"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("nothing is known as 'AKIA"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: 'tenure query"), "{}", ran.stderr);
}

#[test]
fn a_quote_in_an_id_is_no_sql() {
    let (_dir, w) = world();
    for id in ["' OR 1=1 --", "'", "a'b\""] {
        let ran = w.run(&["show", id]);
        assert_eq!(ran.code, 1, "{}", ran.stdout);
        assert!(ran.stderr.contains("nothing is known as"), "{}", ran.stderr);
    }
}

#[test]
fn every_row_is_told_on_request() {
    let (_dir, w) = world();
    let text = w.ok(&["show", "--all", OLD_KEY]);
    assert!(text.starts_with("credentials (2)\n - credential_id: "), "{text}");
    assert!(text.contains("rotations (1)\n"), "{text}");
    let other = w.ok(&["show", "policy:arn:aws:iam::aws:policy/ReadOnlyAccess"]);
    assert!(other.starts_with("entitlements (1)\n"), "{other}");
}

/// The page shows what is printed.
#[test]
fn the_page_shows_real_dossiers() {
    let (_dir, w) = fresh();
    w.init();
    w.add("aws", "cloudtrail", &fixtures::stratus_trail(), &[]);
    w.ok(&["collect"]);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/show.md");
    let page = fs::read_to_string(page).unwrap();
    let examples: Vec<_> = page
        .split("```console\n$ tenure --workspace w2 show ")
        .skip(1)
        .map(|rest| rest.split_once("```").unwrap().0.split_once('\n').unwrap())
        .collect();
    assert_eq!(examples.len(), 3);
    for (id, shown) in examples {
        assert_eq!(screen(&w, id), shown, "docs/show.md, {id}");
    }
    let several = screen(&w, "christophe");
    assert!(several.starts_with("several identities are called christophe"), "{several}");
    let one = several.lines().nth(1).unwrap().trim().strip_prefix("tenure show ").unwrap();
    assert!(screen(&w, one).starts_with("christophe  iam user of aws\n"));
}

#[test]
fn keys_of_five_days_are_told() {
    let Some(data) = Datasets::find("keys_of_five_days_are_told") else { return };
    let (_dir, w) = fresh();
    w.init();
    w.add("aws", "cloudtrail", &data.file("cloudtrail/sans504-falsimentis-342082656213.tar"), &[]);
    w.ok(&["collect"]);
    let facts = |key: &str| w.json(&["show", key])["facts"].clone();
    let made = facts("AKIAU7JNXC7KZLY6XYHJ");
    assert_eq!(made["created"]["at"], "2021-07-29T13:10:42Z");
    assert_eq!(made["created"]["by"], "arn:aws:iam::342082656213:user/jmerckle");
    assert_eq!(made["last_use"]["log"]["event_time"], "2021-07-29T13:11:40Z");
    let uses = |facts: &Value| facts["uses"]["total"]["uses"].clone();
    assert_eq!((uses(&made), &made["remarks"]), (json!(1), &json!([])));
    let old = facts("AKIAU7JNXC7K7XNL3F6J");
    assert_eq!(uses(&old), 36);
    assert_eq!(old["rotation"]["rows"][0]["new_key"], "AKIAU7JNXC7KZLY6XYHJ");
    let root = facts("AKIAU7JNXC7K6YHPTBHL");
    assert_eq!(
        (uses(&root), &root["whose"]["identity"]["login"]),
        (json!(1173), &json!("FalsimentisRoot"))
    );
    insta::assert_snapshot!("a_key_of_five_days", screen(&w, "AKIAU7JNXC7KZLY6XYHJ"));
    let bases = w.rows("SELECT basis, count(*) FROM session_chains GROUP BY 1 ORDER BY 1");
    assert_eq!(bases, json!([["issued_key", 93], ["session_owner", 29]]));
}
