//! People and their accounts in SQL, deadlines in either unit, and an override of a deadline's unit.

use serde_json::json;
use tenure_controls::evaluate::{Scope, evaluate};
use tenure_controls::library::Library;
use tenure_controls::query;
use tenure_controls::session::Session;
use tenure_model::Period;
use tenure_model::ids::Seq;
use tenure_model::outcome::Outcome;

use crate::staff::{ACCOUNTS, PEOPLE, account, deleted, hired, left, worker};
use crate::world::{World, t};

fn world() -> World {
    let mut world = World::new();
    // A Friday evening, recorded then; the account ends on Monday evening.
    let end = "2025-08-01T18:00:00Z";
    world.run(
        vec![
            worker("1", "ann"),
            account("ann", "active", "2025-01-01"),
            left("1", "ann", end, Some(end)),
            deleted("ann", "2025-08-04T18:00:00Z"),
            hired("1", "ann", "2025-10-01"),
        ],
        Vec::new(),
        &[PEOPLE, ACCOUNTS],
    );
    world
}

fn rows(world: &World, sql: &str) -> serde_json::Value {
    let session = Session::open(&world.store, Seq(10)).expect("a session");
    json!(query::run(&session, sql).expect(sql).rows)
}

#[test]
fn who_left_when_and_what_became_of_the_account() {
    let world = world();
    assert_eq!(
        rows(&world, "SELECT person, label, left_hi, rehired_hi FROM leavers"),
        json!([["lab/person/1", "ann", "2025-08-01T18:00:00Z", "2025-10-01T00:00:00Z"]])
    );
    assert_eq!(
        rows(&world, "SELECT identity_id, basis, removed_lo, removed_hi FROM leaver_accounts"),
        json!([["lab/login/ann", "email", "2025-08-04T18:00:00Z", "2025-08-04T18:00:00Z"]])
    );
    assert_eq!(
        rows(&world, "SELECT DISTINCT person FROM people JOIN holders USING (person)"),
        json!([["lab/person/1"]]),
        "hired again under the same record"
    );
}

/// The night of the change to winter time is an hour longer by the clock on the wall, not here.
#[test]
fn deadlines_are_hours_days_or_business_days() {
    let world = world();
    for (length, due) in [
        ("INTERVAL '24 hours'", "2025-10-26T18:00:00Z"),
        ("INTERVAL '2 days'", "2025-10-27T18:00:00Z"),
        ("1", "2025-10-28T00:00:00Z"),
        ("INTERVAL '0 microseconds'", "2025-10-25T18:00:00Z"),
    ] {
        let sql = format!("SELECT due(instant('2025-10-25T18:00:00Z'), {length})");
        assert_eq!(rows(&world, &sql), json!([[due]]), "{length} from a Saturday");
    }
}

#[test]
fn a_deadline_may_be_overridden_in_business_days() {
    let world = world();
    let dir = tempfile::tempdir().expect("a temporary directory");
    let ours = Library::load(None).expect("the library");
    let text = ours.get("JML-02").expect("JML-02").yaml();
    for (value, expected) in
        [("24h", Outcome::Contradicted), ("72h", Outcome::Supported), ("1bd", Outcome::Supported)]
    {
        let changed = text.replace("sla: { value: 24h", &format!("sla: {{ value: {value}"));
        std::fs::write(dir.path().join("JML-02.yaml"), changed).expect("an override");
        let library = Library::load(Some(dir.path())).expect("both libraries");
        let period = Period::new(t("2025-07-01"), t("2026-01-01")).expect("a period");
        let controls = vec!["JML-02".to_owned()];
        let scope = Scope { period, known_at: Seq(10), as_of: t("2026-06-01"), controls };
        let evaluated = evaluate(&world.store, &library, &scope).expect("an evaluation");
        assert_eq!(evaluated.items["JML-02"][0].attributes.get("C"), Some(expected), "{value}");
    }
}
