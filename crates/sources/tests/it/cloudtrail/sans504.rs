//! Facts about the objects of account 342082656213, established independently of this reader.
//! The data may not be shipped: these tests run where `TENURE_DATASETS` names them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};
use tenure_model::Timestamp;
use tenure_model::entry::{CoverageStatus, RunOutcome};
use tenure_model::fact::{Fact, UsageEvent};
use tenure_model::tables::TableId;
use tenure_sources::pipeline::RunDraft;

use super::support::{LogObjects, canonical_digest, counted, events, expected, first_last};
use crate::support::{Said, Workspace, dataset, gaps, text, untar};

const SET: &str = "cloudtrail/sans504-falsimentis-342082656213.tar";

fn workspace() -> Option<Workspace> {
    let path = dataset(SET)?;
    Some(Workspace::new("cloudtrail").set("path", path.to_str().unwrap()))
}

fn fact(number: &str) -> Value {
    expected("cloudtrail-sans504.json", &format!("cloudtrail-sans504-{number}"))
}

/// The objects as files in a directory, without those whose names contain the text.
fn tree_without(part: &str) -> Option<Workspace> {
    let members = untar(&fs::read(dataset(SET)?).unwrap());
    let workspace = Workspace::with_data("cloudtrail");
    for (name, bytes) in members.iter().filter(|(name, _)| !name.contains(part)) {
        workspace.write(name, bytes);
    }
    Some(workspace)
}

/// All facts that need one run over everything: one run serves them all.
#[test]
fn sans504_facts_of_the_whole_set() {
    let Some(mut workspace) = workspace() else { return };
    let (draft, said) = workspace.run();
    volume_01(&draft, &said);
    duplicates_02(&said);
    let first = fact("03");
    let expected_times = json!([first["first_eventTime"], first["last_eventTime"]]);
    assert_eq!(json!(first_last(&said)), expected_times);
    let types = counted(events(&said).values().filter_map(|e| e.actor_type.clone()));
    assert_eq!(json!(types), fact("04"));
    let actors = counted(events(&said).values().filter_map(|e| e.actor.clone()));
    assert_eq!(json!(actors), fact("05"));
    console_06(&said);
    root_07(&said);
    keys_08_09(&said);
    identity_changes_10(&said);
    trail_changes_11(&said);
    silence_12(&said);
    errors_13(&said);
    deliveries_14_15_16(&draft, &said);
    accounts_19(&workspace, &draft);
    assert_eq!(json!(canonical_digest(&said)), fact("20")["sha256"]);
}

fn volume_01(draft: &RunDraft, said: &Said) {
    let fact = fact("01");
    assert_eq!(json!(draft.artifacts.len()), fact["objects"]);
    assert!(draft.artifacts.iter().all(|a| a.records > 0));
    assert_eq!(json!(draft.artifacts.iter().map(|a| a.records).sum::<u64>()), fact["records"]);
    assert_eq!(draft.artifacts.iter().map(|a| a.rejected).sum::<u64>(), 0);
    assert_eq!(json!(events(said).len()), fact["events"]);
    let mut times: BTreeMap<&str, u64> = BTreeMap::new();
    said.usage.iter().for_each(|(_, _, e)| *times.entry(&e.event_id).or_default() += 1);
    assert_eq!(json!(counted(times.values())), fact["eventIDs_seen_n_times"]);
    let whole: BTreeSet<_> = said.usage.iter().map(|(_, _, e)| format!("{e:?}")).collect();
    assert_eq!(whole.len(), events(said).len(), "duplicates do not differ");
}

fn duplicates_02(said: &Said) {
    let mut times: BTreeMap<&str, (u64, Option<bool>)> = BTreeMap::new();
    for (_, _, event) in &said.usage {
        times.entry(&event.event_id).or_insert((0, event.management)).0 += 1;
    }
    let duplicated = times.values().filter(|(n, _)| *n > 1);
    assert!(duplicated.clone().all(|(_, management)| *management == Some(true)));
    assert_eq!(
        json!(duplicated.count()),
        fact("02")["duplicated_events_by_managementEvent"]["True"]
    );
    let objects = LogObjects::of(said);
    let trails =
        counted(objects.logs_named.values().map(|f| text(f, "trail").unwrap_or("(not said)")));
    assert_eq!(json!(trails), fact("02")["log_objects_named_by_trail"]);
}

/// Events that pass, in order of time and id.
fn in_order(said: &Said, pass: impl Fn(&UsageEvent) -> bool) -> Vec<&UsageEvent> {
    let mut events: Vec<_> = events(said).into_values().filter(|e| pass(e)).collect();
    events.sort_by_key(|e| (e.event_time, &e.event_id));
    events
}

