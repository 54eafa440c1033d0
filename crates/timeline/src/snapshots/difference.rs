//! Which lines of a text another one has not, and the other way round, counted with repetition.

use std::ops::Range;

use hashbrown::HashMap;
use memchr::{memchr, memrchr};

/// Lines, as ranges of bytes without the line feed. Every line of the texts ends with one.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// Of the old text.
    pub(super) gone: Vec<Range<usize>>,
    /// Of the new text.
    pub(super) came: Vec<Range<usize>>,
}

/// Lines looked ahead on either side to find where the texts go on alike.
const AHEAD: usize = 8;
/// Fruitless looks ahead that are always allowed,
const LOOKS: usize = 256;
/// and one more for so many bytes found alike. A listing in another order soon has used them up,
/// and the rest of it is compared by hash table.
const BYTES_A_LOOK: usize = 4096;

/// The lines that differ. In texts that mostly agree in order this compares bytes only.
pub(super) fn difference(old: &[u8], new: &[u8]) -> Difference {
    let mut found = Difference::default();
    let (mut o, mut n, mut looks, mut alike) = (0, 0, 0, 0);
    while o < old.len() && n < new.len() {
        let same = common(&old[o..], &new[n..]);
        // Back to the start of the line in which they part.
        let same = memrchr(b'\n', &old[o..o + same]).map_or(0, |at| at + 1);
        (o, n, alike) = (o + same, n + same, alike + same);
        if o == old.len() || n == new.len() || looks > LOOKS + alike / BYTES_A_LOOK {
            break;
        }
        let (gone, came) = (ahead(old, o), ahead(new, n));
        let (i, j) = meeting(old, new, &gone, &came).unwrap_or_else(|| {
            looks += 1;
            (1, 1)
        });
        found.gone.extend_from_slice(&gone[..i]);
        found.came.extend_from_slice(&came[..j]);
        o = after(o, &gone[..i]);
        n = after(n, &came[..j]);
    }
    found.gone.extend(lines(old, o));
    found.came.extend(lines(new, n));
    cancel(old, new, &mut found);
    found
}

/// Every line from a place on.
pub(super) fn lines(text: &[u8], mut at: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    std::iter::from_fn(move || {
        let length = memchr(b'\n', text.get(at..).filter(|rest| !rest.is_empty())?);
        let line = at..length.map_or(text.len(), |length| at + length);
        at = line.end + 1;
        Some(line)
    })
}

fn ahead(text: &[u8], at: usize) -> Vec<Range<usize>> {
    lines(text, at).take(AHEAD).collect()
}

fn after(at: usize, lines: &[Range<usize>]) -> usize {
    lines.last().map_or(at, |line| line.end + 1)
}

/// The nearest pair of equal lines.
fn meeting(
    old: &[u8],
    new: &[u8],
    gone: &[Range<usize>],
    came: &[Range<usize>],
) -> Option<(usize, usize)> {
    (1..gone.len() + came.len())
        .flat_map(|steps| (0..=steps).map(move |i| (i, steps - i)))
        .filter(|&(i, j)| i < gone.len() && j < came.len())
        .find(|&(i, j)| old[gone[i].clone()] == new[came[j].clone()])
}

/// How many bytes two texts begin alike.
fn common(a: &[u8], b: &[u8]) -> usize {
    const MANY: usize = 4096;
    const SOME: usize = 64;
    let most = a.len().min(b.len());
    let mut at = 0;
    for step in [MANY, SOME] {
        while at + step <= most && a[at..at + step] == b[at..at + step] {
            at += step;
        }
    }
    at + a[at..most].iter().zip(&b[at..most]).take_while(|(a, b)| a == b).count()
}

/// Takes away what only moved.
fn cancel(old: &[u8], new: &[u8], found: &mut Difference) {
    if found.gone.is_empty() || found.came.is_empty() {
        return;
    }
    let mut left: HashMap<&[u8], u32> = HashMap::with_capacity(found.gone.len());
    for line in &found.gone {
        *left.entry(&old[line.clone()]).or_default() += 1;
    }
    let mut take = |line: &[u8]| match left.get_mut(line) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    found.came.retain(|line| !take(&new[line.clone()]));
    found.gone.retain(|line| take(&old[line.clone()]));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn counted<'t>(lines: impl Iterator<Item = &'t [u8]>) -> BTreeMap<&'t [u8], i32> {
        let mut counts = BTreeMap::new();
        for line in lines {
            *counts.entry(line).or_default() += 1;
        }
        counts
    }

    fn text(lines: &[u8]) -> Vec<u8> {
        lines
            .iter()
            .flat_map(|l| format!("{}\n", "x".repeat(usize::from(*l))).into_bytes())
            .collect()
    }

    proptest! {
        /// Counted as a naive comparison counts.
        #[test]
        fn lines_are_counted(
            old in proptest::collection::vec(0_u8..40, 0..60),
            edits in proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..3, 0_u8..40), 0..20),
        ) {
            let mut new = old.clone();
            for (at, kind, line) in edits {
                let at = at.index(new.len() + 1);
                match kind {
                    0 => new.insert(at, line),
                    1 if at < new.len() => drop(new.remove(at)),
                    _ if at < new.len() => new.swap(0, at),
                    _ => {}
                }
            }
            let (old, new) = (text(&old), text(&new));
            let found = difference(&old, &new);
            let mut expected = counted(lines(&new, 0).map(|l| &new[l]));
            for line in lines(&old, 0) {
                *expected.entry(&old[line]).or_default() -= 1;
            }
            expected.retain(|_, count| *count != 0);
            let mut told = counted(found.came.iter().map(|l| &new[l.clone()]));
            for line in &found.gone {
                *told.entry(&old[line.clone()]).or_default() -= 1;
            }
            prop_assert_eq!(told, expected);
        }
    }

    /// A text in another order is compared as well, and nothing of it differs.
    #[test]
    fn another_order_is_no_difference() {
        let line = |n: usize| format!("line {}\n", n * 7919 % 10_007).into_bytes();
        let old: Vec<u8> = (0..10_007).flat_map(line).collect();
        let new: Vec<u8> = (0..10_007).rev().flat_map(line).collect();
        let found = difference(&old, &new);
        assert!(found.gone.is_empty() && found.came.is_empty());
    }

    #[test]
    fn one_line_in_a_long_text() {
        let line = |n: usize| format!("line {n}\n").into_bytes();
        let old: Vec<u8> = (0..10_000).flat_map(line).collect();
        let new: Vec<u8> = (0..10_000).filter(|n| *n != 4_321).flat_map(line).collect();
        let found = difference(&old, &new);
        assert!(found.came.is_empty());
        let [gone] = &found.gone[..] else { panic!("one line is gone: {:?}", found.gone) };
        assert_eq!(&old[gone.clone()], b"line 4321");
    }
}
