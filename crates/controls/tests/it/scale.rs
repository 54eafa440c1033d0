//! What is done so that large timelines can be evaluated changes no result.

use std::sync::Mutex;

use serde_json::json;
use tenure_controls::evaluate::{Scope, Watch, evaluate_watched};
use tenure_controls::library::Library;
use tenure_controls::query;
use tenure_controls::session::Session;
use tenure_model::Period;
use tenure_model::fact::{UsageEvent, UseOutcome};
use tenure_model::ids::Seq;

use crate::world::{World, approval, entitlement, granted, identity, t};

fn use_of(id: &str, at: &str) -> UsageEvent {
    UsageEvent {
        event_id: id.to_owned(),
        event_time: Some(t(at)),
        actor: Some("ann".to_owned()),
        action: Some("Get".to_owned()),
        outcome: Some(UseOutcome::Success),
        ..UsageEvent::default()
    }
}

fn rows(world: &World, known_at: u64, sql: &str) -> serde_json::Value {
    let session = Session::open(&world.store, Seq(known_at)).expect("a session");
    json!(query::run(&session, sql).expect(sql).rows)
}

const DAYS: &str = "SELECT CAST(CAST(day AS DATE) AS VARCHAR), events, first_at, last_at \
                    FROM usage_daily ORDER BY day";

#[test]
fn a_day_that_two_runs_told_of_is_one_row() {
    let mut world = World::new();
    let first = vec![use_of("1", "2025-03-01T10:00:00Z"), use_of("2", "2025-03-02T10:00:00Z")];
    world.run(Vec::new(), first, &[]);
    let second = vec![use_of("3", "2025-03-02T08:00:00Z"), use_of("4", "2025-03-03T10:00:00Z")];
    world.run(Vec::new(), second, &[]);
    let one = json!(["2025-03-01", 1, "2025-03-01T10:00:00Z", "2025-03-01T10:00:00Z"]);
    let alone = json!(["2025-03-02", 1, "2025-03-02T10:00:00Z", "2025-03-02T10:00:00Z"]);
    let both = json!(["2025-03-02", 2, "2025-03-02T08:00:00Z", "2025-03-02T10:00:00Z"]);
    let last = json!(["2025-03-03", 1, "2025-03-03T10:00:00Z", "2025-03-03T10:00:00Z"]);
    assert_eq!(rows(&world, 0, DAYS), json!([one, alone]));
    assert_eq!(rows(&world, 1, DAYS), json!([one, both, last]));
    let history = DAYS.replace("FROM usage_daily", "FROM history.usage_daily");
    assert_eq!(rows(&world, 0, &history), json!([one, both, last]));
}

#[test]
fn runs_that_share_no_day_are_read_as_they_stand() {
    let mut world = World::new();
    world.run(Vec::new(), vec![use_of("1", "2025-03-01T10:00:00Z")], &[]);
    world.run(Vec::new(), vec![use_of("2", "2025-03-02T00:00:00Z")], &[]);
    assert_eq!(rows(&world, 1, "SELECT sum(events), count(*) FROM usage_daily"), json!([[2, 2]]));
    let plan = rows(&world, 1, "EXPLAIN SELECT day, events FROM usage_daily").to_string();
    assert!(!plan.contains("Aggregate"), "{plan}");
}

#[test]
fn names_are_found_wherever_they_stand_in_a_text() {
    let mut world = World::new();
    world.run(vec![identity("ann", "human")], Vec::new(), &[]);
    let sql = "SELECT name, text FROM mentions(
        'SELECT * FROM (VALUES (''svc-1''), (''svc-12''), (''a''), (''''), (NULL)) AS v(name)',
        'SELECT * FROM (VALUES (''create svc-12''), (''nil''), (NULL)) AS v(text)') ORDER BY name";
    let found = [["a", "create svc-12"], ["svc-1", "create svc-12"], ["svc-12", "create svc-12"]];
    assert_eq!(rows(&world, 0, sql), json!(found));
}

#[derive(Default)]
struct Seen(Mutex<Vec<String>>);

impl Watch for Seen {
    fn begun(&self, _: &str) {}

    fn ended(&self, control: &str, _: usize, _: usize) {
        self.0.lock().expect("nobody panicked").push(control.to_owned());
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let mut world = World::new();
    let facts = vec![
        identity("ann", "human"),
        identity("bot", "service_account"),
        entitlement("prod", true),
        granted("ann", "prod", "2025-07-01"),
        granted("bot", "prod", "2025-08-01"),
        approval("R-1", Some("cid"), "2025-06-30"),
    ];
    world.run(facts, vec![use_of("1", "2025-09-01T10:00:00Z")], &[]);
    let library = Library::load(None).expect("the library");
    let period = Period::new(t("2025-07-01"), t("2026-01-01")).expect("a period");
    let controls = ["AUT-02", "CRD-06", "INV-01", "JML-03", "PRA-01", "SVC-01", "SVC-02"];
    let controls: Vec<_> = controls.map(str::to_owned).to_vec();
    let as_of = t("2026-01-02");
    let scope = Scope { period, known_at: Seq(9), as_of, controls: controls.clone() };
    let evaluated = |threads| {
        let seen = Seen::default();
        let evaluated = evaluate_watched(&world.store, &library, &scope, threads, &seen);
        let mut told = seen.0.into_inner().expect("nobody panicked");
        told.sort();
        assert_eq!(told, controls, "each control is told of once");
        evaluated.expect("an evaluation")
    };
    let one = evaluated(1);
    assert!(one.items.values().any(|items| !items.is_empty()));
    assert_eq!(one, evaluated(3));
}
