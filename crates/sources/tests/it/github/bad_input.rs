//! Arbitrary and mutated input: nothing panics, and every record is accounted for.

use proptest::prelude::*;

use crate::okta::bad_input::{collects, mutated, reads_and_adds_up, recorded};

const LOG: &str = r#"{"@timestamp":1735689600000,"action":"org.update_member","actor":"a","user":"b","org":"o","permission":"admin","old_permission":"read","hashed_token":"h","token_id":1}
{"created_at":1735689600000,"action":"repo.update_member","actor":"a","user":"b","repo":"o/r","old_repo_permission":"read","new_repo_permission":"admin"}
{"created_at":1735689600000,"action":"integration_installation.create","actor":"a","name":"A b-C","org":"o"}
{"created_at":1735689600000,"action":"protected_branch.policy_override","actor":"a","repo":"o/r"}
"#;

const FILES: &[(&str, &str)] = &[
    ("orgs/o/members.role=admin.json", r#"[{"login":"a","id":1,"type":"User"}]"#),
    (
        "repos/o/r/keys.json",
        r#"[{"id":4,"key":"ssh-ed25519 AAAA","read_only":true,"created_at":"2024-01-01T00:00:00Z"}]"#,
    ),
    (
        "repos/o/r/pulls.json",
        r#"[{"number":1,"merged_at":"2025-01-01T00:00:00Z","merge_commit_sha":"m","user":{"login":"a"}}]"#,
    ),
    ("repos/o/r/branches/main/protection.json", r#"{"enforce_admins":{"url":"u","enabled":true}}"#),
    (
        "graphql.json",
        r#"{"data":{"organization":{"id":"O","login":"o","membersWithRole":{"edges":[{"node":{"login":"a"},"role":"ADMIN"}]}}},"errors":[{"type":"FORBIDDEN","path":["a",0]}]}"#,
    ),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(reads_and_adds_up("github", bytes));
    }

    #[test]
    fn mutated_logs_never_panic(bytes in mutated(LOG)) {
        prop_assert!(reads_and_adds_up("github", bytes));
    }
}

#[test]
fn spoiled_files_are_recorded_or_gaps() {
    let config = ProptestConfig::with_cases(40);
    let (keys, pulls) = (FILES[1], FILES[2]);
    proptest!(config, |(a in mutated(keys.1), b in mutated(pulls.1), log in mutated(LOG))| {
        collects("github", &[(keys.0, a), (pulls.0, b), ("audit.jsonl", log)]);
    });
}

#[test]
fn mutated_listings_never_panic() {
    let text = recorded("github", FILES);
    assert!(reads_and_adds_up("github", text.clone().into_bytes()));
    proptest!(ProptestConfig::with_cases(300), |(bytes in mutated(&text))| {
        prop_assert!(reads_and_adds_up("github", bytes));
    });
}
