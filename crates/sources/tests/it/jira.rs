//! `jira`, by the outside: search results in, rows of the public tables out.

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use tenure_model::Digest;
use tenure_model::entry::{CoverageStatus, RunKind, RunOutcome};
use tenure_model::fact::{Basis, Change, Fact, Value};
use tenure_model::tables::TableId;
use tenure_sources::records::{Heard, Records};
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::{Artifact, Payload};

use crate::support::{KEY, Said, Workspace, at, dataset, text, time};

fn user(id: &str) -> Json {
    json!({ "accountId": id, "displayName": format!("Person {id}"), "emailAddress": format!("{id}@example.com"), "active": true })
}

fn history(id: u32, created: &str, who: &str, items: Json) -> Json {
    json!({ "id": id.to_string(), "created": created, "author": user(who), "items": items })
}

fn moved(from: &str, to: &str) -> Json {
    json!([{ "field": "status", "fieldId": "status", "fromString": from, "toString": to, "from": "1", "to": "2" }])
}

fn issue(key: &str, kind: &str, status: &str, histories: Json) -> Json {
    json!({
        "id": "1", "key": key,
        "fields": {
            "summary": format!("about {key}"), "issuetype": { "name": kind }, "status": { "name": status },
            "priority": { "name": "High" }, "reporter": user("ada"), "assignee": null,
            "created": "2025-03-01T09:00:00.000+0100", "updated": "2025-04-01T00:00:00.000+0000",
            "customfield_10050": { "value": "cid" }, "duedate": "2025-05-01",
        },
        "changelog": { "startAt": 0, "maxResults": 100, "total": histories.as_array().unwrap().len(), "histories": histories },
    })
}

fn jira(document: &Json) -> Workspace {
    let workspace = Workspace::with_data("jira");
    workspace.write("issues.json", document.to_string());
    workspace
}

fn page(issues: Json) -> Json {
    json!({ "expand": "names", "names": { "customfield_10050": "Access for" }, "issues": issues })
}

fn of<'a>(said: &'a Said, table: TableId, id: &str) -> Vec<&'a Fact> {
    said.table(table).into_iter().filter(|fact| fact.native_id == id).collect()
}

fn begun(text: &str) -> Change {
    Change::Begun { at: at(text), basis: Basis::Event }
}

fn requested() -> Json {
    // Newest first, as Jira Cloud gives them.
    issue(
        "ACC-1",
        "Access Request",
        "Done",
        json!([
            history(3, "2025-03-03T08:00:00.000+0000", "dot", moved("Approved", "Done")),
            history(2, "2025-03-02T10:00:00.000+0000", "bob", moved("To Do", "Approved")),
        ]),
    )
}

#[test]
fn the_changelog_says_who_approved_and_who_carried_out() {
    let (draft, said) = jira(&page(json!([requested()]))).run();
    assert_eq!((draft.run.outcome, draft.run.kind), (RunOutcome::Complete, RunKind::Events));
    let facts = of(&said, TableId::Approvals, "ACC-1");
    assert_eq!(facts[0].change, begun("2025-03-01T08:00:00Z"));
    assert_eq!(text(facts[0], "request_ref"), Some("ACC-1"));
    assert_eq!(text(facts[0], "outcome"), Some("pending"));
    assert_eq!(text(facts[0], "requested_by"), Some("ada@example.com"));
    assert_eq!(time(facts[0], "requested_at"), Some(at("2025-03-01T08:00:00Z")));
    assert_eq!(facts[1].change, begun("2025-03-02T10:00:00Z"));
    assert_eq!(text(facts[1], "outcome"), Some("approved"));
    assert_eq!(text(facts[1], "approver"), Some("bob@example.com"));
    assert_eq!(time(facts[1], "resolved_at"), Some(at("2025-03-02T10:00:00Z")));
    assert_eq!(text(facts[2], "executed_by"), Some("dot@example.com"));
    assert_eq!(facts.len(), 3);
}

