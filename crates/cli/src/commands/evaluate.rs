//! `tenure evaluate`: tests controls over every instant of a period.

use std::collections::BTreeMap;
use std::iter::Sum;

use anyhow::Context as _;
use tenure_controls::evaluate::{
    EvaluateError, One, Scope, Unwatched, Watch, evaluate_each, evaluate_watched, threads,
};
use tenure_model::evaluation::{ControlResult, Evaluated, Evaluation, SCHEMA};
use tenure_model::ids::Seq;
use tenure_model::outcome::{Outcome, PopulationVerdict};
use tenure_model::{Period, Timestamp};
use tenure_verify::csv;

mod changes;
mod timings;
mod told;

use crate::cli::{Cx, instant};
use crate::commands::controls::library;
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::{DIM, Format, styled};
use crate::projection;
use crate::workspace::{KIND_EVALUATION, Workspace};

/// Tests controls over every instant of a period.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) what: What,
    /// When the exit code tells what was found (10, 11, 12): `auto` = with json and csv.
    #[arg(long, value_enum, default_value = "auto")]
    exit_codes: ExitCodes,
    /// What moved since this ledger index, and which evidence moved it.
    #[arg(long, value_name = "INDEX")]
    since: Option<u64>,
    /// What each control took, on standard error: seconds, items of its population, findings.
    #[arg(long)]
    timings: bool,
}

/// Which controls over which period.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct What {
    /// Start of the period.
    #[arg(long, value_name = "D", value_parser = instant)]
    pub(crate) from: Timestamp,
    /// End of the period, not included.
    #[arg(long, value_name = "D", value_parser = instant)]
    pub(crate) to: Timestamp,
    /// A control; all, if absent. May be repeated.
    #[arg(long = "control", value_name = "ID")]
    pub(crate) controls: Vec<String>,
    /// As known at this ledger index; what is known now, if absent.
    #[arg(long, value_name = "INDEX")]
    pub(crate) known_at: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum ExitCodes {
    Auto,
    Always,
    Never,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let workspace = cx.workspace()?;
    let watch: &dyn Watch = if args.timings { &timings::Timings } else { &Unwatched };
    if let Some(since) = args.since {
        let evaluated = perform_watched(&workspace, &args.what, cx, watch)?;
        return changes::run(&workspace, &args.what, since, &evaluated, cx);
    }
    let found = match cx.out.format {
        Format::Text => tell(&workspace, &args.what, cx, watch)?,
        format => {
            let evaluation = without_items(&workspace, &args.what, cx, watch)?;
            match format {
                Format::Csv => cx.out.raw(csv::deviations(&evaluation).as_bytes())?,
                _ => cx.out.json(&evaluation)?,
            }
            evaluation.controls.iter().map(Found::of).sum()
        }
    };
    // Text is read by a person, in a chain of commands that should go on; other formats are read
    // by programs, which want to branch.
    let codes = match args.exit_codes {
        ExitCodes::Auto => cx.out.format != Format::Text,
        ExitCodes::Always => true,
        ExitCodes::Never => false,
    };
    Ok(if codes { found.exit() } else { Exit::Ok })
}

/// Tells of each control in the order of their ids. What is not told is not kept: the findings of a
/// large company take more memory than any one control.
fn tell(
    workspace: &Workspace,
    what: &What,
    cx: &mut Cx,
    watch: &dyn Watch,
) -> anyhow::Result<Found> {
    let (mut told, mut found) = (BTreeMap::new(), Vec::new());
    let scope = each(workspace, what, cx, watch, &mut |one| {
        found.push(Found::of(&one.result));
        told.insert(one.result.id.clone(), told::lines(&one.result));
    })?;
    let Scope { period, known_at, .. } = scope;
    cx.out.line(styled(DIM, format!("period {period}, as known at ledger index {known_at}")))?;
    for line in told.into_values().flatten() {
        cx.out.line(line)?;
    }
    Ok(found.into_iter().sum())
}

/// The results without the items of populations, which are no part of them.
fn without_items(
    workspace: &Workspace,
    what: &What,
    cx: &Cx,
    watch: &dyn Watch,
) -> anyhow::Result<Evaluation> {
    let mut controls = Vec::new();
    let scope = each(workspace, what, cx, watch, &mut |one| controls.push(one.result))?;
    controls.sort_by(|a, b| a.id.cmp(&b.id));
    let Scope { period, known_at, .. } = scope;
    Ok(Evaluation { schema: SCHEMA.to_owned(), period, known_at, controls })
}

