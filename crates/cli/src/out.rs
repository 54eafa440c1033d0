//! What goes to stdout (data) and stderr (talk).

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

/// How data is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON document that names its schema.
    Json,
    /// Comma-separated, for spreadsheets.
    Csv,
}

/// The two streams.
pub(crate) struct Out {
    pub(crate) format: Format,
    pub(crate) quiet: bool,
    stdout: anstream::AutoStream<io::Stdout>,
    stderr: anstream::AutoStream<io::Stderr>,
}

/// Bold.
pub(crate) const BOLD: Style = Style::new().bold();
/// For what is well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// For what needs a look.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// For what is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// For what matters less.
pub(crate) const DIM: Style = Style::new().dimmed();

impl Out {
    pub(crate) fn new(format: Format, quiet: bool) -> Self {
        Self {
            format,
            quiet,
            stdout: anstream::AutoStream::auto(io::stdout()),
            stderr: anstream::AutoStream::auto(io::stderr()),
        }
    }

    /// A line of data.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) -> anyhow::Result<()> {
        Ok(writeln!(self.stdout, "{}", text.as_ref())?)
    }

    /// Data without a line end of ours.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.stdout.write_all(bytes)?)
    }

    /// A JSON document.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(value)?;
        text.push(b'\n');
        self.raw(&text)
    }

    /// A line of talk; silent with `--quiet`.
    pub(crate) fn say(&mut self, text: impl AsRef<str>) -> anyhow::Result<()> {
        if !self.quiet {
            writeln!(self.stderr, "{}", text.as_ref())?;
        }
        Ok(())
    }

    /// A line of talk that is not silenced: something needs a look.
    pub(crate) fn warn(&mut self, text: impl AsRef<str>) -> anyhow::Result<()> {
        Ok(writeln!(self.stderr, "{} {}", styled(WARN, "warning:"), text.as_ref())?)
    }

    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.stdout.flush()?)
    }

    /// Whether colours are wanted on stdout.
    pub(crate) fn colour(&self) -> bool {
        self.stdout.current_choice() != anstream::ColorChoice::Never
    }

    /// Whether somebody watches stderr.
    pub(crate) fn watched(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }
}

/// Text in a style, for terminals.
pub(crate) fn styled(style: Style, text: impl AsRef<str>) -> String {
    format!("{style}{}{style:#}", text.as_ref())
}

/// Rows as CSV. A cell that a spreadsheet would take for a formula gets an apostrophe.
pub(crate) fn csv<R: AsRef<str>>(head: &[&str], rows: &[Vec<R>]) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(head)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| safe(cell.as_ref()).into_owned()))?;
    }
    writer.into_inner().map_err(|e| anyhow::anyhow!("{e}"))
}

fn safe(cell: &str) -> std::borrow::Cow<'_, str> {
    let formula =
        cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    if formula { format!("'{cell}").into() } else { cell.into() }
}

/// Rows as aligned text.
pub(crate) fn table<R: AsRef<str>>(head: &[&str], rows: &[Vec<R>]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|h| h.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.as_ref().chars().count());
        }
    }
    let line = |cells: Vec<&str>| {
        let padded: Vec<_> = cells.iter().zip(&widths).map(|(c, w)| format!("{c:<w$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![styled(BOLD, line(head.to_vec()))];
    lines.extend(rows.iter().map(|row| line(row.iter().map(AsRef::as_ref).collect())));
    lines.join("\n")
}
