//! Listings taken one after another.

use super::difference::difference;
use super::grants::{Grants, Stretch};
use super::text::Text;

/// What listings told, up to the last one taken.
#[derive(Debug, Default)]
pub struct Course {
    /// Lines that are counted: the last listing without what could not be read.
    pub(super) live: Text,
    /// Whether they are the last listing's text as it came.
    pub(super) as_it_came: bool,
    pub(super) grants: Grants,
    /// The day of the last listing that could be read whole.
    pub(super) last: Option<i32>,
}

/// A line that could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejected {
    /// The line, from 1.
    pub record: u64,
    /// What is wrong with it.
    pub cause: String,
}

impl Course {
    /// Takes the next day's listing. One with lines that cannot be read opens stretches and ends
    /// none, since what it seems to lack may be in them. Gives memory that can be written over.
    pub fn take(&mut self, day: i32, text: impl Into<Text>) -> (Vec<Rejected>, Text) {
        let mut text = text.into();
        end_last_line(&mut text);
        let found = difference(&self.live, &text);
        let (mut touched, mut bad, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
        for range in found.came {
            let line = &text[range.clone()];
            match self.grants.of_line(line) {
                Ok(grant) => {
                    self.grants.came(grant);
                    touched.push(grant);
                }
                Err(_) if line.trim_ascii().is_empty() => bad.push(range),
                Err(cause) => {
                    let before = memchr::memchr_iter(b'\n', &text[..range.start]).count();
                    rejected.push(Rejected { record: before as u64 + 1, cause });
                    bad.push(range);
                }
            }
        }
        self.as_it_came = bad.is_empty();
        let mut text = without(text, &bad);
        for range in found.gone {
            let line = &self.live[range];
            if !rejected.is_empty() {
                text.extend_from_slice(line);
                text.push(b'\n');
                continue;
            }
            // It was read when it came.
            let Ok(grant) = self.grants.of_line(line) else { continue };
            self.grants.went(grant);
            touched.push(grant);
        }
        for grant in touched {
            self.grants.settle(grant, self.last, day);
        }
        if rejected.is_empty() {
            self.last = Some(day);
        }
        (rejected, std::mem::replace(&mut self.live, text))
    }

    /// Every stretch: holder, what is held, how it is held (empty where not said), and when.
    pub fn stretches(&self) -> impl Iterator<Item = ([&str; 3], Stretch)> {
        let [principals, entitlements, vias] = &self.grants.texts;
        self.grants.stretches().map(move |([p, e, v], stretch)| {
            let names = [principals.get(p), entitlements.get(e), vias.get(v)];
            (names.map(Option::unwrap_or_default), stretch)
        })
    }
}

/// Every line ends with a line feed, the last one too.
pub(super) fn end_last_line(text: &mut Text) {
    if text.last().is_some_and(|end| *end != b'\n') {
        text.push(b'\n');
    }
}

/// The text without some of its lines.
fn without(text: Text, lines: &[std::ops::Range<usize>]) -> Text {
    if lines.is_empty() {
        return text;
    }
    let mut kept = Text::default();
    let mut at = 0;
    for line in lines {
        kept.extend_from_slice(&text[at..line.start]);
        at = line.end + 1;
    }
    kept.extend_from_slice(&text[at.min(text.len())..]);
    kept
}
