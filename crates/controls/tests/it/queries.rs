//! SQL over the public tables, and its helpers.

use serde_json::json;
use tenure_controls::query;
use tenure_controls::session::Session;
use tenure_model::ids::Seq;
use tenure_model::tables::TableId;

use crate::world::{World, entitlement, granted, identity, removed};

fn world() -> World {
    let mut world = World::new();
    world.run(
        vec![
            identity("ann", "human"),
            entitlement("prod", false),
            granted("ann", "prod", "2025-02-01T00:00:00Z"),
        ],
        Vec::new(),
        &[],
    );
    world.run(vec![removed("ann", "prod", "2025-03-01T00:00:00Z")], Vec::new(), &[]);
    world
}

fn rows(world: &World, known_at: u64, sql: &str) -> serde_json::Value {
    let session = Session::open(&world.store, Seq(known_at)).expect("a session");
    json!(query::run(&session, sql).expect(sql).rows)
}

#[test]
fn every_table_can_be_read() {
    let world = world();
    let session = Session::open(&world.store, Seq(10)).expect("a session");
    for table in TableId::ALL {
        let sql = format!("SELECT * FROM {}", table.name());
        let result = query::run(&session, &sql).expect(&sql);
        assert_eq!(result.columns.len(), table.table().all_columns().count(), "{sql}");
    }
}

#[test]
fn an_answer_can_be_given_as_known_then() {
    let world = world();
    let sql = "SELECT principal, valid_to_hi FROM grants";
    assert_eq!(rows(&world, 0, sql), json!([["ann", null]]));
    assert_eq!(rows(&world, 1, sql), json!([["ann", "2025-03-01T00:00:00Z"]]));
    assert_eq!(rows(&world, 1, "SELECT count(*) FROM history.grants"), json!([[2]]));
}

#[test]
fn held_at_knows_yes_no_and_maybe() {
    let world = world();
    let sql = "SELECT held_at(valid_from_lo, valid_from_hi, valid_to_lo, valid_to_hi, TIMESTAMP '2025-02-10T00:00:00Z'),
                      held_at(valid_from_lo, valid_from_hi, valid_to_lo, valid_to_hi, TIMESTAMP '2025-03-01T00:00:00Z'),
                      held_at(NULL, valid_from_hi, valid_to_lo, valid_to_hi, TIMESTAMP '2025-01-01T00:00:00Z'),
                      overlap_days(valid_from_hi, valid_to_hi, TIMESTAMP '2025-02-15T00:00:00Z', NULL) FROM grants";
    assert_eq!(rows(&world, 1, sql), json!([["yes", "no", "maybe", 14.0]]));
}

#[test]
fn business_days_and_clipping() {
    let world = world();
    let sql = "SELECT business_add(TIMESTAMP '2025-10-03T15:00:00Z', 1),
                      clip(TIMESTAMP '2025-10-03T15:00:00Z', TIMESTAMP '2025-11-01T00:00:00Z', NULL)";
    assert_eq!(rows(&world, 1, sql), json!([["2025-10-06T15:00:00Z", "2025-11-01T00:00:00Z"]]));
}

#[test]
fn islands_and_gaps_merge_intervals() {
    let world = world();
    let intervals = "SELECT * FROM (VALUES
        (''a'', TIMESTAMP ''2025-01-01T00:00:00Z'', TIMESTAMP ''2025-01-03T00:00:00Z''),
        (''a'', TIMESTAMP ''2025-01-02T00:00:00Z'', TIMESTAMP ''2025-01-05T00:00:00Z''),
        (''a'', TIMESTAMP ''2025-01-07T00:00:00Z'', CAST(NULL AS TIMESTAMP))) AS v(key, from_ts, to_ts)";
    let islands =
        format!("SELECT key, from_ts, to_ts FROM islands('{intervals}') ORDER BY from_ts");
    assert_eq!(
        rows(&world, 1, &islands),
        json!([
            ["a", "2025-01-01T00:00:00Z", "2025-01-05T00:00:00Z"],
            ["a", "2025-01-07T00:00:00Z", null]
        ])
    );
    let gaps = format!("SELECT key, from_ts, to_ts FROM gaps('{intervals}')");
    assert_eq!(
        rows(&world, 1, &gaps),
        json!([["a", "2025-01-05T00:00:00Z", "2025-01-07T00:00:00Z"]])
    );
}

#[test]
fn a_query_can_only_read() {
    let world = world();
    let session = Session::open(&world.store, Seq(1)).expect("a session");
    for refused in [
        "DROP TABLE history.grants",
        "CREATE TABLE x AS SELECT 1",
        "COPY grants TO 'x.csv'",
        "SET datafusion.execution.batch_size = 1",
    ] {
        assert!(query::run(&session, refused).is_err(), "{refused}");
    }
}
