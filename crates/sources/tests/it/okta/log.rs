//! The system log: uses, what they pin, and over which time the log is said to be whole.

use serde_json::{Value as Json, json};
use tenure_model::entry::{CoverageStatus, RunKind};
use tenure_model::fact::{Change, UseOutcome};
use tenure_model::tables::TableId;

use super::support::{causes, flag, of_type, one, text, things, told};
use crate::support::{Said, Workspace, at, gzip};

const ADMIN: &str = "root@example.com";

fn event(number: u32, kind: &str, targets: Json) -> Json {
    json!({"uuid": format!("e{number}"), "eventType": kind,
        "published": format!("2025-01-01T00:{number:02}:00.500Z"),
        "actor": {"id": "root", "type": "User", "alternateId": ADMIN, "displayName": "Root"},
        "client": {"ipAddress": "192.0.2.7", "userAgent": {"rawUserAgent": "curl"}},
        "authenticationContext": {"externalSessionId": "102abc"},
        "outcome": {"result": "SUCCESS"}, "transaction": {"id": "t", "detail": {}},
        "target": targets})
}

fn target(kind: &str, id: &str) -> Json {
    json!({"type": kind, "id": id, "alternateId": format!("{id}@example.com"), "displayName": id})
}

fn log(events: &[Json]) -> Workspace {
    let workspace = Workspace::with_data("okta");
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    workspace.write("2025-01.jsonl.gz", gzip(lines.as_bytes()));
    workspace
}

fn said(events: &[Json]) -> Said {
    let (draft, said) = log(events).run();
    assert_eq!(causes(&draft), [""; 0]);
    assert_eq!(draft.run.kind, RunKind::Events);
    said
}

fn minute(number: u32) -> tenure_model::Timestamp {
    at(&format!("2025-01-01T00:{number:02}:00.500Z"))
}

#[test]
fn a_use_says_who_what_whence_and_with_what() {
    let mut by_token = event(2, "user.lifecycle.create", json!([target("User", "ann")]));
    by_token["transaction"]["detail"] = json!({"requestApiTokenId": "00Tabc"});
    let mut refused = event(3, "user.session.start", json!([]));
    refused["outcome"] = json!({"result": "FAILURE", "reason": "INVALID_CREDENTIALS"});
    let factor = event(4, "user.authentication.auth_via_mfa", json!([]));
    let mut asked = event(5, "policy.evaluate_sign_on", json!([]));
    asked["outcome"] = json!({"result": "CHALLENGE"});
    let said = said(&[event(1, "user.session.start", json!([])), by_token, refused, factor, asked]);
    let used: Vec<_> = said.usage.iter().map(|(_, _, usage)| usage).collect();
    assert_eq!(used[0].actor.as_deref(), Some(ADMIN));
    assert_eq!(used[0].credential_key.as_deref(), Some("102abc"));
    assert_eq!((used[0].mfa, used[3].mfa), (None, Some(true)));
    assert_eq!(used[1].credential_key.as_deref(), Some("00Tabc"));
    assert_eq!(used[1].resource.as_deref(), Some("User:ann"));
    let outcomes: Vec<_> = used.iter().map(|usage| usage.outcome).collect();
    let success = Some(UseOutcome::Success);
    assert_eq!(outcomes, [success, success, Some(UseOutcome::Denied), success, None]);
    assert_eq!(used[2].error_code.as_deref(), Some("INVALID_CREDENTIALS"));
    assert_eq!(used[4].error_code.as_deref(), Some("CHALLENGE"), "that it asked is said");
    let token = one(&said, TableId::Credentials, "okta-api-token", "00Tabc");
    assert_eq!(text(&token, "identity_id"), "okta-user/root");
    let credentials = things(&said, TableId::Credentials);
    assert_eq!(credentials.len(), 1, "a session is no credential that anybody was given");
}