#[test]
fn work_that_nobody_approved_is_no_approval() {
    let done = history(2, "2025-03-02T10:00:00.000+0000", "ada", moved("To Do", "Done"));
    let document = page(json!([issue("ACC-2", "Access Request", "Done", json!([done]))]));
    let (_, said) = jira(&document).run();
    let facts = of(&said, TableId::Approvals, "ACC-2");
    assert!(facts.iter().all(|f| text(f, "outcome") != Some("approved")));
    assert_eq!(text(facts[1], "executed_by"), Some("ada@example.com"));
    let (_, said) = jira(&document).set("statuses", "Done=approved").run();
    let facts = of(&said, TableId::Approvals, "ACC-2");
    assert_eq!(text(facts[1], "approver"), Some("ada@example.com"), "the asker, visibly");
    assert_eq!(text(facts[0], "requested_by"), text(facts[1], "approver"));
}

#[test]
fn what_is_opened_again_is_another_round() {
    let histories = json!([
        history(2, "2025-03-02T10:00:00.000+0000", "bob", moved("To Do", "Rejected")),
        history(3, "2025-03-03T10:00:00.000+0000", "ada", moved("Rejected", "To Do")),
        history(4, "2025-03-04T10:00:00.000+0000", "bob", moved("To Do", "Approved")),
    ]);
    let (_, said) = jira(&json!([issue("ACC-3", "Access Request", "Approved", histories)])).run();
    let first = of(&said, TableId::Approvals, "ACC-3");
    assert_eq!(text(first[1], "outcome"), Some("denied"));
    assert_eq!(text(first[1], "approver"), None, "nobody approved");
    let end = Change::Ended { at: at("2025-03-03T10:00:00Z"), basis: Basis::Event };
    assert_eq!(first[2].change, end);
    let second = of(&said, TableId::Approvals, "ACC-3/2");
    assert_eq!(text(second[0], "outcome"), Some("pending"));
    assert_eq!(text(second[0], "request_ref"), Some("ACC-3"));
    assert_eq!(time(second[0], "resolved_at"), None, "the second round is not decided");
    assert_eq!(text(second[1], "outcome"), Some("approved"));
}

#[test]
fn custom_fields_are_given_by_id_or_by_name() {
    for field in ["customfield_10050", "access FOR"] {
        let fields = format!("requested_for={field}");
        let (draft, said) = jira(&page(json!([requested()]))).set("fields", &fields).run();
        assert_eq!(draft.run.gaps, []);
        let facts = of(&said, TableId::Approvals, "ACC-1");
        assert_eq!(text(facts[0], "requested_for"), Some("cid"), "{field}");
    }
}

#[test]
fn a_field_that_changed_was_something_else_before() {
    let changed = json!([
        { "field": "Access for", "fieldId": "customfield_10050", "from": "1", "fromString": "eve", "to": "2", "toString": "cid" },
        { "field": "assignee", "fieldId": "assignee", "from": null, "fromString": null, "to": "bob", "toString": "Person bob" },
    ]);
    let histories = json!([history(2, "2025-03-02T10:00:00.000+0000", "bob", changed)]);
    let mut alert = issue("AL-1", "Alert", "New", histories);
    alert["fields"]["assignee"] = user("bob");
    let (_, said) = jira(&page(json!([alert]))).set("fields", "alerts.identity=Access for").run();
    let facts = of(&said, TableId::Alerts, "AL-1");
    assert_eq!(text(facts[0], "identity"), Some("eve"));
    assert_eq!(text(facts[0], "assigned_to"), None);
    assert_eq!(facts[1].change, begun("2025-03-02T10:00:00Z"));
    assert_eq!(text(facts[1], "identity"), Some("cid"));
    assert_eq!(text(facts[1], "assigned_to"), Some("bob@example.com"));
    assert_eq!(time(facts[1], "assigned_at"), Some(at("2025-03-02T10:00:00Z")));
}

/// An issue of each type, moved once.
fn one_of_each() -> Json {
    let one = |(key, kind, to): (&str, &str, &str)| {
        let to_status = moved("New", to);
        let histories = json!([history(2, "2025-03-02T10:00:00.000+0000", "bob", to_status)]);
        issue(key, kind, to, histories)
    };
    let issues = [
        ("EX-1", "Waiver", "Approved"),
        ("IN-1", "[System] Incident", "Contained"),
        ("CH-1", "Emergency change", "Deployed"),
        ("RV-1", "Access review", "Done"),
        ("RM-1", "Remediation", "Done"),
        ("AL-1", "Alert", "Triaged"),
        ("T-1", "Task", "Done"),
    ];
    page(json!(issues.map(one)))
}

