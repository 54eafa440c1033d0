//! Deadlines on calendars: elapsed time, or business days in a time zone with its own weekend and
//! holidays.
//!
//! Time zones are those of the IANA database that is compiled in, so that a due instant does not
//! depend on the machine.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How long something may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sla {
    /// Elapsed hours, nights and weekends included.
    Hours(u32),
    /// Elapsed days of 24 hours.
    Days(u32),
    /// Business days of a calendar.
    BusinessDays(u32),
}

/// Which days count as business days, and where a day begins.
///
/// As YAML: `timezone: Europe/Berlin`, `weekend: [saturday, sunday]`, `holidays: [2025-12-25]`; what
/// is absent is UTC, Saturday and Sunday, no holidays.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Calendar {
    zone: TimeZone,
    name: String,
    weekend: BTreeSet<i8>,
    holidays: BTreeSet<Date>,
}

/// A calendar that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CalendarError {
    /// The zone is not in the IANA database.
    #[error("'{0}' is no time zone of the IANA database, such as Europe/Berlin or UTC")]
    Zone(String),
    /// The day is no day of the week.
    #[error("'{0}' is no day of the week")]
    Weekday(String),
    /// The date is no date.
    #[error("'{0}' is no date, such as 2025-12-25")]
    Date(String),
    /// Nobody would ever work.
    #[error("a week needs a business day")]
    NoBusinessDay,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default = "utc")]
    timezone: String,
    #[serde(default = "saturday_and_sunday")]
    weekend: Vec<String>,
    #[serde(default)]
    holidays: Vec<String>,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn saturday_and_sunday() -> Vec<String> {
    vec!["saturday".to_owned(), "sunday".to_owned()]
}

const WEEK: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl std::hash::Hash for Calendar {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        // The zone follows from its name.
        self.name.hash(state);
        self.weekend.hash(state);
        self.holidays.hash(state);
    }
}

impl Default for Calendar {
    /// Monday to Friday, in UTC, without holidays.
    fn default() -> Self {
        let weekend =
            [Weekday::Saturday, Weekday::Sunday].map(Weekday::to_monday_one_offset).into();
        Self { zone: TimeZone::UTC, name: utc(), weekend, holidays: BTreeSet::new() }
    }
}

impl TryFrom<Written> for Calendar {
    type Error = CalendarError;

    fn try_from(written: Written) -> Result<Self, CalendarError> {
        let weekend = written.weekend.iter().map(|day| {
            let known = WEEK.iter().find(|(name, _)| name.eq_ignore_ascii_case(day));
            known
                .map(|(_, day)| day.to_monday_one_offset())
                .ok_or_else(|| CalendarError::Weekday(day.clone()))
        });
        let holidays = written
            .holidays
            .iter()
            .map(|day| day.parse::<Date>().map_err(|_| CalendarError::Date(day.clone())));
        Self::new(
            &written.timezone,
            weekend.collect::<Result<_, _>>()?,
            holidays.collect::<Result<_, _>>()?,
        )
    }
}

impl From<Calendar> for Written {
    fn from(calendar: Calendar) -> Self {
        let off = |day: &&(&str, Weekday)| calendar.weekend.contains(&day.1.to_monday_one_offset());
        Self {
            weekend: WEEK.iter().filter(off).map(|(name, _)| (*name).to_owned()).collect(),
            holidays: calendar.holidays.iter().map(Date::to_string).collect(),
            timezone: calendar.name,
        }
    }
}

impl Calendar {
    fn new(
        zone: &str,
        weekend: BTreeSet<i8>,
        holidays: BTreeSet<Date>,
    ) -> Result<Self, CalendarError> {
        if weekend.len() == 7 {
            return Err(CalendarError::NoBusinessDay);
        }
        let unknown = |_| CalendarError::Zone(zone.to_owned());
        // UTC itself is no zone with transitions: the plain one is faster.
        let tz = match zone {
            "UTC" => TimeZone::UTC,
            _ => TimeZoneDatabase::bundled().get(zone).map_err(unknown)?,
        };
        Ok(Self { zone: tz, name: zone.to_owned(), weekend, holidays })
    }

    /// Whether the instant lies on a business day of the calendar's zone.
    #[must_use]
    pub fn is_business_day(&self, at: Timestamp) -> bool {
        self.is_business_date(self.local(at).date())
    }

    fn is_business_date(&self, date: Date) -> bool {
        !self.weekend.contains(&date.weekday().to_monday_one_offset())
            && !self.holidays.contains(&date)
    }

    /// The due instant: `at` plus the SLA.
    ///
    /// A business-day SLA counts whole business days from the next one on and keeps the local time
    /// of day, so one business day from Friday 15:00 is Monday 15:00, whatever the clocks did in
    /// between; a start on a day off counts from the end of that day off. A local time that a change
    /// of clocks leaves out is as much later.
    #[must_use]
    pub fn add(&self, at: Timestamp, sla: Sla) -> Timestamp {
        match sla {
            Sla::Hours(hours) => at.plus_micros(i64::from(hours) * 3_600_000_000),
            Sla::Days(days) => at.plus_micros(i64::from(days) * Timestamp::DAY),
            Sla::BusinessDays(days) => self.add_business_days(at, days),
        }
    }

    fn add_business_days(&self, at: Timestamp, days: u32) -> Timestamp {
        let start = self.local(at);
        let (mut date, mut time) = (start.date(), start.time());
        let next = |date: &mut Date| loop {
            match date.tomorrow() {
                Ok(day) => *date = day,
                // The end of the calendar is nobody's deadline.
                Err(_) => return,
            }
            if self.is_business_date(*date) {
                return;
            }
        };
        if !self.is_business_date(date) {
            next(&mut date);
            time = jiff::civil::Time::midnight();
        }
        for _ in 0..days {
            next(&mut date);
        }
        self.instant(date.to_datetime(time)).unwrap_or(at)
    }

