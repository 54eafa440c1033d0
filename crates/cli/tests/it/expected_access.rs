//! The whole history of kubernetes/org: what is known to be true of it comes out of `tenure query`
//! and `tenure evaluate`.

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tenure_testkit::datasets::Datasets;
use tenure_testkit::tenure::Tenure;

use crate::support::{Expectations, tenure, text};

mod canonical;
mod changes;
mod evaluation;
mod state;

const FROM: &str = "TIMESTAMP '2025-07-01T00:00:00Z'";

const TO: &str = "TIMESTAMP '2026-01-01T00:00:00Z'";

/// What people held, from when (`f`) to when (`t`; null = still): the model of the expectations.
const HELD: &str = "
  SELECT lower(i.login) AS principal, i.login, e.native_id AS entitlement, g.native_type AS kind,
         split_part(split_part(e.native_id, ':', 2), '/', 1) AS org,
         g.valid_from_hi AS f, g.valid_to_hi AS t, g.valid_from_lo AS not_before,
         g.approval_ref AS pr, g.granted_event, g.requested_by, g.removal_ref, g.removed_event
  FROM grants g
  JOIN identities i ON g.identity_id = i.identity_id
  JOIN entitlements e ON g.entitlement_id = e.entitlement_id";

type Reproduce = fn(&Tenure, &Value) -> Value;

const REPRODUCED: &[(&str, Reproduce)] = &[
    ("01", |w, _| w.object(&held(&format!("SELECT {} FROM held", counts())))),
    ("02", |w, _| by_group(w, "kind")),
    ("03", by_organisation_and_kind),
    ("04", people),
    ("05", boundary_snapshots),
    ("06", changes::respellings),
    ("07", changes::changes),
    ("08", changes::unapproved),
    ("09", changes::the_access_review),
    ("10", changes::large_removals),
    ("11", changes::back_after_the_review),
    ("12", changes::temporary_elevation),
    ("13", changes::administrators_changed),
    ("14", state::administrators),
    ("15", state::outsiders_in_teams),
    ("16", state::first_import),
    ("17", state::repository_permissions),
    ("18", changes::moved_too_deep),
    ("19", changes::self_requested),
    ("20", canonical::canonical_population),
    ("21", canonical::canonical_events),
    ("22", state::owners),
];

#[test]
fn kubernetes_org_is_reproduced() {
    let Some(data) = Datasets::find("kubernetes_org_is_reproduced") else { return };
    let dir = TempDir::new().unwrap();
    data.unpack("access-as-code/kubernetes-org.git.tar", dir.path());
    let w = tenure(dir.path().join("w"));
    w.init();
    w.add("k8s", "git-access", &dir.path().join("kubernetes-org.git"), &[]);
    w.ok(&["collect", "k8s"]);

    let expected = data.expected("expected/access-kubernetes-org.json");
    assert_eq!(
        REPRODUCED.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        expected.iter().map(|(number, _)| number.as_str()).collect::<Vec<_>>(),
        "each expectation is reproduced"
    );
    let mut expectations = Expectations::new(expected.into_iter().map(without_words).collect());
    for (number, reproduce) in REPRODUCED {
        let reproduced = reproduce(&w, expectations.of(number));
        expectations.check(number, &reproduced);
    }
    let granted = expectations.of("01")["granted"].clone();
    expectations.done();
    evaluation::evaluation_counts_what_was_granted(&w, &granted);
}

/// Two expectations explain in words how lines are written; these are no facts.
fn without_words((number, mut expect): (String, Value)) -> (String, Value) {
    if let Value::Object(map) = &mut expect {
        map.retain(|key, _| key != "line" && key != "clipped");
    }
    (number, expect)
}

fn held(query: &str) -> String {
    format!("WITH held AS ({HELD}) {query}")
}

