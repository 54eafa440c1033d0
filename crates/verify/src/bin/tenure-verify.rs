//! `tenure-verify PACK [--policy FILE] [--format text|json]`: verifies an evidence pack, offline.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program speaks on its own streams"
)]

use std::io::IsTerminal;
use std::process::ExitCode;

use tenure_ledger::Policy;
use tenure_verify::{Report, render_json, render_text, verify_pack};

const USAGE: &str = "\
Verifies an evidence pack offline: no network, no account, nothing else needed.

usage: tenure-verify PACK [--policy FILE] [--format text|json]

  --policy FILE   whom you trust: the log's key and witnesses (C2SP tlog-policy);
                  without it the key in the pack is used and you must compare it yourself
  --format KIND   text (default) or json (tenure.verification/v1)
  --version       the version of this program

exit codes: 0 verified, 1 failure, 2 usage, 20 verification failed, 21 something missing";

fn main() -> ExitCode {
    let code = match parse(std::env::args().skip(1)) {
        Ok(Command::Verify(options)) => run(&options).unwrap_or_else(|error| {
            eprintln!("error: {error}");
            1
        }),
        Ok(Command::Say(text)) => {
            println!("{text}");
            0
        }
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            2
        }
    };
    ExitCode::from(code)
}

enum Command {
    Verify(Options),
    Say(String),
}

struct Options {
    pack: String,
    policy: Option<String>,
    json: bool,
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Command, String> {
    let (mut pack, mut policy, mut json) = (None, None, false);
    while let Some(arg) = args.next() {
        let (flag, attached) = match arg.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => {
                (flag.to_owned(), Some(value.to_owned()))
            }
            _ => (arg, None),
        };
        let mut value =
            || attached.clone().or_else(|| args.next()).ok_or(format!("{flag} needs a value"));
        match flag.as_str() {
            "--help" | "-h" => return Ok(Command::Say(USAGE.to_owned())),
            "--version" | "-V" => {
                return Ok(Command::Say(format!("tenure-verify {}", env!("CARGO_PKG_VERSION"))));
            }
            "--policy" => policy = Some(value()?),
            "--format" => {
                json = match value()?.as_str() {
                    "json" => true,
                    "text" => false,
                    other => {
                        return Err(format!("'{other}' is no format; the formats are text, json"));
                    }
                }
            }
            _ if flag.starts_with('-') => return Err(format!("unknown option '{flag}'")),
            _ if pack.is_some() => return Err("more than one pack".to_owned()),
            _ => pack = Some(flag),
        }
    }
    let pack = pack.ok_or("no pack given")?;
    Ok(Command::Verify(Options { pack, policy, json }))
}

fn run(options: &Options) -> Result<u8, String> {
    let read = |path: &str| std::fs::read(path).map_err(|error| format!("{path}: {error}"));
    let policy = match &options.policy {
        Some(path) => {
            Some(Policy::parse(&read(path)?).map_err(|error| format!("{path}: {error}"))?)
        }
        None => None,
    };
    let report = verify_pack(&read(&options.pack)?, policy.as_ref());
    print(&report, options.json)?;
    Ok(report.exit_code())
}

fn print(report: &Report, json: bool) -> Result<(), String> {
    use std::io::Write;
    let text = if json {
        render_json(report).map_err(|error| error.to_string())?
    } else {
        let color = std::io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        render_text(report, color)
    };
    match std::io::stdout().write_all(text.as_bytes()) {
        // A reader that has seen enough is no failure.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}
