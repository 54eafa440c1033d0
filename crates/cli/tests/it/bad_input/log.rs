//! Log objects.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::Stage;

const EVENT: &str = r#"{"eventVersion":"1.08","eventID":"e-1","eventTime":"2025-07-01T10:00:00Z",
 "eventSource":"iam.amazonaws.com","eventName":"ListUsers","awsRegion":"us-east-1",
 "recipientAccountId":"123456789012","sourceIPAddress":"192.0.2.1",
 "userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/ann","userName":"ann"}}"#;

fn object(event: &str) -> String {
    format!("{{\"Records\":[{event}]}}")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A good object beside the bad one: its event has to be kept.
fn collects_beside_a_good_one(name: &str, bytes: &[u8], settings: &[&str]) -> String {
    let stage = Stage::new();
    stage.write("a-good-one.json", object(EVENT));
    stage.write(name, bytes);
    let said = stage.collects("cloudtrail", &stage.input(), settings);
    let kept = stage.tenure.cell("SELECT count(*) FROM usage WHERE event_id = 'e-1'");
    assert_eq!(kept, json!(1), "the good object is kept");
    said
}

#[test]
fn truncated_gzip() {
    let whole = gzip(object(&EVENT.replace("e-1", "e-2")).as_bytes());
    let half = &whole[..whole.len() / 2];
    insta::assert_snapshot!(collects_beside_a_good_one("half.json.gz", half, &[]), @r"
    it: partial: 2 artifacts, 1 records = 1 with facts + 0 skipped + 0 rejected
      gap: half.json.gz, record 0: the gzip data end too early
           hint: fetch the object again: it is cut off
    exit 0
    ");
}

#[test]
fn not_json() {
    let said = collects_beside_a_good_one("words.json", b"these are words\n", &[]);
    insta::assert_snapshot!(said, @r"
    it: partial: 2 artifacts, 1 records = 1 with facts + 0 skipped + 0 rejected
      gap: words.json, record 0: the object is not JSON: byte 0 cannot stand there
           hint: CloudTrail objects are JSON, plain or gzip: check what the path points at
    exit 0
    ");
}

#[test]
fn json_of_another_shape() {
    let said = collects_beside_a_good_one("shape.json", br#"{"Users":[{"name":"ann"}]}"#, &[]);
    insta::assert_snapshot!(said, @r"
    it: partial: 2 artifacts, 2 records = 1 with facts + 0 skipped + 1 rejected
      gap: shape.json, record 0: it has no eventID
           hint: every CloudTrail event has one: this is something else
    exit 0
    ");
}

#[test]
fn records_that_are_no_events() {
    let records = br#"{"Records":[1, {"eventName":"ListUsers"}, {"eventID":"e-3"}, "x"]}"#;
    insta::assert_snapshot!(collects_beside_a_good_one("odd.json", records, &[]), @r"
    it: partial: 2 artifacts, 5 records = 1 with facts + 0 skipped + 4 rejected
      gap: odd.json, record 0: it is no JSON object
           hint: compare the record with its source
      gap: odd.json, record 1: it has no eventID
           hint: every CloudTrail event has one: this is something else
      gap: odd.json, record 2: it has no eventTime
           hint: an event without a time cannot be placed
      gap: odd.json, record 3: it is no JSON object
           hint: compare the record with its source
    exit 0
    ");
}

#[test]
fn invalid_utf8() {
    let object = object(&EVENT.replace("e-1", "e-2")).replace("ann", "a\u{1}n").into_bytes();
    let object: Vec<u8> = object.into_iter().map(|b| if b == 1 { 0xff } else { b }).collect();
    insta::assert_snapshot!(collects_beside_a_good_one("latin.json", &object, &[]), @r"
    it: partial: 2 artifacts, 2 records = 1 with facts + 0 skipped + 1 rejected
      gap: latin.json, record 0: it is not UTF-8 from byte 300 on
           hint: compare the record with its source
    exit 0
    ");
}

#[test]
fn times_without_zone_before_1970_and_to_come() {
    let at = |id: &str, time: &str| EVENT.replace("e-1", id).replace("2025-07-01T10:00:00Z", time);
    let events = [
        at("e-2", "2025-07-01T10:00:00"),
        at("e-3", "1969-07-20T20:17:40Z"),
        at("e-4", "2036-01-01T00:00:00Z"),
        at("e-5", "yesterday"),
    ];
    let said = collects_beside_a_good_one("times.json", object(&events.join(",")).as_bytes(), &[]);
    insta::assert_snapshot!(said, @r"
    it: partial: 2 artifacts, 5 records = 3 with facts + 0 skipped + 2 rejected
      gap: times.json, record 0: its eventTime cannot be used: '2025-07-01T10:00:00' has no time zone, so it names no instant
           hint: an event without a time cannot be placed
      gap: times.json, record 3: its eventTime cannot be used: 'yesterday' is neither an RFC 3339 instant nor a date
           hint: an event without a time cannot be placed
      gap: times.json: 1 records are from before 1970 (the first is record 1: 1969-07-20T20:17:40Z)
           hint: the events are kept as they stand; check the clock or the origin of the object
      gap: times.json, record 2: 1 records tell of times after the collection (this one of 2036-01-01T00:00:00Z)
           hint: they are kept as they stand; check the source's clock and this machine's
    exit 0
    ");
}

#[test]
fn a_bomb() {
    let bomb = gzip(&vec![b' '; 40 << 20]);
    assert!(bomb.len() < 1 << 20);
    let limit = ["max-object-bytes=1000000"];
    insta::assert_snapshot!(collects_beside_a_good_one("bomb.json.gz", &bomb, &limit), @r"
    it: partial: 2 artifacts, 1 records = 1 with facts + 0 skipped + 0 rejected
      gap: bomb.json.gz, record 0: the object has more than 1000000 bytes when inflated
           hint: raise the setting max-object-bytes if the object is genuine
    exit 0
    ");
}

#[test]
fn an_object_over_the_limit() {
    let large = object(&EVENT.replace("ann", &"n".repeat(2_000_000)));
    let limit = ["max-object-bytes=1000000"];
    let said = collects_beside_a_good_one("large.json", large.as_bytes(), &limit);
    insta::assert_snapshot!(said, @r"
    it: partial: 2 artifacts, 1 records = 1 with facts + 0 skipped + 0 rejected
      gap: large.json, record 0: the object has more than 1000000 bytes when inflated
           hint: raise the setting max-object-bytes if the object is genuine
    exit 0
    ");
}

#[test]
fn a_limit_that_is_no_number() {
    let stage = Stage::new();
    let said = stage.collects("cloudtrail", &stage.input(), &["max-object-bytes=2GB"]);
    insta::assert_snapshot!(said, @r"
    error: max-object-bytes: the setting max-object-bytes is '2GB', which is no number

    hint: give a whole number of bytes
    exit 1
    ");
}

#[test]
fn an_empty_directory() {
    let stage = Stage::new();
    insta::assert_snapshot!(stage.collects("cloudtrail", &stage.input(), &[]), @r"
    it: failed: 0 artifacts, 0 records = 0 with facts + 0 skipped + 0 rejected
      gap: CloudTrail objects in [dir]/input: there is nothing there
           hint: check the source's settings: an empty first collection is no evidence
    exit 1
    ");
}

#[test]
fn a_missing_path() {
    let stage = Stage::new();
    let path = stage.input().join("nowhere");
    insta::assert_snapshot!(stage.collects("cloudtrail", &path, &[]), @r"
    error: [dir]/input/nowhere: it cannot be read: No such file or directory (os error 2)

    hint: check the setting path
    exit 1
    ");
}

/// Nobody may read the first file; root may, and gets one that refuses everybody.
#[test]
fn an_unreadable_file() {
    let stage = Stage::new();
    let mut path = stage.write("closed.json", object(EVENT));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let mut reason = "Permission denied (os error 13)";
    if fs::read(&path).is_ok() {
        path = "/proc/self/mem".into();
        reason = "Input/output error (os error 5)";
    }
    let said = stage.collects("cloudtrail", &path, &[]);
    assert!(said.contains("mem: it") || said.contains("closed.json: it"), "{said}");
    let (_, said) = said.split_once(": it ").unwrap();
    insta::assert_snapshot!(said.replace(reason, "[refused]"), @r"
    cannot be read: [refused]

    hint: check the setting path
    exit 1
    ");
}

/// Names out of the archive lead nowhere: nothing is unpacked, and none is taken for an object.
#[test]
fn an_archive_with_names_that_lead_out_of_it() {
    let stage = Stage::new();
    let mut archive = tar::Builder::new(Vec::new());
    for name in ["good.json", "../../escaped.json", "/tmp/absolute-escaped.json"] {
        let bytes = object(&EVENT.replace("e-1", name));
        let mut header = tar::Header::new_ustar();
        // `set_path` would refuse it.
        header.as_ustar_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, bytes.as_bytes()).unwrap();
    }
    let path = stage.write("trail.tar", archive.into_inner().unwrap());
    insta::assert_snapshot!(stage.collects("cloudtrail", &path, &[]), @r"
    it: partial: 1 artifacts, 1 records = 1 with facts + 0 skipped + 0 rejected
      gap: ../../escaped.json: its name leads out of the archive, and it was not read
           hint: log objects have no such names: look where the archive comes from
      gap: /tmp/absolute-escaped.json: its name is absolute, and it was not read
           hint: log objects have no such names: look where the archive comes from
    exit 0
    ");
    assert!(!stage.dir.path().join("escaped.json").exists());
    assert!(!std::path::Path::new("/tmp/absolute-escaped.json").exists());
}

#[test]
fn an_archive_cut_short() {
    let stage = Stage::new();
    let whole = fs::read(tenure_testkit::fixtures::stratus_trail()).unwrap();
    let path = stage.write("trail.tar.gz", &whole[..whole.len() / 2]);
    let said = stage.collects("cloudtrail", &path, &[]);
    let gaps: Vec<&str> = said.lines().skip(1).collect();
    insta::assert_snapshot!(gaps.join("\n"), @r"
      gap: docs/detonation-logs/aws.discovery.ec2-download-user-data.json: it cannot be read: incomplete deflate stream
           hint: fetch the archive again: it is cut off or damaged
      gap: CloudTrail objects in [dir]/input/trail.tar.gz: the archive cannot be read on: incomplete deflate stream
           hint: fetch it again
    exit 0
    ");
    let kept = stage.tenure.cell("SELECT count(*) > 50 FROM usage");
    assert_eq!(kept, json!(true), "what came before the cut is kept");
}

#[test]
fn an_object_that_changed_after_it_was_collected() {
    let stage = Stage::new();
    let path = stage.write("one.json", object(EVENT));
    stage.tenure.add("it", "cloudtrail", &stage.input(), &[]);
    stage.tenure.ok(&["collect"]);
    fs::write(path, object(&EVENT.replace("ListUsers", "DeleteUser"))).unwrap();
    insta::assert_snapshot!(stage.says(&["collect"]), @r"
    it: partial: 0 artifacts, 0 records = 0 with facts + 0 skipped + 0 rejected
      gap: one.json: it changed after it was collected: its SHA-256 was [digest], now it is [digest]
           hint: log objects never change: find out who wrote this one; the recorded bytes are kept
    exit 0
    ");
    let action = stage.tenure.cell("SELECT action FROM usage");
    assert_eq!(action, json!("ListUsers"), "what was recorded stays");
}