/// Opening, granted, removed, closing and what follows from them; a grant that begins or ends
/// exactly at the start belongs to the period, one at the end does not.
fn counts() -> String {
    let n = |condition: String| format!("count(*) FILTER (WHERE {condition})");
    let opening = format!("f < {FROM} AND (t IS NULL OR t >= {FROM})");
    let granted = format!("f >= {FROM} AND f < {TO}");
    let removed = format!("t >= {FROM} AND t < {TO}");
    let open = format!("(t IS NULL OR t >= {TO})");
    [
        ("held_at_from", n(opening)),
        ("granted", n(granted.clone())),
        ("removed", n(removed.clone())),
        ("held_at_to", n(format!("f < {TO} AND {open}"))),
        ("never_changed", n(format!("f < {FROM} AND {open}"))),
        ("transient", n(format!("{granted} AND {removed}"))),
    ]
    .map(|(name, sql)| format!("{sql} AS {name}"))
    .join(", ")
}

const COUNTED: [&str; 6] =
    ["held_at_from", "granted", "removed", "held_at_to", "never_changed", "transient"];

fn counted(cells: &[Value]) -> Value {
    COUNTED.iter().map(|name| (*name).to_owned()).zip(cells.iter().cloned()).collect()
}

/// Only groups that were held at some time in the period are told of.
fn was_held(cells: &[Value]) -> bool {
    cells.iter().any(|n| *n != json!(0))
}

fn by_group(w: &Tenure, group: &str) -> Value {
    let sql = format!("SELECT {group}, {} FROM held GROUP BY 1 ORDER BY 1", counts());
    let rows = w.query(&held(&sql));
    let named = |row: &Vec<Value>| (text(&row[0]), counted(&row[1..]));
    rows.iter().filter(|row| was_held(&row[1..])).map(named).collect()
}

fn by_organisation_and_kind(w: &Tenure, _: &Value) -> Value {
    let sql = format!("SELECT org, kind, {} FROM held GROUP BY 1, 2 ORDER BY 1, 2", counts());
    let mut organisations = Map::new();
    for row in w.query(&held(&sql)).iter().filter(|row| was_held(&row[2..])) {
        let kinds = organisations.entry(text(&row[0])).or_insert_with(|| json!({}));
        kinds[text(&row[1])] = counted(&row[2..]);
    }
    Value::Object(organisations)
}

fn people(w: &Tenure, _: &Value) -> Value {
    w.object(&held(&format!(
        "SELECT count(DISTINCT principal) FILTER (WHERE opening) AS at_from,
                count(DISTINCT principal) FILTER (WHERE closing) AS at_to,
                count(DISTINCT principal) FILTER (WHERE ever) AS ever_in_window,
                count(DISTINCT principal) FILTER (WHERE closing AND NOT there_at_from) AS joined,
                count(DISTINCT principal) FILTER (WHERE opening AND NOT there_at_to) AS left
         FROM (SELECT *, max(opening) OVER (PARTITION BY principal) AS there_at_from,
                         max(closing) OVER (PARTITION BY principal) AS there_at_to
               FROM ({}))",
        at_boundaries()
    )))
}

/// Each grant with whether it was held at the start, at the end, and at any time in between.
fn at_boundaries() -> String {
    format!(
        "SELECT principal, entitlement, f, t,
                f < {FROM} AND (t IS NULL OR t >= {FROM}) AS opening,
                f < {TO} AND (t IS NULL OR t >= {TO}) AS closing,
                f < {TO} AND (t IS NULL OR t >= {FROM}) AS ever
         FROM held"
    )
}

fn boundary_snapshots(w: &Tenure, _: &Value) -> Value {
    w.object(&held(&format!(
        "SELECT count(*) FILTER (WHERE closing AND NOT opening) AS only_at_to,
                count(*) FILTER (WHERE opening AND NOT closing) AS only_at_from,
                count(*) FILTER (WHERE opening AND closing) AS in_both,
                count(*) FILTER (WHERE opening AND closing AND NOT unbroken) AS in_both_but_interrupted
         FROM (SELECT max(opening) AS opening, max(closing) AS closing,
                      max(opening AND closing) AS unbroken
               FROM ({}) GROUP BY principal, entitlement)",
        at_boundaries()
    )))
}
