//! `tenure history`: who held what from when to when, out of daily listings, without a workspace.

use std::path::PathBuf;

use serde_json::json;
use tenure_timeline::snapshots::{HistoryError, Unread, history};

use crate::cli::Cx;
use crate::exit::Exit;
use crate::hint::Hinted;
use crate::out::Format;

/// Who held what from when to when, out of full listings, one a day.
///
/// Reads YYYY-MM-DD.jsonl or .jsonl.gz, a JSON object with "principal", "entitlement" and perhaps
/// "via" on each line. Lines that did not change since the day before are not parsed again.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The directory of listings.
    listings: PathBuf,
    /// The Parquet file to write: principal, entitlement, via, valid_from, valid_to (the first
    /// listing that lacks it), and the bounds valid_from_lo and valid_to_lo.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Keep here what one more day needs, so that only new listings are read.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let report = history(&args.listings, args.state.as_deref(), &args.out).map_err(explain)?;
    if cx.out.format == Format::Json {
        let unread: Vec<_> = report.unread.iter().map(gap).collect();
        cx.out.json(&json!({
            "schema": "tenure.history/v1",
            "listings": report.listings,
            "read": report.read,
            "stretches": report.stretches,
            "gaps": unread,
        }))?;
    }
    const TOLD: usize = 20;
    for unread in report.unread.iter().take(TOLD) {
        let record = unread.record.map_or(String::new(), |record| format!(", line {record}"));
        let Unread { artifact, cause, hint, .. } = unread;
        cx.out.warn(format!("{artifact}{record}: {cause} ({hint})"))?;
    }
    if report.unread.len() > TOLD {
        cx.out.warn(format!("{} more: --format json tells all", report.unread.len() - TOLD))?;
    }
    cx.out.say(format!(
        "{} stretches out of {} listings, {} of them read now",
        report.stretches, report.listings, report.read
    ))?;
    Ok(if report.unread.is_empty() { Exit::Ok } else { Exit::Missing })
}

fn gap(unread: &Unread) -> serde_json::Value {
    json!({
        "artifact": unread.artifact,
        "record": unread.record,
        "cause": unread.cause,
        "hint": unread.hint,
    })
}

fn explain(error: HistoryError) -> anyhow::Error {
    let hint = match &error {
        HistoryError::SameDay { .. } => "keep one of them in the directory",
        HistoryError::Changed { .. } => {
            "put it back, or delete the state to build from the listings that are there"
        }
        HistoryError::NoListing(_) => "give the directory that the listings lie in",
        _ => return error.into(),
    };
    anyhow::Error::new(error).context(Hinted::new("cannot build the history", hint))
}
