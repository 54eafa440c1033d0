//! The CloudTrail objects of one account over five days: what is known to be true of them comes
//! out of `tenure query` and `tenure evaluate`. Expectations 17 and 18, which take an object
//! away, are reproduced by the tests of the source.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tenure_testkit::datasets::Datasets;
use tenure_testkit::tenure::Tenure;

use crate::support::{Expectations, fresh};

type Reproduce = fn(&Tenure, &Value) -> Value;

const REPRODUCED: &[(&str, Reproduce)] = &[
    ("01", objects_and_records),
    ("02", two_trails),
    ("03", first_and_last),
    ("04", |w, _| counts(w, "SELECT actor_type, count(*) FROM usage GROUP BY 1")),
    ("05", |w, _| {
        counts(w, "SELECT actor, count(*) FROM usage WHERE actor LIKE 'arn:%' GROUP BY 1")
    }),
    ("06", sign_ins),
    ("07", root),
    ("08", access_keys),
    ("09", distinct_keys),
    ("10", identity_changes),
    ("11", log_changes),
    ("12", silence),
    ("13", errors),
    ("14", deliveries),
    ("15", digests),
    ("16", never_named),
    ("19", accounts_disagree),
    ("20", canonical_events),
];

#[test]
fn cloudtrail_of_five_days_is_reproduced() {
    let Some(data) = Datasets::find("cloudtrail_of_five_days_is_reproduced") else { return };
    let trail = data.file("cloudtrail/sans504-falsimentis-342082656213.tar");
    let (_dir, w) = fresh();
    w.init();
    w.add("aws", "cloudtrail", &trail, &[]);
    w.ok(&["collect"]);

    let mut expected = data.expected("expected/cloudtrail-sans504.json");
    expected.retain(|(number, _)| number != "17" && number != "18");
    let expected: Vec<_> = expected.into_iter().map(of_this_system).collect();
    let numbers: Vec<_> = expected.iter().map(|(number, _)| number.clone()).collect();
    assert_eq!(numbers, REPRODUCED.iter().map(|(number, _)| *number).collect::<Vec<_>>());
    let mut expectations = Expectations::new(expected);
    for (number, reproduce) in REPRODUCED {
        let reproduced = reproduce(&w, expectations.of(number));
        expectations.check(number, &reproduced);
    }
    let attempts = expectations.of("06").clone();
    let recorded_from = expectations.of("14")["first_last_delivery_record"][0].clone();
    expectations.done();
    root_sign_ins_are_contradicted(&w, &attempts);
    silence_before_the_trail_shows_nothing(&w, &recorded_from);
}

/// `@timestamp` is of another system's export, conflicts are told as columns and rows, lines are
/// explained in words: no facts about this log. Order within one second is that of no clock.
fn of_this_system((number, mut expect): (String, Value)) -> (String, Value) {
    const NO_FACTS: [&str; 5] =
        ["conflicts", "records_with_@timestamp", "first_and_last_@timestamp", "line", "by"];
    if let Value::Object(map) = &mut expect {
        map.retain(|key, _| !NO_FACTS.contains(&key.as_str()));
    }
    if let (true, Some(rows)) = (["10", "11"].contains(&number.as_str()), expect.as_array_mut()) {
        rows.sort_by_key(Value::to_string);
    }
    (number, expect)
}

fn counts(w: &Tenure, sql: &str) -> Value {
    w.query(sql).into_iter().map(|row| (text(&row[0]), row[1].clone())).collect()
}

