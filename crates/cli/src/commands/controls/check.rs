//! `tenure controls check`: whether every control can be evaluated.

use serde_json::json;
use tenure_controls::check::{Problem, check};
use tenure_controls::library::Library;
use tenure_model::{Period, Timestamp};
use tenure_timeline::store::Store;

use crate::cli::Cx;
use crate::exit::Exit;
use crate::out::{BAD, Format, WARN, csv, styled};

pub(super) fn run(library: &Library, cx: &mut Cx) -> anyhow::Result<Exit> {
    // Queries are planned against the tables, not run: an empty timeline has all of them.
    let dir = tempfile::tempdir()?;
    let store = Store::new(dir.path().join("timeline"));
    tenure_timeline::build::build(&store, &[], &[])?;
    let now = cx.now();
    let period = Period::new(now.plus_micros(-365 * Timestamp::DAY), now)?;
    let problems = check(&store, library, &period)?;
    let broken = problems.iter().any(|p| !p.warning);
    match cx.out.format {
        Format::Json => cx.out.json(&json!({
            "schema": "tenure.controls-check/v1",
            "controls": library.controls().count() + library.broken().len(),
            "problems": problems,
        }))?,
        Format::Csv => {
            let row = |p: &Problem| {
                let kind = if p.warning { "warning" } else { "error" };
                [kind, &p.control, &p.file, &p.place, &p.problem].map(str::to_owned).to_vec()
            };
            let rows: Vec<_> = problems.iter().map(row).collect();
            let bytes = csv(&["kind", "control", "file", "place", "problem"], &rows)?;
            cx.out.raw(&bytes)?;
        }
        Format::Text => tell(library, &problems, cx)?,
    }
    Ok(if broken { Exit::Failure } else { Exit::Ok })
}

fn tell(library: &Library, problems: &[Problem], cx: &mut Cx) -> anyhow::Result<()> {
    for p in problems {
        let kind = if p.warning { styled(WARN, "warning") } else { styled(BAD, "error") };
        let place = if p.place.is_empty() { String::new() } else { format!(", {}", p.place) };
        cx.out.line(format!("{kind}: {} ({}{place}): {}", p.control, p.file, p.problem))?;
    }
    let (good, bad) = (library.controls().count(), problems.iter().filter(|p| !p.warning).count());
    if bad == 0 {
        return cx.out.line(format!(
            "{good} controls: every definition is well formed, every framework id exists in its edition, every query names tables and columns that exist, every attribute is tested"
        ));
    }
    cx.out.line(format!(
        "{bad} problems; a control with one is reported as not evaluated, the others are evaluated"
    ))
}
