//! Finds the parts of a record without parsing it: what is not asked for is stepped over, sixteen
//! or sixty-four bytes at a time.
//!
//! Nothing here judges. Whatever is not plainly well formed ends the scan with `None`, and the
//! careful reader takes over from the same place; it says what is wrong. What is stepped over is
//! checked for balanced brackets and closed strings only.

use wide::u8x16;

/// A place in the text of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// Whether the last string had escapes.
    escapes: bool,
    /// Whether the name of a member had some, so that it may be another than it looks.
    escaped_name: bool,
    /// Whether a text among the members of the last object had some.
    escaped_text: bool,
}

const QUOTE: u8x16 = u8x16::splat(b'"');
const BACKSLASH: u8x16 = u8x16::splat(b'\\');
/// `{` and `[` differ in this bit alone, as do `}` and `]`.
const CURLY: u8x16 = u8x16::splat(0x20);
const OPEN: u8x16 = u8x16::splat(b'{');
const CLOSE: u8x16 = u8x16::splat(b'}');
/// Those that close have this bit, those that open do not.
const CLOSES: u8 = 0x04;

impl<'a> Scan<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0, escapes: false, escaped_name: false, escaped_text: false }
    }

    /// Whether the name of a member had escapes.
    pub(super) const fn escaped_name(&self) -> bool {
        self.escaped_name
    }

    /// Whether a text among the members of the last object had escapes; texts in objects and
    /// arrays within it do not count.
    pub(super) const fn escaped_text(&self) -> bool {
        self.escaped_text
    }

    /// Bytes stepped over so far.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Steps over this byte and the space before it.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// The next byte that is no space.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    /// Steps over an object and hands over its members, names and values as written. Gives the
    /// object.
    #[inline]
    pub(super) fn object(&mut self, member: impl FnMut(&'a str, &'a str)) -> Option<&'a str> {
        self.members(Self::name, member)
    }

    /// As [`Self::object`], with names as `name` takes them, which steps over each with its colon.
    #[inline]
    pub(super) fn members<N>(
        &mut self,
        mut name: impl FnMut(&mut Self) -> Option<N>,
        mut member: impl FnMut(N, &'a str),
    ) -> Option<&'a str> {
        self.peek()?;
        let from = self.at;
        self.take(b'{')?;
        self.escaped_text = false;
        if self.peek()? == b'}' {
            self.at += 1;
            return self.text.get(from..self.at);
        }
        loop {
            let name = name(self)?;
            self.escapes = false;
            let value = self.value()?;
            self.escaped_text |= self.escapes;
            member(name, value);
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return self.text.get(from..self.at);
                }
                _ => return None,
            }
        }
    }

    /// Steps over the name of a member and the colon behind it; gives the name as written.
    #[inline]
    pub(super) fn name(&mut self) -> Option<&'a str> {
        if self.peek()? != b'"' {
            return None;
        }
        let name = self.string()?;
        self.escaped_name |= self.escapes;
        self.take(b':')?;
        name.get(1..name.len() - 1)
    }

    /// The next bytes, spaces included, where there are so many.
    #[inline]
    pub(super) fn ahead<const N: usize>(&self) -> Option<&'a [u8; N]> {
        self.text.as_bytes().get(self.at..)?.first_chunk()
    }

    /// Steps over what was looked at [ahead](Self::ahead).
    #[inline]
    pub(super) fn step(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// What was stepped over since.
    pub(super) fn since(&self, from: usize) -> &'a [u8] {
        &self.text.as_bytes()[from..self.at]
    }

    /// Steps over a value of any kind, and gives it as written.
    #[inline]
    pub(super) fn value(&mut self) -> Option<&'a str> {
        match self.peek()? {
            b'"' => self.string(),
            b'{' | b'[' => self.container(),
            _ => self.scalar(),
        }
    }

    fn scalar(&mut self) -> Option<&'a str> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
        let length = rest.iter().position(end)?;
        let scalar = self.text.get(self.at..self.at + length)?;
        self.at += length;
        let known = matches!(scalar, "null" | "true" | "false");
        (known || is_number(scalar.as_bytes())).then_some(scalar)
    }

    /// A string with its quotes, as written.
    #[inline]
    fn string(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let from = self.at;
        let mut at = from + 1;
        self.escapes = false;
        loop {
            let stop = match bytes.get(at..at + 16) {
                Some(block) => {
                    let block = u8x16::new(block.try_into().ok()?);
                    let hits = (block.simd_eq(QUOTE) | block.simd_eq(BACKSLASH)).to_bitmask();
                    if hits == 0 {
                        at += 16;
                        continue;
                    }
                    at + hits.trailing_zeros() as usize
                }
                None => at + bytes.get(at..)?.iter().position(|b| matches!(b, b'"' | b'\\'))?,
            };
            if bytes[stop] == b'"' {
                self.at = stop + 1;
                return self.text.get(from..self.at);
            }
            self.escapes = true;
            at = stop + 2; // What is escaped is no end.
        }
    }

    /// An object or array, by counting brackets outside of strings.
    #[inline(never)]
    fn container(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let from = self.at;
        let (mut at, mut depth) = (from, 0_u32);
        let mut state = Strings::default();
        loop {
            let block = Block::load(bytes, at)?;
            // One after another: there are few, and counting bits takes longer.
            let mut brackets = block.brackets & !state.inside(&block);
            while brackets != 0 {
                let bracket = at + brackets.trailing_zeros() as usize;
                if bytes[bracket] & CLOSES == 0 {
                    depth += 1;
                } else if depth > 1 {
                    depth -= 1;
                } else {
                    self.at = bracket + 1;
                    return self.text.get(from..self.at);
                }
                brackets &= brackets - 1;
            }
            at += 64;
        }
    }
}

