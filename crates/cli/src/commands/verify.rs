//! `tenure verify`: verifies an evidence pack, offline.

use std::path::PathBuf;

use anyhow::Context as _;
use tenure_ledger::Policy;
use tenure_verify::{render_json, render_text, verify_pack};

use crate::cli::Cx;
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::Format;

/// Verifies an evidence pack, offline, and says what it did not check.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The pack.
    pack: PathBuf,
    /// Whom to trust: a C2SP tlog-policy file with the log's key and the witnesses.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let bytes = std::fs::read(&args.pack).map_err(|e| {
        hinted(
            format!("cannot read {}: {e}", args.pack.display()),
            "name the pack file, as written by 'tenure pack build --out FILE'",
        )
    })?;
    let policy = match &args.policy {
        None => None,
        Some(path) => {
            let bytes =
                std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            Some(
                Policy::parse(&bytes)
                    .with_context(|| format!("{} is no trust policy", path.display()))?,
            )
        }
    };
    let report = verify_pack(&bytes, policy.as_ref());
    match cx.out.format {
        Format::Json => {
            let text = render_json(&report)?;
            cx.out.line(text)?;
        }
        Format::Text | Format::Csv => {
            let colour = cx.out.colour();
            cx.out.raw(render_text(&report, colour).as_bytes())?;
        }
    }
    Ok(match report.exit_code() {
        0 => Exit::Ok,
        21 => Exit::Missing,
        _ => Exit::Mismatch,
    })
}
