//! `tenure sim accuracy`: from a seed to the share of what was planted that is found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;
use tenure_ledger::NewEntry;
use tenure_model::clock::FixedClock;
use tenure_sim::accuracy::{Counts, Row, score};
use tenure_sim::output::Source;
use tenure_sim::{Settings, Simulation, simulate};

use crate::cli::Cx;
use crate::commands::collect::collect;
use crate::commands::evaluate::{What, perform};
use crate::exit::Exit;
use crate::out::{Format, Out, csv};
use crate::workspace::{Configured, KIND_SOURCE, SourceBody, Workspace};

/// What was asked for beside the companies.
pub(super) struct Asked {
    /// The controls; all, if none.
    pub controls: Vec<String>,
    /// Where to keep the workspaces.
    pub keep: Option<PathBuf>,
    /// How many of the missed and the false to tell of each control.
    pub examples: usize,
    /// Whether to tell of each attribute by itself.
    pub attributes: bool,
}

/// Runs every seed and tells of each; anything missed or false is the exit code of deviations.
pub(super) fn run(settings: &[Settings], asked: &Asked, cx: &mut Cx) -> anyhow::Result<Exit> {
    let mut runs = Vec::new();
    for one in settings {
        cx.out.say(format!("seed {}, {} people", one.seed, one.people))?;
        runs.push((*one, seed(one, asked, cx)?));
    }
    match cx.out.format {
        Format::Json => {
            let runs: Vec<_> = runs
                .iter()
                .map(|(s, rows)| json!({"seed": s.seed, "people": s.people, "period": s.period, "controls": rows}))
                .collect();
            cx.out.json(&json!({"schema": "tenure.accuracy/v1", "runs": runs}))?;
        }
        Format::Csv => {
            let rows: Vec<_> = runs.iter().flat_map(|(s, rows)| lines(s, rows, asked)).collect();
            let bytes = csv(&HEAD, &rows)?;
            cx.out.raw(&bytes)?;
        }
        Format::Text => tell(&runs, asked, cx)?,
    }
    let wrong = |all: &Counts| all.missed + all.false_findings + (all.gaps - all.gaps_answered) > 0;
    let any = runs.iter().any(|(_, rows)| rows.values().any(|row| wrong(&row.all)));
    Ok(if any { Exit::Deviations } else { Exit::Ok })
}

/// Simulates, collects and evaluates one company, as on the day of its collection.
fn seed(settings: &Settings, asked: &Asked, cx: &Cx) -> anyhow::Result<BTreeMap<String, Row>> {
    let temporary = tempfile::tempdir()?;
    let root = match &asked.keep {
        Some(dir) => dir.join(format!("seed-{}-{}", settings.seed, settings.people)),
        None => temporary.path().to_owned(),
    };
    let mut simulation = simulate(*settings);
    let files = root.join("files");
    super::write(&simulation, &files)?;
    simulation.output.forget_files();
    let controls = &asked.controls;
    let mut inner = Cx {
        root: root.join("workspace"),
        out: Out::new(Format::Json, true),
        clock: Box::new(FixedClock(settings.collected_at())),
    };
    let arrivals = simulation.output.arrivals();
    let first = arrivals.first().map_or(settings.collected_at(), |arrival| arrival.at);
    inner.clock = Box::new(FixedClock(first));
    let mut workspace = workspace(&simulation, &files, &inner)?;
    for arrival in arrivals {
        for (path, bytes) in &arrival.files {
            std::fs::write(files.join(path), bytes)?;
        }
        inner.clock = Box::new(FixedClock(arrival.at));
        collect(&mut workspace, &[arrival.source.parse()?], &mut inner)?;
    }
    inner.clock = Box::new(FixedClock(settings.collected_at()));
    for outcome in collect(&mut workspace, &[], &mut inner)? {
        let (source, gaps) = (&outcome.source, outcome.gap_count);
        cx_say(cx, &format!("{source}: {} records, {gaps} gaps", outcome.records));
    }
    let what = What {
        from: settings.period.from,
        to: settings.period.to,
        controls: controls.clone(),
        known_at: None,
    };
    let evaluated = perform(&workspace, &what, &inner)?;
    let planted = simulation.truth.iter();
    let planted: Vec<_> =
        planted.filter(|p| controls.is_empty() || controls.contains(&p.control)).cloned().collect();
    Ok(score(&planted, &evaluated, asked.examples))
}

