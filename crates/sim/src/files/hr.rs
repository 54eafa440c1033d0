//! The roster as HR exports it: a CSV file a week, each with everyone on record that day.

use tenure_model::Timestamp;

use crate::World;
use crate::company::Person;

/// The name of the source.
pub const SOURCE: &str = "hr";

const HEADER: [&str; 11] = [
    "Employee ID",
    "Name",
    "Work Email",
    "Worker Type",
    "Status",
    "Department",
    "Job Title",
    "Manager ID",
    "Hire Date",
    "Termination Date",
    "Termination Recorded At",
];

/// Writes a file for each week from before the period to the day of collection.
pub fn write(world: &mut World) {
    let week = 7 * Timestamp::DAY;
    let mut day = world.settings.period.from.plus_micros(-week);
    while day <= world.settings.collected_at() {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing into memory does not fail.
        let mut lines = vec![HEADER.map(str::to_owned).to_vec()];
        lines.extend(world.company.people.iter().filter_map(|person| row(person, day)));
        for line in lines {
            if writer.write_record(&line).is_err() {
                return;
            }
        }
        let bytes = writer.into_inner().unwrap_or_default();
        world.output.file(format!("hr/roster-{}.csv", day.date()), bytes);
        day = day.plus_micros(week);
    }
    world.output.source(SOURCE, "roster-csv", &[("path", "@/hr")]);
}

/// What HR knew of a person on a day; nothing, before they were hired.
fn row(person: &Person, day: Timestamp) -> Option<Vec<String>> {
    let employment = person.employments.iter().rev().find(|e| e.hired <= day)?;
    let job = person.job_at(day)?;
    let left = employment.left.filter(|left| left.recorded <= day);
    let status = match left {
        Some(left) if left.effective <= day => "terminated",
        _ => "active",
    };
    Some(vec![
        person.id.clone(),
        person.name.clone(),
        person.email.clone(),
        person.worker_type.to_owned(),
        status.to_owned(),
        job.department.clone(),
        job.title.clone(),
        job.manager.clone().unwrap_or_default(),
        employment.hired.date(),
        left.map(|left| left.effective.to_string()).unwrap_or_default(),
        left.map(|left| left.recorded.to_string()).unwrap_or_default(),
    ])
}
