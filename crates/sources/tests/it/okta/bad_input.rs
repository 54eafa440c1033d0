//! Arbitrary and mutated input: nothing panics, and every record is accounted for.

use proptest::prelude::*;
use tenure_model::Digest;
use tenure_sources::records::{Heard, Records};
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::{Artifact, Payload};

use crate::support::{KEY, Workspace};

/// Whether the account of these bytes adds up, and every fact fits its table.
pub(crate) fn reads_and_adds_up(kind: &str, bytes: Vec<u8>) -> bool {
    let source = registry::find(kind).unwrap();
    let artifact =
        Artifact { name: "x".to_owned(), media_type: "x", payload: Payload::Bytes(bytes) };
    let mut heard = Heard::default();
    let mut records = Records::new("x", KEY.salts(&Digest([0; 32])), &mut heard);
    let _ = source.read(&Settings::default(), &artifact, &mut records);
    let account = records.finish().0;
    let skipped: u64 = account.skipped.values().sum();
    heard.facts.iter().all(|(_, fact)| fact.misfit().is_none())
        && account.with_facts + skipped + account.rejected == account.records
}

/// Some bytes of a text changed, or the text cut off.
pub(crate) fn mutated(text: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let bytes = text.as_bytes().to_vec();
    let change = (any::<prop::sample::Index>(), any::<u8>());
    (prop::collection::vec(change, 1..8), any::<prop::sample::Index>(), any::<bool>()).prop_map(
        move |(changes, cut, cuts)| {
            let mut bytes = bytes.clone();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if cuts {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        },
    )
}

/// The artifact that a collection of these files makes.
pub(crate) fn recorded(kind: &'static str, files: &[(&str, &str)]) -> String {
    let mut workspace = Workspace::with_data(kind).set("as-of", "2025-06-01");
    for (name, text) in files {
        workspace.write(name, text);
    }
    let (draft, _) = workspace.run();
    String::from_utf8(workspace.blobs.get(&draft.artifacts[0].blob).unwrap()).unwrap()
}

const USER: &str = r#"[{"id":"u","status":"DEPROVISIONED","created":"2024-01-01T00:00:00.000Z","activated":"2024-01-01T00:00:00.000Z","statusChanged":"2024-02-01T00:00:00.000Z","profile":{"login":"u","userType":"Service"}}]"#;
const ROLE: &str = r#"[{"id":"r","type":"CUSTOM","role":"cr1","label":"x","assignmentType":"GROUP","created":"2024-01-01T00:00:00.000Z"}]"#;
const LOG: &str = r#"{"uuid":"e","eventType":"user.account.privilege.grant","published":"2025-01-01T00:00:00Z","actor":{"id":"a","type":"User","alternateId":"a@x"},"outcome":{"result":"SUCCESS"},"debugContext":{"debugData":{"privilegeGranted":"Super administrator"}},"target":[{"id":"u","type":"User"}]}
{"uuid":"f","eventType":"group.user_membership.add","published":"2025-01-01T00:00:00Z","target":[{"id":"u","type":"User"},{"id":"g","type":"UserGroup"}]}
"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(reads_and_adds_up("okta", bytes));
    }

    #[test]
    fn mutated_logs_never_panic(bytes in mutated(LOG)) {
        prop_assert!(reads_and_adds_up("okta", bytes));
    }
}

/// Collects files as they are found, and reads what was made of them; the account is checked.
pub(crate) fn collects(kind: &'static str, files: &[(&str, Vec<u8>)]) {
    let mut workspace = Workspace::with_data(kind);
    for (name, bytes) in files {
        workspace.write(name, bytes);
    }
    let (draft, _) = workspace.run();
    let said = !draft.artifacts.is_empty() || draft.run.gap_count > 0;
    assert!(said, "whatever is not recorded is a gap");
}

#[test]
fn spoiled_files_are_recorded_or_gaps() {
    let any_bytes = prop::collection::vec(any::<u8>(), 0..200);
    let config = ProptestConfig::with_cases(40);
    proptest!(config, |(users in mutated(USER), log in mutated(LOG), other in any_bytes)| {
        collects("okta", &[("users-0001.json", users), ("log.jsonl", log), ("x", other)]);
    });
}

#[test]
fn mutated_listings_never_panic() {
    let files = [("users.json", USER), ("users/u/roles.json", ROLE), ("groups/g/users.json", USER)];
    let text = recorded("okta", &files);
    assert!(reads_and_adds_up("okta", text.clone().into_bytes()));
    proptest!(ProptestConfig::with_cases(300), |(bytes in mutated(&text))| {
        prop_assert!(reads_and_adds_up("okta", bytes));
    });
}
