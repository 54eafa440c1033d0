//! Chains with nothing wrong, whatever way they come, and what follows from how they come.

use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use tenure_model::Digest;
use tenure_model::entry::CoverageStatus;
use tenure_sources::pipeline::RunDraft;
use tenure_testkit::cloudtrail::{Hour, Objects, Signer, Trail, gzip, public_keys};
use tenure_testkit::time::HOUR;

use super::{
    KEYS, OTHER, REGION, bucket, found, hours, is_proven, keys, minutes, put, run, start, status,
};
use crate::support::{Workspace, at, tar};

/// Every minute up to the honest edge, half an hour before the end of the last digest.
fn assert_proven(draft: &RunDraft, streams: &[&str]) {
    for stream in streams {
        let unproven: Vec<_> =
            (0..12 * 60 - 30).filter(|m| !is_proven(draft, stream, *m)).collect();
        assert!(unproven.is_empty(), "{unproven:?} of {stream}: {:#?}", draft.coverage);
    }
}

const ALL: &[&str] = &["usage", "usage:eu-west-1", "usage:us-east-1"];

/// Sixty days of two regions. Metadata are here of the newest digests only: every other digest is
/// signed by what the next one says. Most hours are idle.
#[test]
fn sixty_days_of_two_regions_are_proven() {
    const DAYS: i64 = 60;
    let mut objects = Objects::from([(KEYS.to_owned(), keys())]);
    for region in [REGION, OTHER] {
        let hour = |h: i64| {
            let at: &[i64] = if h % 6 == 0 { &[20] } else { &[] };
            Hour::new(start().plus_micros(h * HOUR), at)
        };
        let mut hours: Vec<_> = (0..DAYS * 24).map(hour).collect();
        hours[0].starting = true;
        objects.extend(Trail::new(region).deliver(&hours));
    }
    let newest = start().plus_micros(DAYS * 24 * HOUR).to_string().replace(['-', ':'], "");
    objects.retain(|key, _| !key.ends_with(".metadata.json") || key.contains(&newest));
    let (workspace, draft) = run(&objects);
    assert_eq!(found(&workspace, &draft), []);
    let total = |name: &str| draft.run.received_totals[name];
    assert_eq!(total("digests_verified"), 2 * 24 * DAYS as u64);
    assert_eq!(total("log_objects_verified"), 2 * 4 * DAYS as u64);
    for stream in ALL {
        let claims: Vec<_> = draft.coverage.iter().filter(|c| c.stream == *stream).collect();
        let proven: Vec<_> = claims.iter().filter(|c| c.status == CoverageStatus::Proven).collect();
        assert_eq!(proven.len(), 1, "{claims:#?}");
        assert_eq!(proven[0].proof_kind, "digest_chain");
        let until = minutes(DAYS * 24 * 60 - 30);
        assert_eq!((proven[0].from, proven[0].to), (start(), until));
        assert!(claims.iter().all(|c| c.status != CoverageStatus::Gap));
        assert!(claims.windows(2).all(|pair| pair[0].to == pair[1].from), "no overlap, no hole");
    }
}

/// What digests will be compared with is hashed while it is read, and only then.
#[test]
fn log_objects_are_hashed_where_digests_come_with_them() {
    let mut objects = bucket(&hours(12));
    let hashed = |draft: &RunDraft| {
        let hashes = draft.artifacts.iter().filter_map(|a| a.integrity.get("content-sha256"));
        hashes.cloned().collect::<Vec<_>>()
    };
    let (_, draft) = run(&objects);
    assert_proven(&draft, ALL);
    assert_eq!(hashed(&draft).len(), draft.artifacts.len());
    let mut expected = Vec::new();
    for artifact in &draft.artifacts {
        let bytes = &objects[&artifact.name];
        let mut inflated = Vec::new();
        let content =
            match flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut inflated) {
                Ok(_) => &inflated,
                Err(_) => bytes,
            };
        expected.push(Digest(Sha256::digest(content).into()).to_string());
    }
    assert_eq!(hashed(&draft), expected);

    objects.retain(|key, _| !key.contains("CloudTrail-Digest"));
    assert_eq!(hashed(&run(&objects).1), [] as [String; 0]);
}

