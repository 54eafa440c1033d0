//! The roster: everybody, those who moved, those who left.

use std::error::Error;

use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;

use crate::company::{Company, DAYS, at, chance, day, email, some_day};
use crate::out::Run;

const WORDS: [&str; 8] =
    ["engineering", "sales", "finance", "support", "legal", "operations", "research", "people"];

/// The day on which somebody left, if they did.
pub(crate) fn left(person: u64) -> Option<i64> {
    (chance(person, 1) % 100 < 6).then(|| some_day(person, 2))
}

/// The day on which somebody was hired; most were there before.
pub(crate) fn hired(person: u64) -> i64 {
    let some = i64::try_from(chance(person, 4) % 2_000).unwrap_or(0);
    if chance(person, 3) % 100 < 8 { some_day(person, 4) / 2 } else { -1 - some }
}

pub(crate) fn write(company: &Company, last: bool, run: &mut Run) -> Result<(), Box<dyn Error>> {
    if last {
        // A thousandth of the roster is told of again; some of them moved that day.
        for person in (0..company.people).step_by(1_000) {
            run.fact(record(person, i64::try_from(DAYS)?, chance(person, 9)))?;
        }
        return Ok(());
    }
    for person in 0..company.people {
        let begun = hired(person).max(-1);
        run.fact(record(person, begun, person))?;
        for move_no in 0..chance(person, 5) % 3 {
            let on = some_day(person, 20 + move_no);
            if on > begun && left(person).is_none_or(|left| on < left) {
                run.fact(record(person, on, chance(person, 30 + move_no)))?;
            }
        }
        if let Some(left) = left(person).filter(|left| *left > begun) {
            let change = Change::Ended { at: day(left), basis: Basis::SourceAttribute };
            let ended = Fact::new(TableId::Subjects, "worker", format!("e{person}"), change);
            let ended = ended.with("employment_status", "terminated");
            run.fact(
                ended
                    .with("termination_effective", day(left))
                    .with("termination_recorded_at", at(left, person)),
            )?;
        }
    }
    Ok(())
}

fn record(person: u64, on: i64, role: u64) -> Fact {
    Fact::new(
        TableId::Subjects,
        "worker",
        format!("e{person}"),
        Change::Seen { at: at(on, person) },
    )
    .with("kind", "person")
    .with("display_name", format!("Person {person}"))
    .with("employee_id", format!("e{person}"))
    .with("email", email(person))
    .with("worker_type", if person.is_multiple_of(9) { "contractor" } else { "employee" })
    .with("employment_status", "active")
    .with("department", WORDS[usize::try_from(role % 8).unwrap_or(0)])
    .with("job_title", format!("role {}", role % 97))
    .with("manager", format!("worker/e{}", person / 10))
    .with("hired_at", day(hired(person)))
}
