//! `incidents-json`, by the outside: answers of an on-call tool in, incidents and alerts out.

use std::io::Read as _;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use tenure_model::Digest;
use tenure_model::entry::{CoverageStatus, RunOutcome};
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;
use tenure_sources::records::{Heard, Records};
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::{Artifact, Payload};

use crate::support::{KEY, Said, Workspace, at, dataset, text, time};

fn incident() -> Json {
    json!({
        "id": "PT4KHLK", "type": "incident", "incident_number": 1234, "title": "Key used from abroad",
        "created_at": "2025-03-01T10:00:00Z", "updated_at": "2025-03-01T13:00:00Z", "status": "resolved",
        "urgency": "high", "priority": { "summary": "P1", "type": "priority_reference" },
        "service": { "summary": "Identity alerts", "type": "service_reference" },
        "resolved_at": "2025-03-01T12:30:00Z", "assignments": [],
        "custom_fields": [{ "name": "accounts", "display_name": "Accounts", "value": ["svc-a", "svc-b"] }],
    })
}

fn entry(id: &str, kind: &str, created: &str, more: Json) -> Json {
    let mut entry = json!({
        "id": id, "type": format!("{kind}_log_entry"), "created_at": created,
        "agent": { "type": "user_reference", "id": "PXPGF42", "summary": "Earline Greenholt" },
        "incident": { "id": "PT4KHLK", "type": "incident_reference" },
    });
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    entry
}

fn entries() -> Json {
    json!([
        entry("R5", "resolve", "2025-03-01T12:30:00Z", json!({})),
        entry(
            "R4",
            "annotate",
            "2025-03-01T11:30:00Z",
            json!({ "channel": { "type": "note", "summary": "Contained: key revoked" } })
        ),
        entry("R3", "escalate", "2025-03-01T10:30:00+00:00", json!({})),
        entry("R2", "acknowledge", "2025-03-01T10:05:00Z", json!({})),
        entry("R6", "acknowledge", "2025-03-01T10:40:00Z", json!({})),
        entry(
            "R1",
            "trigger",
            "2025-03-01T10:00:00Z",
            json!({ "agent": { "type": "service_reference", "summary": "Identity alerts" } })
        ),
        entry(
            "R0",
            "assign",
            "2025-03-01T10:00:01Z",
            json!({ "assignees": [{ "type": "user_reference", "id": "PXPGF42", "summary": "Earline Greenholt" }] })
        ),
        entry("R7", "notify", "2025-03-01T10:00:02Z", json!({})),
    ])
}

fn exported(documents: &[Json]) -> Workspace {
    let workspace = Workspace::with_data("incidents-json");
    let lines: Vec<_> = documents.iter().map(ToString::to_string).collect();
    workspace.write("incidents.json", lines.join("\n"));
    workspace
}

fn of<'a>(said: &'a Said, table: TableId, id: &str) -> Vec<&'a Fact> {
    said.table(table).into_iter().filter(|fact| fact.native_id == id).collect()
}

fn all_times(facts: &[&Fact], column: &str) -> Vec<String> {
    facts.iter().filter_map(|f| time(f, column)).map(|at| at.to_string()).collect()
}

fn expect_course(said: &Said) {
    let facts = of(said, TableId::Incidents, "PT4KHLK");
    assert_eq!(
        facts[0].change,
        Change::Begun { at: at("2025-03-01T10:00:00Z"), basis: Basis::Event }
    );
    assert_eq!(text(facts[0], "title"), Some("Key used from abroad"));
    assert_eq!(text(facts[0], "incident_ref"), Some("1234"));
    assert_eq!(text(facts[0], "state"), Some("open"));
    assert_eq!(all_times(&facts, "detected_at"), ["2025-03-01T10:00:00Z"]);
    assert_eq!(all_times(&facts, "declared_at"), ["2025-03-01T10:05:00Z"], "the first one counts");
    assert_eq!(all_times(&facts, "escalated_at"), ["2025-03-01T10:30:00Z"]);
    assert_eq!(all_times(&facts, "closed_at"), ["2025-03-01T12:30:00Z"]);
    let severity: Vec<_> = facts.iter().filter_map(|f| text(f, "severity")).collect();
    assert_eq!(severity, ["P1"]);
    let alert = of(said, TableId::Alerts, "PT4KHLK");
    assert_eq!(text(alert[0], "rule"), Some("Identity alerts"));
    assert_eq!(all_times(&alert, "triaged_at"), ["2025-03-01T10:05:00Z"]);
    let by: Vec<_> = alert.iter().filter_map(|f| text(f, "triaged_by")).collect();
    assert_eq!(by, ["Earline Greenholt"]);
    assert_eq!(all_times(&alert, "assigned_at"), ["2025-03-01T10:00:01Z"]);
    assert_eq!(all_times(&alert, "closed_at"), ["2025-03-01T12:30:00Z"]);
}

