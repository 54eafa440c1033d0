//! Interval arithmetic over sorted lists: union, intersection, difference. Half-open, in
//! microseconds; an open end is `Timestamp::from_micros(i64::MAX)`.

use tenure_model::Timestamp;

/// `[from, to)`.
pub(crate) type Interval = (Timestamp, Timestamp);

/// Further than any instant.
pub(crate) const OPEN: Timestamp = Timestamp::from_micros(i64::MAX);

/// Merges overlapping and touching intervals; drops empty ones.
pub(crate) fn union(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.retain(|(from, to)| from < to);
    intervals.sort_unstable();
    let mut merged: Vec<Interval> = Vec::with_capacity(intervals.len());
    for (from, to) in intervals {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// What lies in both of two sorted, disjoint lists.
pub(crate) fn intersection(a: &[Interval], b: &[Interval]) -> Vec<Interval> {
    let (mut i, mut j) = (0, 0);
    let mut both = Vec::new();
    while i < a.len() && j < b.len() {
        let (from, to) = (a[i].0.max(b[j].0), a[i].1.min(b[j].1));
        if from < to {
            both.push((from, to));
        }
        if a[i].1 < b[j].1 { i += 1 } else { j += 1 }
    }
    both
}

/// What lies in the first of two sorted, disjoint lists and not in the second.
pub(crate) fn difference(a: &[Interval], b: &[Interval]) -> Vec<Interval> {
    let mut left = Vec::new();
    let mut j = 0;
    for &(mut from, to) in a {
        while j < b.len() && b[j].1 <= from {
            j += 1;
        }
        let mut k = j;
        while k < b.len() && b[k].0 < to {
            if from < b[k].0 {
                left.push((from, b[k].0));
            }
            from = from.max(b[k].1);
            k += 1;
        }
        if from < to {
            left.push((from, to));
        }
    }
    left
}

/// The length of a sorted, disjoint list in days of 24 hours.
pub(crate) fn days(intervals: &[Interval]) -> f64 {
    let micros: i64 = intervals.iter().map(|(from, to)| to.micros() - from.micros()).sum();
    #[expect(clippy::cast_precision_loss, reason = "days are for people, to three decimals")]
    let days = micros as f64 / Timestamp::DAY as f64;
    days
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list() -> impl Strategy<Value = Vec<Interval>> {
        let one = (0_i64..60, 0_i64..20).prop_map(|(from, length)| {
            (Timestamp::from_micros(from), Timestamp::from_micros(from + length))
        });
        proptest::collection::vec(one, 0..8)
    }

    fn has(list: &[Interval], at: i64) -> bool {
        let at = Timestamp::from_micros(at);
        list.iter().any(|(from, to)| *from <= at && at < *to)
    }

    proptest! {
        #[test]
        fn agree_with_sets_of_instants(a in list(), b in list()) {
            let (ua, ub) = (union(a.clone()), union(b.clone()));
            let (both, left) = (intersection(&ua, &ub), difference(&ua, &ub));
            for at in 0..80 {
                prop_assert_eq!(has(&ua, at), has(&a, at));
                prop_assert_eq!(has(&both, at), has(&a, at) && has(&b, at));
                prop_assert_eq!(has(&left, at), has(&a, at) && !has(&b, at));
            }
            prop_assert!(ua.windows(2).all(|w| w[0].1 < w[1].0), "maximal");
        }
    }
}
