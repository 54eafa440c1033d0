//! `tenure ingest`: records what lies at a path, in one step: the workspace and the source are made
//! when they are not there yet.

use std::path::PathBuf;

use tenure_model::entry::RunOutcome;
use tenure_model::ids::{SourceName, SystemId};

use super::{collect, source};
use crate::cli::Cx;
use crate::exit::Exit;
use crate::hint::hinted;
use crate::workspace::{Configured, SourceBody, Workspace};

/// Records what lies at a path, in one step. The timeline is built when first asked for.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The kind of source, see `tenure source kinds`.
    kind: String,
    /// Where it lies.
    path: PathBuf,
    /// The source's name; its kind, if absent.
    #[arg(long)]
    name: Option<SourceName>,
    /// The system that it tells about; the source's name, if absent.
    #[arg(long)]
    system: Option<SystemId>,
    /// Also write the run's distinct uses of access to this Parquet file, under the names of
    /// CloudTrail's own fields (event_id, event_time, event_name, …).
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let mut workspace = if cx.root.join("tenure.toml").exists() {
        cx.workspace()?
    } else {
        Workspace::create(&cx.root, None, cx.now())?
    };
    let name = match args.name {
        Some(name) => name,
        None => args.kind.parse()?,
    };
    let system = match args.system {
        Some(system) => system,
        None => name.as_str().parse()?,
    };
    let path = source::absolute("path".to_owned(), args.path.display().to_string());
    let body = SourceBody { name, kind: args.kind, system, settings: [path].into() };
    let name = body.name.clone();
    let (configured, entry) = match workspace.sources()?.get(&name) {
        Some(known) if *known == body => (Configured::of(body)?, None),
        Some(_) => {
            return Err(hinted(
                format!("there is a source '{name}' with other settings"),
                "collect it with 'tenure collect', or give this one a name with --name",
            ));
        }
        None => {
            let (configured, entry) = source::to_configure(&workspace, body, cx.now())?;
            (configured, Some(entry))
        }
    };
    let parquet = args.parquet.as_deref();
    let outcome = collect::named(&mut workspace, &configured, entry, parquet, cx)?;
    let failed = outcome.outcome == RunOutcome::Failed;
    collect::report(&[outcome], cx)?;
    Ok(if failed { Exit::Failure } else { Exit::Ok })
}