#[test]
fn lives_of_users_are_pinned() {
    let on = |number, kind: &str| event(number, kind, json!([target("User", "ann")]));
    let said = said(&[
        on(1, "user.lifecycle.create"),
        on(2, "user.lifecycle.activate"),
        on(3, "user.mfa.factor.activate"),
        on(4, "user.lifecycle.suspend"),
        on(5, "user.lifecycle.unsuspend"),
        on(6, "user.mfa.factor.deactivate"),
        on(7, "user.mfa.factor.reset_all"),
        on(8, "user.lifecycle.deactivate"),
        on(9, "user.lifecycle.delete.completed"),
    ]);
    let ann = told(&said, TableId::Identities, "ann");
    let status: Vec<_> = ann
        .iter()
        .filter(|fact| fact.attrs.contains_key("status"))
        .map(|fact| (fact.change.at(), text(&fact.attrs, "status")))
        .collect();
    let expected =
        [(1, "staged"), (2, "active"), (4, "suspended"), (5, "active"), (8, "deprovisioned")];
    assert_eq!(status, expected.map(|(number, status)| (minute(number), status)));
    let mfa: Vec<_> = ann.iter().filter_map(|fact| flag(&fact.attrs, "mfa")).collect();
    assert_eq!(mfa, [true, false], "one factor less says nothing of the others");
    assert!(matches!(ann.last().unwrap().change, Change::Ended { at, .. } if at == minute(9)));
}

#[test]
fn grants_are_pinned_with_who_gave_and_took_them() {
    let group = json!([target("UserGroup", "g1"), target("User", "ann")]);
    let app =
        json!([target("AppUser", "0ua1"), target("AppInstance", "a1"), target("User", "ann")]);
    let mut granted = event(3, "user.account.privilege.grant", json!([target("User", "ann")]));
    granted["debugContext"] = json!({"debugData": {"privilegeGranted":
        "Super administrator, Application administrator (all)"}});
    let mut revoked = event(4, "user.account.privilege.revoke", json!([target("User", "ann")]));
    revoked["debugContext"] = json!({"debugData": {"privilegeRevoked": "Super administrator"}});
    let said = said(&[
        event(1, "group.user_membership.add", group.clone()),
        event(2, "application.user_membership.add", app),
        granted,
        revoked,
        event(5, "group.user_membership.remove", group),
    ]);
    let left: Vec<_> = things(&said, TableId::Grants).into_keys().map(|(_, id)| id).collect();
    assert_eq!(left, ["ann|a1", "ann|APP_ADMIN"]);
    let member = told(&said, TableId::Grants, "ann|g1");
    assert_eq!(text(&member[0].attrs, "granted_by"), ADMIN);
    assert_eq!(text(&member[0].attrs, "granted_event"), "e1");
    assert_eq!(text(&member[1].attrs, "removed_by"), ADMIN);
    assert!(matches!(member[1].change, Change::Ended { at, .. } if at == minute(5)));
}

#[test]
fn tokens_are_made_and_revoked() {
    let token = json!([target("Token", "00Tnew")]);
    let said = said(&[
        event(1, "system.api_token.create", token.clone()),
        event(2, "system.api_token.revoke", token),
    ]);
    let facts = told(&said, TableId::Credentials, "00Tnew");
    assert_eq!(text(&facts[0].attrs, "identity_id"), "okta-user/root");
    assert_eq!(text(&facts[0].attrs, "created_by"), ADMIN);
    assert_eq!(text(&facts[1].attrs, "revoked_by"), ADMIN);
    assert_eq!(said.usage[0].2.issued_key.as_deref(), Some("00Tnew"));
}

#[test]
fn what_failed_changed_nothing_and_what_is_unknown_is_a_use() {
    let mut failed = event(
        1,
        "group.user_membership.add",
        json!([target("UserGroup", "g1"), target("User", "ann")]),
    );
    failed["outcome"] = json!({"result": "FAILURE", "reason": "no"});
    let said = said(&[failed, event(2, "something.new.of.theirs", json!([]))]);
    assert_eq!(of_type(&things(&said, TableId::Grants), "okta-group-member").len(), 0);
    assert_eq!(said.usage.len(), 2);
}

