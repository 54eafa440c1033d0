//! The whole history of kubernetes/org: what is known to be true of it comes out of `tenure query`
//! and `tenure evaluate`.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tenure_testkit::datasets::Datasets;
use tenure_testkit::tenure::Tenure;

use crate::support::{Expectations, tenure};

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
    ("06", respellings),
    ("07", changes),
    ("08", unapproved),
    ("09", the_access_review),
    ("10", large_removals),
    ("11", back_after_the_review),
    ("12", temporary_elevation),
    ("13", administrators_changed),
    ("14", administrators),
    ("15", outsiders_in_teams),
    ("16", first_import),
    ("17", repository_permissions),
    ("18", moved_too_deep),
    ("19", self_requested),
    ("20", canonical_population),
    ("21", canonical_events),
    ("22", owners),
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
    evaluation_counts_what_was_granted(&w, &granted);
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

/// The old spelling is kept nowhere, because it means nothing: here is checked that the grant went
/// on, and that the person is now called by the new one.
fn respellings(w: &Tenure, expect: &Value) -> Value {
    let one = |row: &Value| {
        let [_, pr, entitlement, old, new] = &row.as_array().unwrap()[..] else { panic!("{row}") };
        assert_eq!(text(old).to_lowercase(), text(new).to_lowercase());
        let sql = format!(
            "SELECT c.merged_at, c.change_ref, h.entitlement, '{}', h.login
             FROM changes c JOIN held h ON h.f < c.merged_at AND (h.t IS NULL OR h.t > c.merged_at)
             WHERE c.change_ref = '{}' AND h.entitlement = '{}' AND h.principal = '{}'",
            text(old),
            text(pr),
            text(entitlement),
            text(old).to_lowercase(),
        );
        w.rows(&held(&sql))[0].clone()
    };
    expect.as_array().unwrap().iter().map(one).collect()
}

/// A merge names its head, whose owner asked for the change: `requested_by`.
fn changes(w: &Tenure, _: &Value) -> Value {
    w.object(&held(&format!(
        "SELECT count(*) AS touching_path,
                count(c.change_ref) AS with_pr,
                count(a.requested_by) AS merge_subject,
                count(*) FILTER (WHERE b.n > 0 OR e.n > 0) AS changing_some_grant,
                count(DISTINCT c.change_ref) FILTER (WHERE b.n > 0) AS distinct_prs_granting,
                count(DISTINCT c.change_ref) FILTER (WHERE e.n > 0) AS distinct_prs_removing
         FROM changes c
         LEFT JOIN approvals a ON a.request_ref = c.change_ref AND a.resolved_at = c.merged_at
         LEFT JOIN (SELECT granted_event, count(*) AS n FROM held GROUP BY 1) b ON b.granted_event = c.native_id
         LEFT JOIN (SELECT removed_event, count(*) AS n FROM held GROUP BY 1) e ON e.removed_event = c.native_id
         WHERE c.merged_at >= {FROM} AND c.merged_at < {TO}"
    )))
}

fn unapproved(w: &Tenure, _: &Value) -> Value {
    w.object(&held(&format!(
        "SELECT count(*) FILTER (WHERE f >= {FROM} AND f < {TO} AND pr IS NULL) AS \"grant\",
                count(*) FILTER (WHERE t >= {FROM} AND t < {TO} AND removal_ref IS NULL) AS removal
         FROM held"
    )))
}

/// The commit in the period that removed most.
fn review_commit(w: &Tenure) -> String {
    text(&w.cell(&held(&format!(
        "SELECT removed_event FROM held WHERE t >= {FROM} AND t < {TO}
         GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    ))))
}

