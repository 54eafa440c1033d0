//! `tenure evaluate`: tests controls over every instant of a period.

use std::collections::BTreeMap;

use tenure_controls::evaluate::Scope;
use tenure_model::Timestamp;
use tenure_model::evaluation::{ControlResult, Evaluated, Evaluation, SCHEMA};
use tenure_model::outcome::{Outcome, PopulationVerdict};
use tenure_verify::csv;

mod changes;
mod job;
mod progress;
mod timings;
mod told;

use crate::cli::{Cx, instant};
use crate::commands::evaluate::job::Job;
use crate::exit::Exit;
use crate::out::{DIM, Format, styled};
use crate::workspace::Workspace;

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
    let job = Job::of(&workspace, &args.what, args.timings, cx)?;
    if let Some(since) = args.since {
        return changes::run(&workspace, &args.what, since, &job.whole()?, cx);
    }
    let found = match cx.out.format {
        Format::Text => tell(&job, cx)?,
        Format::Json => {
            let evaluation = without_items(&job)?;
            cx.out.json(&evaluation)?;
            Found::of_all(&evaluation)
        }
        Format::Csv => {
            let evaluation = without_items(&job)?;
            cx.out.raw(csv::deviations(&evaluation).as_bytes())?;
            Found::of_all(&evaluation)
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

/// Evaluates as known at an index: of the last entry that is evidence, unless one is named.
pub(crate) fn perform(workspace: &Workspace, what: &What, cx: &Cx) -> anyhow::Result<Evaluated> {
    Job::of(workspace, what, false, cx)?.whole()
}

/// Tells of each control in the order of their ids. What is not told is not kept: the findings of a
/// large company take more memory than any one control.
fn tell(job: &Job<'_>, cx: &mut Cx) -> anyhow::Result<Found> {
    let (mut told, mut found) = (BTreeMap::new(), Found::default());
    job.each(&mut |one| {
        found = found.and(Found::of(&one.result));
        told.insert(one.result.id.clone(), told::lines(&one.result));
    })?;
    let Scope { period, known_at, .. } = job.scope;
    cx.out.line(styled(DIM, format!("period {period}, as known at ledger index {known_at}")))?;
    for line in told.into_values().flatten() {
        cx.out.line(line)?;
    }
    Ok(found)
}

/// The results without the items of populations, which are no part of them.
fn without_items(job: &Job<'_>) -> anyhow::Result<Evaluation> {
    let mut controls = Vec::new();
    job.each(&mut |one| controls.push(one.result))?;
    controls.sort_by(|a, b| a.id.cmp(&b.id));
    let Scope { period, known_at, .. } = job.scope;
    Ok(Evaluation { schema: SCHEMA.to_owned(), period, known_at, controls })
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

    fn of_all(evaluation: &Evaluation) -> Self {
        evaluation.controls.iter().map(Self::of).fold(Self::default(), Self::and)
    }

    const fn and(self, other: Self) -> Self {
        Self {
            contradicted: self.contradicted || other.contradicted,
            unclear: self.unclear || other.unclear,
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
