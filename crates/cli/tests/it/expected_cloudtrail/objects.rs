//! Which objects the log says it delivered, and which are here.

use serde_json::{Map, Value, json};
use tenure_testkit::tenure::Tenure;

pub(super) fn deliveries(w: &Tenure, _: &Value) -> Value {
    let mut named = w.object(
        "SELECT count(*) AS log_objects_named, count(present) AS of_them_present FROM log_objects
         WHERE kind = 'log' AND delivered_at IS NOT NULL",
    );
    let absent = w.query(
        "SELECT native_id FROM log_objects
         WHERE kind = 'log' AND delivered_at IS NOT NULL AND present IS NULL",
    );
    named["of_them_absent"] = absent.into_iter().map(|row| row[0].clone()).collect();
    named["failed_attempts"] = w.rows(
        "SELECT u.event_time, u.error_code, o.native_id,
                CASE WHEN o.delivered_at >= u.event_time THEN 'later delivered' ELSE 'never' END
         FROM usage u JOIN log_objects o ON o.native_id = regexp_replace(u.resource, '^.*/', '')
         WHERE u.action = 'PutObject' AND u.error_code IS NOT NULL AND o.kind = 'log'
           AND u.invoked_by = 'cloudtrail.amazonaws.com'",
    );
    let span = "SELECT min(delivered_at), max(delivered_at) FROM log_objects WHERE kind = 'log'";
    named["first_last_delivery_record"] = w.rows(span)[0].clone();
    named
}

pub(super) fn digests(w: &Tenure, _: &Value) -> Value {
    w.object(
        "SELECT count(delivered_at) AS digest_objects_named, count(present) AS digest_objects_present
         FROM log_objects WHERE kind = 'digest'",
    )
}

pub(super) fn never_named(w: &Tenure, _: &Value) -> Value {
    let objects = "SELECT native_id, valid_from_hi <
                     (SELECT min(delivered_at) FROM log_objects WHERE kind = 'log') AS early
                   FROM log_objects WHERE present AND kind = 'log' AND delivered_at IS NULL";
    let rows = w.query(&format!("{objects} ORDER BY 1"));
    let (early, other): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row[1] == json!(true));
    let mut result = Map::new();
    result.insert("count".into(), json!(rows.len()));
    result.insert("delivered before the first delivery record".into(), json!(early.len()));
    result.insert("other".into(), other.into_iter().map(|row| row[0].clone()).collect());
    Value::Object(result)
}

pub(super) fn accounts_disagree(w: &Tenure, _: &Value) -> Value {
    w.object(
        "SELECT count(*) AS objects
         FROM (SELECT account FROM usage EXCEPT SELECT account FROM log_objects)",
    )
}
