//! A column of whole numbers as bytes: blocks of a base, a common divisor, and what remains in as
//! few bytes as the largest needs. Nothing is compressed further, so reading costs a copy.
//!
//! A block: base (8 bytes), divisor (8), width of a value in bytes (1), whether zero stands for
//! [`OPEN`] (1), then the values. Numbers are little-endian; a block has [`BLOCK`] values, the last
//! fewer.

use super::ops::OPEN;

const BLOCK: usize = 4096;
const HEAD: usize = 18;

/// Appends a column.
pub(super) fn encode(values: &[i64], out: &mut Vec<u8>) {
    for block in values.chunks(BLOCK) {
        encode_block(block, out);
    }
}

fn encode_block(values: &[i64], out: &mut Vec<u8>) {
    let known = || values.iter().copied().filter(|v| *v != OPEN);
    let (base, most) = (known().min().unwrap_or(0), known().max().unwrap_or(0));
    let open = values.contains(&OPEN);
    // Distances fit into 64 bits without a sign, and one more number stands for "open".
    let far = |value: i64| value.wrapping_sub(base).cast_unsigned();
    let divisor = known().map(far).fold(0, common_divisor).max(1);
    let code = |value: i64| match value {
        OPEN if open => 0,
        value => far(value) / divisor + u64::from(open),
    };
    let width = (64 - code(most).leading_zeros()).div_ceil(8).min(8);
    out.extend_from_slice(&base.to_le_bytes());
    out.extend_from_slice(&divisor.to_le_bytes());
    out.extend_from_slice(&[u8::try_from(width).unwrap_or(8), u8::from(open)]);
    for value in values {
        out.extend_from_slice(&code(*value).to_le_bytes()[..width as usize]);
    }
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Reads a column of `rows` values into a buffer, which is cleared first. `None` when the bytes are
/// not such a column.
pub(super) fn decode(mut bytes: &[u8], rows: usize, values: &mut Vec<i64>) -> Option<()> {
    values.clear();
    // A block has a head, so no claim makes the buffer larger than the bytes allow.
    if rows.div_ceil(BLOCK) > bytes.len() / HEAD {
        return (rows == 0 && bytes.is_empty()).then_some(());
    }
    values.reserve(rows);
    while values.len() < rows {
        let count = (rows - values.len()).min(BLOCK);
        let (head, rest) = bytes.split_at_checked(HEAD)?;
        let (width, open) = (usize::from(head[16]), head[17] == 1);
        let (block, rest) = rest.split_at_checked(width.checked_mul(count)?)?;
        let base = i64::from_le_bytes(head[..8].try_into().ok()?);
        let divisor = i64::from_le_bytes(head[8..16].try_into().ok()?);
        let scale = |code: u64| base.wrapping_add(code.cast_signed().wrapping_mul(divisor));
        let value = |code: u64| match code {
            0 if open => OPEN,
            code => scale(code - u64::from(open)),
        };
        match (width, open) {
            (0, _) => values.extend(std::iter::repeat_n(value(0), count)),
            (1, false) => values.extend(codes::<1>(block).map(scale)),
            (2, false) => values.extend(codes::<2>(block).map(scale)),
            (3, false) => values.extend(codes::<3>(block).map(scale)),
            (4, false) => values.extend(codes::<4>(block).map(scale)),
            (1, true) => values.extend(codes::<1>(block).map(value)),
            (2, true) => values.extend(codes::<2>(block).map(value)),
            (3, true) => values.extend(codes::<3>(block).map(value)),
            (4, true) => values.extend(codes::<4>(block).map(value)),
            (5, _) => values.extend(codes::<5>(block).map(value)),
            (6, _) => values.extend(codes::<6>(block).map(value)),
            (7, _) => values.extend(codes::<7>(block).map(value)),
            (8, _) => values.extend(codes::<8>(block).map(value)),
            _ => return None,
        }
        bytes = rest;
    }
    bytes.is_empty().then_some(())
}

/// Numbers of `W` bytes each.
fn codes<const W: usize>(block: &[u8]) -> impl Iterator<Item = u64> {
    block.as_chunks::<W>().0.iter().map(|chunk| {
        let mut code = [0; 8];
        code[..W].copy_from_slice(chunk);
        u64::from_le_bytes(code)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = i64> {
        let days = (0_i64..400).prop_map(|n| n * 86_400_000_000);
        prop_oneof![any::<i64>(), days, 0_i64..9, Just(OPEN), Just(i64::MIN), Just(OPEN - 1)]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(values in proptest::collection::vec(value(), 0..9), times in 1..2_000_usize) {
            let values = values.repeat(times);
            let (mut bytes, mut read) = (Vec::new(), vec![1, 2]);
            encode(&values, &mut bytes);
            prop_assert_eq!(decode(&bytes, values.len(), &mut read), Some(()));
            prop_assert_eq!(&read, &values);
            let cut = bytes.len().saturating_sub(1);
            prop_assert_eq!(decode(&bytes[..cut], values.len(), &mut read).is_some(), values.is_empty());
        }

        #[test]
        fn other_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200), rows in any::<usize>()) {
            let mut read = Vec::new();
            prop_assert!(decode(&bytes, rows, &mut read).is_none() || read.len() == rows);
            prop_assert!(read.capacity() <= (bytes.len() / HEAD + 1) * BLOCK);
        }
    }

    #[test]
    fn instants_of_whole_seconds_take_four_bytes() {
        let values: Vec<i64> = (0..BLOCK as i64).map(|n| (n * 7_001 + 3) * 1_000_000).collect();
        let mut bytes = Vec::new();
        encode(&values, &mut bytes);
        assert!(bytes.len() <= HEAD + 4 * BLOCK, "{}", bytes.len());
    }
}