fn when(event: &UsageEvent) -> String {
    event.event_time.unwrap().to_string()
}

fn console_06(said: &Said) {
    let rows: Vec<_> = in_order(said, |e| e.action.as_deref() == Some("ConsoleLogin"))
        .into_iter()
        .map(|e| {
            let mfa = if e.mfa.unwrap() { "Yes" } else { "No" };
            let outcome =
                if e.outcome.unwrap().as_str() == "success" { "Success" } else { "Failure" };
            json!([when(e), e.actor_type, "root", mfa, outcome])
        })
        .collect();
    assert_eq!(json!(rows), fact("06"));
}

fn root_07(said: &Said) {
    let root = in_order(said, |e| e.actor_type.as_deref() == Some("Root"));
    let fact = fact("07");
    assert_eq!(json!(root.len()), fact["events"]);
    assert_eq!(json!([when(root[0]), when(root[root.len() - 1])]), fact["first_last"]);
    let long_term =
        |e: &&&UsageEvent| e.credential_key.as_ref().is_some_and(|k| k.starts_with("AKIA"));
    assert_eq!(json!(root.iter().filter(long_term).count()), fact["with_access_key_AKIA"]);
    let writes = root.iter().filter(|e| e.read_only == Some(false));
    assert_eq!(json!(counted(writes.filter_map(|e| e.action.clone()))), fact["not_read_only"]);
}

fn keys_08_09(said: &Said) {
    let mut keys: BTreeMap<&str, Vec<&UsageEvent>> = BTreeMap::new();
    for event in in_order(said, |e| e.credential_key.is_some()) {
        keys.entry(event.credential_key.as_deref().unwrap()).or_default().push(event);
    }
    let long = |key: &&&str| key.starts_with("AKIA");
    let (all, long_term) = (keys.len(), keys.keys().filter(long).count());
    let temporary = keys.keys().filter(|k| k.starts_with("ASIA")).count();
    assert_eq!(
        json!({"distinct": all, "long_term_AKIA": long_term, "temporary_ASIA": temporary}),
        fact("09")
    );
    let mut rows: Vec<Value> = keys
        .iter()
        .filter(|(key, _)| key.starts_with("AKIA"))
        .map(|(key, uses)| {
            let from: BTreeSet<_> = uses.iter().map(|e| &e.src_ip).collect();
            let (first, last) = (uses[0], uses[uses.len() - 1]);
            json!([key, uses.len(), when(first), when(last), from.len(), first.actor_name])
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row[1].as_u64()));
    assert_eq!(json!(rows), fact("08"));
}

/// Who, what and when of the facts that begin something, as the expectation lists them.
fn identity_changes_10(said: &Said) {
    let of = |table| said.table(table).into_iter().filter(|f: &&Fact| is_begun(f));
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    for table in [TableId::Identities, TableId::Credentials, TableId::Entitlements, TableId::Grants]
    {
        found.extend(of(table).map(|f| (f.change.at().to_string(), f.native_id.clone())));
    }
    let account = "342082656213";
    let user = format!("arn:aws:iam::{account}:user/jmerckle");
    let role = format!("arn:aws:iam::{account}:role/CloudTrailRoleForCloudWatchLogs");
    let policy = format!(
        "policy:arn:aws:iam::{account}:policy/service-role/CloudTrailPolicyForCloudWatchLogs_374a01b6-b1f0-42c4-816a-a0fa81ced6b3"
    );
    let expected = [
        ("2021-07-29T13:06:49Z", format!("{user}|inline:{user}/zlj9i0k83o")),
        ("2021-07-29T13:06:49Z", format!("inline:{user}/zlj9i0k83o")),
        ("2021-07-29T13:10:42Z", "AKIAU7JNXC7KZLY6XYHJ".to_owned()),
        ("2021-07-29T23:53:37Z", role.clone()),
        ("2021-07-29T23:53:37Z", policy.clone()),
        ("2021-07-29T23:53:37Z", format!("{role}|{policy}")),
    ];
    let expected: BTreeSet<_> = expected.into_iter().map(|(at, id)| (at.to_owned(), id)).collect();
    assert_eq!(found, expected);
    let inline = of(TableId::Entitlements).find(|f| f.native_type == "inline-policy").unwrap();
    assert_eq!(text(inline, "level"), Some("admin"), "he grants himself all rights");
    assert_eq!(fact("10").as_array().unwrap().len(), 5);
}

