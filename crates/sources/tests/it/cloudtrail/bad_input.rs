//! Input that is damaged, hostile or something else: always a gap with a cause, never a crash and
//! never an empty success.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;
use tenure_model::Digest;
use tenure_model::entry::{Gap, RunOutcome};
use tenure_sources::records::{Account, Heard, Records};
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::{Artifact, Payload};

use crate::support::{KEY, Workspace, fixture, gaps, gzip, tar, untar};

const NAMED: &str = "111122223333_CloudTrail_eu-west-1_20240501T1000Z_abc.json.gz";

fn event(id: &str, time: &str) -> serde_json::Value {
    json!({
        "eventID": id, "eventTime": time, "eventName": "GetObject",
        "eventSource": "s3.amazonaws.com", "recipientAccountId": "111122223333"
    })
}

fn two_events() -> String {
    let records = [event("1", "2024-05-01T09:59:00Z"), event("2", "2024-05-01T09:58:00Z")];
    json!({ "Records": records }).to_string()
}

struct Outcome {
    outcome: RunOutcome,
    artifacts: usize,
    records: u64,
    with_facts: u64,
    rejected: u64,
    gaps: Vec<Gap>,
}

impl Outcome {
    /// The only gap.
    fn gap(&self) -> &Gap {
        assert_eq!(self.gaps.len(), 1, "{:?}", self.gaps);
        &self.gaps[0]
    }
}

fn outcome(mut workspace: Workspace) -> Outcome {
    let (draft, _) = workspace.run();
    let sum =
        |of: fn(&tenure_model::entry::ArtifactBody) -> u64| draft.artifacts.iter().map(of).sum();
    let gaps = gaps(&workspace, &draft.run);
    assert_eq!(gaps.len() as u64, draft.run.gap_count);
    assert!(gaps.iter().all(|g| !g.cause.is_empty() && !g.hint.is_empty()), "{gaps:?}");
    Outcome {
        outcome: draft.run.outcome,
        artifacts: draft.artifacts.len(),
        records: sum(|a| a.records),
        with_facts: sum(|a| a.with_facts),
        rejected: sum(|a| a.rejected),
        gaps,
    }
}

fn object(name: &str, bytes: impl AsRef<[u8]>) -> Outcome {
    let workspace = Workspace::with_data("cloudtrail");
    workspace.write(name, bytes);
    outcome(workspace)
}

#[test]
fn a_path_that_is_not_there_is_a_failed_run() {
    let outcome = outcome(Workspace::new("cloudtrail").set("path", "/nowhere/at/all"));
    assert_eq!((outcome.outcome, outcome.artifacts), (RunOutcome::Failed, 0));
    assert!(outcome.gap().cause.contains("cannot be read"));
}

#[test]
fn an_empty_directory_is_a_failed_run() {
    let outcome = outcome(Workspace::with_data("cloudtrail"));
    assert_eq!(outcome.outcome, RunOutcome::Failed);
    assert!(outcome.gap().cause.contains("nothing there"));
}

#[test]
fn a_truncated_object_counts_as_far_as_it_goes() {
    // Noise, so that the cut falls behind the first record.
    let noise: String =
        (0..2_000_u32).map(|n| format!("{:08x}", n.wrapping_mul(2_654_435_761))).collect();
    let mut records = vec![event("1", "2024-05-01T09:59:00Z"), event("2", "2024-05-01T09:59:00Z")];
    records[1]["userAgent"] = json!(noise);
    let whole = gzip(json!({ "Records": records }).to_string().as_bytes());
    let outcome = object(NAMED, &whole[..whole.len() - 300]);
    assert_eq!(outcome.outcome, RunOutcome::Partial);
    assert_eq!((outcome.records, outcome.with_facts), (1, 1));
    let gap = outcome.gap();
    assert_eq!((gap.artifact.as_str(), gap.record), (NAMED, Some(1)));
    assert!(gap.cause.contains("end too early"), "{}", gap.cause);
    assert!(gap.hint.contains("fetch the object again"));
}

#[test]
fn objects_cut_anywhere_never_pass_for_whole() {
    let whole = gzip(two_events().as_bytes());
    for end in 0..whole.len() {
        let outcome = object(NAMED, &whole[..end]);
        assert_ne!(outcome.outcome, RunOutcome::Complete, "cut at {end}");
        assert!(!outcome.gaps.is_empty());
    }
    let plain = two_events();
    for end in 0..plain.len() {
        assert_ne!(object("x.json", &plain[..end]).outcome, RunOutcome::Complete, "cut at {end}");
    }
}

#[test]
fn bytes_after_the_gzip_data_are_told() {
    let mut bytes = gzip(two_events().as_bytes());
    bytes.extend(b"appended");
    let outcome = object(NAMED, &bytes);
    assert_eq!((outcome.outcome, outcome.records), (RunOutcome::Partial, 2));
    assert!(outcome.gap().cause.contains("after the end of the gzip data"));
}

