//! `tenure controls coverage`: which criteria the controls give evidence on.

use serde_json::json;
use tenure_controls::frameworks;
use tenure_controls::library::Library;

use crate::cli::Cx;
use crate::hint::hinted;
use crate::out::{Format, csv, table};

pub(super) fn run(framework: &str, library: &Library, cx: &mut Cx) -> anyhow::Result<()> {
    let coverage = frameworks::coverage(framework, library).ok_or_else(|| {
        let names: Vec<_> = frameworks::names().collect();
        hinted(
            format!("there is no framework '{framework}'"),
            format!("there are {}", names.join(", ")),
        )
    })?;
    let rows: Vec<_> =
        coverage.criteria.iter().map(|c| vec![c.id.clone(), c.controls.join(" ")]).collect();
    match cx.out.format {
        Format::Json => {
            return cx
                .out
                .json(&json!({"schema": "tenure.framework-coverage/v1", "coverage": coverage}));
        }
        Format::Csv => {
            let bytes = csv(&["criterion", "controls"], &rows)?;
            return cx.out.raw(&bytes);
        }
        Format::Text => {}
    }
    let shown: Vec<_> = rows
        .iter()
        .map(|row| match row[1].is_empty() {
            true => {
                vec![row[0].clone(), "not covered: nothing here gives evidence on it".to_owned()]
            }
            false => row.clone(),
        })
        .collect();
    cx.out.line(table(&["criterion", "controls"], &shown))?;
    let covered = coverage.criteria.iter().filter(|c| !c.controls.is_empty()).count();
    let of = if coverage.whole { "all" } else { "of those that anything is mapped to, all" };
    cx.out.line(format!(
        "{covered} of {} criteria of {framework} have a control that gives evidence on them ({of} {}); a mapping is our judgement, and says nothing of how far the criterion is met",
        coverage.criteria.len(),
        coverage.criteria.len()
    ))
}