fn is_begun(fact: &Fact) -> bool {
    matches!(fact.change, tenure_model::fact::Change::Begun { .. })
}

fn trail_changes_11(said: &Said) {
    let trail = |e: &UsageEvent| {
        e.service.as_deref() == Some("cloudtrail.amazonaws.com") && e.read_only == Some(false)
    };
    let rows: BTreeSet<_> = in_order(said, trail)
        .into_iter()
        .map(|e| json!([when(e), e.action, e.actor, e.error_code]).to_string())
        .collect();
    let expected: BTreeSet<_> = fact("11")
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!([row[0], row[1], row[2], row[4]]).to_string())
        .collect();
    assert_eq!(rows, expected);
    let settings: BTreeSet<_> = said
        .table(TableId::Configurations)
        .into_iter()
        .filter(|f| f.native_type == "trail-setting")
        .map(|f| (f.change.at().to_string(), f.native_id.rsplit_once('#').unwrap().1.to_owned()))
        .collect();
    let at = |time: &str, setting: &str| (time.to_owned(), setting.to_owned());
    let expected = [
        at("2021-07-29T23:53:36Z", "event-selectors"),
        at("2021-07-29T23:53:36Z", "logging"),
        at("2021-07-29T23:53:36Z", "trail"),
        at("2021-07-29T23:53:53Z", "trail"),
    ];
    assert_eq!(settings, expected.into(), "failed calls change nothing");
}

fn silence_12(said: &Said) {
    let times: BTreeSet<_> = said.usage.iter().filter_map(|(_, _, e)| e.event_time).collect();
    let times: Vec<Timestamp> = times.into_iter().collect();
    let silent: Vec<_> = times
        .windows(2)
        .map(|pair| (pair[0], pair[1], pair[1].seconds() - pair[0].seconds()))
        .filter(|(_, _, seconds)| *seconds > 3_600)
        .map(|(from, to, seconds)| json!([from, to, seconds]))
        .collect();
    assert_eq!(json!(silent), fact("12"));
}

fn errors_13(said: &Said) {
    let failed = in_order(said, |e| e.error_code.is_some());
    let fact = fact("13");
    assert_eq!(json!(failed.len()), fact["events_with_error"]);
    assert_eq!(json!(counted(failed.iter().filter_map(|e| e.error_code.clone()))), fact["by_code"]);
    let others = failed.iter().filter(|e| e.actor_type.as_deref() != Some("AWSService"));
    assert_eq!(
        json!(counted(others.filter_map(|e| e.error_code.clone()))),
        fact["by_code_excluding_AWSService"]
    );
    let denied = failed.iter().filter(|e| e.outcome.unwrap().as_str() == "denied").count();
    assert_eq!(denied, 10_014 + 1);
}

fn deliveries_14_15_16(draft: &RunDraft, said: &Said) {
    let objects = LogObjects::of(said);
    let named = fact("14");
    assert_eq!(json!(objects.logs_named.len()), named["log_objects_named"]);
    assert_eq!(json!(objects.absent()), named["of_them_absent"]);
    let digests = fact("15");
    assert_eq!(json!(objects.digests_named.len()), digests["digest_objects_named"]);
    let total = |name: &str| json!(draft.run.received_totals[name]);
    assert_eq!(total("log_objects_named"), named["log_objects_named"]);
    assert_eq!(total("log_objects_named_and_present"), named["of_them_present"]);
    assert_eq!(total("digest_objects_named"), digests["digest_objects_named"]);
    assert_eq!(total("digest_objects_present"), digests["digest_objects_present"]);
    assert_eq!(json!(objects.unnamed().len()), fact("16")["count"]);
    assert_eq!(total("log_objects_unnamed"), fact("16")["count"]);
    let other = objects.unnamed().into_iter().filter(|name| name.contains("_20210802T"));
    assert_eq!(json!(other.collect::<Vec<_>>()), fact("16")["other"]);
    // One gap only: the digests, of which none is here.
    assert_eq!(draft.run.gaps.len(), 1, "{:?}", draft.run.gaps);
    assert!(draft.run.gaps[0].cause.contains("1804 of 1804 digest objects"));
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
    let stated: Vec<_> = draft
        .coverage
        .iter()
        .map(|c| (c.from.to_string(), c.to.to_string(), c.status, c.proof_kind.as_str()))
        .collect();
    let [first, last] = ["2021-07-29T23:58:42Z".to_owned(), "2021-08-02T09:20:03Z".to_owned()];
    assert_eq!(
        stated,
        [
            ("2021-07-28T15:15:00Z".to_owned(), first.clone(), CoverageStatus::Unknown, "none"),
            (first, last.clone(), CoverageStatus::Asserted, "delivery_manifest"),
            (last, "2021-08-02T09:56:00Z".to_owned(), CoverageStatus::Unknown, "none"),
        ]
    );
}

