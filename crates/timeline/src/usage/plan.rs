//! Which rows lie together. Row groups follow from the numbers of rows that were delivered, which are
//! known before any row is put in order, so that files do not depend on how much fits into memory.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Whole days are taken together until they have so many rows.
pub(super) const LOT: usize = 64 * 1024;

/// More rows than this are cut: days taken together have fewer unless one of them has many.
const GROUP: usize = 2 * LOT;

/// Days whose rows are put in order together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Days {
    pub(super) days: RangeInclusive<i64>,
    /// How many rows were delivered of them.
    pub(super) rows: u64,
}

/// The days that have rows, in order, taken together.
pub(super) fn lots(days: &BTreeMap<i64, u64>) -> Vec<Days> {
    let mut lots: Vec<Days> = Vec::new();
    for (day, rows) in days {
        match lots.last_mut().filter(|lot| lot.rows < LOT as u64) {
            Some(lot) => *lot = Days { days: *lot.days.start()..=*day, rows: lot.rows + rows },
            None => lots.push(Days { days: *day..=*day, rows: *rows }),
        }
    }
    lots
}

/// Row groups of about the same size.
pub(super) fn even<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let groups = rows.len().div_ceil(GROUP).max(1);
    rows.chunks(rows.len().div_ceil(groups).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_taken_together_until_they_are_many() {
        let lot = LOT as u64;
        let days = BTreeMap::from([(-3, 1), (0, lot - 1), (1, 1), (5, 3 * lot), (6, 2)]);
        let lots = lots(&days);
        let told: Vec<_> = lots.iter().map(|lot| (lot.days.clone(), lot.rows)).collect();
        assert_eq!(told, [(-3..=0, lot), (1..=5, 3 * lot + 1), (6..=6, 2)]);
    }

    #[test]
    fn many_rows_are_cut_evenly() {
        let sizes = |rows: usize| even(&vec![(); rows]).map(<[()]>::len).collect::<Vec<_>>();
        assert_eq!(sizes(0), Vec::<usize>::new());
        assert_eq!(sizes(GROUP), [GROUP]);
        assert_eq!(sizes(GROUP + 1), [LOT + 1, LOT]);
    }
}