#[test]
fn keys_may_change_in_the_middle() {
    let mut hours = hours(12);
    hours[6..].iter_mut().for_each(|hour| hour.signer = Signer::SECOND);
    let mut objects = bucket(&hours);
    // The digest of the hour of the change is signed by the old key after its time.
    let change = minutes(5 * 60 + 30);
    let keys =
        [(Signer::FIRST, at("2024-01-01"), change), (Signer::SECOND, change, at("2025-01-01"))];
    objects.insert(KEYS.to_owned(), public_keys(&keys));
    let other: Vec<_> = objects.keys().filter(|key| key.contains(OTHER)).cloned().collect();
    other.iter().for_each(|key| drop(objects.remove(key)));
    let (workspace, draft) = run(&objects);
    assert_eq!(found(&workspace, &draft), []);
    assert_proven(&draft, &["usage", "usage:eu-west-1"]);
    let detail =
        &draft.coverage.iter().find(|c| c.status == CoverageStatus::Proven).unwrap().detail;
    assert!(detail.contains("keys with SHA-256"), "{detail}");
}

/// An hour that had no digest has one that was made a month later, in a chain of its own.
#[test]
fn a_backfilled_digest_fills_its_hour() {
    let mut all = hours(12);
    all[5].backfill = true;
    let (workspace, draft) = run(&bucket(&all));
    assert_eq!(found(&workspace, &draft), []);
    assert_proven(&draft, ALL);
    // And one that is not made leaves the hole.
    all.remove(5);
    let (workspace, draft) = run(&bucket(&all));
    let gaps = found(&workspace, &draft);
    assert!(
        gaps.iter().any(|g| g.cause.contains("no digest tells of the time between")),
        "{gaps:#?}"
    );
    assert!(!is_proven(&draft, "usage", 5 * 60 + 10));
}

#[test]
fn copies_below_other_prefixes_are_the_same() {
    let objects = bucket(&hours(12));
    let deep: fn(&str) -> String = |key| format!("copy/of/{key}");
    let short: fn(&str) -> String = |key| key.replace("AWSLogs/111122223333/", "");
    for rename in [deep, short] {
        let renamed = objects.iter().map(|(key, bytes)| (rename(key), bytes.clone()));
        let (workspace, draft) = run(&renamed.collect());
        let gaps: Vec<_> = found(&workspace, &draft)
            .into_iter()
            .filter(|gap| !gap.artifact.ends_with(KEYS))
            .collect();
        assert_eq!(gaps, []);
        assert_proven(&draft, ALL);
    }
}

/// Two copies of one bucket, of which one has no metadata.
#[test]
fn second_copies_that_are_the_same_are_nothing_to_tell_of() {
    let objects = bucket(&hours(12));
    let copies = objects.iter().filter(|(key, _)| !key.ends_with(".metadata.json"));
    let copies = copies.map(|(key, bytes)| (format!("copy/{key}"), bytes.clone()));
    let mut both = objects.clone();
    both.extend(copies.clone());
    let (workspace, draft) = run(&both);
    let about_logs = |gap: &tenure_model::entry::Gap| !gap.artifact.ends_with(KEYS);
    assert_eq!(found(&workspace, &draft).iter().filter(|gap| about_logs(gap)).count(), 0);
    assert_proven(&draft, ALL);
    // Or the copy comes later.
    let (mut workspace, _) = run(&objects);
    put(&workspace, &copies.collect());
    let (draft, _) = workspace.run();
    assert_eq!(found(&workspace, &draft).iter().filter(|gap| about_logs(gap)).count(), 0);
}

/// Some tools inflate what they download.
#[test]
fn inflated_copies_are_the_same() {
    let mut objects = bucket(&hours(12));
    for bytes in objects.values_mut().filter(|bytes| bytes.starts_with(&[0x1f, 0x8b])) {
        let mut inflated = Vec::new();
        std::io::copy(&mut flate2::read::GzDecoder::new(&**bytes), &mut inflated).unwrap();
        *bytes = inflated;
    }
    let (workspace, draft) = run(&objects);
    assert_eq!(found(&workspace, &draft), []);
    assert_proven(&draft, ALL);
}

/// Two trails of one region, of which one begins when the other ends.
#[test]
fn a_trail_may_follow_another() {
    let mut second = Trail::new(REGION);
    second.name = "u".to_owned();
    let all = hours(12);
    let mut objects = Trail::new(REGION).deliver(&all[..8]);
    let mut later = all[6..].to_vec();
    later[0].starting = true;
    objects.extend(second.deliver(&later));
    objects.insert(KEYS.to_owned(), keys());
    let (workspace, draft) = run(&objects);
    assert_eq!(found(&workspace, &draft), []);
    assert_proven(&draft, &["usage", "usage:eu-west-1"]);
}

