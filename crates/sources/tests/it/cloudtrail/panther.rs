//! Labelled samples of many kinds of events, handcrafted or anonymised on real shapes: each is
//! accounted for, and what is said of it is what an ordinary parser finds in it.

use std::io::Read as _;

use serde_json::{Value, json};
use tenure_testkit::datasets::Datasets;

use crate::support::{Workspace, gaps};

/// A text of a record, by its path; absent, null and empty are the same.
fn said(event: &Value, path: &str) -> Option<String> {
    let text = match event.pointer(path)? {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn samples() -> Option<Vec<Value>> {
    let data = Datasets::find("labelled_samples_are_accounted_for")?;
    let bytes = std::fs::read(data.file("cloudtrail/panther-AWS.CloudTrail.ndjson.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut text).unwrap();
    let event = |line: &str| serde_json::from_str::<Value>(line).unwrap()["event"].clone();
    Some(text.lines().map(event).collect())
}

#[test]
fn labelled_samples_are_accounted_for() {
    let Some(samples) = samples() else { return };
    assert_eq!(samples.len(), 546);
    let mut workspace = Workspace::with_data("cloudtrail");
    workspace.write("samples.json", json!({"Records": samples}).to_string());
    let (draft, heard) = workspace.run();
    let artifact = &draft.artifacts[0];
    assert_eq!(artifact.records, 546);

    // What can be placed: it has an id and an instant. The others are named, one by one.
    let placed = |event: &&Value| {
        let time = said(event, "/eventTime");
        let at = time.and_then(|time| time.parse::<tenure_model::Timestamp>().ok());
        said(event, "/eventID").is_some() && at.is_some()
    };
    let insight = |event: &&Value| said(event, "/eventCategory").as_deref() == Some("Insight");
    let used: Vec<&Value> = samples.iter().filter(placed).filter(|e| !insight(e)).collect();
    // 408 have an id and a time; of those times 290 say their zone, which is never guessed.
    assert_eq!(used.len(), 290);
    assert_eq!(artifact.with_facts, used.len() as u64);
    let skipped = artifact.skipped.values().sum::<u64>();
    assert_eq!(artifact.rejected + skipped, 546 - used.len() as u64);
    let named = gaps(&workspace, &draft.run);
    let named = named.iter().filter(|gap| gap.record.is_some()).count() as u64;
    assert_eq!(named, artifact.rejected);

    for (event, (_, record, usage)) in used.iter().zip(&heard.usage) {
        let same = |ours: &Option<String>, path: &str| {
            assert_eq!(*ours, said(event, path), "record {record}, {path}");
        };
        same(&Some(usage.event_id.clone()), "/eventID");
        same(&usage.action, "/eventName");
        same(&usage.service, "/eventSource");
        same(&usage.region, "/awsRegion");
        same(&usage.src_ip, "/sourceIPAddress");
        same(&usage.user_agent, "/userAgent");
        same(&usage.error_code, "/errorCode");
        same(&usage.account, "/recipientAccountId");
        same(&usage.shared_event_id, "/sharedEventID");
        same(&usage.actor_type, "/userIdentity/type");
        same(&usage.actor, "/userIdentity/arn");
        same(&usage.actor_id, "/userIdentity/principalId");
        same(&usage.actor_name, "/userIdentity/userName");
        same(&usage.credential_key, "/userIdentity/accessKeyId");
        same(&usage.actor_account, "/userIdentity/accountId");
        same(&usage.invoked_by, "/userIdentity/invokedBy");
        same(&usage.session_issuer, "/userIdentity/sessionContext/sessionIssuer/arn");
        same(&usage.source_identity, "/userIdentity/sessionContext/sourceIdentity");
        if usage.service.as_deref() == Some("sts.amazonaws.com") {
            same(&usage.issued_key, "/responseElements/credentials/accessKeyId");
        }
    }
}
