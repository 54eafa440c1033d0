//! Values in clear do not get past the collector.

use serde_json::json;

use crate::support::text;

use super::{collected, lines, pair};

#[test]
fn a_log_in_clear_is_stored_without_its_secrets() {
    let mut write = pair(1, "r1", "update", "kv/data/db", json!({"data": {"version": 2}}));
    for line in &mut write {
        line["auth"]["client_token"] = json!("hvs.TOKEN");
        line["request"]["client_token"] = json!("hvs.TOKEN");
        line["request"]["data"] = json!({"data": {"password": "hunter2"}, "n": 3});
    }
    let creds = pair(
        2,
        "r2",
        "read",
        "database/creds/ci",
        json!({
            "secret": {"lease_id": "database/creds/ci/L1"},
            "data": {"username": "v-ci", "password": "A1a-clear"},
        }),
    );
    let mut workspace = collected(&lines(&[write, creds].concat()));
    let (draft, said) = workspace.run();
    let gap = &draft.run.gaps[0];
    assert_eq!(gap.cause, "7 values in clear were blotted out before storing");
    assert!(gap.hint.contains("log_raw"));
    let stored = workspace.blobs.get(&draft.artifacts[0].blob).unwrap();
    let stored = String::from_utf8(stored).unwrap();
    for secret in ["hvs.TOKEN", "hunter2", "A1a-clear"] {
        assert!(!stored.contains(secret), "{secret}");
    }
    assert!(stored.contains("v-ci") && stored.contains("[redacted]"));
    assert_eq!((draft.artifacts[0].records, said.usage.len()), (4, 2), "the rest is read");
    // What was blotted out is the same text everywhere, and joins nothing.
    let joins = said.facts.iter().any(|(_, _, f)| {
        f.native_id.contains("[redacted]") || text(f, "public_id") == Some("[redacted]")
    });
    assert!(!joins);
    assert_eq!(said.usage[0].2.credential_key.as_deref(), Some("hmac-sha256:a1@file"));
}

#[test]
fn keys_that_are_tuned_to_be_plain_may_stay() {
    let mut write = pair(1, "r1", "update", "auth/approle/role/ci", json!({}));
    write[1]["request"]["data"] = json!({"token_policies": ["ci"]});
    let mut workspace = collected(&lines(&write)).set("plain-keys", "token_policies");
    let (draft, _) = workspace.run();
    assert!(draft.run.gaps.is_empty(), "{:?}", draft.run.gaps);
    let stored = workspace.blobs.get(&draft.artifacts[0].blob).unwrap();
    assert_eq!(stored, lines(&write).as_bytes(), "byte for byte");
}
