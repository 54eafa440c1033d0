//! The roster as HR exports it: a CSV file a week, each with everyone on record that day.

use tenure_model::Timestamp;

use crate::company::{Person, Told};
use crate::{Settings, World};

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
    let mut day = first_file(&world.settings);
    let first = day;
    let mut last = day;
    while day <= world.settings.collected_at() {
        last = day;
        let bytes = roster(&world.company.people, day);
        world.output.file(format!("hr/roster-{}.csv", day.date()), bytes);
        day = day.plus_micros(week);
    }
    let (first, last) = (first.to_string(), last.to_string());
    let settings = [("path", "@/hr"), ("covers-from", &*first), ("covers-to", &last)];
    world.output.source(SOURCE, "roster-csv", &settings);
}

/// The file of a day about these people.
#[must_use]
pub fn roster(people: &[Person], day: Timestamp) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut lines = vec![HEADER.map(str::to_owned).to_vec()];
    lines.extend(people.iter().filter_map(|person| row(person, day)));
    for line in lines {
        // Writing into memory does not fail.
        if writer.write_record(&line).is_err() {
            break;
        }
    }
    writer.into_inner().unwrap_or_default()
}

/// The day of the first file.
#[must_use]
pub fn first_file(settings: &Settings) -> Timestamp {
    settings.period.from.plus_micros(-7 * Timestamp::DAY)
}

/// The days of the first file that shows what is so since an instant, and of the one before it.
#[must_use]
pub fn shown(settings: &Settings, since: Timestamp) -> (Timestamp, Timestamp) {
    let week = 7 * Timestamp::DAY;
    let mut day = first_file(settings);
    while day < since {
        day = day.plus_micros(week);
    }
    (day.plus_micros(-week), day)
}

/// What HR knew of a person on a day; nothing, before they were hired.
fn row(person: &Person, day: Timestamp) -> Option<Vec<String>> {
    let employment = person.employments.iter().rev().find(|e| e.hired <= day)?;
    let job = person.job_at(day)?;
    let left = employment.end_on_record(day);
    if left.is_some_and(|left| left.told == Told::Nothing && left.effective <= day) {
        return None;
    }
    let left = left.filter(|left| left.told != Told::Nothing);
    let status = match left {
        Some(left) if left.effective <= day && left.involuntary => "terminated - involuntary",
        Some(left) if left.effective <= day => "terminated",
        _ if person.away.is_some_and(|(from, to)| from <= day && day < to) => "leave of absence",
        _ => "active",
    };
    let called = person.called.as_ref().filter(|(_, until)| day < *until);
    Some(vec![
        person.id.clone(),
        person.name.clone(),
        called.map_or(&person.email, |(email, _)| email).clone(),
        person.worker_type.to_owned(),
        status.to_owned(),
        job.department.clone(),
        job.title.clone(),
        job.manager.clone().unwrap_or_default(),
        employment.hired.date(),
        left.map(|left| left.effective.to_string()).unwrap_or_default(),
        left.filter(|left| left.told == Told::Both)
            .map(|left| left.recorded.to_string())
            .unwrap_or_default(),
    ])
}
