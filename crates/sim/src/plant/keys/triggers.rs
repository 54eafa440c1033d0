//! CRD-01: keys that somebody asks to replace, since what they open changed.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;

use super::Holder;
use crate::files::aws::SYSTEM;
use crate::files::jira::Request;
use crate::time::{DAY, HOUR};

/// A key that is replaced so long after it was due.
pub(super) fn asked(holder: &mut Holder<'_>, owner: &str, start: Timestamp, late: i64) {
    holder.account("T2", owner);
    let asked = start.plus_micros(40 * DAY);
    let due = holder.world.company.calendar.add(asked, Sla::BusinessDays(5));
    let end = due.plus_micros(late);
    let id = holder.key(start, end.plus_micros(-HOUR));
    holder.renewed_from(end.plus_micros(-HOUR));
    holder.retire(&id, end);
    let (by, title) = ("platform@example.com", "The database moves: a new key");
    let approver = holder.world.company.head("Security").email.clone();
    let request = Request {
        kind: "rotation",
        title: title.to_owned(),
        by: by.to_owned(),
        requested_for: holder.name.clone(),
        requested: id.clone(),
        reason: "what it opens moves to another provider".to_owned(),
        at: asked,
        planned_to: None,
        notified: None,
        approved: Some((approver, asked.plus_micros(HOUR))),
        done: Some((by.to_owned(), end)),
    };
    holder.world.jira.file(SYSTEM, request);
    if late < 0 {
        holder.near_miss("CRD-01", &id, "E", "replaced a second before it was due");
    } else {
        holder.deviation("CRD-01", &id, "E", (due, Some(end)), "replaced too late");
    }
}
