//! Some versions of one key, by column.

use tenure_model::ids::Seq;
use tenure_model::{Held, Timestamp, Validity};

use super::packed::{NONE, PADDING, Packed, get_varint, pack, put_varint};

/// Versions in a block, at most.
pub(super) const ROWS: usize = 256;

/// The columns in their order in a block. `Lead` is from `from_lo` to `from_hi`, `Tail` from `to_lo`
/// to `to_hi`, or from `from_hi` to `to_lo` where there is no `to_hi`; of pinned ends both are zero,
/// which takes no room.
pub(super) const COLUMNS: usize = 8;
const OTHER: usize = 0;
const VIA: usize = 1;
const FROM_HI: usize = 2;
const LEAD: usize = 3;
const TO_HI: usize = 4;
const TAIL: usize = 5;
const TX_FROM: usize = 6;
const TX_TO: usize = 7;

/// One version as numbers, in the order of the columns.
pub(super) type Numbers = [u64; COLUMNS];

/// The numbers of a version.
pub(super) fn numbers(
    other: u32,
    via: Option<u32>,
    v: &Validity,
    tx: (Seq, Option<Seq>),
) -> Numbers {
    let tail = v.to_lo.map(|lo| match v.to_hi {
        Some(hi) => biased(hi).wrapping_sub(biased(lo)),
        None => biased(lo).wrapping_sub(biased(v.from_hi)),
    });
    let lead = v.from_lo.map(|lo| biased(v.from_hi).wrapping_sub(biased(lo)));
    [
        u64::from(other),
        via.map_or(NONE, u64::from),
        biased(v.from_hi),
        lead.unwrap_or(NONE),
        v.to_hi.map_or(NONE, biased),
        tail.unwrap_or(NONE),
        tx.0.0,
        tx.1.map_or(NONE, |seq| seq.0),
    ]
}

fn validity(n: [u64; 4]) -> Validity {
    let [from_hi, lead, to_hi, tail] = n;
    let some = |n: u64| (n != NONE).then_some(n);
    Validity {
        from_lo: some(lead).map(|lead| time(from_hi.wrapping_sub(lead))),
        from_hi: time(from_hi),
        to_hi: some(to_hi).map(time),
        to_lo: some(tail).map(|tail| match some(to_hi) {
            Some(hi) => time(hi.wrapping_sub(tail)),
            None => time(from_hi.wrapping_add(tail)),
        }),
    }
}

/// Microseconds in the order of unsigned numbers.
fn biased(at: Timestamp) -> u64 {
    at.micros().cast_unsigned() ^ (1 << 63)
}

fn time(biased: u64) -> Timestamp {
    Timestamp::from_micros((biased ^ (1 << 63)).cast_signed())
}

/// Between which instants a version can answer: from the first to before the second.
pub(super) fn span(n: &Numbers) -> (i64, i64) {
    let lo = if n[LEAD] == NONE { 0 } else { n[FROM_HI].wrapping_sub(n[LEAD]).min(n[FROM_HI]) };
    (time(lo).micros(), time(n[TO_HI]).micros())
}

/// Writes a block.
pub(super) fn write(rows: &[Numbers], out: &mut Vec<u8>) {
    put_varint(out, rows.len() as u64);
    let mut bits = Vec::new();
    for column in 0..COLUMNS {
        let values: Vec<u64> = rows.iter().map(|row| row[column]).collect();
        pack(&values, out, &mut bits);
    }
    out.extend(bits);
}

/// A version that answers, by numbers.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) other: u32,
    pub(super) via: Option<u32>,
    pub(super) held: Held,
    pub(super) validity: Validity,
}

/// A block that is read.
#[derive(Debug)]
pub(super) struct Block<'b> {
    bytes: &'b [u8],
    rows: usize,
    columns: [Packed; COLUMNS],
}

impl<'b> Block<'b> {
    /// The block at the start of the bytes, of which it takes so many; `None` when it is damaged.
    pub(super) fn parse(bytes: &'b [u8], length: usize) -> Option<Self> {
        let mut head = bytes.get(..length)?;
        bytes.get(..length + PADDING)?;
        let rows = usize::try_from(get_varint(&mut head)?).ok().filter(|rows| *rows <= ROWS)?;
        let mut columns = [Packed::default(); COLUMNS];
        for column in &mut columns {
            *column = Packed::parse(&mut head)?;
        }
        let mut at = length - head.len();
        for column in &mut columns {
            at = column.begin(at, rows);
        }
        (at == length).then_some(Self { bytes, rows, columns })
    }

    /// Adds the versions held, or perhaps held, at the instant, as known at the index.
    pub(super) fn held_at(&self, at: Timestamp, known_at: Seq, found: &mut Vec<Found>) {
        let get = |column: usize, row: usize| self.columns[column].get(self.bytes, row);
        for row in 0..self.rows {
            // `NONE` is later than any instant.
            let to_hi = get(TO_HI, row);
            if to_hi <= biased(at) {
                continue;
            }
            let times = [get(FROM_HI, row), get(LEAD, row), to_hi, get(TAIL, row)];
            let validity = validity(times);
            let held = validity.held_at(at);
            let known = get(TX_FROM, row) <= known_at.0 && get(TX_TO, row) > known_at.0;
            if held != Held::No && known {
                let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
                let via = Some(get(VIA, row)).filter(|via| *via != NONE).map(number);
                found.push(Found { other: number(get(OTHER, row)), via, held, validity });
            }
        }
    }
}