#[test]
fn each_type_fills_its_table() {
    let document = one_of_each();
    let (draft, said) = jira(&document).run();
    assert_eq!(draft.artifacts[0].skipped["type Task is not mapped"], 1);
    let moved = at("2025-03-02T10:00:00Z");
    let last = |table, id| *of(&said, table, id).last().unwrap();
    let exception = last(TableId::Exceptions, "EX-1");
    assert_eq!(
        (text(exception, "approved_by"), time(exception, "approved_at")),
        (Some("bob@example.com"), Some(moved))
    );
    let incident = last(TableId::Incidents, "IN-1");
    assert_eq!(
        (text(incident, "state"), time(incident, "contained_at")),
        (Some("contained"), Some(moved))
    );
    let first = of(&said, TableId::Incidents, "IN-1")[0];
    assert_eq!(
        (text(first, "severity"), text(first, "incident_ref")),
        (Some("High"), Some("IN-1"))
    );
    let change = last(TableId::Changes, "CH-1");
    assert_eq!(
        (text(change, "merged_by"), time(change, "merged_at")),
        (Some("bob@example.com"), Some(moved))
    );
    assert_eq!(of(&said, TableId::Changes, "CH-1")[0].attrs["emergency"], Value::Bool(true));
    let review = last(TableId::ReviewDecisions, "RV-1");
    assert_eq!(
        (text(review, "reviewer"), time(review, "decided_at")),
        (Some("bob@example.com"), Some(moved))
    );
    let remediation = of(&said, TableId::Remediations, "RM-1");
    assert_eq!(time(remediation[0], "due_at"), Some(at("2025-05-01")));
    assert_eq!(time(remediation[1], "executed_at"), Some(moved));
    assert_eq!(text(last(TableId::Alerts, "AL-1"), "triaged_by"), Some("bob@example.com"));
}

#[test]
fn types_can_be_mapped_and_left_out() {
    let mapped = jira(&one_of_each()).set("map", "Task=remediations;Alert=skip");
    let mut mapped = mapped;
    let (draft, _) = mapped.run();
    assert!(!draft.artifacts[0].skipped.contains_key("type Task is not mapped"));
    assert_eq!(draft.artifacts[0].skipped["type Alert is not mapped"], 1);
}

#[test]
fn decisions_of_the_service_desk_go_before_statuses() {
    let mut request = issue(
        "ACC-4",
        "Service request with approvals",
        "In progress",
        json!([history(2, "2025-03-02T10:00:05.000+0000", "robot", moved("Waiting", "Approved")),]),
    );
    request["fields"]["customfield_10033"] = json!([{
        "id": "1", "name": "Approval", "finalDecision": "approved",
        "completedDate": { "iso8601": "2025-03-02T11:00:00+0100", "epochMillis": 1_740_909_600_000_i64 },
        "approvers": [
            { "approver": user("bob"), "approverDecision": "approved" },
            { "approver": user("eve"), "approverDecision": "pending" },
        ],
    }]);
    let (draft, said) = jira(&json!([request])).run();
    assert_eq!(draft.run.gaps, []);
    let facts = of(&said, TableId::Approvals, "ACC-4");
    let approvers: Vec<_> = facts.iter().filter_map(|f| text(f, "approver")).collect();
    assert_eq!(approvers, ["bob@example.com"], "not whoever moved the issue");
    assert_eq!(time(facts[1], "resolved_at"), Some(at("2025-03-02T10:00:00Z")));
}

#[test]
fn without_a_changelog_nobody_says_who_decided() {
    let mut one = requested();
    one.as_object_mut().unwrap().remove("changelog");
    one["fields"]["status"] = json!({ "name": "Approved" });
    let (draft, said) = jira(&json!([one])).run();
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
    assert!(draft.run.gaps[0].cause.contains("no changelog"));
    assert!(draft.run.gaps[0].cause.contains("ACC-1"));
    let facts = of(&said, TableId::Approvals, "ACC-1");
    let last = facts.last().unwrap();
    assert_eq!(text(last, "outcome"), Some("approved"));
    assert_eq!((text(last, "approver"), time(last, "resolved_at")), (None, None));
}

