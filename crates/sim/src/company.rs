//! The people of a company over a period: they join, move, leave and return, and every change is
//! recorded in time unless a scenario says otherwise.

use tenure_model::Timestamp;
use tenure_model::calendar::Calendar;

use crate::Settings;
use crate::chance::Chance;
use crate::time::HOUR;

/// How many move, however small the company.
const FEWEST_MOVERS: usize = 12;

/// Departments with the job titles of their people; the first title is its head's.
pub const DEPARTMENTS: &[(&str, &[&str])] = &[
    (
        "Engineering",
        &["VP Engineering", "Software Engineer", "Senior Engineer", "Engineering Manager"],
    ),
    ("Operations", &["Head of Operations", "Site Reliability Engineer", "Database Administrator"]),
    ("Security", &["CISO", "Security Engineer", "Identity Engineer"]),
    ("Finance", &["CFO", "Accountant", "Controller"]),
    ("Support", &["Head of Support", "Support Agent", "Support Lead"]),
    ("Sales", &["Head of Sales", "Account Executive"]),
];

const GIVEN: &[&str] = &[
    "Ada", "Amir", "Bea", "Chidi", "Dana", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jun", "Kofi",
    "Lena", "Marco", "Nadia", "Omar", "Priya", "Quinn", "Rosa", "Sven", "Tara", "Uma", "Viktor",
    "Wanda", "Xin", "Yara", "Zoe",
];
const FAMILY: &[&str] = &[
    "Abara", "Berg", "Costa", "Duarte", "Eriksen", "Fischer", "Garcia", "Hansen", "Ito", "Jensen",
    "Kaya", "Lopez", "Meyer", "Novak", "Okafor", "Patel", "Quist", "Rossi", "Silva", "Tanaka",
    "Ueda", "Varga", "Weber", "Xu", "Yilmaz", "Zhang",
];

/// A job for a stretch of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// Since when.
    pub from: Timestamp,
    /// The department.
    pub department: String,
    /// The title.
    pub title: String,
    /// The employee id of the manager; nobody for the head of the company.
    pub manager: Option<String>,
}

/// Why and when somebody left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Departure {
    /// The effective end of employment.
    pub effective: Timestamp,
    /// When HR recorded it.
    pub recorded: Timestamp,
    /// Whether HR calls it involuntary.
    pub involuntary: bool,
    /// What HR's files say of it.
    pub told: Told,
}

impl Departure {
    /// Whether HR says all that there is to say of it, and nothing more.
    #[must_use]
    pub fn plain(&self) -> bool {
        self.told == Told::Both && !self.involuntary
    }
}

/// What HR's files say of a departure.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Told {
    /// When it takes effect, and when that was recorded.
    #[default]
    Both,
    /// Not when that was recorded.
    NotWhen,
    /// Nothing: the person is in no file any more.
    Nothing,
}

/// A stretch of employment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Employment {
    /// Its effective start.
    pub hired: Timestamp,
    /// Its end.
    pub left: Option<Departure>,
    /// An end that HR had planned, and when HR took it back.
    pub planned: Option<(Departure, Timestamp)>,
}

impl Employment {
    /// One that goes on.
    #[must_use]
    pub const fn since(hired: Timestamp) -> Self {
        Self { hired, left: None, planned: None }
    }

    /// The end that HR had on record at the instant.
    #[must_use]
    pub fn end_on_record(&self, at: Timestamp) -> Option<Departure> {
        let planned = self.planned.filter(|(end, until)| end.recorded <= at && at < *until);
        planned.map(|(end, _)| end).or(self.left).filter(|end| end.recorded <= at)
    }
}

/// A person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// The employee id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The work address, which is also the login.
    pub email: String,
    /// `employee` or `contractor`.
    pub worker_type: &'static str,
    /// Employments in order; a second one is a return under the same id.
    pub employments: Vec<Employment>,
    /// Jobs in order.
    pub jobs: Vec<Job>,
    /// The address until an instant, before the present one.
    pub called: Option<(String, Timestamp)>,
    /// A leave of absence.
    pub away: Option<(Timestamp, Timestamp)>,
    /// Whether a scenario has taken this person, so that no other plants anything on them.
    pub taken: bool,
}

impl Person {
    /// Whether the person is employed at the instant.
    #[must_use]
    pub fn works_at(&self, at: Timestamp) -> bool {
        self.employments
            .iter()
            .any(|e| e.hired <= at && e.left.is_none_or(|left| at < left.effective))
    }

    /// The job at the instant, or the first one before it began.
    #[must_use]
    pub fn job_at(&self, at: Timestamp) -> Option<&Job> {
        self.jobs.iter().rev().find(|job| job.from <= at).or_else(|| self.jobs.first())
    }

