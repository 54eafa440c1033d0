//! The windows in which something is expected.

use tenure_model::Timestamp;

use crate::definition::Setting;
use crate::engine::Test;
use crate::engine::intervals::{Interval, OPEN, days, intersection};
use crate::engine::rows::{Exposed, exposed_with};
use crate::engine::statements::Texts;
use crate::session::QueryError;

/// What is expected, and how often.
pub(super) struct Expected {
    pub(super) exposed: Exposed,
    cadence: Cadence,
}

/// How long a window is.
#[derive(Clone, PartialEq, Debug)]
enum Cadence {
    /// Windows of the calendar.
    Months(i32),
    /// Windows of a length, the first of which starts with the period.
    Length(Setting),
}

impl Cadence {
    fn of(setting: Setting) -> Option<Self> {
        match setting {
            Setting::Text(unit) => match unit.as_str() {
                "month" => Some(Self::Months(1)),
                "quarter" => Some(Self::Months(3)),
                "half-year" => Some(Self::Months(6)),
                "year" => Some(Self::Months(12)),
                _ => None,
            },
            Setting::Number(_) => None,
            length => Some(Self::Length(length)),
        }
    }

    fn first(&self, test: &Test<'_>, from: Timestamp) -> Timestamp {
        let start = match self {
            Self::Months(months) => test.calendar.month_start(from, 0, *months),
            Self::Length(_) => None,
        };
        start.unwrap_or(test.period.from)
    }

    fn next(&self, test: &Test<'_>, start: Timestamp) -> Timestamp {
        match self {
            Self::Months(months) => test.calendar.month_start(start, 1, *months).unwrap_or(start),
            Self::Length(length) => test.after(start, Some(length)),
        }
    }
}

/// Everything that is expected, each with the cadence that its row names, or else the control's.
pub(super) fn expected(test: &Test<'_>) -> Result<Vec<Expected>, QueryError> {
    let mut all = Vec::new();
    exposed_with(test, "expected", &mut Texts::default(), |rows, row, exposed| {
        let named = rows.text("cadence")?;
        let named = named.as_ref().and_then(|column| column.get(row)).unwrap_or("cadence");
        let setting = test.definition.setting(named).unwrap_or_else(|| Setting::parse(named));
        let cadence = Cadence::of(setting).ok_or_else(|| {
            rows.shape(format!(
                "the cadence {named} of {} is neither month, quarter, half-year, year nor a duration such as 7d",
                exposed.item
            ))
        })?;
        all.push(Expected { exposed, cadence });
        Ok(())
    })?;
    Ok(all)
}

impl Expected {
    /// The end of the window that begins at an instant.
    pub(super) fn next(&self, test: &Test<'_>, start: Timestamp) -> Timestamp {
        self.cadence.next(test, start)
    }

    /// The windows of which enough lies in the exposure within the period.
    pub(super) fn slots(&self, test: &Test<'_>) -> Vec<Interval> {
        let share = match test.definition.setting("min_window_share") {
            Some(Setting::Number(share)) => share,
            _ => 0.5,
        };
        let exposed = [(self.exposed.from, self.exposed.to.unwrap_or(OPEN))];
        let scoped = intersection(&exposed, test.scopes.of(self.exposed.system.as_deref()));
        let exposure = intersection(&scoped, &[(test.period.from, test.period.to)]);
        let Some(&(from, _)) = exposure.first() else { return Vec::new() };
        let mut slots = Vec::new();
        let mut start = self.cadence.first(test, from);
        while start < test.period.to {
            let end = self.cadence.next(test, start);
            if end <= start {
                break; // a cadence of nothing would never end
            }
            let inside = days(&intersection(&[(start, end)], &exposure));
            if inside / days(&[(start, end)]) >= share {
                slots.push((start, end));
            }
            start = end;
        }
        slots
    }
}
