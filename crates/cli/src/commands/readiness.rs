//! `tenure readiness`: what would be noted if the window closed on a day.

use tenure_controls::readiness::owners::Owners;
use tenure_controls::readiness::plan::backwards;
use tenure_controls::readiness::{Action, Readiness, State, readiness};
use tenure_controls::session::Session;
use tenure_model::Timestamp;

use crate::cli::{Cx, instant};
use crate::commands::controls::library;
use crate::commands::evaluate::{What, perform};
use crate::exit::Exit;
use crate::out::{BAD, BOLD, DIM, Format, WARN, csv, styled, table};
use crate::projection;

/// What would be noted if the window closed on a day: by who answers for it, with what to do next.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The day on which the window closes, not included.
    #[arg(long, value_name = "D", value_parser = instant)]
    close: Timestamp,
    /// Start of the period; twelve months of 365 days before the close, if absent.
    #[arg(long, value_name = "D", value_parser = instant)]
    from: Option<Timestamp>,
    /// A control; all, if absent. May be repeated.
    #[arg(long = "control", value_name = "ID")]
    controls: Vec<String>,
    /// How many actions to show.
    #[arg(long, value_name = "N", default_value_t = 10)]
    actions: usize,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let workspace = cx.workspace()?;
    let from = args.from.unwrap_or_else(|| args.close.plus_micros(-365 * Timestamp::DAY));
    let what = What { from, to: args.close, controls: args.controls, known_at: None };
    let evaluated = perform(&workspace, &what, cx)?;
    projection::ensure(&workspace)?;
    let known_at = evaluated.evaluation.known_at;
    let session = Session::open(&workspace.timeline, known_at)?;
    let as_of = workspace.ledger.entry(known_at)?.entry.at;
    let plan = backwards(args.close, cx.now(), library(cx)?.calendar());
    let state = readiness(&evaluated, &Owners::read(&session)?, as_of, plan);
    match cx.out.format {
        Format::Json => cx.out.json(&state)?,
        Format::Csv => {
            let rows: Vec<_> = state.actions.iter().map(row).collect();
            let bytes =
                csv(&["closes", "state", "owner", "due", "controls", "reason", "example"], &rows)?;
            cx.out.raw(&bytes)?;
        }
        Format::Text => tell(&state, args.actions, cx)?,
    }
    Ok(Exit::Ok)
}

fn row(action: &Action) -> Vec<String> {
    vec![
        action.closes.to_string(),
        name(action.state).to_owned(),
        action.owner.clone().unwrap_or_default(),
        action.due.map(|at| at.to_string()).unwrap_or_default(),
        action.controls.join(" "),
        action.reason.to_string(),
        action.example.to_string(),
    ]
}

const fn name(state: State) -> &'static str {
    match state {
        State::Due => "due",
        State::Open => "open",
        State::Unrecorded => "not on record",
        State::Unclear => "unclear",
        State::Over => "over",
    }
}

fn tell(state: &Readiness, most: usize, cx: &mut Cx) -> anyhow::Result<()> {
    let head = format!("period {}, evidence until {}", state.period, state.as_of);
    cx.out.line(styled(DIM, head))?;
    owners(state, cx)?;
    actions(state, most, cx)?;
    provable(state, cx)?;
    lost(state, cx)?;
    plan(state, cx)
}

fn title(text: &str, cx: &mut Cx) -> anyhow::Result<()> {
    cx.out.line("")?;
    cx.out.line(styled(BOLD, text))
}

fn owners(state: &Readiness, cx: &mut Cx) -> anyhow::Result<()> {
    title("Who answers for what would be noted", cx)?;
    if state.owners.is_empty() {
        return cx.out.line("nothing would be noted");
    }
    const STATES: [State; 5] =
        [State::Due, State::Open, State::Unrecorded, State::Unclear, State::Over];
    let mut head = vec!["owner"];
    head.extend(STATES.map(name));
    head.extend(["next due", "controls"]);
    let rows: Vec<_> = state
        .owners
        .iter()
        .map(|load| {
            let mut row = vec![load.owner.clone().unwrap_or_else(|| "nobody on record".to_owned())];
            row.extend(STATES.map(|s| load.findings.get(&s).copied().unwrap_or(0).to_string()));
            row.push(load.next_due.map(|at| at.to_string()).unwrap_or_default());
            row.push(load.controls.join(" "));
            row
        })
        .collect();
    cx.out.line(table(&head, &rows))
}

fn actions(state: &Readiness, most: usize, cx: &mut Cx) -> anyhow::Result<()> {
    if state.actions.is_empty() {
        return Ok(());
    }
    title("What to do next, by how much it closes", cx)?;
    for action in state.actions.iter().take(most) {
        let owner = action.owner.as_deref().unwrap_or("nobody on record");
        let due = action.due.map(|at| format!(", due {at}")).unwrap_or_default();
        let n = styled(WARN, format!("{:>6}", action.closes));
        let controls = action.controls.join(" ");
        cx.out.line(format!("{n}  {owner}{due}: {}", action.state.advice()))?;
        cx.out.line(format!("        {controls}: {}, e.g. {}", action.reason, action.example))?;
    }
    match state.actions.len() {
        n if n > most => {
            cx.out.line(format!("        and {} more; --format csv lists all", n - most))
        }
        _ => Ok(()),
    }
}

fn provable(state: &Readiness, cx: &mut Cx) -> anyhow::Result<()> {
    title("What of the period so far can be proven", cx)?;
    let rows: Vec<_> = state
        .provable
        .iter()
        .map(|p| {
            let share = p.share.as_deref().and_then(|s| s.parse::<f64>().ok());
            let share = share.map_or_else(
                || "rests on listings or on Tenure's own record".to_owned(),
                |share| format!("{:5.1} %  {}", share * 100.0, bar(share)),
            );
            vec![p.control.clone(), share]
        })
        .collect();
    cx.out.line(table(&["control", "share of the time"], &rows))?;
    let rows: Vec<_> = state
        .slots
        .iter()
        .map(|s| {
            let [expected, done, missed, ahead] =
                [s.expected, s.done, s.missed, s.ahead].map(|n| n.to_string());
            vec![s.control.clone(), expected, done, missed, ahead]
        })
        .collect();
    cx.out.line("")?;
    cx.out.line(table(&["control", "slots", "done", "missed", "ahead"], &rows))
}

/// Ten cells, each a tenth.
fn bar(share: f64) -> String {
    (0..10).map(|cell| if share * 10.0 >= f64::from(cell) + 0.5 { '█' } else { '·' }).collect()
}

fn lost(state: &Readiness, cx: &mut Cx) -> anyhow::Result<()> {
    if state.beyond_repair.is_empty() {
        return Ok(());
    }
    title("What can no longer be repaired in this period", cx)?;
    for lost in &state.beyond_repair {
        let n = styled(BAD, format!("{:>6}", lost.count));
        cx.out.line(format!("{n}  {} {}: {}", lost.control, lost.attribute, lost.reason))?;
    }
    Ok(())
}

fn plan(state: &Readiness, cx: &mut Cx) -> anyhow::Result<()> {
    title("Backwards from the close", cx)?;
    for phase in &state.plan {
        let line = format!("{}  {}", phase.by.date(), phase.what);
        cx.out.line(if phase.past { styled(DIM, format!("{line} (past)")) } else { line })?;
    }
    Ok(())
}
