//! `tenure controls`: the control library.

mod check;
mod coverage;

use serde_json::json;
use tenure_controls::library::{Control, Library};

use crate::cli::Cx;
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::{Format, table};

/// The control library.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    /// Every control.
    List,
    /// A control as its auditor reads it.
    Show {
        /// The control, e.g. `JML-01`.
        id: String,
    },
    /// Check every definition and its queries, the workspace's own included.
    Check,
    /// Which criteria of a framework the controls give evidence on, and which none does.
    Coverage {
        /// The framework, e.g. `tsc-2017`.
        #[arg(long, default_value = "tsc-2017")]
        framework: String,
    },
}

/// The library of this workspace; outside one, the built-in controls.
pub(crate) fn library(cx: &Cx) -> anyhow::Result<Library> {
    let own = cx.root.join("controls");
    Library::load(own.is_dir().then_some(own.as_path())).map_err(|e| {
        hinted(
            e.to_string(),
            "a control is one YAML file; 'tenure controls show JML-01' prints one to start from",
        )
    })
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let library = library(cx)?;
    match args.verb {
        Verb::List => list(&library, cx)?,
        Verb::Show { id } => {
            let control = library.get(&id).ok_or_else(|| match library.broken().get(&id) {
                Some(broken) => hinted(
                    format!("{}: {}", broken.file, broken.problem),
                    "'tenure controls check' checks all of them",
                ),
                None => hinted(
                    format!("there is no control '{id}'"),
                    "'tenure controls list' lists the controls",
                ),
            })?;
            cx.out.raw(control.yaml().as_bytes())?;
        }
        Verb::Check => return check::run(&library, cx),
        Verb::Coverage { framework } => coverage::run(&framework, &library, cx)?,
    }
    Ok(Exit::Ok)
}

fn list(library: &Library, cx: &mut Cx) -> anyhow::Result<()> {
    if cx.out.format == Format::Json {
        let controls: Vec<_> = library.controls().map(|c| {
            let d = c.current();
            json!({"id": d.id, "title": d.title, "kind": d.kind, "version": d.version, "origin": c.origin, "frameworks": d.frameworks})
        }).collect();
        return cx.out.json(&json!({"schema": "tenure.controls/v1", "controls": controls}));
    }
    let row = |c: &Control| {
        let d = c.current();
        let tsc = d.frameworks.get("tsc-2017").map(|ids| ids.join(" ")).unwrap_or_default();
        vec![d.id.clone(), d.kind.as_str().to_owned(), d.title.clone(), tsc, c.origin.clone()]
    };
    let rows: Vec<_> = library.controls().map(row).collect();
    cx.out.line(table(&["id", "kind", "title", "TSC", "origin"], &rows))
}