    /// Midnight of the first day of the group of `months` (1, 3, 6, 12) that `at` lies in, `ahead`
    /// groups later.
    #[must_use]
    pub fn month_start(&self, at: Timestamp, ahead: i32, months: i32) -> Option<Timestamp> {
        let date = self.local(at).date();
        let index = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
        let group = (index.div_euclid(months) + ahead) * months;
        let year = i16::try_from(group.div_euclid(12)).ok()?;
        let month = i8::try_from(group.rem_euclid(12) + 1).ok()?;
        self.instant(Date::new(year, month, 1).ok()?.to_datetime(jiff::civil::Time::midnight()))
    }

    fn local(&self, at: Timestamp) -> DateTime {
        // An instant outside the years that have dates lies on no day off.
        jiff::Timestamp::from_microsecond(at.micros())
            .map_or(DateTime::MAX, |at| self.zone.to_datetime(at))
    }

    fn instant(&self, local: DateTime) -> Option<Timestamp> {
        let at = self.zone.to_ambiguous_zoned(local).compatible().ok()?;
        Some(Timestamp::from_micros(at.timestamp().as_microsecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn calendar(json: &str) -> Calendar {
        serde_json::from_str(json).expect("a calendar")
    }

    #[test]
    fn weekends_do_not_count() {
        let calendar = Calendar::default();
        let friday = t("2025-10-03T15:00:00Z");
        assert_eq!(calendar.add(friday, Sla::BusinessDays(1)), t("2025-10-06T15:00:00Z"));
        let saturday = t("2025-10-04T15:00:00Z");
        assert_eq!(calendar.add(saturday, Sla::BusinessDays(1)), t("2025-10-07T00:00:00Z"));
    }

    #[test]
    fn holidays_do_not_count() {
        let calendar = calendar(r#"{"holidays": ["2025-12-25", "2025-12-26"]}"#);
        let eve = t("2025-12-24T12:00:00Z");
        assert_eq!(calendar.add(eve, Sla::BusinessDays(1)), t("2025-12-29T12:00:00Z"));
        assert_eq!(calendar.add(eve, Sla::Hours(24)), t("2025-12-25T12:00:00Z"));
    }

    #[test]
    fn a_day_is_a_day_of_its_zone() {
        let calendar = calendar(r#"{"timezone": "Europe/Berlin"}"#);
        // Friday 23:30 in UTC is Saturday in Berlin: one business day from Monday on is Tuesday.
        let late = t("2025-07-04T23:30:00Z");
        assert!(!calendar.is_business_day(late));
        assert_eq!(calendar.add(late, Sla::BusinessDays(1)), t("2025-07-07T22:00:00Z"));
        assert_eq!(calendar.month_start(late, 0, 3), Some(t("2025-06-30T22:00:00Z")));
    }

    #[test]
    fn changes_of_clocks_keep_the_time_of_day() {
        let calendar = calendar(r#"{"timezone": "Europe/Berlin"}"#);
        // Clocks went back on 2025-10-26: Friday 15:00 there is Monday 15:00 there.
        let friday = t("2025-10-24T13:00:00Z");
        assert_eq!(calendar.add(friday, Sla::BusinessDays(1)), t("2025-10-27T14:00:00Z"));
        assert_eq!(calendar.add(friday, Sla::Days(3)), t("2025-10-27T13:00:00Z"));
        // And forward on 2025-03-30.
        let friday = t("2025-03-28T14:00:00Z");
        assert_eq!(calendar.add(friday, Sla::BusinessDays(1)), t("2025-03-31T13:00:00Z"));
    }

    #[test]
    fn a_weekend_may_be_another() {
        let calendar =
            calendar(r#"{"timezone": "Asia/Riyadh", "weekend": ["friday", "saturday"]}"#);
        let thursday = t("2025-10-02T10:00:00Z");
        assert_eq!(calendar.add(thursday, Sla::BusinessDays(1)), t("2025-10-05T10:00:00Z"));
    }

    #[test]
    fn quarters_follow_the_calendar() {
        let calendar = Calendar::default();
        let at = t("2025-08-15T10:00:00Z");
        let start = |ahead, months| calendar.month_start(at, ahead, months).expect("a start");
        assert_eq!(start(0, 3), t("2025-07-01T00:00:00Z"));
        assert_eq!(start(1, 3), t("2025-10-01T00:00:00Z"));
        assert_eq!(start(2, 3), t("2026-01-01T00:00:00Z"));
        assert_eq!(start(5, 1), t("2026-01-01T00:00:00Z"));
    }

    #[test]
    fn what_is_no_calendar_is_refused() {
        for (json, problem) in [
            (r#"{"timezone": "Europe/Atlantis"}"#, "no time zone"),
            (r#"{"weekend": ["caturday"]}"#, "no day of the week"),
            (r#"{"holidays": ["2025-02-30"]}"#, "no date"),
            (
                r#"{"weekend": ["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]}"#,
                "needs a business day",
            ),
        ] {
            let refused = serde_json::from_str::<Calendar>(json).expect_err("refused").to_string();
            assert!(refused.contains(problem), "{refused}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let calendar = calendar(
            r#"{"timezone": "Asia/Riyadh", "weekend": ["friday"], "holidays": ["2025-12-25"]}"#,
        );
        let written = serde_json::to_string(&calendar).expect("JSON");
        assert_eq!(serde_json::from_str::<Calendar>(&written).expect("a calendar"), calendar);
    }
}