#[test]
fn gzip_members_one_after_another_are_one_object() {
    let text = two_events();
    let (a, b) = text.split_at(100);
    let outcome = object(NAMED, [gzip(a.as_bytes()), gzip(b.as_bytes())].concat());
    assert_eq!((outcome.outcome, outcome.records), (RunOutcome::Complete, 2));
}

#[test]
fn a_wrong_checksum_is_told() {
    let mut bytes = gzip(two_events().as_bytes());
    let at = bytes.len() - 6;
    bytes[at] ^= 1;
    let outcome = object(NAMED, &bytes);
    assert_eq!(outcome.outcome, RunOutcome::Partial);
    assert!(outcome.gap().cause.contains("cannot be read"), "{}", outcome.gap().cause);
}

#[test]
fn what_is_not_json_is_told() {
    for text in ["hello", "<xml/>", "\"text\"", "7", "[1,2", "{\"Records\":[}", "{\"a\" 1}", "]"] {
        let outcome = object("x.json", text);
        assert_eq!(outcome.outcome, RunOutcome::Failed, "{text}");
        assert!(outcome.gaps.last().unwrap().cause.contains("JSON"), "{text}: {:?}", outcome.gaps);
    }
}

#[test]
fn json_of_another_shape_is_rejected_record_by_record() {
    for (text, records) in [
        ("{\"hello\": 1}", 1),
        ("[1, \"two\", null]", 3),
        ("{\"Records\": 5}", 1),
        ("{\"rows\": [{\"eventID\": \"1\"}]}", 1),
        ("[{\"eventID\": \"1\"}]", 1),
        ("[{\"eventTime\": \"2024-05-01T09:59:00Z\"}]", 1),
        ("[{\"eventID\": \"1\", \"eventTime\": \"yesterday\"}]", 1),
        ("[{\"eventID\": \"1\", \"eventTime\": \"2024-05-01T09:59:00\"}]", 1),
        ("[{\"eventID\": \"1\", \"eventID\": \"2\"}]", 1),
    ] {
        let outcome = object("x.json", text);
        assert_eq!((outcome.records, outcome.rejected), (records, records), "{text}");
        assert_eq!(outcome.outcome, RunOutcome::Failed, "{text}");
        assert_eq!(outcome.gaps.len() as u64, records, "{text}");
    }
}

#[test]
fn every_shape_of_an_object_is_read() {
    let event = |id: &str| event(id, "2024-05-01T09:59:00Z").to_string();
    let (a, b) = (event("1"), event("2"));
    let pretty = serde_json::to_string_pretty(&json!([event("1")])).unwrap();
    assert!(pretty.contains('\n'));
    for text in [
        format!("{{\"Records\":[{a},{b}]}}"),
        format!("{{\"first\":{{}},\"Records\":[{a},{b}],\"last\":[1]}}"),
        format!("[{a},\n {b} ]\n"),
        format!("{a}\n{b}\n"),
        format!("{a}{b}"),
        format!("\u{feff} [{a},{b}]"),
        format!("{{\"Records\":[{a}]}}\n{{\"Records\":[{b}]}}"),
    ] {
        for bytes in [text.clone().into_bytes(), gzip(text.as_bytes())] {
            let outcome = object("x.json", bytes);
            assert_eq!((outcome.outcome, outcome.with_facts), (RunOutcome::Complete, 2), "{text}");
        }
    }
}

#[test]
fn a_record_that_is_not_utf8_is_rejected_alone() {
    let mut bytes = two_events().into_bytes();
    let at = bytes.windows(9).position(|w| w == b"GetObject").unwrap();
    bytes[at] = 0xff;
    let outcome = object("x.json", bytes);
    assert_eq!((outcome.records, outcome.with_facts, outcome.rejected), (2, 1, 1));
    assert!(outcome.gap().cause.contains("not UTF-8"));
    assert_eq!(outcome.gap().record, Some(0));
}

#[test]
fn a_bomb_is_stopped_and_the_setting_named() {
    let workspace = Workspace::with_data("cloudtrail").set("max-object-bytes", "1000000");
    workspace.write(NAMED, gzip(&vec![b' '; 5_000_000]));
    let outcome = outcome(workspace);
    assert_eq!(outcome.outcome, RunOutcome::Failed);
    assert!(outcome.gap().cause.contains("more than 1000000 bytes"), "{}", outcome.gap().cause);
    assert!(outcome.gap().hint.contains("max-object-bytes"));
}

#[test]
fn a_bomb_is_stopped_by_its_ratio() {
    let outcome = object(NAMED, gzip(&vec![b' '; 20_000_000]));
    assert!(outcome.gap().cause.contains("200 times its size"), "{}", outcome.gap().cause);
}

