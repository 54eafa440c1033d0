//! Ids of events: nearly always UUIDs, which take 16 bytes instead of 36.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{TextId, Texts};

/// An event's id. The default says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct EventId {
    /// High and low half: as one number they would make every row larger.
    uuid: (u64, u64),
    /// The whole text, when it is no UUID in its usual spelling.
    text: TextId,
}

/// Where the dashes of a UUID stand (RFC 9562, section 4).
const DASHES: [usize; 4] = [8, 13, 18, 23];
const HEX: &[u8; 16] = b"0123456789abcdef";
/// Where its digits stand.
const DIGITS: [usize; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29,
    30, 31, 32, 33, 34, 35,
];
/// The digits of each byte.
const PAIRS: [[u8; 2]; 256] = {
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [HEX[byte >> 4], HEX[byte & 15]];
        byte += 1;
    }
    pairs
};

impl EventId {
    /// From its text; texts that are no UUID go to `texts`.
    #[inline]
    pub fn of(text: &str, texts: &mut Texts) -> Self {
        match uuid(text.as_bytes()) {
            Some(uuid) => Self { uuid, text: TextId::NONE },
            None => Self { uuid: (0, 0), text: texts.add(text) },
        }
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The text, as it was given.
    #[must_use]
    pub fn text(self, texts: &Texts) -> Option<Cow<'_, str>> {
        if self.is_none() {
            return None;
        }
        match texts.get(self.text) {
            Some(text) => Some(Cow::Borrowed(text)),
            None => {
                let text = spelled(self.uuid);
                let text = str::from_utf8(&text).expect("digits and dashes are ASCII");
                Some(Cow::Owned(text.to_owned()))
            }
        }
    }

    /// An order that depends on the texts alone.
    #[must_use]
    pub fn compare(self, other: Self, texts: &Texts) -> Ordering {
        self.uuid.cmp(&other.uuid).then_with(|| {
            if self.text == other.text {
                return Ordering::Equal;
            }
            texts.get(self.text).cmp(&texts.get(other.text))
        })
    }

    pub(super) fn with_text(self, mut text: impl FnMut(TextId) -> TextId) -> Self {
        Self { uuid: self.uuid, text: text(self.text) }
    }

    /// Its parts: the UUID, and the text when it is none.
    #[must_use]
    pub const fn parts(self) -> ((u64, u64), TextId) {
        (self.uuid, self.text)
    }

    /// From its parts.
    #[must_use]
    pub const fn from_parts(uuid: (u64, u64), text: TextId) -> Self {
        Self { uuid, text }
    }

    /// Adds the text to bytes; nothing when nothing is said.
    #[inline]
    pub fn write(self, texts: &Texts, out: &mut Vec<u8>) {
        match texts.get(self.text) {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None if self.is_none() => {}
            None => out.extend_from_slice(&spelled(self.uuid)),
        }
    }
}

/// A UUID in its usual spelling, lower case; any other spelling is another text. The nil UUID would
/// look like nothing said, so it stays a text.
fn uuid(text: &[u8]) -> Option<(u64, u64)> {
    let text: &[u8; 36] = text.try_into().ok()?;
    if DASHES.iter().any(|at| text[*at] != b'-') {
        return None;
    }
    let four = |at: usize| [text[at], text[at + 1], text[at + 2], text[at + 3]];
    let eight = |a, b| {
        let ([a, b, c, d], [e, f, g, h]) = (four(a), four(b));
        value([a, b, c, d, e, f, g, h])
    };
    let uuid = (eight(0, 4)? << 32 | eight(9, 14)?, eight(19, 24)? << 32 | eight(28, 32)?);
    (uuid != (0, 0)).then_some(uuid)
}

/// The value of eight digits, all at once.
#[inline]
fn value(digits: [u8; 8]) -> Option<u64> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let text = u64::from_be_bytes(digits);
    // In ASCII letters have bit 6, and "a" ends in 1.
    let values = (text & (0x0f * EACH)) + (text >> 6 & EACH) * 9;
    // Only digits are written as their values are.
    let letters = ((values + 6 * EACH) >> 4) & EACH;
    let written = values + u64::from(b'0') * EACH + letters * u64::from(b'a' - b'0' - 10);
    if written != text || values & (0xf0 * EACH) != 0 {
        return None;
    }
    let pairs = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    Some((fours | fours >> 16) & 0xffff_ffff)
}

fn spelled(uuid: (u64, u64)) -> [u8; 36] {
    let mut text = [b'-'; 36];
    for (half, digits) in [(uuid.0, &DIGITS[..16]), (uuid.1, &DIGITS[16..])] {
        for (byte, at) in half.to_be_bytes().iter().zip(digits.chunks(2)) {
            let pair = PAIRS[*byte as usize];
            (text[at[0]], text[at[1]]) = (pair[0], pair[1]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_text_comes_back(text in "[0-9a-fA-F-]{0,40}|[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|.{1,9}") {
            let mut texts = Texts::default();
            let id = EventId::of(&text, &mut texts);
            prop_assert_eq!(id.text(&texts).unwrap_or_default(), text);
        }
    }

    #[test]
    fn only_lower_case_digits_are_digits() {
        for byte in 0..=u8::MAX {
            let expected = HEX.iter().position(|digit| *digit == byte);
            for place in 0..8 {
                let mut digits = *b"0123abcf";
                digits[place] = byte;
                let by_the_library = || u64::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok();
                let expected = expected.and_then(|_| by_the_library());
                assert_eq!(value(digits), expected, "{byte} at {place}");
            }
        }
    }

    #[test]
    fn a_uuid_takes_no_text() {
        let mut texts = Texts::default();
        let id = EventId::of("70920324-b55f-377e-8f8f-69e0699bf589", &mut texts);
        assert_eq!(texts.len(), 0);
        assert!(!id.is_none());
        for other in
            ["70920324-B55F-377E-8F8F-69E0699BF589", "00000000-0000-0000-0000-000000000000"]
        {
            EventId::of(other, &mut texts);
        }
        assert_eq!(texts.len(), 2, "other spellings stay as they are");
    }
}
