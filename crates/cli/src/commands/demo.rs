//! `tenure demo`: the main job on shipped real data.

use std::path::PathBuf;

use crate::cli::Cx;
use crate::exit::Exit;

/// Runs the main job on shipped data, end to end.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where to make the demo's workspace.
    #[arg(long, value_name = "DIR", default_value = "tenure-demo")]
    dir: PathBuf,
}

pub(crate) fn run(_args: Args, _cx: &mut Cx) -> anyhow::Result<Exit> {
    Ok(Exit::Ok)
}