#[test]
fn a_plain_object_has_the_same_limit() {
    let workspace = Workspace::with_data("cloudtrail").set("max-object-bytes", "100");
    workspace.write("x.json", two_events());
    assert!(outcome(workspace).gap().hint.contains("max-object-bytes"));
}

#[test]
fn a_limit_that_is_no_number_is_a_failed_run() {
    let workspace = Workspace::with_data("cloudtrail").set("max-object-bytes", "1 GiB");
    let outcome = outcome(workspace);
    assert_eq!(outcome.outcome, RunOutcome::Failed);
    assert!(outcome.gap().cause.contains("no number"));
}

/// Larger than what is held in memory: handed over as a file and read as a stream.
#[test]
fn a_large_object_is_read_as_a_stream() {
    let record = event("1", "2024-05-01T09:59:00Z").to_string();
    let records = vec![record.as_str(); 60_000].join(",");
    let text = format!("{{\"Records\":[{records}]}}");
    assert!(text.len() > 8 * 1024 * 1024);
    let outcome = object("large.json", text);
    assert_eq!((outcome.outcome, outcome.with_facts), (RunOutcome::Complete, 60_000));
}

#[test]
fn a_record_without_end_is_not_read_into_memory() {
    let text = format!("[{{\"eventID\":\"{}", "x".repeat(40_000_000));
    let outcome = object("x.json", text);
    assert!(outcome.gap().cause.contains("a record has more than"), "{}", outcome.gap().cause);
}

#[test]
fn deep_nesting_is_rejected() {
    let text = format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000));
    let outcome = object("x.json", text);
    assert_eq!((outcome.records, outcome.rejected), (1, 1));
    let inside = format!("[{{\"eventID\":{}1{}}}]", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(object("x.json", inside).rejected, 1);
}

#[test]
fn what_is_no_file_is_told() {
    let workspace = Workspace::with_data("cloudtrail");
    workspace.write("good.json", two_events());
    workspace.write("notes.txt", "not a log");
    std::os::unix::fs::symlink("/nowhere", workspace.data().join("dangling.json")).unwrap();
    std::os::unix::fs::symlink("/", workspace.data().join("link")).unwrap();
    std::fs::create_dir(workspace.data().join("directory.json")).unwrap();
    let outcome = outcome(workspace);
    assert_eq!((outcome.outcome, outcome.artifacts), (RunOutcome::Partial, 1));
    let named: Vec<_> = outcome.gaps.iter().map(|g| g.artifact.as_str()).collect();
    assert_eq!(named, ["dangling.json", "link", "notes.txt"]);
}

#[test]
fn members_of_an_archive_stay_inside_it() {
    let text = two_events();
    let bytes = text.as_bytes();
    let members = [
        ("../evil.json", bytes),
        ("/etc/evil.json", bytes),
        ("a/../../evil.json", bytes),
        ("./a//good.json", bytes),
        ("a/README", bytes),
    ];
    let workspace = Workspace::new("cloudtrail");
    let path = workspace.dir.path().join("objects.tar.gz");
    std::fs::write(&path, gzip(&tar(&members))).unwrap();
    let mut workspace = workspace.set("path", path.to_str().unwrap());
    let (draft, _) = workspace.run();
    let names: Vec<_> = draft.artifacts.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["a/good.json"]);
    let refused: Vec<_> = draft.run.gaps.iter().map(|g| g.artifact.as_str()).collect();
    assert_eq!(refused, ["../evil.json", "/etc/evil.json", "a/../../evil.json", "a/README"]);
}

#[test]
fn links_and_second_members_of_a_name_are_told() {
    let mut builder = ::tar::Builder::new(Vec::new());
    let text = two_events();
    let mut header = ::tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    for _ in 0..2 {
        builder.append_data(&mut header, "a.json", text.as_bytes()).unwrap();
    }
    let mut link = ::tar::Header::new_gnu();
    link.set_entry_type(::tar::EntryType::Symlink);
    link.set_size(0);
    builder.append_link(&mut link, "link.json", "/etc/passwd").unwrap();
    let workspace = Workspace::new("cloudtrail");
    let path = workspace.dir.path().join("objects.tar");
    std::fs::write(&path, builder.into_inner().unwrap()).unwrap();
    let outcome = outcome(workspace.set("path", path.to_str().unwrap()));
    assert_eq!((outcome.artifacts, outcome.records), (1, 2));
    let causes: Vec<_> = outcome.gaps.iter().map(|g| g.cause.as_str()).collect();
    assert!(causes.iter().any(|c| c.contains("second artifact")), "{causes:?}");
    assert!(causes.iter().any(|c| c.contains("is a link")), "{causes:?}");
}

