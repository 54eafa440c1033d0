//! How values lie in a page (Parquet format, "Encodings").

/// Differences are packed in blocks of so many, a fourth of a block with one width.
const BLOCK: usize = 128;
const PART: usize = BLOCK / 4;

/// The bits that a number takes.
pub(super) const fn width(number: u64) -> u32 {
    u64::BITS - number.leading_zeros()
}

/// Numbers of so many bits, at most 32, as runs of one value and packed groups of eight values
/// ("Run Length Encoding / Bit-Packing Hybrid").
pub(super) fn hybrid(width: u32, values: &[u32], out: &mut Vec<u8>) {
    // A run ends the packed groups before it, and costs headers and the value.
    let worth = 8.max(64 / width.max(1)) as usize;
    let (mut written, mut at) = (0, 0);
    while let Some(value) = values.get(at) {
        // Most values begin no run. Within one that is too short none begins either: as many values
        // as the run is shorter, fewer are lent.
        if values.get(at + 7) != Some(value) {
            at += 1;
            continue;
        }
        let run = values[at..].iter().take_while(|next| *next == value).count();
        // Groups are whole unless they are the last.
        let lent = (at - written).next_multiple_of(8) - (at - written);
        if run >= lent + worth {
            groups(width, &values[written..at + lent], out);
            same(width, *value, run - lent, out);
            written = at + run;
        }
        at += run;
    }
    groups(width, &values[written..], out);
}

/// One value, so many times.
pub(super) fn same(width: u32, value: u32, times: usize, out: &mut Vec<u8>) {
    varint((times as u64) << 1, out);
    out.extend_from_slice(&value.to_le_bytes()[..width.div_ceil(8) as usize]);
}

fn groups(width: u32, values: &[u32], out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    let groups = values.len().div_ceil(8);
    varint((groups as u64) << 1 | 1, out);
    if width <= 16 {
        // Eight values are as many bytes as a value has bits.
        out.reserve(groups * width as usize);
        for eight in values.chunks(8) {
            let all = eight.iter().rev().fold(0, |all, value| all << width | u128::from(*value));
            out.extend_from_slice(&all.to_le_bytes()[..width as usize]);
        }
        return;
    }
    pack(width, values.iter().map(|value| u64::from(*value)), groups * 8, out);
}

/// Numbers as packed differences ("Delta Encoding").
pub(super) fn delta<T: Copy + Into<i64>>(values: &[T], out: &mut Vec<u8>) {
    varint(BLOCK as u64, out);
    varint((BLOCK / PART) as u64, out);
    varint(values.len() as u64, out);
    zigzag(values.first().map_or(0, |value| (*value).into()), out);
    let mut differences = [0_i64; BLOCK];
    for at in (1..values.len()).step_by(BLOCK) {
        let pairs = values[at - 1..].windows(2).zip(&mut differences);
        let count =
            pairs.map(|(pair, to)| *to = pair[1].into().wrapping_sub(pair[0].into())).count();
        block(&differences[..count], out);
    }
}

fn block(differences: &[i64], out: &mut Vec<u8>) {
    let least = differences.iter().copied().min().unwrap_or_default();
    let above = |difference: &i64| difference.wrapping_sub(least).cast_unsigned();
    let mut widths = [0; BLOCK / PART];
    for (part, to) in differences.chunks(PART).zip(&mut widths) {
        *to = width(part.iter().map(above).fold(0, |all, one| all | one));
    }
    zigzag(least, out);
    out.extend(widths.map(|width| width as u8));
    for (part, width) in differences.chunks(PART).zip(widths) {
        pack(width, part.iter().map(above), PART, out);
    }
}

/// One bit each ("Plain", of booleans).
pub(super) fn bits(values: impl ExactSizeIterator<Item = bool>, out: &mut Vec<u8>) {
    let count = values.len();
    pack(1, values.map(u64::from), count, out);
}

/// Numbers of so many bits, lowest bit first, and zeros up to a count.
fn pack(width: u32, values: impl Iterator<Item = u64>, count: usize, out: &mut Vec<u8>) {
    if width == 0 {
        return;
    }
    let end = out.len() + (count * width as usize).div_ceil(8);
    let (mut buffer, mut filled) = (0_u128, 0);
    for value in values {
        buffer |= u128::from(value) << filled;
        filled += width;
        if filled >= u64::BITS {
            out.extend_from_slice(&(buffer as u64).to_le_bytes());
            buffer >>= u64::BITS;
            filled -= u64::BITS;
        }
    }
    out.extend_from_slice(&buffer.to_le_bytes()[..filled.div_ceil(8) as usize]);
    out.resize(end, 0);
}

fn zigzag(value: i64, out: &mut Vec<u8>) {
    varint((value << 1 ^ value >> 63).cast_unsigned(), out);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Eight at once are packed as one after another.
        #[test]
        fn groups_are_packed(width in 0..=32_u32, values in proptest::collection::vec(any::<u32>(), 1..70)) {
            let mask = u32::try_from((1_u64 << width) - 1).unwrap();
            let values: Vec<u32> = values.into_iter().map(|value| value & mask).collect();
            let (mut fast, mut slow) = (Vec::new(), Vec::new());
            groups(width, &values, &mut fast);
            let count = values.len().next_multiple_of(8);
            varint((count as u64 / 8) << 1 | 1, &mut slow);
            pack(width, values.iter().map(|value| u64::from(*value)), count, &mut slow);
            prop_assert_eq!(fast, slow);
        }
    }
}
