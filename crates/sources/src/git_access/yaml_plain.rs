//! The fast path for the YAML that tools and people write into access files: block maps and lists
//! of plain one-line text, comments, `[]`, `{}` and simply quoted text.
//!
//! It gives up (`None`) at anything else and at every error, so the full parser decides. A test
//! holds the two together over every version of every file of a real history.

use std::borrow::Cow;

use super::yaml::{Node, repeated};

/// Nesting beyond this is left to the full parser.
const MAX_DEPTH: usize = 32;

/// Reads a file of the plain subset.
pub(super) fn parse(text: &str) -> Option<Node<'_>> {
    let mut lines = Lines { rest: text, next: None };
    lines.advance()?;
    let Some(first) = lines.next else { return Some(Node::Null) };
    if first.indent != 0 {
        return None;
    }
    let node = block(&mut lines, 0, 0)?;
    lines.next.is_none().then_some(node)
}

/// A line with content.
#[derive(Clone, Copy)]
struct Line<'a> {
    indent: usize,
    /// Without indentation, comment and trailing blanks.
    text: &'a str,
    /// Whether a comment followed the text, which ends multi-line text.
    comment: bool,
    /// Whether empty lines or comments stand before it.
    gap: bool,
}

struct Lines<'a> {
    rest: &'a str,
    next: Option<Line<'a>>,
}

impl<'a> Lines<'a> {
    /// Moves to the next line with content; `None` = the line is not of the subset.
    fn advance(&mut self) -> Option<()> {
        self.next = None;
        let mut gap = false;
        while !self.rest.is_empty() {
            let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
            self.rest = rest;
            // Tabs, carriage returns and other control characters have rules of their own.
            if line.bytes().any(|b| b < b' ' || b == 0x7f) {
                return None;
            }
            let indent = line.bytes().take_while(|b| *b == b' ').count();
            let line = &line[indent..];
            if matches!(line.as_bytes().first(), None | Some(b'#')) {
                gap = true;
                continue;
            }
            let comment = line.find(" #");
            let text = comment.map_or(line, |at| &line[..at]).trim_end_matches(' ');
            if !text.is_ascii() {
                return None;
            }
            self.next = Some(Line { indent, text, comment: comment.is_some(), gap });
            return Some(());
        }
        Some(())
    }
}

/// The block that begins at the present line.
fn block<'a>(lines: &mut Lines<'a>, indent: usize, depth: usize) -> Option<Node<'a>> {
    let line = lines.next?;
    if depth > MAX_DEPTH {
        return None;
    }
    if is_item(line.text) { list(lines, indent) } else { map(lines, indent, depth) }
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// A list of scalars.
fn list<'a>(lines: &mut Lines<'a>, indent: usize) -> Option<Node<'a>> {
    let mut items = Vec::new();
    while let Some(line) = lines.next {
        if line.indent != indent || !is_item(line.text) {
            break;
        }
        let text = line.text.strip_prefix("- ")?.trim_start_matches(' ');
        if text.ends_with(':') || text.contains(": ") {
            return None;
        }
        items.push(scalar(text)?);
        lines.advance()?;
        // Text that goes on in the next line is left to the full parser.
        if lines.next.is_some_and(|next| next.indent > indent) {
            return None;
        }
    }
    Some(Node::List(items))
}

fn map<'a>(lines: &mut Lines<'a>, indent: usize, depth: usize) -> Option<Node<'a>> {
    let mut entries = Vec::new();
    while let Some(line) = lines.next {
        if line.indent != indent || is_item(line.text) {
            break;
        }
        let (key, value) = match line.text.strip_suffix(':') {
            Some(key) if !key.contains(": ") => (key, ""),
            _ => line.text.split_once(": ")?,
        };
        let value = value.trim_start_matches(' ');
        let key = key_text(key)?;
        lines.advance()?;
        let value = if value.is_empty() {
            nested(lines, indent, depth)?
        } else {
            text(lines, indent, value, line.comment)?
        };
        entries.push((key, value));
    }
    repeated(&entries).is_none().then_some(Node::Map(entries))
}

/// The value of a key that has none on its own line.
fn nested<'a>(lines: &mut Lines<'a>, indent: usize, depth: usize) -> Option<Node<'a>> {
    match lines.next {
        Some(next) if next.indent > indent => {
            // A scalar on a line of its own is left to the full parser.
            if !is_item(next.text) && !next.text.ends_with(':') && !next.text.contains(": ") {
                return None;
            }
            let node = block(lines, next.indent, depth + 1)?;
            lines.next.is_none_or(|after| after.indent <= indent).then_some(node)
        }
        // A list may stand as far left as its key.
        Some(next) if next.indent == indent && is_item(next.text) => list(lines, indent),
        _ => Some(Node::Null),
    }
}

/// A scalar after its key, with the lines it goes on in.
fn text<'a>(
    lines: &mut Lines<'a>,
    indent: usize,
    first: &'a str,
    comment: bool,
) -> Option<Node<'a>> {
    let goes_on = |lines: &Lines<'a>| lines.next.filter(|next| next.indent > indent);
    if goes_on(lines).is_none() {
        return scalar(first);
    }
    // Only plain text is folded here, and only where every rule is on one's fingers.
    if comment || !is_plain(first) {
        return None;
    }
    let mut whole = first.to_owned();
    while let Some(next) = goes_on(lines) {
        // An empty line or a comment between would mean something.
        let odd = next.gap || next.comment || next.text.ends_with(':') || next.text.contains(": ");
        if odd || whole.len() > 10_000 || next.text.starts_with(['#', '-', '?']) {
            return None;
        }
        whole.push(' ');
        whole.push_str(next.text);
        lines.advance()?;
    }
    Some(Node::Text(Cow::Owned(whole)))
}

fn scalar(text: &str) -> Option<Node<'_>> {
    match text {
        "[]" => return Some(Node::List(Vec::new())),
        "{}" => return Some(Node::Map(Vec::new())),
        _ => {}
    }
    match quoted(text) {
        Some(inside) => Some(Node::Text(Cow::Borrowed(inside?))),
        None => is_plain(text).then(|| Node::plain(Cow::Borrowed(text))),
    }
}

/// `None` = it does not begin with a quote; `Some(None)` = the quoted text needs the full parser.
#[expect(clippy::option_option, reason = "the three answers are said above")]
fn quoted(text: &str) -> Option<Option<&str>> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inside = text[1..].strip_suffix(quote);
    Some(inside.filter(|s| !s.contains(['"', '\'', '\\']) && text.len() > 1))
}

fn key_text(key: &str) -> Option<Cow<'_, str>> {
    let key = key.trim_end_matches(' ');
    let key = match quoted(key) {
        Some(inside) => inside?,
        None if is_plain(key) => key,
        None => return None,
    };
    (!key.is_empty() && key != "<<").then_some(Cow::Borrowed(key))
}

/// Whether the text is one plain scalar for certain: it begins with nothing that YAML gives a
/// meaning, and holds no key mark.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.bytes().next() else { return false };
    let begins = first.is_ascii_alphanumeric() || matches!(first, b'_' | b'.' | b'/' | b'(' | b'^');
    begins && text != "..." && !text.contains(": ") && !text.ends_with(':')
}