#[test]
fn a_time_without_a_zone_is_rejected_where_it_stands() {
    let mut bad = event(2, "user.session.start", json!([]));
    bad["published"] = json!("2025-01-01 00:02:00");
    let mut nameless = event(3, "user.session.start", json!([]));
    nameless["uuid"] = json!(null);
    let mut workspace = log(&[event(1, "user.session.start", json!([])), bad, nameless]);
    let (draft, said) = workspace.run();
    let gaps: Vec<_> = draft.run.gaps.iter().map(|gap| (gap.record, gap.cause.as_str())).collect();
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    assert_eq!(gaps[0].0, Some(1));
    assert!(gaps[0].1.contains("has no time zone"), "{gaps:?}");
    assert_eq!(gaps[1], (Some(2), "it has no uuid"));
    assert_eq!(said.usage.len(), 1);
}

type Stretch = (CoverageStatus, String, String);

fn stretches(draft: &tenure_sources::pipeline::RunDraft) -> Vec<Stretch> {
    let one = |c: &tenure_model::entry::CoverageBody| {
        assert_eq!(c.stream, "usage");
        (c.status, c.from.to_string(), c.to.to_string())
    };
    draft.coverage.iter().map(one).collect()
}

#[test]
fn nothing_is_said_to_be_whole_unless_somebody_says_so() {
    let events =
        [event(1, "user.session.start", json!([])), event(9, "user.session.end", json!([]))];
    let first = "2025-01-01T00:01:00.5Z".to_owned();
    let last = "2025-01-01T00:09:00.500001Z".to_owned();
    let (draft, _) = log(&events).run();
    assert_eq!(stretches(&draft), [(CoverageStatus::Unknown, first, last.clone())]);

    let declared =
        |w: Workspace| w.set("covers-from", "2025-01-01").set("covers-to", "2025-01-01T00:05:00Z");
    let (draft, _) = declared(log(&events)).run();
    let (from, to) = ("2025-01-01T00:00:00Z".to_owned(), "2025-01-01T00:05:00Z".to_owned());
    let inside = (CoverageStatus::Asserted, from.clone(), to.clone());
    assert_eq!(stretches(&draft), [inside, (CoverageStatus::Unknown, to.clone(), last)]);

    let mut workspace = declared(log(&events[..1]));
    workspace.write("broken.json", format!("[{},{{", events[1]));
    let (draft, _) = workspace.run();
    assert_eq!(stretches(&draft)[0], (CoverageStatus::Gap, from, to));
    let (draft, _) = workspace.run();
    assert_eq!(stretches(&draft), [], "what was stated is not stated again");
}

#[test]
fn what_is_declared_must_make_sense() {
    for (from, to, cause) in [
        ("2025-02-01", "2025-01-01", "ends before it begins"),
        ("2025-02-01", "2099-01-01", "is not over yet"),
        ("soon", "2025-01-01", "neither"),
    ] {
        let workspace = log(&[event(1, "user.session.start", json!([]))]);
        let (draft, _) = workspace.set("covers-from", from).set("covers-to", to).run();
        assert!(causes(&draft)[0].contains(cause), "{:?}", causes(&draft));
    }
    let (draft, _) = log(&[event(1, "x", json!([]))]).set("covers-from", "2025-01-01").run();
    assert!(causes(&draft)[0].contains("one of them is not set"));
}

#[test]
fn a_log_that_changed_is_a_finding() {
    let mut workspace = log(&[event(1, "user.session.start", json!([]))]);
    workspace.run();
    let (draft, _) = workspace.run();
    assert!(draft.nothing_new);
    workspace.write("2025-01.jsonl.gz", event(2, "user.session.start", json!([])).to_string());
    let (draft, said) = workspace.run();
    assert!(causes(&draft)[0].contains("it changed after it was collected"));
    assert_eq!(said, Said::default());
}
