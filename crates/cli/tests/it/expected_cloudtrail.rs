//! The CloudTrail objects of one account over five days: what is known to be true of them comes
//! out of `tenure query` and `tenure evaluate`. Expectations 17 and 18, which take an object
//! away, are reproduced by the tests of the source.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tenure_testkit::datasets::Datasets;
use tenure_testkit::tenure::Tenure;

use crate::support::{Expectations, fresh, text};

mod changes;
mod evaluation;
mod objects;

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
    ("10", changes::identity_changes),
    ("11", changes::log_changes),
    ("12", silence),
    ("13", errors),
    ("14", objects::deliveries),
    ("15", objects::digests),
    ("16", objects::never_named),
    ("19", objects::accounts_disagree),
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
    evaluation::root_sign_ins_are_contradicted(&w, &attempts);
    evaluation::silence_before_the_trail_shows_nothing(&w, &recorded_from);
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
