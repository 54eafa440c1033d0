//! Trails: whether they log, and what. Whether one logs is the very setting that CloudTrail's own
//! events switch; the rest is written in another form than in events, and so stands beside it.

use serde_json::{Map, Value};
use tenure_model::fact::Fact;
use tenure_model::tables::TableId;

use crate::cloudtrail::trail::{LOGGING, SETTING};

use super::answer::Content;
use super::facts::Cx;

/// What a trail covers and how its log is protected.
const SHAPE: &[&str] = &[
    "IsMultiRegionTrail",
    "IsOrganizationTrail",
    "IncludeGlobalServiceEvents",
    "LogFileValidationEnabled",
    "KmsKeyId",
    "S3BucketName",
    "S3KeyPrefix",
    "HomeRegion",
];

pub(super) fn facts(cx: Cx<'_>, content: &Content) -> Option<Vec<Fact>> {
    Some(match content {
        Content::Trails(trails) => trails.iter().flat_map(|trail| shape(cx, trail)).collect(),
        Content::TrailStatus { trail, status } => {
            let logging = match status.get("IsLogging") {
                Some(Value::Bool(true)) => Some("on"),
                Some(Value::Bool(false)) => Some("off"),
                _ => None,
            };
            let error = status.get("LatestDeliveryError").and_then(Value::as_str);
            let error = setting(cx, trail, "LatestDeliveryError", error.unwrap_or_default());
            let logging = logging.map(|value| setting(cx, trail, LOGGING, value));
            logging.into_iter().chain([error]).collect()
        }
        Content::TrailSelectors { trail, selectors } => {
            let named = ["EventSelectors", "AdvancedEventSelectors"].into_iter();
            named
                .filter_map(|name| Some((name, selectors.get(name)?)))
                .map(|(name, value)| setting(cx, trail, name, &value.to_string()))
                .collect()
        }
        _ => return None,
    })
}

fn shape(cx: Cx<'_>, trail: &Map<String, Value>) -> Vec<Fact> {
    let Some(arn) = trail.get("TrailARN").and_then(Value::as_str) else { return Vec::new() };
    let said = SHAPE.iter().filter_map(|name| {
        let value = match trail.get(*name)? {
            Value::String(text) => text.clone(),
            value @ (Value::Bool(_) | Value::Number(_)) => value.to_string(),
            _ => return None,
        };
        Some(setting(cx, arn, name, &value))
    });
    said.collect()
}

fn setting(cx: Cx<'_>, trail: &str, name: &str, value: &str) -> Fact {
    Fact::new(TableId::Configurations, SETTING, format!("{trail}#{name}"), cx.seen())
        .with("scope", format!("trail:{trail}"))
        .with("setting", name)
        .with("value", value)
}
