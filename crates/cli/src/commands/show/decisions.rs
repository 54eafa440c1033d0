//! What people decided about something, and what evaluations are on record.

use std::collections::BTreeSet;

use serde_json::json;

use super::look::{Look, Row, json, list};
use super::page::{Section, counted, short};

/// `targets`: ids and native ids of what decisions may be about. `identity`: whose approvals count.
pub(super) fn section(
    look: &Look<'_>,
    targets: &[&str],
    identity: Option<&str>,
) -> anyhow::Result<Section> {
    let targets = list(targets.iter().copied());
    let reviews = look.rows(&format!(
        "SELECT i.campaign, d.decision, d.reviewer, d.decided_at, d.evidence
         FROM review_items i LEFT JOIN review_decisions d ON d.item = i.native_id
         WHERE i.target IN ({targets}) ORDER BY d.decided_at DESC, i.native_id"
    ))?;
    let exceptions = look.rows(&format!(
        "SELECT native_id, kind, control_id, approved_by, expires_at, evidence FROM exceptions
         WHERE target IN ({targets}) ORDER BY expires_at DESC, native_id"
    ))?;
    let approvals = look.rows(&format!(
        "SELECT entitlement, approval_ref, approval_basis FROM grants
         WHERE identity_id IN ({}) ORDER BY entitlement, approval_ref",
        list(identity)
    ))?;
    let facts = json!({
        "reviews": json(&reviews), "exceptions": json(&exceptions), "grants": json(&approvals),
    });
    let section = Section::new("decisions", facts);
    let section = match reviews.first() {
        None => section.unknown("reviews"),
        Some(last) => section.line(format!(
            "{}, last: {} by {} at {}",
            counted(count(&reviews), "review item", "review items"),
            last.text("decision").unwrap_or("no decision"),
            last.text("reviewer").unwrap_or("?"),
            last.text("decided_at").unwrap_or("?")
        )),
    };
    let section = exceptions.iter().take(2).fold(section, |section, e| {
        section.line(format!(
            "exception {} ({}) for {}, approved by {}, to {}",
            e.text("native_id").unwrap_or("?"),
            e.text("kind").unwrap_or("?"),
            e.text("control_id").unwrap_or("?"),
            e.text("approved_by").unwrap_or("?"),
            e.text("expires_at").unwrap_or("?")
        ))
    });
    Ok(told_approvals(section, &approvals))
}

fn told_approvals(section: Section, grants: &[Row]) -> Section {
    let refs: Vec<_> = grants.iter().filter_map(|row| row.text("approval_ref")).collect();
    let without = grants.len() - refs.len();
    let refs: BTreeSet<_> = refs.into_iter().collect();
    let refs: Vec<_> = refs.into_iter().collect();
    let section = match refs.is_empty() {
        true => section,
        false => section.line(format!("approvals of its access: {}", short(&refs.join(", "), 80))),
    };
    match (grants.is_empty(), without) {
        (true, _) => section.unknown("approvals"),
        (false, 0) => section,
        (false, n) => section.unknown(format!("approval of {n} of {} grants", grants.len())),
    }
}

fn count(rows: &[Row]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}

/// Evaluations leave their digests in the ledger; their findings are in the packs.
pub(super) fn findings(look: &Look<'_>) -> anyhow::Result<Section> {
    let rows = look.rows(
        "SELECT seq, at, stream FROM entries WHERE kind = 'evaluation' ORDER BY seq DESC LIMIT 100",
    )?;
    let section = Section::new("findings", json!({"evaluations": json(&rows)}));
    Ok(match rows.first() {
        None => section.unknown("findings: no evaluation is on record"),
        Some(last) => section.line(format!(
            "{} on record, the last at ledger index {}; findings are in the packs built then",
            counted(count(&rows), "evaluation", "evaluations"),
            last.int("seq")
        )),
    })
}