    /// The first day.
    #[must_use]
    pub fn hired(&self) -> Timestamp {
        self.employments[0].hired
    }

    /// Whether the person never left, not even to return.
    #[must_use]
    pub fn stayed(&self) -> bool {
        self.employments.iter().all(|e| e.left.is_none())
    }

    /// Whether HR's files say that the only employment had ended by the instant.
    #[must_use]
    pub fn gone_by(&self, at: Timestamp) -> bool {
        let told = |left: Departure| left.told != Told::Nothing && left.effective < at;
        self.employments.len() == 1 && self.left().is_some_and(told)
    }

    /// The end of the last employment.
    #[must_use]
    pub fn left(&self) -> Option<Departure> {
        self.employments.last().and_then(|e| e.left)
    }
}

/// Everyone, in order of employee id.
#[derive(Clone, Debug)]
pub struct Company {
    /// The people; the first is the head of the company, then come the heads of departments.
    pub people: Vec<Person>,
    /// Business days.
    pub calendar: Calendar,
}

impl Company {
    /// Makes the people of the settings: about one in six joins in the period, one in eight leaves,
    /// one in twelve moves to another department.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let mut chance = Chance::new(settings.seed, "people");
        let calendar = Calendar::default();
        let mut people = Vec::new();
        let count = settings.people.max(20);
        for index in 0..count + count / 6 {
            let joins = index >= count;
            people.push(person(index as usize, joins, settings, &calendar, &mut chance));
        }
        let mut company = Self { people, calendar };
        company.leave(settings, &mut chance);
        company.move_some(settings, &mut chance);
        company
    }

    /// A person whom no scenario has taken and who fits; they are taken now.
    pub fn take(&mut self, chance: &mut Chance, fits: impl Fn(&Person) -> bool) -> Option<usize> {
        let free: Vec<usize> = (heads()..self.people.len())
            .filter(|i| !self.people[*i].taken && fits(&self.people[*i]))
            .collect();
        let index = *chance.pick(&free)?;
        self.people[index].taken = true;
        Some(index)
    }

    /// The person of that employee id.
    #[must_use]
    pub fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// The head of a department.
    #[must_use]
    pub fn head(&self, department: &str) -> &Person {
        let index = DEPARTMENTS.iter().position(|(name, _)| *name == department);
        &self.people[index.map_or(0, |index| index + 1)]
    }

    /// One in eight leaves: recorded some days before, at the end of a working day.
    fn leave(&mut self, settings: &Settings, chance: &mut Chance) {
        let (from, to) = (settings.period.from, settings.period.to);
        for index in heads()..self.people.len() {
            if !chance.percent(12) {
                continue;
            }
            let earliest = self.people[index].hired().max(from).plus_micros(14 * Timestamp::DAY);
            let latest = to.plus_micros(-10 * Timestamp::DAY);
            if earliest >= latest {
                continue;
            }
            let day = chance.instant(earliest, latest).day_start();
            let effective = self.workday(day).plus_micros(17 * HOUR);
            let recorded = effective
                .plus_micros(-(2 + i64::try_from(chance.below(8)).unwrap_or(0)) * Timestamp::DAY);
            let left = Departure { effective, recorded, involuntary: false, told: Told::Both };
            self.people[index].employments[0].left = Some(left);
        }
    }

    /// One in twelve who stay moves to another department, and no fewer than what movers may meet.
    fn move_some(&mut self, settings: &Settings, chance: &mut Chance) {
        let stays = |p: &Person| p.left().is_none() && p.hired() < settings.period.from;
        for index in heads()..self.people.len() {
            if stays(&self.people[index]) && chance.percent(8) {
                self.move_one(index, settings, chance);
            }
        }
        for index in heads()..self.people.len() {
            let moved = self.people.iter().filter(|p| p.jobs.len() > 1).count();
            let person = &self.people[index];
            if moved < FEWEST_MOVERS && stays(person) && person.jobs.len() == 1 {
                self.move_one(index, settings, chance);
            }
        }
        self.move_at_times(settings);
    }

    /// The first mover moves shortly before access in Okta is reviewed, the second after the second
    /// organisation was last listed, where the period is long enough for that.
    fn move_at_times(&mut self, settings: &Settings) {
        let (from, to) = (settings.period.from, settings.period.to);
        let reviewed = from.plus_micros(198 * Timestamp::DAY);
        let listed = to.plus_micros(-40 * Timestamp::DAY);
        if reviewed >= listed {
            return;
        }
        let days = [reviewed, listed].map(|day| self.workday(day.day_start()));
        let movers = self.people.iter_mut().filter(|person| person.jobs.len() > 1);
        for (person, day) in movers.zip(days) {
            person.jobs[1].from = day.plus_micros(9 * HOUR);
        }
    }

    fn move_one(&mut self, index: usize, settings: &Settings, chance: &mut Chance) {
        let earliest = settings.period.from.plus_micros(30 * Timestamp::DAY);
        let latest = settings.period.to.plus_micros(-30 * Timestamp::DAY);
        if earliest >= latest {
            return;
        }
        let at = self.workday(chance.instant(earliest, latest).day_start()).plus_micros(9 * HOUR);
        let was = self.people[index].jobs[0].department.clone();
        let department = (1..DEPARTMENTS.len())
            .map(|step| DEPARTMENTS[(step + index) % DEPARTMENTS.len()])
            .find(|(name, _)| *name != was);
        let Some((department, titles)) = department else { return };
        let title = chance.pick(&titles[1..]).copied().unwrap_or(titles[0]);
        let manager = Some(self.head(department).id.clone());
        let (department, title) = (department.to_owned(), title.to_owned());
        self.people[index].jobs.push(Job { from: at, department, title, manager });
    }

    /// The day, or the next one that is a business day.
    #[must_use]
    pub fn workday(&self, mut day: Timestamp) -> Timestamp {
        while !self.calendar.is_business_day(day) {
            day = day.plus_micros(Timestamp::DAY);
        }
        day
    }
}

