//! Sections of a dossier: the facts for programs, and a few lines of them for people.

use anstyle::Style;
use serde_json::{Map, Value};

use crate::cli::Cx;
use crate::out::{BOLD, DIM, WARN, styled};

/// Columns of a screen.
const WIDTH: usize = 100;
/// Where text begins, behind the labels.
const INDENT: usize = 14;

/// One section.
#[derive(Debug)]
pub(super) struct Section {
    label: &'static str,
    facts: Value,
    lines: Vec<Line>,
    /// What this section would say if it were known.
    unknown: Vec<String>,
}

#[derive(Debug)]
struct Line {
    style: Option<Style>,
    text: String,
}

impl Section {
    /// An empty one; `label` is its name for people, and with `_` for spaces its name in JSON.
    pub(super) const fn new(label: &'static str, facts: Value) -> Self {
        Self { label, facts, lines: Vec::new(), unknown: Vec::new() }
    }

    pub(super) fn line(mut self, text: impl Into<String>) -> Self {
        self.lines.push(Line { style: None, text: text.into() });
        self
    }

    pub(super) fn lines<T: Into<String>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        texts.into_iter().fold(self, Self::line)
    }

    /// A line that needs a look.
    pub(super) fn warn(mut self, text: impl Into<String>) -> Self {
        self.lines.push(Line { style: Some(WARN), text: text.into() });
        self
    }

    /// A line that matters less.
    pub(super) fn dim(mut self, text: impl Into<String>) -> Self {
        self.lines.push(Line { style: Some(DIM), text: text.into() });
        self
    }

    /// Something that is not known.
    pub(super) fn unknown(mut self, what: impl Into<String>) -> Self {
        self.unknown.push(what.into());
        self
    }

    pub(super) fn unknown_if(self, unknown: bool, what: &str) -> Self {
        if unknown { self.unknown(what) } else { self }
    }
}

#[cfg(test)]
impl Section {
    /// The lines, those that need a look marked.
    pub(super) fn told(&self) -> Vec<String> {
        let mark = |line: &Line| if line.style == Some(WARN) { "! " } else { "" };
        self.lines.iter().map(|line| format!("{}{}", mark(line), line.text)).collect()
    }
}

/// A dossier.
#[derive(Debug)]
pub(super) struct Dossier {
    /// What kind of thing it is about.
    pub(super) kind: &'static str,
    /// The first line.
    pub(super) title: String,
    /// What has to be seen before anything else.
    pub(super) remarks: Vec<String>,
    pub(super) sections: Vec<Section>,
}

impl Dossier {
    /// The facts by section.
    pub(super) fn facts(&self) -> Value {
        let mut facts = Map::new();
        facts.insert("remarks".to_owned(), self.remarks.clone().into());
        for section in &self.sections {
            facts.insert(section.label.replace(' ', "_"), section.facts.clone());
        }
        facts.insert("not_known".to_owned(), self.unknown().into());
        Value::Object(facts)
    }

    fn unknown(&self) -> Vec<String> {
        self.sections.iter().flat_map(|section| section.unknown.clone()).collect()
    }

    /// Writes it for people.
    pub(super) fn tell(&self, cx: &mut Cx) -> anyhow::Result<()> {
        for line in wrapped(&self.title, WIDTH) {
            cx.out.line(styled(BOLD, line))?;
        }
        for remark in &self.remarks {
            for line in wrapped(remark, WIDTH - 2) {
                cx.out.line(format!("  {}", styled(WARN, line)))?;
            }
        }
        for section in &self.sections {
            tell(section.label, &section.lines, cx)?;
        }
        let unknown = self.unknown();
        let text = if unknown.is_empty() { "nothing".to_owned() } else { unknown.join("; ") };
        tell("not known", &[Line { style: Some(WARN), text }], cx)
    }
}

fn tell(label: &str, lines: &[Line], cx: &mut Cx) -> anyhow::Result<()> {
    let mut label = styled(BOLD, format!("{label:<width$}", width = INDENT - 3));
    for line in lines {
        for (part, text) in wrapped(&line.text, WIDTH - INDENT - 2).into_iter().enumerate() {
            let text = if part == 0 { text } else { format!("  {text}") };
            let text = line.style.map_or(text.clone(), |style| styled(style, text));
            cx.out.line(format!("  {label} {text}"))?;
            label = " ".repeat(INDENT - 3);
        }
    }
    Ok(())
}

/// Text in lines of at most `width`, broken at spaces where there are some. Control characters
/// are replaced: what a log quotes must not move a terminal's cursor.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let text: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let mut lines = vec![String::new()];
    for mut word in text.split(' ') {
        let used = lines.last().map_or(0, |line| line.chars().count());
        if used > 0 && used + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        while word.chars().count() > width {
            let cut = word.char_indices().nth(width).map_or(word.len(), |(at, _)| at);
            let (head, rest) = word.split_at(cut);
            push(&mut lines, head);
            lines.push(String::new());
            word = rest;
        }
        push(&mut lines, word);
    }
    lines
}

fn push(lines: &mut [String], word: &str) {
    if let Some(line) = lines.last_mut() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
}

/// Text of at most `most` characters.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// `1 use`, `2 uses`.
pub(super) fn counted(n: i64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_hold_everything() {
        let text = "one two three fourfivesixseven eight";
        let lines = wrapped(text, 9);
        assert!(lines.iter().all(|line| line.chars().count() <= 9), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
    }

    #[test]
    fn what_a_log_quotes_moves_no_cursor() {
        assert_eq!(wrapped("a\u{1b}[2Jb\n", 80), ["a\u{fffd}[2Jb\u{fffd}"]);
    }

    #[test]
    fn what_is_too_long_is_cut_visibly() {
        assert_eq!(short("abcdef", 4), "abc…");
        assert_eq!(short("äöü", 3), "äöü");
    }
}