fn objects_and_records(w: &Tenure, _: &Value) -> Value {
    let mut all = w.object(
        "SELECT (SELECT count(*) FROM log_objects WHERE present) AS objects,
                (SELECT records FROM runs) AS records,
                count(DISTINCT event_id) AS \"distinct_eventIDs\",
                (SELECT rejected FROM runs) AS \"records_without_eventID\",
                (SELECT rejected FROM runs) AS \"records_without_eventTime\",
                count(*) AS events,
                sum(records) - count(*) AS duplicate_records
         FROM usage",
    );
    let empty = w.query("SELECT native_id FROM log_objects WHERE present AND records = 0");
    all["objects_without_records"] = empty.into_iter().map(|row| row[0].clone()).collect();
    all["eventIDs_seen_n_times"] = counts(w, "SELECT records, count(*) FROM usage GROUP BY 1");
    let conflicts = "SELECT count(*) FROM runs WHERE gap_detail LIKE '%same event%'";
    all["duplicates_with_different_content"] = w.cell(conflicts);
    all
}

fn two_trails(w: &Tenure, _: &Value) -> Value {
    json!({
        "duplicated_events_by_managementEvent": counts(w,
            "SELECT CASE WHEN management THEN 'True' ELSE 'False' END, count(*)
             FROM usage WHERE records > 1 GROUP BY 1"),
        "log_objects_named_by_trail": counts(w,
            "SELECT coalesce(trail, '(not said)'), count(*) FROM log_objects
             WHERE kind = 'log' AND delivered_at IS NOT NULL GROUP BY 1"),
    })
}

fn first_and_last(w: &Tenure, _: &Value) -> Value {
    w.object(
        "SELECT min(event_time) AS \"first_eventTime\", max(event_time) AS \"last_eventTime\"
         FROM usage",
    )
}

fn sign_ins(w: &Tenure, _: &Value) -> Value {
    w.rows(
        "SELECT event_time, actor_type, split_part(actor, ':', 6),
                CASE WHEN mfa THEN 'Yes' ELSE 'No' END,
                CASE WHEN outcome = 'success' THEN 'Success' ELSE 'Failure' END
         FROM usage WHERE action = 'ConsoleLogin' ORDER BY 1",
    )
}

fn root(w: &Tenure, _: &Value) -> Value {
    let mut root = w.object(
        "SELECT count(*) AS events,
                count(*) FILTER (WHERE credential_key LIKE 'AKIA%') AS \"with_access_key_AKIA\"
         FROM usage WHERE actor_type = 'Root'",
    );
    let span = "SELECT min(event_time), max(event_time) FROM usage WHERE actor_type = 'Root'";
    root["first_last"] = w.rows(span)[0].clone();
    root["not_read_only"] = counts(
        w,
        "SELECT action, count(*) FROM usage WHERE actor_type = 'Root' AND NOT read_only GROUP BY 1",
    );
    root
}

fn access_keys(w: &Tenure, _: &Value) -> Value {
    w.rows(
        "SELECT c.public_id, count(*), min(u.event_time), max(u.event_time),
                count(DISTINCT u.src_ip), max(u.actor_name)
         FROM credentials c JOIN usage u ON u.credential_key = c.public_id
         WHERE c.public_id LIKE 'AKIA%' GROUP BY 1 ORDER BY 2 DESC",
    )
}

fn distinct_keys(w: &Tenure, _: &Value) -> Value {
    w.object(
        "SELECT count(DISTINCT credential_key) AS \"distinct\",
                count(DISTINCT credential_key) FILTER (WHERE credential_key LIKE 'AKIA%')
                  AS \"long_term_AKIA\",
                count(DISTINCT credential_key) FILTER (WHERE credential_key LIKE 'ASIA%')
                  AS \"temporary_ASIA\"
         FROM usage",
    )
}

/// What was changed is in the tables of what came of it; here each word of the expected target
/// has to be found there, in a row that begins at that instant.
fn identity_changes(w: &Tenure, expect: &Value) -> Value {
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
fn log_changes(w: &Tenure, expect: &Value) -> Value {
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

fn silence(w: &Tenure, _: &Value) -> Value {
    w.rows(
        "SELECT before, event_time,
                CAST(date_part('epoch', event_time) - date_part('epoch', before) AS BIGINT)
         FROM (SELECT event_time, lag(event_time) OVER (ORDER BY event_time) AS before FROM usage)
         WHERE event_time - before > INTERVAL '1 hour' ORDER BY 1",
    )
}

fn errors(w: &Tenure, _: &Value) -> Value {
    let by_code = |condition: &str| {
        counts(
            w,
            &format!(
                "SELECT error_code, count(*) FROM usage
                 WHERE error_code IS NOT NULL AND {condition} GROUP BY 1"
            ),
        )
    };
    json!({
        "events_with_error": w.cell("SELECT count(error_code) FROM usage"),
        "by_code": by_code("true"),
        "by_code_excluding_AWSService": by_code("actor_type <> 'AWSService'"),
    })
}

fn deliveries(w: &Tenure, _: &Value) -> Value {
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
           AND u.actor_name = 'cloudtrail.amazonaws.com'",
    );
    let span = "SELECT min(delivered_at), max(delivered_at) FROM log_objects WHERE kind = 'log'";
    named["first_last_delivery_record"] = w.rows(span)[0].clone();
    named
}

fn digests(w: &Tenure, _: &Value) -> Value {
    w.object(
        "SELECT count(delivered_at) AS digest_objects_named, count(present) AS digest_objects_present
         FROM log_objects WHERE kind = 'digest'",
    )
}

fn never_named(w: &Tenure, _: &Value) -> Value {
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

fn accounts_disagree(w: &Tenure, _: &Value) -> Value {
    w.object(
        "SELECT count(*) AS objects FROM usage
         WHERE account NOT IN (SELECT account FROM log_objects WHERE account IS NOT NULL)",
    )
}

fn canonical_events(w: &Tenure, _: &Value) -> Value {
    let rows = w.query(
        "SELECT event_time, event_id, service, action, actor_type,
                CASE WHEN actor LIKE 'arn:%' THEN actor END, src_ip, error_code FROM usage",
    );
    let mut lines: Vec<String> = rows
        .into_iter()
        .map(|row| row.iter().map(text).collect::<Vec<_>>().join("\t") + "\n")
        .collect();
    lines.sort_unstable();
    json!({"sha256": hex::encode(Sha256::digest(lines.concat()))})
}

/// The deviations of a control over the days of the log.
fn deviations(w: &Tenure, control: &str) -> Vec<Value> {
    let period = ["--from", "2021-07-28", "--to", "2021-08-03", "--control", control];
    let evaluation = w.json(&[&["evaluate"], &period[..]].concat());
    assert_eq!(evaluation["controls"][0]["id"], control);
    evaluation["controls"][0]["deviations"]["list"].as_array().unwrap().clone()
}

/// Root tried to sign in, each time without a second factor: every attempt contradicts that root
/// is not used, every success contradicts that people sign in with one.
fn root_sign_ins_are_contradicted(w: &Tenure, attempts: &Value) {
    let deviations = deviations(w, "AUT-01");
    let contradicted = |attribute: &str, at: &Value| {
        deviations.iter().any(|d| {
            d["attribute"] == attribute && d["from"] == *at && d["outcome"] == "contradicted"
        })
    };
    let attempts = attempts.as_array().unwrap();
    assert!(!attempts.is_empty());
    for attempt in attempts {
        let (at, succeeded) = (&attempt[0], attempt[4] == "Success");
        assert!(contradicted("E", at), "the attempt at {at} contradicts");
        assert_eq!(contradicted("D", at), succeeded, "the sign-in at {at}");
    }
}

/// Until the trail recorded its own deliveries, nothing shows that the log is whole.
fn silence_before_the_trail_shows_nothing(w: &Tenure, recorded_from: &Value) {
    let deviations = deviations(w, "MON-01");
    let before = deviations.iter().find(|d| d["from"] == "2021-07-28T00:00:00Z");
    let before = before.expect("the time before is told of");
    assert_eq!(before["outcome"], "not_demonstrated");
    assert_eq!(before["to"], *recorded_from);
    let proven = w.query("SELECT covered_from FROM coverage WHERE status = 'proven'");
    assert_eq!(proven, vec![vec![recorded_from.clone()]], "proven from the first record on");
}

/// The text of a cell; null is empty.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
