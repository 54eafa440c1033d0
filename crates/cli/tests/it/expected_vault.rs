//! The audit log of a real Vault lab: what is known to be true of it comes out of `tenure query`.
//! And an audit log of Kubernetes, whose events pin a grant.

use serde_json::{Value, json};
use tempfile::TempDir;
use tenure_testkit::datasets::Datasets;
use tenure_testkit::tenure::Tenure;

use crate::support::{Expectations, fresh};

fn collected(data: &Datasets, kind: &str, file: &str) -> (TempDir, Tenure) {
    let (dir, w) = fresh();
    w.init();
    w.add("s", kind, &data.file(file), &[]);
    w.ok(&["collect"]);
    (dir, w)
}

/// Names and counts as an object.
fn counts(w: &Tenure, sql: &str) -> Value {
    let rows = w.query(sql).into_iter();
    let pair = |row: Vec<Value>| (row[0].as_str().unwrap_or_default().to_owned(), row[1].clone());
    Value::Object(rows.map(pair).collect())
}

fn one(w: &Tenure, sql: &str) -> Value {
    w.query(sql)[0][0].clone()
}

/// Parts of the expectations, by number and name, as the tables have them.
fn reproduced(w: &Tenure) -> Vec<(&'static str, &'static str, Value)> {
    let login = "service LIKE 'auth/%' AND action LIKE '%/login'";
    let by = |column: &str, which: &str| {
        let sql = format!("SELECT {column}, count(*) FROM usage WHERE {which} GROUP BY {column}");
        counts(w, &sql)
    };
    let number = |sql: &str| one(w, &format!("SELECT count(*) FROM {sql}"));
    let root = "actor_type = 'root'";
    vec![
        ("01", "operations", number("usage")),
        ("01", "lines", one(w, "SELECT sum(records) FROM artifacts")),
        ("01", "requests", one(w, "SELECT sum(skipped) FROM artifacts")),
        ("04", "operations", number(&format!("usage WHERE {root}"))),
        ("04", "by_area", by("action", root)),
        ("05", "attempts", number(&format!("usage WHERE {login}"))),
        ("05", "by_path_succeeded", by("resource", &format!("{login} AND outcome = 'success'"))),
        (
            "05",
            "by_path_not_succeeded",
            by("resource", &format!("{login} AND outcome <> 'success'")),
        ),
        ("06", "by_path", by("resource", "issued_key IS NOT NULL")),
        ("09", "created", number("credentials WHERE native_type = 'lease'")),
        ("11", "distinct", number("credentials WHERE native_type = 'token'")),
    ]
}

#[test]
fn a_vault_log_is_reproduced() {
    let Some(data) = Datasets::find("a_vault_log_is_reproduced") else { return };
    let (_dir, w) = collected(&data, "vault", "vault/hashicorp-learn-vault-audit.log.gz");
    let mut expected = Expectations::new(data.expected("expected/vault-hashicorp-learn.json"));
    for (n, part, reproduced) in reproduced(&w) {
        assert_eq!(expected.of(n)[part], reproduced, "{n} {part}");
    }
    let names = "SELECT coalesce(actor, ''), count(*) FROM usage GROUP BY actor";
    expected.check("08", &counts(&w, names));
    let silences = w.query(
        "SELECT covered_from, covered_to FROM coverage WHERE detail LIKE '%longer than an hour%'",
    );
    assert_eq!(silences.len(), expected.of("03").as_array().unwrap().len());
    expected.done();
}

#[test]
fn a_binding_that_was_made_and_removed_is_a_grant_between() {
    let (dir, w) = fresh();
    let event = |id: &str, verb: &str, time: &str, body: Value| {
        json!({
            "kind": "Event", "auditID": id, "stage": "ResponseComplete", "verb": verb,
            "user": {"username": "root-of-all"}, "responseStatus": {"code": 200},
            "objectRef": {"resource": "clusterrolebindings", "name": "ops"},
            "requestReceivedTimestamp": time, "stageTimestamp": time, "responseObject": body,
        })
    };
    let bound = json!({"roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "User", "name": "eve"}]});
    let log = dir.path().join("audit.log");
    let made = event("1", "create", "2025-03-01T10:00:00Z", bound);
    let gone = event("2", "delete", "2025-03-02T10:00:00Z", json!({"kind": "Status"}));
    std::fs::write(&log, format!("{made}\n{gone}\n")).unwrap();
    w.init();
    w.add("k8s", "kubernetes", &log, &[]);
    w.ok(&["collect"]);
    let grants = w.rows(
        "SELECT principal, entitlement, granted_by, removed_by, valid_from_hi, valid_to_hi FROM grants",
    );
    let expected = json!([[
        "eve",
        "cluster-admin",
        "root-of-all",
        "root-of-all",
        "2025-03-01T10:00:00Z",
        "2025-03-02T10:00:00Z"
    ]]);
    assert_eq!(grants, expected);
}
