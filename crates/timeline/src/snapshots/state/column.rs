//! Numbers of a column, each in as few bytes as the largest needs.

/// Numbers decoded at once.
pub(super) const BATCH: usize = 1024;

/// Adds a column: the width of a number in bytes, and the numbers, lowest byte first.
pub(super) fn put(out: &mut Vec<u8>, values: impl Iterator<Item = u32> + Clone) {
    let all = values.clone().fold(0, |all, value| all | value);
    match all {
        0..=0xff => {
            out.push(1);
            out.extend(values.map(|value| value as u8));
        }
        0x100..=0xffff => {
            out.push(2);
            values.for_each(|value| out.extend_from_slice(&(value as u16).to_le_bytes()));
        }
        _ => {
            out.push(4);
            values.for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
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
            for at in 0..BATCH.min(self.rows - from) {
                row(std::array::from_fn(|n| batch[n][at]))?;
            }
        }
        Some(())
    }
}

/// Adds the number of rows, before the columns.
pub(super) fn put_rows(out: &mut Vec<u8>, rows: usize) {
    let rows = u32::try_from(rows).expect("fewer rows than a memory can hold");
    out.extend_from_slice(&rows.to_le_bytes());
}