/// How many people at the start are heads: they stay, and no scenario takes them.
const fn heads() -> usize {
    DEPARTMENTS.len() + 1
}

fn person(
    index: usize,
    joins: bool,
    settings: &Settings,
    calendar: &Calendar,
    chance: &mut Chance,
) -> Person {
    let id = format!("{}", 1000 + index);
    let given = GIVEN[index % GIVEN.len()];
    let family = FAMILY[(index / GIVEN.len() + index) % FAMILY.len()];
    let name = format!("{given} {family}");
    let email = format!("{}.{}{index}@example.com", given.to_lowercase(), family.to_lowercase());
    let (from, to) = (settings.period.from, settings.period.to);
    let mut hired = match joins {
        true => chance
            .instant(from.plus_micros(7 * Timestamp::DAY), to.plus_micros(-21 * Timestamp::DAY)),
        false => chance.instant(
            from.plus_micros(-1500 * Timestamp::DAY),
            from.plus_micros(-60 * Timestamp::DAY),
        ),
    }
    .day_start();
    while !calendar.is_business_day(hired) {
        hired = hired.plus_micros(Timestamp::DAY);
    }
    let (department, title, manager) = match index {
        0 => ("Executive", "CEO", None),
        i if i < heads() => {
            (DEPARTMENTS[i - 1].0, DEPARTMENTS[i - 1].1[0], Some("1000".to_owned()))
        }
        i => {
            let department = i % DEPARTMENTS.len();
            let (name, titles) = DEPARTMENTS[department];
            let title = chance.pick(&titles[1..]).copied().unwrap_or(titles[0]);
            (name, title, Some(format!("{}", 1001 + department)))
        }
    };
    let worker_type =
        if index >= heads() && chance.percent(10) { "contractor" } else { "employee" };
    let job =
        Job { from: hired, department: department.to_owned(), title: title.to_owned(), manager };
    Person {
        id,
        name,
        email,
        worker_type,
        employments: vec![Employment::since(hired)],
        jobs: vec![job],
        called: None,
        away: None,
        taken: false,
    }
}

#[cfg(test)]
mod tests {
    use tenure_model::Period;

    use super::*;

    fn settings(seed: u64) -> Settings {
        let at = |text| Timestamp::parse_or_date(text).expect("a date");
        let period = Period::new(at("2025-01-01"), at("2026-01-01")).expect("a period");
        Settings { seed, people: 300, period }
    }

    #[test]
    fn people_join_move_and_leave() {
        let company = Company::new(&settings(1));
        let joiners =
            company.people.iter().filter(|p| p.hired() >= settings(1).period.from).count();
        let leavers = company.people.iter().filter(|p| p.left().is_some()).count();
        let movers = company.people.iter().filter(|p| p.jobs.len() > 1).count();
        assert!(joiners == 50 && leavers > 20 && movers > 10, "{joiners} {leavers} {movers}");
        let mut emails: Vec<_> = company.people.iter().map(|p| &p.email).collect();
        emails.sort();
        emails.dedup();
        assert_eq!(emails.len(), company.people.len());
        assert_eq!(Company::new(&settings(1)).people, company.people);
        assert_ne!(Company::new(&settings(2)).people, company.people);
    }
}