#[test]
fn a_stop_is_told_by_who_stopped_it() {
    let mut all = hours(12);
    all.drain(5..7);
    all[5].starting = true;
    let mut objects = bucket(&all);
    let event = |name: &str, minute: i64| {
        json!({
            "eventID": name, "eventTime": minutes(minute), "recipientAccountId": "111122223333",
            "eventSource": "cloudtrail.amazonaws.com", "eventName": name,
            "awsRegion": REGION, "requestParameters": {"name": "t"}
        })
    };
    let moves = json!([event("StopLogging", 301), event("StartLogging", 418)]);
    objects.insert("moves.json".to_owned(), moves.to_string().into_bytes());
    let (workspace, draft) = run(&objects);
    let gaps = found(&workspace, &draft);
    let restart = gaps.iter().find(|g| g.cause.contains("begins anew")).expect("a restart");
    let trail = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t (logging)";
    let off = format!("{trail} was switched off at 2024-05-01T05:01:00Z");
    let on = format!("{trail} was switched on at 2024-05-01T06:58:00Z");
    assert!(restart.cause.contains(&off) && restart.cause.contains(&on), "{}", restart.cause);
    let drafts = [draft];
    assert_eq!(status(&drafts, "usage", minutes(360)), Some(CoverageStatus::Gap));
}

/// What is asserted or a gap beyond the chain is never proven.
#[test]
fn digests_that_nobody_can_verify_prove_nothing() {
    let mut objects = bucket(&hours(12));
    objects.remove(KEYS);
    let (workspace, draft) = run(&objects);
    let gaps = found(&workspace, &draft);
    assert_eq!(gaps.len(), 2, "one for each region: {gaps:#?}");
    assert!(gaps.iter().all(|g| g.cause.contains("12 digests of 111122223333/")
        && g.cause.contains("cannot be verified: no public key is here")));
    assert!(draft.coverage.iter().all(|c| c.status != CoverageStatus::Proven));
    assert_eq!(draft.run.received_totals["digests_unverifiable"], 24);
}

#[test]
fn a_single_digest_without_metadata_or_key_cannot_be_verified() {
    let objects = Trail::new(REGION).deliver(&hours(1));
    for (with_key, cause) in
        [(false, "no public key is here"), (true, "neither in object metadata")]
    {
        let mut objects = objects.clone();
        objects.retain(|key, _| !key.ends_with(".metadata.json"));
        if with_key {
            objects.insert(KEYS.to_owned(), keys());
        }
        let (workspace, draft) = run(&objects);
        let gaps = found(&workspace, &draft);
        let told =
            gaps.iter().any(|g| g.cause.contains("cannot be verified") && g.cause.contains(cause));
        assert!(told, "{gaps:#?}");
        assert!(draft.coverage.iter().all(|c| c.status != CoverageStatus::Proven));
    }
}

#[test]
fn a_key_that_is_not_what_it_is_called_is_not_used() {
    let mut objects = bucket(&hours(12));
    let mut list: serde_json::Value = serde_json::from_slice(&objects[KEYS]).unwrap();
    list["PublicKeyList"][0]["Fingerprint"] = json!(Signer::SECOND.fingerprint());
    objects.insert(KEYS.to_owned(), list.to_string().into_bytes());
    let (workspace, draft) = run(&objects);
    let gaps = found(&workspace, &draft);
    assert!(
        gaps.iter().any(|g| g.artifact == KEYS && g.cause.contains("is listed with fingerprint"))
    );
    assert!(gaps.iter().any(|g| g.cause.contains("no public key with the fingerprint")));
    assert!(draft.coverage.iter().all(|c| c.status != CoverageStatus::Proven));
}

#[test]
fn a_bucket_may_come_as_an_archive() {
    let objects = bucket(&hours(3));
    // Names in such an archive have at most 100 bytes.
    let short = |key: &str| key.rsplit('/').next().unwrap().to_owned();
    let members: BTreeMap<_, _> = objects.iter().map(|(key, bytes)| (short(key), bytes)).collect();
    let members: Vec<_> =
        members.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let workspace = Workspace::new("cloudtrail");
    let path = workspace.dir.path().join("bucket.tar");
    std::fs::write(&path, tar(&members)).unwrap();
    let mut workspace = workspace.set("path", path.to_str().unwrap());
    let (draft, _) = workspace.run();
    assert!(is_proven(&draft, "usage", 100), "{:#?}", draft.coverage);
}

