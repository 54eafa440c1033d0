//! `session_chains` and `usage_attributed` over a timeline.

use serde_json::{Value, json};
use tenure_controls::query;
use tenure_controls::session::Session;
use tenure_model::entry::CoverageStatus;
use tenure_model::fact::{UsageEvent, UseOutcome};
use tenure_model::ids::Seq;

use crate::world::{World, t};

/// A call by `actor` with `key`.
fn call(id: &str, at: &str, kind: &str, actor: &str, key: &str) -> UsageEvent {
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    UsageEvent {
        event_id: id.to_owned(),
        event_time: Some(t(at)),
        account: said("1"),
        action: said("ListBuckets"),
        actor_type: said(kind),
        actor: said(actor),
        credential_key: said(key),
        outcome: Some(UseOutcome::Success),
        ..UsageEvent::default()
    }
}

/// The call returned a key for a role.
fn issuing(mut event: UsageEvent, role: &str, key: &str) -> UsageEvent {
    event.action = Some("AssumeRole".to_owned());
    event.resource = Some(role.to_owned());
    event.issued_key = Some(key.to_owned());
    event
}

fn world() -> World {
    let mut world = World::new();
    let by_ann = call("e1", "2025-02-01T10:00:00Z", "IAMUser", "user/ann", "AKIA1");
    let by_a = call("e2", "2025-02-01T10:05:00Z", "AssumedRole", "sts/a", "ASIA1");
    let by_service = UsageEvent {
        invoked_by: Some("ec2.amazonaws.com".to_owned()),
        ..call("e6", "2025-02-01T10:00:00Z", "AWSService", "", "")
    };
    world.run(
        Vec::new(),
        vec![
            issuing(by_ann, "role/a", "ASIA1"),
            issuing(by_a, "role/b", "ASIA2"),
            call("e3", "2025-02-01T10:10:00Z", "AssumedRole", "sts/b", "ASIA2"),
            call("e4", "2025-02-01T11:00:00Z", "IAMUser", "user/bob", "ASIA3"),
            call("e5", "2025-02-01T12:00:00Z", "AssumedRole", "sts/lost", "ASIA4"),
            issuing(by_service, "role/web", "ASIA5"),
        ],
        &[("usage", "2025-01-01", "2025-03-01", CoverageStatus::Proven)],
    );
    world
}

fn rows(world: &World, known_at: u64, sql: &str) -> Value {
    let session = Session::open(&world.store, Seq(known_at)).expect("a session");
    json!(query::run(&session, sql).expect(sql).rows)
}

#[test]
fn keys_lead_back_to_whoever_began() {
    let sql = "SELECT credential_key, parent_key, role, hops, behind, behind_key, basis, uses
               FROM session_chains ORDER BY 1";
    assert_eq!(
        rows(&world(), 9, sql),
        json!([
            ["ASIA1", "AKIA1", "role/a", 1, "user/ann", "AKIA1", "issued_key", 1],
            ["ASIA2", "ASIA1", "role/b", 2, "user/ann", "AKIA1", "issued_key", 1],
            ["ASIA3", null, null, 0, "user/bob", null, "session_owner", 1],
            ["ASIA4", null, null, 0, null, null, "unattributable", 1],
            ["ASIA5", null, "role/web", 1, "ec2.amazonaws.com", null, "issued_key", 0],
        ])
    );
    let why = rows(&world(), 9, "SELECT why FROM session_chains WHERE credential_key = 'ASIA4'");
    assert!(
        why[0][0].as_str().is_some_and(|why| why.contains("the log is complete there")),
        "{why}"
    );
}

#[test]
fn every_use_says_who_stands_behind_it() {
    let sql = "SELECT event_id, behind, behind_basis, hops FROM usage_attributed ORDER BY 1";
    assert_eq!(
        rows(&world(), 9, sql),
        json!([
            ["e1", "user/ann", "credential", 0],
            ["e2", "user/ann", "issued_key", 1],
            ["e3", "user/ann", "issued_key", 2],
            ["e4", "user/bob", "session_owner", 0],
            ["e5", null, "unattributable", 0],
            ["e6", "ec2.amazonaws.com", "service", 0],
        ])
    );
}

#[test]
fn what_was_not_known_yet_attributes_nothing() {
    let mut world = World::new();
    world.run(
        Vec::new(),
        vec![call("e2", "2025-02-01T10:05:00Z", "AssumedRole", "sts/a", "ASIA1")],
        &[],
    );
    let late = call("e1", "2025-02-01T10:00:00Z", "IAMUser", "user/ann", "AKIA1");
    world.run(Vec::new(), vec![issuing(late, "role/a", "ASIA1")], &[]);
    let sql = "SELECT basis FROM session_chains";
    assert_eq!(rows(&world, 0, sql), json!([["unattributable"]]));
    assert_eq!(rows(&world, 1, sql), json!([["issued_key"]]));
}
