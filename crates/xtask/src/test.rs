//! All tests in one command: format, lints, tests, documentation tests, dependencies.

use std::process::Command;

use anyhow::{Context as _, bail};

/// A step: what it is for, and the arguments of cargo.
const STEPS: &[(&str, &[&str])] = &[
    ("format", &["fmt", "--all", "--check"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]),
    ("documentation tests", &["test", "--workspace", "--doc", "--quiet"]),
];

/// Runs every step and stops at the first that fails.
pub(crate) fn run() -> anyhow::Result<()> {
    for (what, arguments) in STEPS {
        cargo(what, arguments)?;
    }
    dependencies()?;
    // Last, so that its summary is the last thing to read.
    if has("nextest") {
        // Linking a query engine into many binaries at once needs more memory than small machines have.
        cargo("tests", &["nextest", "run", "--workspace", "--no-fail-fast"])
    } else {
        cargo("tests", &["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"])
    }
}

/// Licences, duplicate versions and sources of all dependencies. Advisories need a database from
/// the network, so they are checked where there is one.
fn dependencies() -> anyhow::Result<()> {
    if !has("deny") {
        cargo("installing cargo-deny", &["install", "cargo-deny", "--locked", "--quiet"])?;
    }
    cargo("dependencies", &["deny", "--log-level", "error", "check", "licenses", "bans", "sources"])
}

fn has(tool: &str) -> bool {
    let output = Command::new("cargo").args([tool, "--version"]).output();
    output.is_ok_and(|o| o.status.success())
}

#[expect(clippy::print_stderr, reason = "a development tool talks to its user")]
fn cargo(what: &str, arguments: &[&str]) -> anyhow::Result<()> {
    eprintln!("── {what}: cargo {}", arguments.join(" "));
    let status = Command::new("cargo").args(arguments).status().context("cannot run cargo")?;
    if !status.success() {
        bail!("{what} failed: cargo {}", arguments.join(" "));
    }
    Ok(())
}
