//! The credential report. It has slots and no key ids, so a slot stands for its key.

use serde_json::{Value, json};
use tenure_testkit::tenure::Tenure;

use super::{Reproduce, list};

pub(super) const REPRODUCED: &[(&str, Reproduce)] = &[
    ("01", as_of),
    ("02", as_of_from),
    ("03", |w| w.cell("SELECT count(*) FROM identities")),
    ("04", |w| w.cell("SELECT count(*) FROM identities WHERE native_type = 'iam-user'")),
    ("05", root),
    ("06", |w| list(w, &passwords("true"))),
    ("07", |w| list(w, &passwords("NOT i.mfa"))),
    ("08", |w| w.cell("SELECT NOT mfa FROM identities WHERE native_type = 'root'")),
    ("09", |w| w.cell(&format!("SELECT count(*) > 0 FROM ({})", keys(NAME, OF_ROOT)))),
    ("10", active_keys),
    ("11", |w| list(w, &keys(NAME, &format!("{AGE} > 90")))),
    ("12", |w| list(w, &keys(NAME, "c.never_used"))),
    ("13", |w| list(w, &keys("i.login", "true GROUP BY i.login HAVING count(*) > 1"))),
    ("14", |w| list(w, &passwords("c.never_used"))),
];

/// An active key by its user and slot, such as `jake key 1`.
const NAME: &str = "i.login || ' key ' || replace(c.slot, 'access_key_', '') AS name";

const OF_ROOT: &str = "i.native_type = 'root'";

const AGE: &str = "CAST(floor((date_part('epoch', made.at) - date_part('epoch', c.created_at_src)) \
     / 86400) AS BIGINT)";

/// Of the active keys that meet a condition.
fn keys(columns: &str, condition: &str) -> String {
    of_credentials(columns, "access-key-slot", condition)
}

/// Who has a password and meets a condition.
fn passwords(condition: &str) -> String {
    of_credentials("i.login", "login-profile", condition)
}

/// Active credentials of a kind, their users, and when the report was made.
fn of_credentials(columns: &str, kind: &str, condition: &str) -> String {
    format!(
        "WITH made AS (SELECT covered_from AS at FROM coverage WHERE stream = 'iam-state')
         SELECT {columns}
         FROM credentials c JOIN identities i ON i.identity_id = c.identity_id CROSS JOIN made
         WHERE c.native_type = '{kind}' AND c.status = 'active' AND {condition} ORDER BY 1"
    )
}

/// An instant as the report writes it.
fn written(column: &str) -> String {
    format!("to_char({column}, '%Y-%m-%dT%H:%M:%S+00:00')")
}

fn as_of(w: &Tenure) -> Value {
    let at = written("covered_from");
    w.cell(&format!("SELECT {at} FROM coverage WHERE stream = 'iam-state'"))
}

/// That the time is a lower bound is told in words.
fn as_of_from(w: &Tenure) -> Value {
    let told = w.cell("SELECT gap_detail FROM runs");
    let said = told.as_str().unwrap();
    let words = ["does not say when it was made", "the latest timestamp in it", "a lower bound"];
    if words.iter().all(|words| said.contains(words)) {
        json!("not in the file: the latest timestamp in the report is used (a lower bound)")
    } else {
        told
    }
}

/// The report says nothing of the root user's password (`not_supported`): no credential is told.
fn root(w: &Tenure) -> Value {
    let last_used = written("last_auth_at");
    let mut root = w.object(&format!(
        "SELECT CAST(mfa AS VARCHAR) AS mfa_active, {last_used} AS password_last_used
         FROM identities WHERE native_type = 'root'"
    ));
    root["active_keys"] = w.query(&keys(NAME, OF_ROOT)).len().into();
    let none = w.query(&passwords(OF_ROOT)).is_empty();
    root["password_enabled"] = json!(if none { "not_supported" } else { "true" });
    root
}

fn active_keys(w: &Tenure) -> Value {
    let (created, used) = (written("c.created_at_src"), written("c.last_used_at"));
    let since_use = AGE.replace("created_at_src", "last_used_at");
    let columns = format!(
        "i.login AS \"user\", replace(c.slot, 'access_key_', '') AS slot,
         {created} AS last_rotated, {AGE} AS \"age in whole days\",
         coalesce({used}, 'N/A') AS last_used, {since_use} AS \"days since use\""
    );
    let answer = w.json(&["query", &keys(&columns, "true")]);
    let names: Value =
        answer["columns"].as_array().unwrap().iter().map(|column| column["name"].clone()).collect();
    json!({"columns": names, "rows": answer["rows"]})
}
