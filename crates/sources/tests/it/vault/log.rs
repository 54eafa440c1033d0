//! What one log tells, line by line.

use serde_json::json;
use tenure_model::entry::{CoverageStatus, RunKind, RunOutcome};
use tenure_model::fact::{Change, Fact, UseOutcome};
use tenure_model::tables::TableId;

use crate::support::{Said, at, text, time};

use super::{collected, entry, lines, pair};

fn of<'a>(said: &'a Said, table: TableId, id: &str) -> Vec<&'a Fact> {
    said.table(table).into_iter().filter(|f| f.native_id == id).collect()
}

#[test]
fn a_pair_is_one_use() {
    let log = lines(&pair(
        1,
        "r1",
        "read",
        "database/creds/ci",
        json!({
            "secret": {"lease_id": "database/creds/ci/L1", "lease_duration": 60},
            "data": {"username": "v-ci-1", "password": "hmac-sha256:p"},
        }),
    ));
    let (draft, said) = collected(&log).run();
    assert_eq!(draft.run.outcome, RunOutcome::Complete, "{:?}", draft.run.gaps);
    assert_eq!(draft.run.kind, RunKind::Events);
    let [(_, record, use_)] = said.usage.as_slice() else { panic!("one use") };
    assert_eq!((*record, use_.event_id.as_str()), (1, "r1"));
    assert_eq!(use_.action.as_deref(), Some("read database/creds"));
    assert_eq!(use_.credential_key.as_deref(), Some("hmac-sha256:a1@file"));
    assert_eq!(use_.actor_id.as_deref(), Some("e-1"));
    assert_eq!(use_.outcome, Some(UseOutcome::Success));
    assert_eq!(use_.read_only, Some(false), "reading made a secret");
    let lease = of(&said, TableId::Credentials, "database/creds/ci/L1")[0];
    assert_eq!(time(lease, "expires_at"), Some(at("2025-03-01T10:01:01.1Z")));
    assert_eq!(text(lease, "public_id"), Some("v-ci-1"));
    assert_eq!(text(lease, "issued_for"), Some("token/hmac-sha256:a1@file"));
    assert!(
        matches!(lease.change, Change::Begun { at: t, .. } if t == at("2025-03-01T10:00:01.1Z"))
    );
    assert!(of(&said, TableId::Grants, "entity/e-1#ci").len() == 1);
    let unknown: Vec<_> = draft.coverage.iter().map(|c| c.status).collect();
    assert_eq!(unknown, [CoverageStatus::Unknown], "nobody declared anything");
}

#[test]
fn tokens_begin_and_end() {
    let mut issue = pair(
        1,
        "r1",
        "update",
        "auth/token/create",
        json!({
            "auth": {"client_token": "hmac-sha256:t2", "accessor": "hmac-sha256:a2",
                     "display_name": "token-x", "policies": ["default"], "token_ttl": 3600},
        }),
    );
    issue[0]["auth"]["entity_id"] = json!("");
    let mut revoke = pair(2, "r2", "update", "auth/token/revoke", json!({}));
    revoke[1]["request"]["data"] = json!({"token": "hmac-sha256:t2"});
    let mut other = pair(3, "r3", "update", "auth/token/revoke-accessor", json!({}));
    other[1]["request"]["data"] = json!({"accessor": "hmac-sha256:a9"});
    let own = pair(4, "r4", "update", "auth/token/revoke-self", json!({}));
    let log = lines(&[issue, revoke, other, own].concat());
    let (_, said) = collected(&log).run();
    let token = of(&said, TableId::Credentials, "hmac-sha256:a2@file");
    assert!(matches!(token[0].change, Change::Begun { .. }));
    assert_eq!(time(token[0], "expires_at"), Some(at("2025-03-01T11:00:01.1Z")));
    assert_eq!(text(token[0], "created_by"), Some("token-ci"));
    assert!(
        matches!(token[1].change, Change::Ended { at: t, .. } if t == at("2025-03-01T10:00:02.1Z"))
    );
    assert_eq!(text(token[1], "revoked_by"), Some("token-ci"));
    for ended in ["hmac-sha256:a9@file", "hmac-sha256:a1@file"] {
        let facts = of(&said, TableId::Credentials, ended);
        assert!(facts.iter().any(|f| matches!(f.change, Change::Ended { .. })), "{ended}");
    }
}

