//! The keys with which digests were signed: without them no digest can be verified offline, and
//! AWS gives them only while it wants to. CloudTrail API reference, `ListPublicKeys`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use tenure_model::digest::Digest;
use tenure_model::entry::Gap;

use crate::aws::{Call, Service};
use crate::source::{Artifact, Collect, Payload};

use super::super::super::names::{ObjectKind, ObjectName};
use super::client::Who;
use super::place::is_region;

/// Keys are asked for a little longer than digests were signed: aws-cli's issue 10072 shows a key
/// that took over within the hour of a digest.
const MARGIN: i64 = 2 * 3600;

/// When digests of a region were signed: the first and the last, in seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Span {
    first: i64,
    last: i64,
}

/// The spans of digests, by region.
#[derive(Default, Debug)]
pub(super) struct Spans(BTreeMap<String, Span>);

impl Spans {
    /// Notes that a digest was collected.
    pub(super) fn note(&mut self, region: &str, key: &str) {
        let Some(name) = ObjectName::parse(key).filter(|name| name.kind == ObjectKind::Digest)
        else {
            return;
        };
        let at = name.at.seconds();
        let span = self.0.entry(region.to_owned()).or_insert(Span { first: at, last: at });
        *span = Span { first: span.first.min(at), last: span.last.max(at) };
    }

    /// Where no keys were recorded so far, those of earlier digests are wanted too.
    fn with_known(mut self, known: &BTreeMap<String, Digest>) -> Self {
        let without: Vec<_> = self
            .0
            .keys()
            .filter(|region| recorded(known, region).next().is_none())
            .cloned()
            .collect();
        if !without.is_empty() {
            for key in known.keys() {
                let region = ObjectName::parse(key).map(|name| folder(key, &name).to_owned());
                if let Some(region) = region.filter(|region| without.contains(region)) {
                    self.note(&region, key);
                }
            }
        }
        self
    }
}

/// The region of a digest's folder: its name has the regions of both the digest and the trail.
fn folder<'a>(key: &'a str, name: &ObjectName<'_>) -> &'a str {
    let dir = key.strip_suffix(name.file).unwrap_or_default();
    dir.trim_end_matches('/').rsplit('/').nth(3).unwrap_or_default()
}

/// The digests of key lists that are recorded of a region.
fn recorded<'a>(
    known: &'a BTreeMap<String, Digest>,
    region: &str,
) -> impl Iterator<Item = &'a Digest> {
    let (file, dir) = (format!("public-keys/{region}.json"), format!("public-keys/{region}/"));
    let named = known.range("public-keys/".to_owned()..);
    let named = named.take_while(|(name, _)| name.starts_with("public-keys/"));
    named
        .filter(move |(name, _)| **name == file || name.starts_with(&dir))
        .map(|(_, digest)| digest)
}

/// Asks for the keys of each region. Gives what is new, what is missing, and how many requests it
/// took.
pub(super) fn ask(cx: &Collect<'_>, who: &Who, spans: Spans) -> (Vec<Artifact>, Vec<Gap>, u64) {
    let (mut artifacts, mut gaps, mut requests) = (Vec::new(), Vec::new(), 0);
    for (region, span) in spans.with_known(cx.known).0 {
        let name = format!("public-keys/{region}.json");
        match list(who, &region, span, &mut requests) {
            Ok(body) => artifacts.extend(unrecorded(cx, &region, name, body)),
            Err(cause) => gaps.push(Gap {
                artifact: name,
                record: None,
                cause: format!(
                    "the keys of digests of {region} were not received, so the signatures of those digests cannot be verified: {cause}"
                ),
                hint: "allow cloudtrail:ListPublicKeys, and collect again".to_owned(),
            }),
        }
    }
    (artifacts, gaps, requests)
}

