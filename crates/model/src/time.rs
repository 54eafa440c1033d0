//! Instants and periods.
//!
//! An instant is microseconds since the Unix epoch, UTC: enough for every source we know and
//! exactly what a Parquet `timestamp(us, UTC)` column holds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

mod whole;

/// An instant in UTC, microsecond resolution. Serialised as RFC 3339 with a `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(i64);

/// Why a text is not an instant.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TimeError {
    /// The text has no zone, so it names no instant.
    #[error("'{0}' has no time zone, so it names no instant")]
    NoZone(String),
    /// The text is neither RFC 3339 nor a date.
    #[error("'{0}' is neither an RFC 3339 instant nor a date")]
    Malformed(String),
    /// The period's end is not after its start.
    #[error("the period's end {to} is not after its start {from}")]
    EmptyPeriod {
        /// Start of the refused period.
        from: Timestamp,
        /// End of the refused period.
        to: Timestamp,
    },
}

const MICROS_PER_SECOND: i64 = 1_000_000;

impl Timestamp {
    /// Microseconds in a day of UTC.
    pub const DAY: i64 = 86_400 * MICROS_PER_SECOND;

    /// From microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the Unix epoch; saturates far outside any calendar.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// Midnight UTC of the day this instant lies in.
    #[must_use]
    pub const fn day_start(self) -> Self {
        Self(self.0.div_euclid(Self::DAY) * Self::DAY)
    }

    /// This instant plus (or minus) microseconds, saturating.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The calendar date in UTC, `YYYY-MM-DD`.
    #[must_use]
    pub fn date(self) -> String {
        let text = self.to_string();
        text.split('T').next().unwrap_or_default().to_owned()
    }

    /// A command-line or roster value: an RFC 3339 instant, or a date meaning midnight UTC.
    ///
    /// # Errors
    /// When the text is neither, or is a date and time without a zone.
    pub fn parse_or_date(text: &str) -> Result<Self, TimeError> {
        match text.parse::<jiff::civil::Date>() {
            Ok(date) if text.len() == 10 => {
                let zoned = date
                    .to_zoned(jiff::tz::TimeZone::UTC)
                    .map_err(|_| TimeError::Malformed(text.to_owned()))?;
                Ok(Self(zoned.timestamp().as_microsecond()))
            }
            _ => text.parse(),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    /// RFC 3339 with a zone; other shapes are refused rather than guessed.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        if let Some(seconds) = whole::seconds(text.as_bytes()) {
            return Ok(Self::from_seconds(seconds));
        }
        match text.parse::<jiff::Timestamp>() {
            Ok(stamp) => Ok(Self(stamp.as_microsecond())),
            Err(_) if text.parse::<jiff::civil::DateTime>().is_ok() => {
                Err(TimeError::NoZone(text.to_owned()))
            }
            Err(_) => Err(TimeError::Malformed(text.to_owned())),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(stamp) => write!(f, "{stamp}"),
            // Outside jiff's years -9999..=9999: still say something exact.
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A half-open stretch of time `[from, to)`, never empty.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Period {
    /// First instant inside.
    pub from: Timestamp,
    /// First instant after.
    pub to: Timestamp,
}

impl Period {
    /// A period from its two ends.
    ///
    /// # Errors
    /// When `to` is not after `from`.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, TimeError> {
        if to <= from {
            return Err(TimeError::EmptyPeriod { from, to });
        }
        Ok(Self { from, to })
    }

    /// Whether the instant lies inside.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// The length in microseconds.
    #[must_use]
    pub fn micros(&self) -> i64 {
        self.to.micros() - self.from.micros()
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            from: Timestamp,
            to: Timestamp,
        }
        let wire = Wire::deserialize(deserializer)?;
        Self::new(wire.from, wire.to).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_midnight_utc() {
        let at = Timestamp::parse_or_date("2025-07-01").expect("a date");
        assert_eq!(at.to_string(), "2025-07-01T00:00:00Z");
        assert_eq!(at.date(), "2025-07-01");
    }

    #[test]
    fn every_day_is_what_the_general_parser_says() {
        for month in 0..=13 {
            for day in 0..=32 {
                for (year, time) in [(2023, "00:00:00"), (2024, "23:59:59"), (1969, "12:30:07")] {
                    let text = format!("{year:04}-{month:02}-{day:02}T{time}Z");
                    let expected = text.parse::<jiff::Timestamp>().map(|at| at.as_microsecond());
                    let found = text.parse::<Timestamp>().map(Timestamp::micros);
                    assert_eq!(found.ok(), expected.ok(), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_time_without_a_zone_is_refused() {
        let refused = "2025-07-01T10:00:00".parse::<Timestamp>();
        assert_eq!(refused, Err(TimeError::NoZone("2025-07-01T10:00:00".into())));
    }

    #[test]
    fn before_the_epoch_rounds_down() {
        let at: Timestamp = "1969-12-31T23:59:59.5Z".parse().expect("an instant");
        assert_eq!(at.seconds(), -1);
        assert_eq!(at.day_start().to_string(), "1969-12-31T00:00:00Z");
    }

    #[test]
    fn an_empty_period_is_refused() {
        let at = Timestamp::from_seconds(0);
        assert!(Period::new(at, at).is_err());
    }
}
