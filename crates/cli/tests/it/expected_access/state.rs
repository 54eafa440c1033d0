//! What was held at the two boundaries of the period.

use serde_json::{Value, json};
use tenure_testkit::tenure::Tenure;

use super::{FROM, TO, at_boundaries, counted, counts, held};
use crate::support::text;

pub(super) fn administrators(w: &Tenure, _: &Value) -> Value {
    let rows = w.query(&held(&format!(
        "SELECT entitlement, count(*) FILTER (WHERE opening), count(*) FILTER (WHERE closing)
         FROM ({}) WHERE entitlement LIKE 'org:%:admin' GROUP BY 1 ORDER BY 1",
        at_boundaries()
    )));
    let of = |row: Vec<Value>| (text(&row[0]), json!([row[1], row[2]]));
    rows.into_iter().map(of).collect()
}

pub(super) fn outsiders_in_teams(w: &Tenure, _: &Value) -> Value {
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
pub(super) fn first_import(w: &Tenure, _: &Value) -> Value {
    w.object(&held(&format!(
        "SELECT f AS time, count(*) AS grants_in_population FROM held
         WHERE not_before IS NULL AND f = (SELECT min(f) FROM held) AND (t IS NULL OR t >= {FROM})
         GROUP BY 1"
    )))
}

/// Teams hold these, not people: a permission is one pair of team and repository.
pub(super) fn repository_permissions(w: &Tenure, _: &Value) -> Value {
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

pub(super) fn owners(w: &Tenure, _: &Value) -> Value {
    let sql = format!(
        "SELECT native_type, {} FROM
           (SELECT native_type, valid_from_hi AS f, valid_to_hi AS t FROM ownerships)
         GROUP BY 1 ORDER BY 1",
        counts()
    );
    w.query(&sql).iter().map(|row| (text(&row[0]), counted(&row[1..]))).collect()
}
