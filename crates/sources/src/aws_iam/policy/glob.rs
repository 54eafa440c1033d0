//! Patterns of policies: `*` is any text, also none; `?` is any one character (IAM User Guide,
//! "IAM JSON policy elements: Resource"). A text without either is a pattern of itself.

/// Beyond this product of lengths two patterns are taken to overlap instead of being compared.
const COMPARED: usize = 1 << 22;

/// Whether all that `inner` matches, `outer` matches. Never says so wrongly; may miss it for
/// patterns that spell the same in two ways, such as `*?` and `?*`.
pub(super) fn covers(outer: &str, inner: &str) -> bool {
    let (outer, inner) = (outer.as_bytes(), inner.as_bytes());
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < inner.len() {
        match outer.get(at) {
            Some(b'*') => {
                star = Some((at + 1, from));
                at += 1;
            }
            Some(b'?') if inner[from] != b'*' => {
                // One character, whatever the number of its bytes.
                from += width(inner, from);
                at += 1;
            }
            Some(byte) if *byte == inner[from] && *byte != b'?' => {
                from += 1;
                at += 1;
            }
            _ => match star.as_mut() {
                Some((after, taken)) => {
                    *taken += 1;
                    (at, from) = (*after, *taken);
                }
                None => return false,
            },
        }
    }
    outer[at..].iter().all(|byte| *byte == b'*')
}

/// Bytes of the character that begins there, or of the rest of one.
fn width(text: &[u8], at: usize) -> usize {
    1 + text[at + 1..].iter().take_while(|byte| **byte & 0xC0 == 0x80).count()
}

/// Whether some text matches both patterns. May say so wrongly for `?` and characters outside
/// ASCII, and for patterns too long to compare; never misses it.
pub(super) fn overlap(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().saturating_mul(b.len()) > COMPARED || !(a.is_ascii() && b.is_ascii()) {
        return true;
    }
    // row[j]: the rest of `a` and the rest of `b` from `j` have a text in common.
    let mut row = vec![false; b.len() + 1];
    row[b.len()] = true;
    for j in (0..b.len()).rev() {
        row[j] = row[j + 1] && b[j] == b'*';
    }
    for &left in a.iter().rev() {
        let mut diagonal = row[b.len()];
        row[b.len()] = diagonal && left == b'*';
        for j in (0..b.len()).rev() {
            let below = row[j];
            row[j] = match (left, b[j]) {
                (b'*', _) | (_, b'*') => below || row[j + 1],
                (b'?', _) | (_, b'?') => diagonal,
                (x, y) => x == y && diagonal,
            };
            diagonal = below;
        }
    }
    row[0]
}

/// Whether the pattern matches every text.
pub(super) fn is_any(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*')
}

/// The text before the first `*` or `?`.
pub(super) fn literal_prefix(pattern: &str) -> &str {
    pattern.split(['*', '?']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether a pattern matches a text, by trying everything.
    fn matches(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), None) => matches(rest, text),
            (Some((b'*', rest)), Some((_, tail))) => matches(rest, text) || matches(pattern, tail),
            (Some((b'?', rest)), Some((_, tail))) => matches(rest, tail),
            (Some((a, rest)), Some((b, tail))) => a == b && matches(rest, tail),
            _ => false,
        }
    }

    /// All texts of `a` and `b` up to a length.
    fn texts(length: usize) -> Vec<Vec<u8>> {
        let mut all = vec![Vec::new()];
        let mut last = all.clone();
        for _ in 0..length {
            last = last
                .iter()
                .flat_map(|text| [b'a', b'b'].map(|byte| [&text[..], &[byte]].concat()))
                .collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    proptest! {
        #[test]
        fn a_text_is_covered_when_it_matches(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            let expected = matches(pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(covers(&pattern, &text), expected);
            prop_assert_eq!(overlap(&pattern, &text), expected);
            prop_assert_eq!(overlap(&text, &pattern), expected);
        }

        /// Two patterns overlap when a text matches both; one no longer than both together then does.
        #[test]
        fn patterns_overlap_when_a_text_matches_both(a in "[ab*?]{0,3}", b in "[ab*?]{0,3}") {
            let both = |text: &Vec<u8>| matches(a.as_bytes(), text) && matches(b.as_bytes(), text);
            prop_assert_eq!(overlap(&a, &b), texts(6).iter().any(both));
        }

        #[test]
        fn what_is_covered_is_matched(outer in "[ab*?]{0,5}", inner in "[ab*?]{0,4}") {
            if covers(&outer, &inner) {
                let missed = |text: &Vec<u8>| {
                    matches(inner.as_bytes(), text) && !matches(outer.as_bytes(), text)
                };
                prop_assert!(!texts(6).iter().any(missed));
            }
            prop_assert!(covers("*", &inner) && covers(&inner, &inner));
        }

        #[test]
        fn any_text_is_compared(a in ".{0,20}", b in ".{0,20}") {
            let _ = covers(&a, &b);
            prop_assert!(overlap(&a, &a) && overlap(&a, "*"));
        }
    }

    #[test]
    fn a_character_is_one_whatever_its_bytes() {
        assert!(covers("a?c", "a\u{e9}c"));
        assert!(!covers("a??c", "a\u{e9}c"));
    }
}
