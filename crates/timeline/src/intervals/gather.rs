//! The rows of a part put in order, their texts numbered, and written.

use std::path::Path;

use hashbrown::HashMap;

use super::IntervalsError;
use super::part::{PartWriter, Section};
use super::scatter::{Cursor, Spill};
use super::tables::Table;

/// Distinct texts of a part.
#[derive(Default)]
struct Names<'b> {
    numbers: HashMap<&'b [u8], u32>,
    texts: Vec<&'b [u8]>,
}

impl<'b> Names<'b> {
    fn number(&mut self, text: &'b [u8]) -> u32 {
        let next = self.texts.len() as u32;
        *self.numbers.entry(text).or_insert_with(|| {
            self.texts.push(text);
            next
        })
    }

    /// The texts in order, and the place there of each number.
    fn in_order(&self) -> (Vec<&'b [u8]>, Vec<u32>) {
        let mut order: Vec<(&[u8], u32)> = self.texts.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let mut places = vec![0; order.len()];
        for ((_, number), place) in order.iter().zip(0..) {
            places[*number as usize] = place;
        }
        (order.into_iter().map(|(text, _)| text).collect(), places)
    }
}

/// A table's rows as they come: numbers of key and second key, and values one behind the other.
#[derive(Default)]
struct Unsorted {
    keys: Vec<(u32, u32)>,
    values: Vec<i64>,
}

/// A row that sorts as its table does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row<const W: usize> {
    key: u64,
    values: [i64; W],
}

/// Writes a part from its blocks, one list for each table.
pub(super) fn gather(
    tables: &[Table],
    spill: &Spill,
    blocks: &[Vec<(u64, usize)>],
    path: &Path,
) -> Result<(), IntervalsError> {
    let bytes: Result<Vec<_>, _> = blocks.iter().map(|blocks| spill.read(blocks)).collect();
    let bytes = bytes?;
    let (mut keys, mut seconds) = (Names::default(), Names::default());
    let mut unsorted = Vec::new();
    for (table, bytes) in tables.iter().zip(&bytes) {
        let rows = take(table, bytes, &mut keys, &mut seconds);
        unsorted.push(rows.ok_or_else(|| IntervalsError::damaged(path, "its rows were changed"))?);
    }
    let ((keys, key_places), (seconds, second_places)) = (keys.in_order(), seconds.in_order());
    let mut part = PartWriter::default();
    part.texts(Section::KeyEnds, Section::KeyBytes, &keys);
    part.texts(Section::SecondEnds, Section::SecondBytes, &seconds);
    for (number, (table, mut rows)) in tables.iter().zip(unsorted).enumerate() {
        for (key, second) in &mut rows.keys {
            *key = key_places[*key as usize];
            *second = second_places.get(*second as usize).copied().unwrap_or_default();
        }
        let has_second = table.second.is_some();
        match table.values.len() {
            1 => put_in_order::<1>(&rows, number, has_second, keys.len(), &mut part),
            2 => put_in_order::<2>(&rows, number, has_second, keys.len(), &mut part),
            _ => put_in_order::<3>(&rows, number, has_second, keys.len(), &mut part),
        }
    }
    part.write(path)
}

fn take<'b>(
    table: &Table,
    bytes: &'b [u8],
    keys: &mut Names<'b>,
    seconds: &mut Names<'b>,
) -> Option<Unsorted> {
    let mut rows = Unsorted::default();
    let mut cursor = Cursor(bytes);
    while !cursor.0.is_empty() {
        let key = keys.number(cursor.text()?);
        let second = match table.second {
            Some(_) => seconds.number(cursor.text()?),
            None => 0,
        };
        rows.keys.push((key, second));
        for _ in table.values {
            rows.values.push(cursor.value()?);
        }
    }
    Some(rows)
}

fn put_in_order<const W: usize>(
    rows: &Unsorted,
    table: usize,
    has_second: bool,
    keys: usize,
    part: &mut PartWriter,
) {
    let row = |((key, second), values): (&(u32, u32), &[i64; W])| Row {
        key: u64::from(*key) << 32 | u64::from(*second),
        values: *values,
    };
    let mut rows: Vec<Row<W>> =
        rows.keys.iter().zip(rows.values.as_chunks::<W>().0).map(row).collect();
    rows.sort_unstable();
    let mut column = vec![0; keys];
    for row in &rows {
        column[(row.key >> 32) as usize] += 1;
    }
    part.column(Section::Counts(table), &column);
    if has_second {
        column.clear();
        column.extend(rows.iter().map(|row| i64::from(row.key as u32)));
        part.column(Section::Seconds(table), &column);
    }
    for value in 0..W {
        column.clear();
        column.extend(rows.iter().map(|row| row.values[value]));
        part.column(Section::Value(table, value), &column);
    }
}
