//! Changes of identities and of the log itself.

use serde_json::Value;
use tenure_testkit::tenure::Tenure;

use crate::support::text;

/// What was changed is in the tables of what came of it; here each word of the expected target
/// has to be found there, in a row that begins at that instant.
pub(super) fn identity_changes(w: &Tenure, expect: &Value) -> Value {
    let began = w.query(
        "SELECT valid_from_hi, native_id || ' ' || identity_id FROM credentials
         UNION ALL SELECT valid_from_hi, native_id FROM grants
         UNION ALL SELECT valid_from_hi, native_id FROM identities
         UNION ALL SELECT valid_from_hi, native_id FROM entitlements",
    );
    for row in expect.as_array().unwrap() {
        let at = &row[0];
        for word in text(&row[4]).split(' ') {
            let (_, value) = word.split_once('=').unwrap();
            // Names are unique in an account, whatever the path before them.
            let name = value.rsplit('/').next().unwrap();
            let found = began.iter().any(|row| row[0] == *at && text(&row[1]).contains(name));
            assert!(found, "{at}: nothing begins that has to do with {word}");
        }
    }
    with_targets(
        w,
        expect,
        4,
        "SELECT event_time, action, actor_type, actor, error_code FROM usage
         WHERE service = 'iam.amazonaws.com' AND NOT read_only",
    )
}

/// What was set is in `configurations`; a failed call sets nothing.
pub(super) fn log_changes(w: &Tenure, expect: &Value) -> Value {
    let set = w.query("SELECT valid_from_hi, native_id, value FROM configurations");
    for row in expect.as_array().unwrap() {
        let trail = text(&row[3]).rsplit(['=', '/']).next().unwrap().to_owned();
        let found = set.iter().any(|set| set[0] == row[0] && text(&set[1]).contains(&trail));
        // Insight selectors are no setting of access.
        let known = row[1] == "PutInsightSelectors" || found;
        assert!(if row[4].is_null() { known } else { !found }, "{row}");
    }
    with_targets(
        w,
        expect,
        3,
        "SELECT event_time, action, actor, error_code FROM usage
         WHERE service = 'cloudtrail.amazonaws.com' AND NOT read_only",
    )
}

/// The rows of a query, each with the target that is expected of the same event in its place.
fn with_targets(w: &Tenure, expect: &Value, place: usize, sql: &str) -> Value {
    let expected = expect.as_array().unwrap();
    let with_target = |mut row: Vec<Value>| {
        let same = expected.iter().find(|e| e[0] == row[0] && e[1] == row[1]);
        row.insert(place, same.map_or(Value::Null, |e| e[place].clone()));
        Value::Array(row)
    };
    let mut rows: Vec<Value> = w.query(sql).into_iter().map(with_target).collect();
    rows.sort_by_key(Value::to_string);
    Value::Array(rows)
}
