//! The trails of an account: what they log, whether they do, and the keys that their digests are
//! signed with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::operation::Operation as Op;
use super::session::{Halt, Input, nothing};
use super::walk::Walk;

/// The first digests are of 2013; keys are asked for from then on.
const FIRST_KEYS: i64 = 1_356_998_400;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// Asks for them. A trail answers in the region that it belongs to.
pub(super) fn walk(walk: &mut Walk<'_>) -> Result<(), Halt> {
    let home = walk.region;
    let mut regions = BTreeSet::from([home.to_owned()]);
    if let Some(body) = walk.one(Op::DescribeTrails, &nothing())? {
        for (arn, region) in trails(&body) {
            let region = if region.is_empty() { home.to_owned() } else { region };
            let at = &mut Walk { region: &region, output: walk.output.as_deref_mut(), ..*walk };
            at.one(Op::GetTrailStatus, &named("Name", &arn))?;
            at.one(Op::GetEventSelectors, &named("TrailName", &arn))?;
            regions.insert(region);
        }
    }
    let span = span(walk.session.clock.now().seconds());
    for region in &regions {
        let at = &mut Walk { region, output: walk.output.as_deref_mut(), ..*walk };
        at.pages(Op::ListPublicKeys, &span, |_| ())?;
    }
    Ok(())
}

fn named(name: &str, arn: &str) -> Input {
    super::session::input([(name, arn)])
}

/// From the first keys to the end of the day, so that a day's collections ask alike.
fn span(now: i64) -> Input {
    let end = (now.div_euclid(DAY) + 1) * DAY;
    let span = json!({"StartTime": FIRST_KEYS, "EndTime": end});
    span.as_object().cloned().unwrap_or_default()
}

/// ARNs and home regions.
fn trails(body: &str) -> BTreeMap<String, String> {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let list = json.get("trailList").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |trail: &Value, name: &str| Some(trail.get(name)?.as_str()?.to_owned());
    let both = |trail: &Value| {
        Some((text(trail, "TrailARN")?, text(trail, "HomeRegion").unwrap_or_default()))
    };
    list.iter().filter_map(both).collect()
}
