//! `tenure evaluate`: tests controls over every instant of a period.

use anyhow::Context as _;
use tenure_controls::evaluate::{
    EvaluateError, Scope, Unwatched, Watch, evaluate_watched, threads,
};
use tenure_model::evaluation::{ControlResult, Evaluated, Reconciliation, Timing};
use tenure_model::ids::Seq;
use tenure_model::outcome::Outcome;
use tenure_model::{Period, Timestamp};

mod changes;
mod timings;

use crate::cli::{Cx, instant};
use crate::commands::controls::library;
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::{BAD, BOLD, DIM, Format, GOOD, WARN, styled};
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
    let evaluated = match args.timings {
        true => perform_watched(&workspace, &args.what, cx, &timings::Timings)?,
        false => perform(&workspace, &args.what, cx)?,
    };
    if let Some(since) = args.since {
        return changes::run(&workspace, &args.what, since, &evaluated, cx);
    }
    let evaluation = &evaluated.evaluation;
    match cx.out.format {
        Format::Json => cx.out.json(evaluation)?,
        Format::Csv => cx.out.raw(tenure_verify::csv::deviations(evaluation).as_bytes())?,
        Format::Text => tell(&evaluation.controls, &evaluation.period, evaluation.known_at, cx)?,
    }
    // Text is read by a person, in a chain of commands that should go on; other formats are read
    // by programs, which want to branch.
    let codes = match args.exit_codes {
        ExitCodes::Auto => cx.out.format != Format::Text,
        ExitCodes::Always => true,
        ExitCodes::Never => false,
    };
    Ok(if codes { exit(&evaluation.controls) } else { Exit::Ok })
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
    let period = Period::new(what.from, what.to)
        .map_err(|e| hinted(e.to_string(), "a period is [from, to): its end is not included"))?;
    projection::ensure(workspace)?;
    let (known_at, as_of) = known(workspace, what.known_at)?;
    let scope = Scope { period, known_at, as_of, controls: what.controls.clone() };
    let evaluated = evaluate_watched(&workspace.timeline, &library(cx)?, &scope, threads(), watch);
    evaluated.map_err(|error| match error {
        EvaluateError::NoSuchControl(_) => {
            hinted(error.to_string(), "'tenure controls list' lists the controls")
        }
        other => anyhow::Error::new(other),
    })
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

/// 0 nothing noted, 10 contradicted, 11 not demonstrated or indeterminate, 12 both.
fn exit(controls: &[ControlResult]) -> Exit {
    let any = |test: fn(Outcome) -> bool| {
        controls
            .iter()
            .flat_map(|c| &c.deviations.list)
            .any(|d| d.exception.is_none() && test(d.outcome))
    };
    let contradicted = any(|o| o == Outcome::Contradicted);
    let unclear = any(|o| matches!(o, Outcome::NotDemonstrated | Outcome::Indeterminate))
        || controls.iter().any(|c| {
            c.population.verdict == tenure_model::outcome::PopulationVerdict::NotDemonstrated
        });
    match (contradicted, unclear) {
        (false, false) => Exit::Ok,
        (true, false) => Exit::Deviations,
        (false, true) => Exit::NotDemonstrated,
        (true, true) => Exit::DeviationsAndNotDemonstrated,
    }
}

/// What was found, for people.
pub(crate) fn tell(
    controls: &[ControlResult],
    period: &Period,
    known_at: Seq,
    cx: &mut Cx,
) -> anyhow::Result<()> {
    cx.out.line(styled(DIM, format!("period {period}, as known at ledger index {known_at}")))?;
    for control in controls {
        if let Some(why) = &control.not_evaluated {
            cx.out.line("")?;
            cx.out.line(format!("{} {}", styled(BOLD, &control.id), control.title))?;
            cx.out.line(format!("  {}", styled(BAD, "not evaluated")))?;
            cx.out.line(format!("  {why}"))?;
            continue;
        }
        let worst = control.items.iter().filter(|(_, n)| **n > 0).map(|(o, _)| *o).max();
        let style = match worst {
            Some(Outcome::Contradicted) => BAD,
            Some(Outcome::NotDemonstrated | Outcome::Indeterminate | Outcome::NotYetDue) => WARN,
            _ => GOOD,
        };
        cx.out.line("")?;
        cx.out.line(format!("{} {}", styled(BOLD, &control.id), control.title))?;
        cx.out.line(format!("  {}", styled(style, &control.conclusion)))?;
        cx.out.line(format!(
            "  population {}: {}; deviations {} gross, {} net",
            control.population.count,
            control.population.verdict.as_str().replace('_', " "),
            control.deviations.gross,
            control.deviations.net
        ))?;
        differences(control, cx)?;
        timing(control, cx)?;
        reasons(control, cx)?;
    }
    Ok(())
}

/// What a second source knows otherwise.
fn differences(control: &ControlResult, cx: &mut Cx) -> anyhow::Result<()> {
    for compared in control.population.reconciliations.iter().filter(|r| !r.agrees) {
        let Reconciliation { against, ours, theirs, unmatched, .. } = compared;
        cx.out.line(format!(
            "  compared with {against}: {ours} here, {theirs} there, {unmatched} known to one side only"
        ))?;
    }
    Ok(())
}

/// Whether what was done bunches before the end of the period, or came late.
fn timing(control: &ControlResult, cx: &mut Cx) -> anyhow::Result<()> {
    let Some(timing) = control.timing.as_ref().filter(|t| t.clustered || t.late > 0) else {
        return Ok(());
    };
    let Timing { performed, in_tail, after_period, of_tail, late, .. } = timing;
    let from = timing.tail_from.date();
    let text = format!(
        "timing: {performed} done, {in_tail} of them from {from} to the end of the period and {after_period} after it, where {of_tail} belong; {late} late"
    );
    let bunch = if timing.clustered { styled(WARN, "; they bunch") } else { String::new() };
    cx.out.line(format!("  {text}{bunch}"))?;
    Ok(())
}

/// The most frequent reasons, so that a list of hundreds reads as a few sentences.
fn reasons(control: &ControlResult, cx: &mut Cx) -> anyhow::Result<()> {
    let mut counts: std::collections::BTreeMap<(&str, Outcome), u64> =
        std::collections::BTreeMap::new();
    for deviation in &control.deviations.list {
        *counts.entry((&deviation.attribute, deviation.outcome)).or_default() += 1;
    }
    for ((attribute, outcome), n) in counts {
        let example = control
            .deviations
            .list
            .iter()
            .find(|d| d.attribute == attribute && d.outcome == outcome);
        if let Some(example) = example {
            let word = outcome.as_str().replace('_', " ");
            cx.out.line(format!(
                "  {attribute}: {n} × {word}, e.g. {} at {}: {}",
                example.item, example.from, example.reason
            ))?;
        }
    }
    Ok(())
}
