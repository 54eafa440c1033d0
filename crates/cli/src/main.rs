//! The `tenure` command.

use std::process::ExitCode;

mod cli;
mod clock;
mod commands;
mod exit;
mod hint;
mod out;
mod progress;
mod projection;
mod workspace;

fn main() -> ExitCode {
    cli::main()
}