#[test]
fn a_certificate_begins_when_it_is_issued_and_ends_when_it_is_revoked() {
    let issue = pair(
        1,
        "r1",
        "update",
        "pki/issue/web",
        json!({"data": {"serial_number": "hmac-sha256:s1", "expiration": 1_750_000_000}}),
    );
    let mut revoke = pair(2, "r2", "update", "pki/revoke", json!({"data": {"revocation_time": 1}}));
    revoke[1]["request"]["data"] = json!({"serial_number": "hmac-sha256:s1"});
    // Without a serial number, as a certificate in PEM is revoked, nothing says which one.
    let mut unnamed = pair(3, "r3", "update", "pki/revoke", json!({}));
    unnamed[1]["request"]["data"] = json!({"certificate": "hmac-sha256:c1"});
    let (_, said) = collected(&lines(&[issue, revoke, unnamed].concat())).run();
    let told: Vec<_> = said.table(TableId::Credentials);
    let told: Vec<_> = told.into_iter().filter(|f| f.native_type == "certificate").collect();
    let [issued, revoked] = told[..] else { panic!("two facts of one certificate: {told:?}") };
    assert_eq!(issued.native_id, "hmac-sha256:s1@file");
    assert_eq!(revoked.native_id, issued.native_id);
    assert_eq!(text(issued, "issued_for"), Some("pki/issue/web"));
    assert!(
        matches!(revoked.change, Change::Ended { at: t, .. } if t == at("2025-03-01T10:00:02.1Z"))
    );
    assert_eq!(text(revoked, "revoked_by"), Some("token-ci"));
}

#[test]
fn secret_ids_join_sign_ins() {
    let create = pair(
        1,
        "r1",
        "update",
        "auth/approle/role/ci/secret-id",
        json!({
            "data": {"secret_id": "hmac-sha256:s", "secret_id_accessor": "hmac-sha256:sa", "secret_id_ttl": 60},
        }),
    );
    let mut login = pair(
        2,
        "r2",
        "update",
        "auth/approle/login",
        json!({
            "auth": {"client_token": "hmac-sha256:t3", "accessor": "hmac-sha256:a3", "entity_id": "e-2",
                     "display_name": "approle", "policies": ["default"]},
        }),
    );
    for line in &mut login {
        line["request"]["data"] = json!({"role_id": "hmac-sha256:r", "secret_id": "hmac-sha256:s"});
    }
    let mut refused =
        pair(3, "r3", "update", "auth/approle/login", json!({"data": {"error": "hmac-sha256:e"}}));
    refused[1]["request"]["data"] = json!({"secret_id": "hmac-sha256:other"});
    let mut destroy = pair(4, "r4", "update", "auth/approle/role/ci/secret-id/destroy", json!({}));
    destroy[1]["request"]["data"] = json!({"secret_id": "hmac-sha256:s"});
    let log = lines(&[create, login, refused, destroy].concat());
    let (_, said) = collected(&log).run();
    let facts = of(&said, TableId::Credentials, "hmac-sha256:sa@file");
    assert_eq!(text(facts[0], "public_id"), Some("hmac-sha256:s@file"));
    assert_eq!(text(facts[0], "identity_id"), Some("approle-role/auth/approle/role/ci"));
    assert_eq!(time(facts[0], "expires_at"), Some(at("2025-03-01T10:01:01.1Z")));
    assert!(matches!(facts[1].change, Change::Ended { .. }));
    let uses: Vec<_> = said.usage.iter().map(|(_, _, u)| u).collect();
    assert_eq!(uses[1].credential_key.as_deref(), Some("hmac-sha256:s@file"));
    assert_eq!(uses[1].issued_key.as_deref(), Some("hmac-sha256:a3@file"));
    assert_eq!(uses[2].outcome, Some(UseOutcome::Denied), "no token is no sign-in");
}

#[test]
fn what_changed_is_told() {
    let mut write = pair(1, "r1", "update", "sys/policies/acl/ci", json!({}));
    write[1]["request"]["data"] = json!({"policy": "hmac-sha256:one"});
    let delete = pair(2, "r2", "delete", "sys/policies/acl/ci", json!(null));
    let mut user = pair(3, "r3", "create", "auth/userpass/users/ann", json!({}));
    user[1]["request"]["data"] = json!({"password": "hmac-sha256:p1"});
    let mut again = pair(4, "r4", "update", "auth/userpass/users/ann/password", json!({}));
    again[1]["request"]["data"] = json!({"password": "hmac-sha256:p2"});
    let first = pair(5, "r5", "create", "kv/data/db", json!({"data": {"version": 1}}));
    let second = pair(6, "r6", "update", "kv/data/db", json!({"data": {"version": 2}}));
    let gone = pair(7, "r7", "delete", "kv/metadata/db", json!(null));
    let mut failed = pair(8, "r8", "update", "sys/policies/acl/no", json!({}));
    failed[1]["error"] = json!("1 error occurred:\n\t* permission denied\n\n");
    let log = lines(&[write, delete, user, again, first, second, gone, failed].concat());
    let (_, said) = collected(&log).run();
    let policy = of(&said, TableId::Entitlements, "ci");
    assert!(matches!(policy[0].change, Change::Seen { .. }), "an update begins nothing");
    assert!(policy.iter().any(|f| matches!(f.change, Change::Ended { .. })));
    let text_of = of(&said, TableId::Configurations, "sys/policies/acl/ci");
    assert_eq!(text(text_of[0], "value"), Some("{\"policy\":\"hmac-sha256:one\"}"));
    let password = of(&said, TableId::Credentials, "auth/userpass/users/ann");
    let materials: Vec<_> = password.iter().map(|f| text(f, "material")).collect();
    assert_eq!(materials, [Some("hmac-sha256:p1@file"), None, Some("hmac-sha256:p2@file")]);
    let kept = of(&said, TableId::Credentials, "kv/db");
    let materials: Vec<_> = kept.iter().map(|f| text(f, "material")).collect();
    assert_eq!(materials, [Some("version 1"), None, Some("version 2"), None]);
    assert!(matches!(kept[3].change, Change::Ended { .. }));
    assert!(of(&said, TableId::Configurations, "sys/policies/acl/no").is_empty(), "it failed");
    let denied = said.usage.last().unwrap();
    assert_eq!(denied.2.outcome, Some(UseOutcome::Denied));
    assert_eq!(denied.2.error_code.as_deref(), Some("1 error occurred: * permission denied"));
}

