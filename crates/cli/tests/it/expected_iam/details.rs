//! The authorization details. Groups are entitlements; what a group holds is granted to the ARN
//! that is its `resource`. An administrator is whom `AdministratorAccess` is attached to.

use serde_json::Value;
use tenure_testkit::tenure::Tenure;

use super::{Reproduce, list};

pub(super) const REPRODUCED: &[(&str, Reproduce)] = &[
    ("01", |w| count(w, "identities", "iam-user")),
    ("02", |w| count(w, "entitlements", "iam-group")),
    ("03", |w| count(w, "identities", "iam-role")),
    ("04", |w| count(w, "entitlements", "policy")),
    ("05", |w| w.cell("SELECT count(*) FROM grants WHERE starts_with(entitlement, 'group:')")),
    ("06", unknown_groups),
    ("07", |w| list(w, &administrators("iam-user"))),
    ("08", |w| list(w, BY_GROUP)),
    ("09", |w| list(w, &format!("{} UNION {BY_GROUP} ORDER BY 1", administrators("iam-user")))),
    ("10", administrator_groups),
    ("11", |w| list(w, &format!("{} ORDER BY 1", administrators("iam-role")))),
    ("12", |w| with_inline_policies(w, "iam-user")),
    ("13", |w| with_inline_policies(w, "iam-role")),
    ("14", created),
];

const ADMINISTRATOR: &str = "a.entitlement = 'policy:arn:aws:iam::aws:policy/AdministratorAccess'";

/// Users who are members of a group that is administrator.
const BY_GROUP: &str = "
  SELECT DISTINCT i.login AS login FROM grants m
  JOIN identities i ON i.identity_id = m.identity_id
  JOIN entitlements e ON e.entitlement_id = m.entitlement_id AND e.native_type = 'iam-group'
  JOIN grants a ON a.principal = e.resource
  WHERE a.entitlement = 'policy:arn:aws:iam::aws:policy/AdministratorAccess'";

fn administrators(kind: &str) -> String {
    format!(
        "SELECT DISTINCT i.login AS login FROM grants a
         JOIN identities i ON i.identity_id = a.identity_id
         WHERE {ADMINISTRATOR} AND i.native_type = '{kind}'"
    )
}

fn count(w: &Tenure, table: &str, kind: &str) -> Value {
    w.cell(&format!("SELECT count(*) FROM {table} WHERE native_type = '{kind}'"))
}

fn unknown_groups(w: &Tenure) -> Value {
    list(
        w,
        "SELECT m.entitlement FROM grants m
         LEFT JOIN entitlements e ON e.native_id = m.entitlement AND e.native_type = 'iam-group'
         WHERE starts_with(m.entitlement, 'group:') AND e.native_id IS NULL",
    )
}

fn administrator_groups(w: &Tenure) -> Value {
    let sql = format!(
        "SELECT e.name FROM entitlements e JOIN grants a ON a.principal = e.resource
         WHERE e.native_type = 'iam-group' AND {ADMINISTRATOR} ORDER BY 1"
    );
    list(w, &sql)
}

fn with_inline_policies(w: &Tenure, kind: &str) -> Value {
    w.cell(&format!(
        "SELECT count(DISTINCT i.identity_id) FROM grants g
         JOIN identities i ON i.identity_id = g.identity_id
         WHERE starts_with(g.entitlement, 'inline:') AND i.native_type = '{kind}'"
    ))
}

fn created(w: &Tenure) -> Value {
    let at = |column: &str| format!("to_char({column}, '%Y-%m-%d %H:%M:%S+00:00')");
    let (first, last) = (at("min(created_at_src)"), at("max(created_at_src)"));
    w.rows(&format!("SELECT {first}, {last} FROM identities"))[0].clone()
}
