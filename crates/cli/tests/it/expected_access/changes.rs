//! What changed in the period: who asked, what was granted and removed by which change.

use serde_json::Value;
use tenure_testkit::tenure::Tenure;

use super::{FROM, TO, held};
use crate::support::text;

/// The old spelling is kept nowhere, because it means nothing: here is checked that the grant went
/// on, and that the person is now called by the new one.
pub(super) fn respellings(w: &Tenure, expect: &Value) -> Value {
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
pub(super) fn changes(w: &Tenure, _: &Value) -> Value {
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

pub(super) fn unapproved(w: &Tenure, _: &Value) -> Value {
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

pub(super) fn the_access_review(w: &Tenure, _: &Value) -> Value {
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

pub(super) fn large_removals(w: &Tenure, _: &Value) -> Value {
    w.rows(&held(&format!(
        "SELECT r.t, r.removal_ref, r.n, coalesce(g.n, 0) FROM
           (SELECT removed_event, t, removal_ref, count(*) AS n FROM held
            WHERE t >= {FROM} AND t < {TO} GROUP BY 1, 2, 3) r
           LEFT JOIN (SELECT granted_event, count(*) AS n FROM held GROUP BY 1) g
             ON g.granted_event = r.removed_event
         WHERE r.n >= 20 ORDER BY 1"
    )))
}

pub(super) fn back_after_the_review(w: &Tenure, _: &Value) -> Value {
    let commit = review_commit(w);
    w.rows(&held(&format!(
        "SELECT again.entitlement, again.f, again.pr
         FROM held again JOIN held once
           ON once.principal = again.principal AND once.entitlement = again.entitlement
         WHERE once.removed_event = '{commit}' AND again.f >= once.t AND again.f < {TO}
         ORDER BY 1, 2"
    )))
}

pub(super) fn temporary_elevation(w: &Tenure, _: &Value) -> Value {
    w.rows(&held(&format!(
        "SELECT f, t, pr, removal_ref FROM held
         WHERE entitlement = 'team:etcd-io/release-etcd:member' AND f >= {FROM} AND t < {TO}
         ORDER BY f, t"
    )))
}

pub(super) fn administrators_changed(w: &Tenure, _: &Value) -> Value {
    let event = |at: &str, word: &str, reference: &str| {
        format!(
            "SELECT {at}, '{word}', entitlement, {reference} FROM held
             WHERE kind = 'org-admin' AND {at} >= {FROM} AND {at} < {TO}"
        )
    };
    let (granted, removed) = (event("f", "granted", "pr"), event("t", "removed", "removal_ref"));
    w.rows(&held(&format!("{granted} UNION ALL {removed} ORDER BY 1, 2, 3")))
}

pub(super) fn moved_too_deep(w: &Tenure, _: &Value) -> Value {
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

pub(super) fn self_requested(w: &Tenure, _: &Value) -> Value {
    w.cell(&held(&format!(
        "SELECT count(*) FROM held
         WHERE f >= {FROM} AND f < {TO} AND lower(requested_by) = principal"
    )))
}