#[test]
fn halves_that_stand_alone_are_gaps_and_uses() {
    let [request, _] = pair(1, "r1", "read", "kv/data/x", json!({}));
    let [_, response] = pair(2, "r2", "read", "kv/data/y", json!({}));
    let mut enabled = entry("response", "2025-03-01T10:00:03Z", "r3", "update", "sys/audit/file");
    enabled["response"] = json!({});
    let trial = entry("request", "2025-03-01T10:00:04Z", "r4", "update", "sys/audit/test");
    let mut workspace =
        collected(&lines(&[request, response, enabled, trial])).set("covers-from", "2025-03-01");
    let (draft, said) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
    let causes: Vec<_> = draft.run.gaps.iter().map(|g| g.cause.as_str()).collect();
    assert_eq!(causes.len(), 2, "{causes:?}");
    assert!(causes[0].starts_with("the request r1 has no response (between 2025-03-01T10:00:01Z"));
    assert!(causes[1].starts_with("the response r2 has no request"));
    assert_eq!(said.usage.len(), 3, "a request without response is a use all the same");
    assert_eq!(said.usage[0].2.outcome, None, "and nobody knows how it ended");
    let artifact = &draft.artifacts[0];
    let started = of(&said, TableId::Configurations, "file")[0];
    assert_eq!(text(started, "value"), Some("2025-03-01T10:00:04Z"));
    assert_eq!(artifact.integrity["audit_device_trials"], "1");
    assert_eq!(
        artifact.integrity["request_response_pairs"],
        "1 requests without response, 1 responses without request"
    );
    let status: Vec<_> = draft.coverage.iter().map(|c| c.status).collect();
    use CoverageStatus::{Asserted, Gap, Unknown};
    assert_eq!(status, [Unknown, Asserted, Gap, Gap]);
    // What is declared ends where the log does, unless somebody says otherwise.
    assert_eq!(draft.coverage[1].to, at("2025-03-01T10:00:04Z").plus_micros(1));
}

#[test]
fn a_log_that_grows_and_is_rotated_is_read_once() {
    let first = lines(&pair(1, "r1", "read", "kv/data/x", json!({})));
    let second = lines(&pair(2, "r2", "read", "kv/data/y", json!({})));
    let mut workspace = collected(&first);
    let (_, said) = workspace.run();
    assert_eq!(said.usage.len(), 1);
    let (draft, _) = workspace.run();
    assert!(draft.nothing_new);
    workspace.write("audit.log", format!("{first}{second}"));
    let (draft, said) = workspace.run();
    assert_eq!((draft.artifacts[0].records, said.usage.len()), (2, 1), "only what is new");
    // Rotated: the old lines under another name, compressed, and a new log under the old one.
    let third = lines(&pair(3, "r3", "read", "kv/data/z", json!({})));
    workspace.write("audit.log.1.gz", crate::support::gzip(format!("{first}{second}").as_bytes()));
    workspace.write("audit.log", &third);
    let (draft, said) = workspace.run();
    assert_eq!((draft.artifacts.len(), said.usage.len()), (1, 1));
    assert_eq!(draft.run.outcome, RunOutcome::Complete);
    // Rewritten: what was recorded is kept, and it is told.
    workspace.write(
        "audit.log",
        third.replace("kv/data/z", "kv/data/q").replacen("kv/data/q", "kv/data/z", 1),
    );
    let (draft, said) = workspace.run();
    assert!(draft.run.gaps[0].cause.starts_with("it changed after it was collected"));
    assert!(said.usage.is_empty());
}