fn list(who: &Who, region: &str, span: Span, requests: &mut u64) -> Result<String, String> {
    if !is_region(region) {
        return Err("that is no name of a region".to_owned());
    }
    let mut input = Map::new();
    input.insert("StartTime".to_owned(), Value::from(span.first - MARGIN));
    input.insert("EndTime".to_owned(), Value::from(span.last + MARGIN));
    let call = Call {
        service: Service::CloudTrail,
        region,
        action: "ListPublicKeys",
        input: &input,
        marker: None,
    };
    let answer = who.api.call(&who.identity, &call);
    *requests += u64::from(answer.attempts);
    if let Some(fault) = answer.fault {
        return Err(fault.to_string());
    }
    let list: Value =
        serde_json::from_str(&answer.body).map_err(|e| format!("the answer is no JSON: {e}"))?;
    match list.get("PublicKeyList").and_then(Value::as_array) {
        Some(keys) if !keys.is_empty() => Ok(answer.body),
        Some(_) => Err("the answer names none".to_owned()),
        None => Err("the answer has no PublicKeyList".to_owned()),
    }
}

/// What is recorded already is not recorded again, and a longer list gets a name of its own.
fn unrecorded(cx: &Collect<'_>, region: &str, name: String, body: String) -> Option<Artifact> {
    let digest = Digest(Sha256::digest(body.as_bytes()).into());
    if recorded(cx.known, region).any(|known| *known == digest) {
        return None;
    }
    let name = if cx.known.contains_key(&name) {
        format!("public-keys/{region}/{}.json", cx.clock.now())
    } else {
        name
    };
    let payload = Payload::Bytes(body.into_bytes());
    Some(Artifact { name, media_type: "application/json", payload })
}

#[cfg(test)]
mod tests {
    use tenure_model::clock::FixedClock;
    use tenure_model::time::Timestamp;

    use super::*;
    use crate::settings::Settings;
    use crate::source::NoProgress;

    const DIGEST: &str = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2021/07/29/111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20210729T235336Z.json.gz";

    #[test]
    fn spans_reach_over_known_digests_until_keys_are_recorded() {
        let later = DIGEST.replace("20210729T235336Z", "20210730T005336Z");
        let mut known = BTreeMap::from([(DIGEST.to_owned(), Digest([0; 32]))]);
        let at = |text: &str| text.parse::<Timestamp>().expect("a time").seconds();
        let spans = |known: &BTreeMap<String, Digest>| {
            let mut spans = Spans::default();
            spans.note("eu-west-1", &later);
            spans.note("eu-west-1", "AWSLogs/readme.json");
            spans.with_known(known).0["eu-west-1"]
        };
        let last = at("2021-07-30T00:53:36Z");
        assert_eq!(spans(&known), Span { first: at("2021-07-29T23:53:36Z"), last });
        known.insert("public-keys/eu-west-1.json".to_owned(), Digest([1; 32]));
        assert_eq!(spans(&known), Span { first: last, last });
    }

    #[test]
    fn lists_are_recorded_once_and_never_replaced() {
        let settings = Settings::default();
        let mut known = BTreeMap::new();
        let clock = FixedClock("2026-01-02T03:04:05Z".parse().expect("a time"));
        let mut names = Vec::new();
        for body in ["a", "a", "b", "a", "b"] {
            let cx = Collect {
                settings: &settings,
                clock: &clock,
                cursor: None,
                known: &known,
                progress: &NoProgress,
                scratch: std::path::Path::new(""),
            };
            let new = unrecorded(
                &cx,
                "eu-west-1",
                "public-keys/eu-west-1.json".to_owned(),
                body.to_owned(),
            );
            if let Some(Artifact { name, .. }) = new {
                known.insert(name.clone(), Digest(Sha256::digest(body).into()));
                names.push(name);
            }
        }
        assert_eq!(
            names,
            ["public-keys/eu-west-1.json", "public-keys/eu-west-1/2026-01-02T03:04:05Z.json"]
        );
    }
}
