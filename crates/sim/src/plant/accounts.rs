//! Everyone has an account in Okta, in the group of their department, as approved on a ticket.
//! Nothing is planted here: other scenarios change what they take.

use tenure_model::Timestamp;

use crate::World;
use crate::files::jira::Request;
use crate::files::okta::{Account, PROVISIONER, SYSTEM};
use crate::plant::{DAY, HOUR, movers};

/// The group of a department.
#[must_use]
pub fn group(department: &str) -> String {
    let name: String = department.to_lowercase().chars().take(8).collect();
    format!("00g{name:0<17}")
}

/// The account of a person.
#[must_use]
pub fn account(person: &crate::company::Person) -> Account {
    Account { id: format!("00u{:0>17}", person.id), login: person.email.clone() }
}

/// Makes the accounts. What becomes of the group of a former department is for the movers' scenario.
pub fn plant(world: &mut World) {
    // The log of the last two days was not exported.
    world.okta.kept_until = Some(world.settings.period.to.plus_micros(-2 * DAY));
    let mut departments: Vec<&str> =
        crate::company::DEPARTMENTS.iter().map(|(name, _)| *name).collect();
    departments.push("Executive");
    for department in departments {
        world.okta.group(&group(department), department);
    }
    for (id, name) in [crate::plant::duties::PREPARE, crate::plant::duties::RELEASE] {
        world.okta.group(id, name);
    }
    let before = world.settings.period.from.plus_micros(-1600 * DAY);
    world.okta.create((PROVISIONER, "sync@example.com", "Provisioning"), None, before);
    let silent = movers::silent(&world.company);
    for index in 0..world.company.people.len() {
        let person = world.company.people[index].clone();
        let created = person.hired().plus_micros(7 * HOUR);
        let account = account(&person);
        world.okta.create((&account.id, &person.email, &person.name), Some(&person.id), created);
        world.okta.enrol(&account, created.plus_micros(2 * HOUR));
        let jobs = if silent.contains(&index) { &person.jobs[..1] } else { &person.jobs[..] };
        for (n, job) in jobs.iter().enumerate() {
            let since = if n == 0 { created } else { job.from.plus_micros(HOUR) };
            grant(world, &person, &job.department, since);
        }
    }
}

/// Asks for the department's group, has it approved by the department's head, and carries it out.
pub fn grant(world: &mut World, person: &crate::company::Person, department: &str, at: Timestamp) {
    let head = world.company.head(department);
    let approver = if head.id == person.id { &world.company.people[0] } else { head };
    let (account, group) = (account(person), group(department));
    let request = Request {
        kind: "access",
        title: format!("{department} for {}", person.name),
        by: "hr@example.com".to_owned(),
        requested_for: person.email.clone(),
        requested: group.clone(),
        reason: format!("job in {department}"),
        at: at.plus_micros(-50 * HOUR),
        approved: Some((approver.email.clone(), at.plus_micros(-26 * HOUR))),
        done: Some(("sync@example.com".to_owned(), at.plus_micros(60_000_000))),
        planned_to: None,
        notified: None,
    };
    world.jira.file(SYSTEM, request);
    world.okta.join(&account, &group, at, PROVISIONER);
}