/// Evaluates as known at an index: of the last entry that is evidence, unless one is named.
pub(crate) fn perform(workspace: &Workspace, what: &What, cx: &Cx) -> anyhow::Result<Evaluated> {
    perform_watched(workspace, what, cx, &Unwatched)
}

fn perform_watched(
    workspace: &Workspace,
    what: &What,
    cx: &Cx,
    watch: &dyn Watch,
) -> anyhow::Result<Evaluated> {
    let scope = scope(workspace, what)?;
    evaluate_watched(&workspace.timeline, &library(cx)?, &scope, threads(), watch)
        .map_err(with_hint)
}

/// Hands over each control as it is done.
fn each(
    workspace: &Workspace,
    what: &What,
    cx: &Cx,
    watch: &dyn Watch,
    take: &mut (dyn FnMut(One) + Send),
) -> anyhow::Result<Scope> {
    let scope = scope(workspace, what)?;
    evaluate_each(&workspace.timeline, &library(cx)?, &scope, threads(), watch, take)
        .map_err(with_hint)?;
    Ok(scope)
}

/// What is asked for, over a timeline that is up to date.
fn scope(workspace: &Workspace, what: &What) -> anyhow::Result<Scope> {
    let period = Period::new(what.from, what.to)
        .map_err(|e| hinted(e.to_string(), "a period is [from, to): its end is not included"))?;
    projection::ensure(workspace)?;
    let (known_at, as_of) = known(workspace, what.known_at)?;
    Ok(Scope { period, known_at, as_of, controls: what.controls.clone() })
}

fn with_hint(error: EvaluateError) -> anyhow::Error {
    match error {
        EvaluateError::NoSuchControl(_) => {
            hinted(error.to_string(), "'tenure controls list' lists the controls")
        }
        other => anyhow::Error::new(other),
    }
}

/// The index to evaluate at, and when it was written. Evaluations are recorded too, but are no
/// evidence: counting them would make the same evaluation another one each time.
fn known(workspace: &Workspace, asked: Option<u64>) -> anyhow::Result<(Seq, Timestamp)> {
    let size = workspace.ledger.size()?;
    if let Some(index) = asked {
        if index >= size {
            return Err(hinted(
                format!("the ledger has no entry {index}, only {size} entries"),
                "entries are counted from 0; 'tenure ledger status' tells how many there are",
            ));
        }
        return Ok((Seq(index), workspace.ledger.entry(Seq(index))?.entry.at));
    }
    for index in (0..size).rev() {
        let entry = workspace.ledger.entry(Seq(index))?.entry;
        if entry.kind != KIND_EVALUATION {
            return Ok((Seq(index), entry.at));
        }
    }
    None.context("the ledger is empty")
}

/// What the exit code tells of.
#[derive(Clone, Copy, Default)]
struct Found {
    contradicted: bool,
    /// Not demonstrated or indeterminate.
    unclear: bool,
}

impl Found {
    fn of(control: &ControlResult) -> Self {
        let any = |test: fn(Outcome) -> bool| {
            control.deviations.list.iter().any(|d| d.exception.is_none() && test(d.outcome))
        };
        Self {
            contradicted: any(|o| o == Outcome::Contradicted),
            unclear: control.population.verdict == PopulationVerdict::NotDemonstrated
                || any(|o| matches!(o, Outcome::NotDemonstrated | Outcome::Indeterminate)),
        }
    }

    /// 0 nothing noted, 10 contradicted, 11 not demonstrated or indeterminate, 12 both.
    const fn exit(self) -> Exit {
        match (self.contradicted, self.unclear) {
            (false, false) => Exit::Ok,
            (true, false) => Exit::Deviations,
            (false, true) => Exit::NotDemonstrated,
            (true, true) => Exit::DeviationsAndNotDemonstrated,
        }
    }
}

impl Sum for Found {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self {
            contradicted: a.contradicted || b.contradicted,
            unclear: a.unclear || b.unclear,
        })
    }
}
