//! Deadlines on calendars: elapsed time, or business days with holidays. All in UTC.

use std::collections::BTreeSet;

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

/// Which days count as business days: Monday to Friday without the holidays.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Days off beside weekends, each any instant of that day in UTC.
    #[serde(default)]
    holidays: BTreeSet<Timestamp>,
}

impl Calendar {
    /// A calendar with these holidays.
    pub fn new(holidays: impl IntoIterator<Item = Timestamp>) -> Self {
        Self { holidays: holidays.into_iter().map(Timestamp::day_start).collect() }
    }

    /// Whether the instant lies on a business day.
    #[must_use]
    pub fn is_business_day(&self, at: Timestamp) -> bool {
        let days_since_epoch = at.micros().div_euclid(Timestamp::DAY);
        // 1970-01-01 was a Thursday; 0 = Monday.
        let weekday = (days_since_epoch + 3).rem_euclid(7);
        weekday < 5 && !self.holidays.contains(&at.day_start())
    }

    /// The due instant: `at` plus the SLA.
    ///
    /// A business-day SLA counts whole business days from the next one on and keeps the time of
    /// day, so one business day from Friday 15:00 is Monday 15:00; a start on a day off counts
    /// from the end of that day off.
    #[must_use]
    pub fn add(&self, at: Timestamp, sla: Sla) -> Timestamp {
        match sla {
            Sla::Hours(hours) => at.plus_micros(i64::from(hours) * 3_600_000_000),
            Sla::Days(days) => at.plus_micros(i64::from(days) * Timestamp::DAY),
            Sla::BusinessDays(days) => self.add_business_days(at, days),
        }
    }

    fn add_business_days(&self, at: Timestamp, days: u32) -> Timestamp {
        let mut due = at;
        if !self.is_business_day(due) {
            due = due.day_start();
            while !self.is_business_day(due) {
                due = due.plus_micros(Timestamp::DAY);
            }
        }
        for _ in 0..days {
            due = due.plus_micros(Timestamp::DAY);
            while !self.is_business_day(due) {
                due = due.plus_micros(Timestamp::DAY);
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(text: &str) -> Timestamp {
        text.parse().expect("an instant")
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
        let calendar = Calendar::new([t("2025-12-25T09:00:00Z"), t("2025-12-26T09:00:00Z")]);
        let eve = t("2025-12-24T12:00:00Z");
        assert_eq!(calendar.add(eve, Sla::BusinessDays(1)), t("2025-12-29T12:00:00Z"));
        assert_eq!(calendar.add(eve, Sla::Hours(24)), t("2025-12-25T12:00:00Z"));
    }
}
