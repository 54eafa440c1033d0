//! Numbers as differences from the least, in as many bits as the largest difference needs.

/// Stands for nothing said.
pub(super) const NONE: u64 = u64::MAX;
/// Times are microseconds; most sources tell whole seconds or milliseconds.
const UNITS: [u64; 3] = [1_000_000, 1_000, 1];
/// Zero bytes that must follow packed numbers, so that the last one is read like the others.
pub(super) const PADDING: usize = 9;

/// How a column of a block is packed, and where its numbers begin.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packed {
    least: u64,
    unit: u64,
    /// Whether zero means nothing said, and all else is one more.
    sparse: bool,
    width: u32,
    start: usize,
}

/// Packs the numbers: how they are packed to one buffer, their bits to another.
pub(super) fn pack(values: &[u64], head: &mut Vec<u8>, bits: &mut Vec<u8>) {
    let said = || values.iter().copied().filter(|v| *v != NONE);
    let least = said().min().unwrap_or(0);
    let sparse = values.contains(&NONE);
    let whole = |unit: &usize| said().all(|v| (v - least).is_multiple_of(UNITS[*unit]));
    let unit = (0..UNITS.len()).find(whole).unwrap_or(UNITS.len() - 1);
    let code = |v: u64| match v {
        NONE => 0,
        v => (v - least) / UNITS[unit] + u64::from(sparse),
    };
    let most = values.iter().map(|v| code(*v)).max().unwrap_or(0);
    let width = u64::BITS - most.leading_zeros();
    head.push(u8::try_from(width).unwrap_or(64));
    head.push(u8::try_from(unit << 1).unwrap_or(0) | u8::from(sparse));
    put_varint(head, least);
    let (mut held, mut filled) = (0_u128, 0);
    for value in values {
        held |= u128::from(code(*value)) << filled;
        filled += width;
        while filled >= 8 {
            bits.push((held & 0xff) as u8);
            held >>= 8;
            filled -= 8;
        }
    }
    if filled > 0 {
        bits.push((held & 0xff) as u8);
    }
}

impl Packed {
    /// How the next column is packed; `start` is set when all are known.
    pub(super) fn parse(head: &mut &[u8]) -> Option<Self> {
        let ([width, flags], rest) = head.split_first_chunk::<2>()?;
        *head = rest;
        let least = get_varint(head)?;
        let unit = *UNITS.get(usize::from(flags >> 1))?;
        let width = u32::from(*width);
        (width <= 64).then_some(Self { least, unit, sparse: flags & 1 == 1, width, start: 0 })
    }

    /// Sets where the numbers begin; gives where they end.
    pub(super) fn begin(&mut self, start: usize, rows: usize) -> usize {
        self.start = start;
        start + (rows * self.width as usize).div_ceil(8)
    }

    /// The number of a row. The bytes must go on for [`PADDING`] after the last.
    #[inline]
    pub(super) fn get(&self, bytes: &[u8], row: usize) -> u64 {
        let code = if self.width == 0 { 0 } else { self.code(bytes, row) };
        if self.sparse && code == 0 {
            return NONE;
        }
        let steps = code - u64::from(self.sparse);
        self.least.wrapping_add(steps.wrapping_mul(self.unit))
    }

    #[inline]
    fn code(&self, bytes: &[u8], row: usize) -> u64 {
        let bit = row * self.width as usize;
        let at = self.start + bit / 8;
        let shift = (bit % 8) as u32;
        let Some((word, rest)) = bytes.get(at..).and_then(|b| b.split_first_chunk::<8>()) else {
            return 0;
        };
        let mut code = u64::from_le_bytes(*word) >> shift;
        if shift + self.width > 64 {
            code |= rest.first().map_or(0, |byte| u64::from(*byte) << (64 - shift));
        }
        code & (u64::MAX >> (64 - self.width))
    }
}

/// LEB128, as in DWARF.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn get_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            values in proptest::collection::vec(prop_oneof![
                3 => 0_u64..1000, 1 => any::<u64>(), 1 => Just(NONE),
                1 => (0_u64..1000).prop_map(|v| v * 1_000_000),
            ], 0..80),
        ) {
            let (mut head, mut bits) = (Vec::new(), Vec::new());
            pack(&values, &mut head, &mut bits);
            let mut rest = &head[..];
            let mut packed = Packed::parse(&mut rest).unwrap();
            prop_assert!(rest.is_empty());
            prop_assert_eq!(packed.begin(0, values.len()), bits.len());
            bits.extend([0; PADDING]);
            for (row, value) in values.iter().enumerate() {
                prop_assert_eq!(packed.get(&bits, row), *value);
            }
        }
    }

    #[test]
    fn what_never_changes_takes_no_room() {
        let (mut head, mut bits) = (Vec::new(), Vec::new());
        pack(&[7; 100], &mut head, &mut bits);
        assert_eq!((head.len(), bits.len()), (3, 0));
    }
}
