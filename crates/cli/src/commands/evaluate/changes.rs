//! `tenure evaluate --since INDEX`: what late evidence moved.

use tenure_controls::moved::{Moved, Movement, moved, runs};
use tenure_controls::session::Session;
use tenure_model::evaluation::Evaluated;
use tenure_model::ids::Seq;
use tenure_model::outcome::Outcome;

use crate::cli::Cx;
use crate::commands::evaluate::{What, perform};
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::{BOLD, DIM, Format, csv, styled};
use crate::workspace::Workspace;

pub(super) fn run(
    workspace: &Workspace,
    what: &What,
    since: u64,
    after: &Evaluated,
    cx: &mut Cx,
) -> anyhow::Result<Exit> {
    let known_at = after.evaluation.known_at;
    if Seq(since) >= known_at {
        return Err(hinted(
            format!("nothing was recorded after index {since}: results are as known at {known_at}"),
            "name an earlier index; 'tenure query \"SELECT seq, source, run FROM runs\"' lists runs",
        ));
    }
    let before = perform(workspace, &What { known_at: Some(since), ..what.clone() }, cx)?;
    let session = Session::open(&workspace.timeline, known_at)?;
    let moved = moved(&before, after, runs(&session, Seq(since))?);
    match cx.out.format {
        Format::Json => cx.out.json(&moved)?,
        Format::Csv => {
            let rows: Vec<_> = moved.changes.iter().map(row).collect();
            let bytes = csv(&HEAD, &rows)?;
            cx.out.raw(&bytes)?;
        }
        Format::Text => tell(&moved, cx)?,
    }
    Ok(Exit::Ok)
}

const HEAD: [&str; 7] = ["control", "item", "attribute", "before", "after", "reason", "evidence"];

fn row(m: &Movement) -> Vec<String> {
    vec![
        m.control.clone(),
        m.item.to_string(),
        m.attribute.as_deref().unwrap_or_default().to_owned(),
        word(m.before),
        word(m.after),
        m.reason.to_string(),
        m.evidence.as_str().to_owned(),
    ]
}

fn word(outcome: Option<Outcome>) -> String {
    outcome.map(|o| o.as_str().replace('_', " ")).unwrap_or_default()
}

/// How many changes of one control are listed before the rest is counted.
const LISTED: usize = 20;

fn tell(moved: &Moved, cx: &mut Cx) -> anyhow::Result<()> {
    let (since, known_at) = (moved.since, moved.known_at);
    cx.out.line(styled(
        DIM,
        format!("period {}, as known at {since} and at {known_at}", moved.period),
    ))?;
    for run in &moved.runs {
        cx.out.line(format!("  {} recorded {} of {}", run.seq, run.run, run.source))?;
    }
    if moved.changes.is_empty() {
        return cx.out.line("nothing moved");
    }
    for list in moved.changes.chunk_by(|a, b| a.control == b.control) {
        cx.out.line("")?;
        let n = list.len();
        cx.out.line(format!("{} {n} moved", styled(BOLD, &list[0].control)))?;
        for change in list.iter().take(LISTED) {
            one(change, cx)?;
        }
        if n > LISTED {
            cx.out.line(format!("  and {} more; --format csv lists all", n - LISTED))?;
        }
    }
    Ok(())
}

fn one(change: &Movement, cx: &mut Cx) -> anyhow::Result<()> {
    let attribute = change.attribute.as_deref().unwrap_or("item");
    let (before, after) = (word(change.before), word(change.after));
    let arrow = match (before.as_str(), after.as_str()) {
        ("", after) => format!("now {after}"),
        (before, "") => format!("was {before}"),
        (before, after) if before == after => format!("{after}, over other stretches"),
        (before, after) => format!("{before} → {after}"),
    };
    cx.out.line(format!("  {attribute} {}: {arrow}: {}", change.item, change.reason))?;
    for evidence in change.evidence.iter() {
        cx.out.line(styled(DIM, format!("      by {evidence}")))?;
    }
    Ok(())
}
