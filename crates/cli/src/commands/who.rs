//! `tenure who`: the question every auditor asks.

use serde_json::json;
use tenure_model::Timestamp;
use tenure_model::ids::Seq;
use tenure_timeline::asof::{Answer, Question, who};

use crate::cli::{Cx, instant};
use crate::exit::Exit;
use crate::out::{Format, csv, table};
use crate::projection;

/// Who held an entitlement, or what a principal held, at an instant.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct Args {
    /// Who held this entitlement, e.g. `org:kubernetes:admin`.
    #[arg(long, value_name = "ENTITLEMENT", conflicts_with = "by", required_unless_present = "by")]
    on: Option<String>,
    /// What this principal held.
    #[arg(long, value_name = "PRINCIPAL")]
    by: Option<String>,
    /// When.
    #[arg(long, value_name = "T", value_parser = instant)]
    at: Timestamp,
    /// As known at this ledger index; what is known now, if absent.
    #[arg(long, value_name = "INDEX")]
    known_at: Option<u64>,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let workspace = cx.workspace()?;
    projection::ensure(&workspace)?;
    let question = match (args.on, args.by) {
        (Some(entitlement), _) => Question::On(entitlement),
        (None, principal) => Question::By(principal.unwrap_or_default()),
    };
    let known_at = args.known_at.map_or(Seq::LATEST, Seq);
    let answers = who(&workspace.timeline, &question, args.at, known_at)?;
    match cx.out.format {
        Format::Json => cx.out.json(&json!({
            "schema": "tenure.who/v1",
            "at": args.at,
            "known_at": args.known_at,
            "grants": answers,
        }))?,
        Format::Csv => {
            let rows: Vec<_> = answers.iter().map(row).collect();
            let bytes = csv(&HEAD, &rows)?;
            cx.out.raw(&bytes)?;
        }
        Format::Text => {
            let rows: Vec<_> = answers.iter().map(row).collect();
            cx.out.line(table(&HEAD, &rows))?;
            let grants = match answers.len() {
                1 => "1 grant".to_owned(),
                n => format!("{n} grants"),
            };
            cx.out.say(format!("{grants} at {}", args.at))?;
            if answers.is_empty() {
                cx.out.say("nobody then, or a name that is not known: 'tenure query \"SELECT DISTINCT entitlement FROM grants\"' lists the names")?;
            }
        }
    }
    Ok(Exit::Ok)
}

const HEAD: [&str; 7] = ["entitlement", "principal", "held", "since", "until", "approval", "grant"];

fn row(answer: &Answer) -> Vec<String> {
    let v = &answer.validity;
    let since = match v.from_lo {
        Some(lo) if lo == v.from_hi => v.from_hi.to_string(),
        Some(lo) => format!("between {lo} and {}", v.from_hi),
        None => format!("before {}", v.from_hi),
    };
    let until = match (v.to_lo, v.to_hi) {
        (Some(lo), Some(hi)) if lo != hi => format!("between {lo} and {hi}"),
        (_, Some(hi)) => hi.to_string(),
        _ => String::new(),
    };
    vec![
        answer.entitlement.clone(),
        answer.principal.clone(),
        answer.held.as_str().to_owned(),
        since,
        until,
        answer.approval_ref.clone().unwrap_or_default(),
        answer.grant_id.clone(),
    ]
}
