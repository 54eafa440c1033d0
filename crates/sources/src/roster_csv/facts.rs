//! What a row tells of a person.

use tenure_model::fact::{Basis, Change, Fact, Value};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use super::row::Row;
use super::table::Table;

/// Native type of a person, also in references to managers.
pub(super) const PERSON: &str = "person";

/// The facts of a row in a file that speaks for `as_of`.
///
/// Hiring pins the start with nothing but who it is: what else the row says, it says of `as_of`. A
/// termination that lies after `as_of` is planned, not past; it is told as an attribute only, since
/// it may still be taken back.
pub(super) fn facts(row: &Row<'_>, as_of: Timestamp, table: &Table<'_>) -> Vec<Fact> {
    let Some(id) = row.employee_id.as_deref() else { return Vec::new() };
    let basis = Basis::SourceAttribute;
    let fact = |change| {
        Fact::new(TableId::Subjects, PERSON, id, change)
            .with("kind", PERSON)
            .with("employee_id", id)
            .with_some("hired_at", row.hired_at)
    };
    let mut facts = Vec::new();
    if let Some(at) = row.hired_at.filter(|at| *at <= as_of) {
        facts.push(fact(Change::Begun { at, basis }));
    }
    let last = match row.termination_effective.filter(|at| *at <= as_of) {
        Some(at) => Change::Ended { at, basis },
        None => Change::Seen { at: as_of },
    };
    let mut last = described(fact(last), row, table);
    if table.tells_ends() && row.termination_effective.is_none() {
        // A planned end that is no longer there was taken back.
        for column in ["termination_effective", "termination_recorded_at"] {
            last = last.with(column, Value::Empty);
        }
    }
    facts.push(last);
    facts
}

fn described(fact: Fact, row: &Row<'_>, table: &Table<'_>) -> Fact {
    let manager = table.manager_of(row).and_then(|manager| manager.employee_id.as_deref());
    // The row of somebody who was terminated says so since it was recorded.
    let recorded = row.termination_effective.and(row.recorded_at);
    fact.with_some("display_name", row.name.as_deref())
        .with_some("email", row.email.as_deref())
        .with_some("worker_type", row.worker_type.as_deref())
        .with_some("employment_status", row.status.as_deref())
        .with_some("department", row.department.as_deref())
        .with_some("job_title", row.job_title.as_deref())
        .with_some("manager", manager.map(|id| format!("{PERSON}/{id}")))
        .with_some("termination_effective", row.termination_effective)
        .with_some("termination_recorded_at", row.termination_recorded_at.or(recorded))
}
