//! `tenure as-of`: an index of versions, and questions to it, without a workspace.

use std::io::BufRead as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use tenure_model::Timestamp;
use tenure_model::ids::Seq;
use tenure_timeline::asof_index::{Holding, Index, Side, load};

use crate::cli::{Cx, instant};
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::Format;

/// Who held what at an instant, from an index over many versions.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Make an index from a Parquet file: a table of grants, a history, or another's intervals.
    Load {
        /// Has principal, entitlement, perhaps via, and valid_from and valid_to or four bounds.
        intervals: PathBuf,
        /// The directory of the index.
        index: PathBuf,
    },
    /// Who held an entitlement.
    Who(One),
    /// What a principal held.
    What(One),
    /// Answer questions from stdin, one a line: 'who ENTITLEMENT TIME' or 'what PRINCIPAL TIME'.
    Ask {
        /// The directory of the index.
        #[arg(long, value_name = "DIR")]
        index: PathBuf,
        /// As known at this ledger index; what is known now, if absent.
        #[arg(long, value_name = "INDEX")]
        known_at: Option<u64>,
        /// Say on stderr how long answers took.
        #[arg(long)]
        timing: bool,
    },
}

#[derive(clap::Args, Debug)]
struct One {
    /// Its name, exactly.
    key: String,
    /// When.
    #[arg(value_parser = instant)]
    at: Timestamp,
    /// The directory of the index.
    #[arg(long, value_name = "DIR")]
    index: PathBuf,
    /// As known at this ledger index; what is known now, if absent.
    #[arg(long, value_name = "INDEX")]
    known_at: Option<u64>,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    match args.command {
        Command::Load { intervals, index } => {
            let loaded = load(&intervals, &index)?;
            cx.out.say(format!("{} versions", loaded.versions))?;
            if loaded.left_out > 0 {
                let n = loaded.left_out;
                cx.out
                    .warn(format!("{n} rows lack a holder, a thing held or a start: left out"))?;
                return Ok(Exit::Missing);
            }
            Ok(Exit::Ok)
        }
        Command::Who(one) => answer_one(Side::Who, &one, cx),
        Command::What(one) => answer_one(Side::What, &one, cx),
        Command::Ask { index, known_at, timing } => {
            answer_many(&Index::open(&index)?, known(known_at), timing, cx)
        }
    }
}

fn known(index: Option<u64>) -> Seq {
    index.map_or(Seq::LATEST, Seq)
}

fn answer_one(side: Side, one: &One, cx: &mut Cx) -> anyhow::Result<Exit> {
    let index = Index::open(&one.index)?;
    let question = Question { side, key: &one.key, at: one.at };
    let found = index.ask(side, &one.key, one.at, known(one.known_at))?;
    show(&question, &found, cx)?;
    cx.out.say(format!("{} at {}", found.len(), one.at))?;
    Ok(Exit::Ok)
}

struct Question<'q> {
    side: Side,
    key: &'q str,
    at: Timestamp,
}

/// An instant has no space in it; a name may.
fn parse(line: &str) -> Option<Question<'_>> {
    let (word, rest) = line.trim().split_once(' ')?;
    let (key, at) = rest.rsplit_once(' ')?;
    let side = match word {
        "who" => Side::Who,
        "what" => Side::What,
        _ => return None,
    };
    Some(Question { side, key, at: instant(at).ok()? })
}

fn answer_many(index: &Index, known_at: Seq, timing: bool, cx: &mut Cx) -> anyhow::Result<Exit> {
    let mut took = [Vec::new(), Vec::new()];
    for (number, line) in (1..).zip(std::io::stdin().lock().lines()) {
        let line = line.context("cannot read questions")?;
        if line.trim().is_empty() {
            continue;
        }
        let question = parse(&line).ok_or_else(|| {
            hinted(
                format!("question {number} cannot be read: {line}"),
                "write 'who ENTITLEMENT TIME' or 'what PRINCIPAL TIME', TIME in RFC 3339 or a date",
            )
        })?;
        let begun = Instant::now();
        let found = index.ask(question.side, question.key, question.at, known_at)?;
        took[usize::from(question.side == Side::What)].push(begun.elapsed());
        show(&question, &found, cx)?;
    }
    if timing {
        for (name, took) in ["who", "what"].into_iter().zip(&mut took) {
            if let Some(line) = quantiles(name, took) {
                cx.out.say(line)?;
            }
        }
    }
    Ok(Exit::Ok)
}

fn quantiles(name: &str, took: &mut [Duration]) -> Option<String> {
    took.sort();
    let at = |percent: usize| {
        let place = (took.len() * percent / 100).min(took.len().checked_sub(1)?);
        Some(took[place].as_secs_f64() * 1e3)
    };
    let (p50, p99, n) = (at(50)?, at(99)?, took.len());
    Some(format!("{name}: p50 {p50:.3} ms, p99 {p99:.3} ms of {n}"))
}

/// One line a grant, its cells parted by tabs; in JSON one line a question.
fn show(question: &Question<'_>, found: &[Holding<'_>], cx: &mut Cx) -> anyhow::Result<()> {
    if cx.out.format == Format::Json {
        let asked = if question.side == Side::Who { "who" } else { "what" };
        return cx.out.json(&json!({
            "schema": "tenure.as-of/v1",
            "question": asked,
            "key": question.key,
            "at": question.at,
            "grants": found,
        }));
    }
    let csv = cx.out.format == Format::Csv;
    let rows = found.iter().map(|holding| {
        let v = &holding.validity;
        let time = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.to_string());
        vec![
            question.key.to_owned(),
            holding.name.to_owned(),
            holding.via.unwrap_or_default().to_owned(),
            holding.held.as_str().to_owned(),
            time(v.from_lo),
            time(Some(v.from_hi)),
            time(v.to_lo),
            time(v.to_hi),
        ]
    });
    if csv {
        let rows: Vec<_> = rows.collect();
        let bytes = crate::out::csv(&HEAD, &rows)?;
        return cx.out.raw(&bytes);
    }
    let text: String = rows.map(|row| row.join("\t") + "\n").collect();
    cx.out.raw(text.as_bytes())
}

const HEAD: [&str; 8] = [
    "asked",
    "name",
    "via",
    "held",
    "valid_from_lo",
    "valid_from_hi",
    "valid_to_lo",
    "valid_to_hi",
];