#[test]
fn what_is_under_way_is_left_for_later() {
    let done = pair(1, "r1", "read", "kv/data/x", json!({}));
    let [open, answer] = pair(2, "r2", "read", "kv/data/y", json!({}));
    let mut workspace = collected(&lines(&[&done[..], std::slice::from_ref(&open)].concat()));
    workspace.now = at("2025-03-01T10:00:05Z");
    let (draft, said) = workspace.run();
    assert_eq!((draft.artifacts[0].records, said.usage.len()), (2, 1));
    assert_eq!(draft.run.outcome, RunOutcome::Complete, "it may still be answered");
    let whole = lines(&[&done[..], &[open, answer]].concat());
    workspace.write("audit.log", format!("{whole}{{\"time\":\"2025"));
    let (draft, said) = workspace.run();
    assert_eq!((draft.artifacts[0].records, said.usage.len()), (2, 1));
    assert!(draft.run.gaps[0].cause.contains("its last record is not finished"));
}

#[test]
fn lines_that_are_no_entries_are_rejected_where_they_stand() {
    let [request, response] = pair(1, "r1", "read", "kv/data/x", json!({}));
    let mut timeless = request.clone();
    timeless.as_object_mut().unwrap().remove("time");
    timeless["request"]["id"] = json!("r9");
    let log = format!("{request}\nrubbish\n{timeless}\n{response}\n");
    let (draft, said) = collected(&log).run();
    let artifact = &draft.artifacts[0];
    assert_eq!((artifact.records, artifact.rejected, said.usage.len()), (4, 2, 1));
    let at_record = |n: u64| draft.run.gaps.iter().find(|g| g.record == Some(n)).unwrap();
    assert_eq!(at_record(1).cause, "it is no JSON");
    assert_eq!(at_record(2).cause, "it has no time");
    let status: Vec<_> = draft.coverage.iter().map(|c| c.status).collect();
    assert!(status.contains(&CoverageStatus::Gap), "what stood there is not known");
}

#[test]
fn a_device_that_is_disabled_leaves_a_gap() {
    let before = pair(1, "r1", "read", "kv/data/x", json!({}));
    let off = pair(2, "r2", "delete", "sys/audit/file", json!(null));
    let after = pair(30, "r3", "read", "kv/data/y", json!({}));
    let (draft, said) = collected(&lines(&[before, off, after].concat())).run();
    let gaps: Vec<_> = draft.coverage.iter().filter(|c| c.status == CoverageStatus::Gap).collect();
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].detail, "logging was switched off");
    let silent = (at("2025-03-01T10:00:02.1Z"), at("2025-03-01T10:00:30Z").plus_micros(1));
    assert_eq!((gaps[0].from, gaps[0].to), silent);
    let device = of(&said, TableId::Configurations, "sys/audit/file");
    assert!(matches!(device[0].change, Change::Ended { .. }));
}

#[test]
fn a_response_that_comes_with_a_later_file_closes_the_gap() {
    let [request, response] = pair(1, "r1", "read", "kv/data/x", json!({}));
    let mut workspace = collected(&lines(&[request])).set("covers-from", "2025-03-01");
    let gaps = |draft: &tenure_sources::pipeline::RunDraft| {
        draft.coverage.iter().filter(|c| c.status == CoverageStatus::Gap).count()
    };
    let (draft, _) = workspace.run();
    assert_eq!((draft.run.outcome, gaps(&draft)), (RunOutcome::Partial, 1));
    workspace.write("audit.log.2", lines(&[response]));
    let (draft, said) = workspace.run();
    assert_eq!((draft.run.outcome, gaps(&draft)), (RunOutcome::Complete, 0));
    assert_eq!(said.usage[0].2.outcome, Some(UseOutcome::Success));
}

#[test]
fn a_secret_id_without_a_time_to_live_never_expires_and_a_lease_is_a_session() {
    let made = json!({"data": {"secret_id": "hmac-sha256:s", "secret_id_accessor": "hmac-sha256:sa",
        "secret_id_ttl": 0}});
    let create = pair(1, "r1", "update", "auth/approle/role/ci/secret-id", made);
    let given = json!({"secret": {"lease_id": "database/creds/ci/L2"}, "data": {}});
    let lease = pair(2, "r2", "read", "database/creds/ci", given);
    let (_, said) = collected(&lines(&[create, lease].concat())).run();
    let secret = of(&said, TableId::Credentials, "hmac-sha256:sa@file");
    assert_eq!(text(secret[0], "expiry_kind"), Some("never"));
    let lease = of(&said, TableId::Credentials, "database/creds/ci/L2");
    assert_eq!(text(lease[0], "class"), Some("session"));
}