#[test]
fn a_truncated_archive_counts_as_far_as_it_goes() {
    let text = two_events();
    let whole = tar(&[("a.json", text.as_bytes()), ("b.json", text.as_bytes())]);
    let workspace = Workspace::new("cloudtrail");
    let path = workspace.dir.path().join("objects.tar");
    std::fs::write(&path, &whole[..512 + 512 + 512 + 100]).unwrap();
    let outcome = outcome(workspace.set("path", path.to_str().unwrap()));
    assert_eq!((outcome.outcome, outcome.artifacts), (RunOutcome::Partial, 1));
    assert_eq!(outcome.gaps[0].artifact, "b.json");
    assert!(outcome.gaps.iter().all(|g| g.hint.contains("fetch")), "{:?}", outcome.gaps);
}

#[test]
fn times_that_cannot_be_are_kept_and_told() {
    let records = [
        event("1", "1969-12-31T23:59:59Z"),
        event("2", "2024-05-02T09:00:00Z"),
        event("3", "2024-05-03T09:00:00Z"),
        event("4", "2999-12-31T23:59:59Z"),
    ];
    let outcome = object(NAMED, gzip(json!({ "Records": records }).to_string().as_bytes()));
    assert_eq!((outcome.outcome, outcome.with_facts), (RunOutcome::Partial, 4));
    let causes: Vec<_> = outcome.gaps.iter().map(|g| g.cause.as_str()).collect();
    assert!(causes[0].starts_with("1 records are from before 1970"), "{causes:?}");
    assert!(causes[1].starts_with("2 records are a day or more after"), "{causes:?}");
}

#[test]
fn objects_and_records_of_different_accounts_are_told() {
    let mut other = event("1", "2024-05-01T09:59:00Z");
    other["recipientAccountId"] = json!("999999999999");
    let bytes = gzip(json!({ "Records": [other] }).to_string().as_bytes());
    assert!(object(NAMED, &bytes).gap().cause.contains("another account than the object's name"));
    let workspace = Workspace::with_data("cloudtrail").set("account", "111122223333");
    workspace.write("x.json", bytes);
    assert!(outcome(workspace).gap().cause.contains("another account than expected"));
}

#[test]
fn a_digest_file_is_counted_and_no_event() {
    let name = "111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_20240501T100000Z.json.gz";
    let digest = json!({"awsAccountId": "111122223333", "digestS3Object": "x", "logFiles": []});
    let mut workspace = Workspace::with_data("cloudtrail");
    workspace.write(name, gzip(digest.to_string().as_bytes()));
    workspace.write(NAMED, gzip(two_events().as_bytes()));
    let (draft, said) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Complete);
    let artifact = draft.artifacts.iter().find(|a| a.name == name).unwrap();
    assert_eq!(artifact.skipped, BTreeMap::from([("digest file".to_owned(), 1)]));
    assert_eq!(said.usage.len(), 2);
}

fn read(name: &str, bytes: Vec<u8>) -> Account {
    let source = registry::find("cloudtrail").unwrap();
    let settings = BTreeMap::from([("path".to_owned(), "x".to_owned())]);
    let settings = Settings::checked("cloudtrail", source.about().settings, settings).unwrap();
    let payload = Payload::Bytes(bytes);
    let artifact = Artifact { name: name.to_owned(), media_type: "x", payload };
    let mut nothing = Heard::default();
    let mut records = Records::new(name, KEY.salts(&Digest([0; 32])), &mut nothing);
    let _ = source.read(&settings, &artifact, &mut records);
    records.finish().0
}

fn adds_up(account: &Account) -> bool {
    account.with_facts + account.skipped.values().sum::<u64>() + account.rejected == account.records
}

fn real_objects() -> Vec<Vec<u8>> {
    let file = std::fs::read(fixture("cloudtrail/stratus-detonation-logs.tar.gz")).unwrap();
    let mut inflated = Vec::new();
    let mut gz = flate2::read::GzDecoder::new(&*file);
    std::io::copy(&mut gz, &mut inflated).unwrap();
    let mut objects: Vec<_> = untar(&inflated).into_values().filter(|o| o.len() < 20_000).collect();
    objects.push(two_events().into_bytes());
    objects
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), gz in any::<bool>()) {
        let bytes = if gz { gzip(&bytes) } else { bytes };
        prop_assert!(adds_up(&read(NAMED, bytes)));
    }

    #[test]
    fn almost_json_never_panics(text in r#"[\[\]{},:"\\ 0-9a-z\n]{0,60}"#) {
        prop_assert!(adds_up(&read(NAMED, text.into_bytes())));
    }

    #[test]
    fn mutated_objects_never_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        thread_local!(static OBJECTS: Vec<Vec<u8>> = real_objects());
        let mut bytes = OBJECTS.with(|objects| which.get(objects).clone());
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        prop_assert!(adds_up(&read(NAMED, bytes)));
    }
}
