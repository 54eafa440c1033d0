//! The report for people and for programs.

use std::fmt::Write;

use crate::report::{Check, Report, Verdict};

/// The report as text. With colour it uses ✓ and ✗; without, words that survive any terminal.
#[must_use]
pub fn render_text(report: &Report, color: bool) -> String {
    let pen = Pen { color };
    let mut out = head(report);
    let mut group = "";
    for (at, check) in report.checks.iter().enumerate() {
        if check.group() != group {
            group = check.group();
            let members: Vec<_> =
                report.checks[at..].iter().take_while(|c| c.group() == group).collect();
            section(&mut out, &pen, group, &members);
        }
    }
    out.push('\n');
    out.push_str(&pen.bold(&summary(report)));
    out.push('\n');
    out
}

/// The report as JSON, `tenure.verification/v1`, indented, ended by a line feed.
///
/// # Errors
/// Never in practice: every part of a report has a JSON form.
pub fn render_json(report: &Report) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}

fn head(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail, here and below.
    if let Some(subject) = &report.subject {
        let _ = writeln!(out, "Evidence pack of {}", clean(&subject.origin));
        let _ = writeln!(out, "  period      {} to {}", subject.period.from, subject.period.to);
        let _ = writeln!(out, "  known at    ledger index {}", subject.known_at);
        let (size, root) = (subject.checkpoint_size, subject.checkpoint_root);
        let _ = writeln!(out, "  checkpoint  {size} entries, root {root}");
    } else {
        out.push_str("Evidence pack (what it is about could not be read)\n");
    }
    let _ = writeln!(out, "  SHA-256     {}", report.pack);
    out
}

fn section(out: &mut String, pen: &Pen, group: &str, checks: &[&Check]) {
    let (kind, control) = group.split_once('/').unwrap_or((group, ""));
    let title = match kind {
        "pack" => "The file",
        "log" => "The log",
        "results" => "The results",
        "records" => "Disclosed records",
        "limits" => "What this does not show",
        _ => "",
    };
    if kind != "control" {
        let _ = writeln!(out, "\n{}", pen.bold(title));
        checks.iter().for_each(|check| line(out, pen, check));
        return;
    }
    // A reader of forty controls wants one line each, and more only where something is wrong.
    let holding = checks.iter().filter(|check| check.verdict == Verdict::Verified).count();
    let worst = checks.iter().map(|c| c.verdict).filter(|v| *v != Verdict::NotChecked).max();
    let noun = if holding == 1 { "claim" } else { "claims" };
    let tally = format!("{}: {holding} {noun} verified", clean(control));
    let _ =
        writeln!(out, "\n{} {}", pen.mark(worst.unwrap_or(Verdict::NotChecked)), pen.bold(&tally));
    checks
        .iter()
        .filter(|check| check.verdict != Verdict::Verified)
        .for_each(|check| line(out, pen, check));
}

fn line(out: &mut String, pen: &Pen, check: &Check) {
    let mark = pen.mark(check.verdict);
    let (title, detail) = (clean(&check.title), clean(&check.detail));
    let count = match check.count {
        0 | 1 => String::new(),
        count => format!(" [{count}]"),
    };
    let _ = writeln!(out, "  {mark} {title}{count}");
    if !detail.is_empty() {
        let _ = writeln!(out, "{}{}", pen.indent(), pen.dim(&detail));
    }
}

fn summary(report: &Report) -> String {
    let [hold, open, missing, wrong] =
        [Verdict::Verified, Verdict::NotChecked, Verdict::Missing, Verdict::Mismatch]
            .map(|v| report.count(v));
    match report.verdict {
        Verdict::Mismatch => format!(
            "VERIFICATION FAILED: {wrong} claims do not hold, {missing} lack something, {hold} hold; {open} were not checked."
        ),
        Verdict::Missing => {
            format!(
                "INCOMPLETE: {missing} claims lack something, {hold} hold; {open} were not checked."
            )
        }
        Verdict::Verified | Verdict::NotChecked => {
            format!(
                "VERIFIED: all {hold} claims that can be checked hold; {open} were not checked, as said above."
            )
        }
    }
}

/// What a pack says may hold anything; a terminal must not obey it.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_bidi(c) { '\u{fffd}' } else { c }).collect()
}

/// Characters that reorder what a terminal shows.
const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

struct Pen {
    color: bool,
}

impl Pen {
    fn mark(&self, verdict: Verdict) -> String {
        let (symbol, word, code) = match verdict {
            Verdict::Verified => ("✓", "ok      ", "32"),
            Verdict::Mismatch => ("✗", "MISMATCH", "1;31"),
            Verdict::Missing => ("∅", "MISSING ", "1;33"),
            Verdict::NotChecked => ("·", "-       ", "2"),
        };
        if self.color { format!("\u{1b}[{code}m{symbol}\u{1b}[0m") } else { word.to_owned() }
    }

    fn indent(&self) -> &'static str {
        if self.color { "    " } else { "           " }
    }

    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
