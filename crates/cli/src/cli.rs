//! The command line: what can be asked, and how answers and errors leave.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tenure_model::Timestamp;
use tenure_model::clock::{Clock, FixedClock};

use crate::clock::SystemClock;
use crate::commands;
use crate::exit::Exit;
use crate::hint;
use crate::out::{BAD, BOLD, Format, Out, styled};
use crate::workspace::Workspace;

/// Who and what held which access, from when to when, why, and on whose approval.
#[derive(Parser, Debug)]
#[command(name = "tenure", version, max_term_width = 100)]
struct Cli {
    /// The workspace.
    #[arg(long, global = true, value_name = "DIR", default_value = ".", env = "TENURE_WORKSPACE")]
    workspace: PathBuf,
    /// How answers are written.
    #[arg(long, global = true, value_enum, default_value = "text")]
    format: Format,
    /// Say nothing on stderr but warnings and errors.
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Take this instant as the present, for demonstrations and re-performance.
    #[arg(long, global = true, value_name = "T", value_parser = instant)]
    now: Option<Timestamp>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Make a workspace.
    Init(commands::init::Args),
    /// Run the main job on shipped data, end to end.
    Demo(commands::demo::Args),
    /// Configure sources.
    Source(commands::source::Args),
    /// Collect what is new.
    Collect(commands::collect::Args),
    /// Record what lies at a path, in one step.
    Ingest(commands::ingest::Args),
    /// Who held what at an instant.
    Who(commands::who::Args),
    /// Who held what at an instant, from an index over many versions.
    AsOf(commands::as_of::Args),
    /// Who held what from when to when, out of full listings, one a day.
    History(commands::history::Args),
    /// Everything about an identity, credential, grant or control item.
    Show(commands::show::Args),
    /// SQL over the public tables.
    Query(commands::query::Args),
    /// The control library.
    Controls(commands::controls::Args),
    /// Test controls over every instant of a period.
    Evaluate(commands::evaluate::Args),
    /// What would be noted if the window closed on a day.
    Readiness(commands::readiness::Args),
    /// A simulated company, to measure what evaluation finds.
    Sim(commands::sim::Args),
    /// Interval questions over large tables of your own.
    Intervals(commands::intervals::Args),
    /// Evidence packs.
    Pack(commands::pack::Args),
    /// Verify an evidence pack, offline.
    Verify(commands::verify::Args),
    /// The ledger.
    Ledger(commands::ledger::Args),
}

/// What every command may use.
pub(crate) struct Cx {
    pub(crate) root: PathBuf,
    pub(crate) out: Out,
    pub(crate) clock: Box<dyn Clock>,
}

impl Cx {
    /// The workspace that the command line names.
    pub(crate) fn workspace(&self) -> anyhow::Result<Workspace> {
        Workspace::open(&self.root)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// A command-line instant: RFC 3339, or a date meaning midnight UTC.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_or_date(text).map_err(|e| e.to_string())
}

pub(crate) fn main() -> ExitCode {
    run(std::env::args_os()).into()
}

fn run(args: impl Iterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout with 0; anything else to stderr with 2.
            let printed = error.print();
            return if error.use_stderr() || printed.is_err() { Exit::Usage } else { Exit::Ok };
        }
    };
    let clock: Box<dyn Clock> = match cli.now {
        Some(now) => Box::new(FixedClock(now)),
        None => Box::new(SystemClock),
    };
    let mut cx = Cx { root: cli.workspace, out: Out::new(cli.format, cli.quiet), clock };
    let result = dispatch(cli.command, &mut cx).and_then(|exit| cx.out.flush().map(|()| exit));
    match result {
        Ok(exit) => exit,
        Err(error) if is_broken_pipe(&error) => Exit::Ok,
        Err(error) => {
            report(&error);
            Exit::Failure
        }
    }
}

fn dispatch(command: Command, cx: &mut Cx) -> anyhow::Result<Exit> {
    match command {
        Command::Init(args) => commands::init::run(args, cx),
        Command::Demo(args) => commands::demo::run(args, cx),
        Command::Source(args) => commands::source::run(args, cx),
        Command::Collect(args) => commands::collect::run(args, cx),
        Command::Ingest(args) => commands::ingest::run(args, cx),
        Command::Who(args) => commands::who::run(args, cx),
        Command::AsOf(args) => commands::as_of::run(args, cx),
        Command::History(args) => commands::history::run(args, cx),
        Command::Show(args) => commands::show::run(args, cx),
        Command::Query(args) => commands::query::run(args, cx),
        Command::Controls(args) => commands::controls::run(args, cx),
        Command::Evaluate(args) => commands::evaluate::run(args, cx),
        Command::Readiness(args) => commands::readiness::run(args, cx),
        Command::Sim(args) => commands::sim::run(args, cx),
        Command::Intervals(args) => commands::intervals::run(args, cx),
        Command::Pack(args) => commands::pack::run(args, cx),
        Command::Verify(args) => commands::verify::run(args, cx),
        Command::Ledger(args) => commands::ledger::run(args, cx),
    }
}

/// Somebody closed the other end, as `head` does: no reason to complain.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// The cause chain, an empty line, and what to do next.
fn report(error: &anyhow::Error) {
    let mut stderr = anstream::AutoStream::auto(std::io::stderr());
    let message = |cause: &dyn std::fmt::Display| {
        let text = cause.to_string();
        text.split_once(hint::HINT).map_or(text.clone(), |(message, _)| message.to_owned())
    };
    let mut last = message(error);
    let mut text = format!("{} {last}\n", styled(BAD, "error:"));
    for cause in error.chain().skip(1) {
        let cause = message(cause);
        if !last.contains(&cause) {
            text.push_str(&format!("  because {cause}\n"));
        }
        last = cause;
    }
    if let Some(hint) = hint::of(error) {
        text.push_str(&format!("\n{} {hint}\n", styled(BOLD, "hint:")));
    }
    // Nothing is left to do when even this cannot be said.
    let _unheard = std::io::Write::write_all(&mut stderr, text.as_bytes());
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
