//! `tenure intervals`: interval questions over large tables, without a workspace.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use serde_json::json;
use tenure_model::{Period, Timestamp};
use tenure_timeline::intervals::ops::Interval;
use tenure_timeline::intervals::{
    Loaded, OLD_CREDENTIALS, Question, Settings, UNAPPROVED_GRANTS, UNUSED_CREDENTIALS, ask, load,
};

use crate::cli::{Cx, instant};
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::{Format, table};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Interval questions over large tables of your own, without a workspace: nothing of this is
/// evidence, and no control is evaluated.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    /// Put Parquet tables into a store: sorted and packed, to be asked many times.
    ///
    /// A directory may have these tables, as NAME.parquet; ids are text but for grant_id, a whole
    /// number; * may be absent in a row:
    ///
    /// credential_versions: credential_id, created_at, retired_at*
    ///
    /// enabled: credential_id, account, enabled_from, enabled_to*
    ///
    /// usage_daily: credential_id, day
    ///
    /// coverage_gaps: account, gap_from, gap_to*
    ///
    /// grants: grant_id, principal, entitlement, valid_from, valid_to*
    ///
    /// approvals: principal, entitlement, resolved_at*, outcome*
    ///
    /// Rows that lack anything else are left out and counted.
    #[command(verbatim_doc_comment)]
    Load {
        /// The directory of the tables.
        dir: PathBuf,
        /// The store's directory; an empty one, or a new one.
        #[arg(long, value_name = "STORE")]
        out: PathBuf,
        /// Load only what this question reads. May be repeated.
        #[arg(long = "for", value_name = "QUESTION", value_enum)]
        questions: Vec<Asked>,
    },
    /// Answer a question from a store.
    Ask(Ask),
}

#[derive(clap::Args, Debug)]
struct Ask {
    /// What is asked.
    #[arg(value_enum)]
    question: Asked,
    /// The store.
    store: PathBuf,
    /// The Parquet file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Start of the period.
    #[arg(long, value_name = "D", value_parser = instant)]
    from: Timestamp,
    /// End of the period, not included.
    #[arg(long, value_name = "D", value_parser = instant)]
    to: Timestamp,
    /// The limit in days: 90 for old credentials, 45 for unused ones, if absent.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(..=36_500))]
    limit: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Asked {
    /// For each credential, how long in the period some version of it was older than the limit:
    /// credential_id, seconds_old.
    #[value(name = "old-credentials", alias = "a")]
    OldCredentials,
    /// Grants in force in the period with no approval of the same principal and entitlement at or
    /// before their start: grant_id.
    #[value(name = "unapproved-grants", alias = "b")]
    UnapprovedGrants,
    /// Stretches of more than the limit in which a credential was enabled and unused, days in gaps
    /// of its account's log not counted: credential_id, unused_from, unused_to, covered_days.
    #[value(name = "unused-credentials", alias = "c")]
    UnusedCredentials,
}

impl Asked {
    const fn tables(self) -> &'static [&'static str] {
        match self {
            Self::OldCredentials => OLD_CREDENTIALS,
            Self::UnapprovedGrants => UNAPPROVED_GRANTS,
            Self::UnusedCredentials => UNUSED_CREDENTIALS,
        }
    }
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    match args.verb {
        Verb::Load { dir, out, questions } => run_load(&dir, &out, &questions, cx),
        Verb::Ask(ask) => run_ask(&ask, cx),
    }
}

fn threads() -> NonZero<usize> {
    std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

fn run_load(dir: &Path, out: &Path, questions: &[Asked], cx: &mut Cx) -> anyhow::Result<Exit> {
    let tables: Vec<_> = questions.iter().flat_map(|q| q.tables()).copied().collect();
    let settings = Settings { threads: threads(), ..Settings::default() };
    let loaded = load(dir, out, &tables, settings)?;
    match cx.out.format {
        Format::Json => {
            let tables: Vec<_> = loaded
                .iter()
                .map(|l| json!({"table": l.table, "rows": l.rows, "left_out": l.left_out}))
                .collect();
            cx.out.json(&json!({"schema": "tenure.intervals-load/v1", "tables": tables}))?;
        }
        _ => {
            let row =
                |l: &Loaded| vec![l.table.to_owned(), l.rows.to_string(), l.left_out.to_string()];
            let rows: Vec<_> = loaded.iter().map(row).collect();
            cx.out.line(table(&["table", "rows", "left out"], &rows).trim_end())?;
        }
    }
    Ok(Exit::Ok)
}

fn run_ask(args: &Ask, cx: &mut Cx) -> anyhow::Result<Exit> {
    let rows = ask(&args.store, question(args)?, &args.out, threads())?;
    match cx.out.format {
        Format::Json => {
            cx.out.json(&json!({"schema": "tenure.intervals-answer/v1", "rows": rows}))?;
        }
        _ => cx.out.line(format!("{rows} rows in {}", args.out.display()))?,
    }
    Ok(Exit::Ok)
}

fn question(args: &Ask) -> anyhow::Result<Question> {
    let period = Period::new(args.from, args.to)
        .map_err(|e| hinted(e.to_string(), "a period is [from, to): its end is not included"))?;
    let (from, to) = (period.from.micros(), period.to.micros());
    let limit = |otherwise: u32| i64::from(args.limit.unwrap_or(otherwise));
    let period = Interval::new(from, to);
    match args.question {
        Asked::OldCredentials => {
            Ok(Question::OldCredentials { period, max_age: limit(90) * MICROS_PER_DAY })
        }
        Asked::UnapprovedGrants if args.limit.is_some() => {
            Err(hinted("unapproved-grants has no limit", "leave out --limit"))
        }
        Asked::UnapprovedGrants => Ok(Question::UnapprovedGrants { period }),
        Asked::UnusedCredentials if from % MICROS_PER_DAY != 0 || to % MICROS_PER_DAY != 0 => {
            Err(hinted("unused-credentials counts days", "give --from and --to as dates"))
        }
        Asked::UnusedCredentials => {
            let period = Interval::new(from / MICROS_PER_DAY, to / MICROS_PER_DAY);
            Ok(Question::UnusedCredentials { period, limit: limit(45) })
        }
    }
}
