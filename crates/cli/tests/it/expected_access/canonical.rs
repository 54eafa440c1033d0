//! Digests over canonical lines: every grant of the period, to the last character.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tenure_testkit::tenure::Tenure;

use super::{FROM, TO, held};
use crate::support::text;

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

pub(super) fn canonical_population(w: &Tenure, _: &Value) -> Value {
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
        let keys: BTreeSet<&String> = lines.iter().map(key).collect();
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

pub(super) fn canonical_events(w: &Tenure, _: &Value) -> Value {
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

/// SHA-256 of the lines in byte order.
fn digest(lines: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<String> = lines.collect();
    lines.sort_unstable();
    hex::encode(Sha256::digest(lines.concat()))
}
