//! `rotations` over a timeline.

use serde_json::{Value, json};
use tenure_controls::query;
use tenure_controls::session::Session;
use tenure_model::entry::CoverageStatus;
use tenure_model::fact::{Basis, Change, Fact, UsageEvent};
use tenure_model::ids::Seq;
use tenure_model::tables::TableId;

use crate::world::{World, t};

fn key(id: &str, change: Change) -> Fact {
    Fact::new(TableId::Credentials, "access-key", id, change)
        .with("identity_id", "login/app")
        .with("class", "static_secret")
        .with("native_kind", "access_key")
        .with("public_id", id)
}

fn made(id: &str, at: &str) -> Fact {
    key(id, Change::Begun { at: t(at), basis: Basis::Event }).with("status", "active")
}

fn used(id: &str, key: &str, at: &str) -> UsageEvent {
    UsageEvent {
        event_id: id.to_owned(),
        event_time: Some(t(at)),
        credential_key: Some(key.to_owned()),
        ..UsageEvent::default()
    }
}

fn world(covered_to: &str, mut ends: Vec<Fact>) -> World {
    let mut world = World::new();
    let app = Change::Begun { at: t("2025-01-01"), basis: Basis::Event };
    let mut facts = vec![
        Fact::new(TableId::Identities, "login", "app", app).with("login", "app"),
        made("OLD", "2025-01-02"),
        made("NEW", "2025-02-01"),
    ];
    facts.append(&mut ends);
    world.run(
        facts,
        vec![used("1", "OLD", "2025-02-03T10:00:00Z"), used("2", "NEW", "2025-02-02T10:00:00Z")],
        &[("usage", "2025-01-01", covered_to, CoverageStatus::Asserted)],
    );
    world
}

fn row(world: &World) -> Value {
    let session = Session::open(&world.store, Seq::LATEST).expect("a session");
    let sql = "SELECT identity_id, kind, old_key, new_key, verdict, new_created_hi, overlap_from,
                   overlap_to, overlap_days_min, overlap_days_max, old_used_after_new_at,
                   new_first_used_at, old_deactivated_hi, old_deleted_hi, usage_known, as_of
               FROM rotations WHERE new_key IS NOT NULL";
    json!(query::run(&session, sql).expect(sql).rows)
}

#[test]
fn a_finished_replacement_tells_its_course() {
    let ends = vec![
        key("OLD", Change::Begun { at: t("2025-02-04"), basis: Basis::Event })
            .with("status", "inactive"),
        key("OLD", Change::Ended { at: t("2025-02-10"), basis: Basis::Event }),
    ];
    assert_eq!(
        row(&world("2025-03-01", ends)),
        json!([[
            "lab/login/app",
            "access_key",
            "OLD",
            "NEW",
            "complete",
            "2025-02-01T00:00:00Z",
            "2025-02-01T00:00:00Z",
            "2025-02-04T00:00:00Z",
            3.0,
            3.0,
            "2025-02-03T10:00:00Z",
            "2025-02-02T10:00:00Z",
            "2025-02-04T00:00:00Z",
            "2025-02-10T00:00:00Z",
            true,
            "2025-03-01T00:00:00Z"
        ]])
    );
}

#[test]
fn an_unfinished_one_depends_on_how_far_the_log_goes() {
    for (covered_to, verdict) in [("2025-02-05", "in_progress"), ("2025-03-01", "old_still_active")]
    {
        let found = row(&world(covered_to, Vec::new()));
        assert_eq!(found[0][4], verdict, "{found}");
        assert_eq!(found[0][7], Value::Null, "the overlap has no end: {found}");
    }
}

#[test]
fn a_key_without_successor_has_a_row() {
    let session = world("2025-03-01", Vec::new());
    let session = Session::open(&session.store, Seq::LATEST).expect("a session");
    let sql = "SELECT old_key, verdict, old_created_hi, as_of FROM rotations WHERE new_key IS NULL";
    assert_eq!(
        json!(query::run(&session, sql).expect(sql).rows),
        json!([["NEW", "none", "2025-02-01T00:00:00Z", "2025-03-01T00:00:00Z"]])
    );
}