#[test]
fn a_changelog_that_is_cut_short_is_told() {
    let mut one = requested();
    one["changelog"]["total"] = json!(143);
    let (draft, said) = jira(&json!([one])).run();
    assert!(draft.run.gaps[0].cause.contains("ACC-1 (2 of 143)"), "{:?}", draft.run.gaps);
    let facts = of(&said, TableId::Approvals, "ACC-1");
    assert_eq!(text(facts[0], "outcome"), None, "what was before the first entry is not known");
}

#[test]
fn the_same_export_is_nothing_new_and_a_later_one_repeats_itself() {
    let mut workspace = jira(&page(json!([requested()])));
    let (_, first) = workspace.run();
    assert!(workspace.run().0.nothing_new);
    workspace.now = at("2026-02-01");
    workspace.write(
        "issues.json",
        page(json!([requested(), issue("ACC-9", "Task", "New", json!([]))])).to_string(),
    );
    let (_, second) = workspace.run();
    let facts = |said: &Said| said.facts.iter().map(|(_, _, f)| f.clone()).collect::<Vec<_>>();
    assert_eq!(facts(&first), facts(&second), "an issue tells its course the same each time");
}

/// A good issue with another key and one member set to something else.
fn spoilt(path: &[&str], value: Json) -> Json {
    let mut one = requested();
    one["key"] = json!("BAD-1");
    let mut at = &mut one;
    for name in path {
        at = match name.parse::<usize>() {
            Ok(index) => &mut at[index],
            Err(_) => &mut at[*name],
        };
    }
    *at = value;
    one
}

#[test]
fn bad_issues_are_named_and_the_others_kept() {
    let mut cases = Vec::new();
    let mut bad = |path: &[&str], value: Json, cause: &'static str| {
        cases.push((spoilt(path, value), cause));
    };
    bad(&["key"], Json::Null, "record 1: key: it is missing");
    bad(&["fields"], json!("x"), "issue BAD-1, fields: they are missing");
    bad(
        &["fields", "created"],
        json!("2025-03-01T09:00:00"),
        "issue BAD-1, created: '2025-03-01T09:00:00' has no time zone",
    );
    bad(&["fields", "created"], json!("yesterday"), "neither a date nor an instant");
    bad(&["fields", "issuetype"], Json::Null, "issue BAD-1, issuetype: it has no name");
    bad(
        &["changelog", "histories", "0", "created"],
        json!("x"),
        "changelog: history 3, created: 'x'",
    );
    bad(&["changelog", "histories"], json!({}), "histories: they are no list");
    for (one, cause) in cases {
        let (draft, said) = jira(&page(json!([one, requested()]))).run();
        let causes: Vec<_> = draft.run.gaps.iter().map(|g| g.cause.as_str()).collect();
        assert!(causes[0].contains(cause), "{cause}: {causes:?}");
        assert_eq!((draft.artifacts[0].rejected, draft.artifacts[0].with_facts), (1, 1));
        assert_eq!(of(&said, TableId::Approvals, "ACC-1").len(), 3);
        assert!(!draft.run.gaps[0].hint.is_empty());
    }
    let (draft, _) = jira(&json!([requested()])).set("fields", "planned_to=summary").run();
    assert!(draft.run.gaps[0].cause.contains("issue ACC-1, summary: 'about ACC-1' is neither"));
}

#[test]
fn an_issue_that_is_there_twice_is_named_and_the_newer_counts() {
    let mut newer = requested();
    newer["fields"]["updated"] = json!("2025-04-02T00:00:00.000+0000");
    newer["fields"]["summary"] = json!("newer");
    let (draft, said) = jira(&json!([requested(), newer, requested()])).run();
    assert_eq!(draft.artifacts[0].rejected, 2);
    assert!(draft.run.gaps[0].cause.contains("issue ACC-1 is in the file more than once"));
    assert_eq!(text(of(&said, TableId::Approvals, "ACC-1")[0], "title"), Some("newer"));
}

