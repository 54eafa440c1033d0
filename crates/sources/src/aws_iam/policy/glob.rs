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
