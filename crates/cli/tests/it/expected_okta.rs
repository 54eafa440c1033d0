//! Answers of a real Okta organisation, as somebody recorded them over fifteen months: what is
//! known to be true of its users comes out of `tenure query`.

use serde_json::{Map, Value, json};
use tenure_testkit::datasets::Datasets;
use tenure_testkit::tenure::Tenure;

use crate::support::{Expectations, fresh};

type Reproduce = fn(&Tenure) -> Value;

/// A user is what a listing of users has: others acted, or hold a role, and are known by that.
const USERS: &str = "(SELECT native_id, tags, mfa, status, created_at_src, last_auth_at, valid_from_hi
  FROM identities WHERE native_type = 'okta-user' AND created_at_src IS NOT NULL AND valid_to_hi IS NULL)";

const REPRODUCED: &[(&str, Reproduce)] = &[
    ("03", |w| w.cell(&format!("SELECT count(*) FROM {USERS} u"))),
    ("04", |w| pairs(w, &format!("SELECT {STATUS}, count(*) FROM {USERS} u GROUP BY 1"))),
    ("05", |w| {
        let rows =
            w.query(&format!("SELECT min(created_at_src), max(created_at_src) FROM {USERS} u"));
        rows[0].iter().map(millis).collect()
    }),
    ("06", |w| w.cell(&format!("SELECT count(*) FROM {USERS} u WHERE last_auth_at IS NULL"))),
    ("07", |w| {
        let sql = format!(
            "SELECT native_id, valid_from_hi FROM {USERS} u WHERE status = 'deprovisioned'"
        );
        w.query(&sql).iter().map(|row| json!([row[0], millis(&row[1])])).collect()
    }),
    ("08", |w| {
        w.cell(&format!("SELECT count(*) FROM {USERS} u WHERE status = 'active' AND NOT mfa"))
    }),
];

/// Okta's own word, out of the tags.
const STATUS: &str = "split_part(split_part(tags, '\"status\":\"', 2), '\"', 1)";

fn pairs(w: &Tenure, sql: &str) -> Value {
    let rows = w.query(sql).into_iter();
    Value::Object(rows.map(|row| (row[0].as_str().unwrap().to_owned(), row[1].clone())).collect())
}

/// As Okta writes it.
fn millis(at: &Value) -> Value {
    at.as_str().unwrap().replace('Z', ".000Z").into()
}

#[test]
fn users_of_okta_are_reproduced() {
    let Some(data) = Datasets::find("users_of_okta_are_reproduced") else { return };
    let (_dir, w) = fresh();
    w.init();
    w.add("okta", "okta", &data.file("okta/graph-okta-steps.responses.ndjson"), &[]);
    w.ok(&["collect"]);
    let run = w.rows("SELECT kind, outcome, artifacts, rejected FROM runs");
    assert_eq!(run, json!([["events", "partial", 1, 0]]), "it is no complete listing");
    let mut expectations = Expectations::new(data.expected("expected/okta-users.json"));
    for (number, reproduce) in REPRODUCED {
        expectations.check(number, &reproduce(&w));
    }
    let by_role = pairs(
        &w,
        "SELECT entitlement, count(*) FROM grants WHERE native_type = 'okta-role-assignment'
         AND valid_to_hi IS NULL GROUP BY entitlement",
    );
    assert_eq!(by_role, expectations.of("09")["by_role"]);
    for (number, kind) in [("10", "okta-group-member"), ("11", "okta-app-assignment")] {
        let held = held(&w, kind);
        for (entitlement, expected) in expectations.of(number).as_object().unwrap() {
            let expected = match expected {
                Value::Object(by_status) => by_status.values().filter_map(Value::as_u64).sum(),
                number => number.as_u64().unwrap(),
            };
            let found = held.get(entitlement).and_then(Value::as_u64).unwrap_or_default();
            assert_eq!(found, expected, "{number} {entitlement}");
        }
    }
    expectations.done();
}

/// How many people hold each right of a kind.
fn held(w: &Tenure, kind: &str) -> Map<String, Value> {
    let sql = format!(
        "SELECT entitlement, count(DISTINCT identity_id) FROM grants
         WHERE native_type = '{kind}' AND identity_id IS NOT NULL AND valid_to_hi IS NULL
         GROUP BY entitlement"
    );
    match pairs(w, &sql) {
        Value::Object(pairs) => pairs,
        _ => Map::new(),
    }
}

fn listed(id: &str, status: &str) -> Value {
    json!({"id": id, "status": status, "created": "2024-01-01T00:00:00.000Z",
        "profile": {"login": format!("{id}@example.com")}})
}

#[test]
fn who_is_in_no_later_complete_listing_is_gone() {
    let (dir, w) = fresh();
    let export = dir.path().join("export");
    std::fs::create_dir_all(export.join("groups/g1")).unwrap();
    let write = |name: &str, value: Value| {
        std::fs::write(export.join(name), value.to_string()).unwrap();
    };
    write("users.json", json!([listed("ann", "ACTIVE"), listed("bob", "ACTIVE")]));
    write("users.status=DEPROVISIONED.json", json!([]));
    write("groups.json", json!([{"id": "g1", "objectClass": [], "profile": {"name": "G"}}]));
    write("groups/g1/users.json", json!([{"id": "ann"}, {"id": "bob"}]));
    w.init();
    w.add("okta", "okta", &export, &["as-of=2025-06-01"]);
    w.ok(&["collect"]);
    let open = "SELECT principal FROM grants WHERE valid_to_hi IS NULL ORDER BY principal";
    assert_eq!(w.rows(open), json!([["ann"], ["bob"]]));

    write("groups/g1/users.json", json!([{"id": "ann"}]));
    std::fs::remove_file(export.join("users.status=DEPROVISIONED.json")).unwrap();
    w.ok(&["collect"]);
    assert_eq!(w.rows(open), json!([["ann"], ["bob"]]), "the second export is not whole");

    write("users.status=DEPROVISIONED.json", json!([]));
    w.ok(&["collect"]);
    assert_eq!(w.rows(open), json!([["ann"]]));
    let outcomes = w.rows("SELECT kind, outcome FROM runs ORDER BY seq");
    assert_eq!(outcomes, json!([["full", "complete"], ["full", "partial"], ["full", "complete"]]));
    let gone = w.rows("SELECT principal, valid_to_lo FROM grants WHERE valid_to_hi IS NOT NULL");
    assert_eq!(gone, json!([["bob", "2025-06-01T00:00:00Z"]]));
}
