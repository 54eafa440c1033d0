//! `tenure init`: makes a workspace.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::Cx;
use crate::exit::Exit;
use crate::out::Format;
use crate::workspace::Workspace;

/// Makes a workspace: keys, an empty ledger with a signed checkpoint, and stores.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where; the workspace that the command line names, if absent.
    dir: Option<PathBuf>,
    /// The log's name, for ever: a URL without scheme, such as `tenure.example.com/prod`.
    #[arg(long)]
    origin: Option<String>,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let root = args.dir.unwrap_or_else(|| cx.root.clone());
    let workspace = Workspace::create(&root, args.origin.as_deref(), cx.now())?;
    let key = workspace.ledger.verifier_key().to_string();
    match cx.out.format {
        Format::Text => {
            cx.out.say(format!("made a workspace in {}", root.display()))?;
            cx.out
                .say("keep the log's public key where you keep contracts; an auditor needs it:")?;
            cx.out.line(key)?;
        }
        Format::Json | Format::Csv => cx.out.json(&json!({
            "schema": "tenure.init/v1",
            "workspace": root,
            "origin": workspace.ledger.origin(),
            "log_key": key,
        }))?,
    }
    Ok(Exit::Ok)
}
