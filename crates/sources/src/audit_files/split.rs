//! Cuts bytes into JSON values: one on each line, several on one, or one over many lines.

use serde::Deserialize as _;
use serde_json::value::RawValue;
use serde_json::{Deserializer, Value};

/// The values of some bytes, each with where it stands.
pub(crate) struct Split<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bytes that may still be read in vain for values over many lines that never end.
    in_vain: usize,
}

/// A part of the bytes: a value, or a line that is none.
pub(crate) struct Part<'a> {
    pub(crate) raw: &'a [u8],
    /// The value, or what is wrong, for people.
    pub(crate) value: Result<Value, String>,
    /// Where the part begins.
    pub(crate) from: usize,
}

impl<'a> Split<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, in_vain: bytes.len().saturating_mul(8) }
    }

    /// The value that begins here, over many lines or with others on one.
    fn one(&mut self, rest: &[u8]) -> Result<(usize, Value), String> {
        if self.in_vain < rest.len() {
            return Err("it is no JSON".to_owned());
        }
        let found = one(rest);
        if found.is_err() {
            self.in_vain -= rest.len();
        }
        found
    }
}

impl<'a> Iterator for Split<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let rest = &self.bytes[self.at..];
        let from = self.at + rest.iter().position(|b| !b.is_ascii_whitespace())?;
        let rest = &self.bytes[from..];
        let line = match memchr::memchr(b'\n', rest) {
            Some(end) => &rest[..end],
            None => rest,
        };
        let part = |raw, value| Some(Part { raw, value, from });
        if let Ok(value) = serde_json::from_slice(line) {
            self.at = from + line.len();
            return part(trimmed(line), Ok(value));
        }
        // A value over many lines, or several on this one; what is none costs its line only.
        match self.one(rest) {
            Ok((length, value)) => {
                self.at = from + length;
                part(&rest[..length], Ok(value))
            }
            Err(cause) => {
                self.at = from + line.len();
                part(trimmed(line), Err(cause))
            }
        }
    }
}

/// The first value of the bytes and how many of them it takes.
fn one(bytes: &[u8]) -> Result<(usize, Value), String> {
    let mut deserializer = Deserializer::from_slice(bytes).into_iter::<&RawValue>();
    match deserializer.next() {
        Some(Ok(raw)) => {
            let length = raw.get().len();
            let mut inner = Deserializer::from_str(raw.get());
            let value = Value::deserialize(&mut inner).map_err(|e| wrong(&e))?;
            Ok((length, value))
        }
        Some(Err(e)) => Err(wrong(&e)),
        None => Err("it is empty".to_owned()),
    }
}

fn wrong(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it is cut off",
        // Positions are those of the rest of the file, and words of the record stay out.
        _ => "it is no JSON",
    };
    what.to_owned()
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> Vec<(String, bool)> {
        let text = |raw: &[u8]| String::from_utf8_lossy(raw).into_owned();
        Split::new(bytes).map(|part| (text(part.raw), part.value.is_ok())).collect()
    }

    #[test]
    fn lines_values_and_what_is_neither() {
        let bytes = b"{\"a\":1}\r\n\n{\"b\":\n 2} {\"c\":3}{\"d\":4}\nrubbish\n{\"e\":\n{\"f\":5}";
        let expected = [
            ("{\"a\":1}", true),
            ("{\"b\":\n 2}", true),
            ("{\"c\":3}", true),
            ("{\"d\":4}", true),
            ("rubbish", false),
            ("{\"e\":", false),
            ("{\"f\":5}", true),
        ];
        let expected: Vec<_> = expected.iter().map(|(t, ok)| ((*t).to_owned(), *ok)).collect();
        assert_eq!(said(bytes), expected);
        assert_eq!(said(b" \n"), []);
    }

    #[test]
    fn what_never_ends_costs_no_more_than_a_few_times_its_size() {
        let bytes = b"[\n".repeat(200_000);
        assert_eq!(Split::new(&bytes).filter(|part| part.value.is_err()).count(), 200_000);
    }
}
