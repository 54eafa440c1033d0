//! Completeness from recorded deliveries, on objects made for the purpose.

use serde_json::{Value, json};
use tenure_model::Timestamp;
use tenure_model::entry::{CoverageStatus, RunOutcome};

use crate::support::{Workspace, at, gzip};

const ACCOUNT: &str = "111122223333";

/// The name of the object of a five-minute interval, counted from midnight.
fn name(interval: i64) -> String {
    let (hour, minute) = (interval * 5 / 60, interval * 5 % 60);
    format!("{ACCOUNT}_CloudTrail_eu-west-1_20240501T{hour:02}{minute:02}Z_{interval:016}.json.gz")
}

fn start() -> Timestamp {
    at("2024-05-01")
}

fn minutes(n: i64) -> Timestamp {
    start().plus_micros(n * 60_000_000)
}

fn delivery(interval: i64, by: &str) -> Value {
    json!({
        "eventID": format!("delivery-{interval}"), "eventTime": minutes(interval * 5 + 1),
        "eventSource": "s3.amazonaws.com", "eventName": "PutObject", "awsRegion": "eu-west-1",
        "recipientAccountId": ACCOUNT, "sourceIPAddress": by,
        "userIdentity": {"type": "AWSService", "invokedBy": by},
        "requestParameters": {"bucketName": "b", "key": format!("AWSLogs/x/{}", name(interval))}
    })
}

/// The first interval: the trail was made in it, so no delivery came before.
const FIRST: i64 = 10;

/// The object of an interval: a record of the delivery of the one before.
fn object(interval: i64) -> Vec<u8> {
    let records = match interval {
        FIRST => json!([]),
        _ => json!([delivery(interval - 1, "cloudtrail.amazonaws.com")]),
    };
    gzip(json!({ "Records": records }).to_string().as_bytes())
}

fn put(workspace: &Workspace, intervals: impl IntoIterator<Item = i64>) {
    for interval in intervals {
        workspace.write(&name(interval), object(interval));
    }
}

/// The status at a minute of the day, by the last statement that covers it.
fn status(workspace: &mut Workspace, minute: i64) -> CoverageStatus {
    let (draft, _) = workspace.run();
    let at = minutes(minute);
    draft.coverage.iter().find(|c| c.from <= at && at < c.to).expect("a statement").status
}

#[test]
fn an_unbroken_day_is_asserted() {
    let mut workspace = Workspace::with_data("cloudtrail");
    put(&workspace, FIRST..=100);
    let (draft, _) = workspace.run();
    assert_eq!(draft.run.gaps, []);
    assert_eq!(draft.run.outcome, RunOutcome::Complete);
    let asserted = draft.coverage.iter().find(|c| c.status == CoverageStatus::Asserted).unwrap();
    assert_eq!((asserted.from, asserted.to), (minutes(51), minutes(99 * 5 + 1 - 30)));
}

#[test]
fn a_missing_object_is_named_and_its_time_is_a_gap() {
    let mut workspace = Workspace::with_data("cloudtrail");
    put(&workspace, (FIRST..=100).filter(|n| *n != 50));
    let (draft, _) = workspace.run();
    let missing: Vec<_> = draft.run.gaps.iter().map(|g| g.artifact.clone()).collect();
    assert!(missing.contains(&name(50)), "{missing:?}");
    let gaps: Vec<_> = draft.coverage.iter().filter(|c| c.status == CoverageStatus::Gap).collect();
    assert!(gaps.iter().any(|c| c.from <= minutes(246) && c.to > minutes(250)), "{gaps:?}");
    assert!(
        draft.coverage.windows(2).all(|pair| pair[0].to == pair[1].from),
        "no overlap, no hole"
    );
}

#[test]
fn a_missing_stretch_is_a_gap_although_nothing_names_its_objects() {
    let mut workspace = Workspace::with_data("cloudtrail");
    put(&workspace, (FIRST..=100).filter(|n| !(40..60).contains(n)));
    assert_eq!(status(&mut workspace, 250), CoverageStatus::Gap);
}

#[test]
fn a_damaged_object_is_a_gap() {
    let mut workspace = Workspace::with_data("cloudtrail");
    put(&workspace, FIRST..=100);
    let object = object(50);
    workspace.write(&name(50), &object[..object.len() - 10]);
    assert_eq!(status(&mut workspace, 248), CoverageStatus::Gap);
}

#[test]
fn a_second_run_goes_on_where_the_first_ended() {
    let mut workspace = Workspace::with_data("cloudtrail");
    put(&workspace, FIRST..=100);
    workspace.run();
    put(&workspace, 101..=120);
    let (draft, _) = workspace.run();
    assert_eq!(draft.artifacts.len(), 20);
    assert_eq!(draft.run.gaps, []);
    assert_eq!(draft.run.received_totals["log_objects_named"], 110);
    let asserted: Vec<_> =
        draft.coverage.iter().filter(|c| c.status == CoverageStatus::Asserted).collect();
    assert_eq!(asserted.len(), 1);
    assert_eq!(asserted[0].to, minutes(119 * 5 + 1 - 30));
    let (draft, _) = workspace.run();
    assert!(draft.nothing_new);
    assert_eq!((draft.run.outcome, draft.coverage.len()), (RunOutcome::Complete, 0));
}

/// An object that was collected and then removed from the path is still evidence.
#[test]
fn objects_that_leave_the_path_are_not_missing() {
    let mut workspace = Workspace::with_data("cloudtrail");
    put(&workspace, FIRST..=50);
    workspace.run();
    std::fs::remove_dir_all(workspace.data()).unwrap();
    put(&workspace, 51..=70);
    let (draft, _) = workspace.run();
    assert_eq!(draft.run.gaps, []);
}

#[test]
fn a_delivery_by_another_service_shows_nothing() {
    let mut workspace = Workspace::with_data("cloudtrail");
    let records: Vec<_> =
        (FIRST..100).map(|n| delivery(n, "delivery.logs.amazonaws.com")).collect();
    workspace.write(&name(100), gzip(json!({"Records": records}).to_string().as_bytes()));
    assert_eq!(status(&mut workspace, 490), CoverageStatus::Unknown);
}

#[test]
fn a_stopped_trail_shows_nothing_until_it_is_started() {
    let event = |action: &str, minute: i64| {
        json!({
            "eventID": action, "eventTime": minutes(minute), "recipientAccountId": ACCOUNT,
            "eventSource": "cloudtrail.amazonaws.com", "eventName": action,
            "awsRegion": "eu-west-1", "requestParameters": {"name": "t"}
        })
    };
    let mut workspace = Workspace::with_data("cloudtrail");
    put(&workspace, FIRST..=100);
    let records = json!([event("StopLogging", 200), event("StartLogging", 230)]);
    workspace.write("moves.json", records.to_string());
    let (draft, _) = workspace.run();
    let gap: Vec<_> = draft.coverage.iter().filter(|c| c.status == CoverageStatus::Gap).collect();
    assert_eq!(gap.len(), 1);
    assert_eq!((gap[0].from, gap[0].to), (minutes(200), minutes(230)));
}

#[test]
fn an_object_that_changed_is_a_finding_and_the_recorded_one_stays() {
    let mut workspace = Workspace::with_data("cloudtrail");
    put(&workspace, FIRST..=100);
    workspace.run();
    workspace.write(&name(50), gzip(b"{\"Records\":[]}"));
    let (draft, _) = workspace.run();
    assert!(draft.nothing_new);
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
    assert_eq!(draft.run.gaps.len(), 1);
    assert!(draft.run.gaps[0].cause.contains("changed after it was collected"));
}
