//! Privileges as facts of the table `privileges`.

use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;

use super::evaluate::{Effective, Escalation, ServicePrivilege};

/// The facts of what a principal can do.
///
/// `identity` is the reference to its identity (`iam-user/<arn>`), `arn` what that identity is
/// called: facts are named `<arn>|<service>|<statement>` and `<arn>|escalation|<name>`.
#[must_use]
pub fn facts(identity: &str, arn: &str, effective: &Effective, change: Change) -> Vec<Fact> {
    let services = effective.services.iter().map(|row| of_service(arn, row, change));
    let escalations = effective.escalations.iter().map(|row| of_escalation(arn, row, change));
    services
        .chain(escalations)
        .map(|fact| fact.with("identity_id", identity).with("principal", arn))
        .collect()
}

fn of_service(arn: &str, row: &ServicePrivilege, change: Change) -> Fact {
    let id = format!("{arn}|{}|{}", row.service, row.statement);
    Fact::new(TableId::Privileges, "effective-service", id, change)
        .with("kind", "service")
        .with("service", row.service.as_str())
        .with("level", row.level.as_str())
        .with_some("actions", list(&row.actions))
        .with_some("resources", list(&row.resources))
        .with("path_kind", row.path_kind.as_str())
        .with("statement", row.statement.as_str())
        .with_some("condition_expr", row.condition.as_deref())
        .with_some("bounded_by", list(&row.bounded_by))
        .with_some("note", row.note.as_deref())
}

fn of_escalation(arn: &str, row: &Escalation, change: Change) -> Fact {
    let id = format!("{arn}|escalation|{}", row.name);
    Fact::new(TableId::Privileges, "escalation", id, change)
        .with("kind", "escalation")
        .with("escalation", row.name.as_str())
        .with_some("level", row.level.map(|level| level.as_str()))
        .with_some("actions", list(&row.actions))
        .with_some("resources", list(&row.resources))
        .with("path_kind", row.path_kind.as_str())
        .with_some("statement", list(&row.statements))
        .with_some("condition_expr", row.condition.as_deref())
        .with_some("bounded_by", list(&row.bounded_by))
        .with_some("note", row.note.as_deref())
}

/// Separated by spaces; nothing when empty.
fn list(items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| items.join(" "))
}
