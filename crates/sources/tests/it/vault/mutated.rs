//! Whatever the bytes: no panic, and every record is accounted for.

use proptest::prelude::*;
use serde_json::json;
use tenure_model::Digest;
use tenure_sources::records::{Heard, Records};
use tenure_sources::registry;
use tenure_sources::source::{Artifact, Payload};

use crate::support::{KEY, Workspace};

use super::{collected, lines, pair};

fn sample() -> String {
    let login = pair(
        1,
        "r1",
        "update",
        "auth/approle/login",
        json!({
            "auth": {"client_token": "hmac-sha256:t", "accessor": "hmac-sha256:a", "policies": ["x"]},
        }),
    );
    let policy = pair(2, "r2", "update", "sys/policies/acl/ci", json!({}));
    let kept = pair(3, "r3", "create", "kv/data/db", json!({"data": {"version": 1}}));
    let lease = pair(4, "r4", "read", "db/creds/ci", json!({"secret": {"lease_id": "L"}}));
    lines(&[login, policy, kept, lease].concat())
}

fn reads(name: &str, bytes: Vec<u8>) {
    let source = registry::find("vault").unwrap();
    let settings = Workspace::new("vault").set("path", "x").checked();
    let artifact =
        Artifact { name: name.to_owned(), media_type: "", payload: Payload::Bytes(bytes) };
    let mut heard = Heard::default();
    let mut records = Records::new(&artifact.name, KEY.salts(&Digest([0; 32])), &mut heard);
    source.read(&settings, &artifact, &mut records).unwrap();
    let (account, _) = records.finish();
    let skipped: u64 = account.skipped.values().sum();
    assert_eq!(account.records, account.with_facts + skipped + account.rejected);
    assert_eq!(account.gaps.iter().filter(|g| g.record.is_some()).count() as u64, account.rejected);
    for (_, fact) in &heard.facts {
        assert_eq!(fact.misfit(), None);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400), listing in any::<bool>()) {
        reads(if listing { "x@2025-01-01T00:00:00Z" } else { "x#0@0" }, bytes);
    }

    #[test]
    fn a_mutated_log(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = sample().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        reads("audit.log#0@0", bytes);
    }
}

proptest! {
    // Each case has files of its own.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn json_of_any_shape(part in prop::sample::select(vec!["auth", "request", "response", "data", "time", "type"]),
                         value in prop::sample::select(vec!["null", "1", "[]", "{}", "\"\"", "[{\"a\":1}]", "{\"data\":7}"])) {
        let value: serde_json::Value = serde_json::from_str(value).unwrap();
        let mutated: String = sample().lines().map(|line| {
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            line[part] = value.clone();
            format!("{line}\n")
        }).collect();
        reads("audit.log#0@0", mutated.clone().into_bytes());
        let (draft, _) = collected(&mutated).run();
        prop_assert!(draft.artifacts.len() <= 1);
    }
}