#[test]
fn shapes_are_known_by_what_is_in_them() {
    let lines = format!("{}\n{}\n", requested(), issue("T-1", "Task", "New", json!([])));
    let workspace = Workspace::with_data("jira");
    workspace.write("issues.jsonl", lines);
    let mut workspace = workspace;
    assert_eq!(workspace.run().0.artifacts[0].records, 2);
    let error = jira(&json!({ "errorMessages": ["no"], "errors": {} })).run().0;
    assert!(error.run.gaps[0].cause.contains("answered with an error"));
    let cut = Workspace::with_data("jira");
    cut.write("issues.json", format!("{} {{\"issues\":[", requested()));
    let mut cut = cut;
    let (draft, _) = cut.run();
    assert!(draft.run.gaps[0].cause.contains("no JSON"), "{:?}", draft.run.gaps);
    assert_eq!((draft.artifacts[0].with_facts, draft.run.outcome), (1, RunOutcome::Partial));
}

#[test]
fn a_look_says_what_is_there() {
    let workspace = jira(&one_of_each());
    let said = workspace.source().test(&workspace.checked()).unwrap();
    assert!(
        said.starts_with("1 files, issues: 1 of alerts; 1 of changes; 1 of exceptions"),
        "{said}"
    );
    assert!(said.ends_with("1 of type Task, which is not mapped"), "{said}");
}

#[test]
fn settings_that_mean_nothing_are_told() {
    for (name, value, cause) in [
        ("map", "Task=grants", "issues fill no table 'grants'"),
        ("map", "nonsense", "says nothing"),
        ("statuses", "Done=finished", "there is no meaning 'finished'"),
        ("fields", "shoe_size=customfield_1", "has a column 'shoe_size'"),
    ] {
        let (draft, said) = jira(&json!([requested()])).set(name, value).run();
        assert_eq!(said, Said::default());
        assert!(draft.run.gaps[0].cause.contains(cause), "{:?}", draft.run.gaps);
    }
}

/// Audit records of Atlassian are no issues: each is rejected, and nothing is said.
#[test]
fn audit_records_are_no_issues() {
    let Some(path) = dataset("tickets/panther-Atlassian.Audit.ndjson") else { return };
    let mut workspace = Workspace::with_data("jira");
    workspace.write("audit.ndjson", std::fs::read(path).unwrap());
    let (draft, said) = workspace.run();
    assert_eq!((draft.artifacts[0].records, draft.artifacts[0].rejected), (82, 82));
    assert_eq!((draft.run.outcome, said), (RunOutcome::Failed, Said::default()));
}

fn reads_and_adds_up(bytes: Vec<u8>) -> bool {
    let source = registry::find("jira").unwrap();
    let settings = [("path", "x"), ("fields", "requested_for=Access for;planned_to=duedate")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let settings = Settings::checked("jira", source.about().settings, settings).unwrap();
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
fn the_time_that_issues_cover_is_somebodys_word_until_one_is_rejected() {
    let declared = |document: &Json| {
        let workspace = jira(document).set("covers", "approvals; exceptions");
        let mut workspace =
            workspace.set("covers-from", "2025-01-01").set("covers-to", "2025-12-31");
        let (draft, _) = workspace.run();
        draft.coverage.iter().map(|c| (c.stream.clone(), c.status)).collect::<Vec<_>>()
    };
    let both = |status| vec![("approvals".to_owned(), status), ("exceptions".to_owned(), status)];
    let good = issue("ACC-1", "Access Request", "To Do", json!([]));
    assert_eq!(declared(&page(json!([good]))), both(CoverageStatus::Asserted));
    let mut bad = good.clone();
    bad["key"] = json!("ACC-2");
    bad["fields"]["created"] = json!("yesterday");
    assert_eq!(declared(&page(json!([good, bad]))), both(CoverageStatus::Gap));
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
        let mut bytes = page(json!([requested()])).to_string().into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert!(reads_and_adds_up(bytes));
    }

    #[test]
    fn stamps_and_statuses_of_any_text_never_panic(text in ".{0,30}", status in ".{0,20}") {
        let mut one = requested();
        one["fields"]["created"] = json!(text);
        prop_assert!(reads_and_adds_up(json!([one]).to_string().into_bytes()));
        let moved = history(2, "2025-03-02T10:00:00.000+0000", "bob", moved(&status, &text));
        let one = issue("A-1", "Incident", &status, json!([moved]));
        prop_assert!(reads_and_adds_up(json!([one]).to_string().into_bytes()));
    }
}