fn the_access_review(w: &Tenure, _: &Value) -> Value {
    let commit = review_commit(w);
    let mut review = w.object(&held(&format!(
        "SELECT c.native_id AS commit, c.merged_at AS time, c.change_ref AS pr,
                (SELECT count(*) FROM held WHERE removed_event = '{commit}') AS removed,
                (SELECT count(*) FROM held WHERE granted_event = '{commit}') AS granted,
                (SELECT count(DISTINCT principal) FROM held WHERE removed_event = '{commit}')
                  AS principals_losing_something,
                (SELECT count(DISTINCT principal) FROM held WHERE removed_event = '{commit}'
                  AND principal NOT IN (SELECT principal FROM held WHERE granted_event = '{commit}'))
                  AS principals_losing_and_gaining_nothing
         FROM changes c WHERE c.native_id = '{commit}'"
    )));
    let by_kind = w.query(&held(&format!(
        "SELECT org || ' ' || kind, count(*) FROM held WHERE removed_event = '{commit}'
         GROUP BY 1 ORDER BY 1"
    )));
    review["removed_by_kind"] =
        by_kind.into_iter().map(|row| (text(&row[0]), row[1].clone())).collect();
    review
}

fn large_removals(w: &Tenure, _: &Value) -> Value {
    w.rows(&held(&format!(
        "SELECT r.t, r.removal_ref, r.n, coalesce(g.n, 0) FROM
           (SELECT removed_event, t, removal_ref, count(*) AS n FROM held
            WHERE t >= {FROM} AND t < {TO} GROUP BY 1, 2, 3) r
           LEFT JOIN (SELECT granted_event, count(*) AS n FROM held GROUP BY 1) g
             ON g.granted_event = r.removed_event
         WHERE r.n >= 20 ORDER BY 1"
    )))
}

fn back_after_the_review(w: &Tenure, _: &Value) -> Value {
    let commit = review_commit(w);
    w.rows(&held(&format!(
        "SELECT again.entitlement, again.f, again.pr
         FROM held again JOIN held once
           ON once.principal = again.principal AND once.entitlement = again.entitlement
         WHERE once.removed_event = '{commit}' AND again.f >= once.t AND again.f < {TO}
         ORDER BY 1, 2"
    )))
}

fn temporary_elevation(w: &Tenure, _: &Value) -> Value {
    w.rows(&held(&format!(
        "SELECT f, t, pr, removal_ref FROM held
         WHERE entitlement = 'team:etcd-io/release-etcd:member' AND f >= {FROM} AND t < {TO}
         ORDER BY f, t"
    )))
}

fn administrators_changed(w: &Tenure, _: &Value) -> Value {
    let event = |at: &str, word: &str, reference: &str| {
        format!(
            "SELECT {at}, '{word}', entitlement, {reference} FROM held
             WHERE kind = 'org-admin' AND {at} >= {FROM} AND {at} < {TO}"
        )
    };
    let (granted, removed) = (event("f", "granted", "pr"), event("t", "removed", "removal_ref"));
    w.rows(&held(&format!("{granted} UNION ALL {removed} ORDER BY 1, 2, 3")))
}

fn administrators(w: &Tenure, _: &Value) -> Value {
    let rows = w.query(&held(&format!(
        "SELECT entitlement, count(*) FILTER (WHERE opening), count(*) FILTER (WHERE closing)
         FROM ({}) WHERE entitlement LIKE 'org:%:admin' GROUP BY 1 ORDER BY 1",
        at_boundaries()
    )));
    let of = |row: Vec<Value>| (text(&row[0]), json!([row[1], row[2]]));
    rows.into_iter().map(of).collect()
}

fn outsiders_in_teams(w: &Tenure, _: &Value) -> Value {
    let at = |instant: &str| {
        format!(
            "(SELECT count(*) FROM held team
              WHERE team.kind IN ('team-member', 'team-maintainer')
                AND team.f < {instant} AND (team.t IS NULL OR team.t >= {instant})
                AND NOT EXISTS (SELECT 1 FROM held o WHERE o.principal = team.principal
                  AND o.org = team.org AND o.kind IN ('org-member', 'org-admin')
                  AND o.f < {instant} AND (o.t IS NULL OR o.t >= {instant})))"
        )
    };
    w.object(&held(&format!("SELECT {} AS at_from, {} AS at_to", at(FROM), at(TO))))
}

/// Nothing is known before the first import, so these have no earliest start.
fn first_import(w: &Tenure, _: &Value) -> Value {
    w.object(&held(&format!(
        "SELECT f AS time, count(*) AS grants_in_population FROM held
         WHERE not_before IS NULL AND f = (SELECT min(f) FROM held) AND (t IS NULL OR t >= {FROM})
         GROUP BY 1"
    )))
}