#[test]
fn log_entries_inside_an_incident_are_its_course() {
    let mut one = incident();
    one["log_entries"] = entries();
    let (draft, said) = exported(&[json!({ "incidents": [one], "more": false })]).run();
    assert_eq!((draft.run.outcome, draft.artifacts[0].records), (RunOutcome::Complete, 1));
    expect_course(&said);
}

#[test]
fn log_entries_beside_an_incident_are_records_of_their_own() {
    let documents =
        [json!({ "incidents": [incident()] }), json!({ "log_entries": entries(), "total": 8 })];
    let (draft, said) = exported(&documents).run();
    let artifact = &draft.artifacts[0];
    assert_eq!((draft.run.gaps.len(), artifact.records, artifact.rejected), (0, 9, 0));
    assert!(
        artifact.skipped["no facts"] >= 2,
        "a second acknowledgement and a notice tell nothing"
    );
    expect_course(&said);
    let closed = said.facts.iter().find(|(_, _, f)| time(f, "closed_at").is_some()).unwrap();
    assert_eq!(closed.1, 1, "the end rests on the record of its log entry");
}

#[test]
fn an_incident_without_log_entries_speaks_for_itself() {
    let (_, said) = exported(&[incident()]).run();
    let facts = of(&said, TableId::Incidents, "PT4KHLK");
    assert_eq!(all_times(&facts, "closed_at"), ["2025-03-01T12:30:00Z"]);
    assert_eq!(all_times(&facts, "declared_at"), Vec::<String>::new(), "nobody says so");
    let mut open = incident();
    open["status"] = json!("acknowledged");
    open["acknowledgements"] = json!([{ "at": "2025-03-01T10:07:00Z" }]);
    let (_, said) = exported(&[open]).run();
    let facts = of(&said, TableId::Incidents, "PT4KHLK");
    assert_eq!(all_times(&facts, "closed_at"), Vec::<String>::new(), "it is not resolved");
    assert_eq!(all_times(&facts, "declared_at"), ["2025-03-01T10:07:00Z"]);
}

#[test]
fn notes_tell_times_only_where_settings_say_how() {
    let mut one = incident();
    one["log_entries"] = entries();
    let document = json!({ "incidents": [one] });
    let contained =
        |said: &Said| all_times(&of(said, TableId::Incidents, "PT4KHLK"), "contained_at");
    let (_, said) = exported(std::slice::from_ref(&document)).run();
    assert_eq!(contained(&said), Vec::<String>::new());
    let (_, said) = exported(&[document]).set("notes", "contained:=contained_at").run();
    assert_eq!(contained(&said), ["2025-03-01T11:30:00Z"]);
}

#[test]
fn custom_fields_give_columns() {
    let (_, said) = exported(&[incident()]).set("fields", "identities=Accounts").run();
    let facts = of(&said, TableId::Incidents, "PT4KHLK");
    let identities: Vec<_> = facts.iter().filter_map(|f| text(f, "identities")).collect();
    assert_eq!(identities, ["svc-a;svc-b"]);
    let (draft, _) = exported(&[incident()]).set("fields", "recovered_at=Accounts").run();
    assert!(
        draft.run.gaps[0].cause.contains("incident PT4KHLK, Accounts: 'svc-a;svc-b' is neither")
    );
}

