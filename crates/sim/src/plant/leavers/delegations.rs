//! JML-03: what somebody may do with a leaver's account, as was agreed.

use tenure_model::Timestamp;

use super::Leaver;
use crate::World;
use crate::files::okta::SYSTEM;
use crate::plant::DAY;

/// A colleague may read a leaver's mail for a stretch of time.
pub(super) fn agree(world: &mut World, leaver: &Leaver, (from, until): (Timestamp, Timestamp)) {
    let heads = [world.company.head("Support"), world.company.head("Security")];
    let [colleague, approver] = heads.map(|head| head.email.clone());
    let id = format!("DG-{}", leaver.person.id);
    let cells = [
        ("id", id.clone()),
        ("kind", "delegation".to_owned()),
        ("request_ref", id),
        ("title", format!("Mail of {}", leaver.person.name)),
        ("requested_by", colleague.clone()),
        ("requested_at", from.plus_micros(-DAY).to_string()),
        ("approver", approver),
        ("outcome", "approved".to_owned()),
        ("resolved_at", from.to_string()),
        ("requested_for", colleague),
        ("requested", leaver.account.id.clone()),
        ("reason", "customers still write to it".to_owned()),
        ("planned_from", from.to_string()),
        ("planned_to", until.to_string()),
    ];
    let day = world.settings.collected_at().plus_micros(-DAY);
    world.registers.row("approvals", SYSTEM, day, &cells);
}