/// Teams hold these, not people: a permission is one pair of team and repository.
fn repository_permissions(w: &Tenure, _: &Value) -> Value {
    let permissions = "WITH p AS (
        SELECT g.principal AS team, regexp_replace(e.native_id, ':[^:]*$', '') AS repo,
               regexp_replace(e.native_id, '^.*:', '') AS permission,
               g.valid_from_hi AS f, g.valid_to_hi AS t
        FROM grants g JOIN entitlements e ON g.entitlement_id = e.entitlement_id
        WHERE g.native_type = 'team-repo')";
    let at = |instant: &str| -> Value {
        let sql = format!(
            "{permissions} SELECT permission, count(*) FROM p
             WHERE f < {instant} AND (t IS NULL OR t >= {instant}) GROUP BY 1 ORDER BY 1"
        );
        w.query(&sql).into_iter().map(|row| (text(&row[0]), row[1].clone())).collect()
    };
    let mut result = w.object(&format!(
        "{permissions}, pairs AS (
           SELECT team, repo,
                  min(permission) FILTER (WHERE f < {FROM} AND (t IS NULL OR t >= {FROM})) AS opening,
                  min(permission) FILTER (WHERE f < {TO} AND (t IS NULL OR t >= {TO})) AS closing
           FROM p GROUP BY 1, 2)
         SELECT count(*) FILTER (WHERE opening IS NULL AND closing IS NOT NULL) AS added,
                count(*) FILTER (WHERE opening IS NOT NULL AND closing IS NULL) AS removed,
                count(*) FILTER (WHERE opening <> closing) AS permission_changed
         FROM pairs"
    ));
    result["at_from"] = at(FROM);
    result["at_to"] = at(TO);
    result
}

fn moved_too_deep(w: &Tenure, _: &Value) -> Value {
    let mut result = w.object(&held(
        "SELECT r.n AS removed, r.t AS at, g.n AS granted_again, g.f AS again_at FROM
           (SELECT t, count(*) AS n FROM held WHERE removal_ref = '5840' GROUP BY 1) r
           CROSS JOIN (SELECT f, count(*) AS n FROM held WHERE pr = '6018' AND entitlement IN
             (SELECT entitlement FROM held WHERE removal_ref = '5840') GROUP BY 1) g",
    ));
    let entitlements = w.query(&held(
        "SELECT DISTINCT entitlement FROM held WHERE removal_ref = '5840' ORDER BY 1",
    ));
    result["entitlements"] = entitlements.into_iter().map(|row| row[0].clone()).collect();
    result
}

fn self_requested(w: &Tenure, _: &Value) -> Value {
    w.cell(&held(&format!(
        "SELECT count(*) FROM held
         WHERE f >= {FROM} AND f < {TO} AND lower(requested_by) = principal"
    )))
}

/// A grant of the population: kind, organisation, and its canonical line's parts.
struct Line {
    kind: String,
    org: String,
    principal: String,
    entitlement: String,
    from: String,
    to: String,
    pr: String,
    before: bool,
}

impl Line {
    fn whole(&self) -> String {
        self.line(&self.from, &self.pr)
    }

    fn clipped(&self) -> String {
        if self.before { self.line("", "") } else { self.whole() }
    }

    fn line(&self, from: &str, pr: &str) -> String {
        [&self.principal, &self.entitlement, from, &self.to, pr].join("\t") + "\n"
    }
}