#[test]
fn what_is_opened_again_is_another_round() {
    let mut one = incident();
    one["log_entries"] = json!([
        entry("R1", "resolve", "2025-03-01T11:00:00Z", json!({})),
        entry("R2", "reopen", "2025-03-01T12:00:00Z", json!({})),
    ]);
    one["status"] = json!("triggered");
    let (_, said) = exported(&[one]).run();
    let first = of(&said, TableId::Incidents, "PT4KHLK");
    assert!(matches!(first.last().unwrap().change, Change::Ended { .. }));
    let second = of(&said, TableId::Incidents, "PT4KHLK/2");
    assert_eq!((text(second[0], "state"), time(second[0], "closed_at")), (Some("open"), None));
    assert_eq!(text(second[0], "incident_ref"), Some("1234"));
}

#[test]
fn alerts_are_rows_of_their_own() {
    let alert = json!({
        "id": "A1", "type": "alert", "created_at": "2025-03-01T09:59:00Z", "severity": "critical",
        "summary": "AKIA… used from 203.0.113.7", "service": { "summary": "Identity alerts" },
        "incident": { "id": "PT4KHLK", "type": "incident_reference" },
    });
    let mut one = incident();
    one["log_entries"] = entries();
    let (draft, said) =
        exported(&[json!({ "incidents": [one] }), json!({ "alerts": [alert] })]).run();
    assert_eq!((draft.run.gaps.len(), draft.artifacts[0].with_facts), (0, 2));
    let facts = of(&said, TableId::Alerts, "A1");
    let raised = facts.iter().find(|f| f.change.at() == at("2025-03-01T09:59:00Z")).unwrap();
    assert_eq!(text(raised, "severity"), Some("critical"));
    assert_eq!(text(raised, "incident_ref"), Some("1234"));
    assert_eq!(all_times(&facts, "triaged_at"), ["2025-03-01T10:05:00Z"]);
    assert_eq!(of(&said, TableId::Alerts, "PT4KHLK").len(), 0, "the incident is no alert beside");
}

#[test]
fn people_are_spelled_by_address_where_the_export_has_it() {
    let mut one = incident();
    let full = json!({ "agent": { "type": "user", "id": "PXPGF42", "summary": "Earline", "email": "earline@example.com" } });
    one["log_entries"] = json!([entry("R2", "acknowledge", "2025-03-01T10:05:00Z", full)]);
    let (_, said) = exported(&[one]).run();
    let alert = of(&said, TableId::Alerts, "PT4KHLK");
    let by: Vec<_> = alert.iter().filter_map(|f| text(f, "triaged_by")).collect();
    assert_eq!(by, ["earline@example.com"]);
}

#[test]
fn bad_items_are_named_and_the_others_kept() {
    let changed = |name: &str, value: Json| {
        let mut one = incident();
        one["id"] = json!("BAD");
        one[name] = value;
        one
    };
    let mut orphan = entry("R1", "resolve", "2025-03-01T11:00:00Z", json!({}));
    orphan.as_object_mut().unwrap().remove("incident");
    let cases = [
        (changed("id", Json::Null), "record 1: the incident has no id"),
        (changed("created_at", Json::Null), "incident BAD, created_at: it is missing"),
        (
            changed("created_at", json!("2025-03-01T10:00:00")),
            "created_at: '2025-03-01T10:00:00' has no time zone",
        ),
        (changed("type", json!("service")), "an item of type 'service' is not known"),
        (
            changed("log_entries", json!([{ "id": "R1", "type": "resolve_log_entry" }])),
            "incident BAD, log entry R1, created_at: it is missing",
        ),
        (orphan, "log entry R1 names no incident"),
    ];
    for (bad, cause) in cases {
        let (draft, said) = exported(&[json!([bad, incident()])]).run();
        assert!(draft.run.gaps[0].cause.contains(cause), "{cause}: {:?}", draft.run.gaps);
        assert!(!draft.run.gaps[0].hint.is_empty());
        assert_eq!((draft.artifacts[0].rejected, draft.artifacts[0].with_facts), (1, 1));
        assert!(!of(&said, TableId::Incidents, "PT4KHLK").is_empty());
    }
    let (draft, _) = exported(&[json!({ "error": { "code": 2010 } })]).run();
    assert!(draft.run.gaps[0].cause.contains("answered with an error"));
}

