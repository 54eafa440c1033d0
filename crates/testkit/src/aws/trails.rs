//! CloudTrail's configuration. Trails belong to one region of two in turn.

use serde_json::{Value, json};

use super::Behaviour;
use super::answers::{Answer, json_of, json_page, page, refuse, unknown};
use super::http::Request;
use super::signature::Keys;
use super::world::Account;

pub(super) fn answer(
    account: &Account,
    request: &Request,
    caller: &Keys,
    behaviour: &Behaviour,
) -> Answer {
    let trail = |(n, name): (usize, &String)| {
        let region = ["us-east-1", "eu-west-1"][n % 2];
        let arn = format!("arn:aws:cloudtrail:{region}:{}:trail/{name}", caller.account);
        json!({"Name": name, "TrailARN": arn, "HomeRegion": region})
    };
    let trails: Vec<Value> = account.trails.iter().enumerate().map(trail).collect();
    let there = |parameter: &str| trails.iter().any(|t| t["TrailARN"] == request.text(parameter));
    match request.action.as_str() {
        "DescribeTrails" => json_of(&json!({ "trailList": trails })),
        "GetTrailStatus" if there("Name") => json_of(&json!({"IsLogging": true})),
        "GetEventSelectors" if there("TrailName") => json_of(&json!({"EventSelectors": []})),
        "GetTrailStatus" | "GetEventSelectors" => {
            refuse(request, 400, "TrailNotFoundException", "there is no such trail")
        }
        "ListPublicKeys" => {
            let keys: Vec<_> = (0..2).map(|n| json!({"Fingerprint": format!("{n:032}")})).collect();
            let (keys, next) = page(request, &keys, behaviour.page, false);
            json_page("PublicKeyList", keys, next)
        }
        _ => unknown(request),
    }
}
