//! Code generation and drift checks. `cargo xtask <task>`.

mod demo_data;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage: tenure-xtask <task>

tasks:
  test
        run all tests, and install what they need
  demo-data --from <repository> --out <directory>
        make the pseudonymised bundle that ships with the demonstration";

#[expect(clippy::print_stderr, reason = "a development tool talks to its user")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["demo-data", "--from", from, "--out", out] => demo_data::run(from.as_ref(), out.as_ref()),
        ["test"] => test::run(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