fn accounts_19(workspace: &Workspace, draft: &RunDraft) {
    let about_accounts =
        gaps(workspace, &draft.run).into_iter().filter(|g| g.cause.contains("account"));
    assert_eq!(json!(about_accounts.count()), fact("19")["objects"]);
}

fn taken_away(workspace: &mut Workspace, number: &str, name: &str) -> Said {
    let (draft, said) = workspace.run();
    let fact = fact(number);
    assert_eq!(json!(draft.artifacts.iter().map(|a| a.records).sum::<u64>()), fact["records"]);
    assert_eq!(json!(events(&said).len()), fact["events"]);
    let objects = LogObjects::of(&said);
    assert_eq!(json!(objects.logs_named.len()), fact["log_objects_named"]);
    assert_eq!(json!(objects.absent()), fact["absent"]);
    assert_eq!(json!(objects.unnamed().len()), fact["present_but_never_named"]);
    let total = |name: &str| json!(draft.run.received_totals[name]);
    assert_eq!(total("log_objects_named_and_present"), fact["present"]);
    assert_eq!(total("log_objects_unnamed"), fact["present_but_never_named"]);
    let gap = draft.run.gaps.iter().find(|g| json!([g.artifact]) == fact["absent"]);
    assert!(gap.is_some_and(|g| g.cause.contains("it is not here")), "{:?}", draft.run.gaps);
    let hole = draft.coverage.iter().find(|c| c.status == CoverageStatus::Gap).unwrap();
    let noon: Timestamp = "2021-07-31T12:00:00Z".parse().unwrap();
    assert!(hole.from < noon && noon < hole.to);
    assert!(hole.detail.contains(name), "{}", hole.detail);
    said
}

/// The objects come as files here, and as an archive above: they say the same.
#[test]
fn sans504_17_an_object_whose_events_are_elsewhere_too() {
    let name = "20210731T1200Z_BbOr49fZyS5uEufJ";
    let Some(mut workspace) = tree_without(name) else { return };
    let said = taken_away(&mut workspace, "17", name);
    assert_eq!(json!(canonical_digest(&said)), fact("20")["sha256"], "no event is lost");
}

/// And when it comes later, it closes the hole that it left.
#[test]
fn sans504_18_an_object_that_held_delivery_records() {
    let name = "20210731T1200Z_efznbauw6QvOTwcK";
    let Some(mut workspace) = tree_without(name) else { return };
    taken_away(&mut workspace, "18", name);
    let members = untar(&fs::read(dataset(SET).unwrap()).unwrap());
    let (path, bytes) = members.iter().find(|(path, _)| path.contains(name)).unwrap();
    workspace.write(path, bytes);
    let (draft, _) = workspace.run();
    assert_eq!(draft.artifacts.len(), 1);
    assert_eq!(draft.run.gaps.len(), 1, "only the digests: {:?}", draft.run.gaps);
    assert_eq!(draft.run.received_totals["log_objects_named"], 3588);
    let stated: Vec<_> = draft.coverage.iter().map(|c| (c.status, c.from.to_string())).collect();
    assert_eq!(stated, [(CoverageStatus::Asserted, "2021-07-29T23:58:42Z".to_owned())]);
    // Nothing new: no statement is repeated, and the run is there all the same.
    let (draft, _) = workspace.run();
    assert!(draft.nothing_new && draft.artifacts.is_empty() && draft.coverage.is_empty());
    assert_eq!(draft.run.gaps.len(), 1);
    assert_eq!(draft.run.received_totals["log_objects_named"], 3588);
}

/// A stretch of objects that is gone altogether, with the records of their own deliveries.
#[test]
fn hours_that_are_gone_are_a_gap() {
    let Some(mut workspace) = tree_without("_20210731T1") else { return };
    let (draft, _) = workspace.run();
    let noon: Timestamp = "2021-07-31T14:00:00Z".parse().unwrap();
    let at_noon = draft.coverage.iter().find(|c| c.from <= noon && noon < c.to).unwrap();
    assert_eq!(at_noon.status, CoverageStatus::Gap, "{at_noon:?}");
    assert!(at_noon.detail.contains("no delivery is recorded between"), "{}", at_noon.detail);
}
