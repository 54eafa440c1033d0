//! Whatever the bytes: no panic, and every record is accounted for.

use proptest::prelude::*;
use serde_json::{Value, json};
use tenure_model::Digest;
use tenure_sources::records::{Heard, Records};
use tenure_sources::registry;
use tenure_sources::source::{Artifact, Payload};

use crate::support::{KEY, Workspace};

use super::{binding, collected, event};

fn sample() -> Vec<Value> {
    let mut bound = event("1", "create", "clusterrolebindings", "b", None);
    bound["responseObject"] = binding(&[("User", "ann"), ("ServiceAccount", "x")], "admin");
    let mut role = event("2", "update", "roles", "r", Some("n"));
    role["requestObject"] =
        json!({"kind": "Role", "rules": [{"verbs": ["*"], "resources": ["*"]}]});
    let secret = event("3", "delete", "secrets", "s", Some("n"));
    vec![bound, role, secret, event("4", "get", "pods", "p", Some("n"))]
}

fn listing() -> String {
    let mut bound = binding(&[("User", "ann"), ("Group", "g")], "admin");
    bound["metadata"] = json!({"name": "b", "creationTimestamp": "2025-01-01T00:00:00Z"});
    let role = json!({"kind": "ClusterRole", "metadata": {"name": "admin"}, "rules": [
        {"apiGroups": ["*"], "verbs": ["*"], "resources": ["*"]}]});
    json!({"kind": "List", "items": [bound, role]}).to_string()
}

fn text(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

fn reads(name: &str, bytes: Vec<u8>) {
    let source = registry::find("kubernetes").unwrap();
    let settings = Workspace::new("kubernetes").set("path", "x").checked();
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
    fn a_mutated_file(at in any::<prop::sample::Index>(), byte in any::<u8>(), of_list in any::<bool>()) {
        let mut bytes = if of_list { listing() } else { text(&sample()) }.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        reads(if of_list { "x@2025-06-30T00:00:00Z" } else { "x#0@0" }, bytes);
    }
}

proptest! {
    // Each case has files of its own.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn json_of_any_shape(part in prop::sample::select(vec!["user", "objectRef", "verb", "responseStatus",
                            "requestObject", "responseObject", "annotations", "stage", "sourceIPs"]),
                         value in prop::sample::select(vec!["null", "1", "[]", "{}", "\"\"", "[{\"a\":1}]", "{\"name\":7}"])) {
        let value: Value = serde_json::from_str(value).unwrap();
        let mut events = sample();
        for event in &mut events {
            event[part] = value.clone();
        }
        reads("audit.log#0@0", text(&events).into_bytes());
        let (draft, _) = collected(&events).run();
        prop_assert!(draft.artifacts.len() <= 1);
    }
}
