//! Numbers of a column, each in as few bytes as the largest needs.

use super::super::text::Text;

/// Numbers decoded at once.
pub(super) const BATCH: usize = 1024;

/// Adds columns: the number of rows, and of each column the width of a number in bytes and the
/// numbers, lowest byte first.
pub(super) fn put<const N: usize>(
    out: &mut Text,
    rows: impl ExactSizeIterator<Item = [u32; N]> + Clone,
) {
    let count = u32::try_from(rows.len()).expect("fewer rows than a memory can hold");
    out.extend_from_slice(&count.to_le_bytes());
    let mut all = [0; N];
    rows.clone().for_each(|row| all.iter_mut().zip(row).for_each(|(all, value)| *all |= value));
    let mut at = out.len();
    let places = all.map(|all| {
        let width = match all {
            0..=0xff => 1,
            0x100..=0xffff => 2,
            _ => 4,
        };
        let place = (at, width);
        at += 1 + width * rows.len();
        place
    });
    out.resize(at);
    for (at, width) in places {
        out[at] = width as u8;
    }
    let mut rows = rows.enumerate();
    let mut batch = [[0; BATCH]; N];
    while let Some((first, count)) = fill(&mut batch, &mut rows) {
        for ((at, width), values) in places.iter().zip(&batch) {
            encode(&values[..count], &mut out[at + 1 + first * width..], *width);
        }
    }
}

/// Takes rows to columns; gives the first row's number and how many rows they are.
fn fill<const N: usize>(
    batch: &mut [[u32; BATCH]; N],
    rows: &mut impl Iterator<Item = (usize, [u32; N])>,
) -> Option<(usize, usize)> {
    let (mut first, mut count) = (None, 0);
    for (at, (row, values)) in rows.take(BATCH).enumerate() {
        first.get_or_insert(row);
        count = at + 1;
        batch.iter_mut().zip(values).for_each(|(column, value)| column[at] = value);
    }
    Some((first?, count))
}

fn encode(values: &[u32], to: &mut [u8], width: usize) {
    match width {
        1 => to.iter_mut().zip(values).for_each(|(to, value)| *to = *value as u8),
        2 => {
            let to = to.as_chunks_mut().0.iter_mut();
            to.zip(values).for_each(|(to, value)| *to = (*value as u16).to_le_bytes());
        }
        _ => {
            let to = to.as_chunks_mut().0.iter_mut();
            to.zip(values).for_each(|(to, value)| *to = value.to_le_bytes());
        }
    }
}

/// A column as it lies in a section.
pub(super) enum Column<'s> {
    One(&'s [u8]),
    Two(&'s [[u8; 2]]),
    Four(&'s [[u8; 4]]),
}

impl<'s> Column<'s> {
    /// Takes a column of so many numbers off a section.
    pub(super) fn take(section: &mut &'s [u8], rows: usize) -> Option<Self> {
        let width = usize::from(*section.split_off_first()?);
        let bytes = section.split_off(..rows.checked_mul(width)?)?;
        match width {
            1 => Some(Self::One(bytes)),
            2 => Some(Self::Two(bytes.as_chunks().0)),
            4 => Some(Self::Four(bytes.as_chunks().0)),
            _ => None,
        }
    }

    /// Decodes the numbers from a row on, as many as there is room for and rows are left.
    pub(super) fn decode(&self, from: usize, to: &mut [u32; BATCH]) {
        match self {
            Self::One(all) => to.iter_mut().zip(&all[from..]).for_each(|(t, v)| *t = (*v).into()),
            Self::Two(all) => {
                let values = all[from..].iter().map(|v| u16::from_le_bytes(*v).into());
                to.iter_mut().zip(values).for_each(|(t, v)| *t = v);
            }
            Self::Four(all) => {
                let values = all[from..].iter().map(|v| u32::from_le_bytes(*v));
                to.iter_mut().zip(values).for_each(|(t, v)| *t = v);
            }
        }
    }
}

/// Columns of as many rows each, side by side.
pub(super) struct Columns<'s, const N: usize> {
    columns: [Column<'s>; N],
    rows: usize,
}

impl<'s, const N: usize> Columns<'s, N> {
    /// Takes columns and, before them, the number of their rows off a section.
    pub(super) fn take(section: &mut &'s [u8]) -> Option<Self> {
        let rows = u32::from_le_bytes(*section.split_off(..4)?.first_chunk()?) as usize;
        let mut columns = Vec::with_capacity(N);
        for _ in 0..N {
            columns.push(Column::take(section, rows)?);
        }
        Some(Self { columns: columns.try_into().ok()?, rows })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Hands over every row; stops where that gives `None`.
    pub(super) fn each(&self, mut row: impl FnMut([u32; N]) -> Option<()>) -> Option<()> {
        let mut batch = [[0; BATCH]; N];
        for from in (0..self.rows).step_by(BATCH) {
            for (column, batch) in self.columns.iter().zip(&mut batch) {
                column.decode(from, batch);
            }
            let rows = 0..BATCH.min(self.rows - from);
            rows.map(|at| std::array::from_fn(|n| batch[n][at])).try_for_each(&mut row)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = [u32; 3]> {
        (0..=255_u32, 0..=65_535_u32, any::<u32>()).prop_map(|(one, two, four)| [one, two, four])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn rows_come_back(
            rows in prop_oneof![
                4 => proptest::collection::vec(value(), 0..20),
                1 => proptest::collection::vec(value(), BATCH - 2..2 * BATCH + 2),
            ],
            after in proptest::collection::vec(any::<u8>(), 0..5),
        ) {
            let mut out = Text::default();
            put(&mut out, rows.iter().copied());
            out.extend_from_slice(&after);
            let mut section = &out[..];
            let columns = Columns::<3>::take(&mut section).unwrap();
            prop_assert_eq!(columns.rows(), rows.len());
            prop_assert_eq!(section, &after);
            let mut back = Vec::new();
            let all = columns.each(|row| {
                back.push(row);
                Some(())
            });
            prop_assert!(all.is_some());
            prop_assert_eq!(back, rows);
        }

        /// Whatever bytes they are taken off, there are no more rows than bytes.
        #[test]
        fn any_bytes(
            rows in 0..40_u32,
            bytes in proptest::collection::vec(prop_oneof![0..5_u8, any::<u8>()], 0..300),
        ) {
            let bytes = [&rows.to_le_bytes()[..], &bytes].concat();
            let mut section = &bytes[..];
            if let Some(columns) = Columns::<3>::take(&mut section) {
                let mut count = 0;
                let all = columns.each(|_| {
                    count += 1;
                    Some(())
                });
                prop_assert!(all.is_some() && count == columns.rows() && count <= bytes.len());
            }
        }
    }
}
