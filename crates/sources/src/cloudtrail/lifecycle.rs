//! How long a bucket keeps objects: its lifecycle, as the calls say that set it.
//!
//! Shapes: Amazon S3 User Guide, "Amazon S3 CloudTrail events" (`PutBucketLifecycle`,
//! `DeleteBucketLifecycle`, `CreateBucket`), and API Reference, "PutBucketLifecycleConfiguration".
//! CloudTrail writes the document's elements as members: one `Rule` is an object, several are a list.

use serde_json::Value;
use serde_json::value::RawValue;
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use super::record::Event;

/// Native type of a bucket's setting.
const SETTING: &str = "bucket-setting";
/// What a bucket removes by itself, and when.
const LIFECYCLE: &str = "lifecycle";
/// That it removes nothing.
const NONE: &str = "none";

/// Whether a call of S3 sets how long a bucket keeps what is in it.
pub(super) fn sets(action: &str) -> bool {
    matches!(
        action,
        "CreateBucket"
            | "PutBucketLifecycle"
            | "PutBucketLifecycleConfiguration"
            | "DeleteBucketLifecycle"
    )
}

/// What a bucket removes by itself from the call on, as `400d AWSLogs/;30d tmp/`: after so many days,
/// what begins so. A bucket is made without a lifecycle.
pub(super) fn settings(event: &Event<'_>, at: Timestamp) -> Option<Fact> {
    let action = event.event_name.get().filter(|action| sets(action))?;
    if event.event_source.get() != Some("s3.amazonaws.com") || !event.succeeded() {
        return None;
    }
    let request: Value = serde_json::from_str(event.request_parameters.map(RawValue::get)?).ok()?;
    let bucket = request.get("bucketName")?.as_str()?;
    let value = match action {
        "CreateBucket" | "DeleteBucketLifecycle" => NONE.to_owned(),
        _ => written(request.get("LifecycleConfiguration")),
    };
    let begun = Change::Begun { at, basis: Basis::Event };
    let fact = Fact::new(TableId::Configurations, SETTING, format!("{bucket}#{LIFECYCLE}"), begun)
        .with("scope", format!("bucket:{bucket}"))
        .with("setting", LIFECYCLE)
        .with("value", value)
        .with_some("change_ref", event.event_id.get())
        .with_some("changed_by", event.actor());
    Some(fact)
}

/// The rules in force that remove something, in order of their texts.
fn written(document: Option<&Value>) -> String {
    let Some(document) = document else { return "? ?".to_owned() };
    let rules = match document.get("Rule").or_else(|| document.get("Rules")) {
        Some(Value::Array(rules)) => rules.iter().collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(rule) => vec![rule],
    };
    let mut removing: Vec<_> = rules.into_iter().filter_map(removes).collect();
    removing.sort();
    removing.dedup();
    if removing.is_empty() { NONE.to_owned() } else { removing.join(";") }
}

/// After which time a rule removes what: `?` for a date, and for objects that it tells by more than
/// how they begin.
fn removes(rule: &Value) -> Option<String> {
    if rule.get("Status").and_then(Value::as_str) == Some("Disabled") {
        return None;
    }
    let expiration = rule.get("Expiration")?;
    let days = expiration.get("Days").and_then(number);
    // Removing markers of what is removed already removes nothing.
    if days.is_none() && expiration.get("Date").is_none() {
        return None;
    }
    let days = days.map_or_else(|| "?".to_owned(), |days| format!("{days}d"));
    let filter = rule.get("Filter").filter(|filter| filter.is_object());
    let told = filter.into_iter().flat_map(|f| f.as_object()).flatten();
    let beside = told.filter(|(name, _)| *name != "Prefix").count();
    let prefix = filter.and_then(|f| f.get("Prefix")).or_else(|| rule.get("Prefix"));
    let prefix = prefix.and_then(Value::as_str).unwrap_or_default();
    Some(match (beside, prefix) {
        (0, "") => days,
        (0, prefix) if !prefix.contains([';', '?']) => format!("{days} {prefix}"),
        _ => format!("{days} ?"),
    })
}

/// A number, written as one or as text.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_in_force_that_remove_something_are_told() {
        let rule = |days: i64, prefix: &str| json!({"ID": prefix, "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": days}});
        let one = json!({"Rule": rule(400, "")});
        assert_eq!(written(Some(&one)), "400d");
        let mut off = rule(1, "AWSLogs/");
        off["Status"] = json!("Disabled");
        let two = json!({"Rule": [rule(90, "tmp/"), rule(400, "AWSLogs/"), off]});
        assert_eq!(written(Some(&two)), "400d AWSLogs/;90d tmp/");
        let old =
            json!({"Rule": {"Status": "Enabled", "Prefix": "logs", "Expiration": {"Days": "30"}}});
        assert_eq!(written(Some(&old)), "30d logs");
        let tagged = json!({"Rule": {"Status": "Enabled", "Filter": {"Tag": {"Key": "a", "Value": "b"}}, "Expiration": {"Days": 7}}});
        assert_eq!(written(Some(&tagged)), "7d ?");
        let dated = json!({"Rule": {"Status": "Enabled", "Filter": "", "Expiration": {"Date": "2026-01-01T00:00:00Z"}}});
        assert_eq!(written(Some(&dated)), "?");
        let moves = json!({"Rule": {"Status": "Enabled", "Transition": {"Days": 30, "StorageClass": "GLACIER"}}});
        assert_eq!(written(Some(&moves)), "none");
        assert_eq!(written(None), "? ?");
    }

    #[test]
    fn calls_that_set_a_lifecycle_are_told_of_their_bucket() {
        let said = |source: &str, action: &str, request: Value| {
            let record = json!({"eventID": "e", "eventSource": source, "eventName": action,
                "eventTime": "2025-01-01T00:00:00Z", "requestParameters": request});
            let raw = record.to_string();
            let event = Event::parse(raw.as_bytes()).expect("a record");
            settings(&event, Timestamp::from_seconds(0))
        };
        let bucket = json!({"bucketName": "logs"});
        let made = said("s3.amazonaws.com", "CreateBucket", bucket.clone()).expect("a setting");
        assert_eq!(made.native_id.as_str(), "logs#lifecycle");
        assert!(said("s3.amazonaws.com", "PutBucketPolicy", bucket.clone()).is_none());
        assert!(said("ec2.amazonaws.com", "CreateBucket", bucket).is_none());
        assert!(said("s3.amazonaws.com", "CreateBucket", json!(null)).is_none());
    }
}
