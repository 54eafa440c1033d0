//! Sets of instants as half-open intervals, in order and apart from each other.

use tenure_model::time::Timestamp;

/// `[from, to)`.
pub(super) type Interval = (Timestamp, Timestamp);

/// All that lies in any of them, in order; intervals that touch are made one.
pub(super) fn union(mut all: Vec<Interval>) -> Vec<Interval> {
    all.retain(|(from, to)| from < to);
    all.sort_unstable();
    let mut union: Vec<Interval> = Vec::with_capacity(all.len());
    for (from, to) in all {
        match union.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => union.push((from, to)),
        }
    }
    union
}

/// What lies in both.
pub(super) fn intersection(a: &[Interval], b: &[Interval]) -> Vec<Interval> {
    let (mut i, mut j, mut both) = (0, 0, Vec::new());
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let (from, to) = (x.0.max(y.0), x.1.min(y.1));
        if from < to {
            both.push((from, to));
        }
        if x.1 < y.1 { i += 1 } else { j += 1 }
    }
    both
}

/// What lies in the first and not in the second.
pub(super) fn difference(a: &[Interval], b: &[Interval]) -> Vec<Interval> {
    let (mut rest, mut first) = (Vec::new(), 0);
    for &(mut from, to) in a {
        while b.get(first).is_some_and(|hole| hole.1 <= from) {
            first += 1;
        }
        for hole in b[first..].iter().take_while(|hole| hole.0 < to) {
            if from < hole.0 {
                rest.push((from, hole.0));
            }
            from = from.max(hole.1);
        }
        if from < to {
            rest.push((from, to));
        }
    }
    rest
}

/// Whether all of `[from, to)` lies in one of them.
pub(super) fn holds(all: &[Interval], (from, to): Interval) -> bool {
    let after = all.partition_point(|interval| interval.0 <= from);
    after.checked_sub(1).is_some_and(|i| to <= all[i].1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(intervals: &[Interval]) -> BTreeSet<i64> {
        intervals.iter().flat_map(|(from, to)| from.micros()..to.micros()).collect()
    }

    fn intervals() -> impl Strategy<Value = Vec<Interval>> {
        let ends = prop::collection::vec((0_i64..60, 0_i64..60), 0..12);
        ends.prop_map(|ends| {
            let at = Timestamp::from_micros;
            ends.into_iter().map(|(from, to)| (at(from), at(to))).collect()
        })
    }

    proptest! {
        #[test]
        fn they_are_sets(a in intervals(), b in intervals()) {
            let (x, y) = (union(a.clone()), union(b));
            prop_assert_eq!(set(&a), set(&x));
            prop_assert!(x.windows(2).all(|pair| pair[0].1 < pair[1].0), "apart and in order");
            prop_assert_eq!(set(&intersection(&x, &y)), &set(&x) & &set(&y));
            prop_assert_eq!(set(&difference(&x, &y)), &set(&x) - &set(&y));
            for interval in y.iter().chain(a.iter().filter(|(from, to)| from < to)) {
                let inside = set(&[*interval]).is_subset(&set(&x));
                prop_assert_eq!(holds(&x, *interval), inside);
            }
        }
    }
}