/// Marks of sixty-four bytes, the first in the lowest bit.
struct Block {
    quotes: u64,
    backslashes: u64,
    brackets: u64,
}

impl Block {
    /// The bytes from `at` on; behind the end, zeros. `None` when there is none.
    #[inline]
    fn load(bytes: &[u8], at: usize) -> Option<Self> {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        match rest.first_chunk::<64>() {
            Some(block) => Some(Self::of(block)),
            None => {
                let mut block = [0; 64];
                block[..rest.len()].copy_from_slice(rest);
                Some(Self::of(&block))
            }
        }
    }

    #[inline]
    fn of(bytes: &[u8; 64]) -> Self {
        let mut block = Self { quotes: 0, backslashes: 0, brackets: 0 };
        let mut backslashes = u8x16::splat(0);
        for (index, part) in bytes.as_chunks::<16>().0.iter().enumerate() {
            let part = u8x16::new(*part);
            let curly = part | CURLY;
            block.quotes |= marks(part.simd_eq(QUOTE), index);
            block.brackets |= marks(curly.simd_eq(OPEN) | curly.simd_eq(CLOSE), index);
            backslashes |= part.simd_eq(BACKSLASH);
        }
        if backslashes.to_bitmask() != 0 {
            block.backslashes = backslashes_of(bytes);
        }
        block
    }
}

/// The marks of a part among those of its block.
#[inline]
fn marks(hits: u8x16, part: usize) -> u64 {
    u64::from(hits.to_bitmask()) << (part * 16)
}

/// Few blocks have any.
#[cold]
fn backslashes_of(bytes: &[u8; 64]) -> u64 {
    let parts = bytes.as_chunks::<16>().0.iter().enumerate();
    parts.fold(0, |all, (index, part)| all | marks(u8x16::new(*part).simd_eq(BACKSLASH), index))
}

/// What the blocks so far leave open.
#[derive(Default)]
struct Strings {
    /// All ones inside a string.
    inside: u64,
    /// One when the last byte escapes the next.
    escape: u64,
}

impl Strings {
    /// Which bytes lie inside strings; an opening quote does, a closing one does not.
    #[inline]
    fn inside(&mut self, block: &Block) -> u64 {
        let quotes = block.quotes & !self.escaped(block.backslashes);
        let inside = parity(quotes) ^ self.inside;
        self.inside = (inside.cast_signed() >> 63).cast_unsigned();
        inside
    }

    /// Which bytes are escaped: those behind an odd number of backslashes in a row.
    #[inline]
    fn escaped(&mut self, backslashes: u64) -> u64 {
        if backslashes == 0 {
            return std::mem::take(&mut self.escape);
        }
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let backslashes = backslashes & !self.escape;
        let follows = backslashes << 1 | self.escape;
        let odd_starts = backslashes & !EVEN & !follows;
        let (ends, overflow) = odd_starts.overflowing_add(backslashes);
        self.escape = u64::from(overflow);
        (EVEN ^ (ends << 1)) & follows
    }
}

/// For each bit, whether an odd number of bits is set up to it.
const fn parity(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ bits << 32
}

/// RFC 8259, section 6, but for leading zeros, which change nothing.
fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    digits.first().is_some_and(u8::is_ascii_digit)
        && digits.last().is_some_and(u8::is_ascii_digit)
        && digits
            .iter()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z\\\\\"{}\\[\\],: é\u{1}]{0,90}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 80, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map("[a-z\\\\\"{}]{0,20}", inner, 0..8)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_is_stepped_over_exactly(value in json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.expect("it is JSON");
            let with_more = format!("  {text},\"more\":[1]}}");
            let mut scan = Scan::new(&with_more);
            prop_assert_eq!(scan.value(), Some(text.as_str()));
            prop_assert_eq!(scan.at(), 2 + text.len());
        }

        #[test]
        fn members_are_those_that_a_parser_finds(value in json()) {
            let Value::Object(map) = &value else { return Ok(()) };
            let text = serde_json::to_string(&value).expect("it is JSON");
            let mut found = Vec::new();
            let whole = Scan::new(&text).object(|key, value| found.push((key, value)));
            prop_assert_eq!(whole, Some(text.as_str()));
            let parsed: Vec<(String, Value)> = found
                .into_iter()
                .map(|(key, value)| {
                    let key = serde_json::from_str(&format!("\"{key}\"")).expect("a key");
                    (key, serde_json::from_str(value).expect("a value"))
                })
                .collect();
            let expected: Vec<_> = map.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
            prop_assert_eq!(parsed, expected);
        }

        #[test]
        fn nothing_panics(text in "[{}\\[\\]\",:\\\\a1 é]{0,200}") {
            let mut scan = Scan::new(&text);
            while scan.value().is_some() {}
            let _ = Scan::new(&text).object(|_, _| {});
        }
    }

    #[test]
    fn what_is_cut_off_is_not_given() {
        for text in ["", "{", "{\"a\":", "[1,2", "\"a", "\"a\\\"", "{\"a\":[}", "tru", "nul,", "-,"]
        {
            assert_eq!(Scan::new(text).value(), None, "{text}");
        }
    }
}
