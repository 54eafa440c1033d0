//! The same objects from moto's S3 as from a file: the same artifacts, facts and totals.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::moto::Bucket;
use super::server::{ask, serve};
use super::{digest_key, with_keys, workspace};
use crate::support::{Said, Workspace, dataset, fixture, gaps, untar};
use tenure_sources::pipeline::RunDraft;

/// What a run said, without what depends on the names of objects.
fn nameless(draft: &RunDraft, said: &Said) -> (BTreeMap<String, String>, Vec<String>, Vec<String>) {
    let artifacts = draft.artifacts.iter().map(|a| {
        let account =
            format!("{} {} {} {:?} {}", a.bytes, a.records, a.with_facts, a.skipped, a.rejected);
        (a.blob.to_string(), account)
    });
    let mut facts: Vec<_> = said.facts.iter().map(|fact| format!("{fact:?}")).collect();
    let mut usage: Vec<_> = said.usage.iter().map(|usage| format!("{usage:?}")).collect();
    facts.sort();
    usage.sort();
    (artifacts.collect(), facts, usage)
}

#[test]
fn the_shipped_sample_says_the_same_from_a_bucket() {
    with_keys(
        "cloudtrail::bucket::against_moto::the_shipped_sample_says_the_same_from_a_bucket",
        || {
            let Some(moto) = Bucket::start("cloudtrail from moto") else { return };
            let path = fixture("cloudtrail/stratus-detonation-logs.tar.gz");
            let mut tar = Vec::new();
            let file = std::fs::File::open(&path).unwrap();
            std::io::copy(&mut flate2::read::GzDecoder::new(file), &mut tar).unwrap();
            for (name, bytes) in untar(&tar) {
                let dir = "AWSLogs/123456789012/CloudTrail/us-east-1/2024/07/30";
                moto.put(&format!("{dir}/{name}"), &[], &bytes);
            }
            let mut workspace = workspace(moto.address);
            let test = workspace.source().test(&workspace.checked()).unwrap();
            let said = "s3://logs/AWSLogs/: 1 accounts, 1 folders of regions, 35 objects, 0 gaps";
            assert_eq!(test, said, "as in docs/sources/cloudtrail-bucket.md");
            let (draft, said) = workspace.run();
            let mut from_file = Workspace::new("cloudtrail").set("path", path.to_str().unwrap());
            let (expected, expected_said) = from_file.run();
            assert_eq!(draft.run.gaps, []);
            assert_eq!(draft.artifacts.len(), 35);
            let (artifacts, _, usage) = nameless(&draft, &said);
            let (expected, _, expected_usage) = nameless(&expected, &expected_said);
            assert_eq!((artifacts, usage), (expected, expected_usage));
        },
    );
}

#[test]
fn digests_of_moto_have_their_metadata_and_no_keys() {
    with_keys(
        "cloudtrail::bucket::against_moto::digests_of_moto_have_their_metadata_and_no_keys",
        || {
            let Some(moto) = Bucket::start("cloudtrail from moto") else { return };
            let key = digest_key("eu-west-1", "2026/01/30", 5);
            moto.put(
                &key,
                &[("signature", "0a0b"), ("signature-algorithm", "SHA256withRSA")],
                b"x",
            );
            let (taken, gaps) = super::collected(&workspace(moto.address).set("digests", "yes"));
            assert_eq!(taken.names(), [key.clone(), format!("{key}.metadata.json")]);
            let metadata =
                r#"{"Metadata":{"signature":"0a0b","signature-algorithm":"SHA256withRSA"}}"#;
            assert_eq!(taken.artifacts[1].1, metadata.as_bytes());
            assert!(gaps.len() == 1 && gaps[0].contains("cannot be verified"), "{gaps:?}");
        },
    );
}

/// 3,872 objects that may not be shipped.
#[test]
fn sans504_says_the_same_from_a_bucket_and_is_read_once() {
    with_keys(
        "cloudtrail::bucket::against_moto::sans504_says_the_same_from_a_bucket_and_is_read_once",
        || {
            let Some(path) = dataset("cloudtrail/sans504-falsimentis-342082656213.tar") else {
                return;
            };
            let Some(moto) = Bucket::start("cloudtrail from moto") else { return };
            for (name, bytes) in untar(&std::fs::read(&path).unwrap()) {
                let name = name.trim_start_matches("./");
                let at = name.find("342082656213_CloudTrail").unwrap();
                let region = name[at..].split('_').nth(2).unwrap();
                let stamp = name[at..].split('_').nth(3).unwrap();
                let day = format!("{}/{}/{}", &stamp[..4], &stamp[4..6], &stamp[6..8]);
                let dir = format!("AWSLogs/342082656213/CloudTrail/{region}/{day}");
                moto.put(&format!("{dir}/{}", &name[at..]), &[], &bytes);
            }
            // Counts what passes on its way to moto.
            let seen = Arc::new(Mutex::new(Vec::new()));
            let (counted, to) = (Arc::clone(&seen), moto.address);
            let proxy = serve(move |request| {
                counted.lock().unwrap().push(request.target.clone());
                ask(to, &request).unwrap()
            });
            let mut workspace = workspace(proxy);
            let (draft, said) = workspace.run();
            let mut from_file = Workspace::new("cloudtrail").set("path", path.to_str().unwrap());
            let (expected, expected_said) = from_file.run();
            assert_eq!(draft.artifacts.len(), 3872);
            assert_eq!(draft.artifacts.iter().map(|a| a.records).sum::<u64>(), 30_477);
            assert_eq!(nameless(&draft, &said), nameless(&expected, &expected_said));
            assert_eq!(draft.run.received_totals, expected.run.received_totals);
            let causes = |workspace: &Workspace, draft: &RunDraft| {
                gaps(workspace, &draft.run).into_iter().map(|gap| gap.cause).collect::<Vec<_>>()
            };
            assert_eq!(causes(&workspace, &draft), causes(&from_file, &expected));
            let mut targets = std::mem::take(&mut *seen.lock().unwrap());
            targets.retain(|target| !target.contains('?'));
            let all = targets.len();
            targets.sort();
            targets.dedup();
            assert_eq!((all, targets.len()), (3872, 3872), "each object is read once");
            std::fs::remove_dir_all(workspace.dir.path().join("scratch")).unwrap();
            let (draft, _) = workspace.run();
            assert!(draft.nothing_new);
            let targets = std::mem::take(&mut *seen.lock().unwrap());
            assert!(targets.iter().all(|target| target.contains('?')), "and never again");
            assert_eq!(draft.run.requests, targets.len() as u64);
        },
    );
}