/// Objects by the two hours in which they came; metadata come with their digests.
fn in_parts(objects: &Objects) -> Vec<Objects> {
    let mut parts = vec![Objects::new(); 6];
    for (key, bytes) in objects {
        let hour = key.find("_20240501T").map_or(0, |at| key[at + 10..at + 12].parse().unwrap());
        let is_digest = key.contains("CloudTrail-Digest");
        let part = if is_digest { (hour - 1) / 2 } else { hour / 2 };
        parts[part].insert(key.clone(), bytes.clone());
    }
    parts
}

/// Statements of all runs together, minute by minute.
fn stated(drafts: &[RunDraft], stream: &str) -> Vec<Option<CoverageStatus>> {
    (-20..12 * 60).map(|minute| status(drafts, stream, minutes(minute))).collect()
}

fn assert_same_in_parts(parts: Vec<Objects>) {
    let objects: Objects = parts.iter().flatten().map(|(k, b)| (k.clone(), b.clone())).collect();
    let (at_once, draft) = run(&objects);
    let mut workspace = Workspace::with_data("cloudtrail");
    let mut drafts = Vec::new();
    for part in &parts {
        put(&workspace, part);
        drafts.push(workspace.run().0);
    }
    for stream in ALL {
        assert_eq!(
            stated(&drafts, stream),
            stated(std::slice::from_ref(&draft), stream),
            "{stream}"
        );
    }
    let last = drafts.last().unwrap();
    // What reading found is told in the run that read it only.
    let concluded = |gaps: Vec<tenure_model::entry::Gap>| -> Vec<_> {
        gaps.into_iter().filter(|gap| gap.record.is_none()).collect()
    };
    assert_eq!(concluded(found(&workspace, last)), concluded(found(&at_once, &draft)));
    let of_digests = |draft: &RunDraft| {
        let mut totals = draft.run.received_totals.clone();
        // Without records of deliveries, objects that no such record names are soon forgotten.
        totals.remove("log_objects_unnamed");
        totals
    };
    assert_eq!(of_digests(last), of_digests(&draft));
    let (again, _) = workspace.run();
    assert!(again.nothing_new && again.coverage.is_empty(), "{:#?}", again.coverage);
}

#[test]
fn part_by_part_says_the_same_as_all_at_once() {
    let mut parts = in_parts(&bucket(&hours(12)));
    assert!(parts.iter().all(|part| !part.is_empty()));
    assert_same_in_parts(parts.clone());
    parts.reverse();
    assert_same_in_parts(parts);
}

#[test]
fn part_by_part_finds_the_same_as_all_at_once() {
    let trail = Trail::new(REGION);
    let mut all = hours(12);
    all[8].edit = Some(|digest| digest["previousDigestHashValue"] = json!("ab".repeat(32)));
    let mut objects = bucket(&all);
    let log = |minute: i64| trail.log_key(minutes(minute));
    objects.remove(&log(70)).unwrap();
    objects.remove(&trail.digest_key(minutes(4 * 60), false)).unwrap();
    objects.insert(log(325), gzip(&trail.log(minutes(325))));
    objects.insert(log(400), gzip(b"{\"Records\":[]}"));
    assert_same_in_parts(in_parts(&objects));
}

/// Digests, keys or log objects that come late settle what was open.
#[test]
fn what_comes_late_counts() {
    let objects = bucket(&hours(12));
    let trail = Trail::new(REGION);
    let is_log = |key: &str| key.contains("/CloudTrail/");
    let of_hour = trail.digest_key(minutes(6 * 60), false);
    let log = trail.log_key(minutes(310));
    let newest = trail.digest_key(minutes(12 * 60), false) + ".metadata.json";
    let late: [&dyn Fn(&str) -> bool; 6] = [
        &|key| key == KEYS,
        &|key| !is_log(key),
        &|key| is_log(key),
        &|key| key.starts_with(&of_hour),
        &|key| key == log,
        &|key| key == newest,
    ];
    for is_late in late {
        let (last, first): (Objects, Objects) =
            objects.clone().into_iter().partition(|(key, _)| is_late(key));
        assert!(!last.is_empty());
        let mut workspace = Workspace::with_data("cloudtrail");
        put(&workspace, &first);
        let before = workspace.run().0;
        put(&workspace, &last);
        let after = workspace.run().0;
        assert_eq!(found(&workspace, &after), []);
        let drafts = [before, after];
        for stream in ALL {
            let unproven: Vec<_> = (0..12 * 60 - 30)
                .filter(|m| status(&drafts, stream, minutes(*m)) != Some(CoverageStatus::Proven))
                .collect();
            assert!(unproven.is_empty(), "{unproven:?} of {stream} after {:?}", last.keys().next());
        }
    }
}
