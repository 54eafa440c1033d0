//! Everything that can be done to a bucket: each is found, is named for what it is, and takes the
//! proof from the events concerned and from no others.

use serde_json::{Value, json};
use tenure_model::entry::CoverageStatus;
use tenure_testkit::cloudtrail::{Hour, Objects, Signer, Trail, gzip};

use super::{OTHER, REGION, bucket, found, hours, is_proven, minutes, run, status};

mod cases;

/// A way to tamper with a region's twelve hours of digests.
struct Case {
    name: &'static str,
    /// Before digests are signed: whoever does this has the key.
    before: fn(&mut Vec<Hour>),
    /// Afterwards.
    after: fn(&mut Objects),
    /// What is found: a part of the artifact's name, and of the cause.
    found: &'static [(&'static str, &'static str)],
    /// Minutes of which nothing is proven any more.
    doubtful: &'static [(i64, i64)],
}

const fn hour(h: i64, minute: i64) -> i64 {
    h * 60 + minute
}

/// The last minute that is proven of an untouched region.
const LAST: i64 = hour(11, 29);

fn trail() -> Trail {
    Trail::new(REGION)
}

/// The key of the digest that ends at an hour.
fn digest(end: i64) -> String {
    trail().digest_key(minutes(hour(end, 0)), false)
}

fn metadata(end: i64) -> String {
    digest(end) + ".metadata.json"
}

fn log(h: i64, minute: i64) -> String {
    trail().log_key(minutes(hour(h, minute)))
}

fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut inflated = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(bytes), &mut inflated).unwrap();
    inflated
}

fn object<'o>(objects: &'o mut Objects, key: &str) -> &'o mut Vec<u8> {
    objects.get_mut(key).unwrap_or_else(|| panic!("{key}"))
}

fn edit(objects: &mut Objects, key: &str, edit: impl Fn(&mut Value)) {
    let bytes = object(objects, key);
    let mut value: Value = serde_json::from_slice(&inflated(bytes)).unwrap();
    edit(&mut value);
    *bytes = gzip(value.to_string().as_bytes());
}

fn edit_metadata(objects: &mut Objects, end: i64, edit: impl Fn(&mut Value)) {
    let bytes = object(objects, &metadata(end));
    let mut value: Value = serde_json::from_slice(bytes).unwrap();
    edit(&mut value["Metadata"]);
    *bytes = value.to_string().into_bytes();
}

fn remove(objects: &mut Objects, keys: &[String]) {
    for key in keys {
        objects.remove(key).unwrap_or_else(|| panic!("{key}"));
    }
}

fn flip_signature(metadata: &mut Value) {
    let signature = metadata["signature"].as_str().unwrap();
    let flipped = if signature.starts_with('0') { "1" } else { "0" };
    metadata["signature"] = json!(format!("{flipped}{}", &signature[1..]));
}

fn check(case: &Case) {
    let mut hours = hours(12);
    (case.before)(&mut hours);
    let mut objects = bucket(&hours);
    (case.after)(&mut objects);
    let (workspace, draft) = run(&objects);
    let gaps = found(&workspace, &draft);
    for (artifact, cause) in case.found {
        let is_found =
            gaps.iter().any(|g| g.artifact.contains(artifact) && g.cause.contains(cause));
        assert!(is_found, "{}: {cause} is not found of {artifact} in {gaps:#?}", case.name);
    }
    for minute in 0..=LAST {
        let doubtful = case.doubtful.iter().any(|(from, to)| (*from..*to).contains(&minute));
        for stream in [format!("usage:{REGION}"), "usage".to_owned()] {
            assert_eq!(
                is_proven(&draft, &stream, minute),
                !doubtful,
                "{}: {stream} at {} in {:#?}",
                case.name,
                minutes(minute),
                draft.coverage
            );
        }
        assert!(is_proven(&draft, &format!("usage:{OTHER}"), minute), "{}", case.name);
    }
}

#[test]
fn nothing_is_found_in_an_untouched_bucket() {
    check(&Case { name: "untouched", before: |_| (), after: |_| (), found: &[], doubtful: &[] });
    let (workspace, draft) = run(&bucket(&hours(12)));
    assert_eq!(found(&workspace, &draft), []);
    let total = |name: &str| draft.run.received_totals[name];
    assert_eq!((total("digests_verified"), total("digests_refused")), (24, 0));
    assert_eq!((total("log_objects_verified"), total("log_objects_altered")), (48, 0));
    assert_eq!((total("log_objects_missing"), total("digests_unverifiable")), (0, 0));
    assert!(draft.run.checks.contains(&"digest_chain".to_owned()));
    let edges = [("usage", -1), ("usage", LAST + 1), ("usage:eu-west-1", LAST + 1)];
    for (stream, minute) in edges {
        assert!(!is_proven(&draft, stream, minute), "{stream} at {minute}");
    }
}

#[test]
fn tampering_with_log_objects_is_found() {
    cases::LOGS.iter().for_each(check);
}

#[test]
fn tampering_with_digests_is_found() {
    cases::DIGESTS.iter().for_each(check);
}

#[test]
fn tampering_with_signatures_is_found() {
    cases::SIGNATURES.iter().for_each(check);
}

#[test]
fn contradictions_between_signed_digests_are_found() {
    cases::LINKS.iter().for_each(check);
}

#[test]
fn every_way_is_a_case_of_its_own() {
    let all = [cases::LOGS, cases::DIGESTS, cases::SIGNATURES, cases::LINKS];
    let names: std::collections::BTreeSet<_> =
        all.iter().flat_map(|cases| cases.iter()).map(|case| case.name).collect();
    assert_eq!(names.len(), all.iter().map(|cases| cases.len()).sum::<usize>());
    assert!(names.len() >= 25, "{}", names.len());
}

/// A region's digests are all gone: what its deliveries hid cannot be known.
#[test]
fn a_region_without_digests_takes_the_proof_from_the_account() {
    let mut objects = bucket(&hours(12));
    objects.retain(|key, _| !key.contains(&format!("CloudTrail-Digest/{REGION}")));
    let (workspace, draft) = run(&objects);
    let gaps = found(&workspace, &draft);
    assert_eq!(gaps.len(), 1, "{gaps:#?}");
    assert!(gaps[0].cause.contains("no digest of that region is"), "{gaps:#?}");
    let drafts = [draft];
    for minute in 0..=LAST {
        assert_eq!(status(&drafts, "usage", minutes(minute)), Some(CoverageStatus::Gap));
        assert!(is_proven(&drafts[0], &format!("usage:{OTHER}"), minute));
    }
}
