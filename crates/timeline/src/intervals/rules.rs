//! The questions, for the rows of one key in order.

use super::ops::{Interval, OPEN, subtract, union};

/// How long in the period some version was older than `age`: the length of the union of what each
/// version was, from its start plus `age` to its end. `None` when none was. Versions come in order of
/// their starts.
pub fn older_than(
    versions: impl IntoIterator<Item = Interval>,
    age: i64,
    period: Interval,
) -> Option<i64> {
    let old = versions
        .into_iter()
        .map(|version| Interval::new(version.from.saturating_add(age), version.to).clip(period));
    union(old).map(Interval::length).reduce(|total, length| total + length)
}

/// The positions of the starts that have no instant of the same kind at or before them: a merge of
/// two lists of `(kind, instant)`, both in order.
pub fn without_prior<K: Ord + Copy>(
    starts: impl IntoIterator<Item = (K, i64)>,
    priors: impl IntoIterator<Item = (K, i64)>,
) -> impl Iterator<Item = usize> {
    let mut priors = priors.into_iter().peekable();
    // The first prior of a kind is the earliest, so it alone decides.
    let mut earliest: Option<(K, i64)> = None;
    starts.into_iter().enumerate().filter_map(move |(position, (kind, start))| {
        while let Some(prior) = priors.next_if(|prior| prior.0 <= kind) {
            if earliest.is_none_or(|earliest| earliest.0 != prior.0) {
                earliest = Some(prior);
            }
        }
        let had = earliest.is_some_and(|(of, at)| of == kind && at <= start);
        (!had).then_some(position)
    })
}

/// Days of which a log tells, counted.
#[derive(Clone, Default, Debug)]
pub struct Covered {
    first: i64,
    /// How many of the days before each day are covered.
    before: Vec<i64>,
}

impl Covered {
    /// The days of the period that lie in no gap. Gaps come in order of their starts.
    #[must_use]
    pub fn new(gaps: impl IntoIterator<Item = Interval>, period: Interval) -> Self {
        let mut before = vec![0];
        let mut total = 0;
        let mut gaps = union(gaps.into_iter().map(|gap| gap.clip(period))).peekable();
        for day in period.from..period.to {
            while gaps.next_if(|gap| gap.to <= day).is_some() {}
            total += i64::from(gaps.peek().is_none_or(|gap| day < gap.from));
            before.push(total);
        }
        Self { first: period.from, before }
    }

    /// How many days of a stretch of the period are covered.
    #[must_use]
    pub fn days(&self, stretch: Interval) -> i64 {
        let before = |day: i64| {
            let last = self.before.len().saturating_sub(1);
            let index = usize::try_from(day - self.first).unwrap_or_default().min(last);
            self.before.get(index).copied().unwrap_or_default()
        };
        before(stretch.to) - before(stretch.from)
    }
}

/// The stretches of days in the period, enabled and without use, of more than `limit` covered days,
/// and how many that is. Spans and used days come in order.
pub fn unused<'a>(
    enabled: impl IntoIterator<Item = Interval> + 'a,
    used: impl IntoIterator<Item = i64> + 'a,
    covered: &'a Covered,
    period: Interval,
    limit: i64,
) -> impl Iterator<Item = (Interval, i64)> + 'a {
    let enabled = union(enabled.into_iter().map(move |span| span.clip(period)));
    let used = used.into_iter().map(|day| Interval::new(day, day.saturating_add(1)));
    subtract(enabled, used).filter_map(move |stretch| {
        // Most stretches are too short whatever the log covers.
        let days = if stretch.length() > limit { covered.days(stretch) } else { 0 };
        (days > limit).then_some((stretch, days))
    })
}

/// Whether an interval has an instant of the period, or begins in it.
#[must_use]
pub fn in_force(interval: Interval, period: Interval) -> bool {
    interval.from < period.to && (interval.to == OPEN || interval.to > period.from)
}