fn canonical_population(w: &Tenure, _: &Value) -> Value {
    let rows = w.query(&held(&format!(
        "SELECT kind, org, principal, entitlement, f, CASE WHEN t < {TO} THEN t END, pr, f < {FROM}
         FROM held WHERE f < {TO} AND (t IS NULL OR t >= {FROM})"
    )));
    let line = |row: Vec<Value>| Line {
        kind: text(&row[0]),
        org: text(&row[1]),
        principal: text(&row[2]),
        entitlement: text(&row[3]),
        from: text(&row[4]),
        to: text(&row[5]),
        pr: text(&row[6]),
        before: row[7] == json!(true),
    };
    let lines: Vec<Line> = rows.into_iter().map(line).collect();
    let by = |key: fn(&Line) -> &String| -> Value {
        let keys: std::collections::BTreeSet<&String> = lines.iter().map(key).collect();
        let of = |k: &String| digest(lines.iter().filter(|l| key(l) == k).map(Line::whole));
        keys.into_iter().map(|k| (k.clone(), json!(of(k)))).collect()
    };
    json!({
        "grants": lines.len(),
        "sha256": digest(lines.iter().map(Line::whole)),
        "sha256_clipped": digest(lines.iter().map(Line::clipped)),
        "sha256_by_kind": by(|l| &l.kind),
        "sha256_by_org": by(|l| &l.org),
    })
}

fn canonical_events(w: &Tenure, _: &Value) -> Value {
    let events = |at: &str, event: &str, reference: &str| {
        let rows = w.query(&held(&format!(
            "SELECT {at}, substr({event}, 1, 12), {reference}, principal, entitlement
             FROM held WHERE {at} >= {FROM} AND {at} < {TO}"
        )));
        let line = |row: Vec<Value>| row.iter().map(text).collect::<Vec<_>>().join("\t") + "\n";
        digest(rows.into_iter().map(line))
    };
    json!({
        "granted": events("f", "granted_event", "pr"),
        "removed": events("t", "removed_event", "removal_ref"),
    })
}

fn owners(w: &Tenure, _: &Value) -> Value {
    let sql = format!(
        "SELECT native_type, {} FROM
           (SELECT native_type, valid_from_hi AS f, valid_to_hi AS t FROM ownerships)
         GROUP BY 1 ORDER BY 1",
        counts()
    );
    w.query(&sql).iter().map(|row| (text(&row[0]), counted(&row[1..]))).collect()
}

/// The control over new access looks at each grant of the period, in the promised shape.
fn evaluation_counts_what_was_granted(w: &Tenure, granted: &Value) {
    let period = ["--from", "2025-07-01", "--to", "2026-01-01", "--control", "JML-01"];
    let evaluation = w.json(&[&["evaluate"], &period[..]].concat());
    assert_eq!(evaluation["schema"], "tenure.evaluation/v1");
    let instants = json!({"from": "2025-07-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"});
    assert_eq!(evaluation["period"], instants);
    let entries = w.cell("SELECT count(*) - 1 FROM entries");
    assert_eq!(evaluation["known_at"], entries);
    let controls = evaluation["controls"].as_array().unwrap();
    assert_eq!(controls.len(), 1);
    let control = &controls[0];
    assert_eq!((&control["id"], &control["kind"]), (&json!("JML-01"), &json!("EVENT")));
    assert_eq!(&control["population"]["count"], granted);
    assert_eq!(control["population"]["verdict"], "demonstrated_complete");
    assert_eq!(text(&control["population"]["digest"]).len(), 64);

    let items = control["items"].as_object().unwrap();
    let sum: u64 = items.values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(json!(sum), *granted, "each item has one outcome");
    let mut outcomes: Vec<_> = items.keys().map(String::as_str).collect();
    outcomes.sort_unstable();
    let six = [
        "contradicted",
        "indeterminate",
        "not_applicable",
        "not_demonstrated",
        "not_yet_due",
        "supported",
    ];
    assert_eq!(outcomes, six);
    let deviations = &control["deviations"];
    let list = deviations["list"].as_array().unwrap();
    assert_eq!(deviations["gross"], json!(list.len()));
    assert!(deviations["net"].as_u64() <= deviations["gross"].as_u64());
    for name in [
        "item",
        "attribute",
        "outcome",
        "from",
        "to",
        "carry_in",
        "carry_out",
        "reason",
        "evidence",
    ] {
        assert!(list[0].get(name).is_some(), "a deviation has '{name}'");
    }
}

/// SHA-256 of the lines in byte order.
fn digest(lines: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<String> = lines.collect();
    lines.sort_unstable();
    hex::encode(Sha256::digest(lines.concat()))
}

/// The text of a cell; null is empty.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