fn cx_say(cx: &Cx, line: &str) {
    if !cx.out.quiet {
        anstream::eprintln!("  {line}");
    }
}

/// A workspace with the sources of the company.
fn workspace(simulation: &Simulation, files: &Path, cx: &Cx) -> anyhow::Result<Workspace> {
    let workspace = Workspace::create(&cx.root, Some("tenure.local/sim"), cx.now())?;
    let files = files.canonicalize()?;
    let mut entries = Vec::new();
    for source in simulation.output.sources() {
        let configured = Configured::of(body(source, &files)?)?;
        entries.push(NewEntry {
            kind: KIND_SOURCE.into(),
            at: cx.now(),
            actor: "tenure".into(),
            stream: format!("source/{}", source.name),
            rev: 0,
            body: serde_json::to_value(&configured.body)?,
        });
    }
    workspace.ledger.append(entries)?;
    Ok(workspace)
}

fn body(source: &Source, files: &Path) -> anyhow::Result<SourceBody> {
    let path = |value: &String| match value.strip_prefix("@/") {
        Some(below) => files.join(below).to_string_lossy().into_owned(),
        None => value.clone(),
    };
    Ok(SourceBody {
        name: source.name.parse()?,
        kind: source.kind.clone(),
        system: source.system.parse()?,
        settings: source.settings.iter().map(|(k, v)| (k.clone(), path(v))).collect(),
    })
}

const HEAD: [&str; 14] = [
    "seed",
    "people",
    "control",
    "items",
    "supported",
    "planted",
    "found",
    "missed",
    "near misses",
    "gaps",
    "answered",
    "false",
    "recall",
    "precision",
];

fn lines(settings: &Settings, rows: &BTreeMap<String, Row>, asked: &Asked) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    for (control, row) in rows {
        if asked.attributes {
            let of = |(attribute, counts): (&String, &Counts)| {
                line(settings, &format!("{control} {attribute}"), row, counts)
            };
            lines.extend(row.attributes.iter().map(of));
        } else {
            lines.push(line(settings, control, row, &row.all));
        }
    }
    lines
}

fn line(settings: &Settings, control: &str, row: &Row, counts: &Counts) -> Vec<String> {
    let numbers = [
        row.items,
        counts.supported,
        counts.planted,
        counts.found,
        counts.missed,
        counts.near_misses,
        counts.gaps,
        counts.gaps_answered,
        counts.false_findings,
    ];
    let mut line = vec![settings.seed.to_string(), settings.people.to_string(), control.to_owned()];
    line.extend(numbers.map(|n| n.to_string()));
    let planted = counts.planted + counts.gaps;
    line.push(share(row, counts.recall(), planted));
    line.push(share(row, counts.precision(), planted + counts.false_findings));
    line
}

/// A share of nothing is no figure.
fn share(row: &Row, share: f64, of: u64) -> String {
    match (row.not_evaluated.is_some(), of) {
        (true, _) => "not evaluated".to_owned(),
        (false, 0) => "nothing planted".to_owned(),
        (false, _) => format!("{share:.3}"),
    }
}

/// A table as Markdown, so that it can stand in the documentation as it is.
fn tell(
    runs: &[(Settings, BTreeMap<String, Row>)],
    asked: &Asked,
    cx: &mut Cx,
) -> anyhow::Result<()> {
    cx.out.line(format!("| {} |", HEAD.join(" | ")))?;
    cx.out.line(format!("|{}", "---|".repeat(HEAD.len())))?;
    for line in runs.iter().flat_map(|(settings, rows)| lines(settings, rows, asked)) {
        cx.out.line(format!("| {} |", line.join(" | ")))?;
    }
    for (settings, rows) in runs {
        for (control, row) in rows {
            if let Some(why) = &row.not_evaluated {
                cx.out.say(format!("seed {}, {control}: not evaluated: {why}", settings.seed))?;
            }
            for example in &row.examples {
                cx.out.say(format!("seed {}, {control}: {example}", settings.seed))?;
            }
        }
    }
    Ok(())
}