#[test]
fn an_incident_that_is_there_twice_is_named_and_the_newer_counts() {
    let mut newer = incident();
    newer["updated_at"] = json!("2025-03-02T00:00:00Z");
    newer["title"] = json!("newer");
    newer["log_entries"] = entries();
    let mut older = incident();
    older["log_entries"] = entries();
    let (draft, said) = exported(&[json!([older, newer])]).run();
    assert_eq!(draft.artifacts[0].rejected, 1);
    assert!(draft.run.gaps[0].cause.contains("incident PT4KHLK is in the file more than once"));
    let facts = of(&said, TableId::Incidents, "PT4KHLK");
    assert_eq!(text(facts[0], "title"), Some("newer"));
    assert!(
        said.facts.iter().all(|(_, record, _)| *record == 1),
        "nothing rests on what is rejected"
    );
    assert_eq!(all_times(&facts, "declared_at"), ["2025-03-01T10:05:00Z"]);
}

#[test]
fn a_look_says_what_is_there() {
    let documents = [json!({ "incidents": [incident()], "log_entries": entries() }), json!([1])];
    let workspace = exported(&documents);
    let said = workspace.source().test(&workspace.checked()).unwrap();
    assert_eq!(said, "1 files: 1 incidents, 1 items that are not understood, 8 log entries");
}

#[test]
fn settings_that_mean_nothing_are_told() {
    for (name, value, cause) in [
        ("notes", "X=shoe_size", "no column 'shoe_size'"),
        ("notes", "X=title", "title holds no time"),
        ("notes", "nonsense", "says nothing"),
        ("fields", "shoe_size=X", "no column 'shoe_size'"),
    ] {
        let (draft, said) = exported(&[incident()]).set(name, value).run();
        assert_eq!(said, Said::default());
        assert!(draft.run.gaps[0].cause.contains(cause), "{:?}", draft.run.gaps);
    }
}

fn ticket() -> Json {
    json!({
        "sys_id": "s1", "sys_class_name": "incident", "number": "INC1", "short_description": "VPN down",
        "state": "7", "priority": "2", "opened_at": "2024-03-01 08:00:00", "sys_updated_on": "2024-03-03 00:00:00",
        "resolved_at": "2024-03-02 10:00:00", "closed_at": "2024-03-03 00:00:00",
        "assigned_to": { "link": "https://x/u1", "value": "u1" },
    })
}

#[test]
fn incidents_of_servicenow_are_told_by_their_times() {
    let user = json!({ "sys_id": "u1", "user_name": "erin", "email": "erin@example.com" });
    let (draft, said) =
        exported(&[json!({ "result": [user] }), json!({ "result": [ticket()] })]).run();
    assert_eq!((draft.run.gaps.len(), draft.artifacts[0].skipped["a user"]), (0, 1));
    let facts = of(&said, TableId::Incidents, "s1");
    let basis = Basis::SourceAttribute;
    assert_eq!(facts[0].change, Change::Begun { at: at("2024-03-01T08:00:00Z"), basis });
    assert_eq!(text(facts[0], "incident_ref"), Some("INC1"));
    assert_eq!(all_times(&facts, "recovered_at"), ["2024-03-02T10:00:00Z"]);
    assert_eq!(all_times(&facts, "closed_at"), ["2024-03-03T00:00:00Z"]);
    let owners: Vec<_> = facts.iter().filter_map(|f| text(f, "owner")).collect();
    assert_eq!(owners, ["erin@example.com"]);
}

#[test]
fn an_incident_of_servicenow_that_is_open_again_is_not_closed() {
    let mut open = ticket();
    open["state"] = json!("2");
    let (_, said) = exported(&[json!({ "result": [open] })]).run();
    let facts = of(&said, TableId::Incidents, "s1");
    assert_eq!(all_times(&facts, "closed_at"), Vec::<String>::new());
    assert!(facts.iter().all(|f| text(f, "state") != Some("closed")));
}

#[test]
fn bad_records_of_servicenow_are_named() {
    let changed = |name: &str, value: Json| {
        let mut one = ticket();
        one[name] = value;
        one
    };
    for (bad, cause) in [
        (
            changed("state", json!("Closed")),
            "incident s1, state: 'Closed' is no number, so these are display",
        ),
        (
            changed("opened_at", json!("01/03/2024 08:00")),
            "incident s1, opened_at: '01/03/2024 08:00' is no time",
        ),
        (changed("sys_class_name", json!("problem")), "records of class 'problem' are not known"),
    ] {
        let (draft, said) = exported(&[json!({ "result": [bad] })]).run();
        assert!(draft.run.gaps[0].cause.contains(cause), "{:?}", draft.run.gaps);
        assert_eq!(said, Said::default());
    }
    let mut newer = ticket();
    newer["sys_updated_on"] = json!("2024-03-04 00:00:00");
    let (draft, said) = exported(&[json!({ "result": [ticket(), newer] })]).run();
    assert!(
        draft.run.gaps[0].cause.contains("record 1: incident s1 is in the file more than once")
    );
    assert!(said.facts.iter().all(|(_, record, _)| *record == 1));
}

/// The answers of a real instance with demonstration data: 626 users and 67 incidents.
#[test]
fn a_real_capture_is_read_whole() {
    let Some(path) = dataset("tickets/graph-servicenow-incidents.responses.ndjson.gz") else {
        return;
    };
    let mut lines = String::new();
    let packed = std::fs::read(path).unwrap();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut lines).unwrap();
    let bodies: Vec<Json> = lines
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).unwrap())
        .map(|response| serde_json::from_str(response["body"].as_str().unwrap()).unwrap())
        .collect();
    let (draft, said) = exported(&bodies).run();
    assert_eq!(draft.run.gaps, []);
    let artifact = &draft.artifacts[0];
    assert_eq!((artifact.records, artifact.with_facts, artifact.rejected), (693, 67, 0));
    assert_eq!(artifact.skipped["a user"], 626);
    let facts = said.table(TableId::Incidents);
    let closed = facts.iter().filter(|f| text(f, "state") == Some("closed")).count();
    // Counted from the file itself: state 7 with a time of closing.
    let records = bodies.iter().flat_map(|body| body["result"].as_array().unwrap());
    let over = records.filter(|r| r["state"] == "7" && r["closed_at"] != "").count();
    assert_eq!((closed, over > 20), (over, true));
    let owners: Vec<_> = facts.iter().filter_map(|f| text(f, "owner")).collect();
    assert_eq!(owners.len(), 48);
    assert!(owners.iter().all(|owner| owner.contains('@')), "users are spelled by address");
}

fn reads_and_adds_up(bytes: Vec<u8>) -> bool {
    let source = registry::find("incidents-json").unwrap();
    let settings =
        [("path", "x"), ("notes", "contained=contained_at"), ("fields", "kind=accounts")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let settings = Settings::checked("incidents-json", source.about().settings, settings).unwrap();
    let artifact =
        Artifact { name: "x".to_owned(), media_type: "x", payload: Payload::Bytes(bytes) };
    let mut nothing = Heard::default();
    let mut records = Records::new("x", KEY.salts(&Digest([0; 32])), &mut nothing);
    let _ = source.read(&settings, &artifact, &mut records);
    let account = records.finish().0;
    let fits = nothing.facts.iter().all(|(_, fact)| fact.misfit().is_none());
    let sum = account.with_facts + account.skipped.values().sum::<u64>() + account.rejected;
    fits && sum == account.records
}

#[test]
fn the_time_that_files_cover_is_somebodys_word_until_a_record_is_rejected() {
    let declared = |incidents: Json| {
        let workspace = Workspace::with_data("incidents-json");
        workspace.write("incidents.json", json!({ "incidents": incidents }).to_string());
        let mut workspace =
            workspace.set("covers-from", "2025-01-01").set("covers-to", "2025-12-31");
        let (draft, _) = workspace.run();
        draft.coverage.iter().map(|c| (c.stream.clone(), c.status)).collect::<Vec<_>>()
    };
    let both = |status| vec![("incidents".to_owned(), status), ("alerts".to_owned(), status)];
    assert_eq!(declared(json!([incident()])), both(CoverageStatus::Asserted));
    let mut bad = incident();
    bad["id"] = json!("PT4KHLL");
    bad["created_at"] = json!("yesterday");
    assert_eq!(declared(json!([incident(), bad])), both(CoverageStatus::Gap));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(reads_and_adds_up(bytes));
    }

    #[test]
    fn mutated_exports_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let whole =
            json!({ "incidents": [incident()], "log_entries": entries(), "result": [ticket()] });
        let mut bytes = whole.to_string().into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert!(reads_and_adds_up(bytes));
    }
}
