//! `tenure source`: configures sources. Configuration is evidence too: it goes into the ledger.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use tenure_ledger::NewEntry;
use tenure_model::Timestamp;
use tenure_model::ids::{SourceName, SystemId};
use tenure_sources::registry;
use tenure_sources::settings::COMMON;

use crate::cli::Cx;
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::{Format, table};
use crate::workspace::{Configured, KIND_SOURCE, SourceBody, Workspace};

/// Configures sources.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    /// Add a source, or give one other settings.
    Add(Add),
    /// The configured sources.
    List,
    /// Look at a source without recording anything.
    Test {
        /// The source.
        name: SourceName,
    },
    /// The kinds of sources and their settings.
    Kinds,
}

/// Adds a source, or gives one other settings.
#[derive(clap::Args, Debug)]
struct Add {
    /// A name of your choice.
    name: SourceName,
    /// The kind, see `tenure source kinds`.
    #[arg(long)]
    kind: String,
    /// The system that it tells about; the source's name, if absent.
    #[arg(long)]
    system: Option<SystemId>,
    /// A setting, as name=value. May be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    settings: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a setting is written name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    match args.verb {
        Verb::Add(add) => self::add(add, cx),
        Verb::List => list(cx),
        Verb::Test { name } => test(&name, cx),
        Verb::Kinds => kinds(cx),
    }
}

fn add(args: Add, cx: &mut Cx) -> anyhow::Result<Exit> {
    let mut workspace = cx.workspace()?;
    let system = match args.system {
        Some(system) => system,
        None => args.name.as_str().parse()?,
    };
    let settings = args.settings.into_iter().map(|(name, value)| absolute(name, value)).collect();
    let body = SourceBody { name: args.name, kind: args.kind, system, settings };
    let configured = Configured::of(body.clone())?;
    let seen = configured.source.test(&configured.settings)?;
    configure(&mut workspace, body, cx.now())?;
    workspace.publish(cx.now())?;
    cx.out.say(format!("source {} ({}): {seen}", configured.body.name, configured.body.kind))?;
    cx.out.say(format!("collect it with 'tenure collect {}'", configured.body.name))?;
    Ok(Exit::Ok)
}

/// Records how a source is configured from now on.
pub(super) fn configure(
    workspace: &mut Workspace,
    body: SourceBody,
    now: Timestamp,
) -> anyhow::Result<Configured> {
    let (configured, entry) = to_configure(workspace, body, now)?;
    workspace.ledger.append(vec![entry])?;
    Ok(configured)
}

/// A source with the entry that configures it, which is still to be appended.
pub(super) fn to_configure(
    workspace: &Workspace,
    body: SourceBody,
    now: Timestamp,
) -> anyhow::Result<(Configured, NewEntry)> {
    let configured = Configured::of(body)?;
    let stream = format!("source/{}", configured.body.name);
    let entry = NewEntry {
        kind: KIND_SOURCE.into(),
        at: now,
        actor: "tenure".into(),
        rev: workspace.ledger.next_rev(&stream)?,
        stream,
        body: serde_json::to_value(&configured.body)?,
    };
    Ok((configured, entry))
}

/// A relative path means the directory it was given in, not the one a later command runs in.
pub(super) fn absolute(name: String, value: String) -> (String, String) {
    let resolved = (name == "path").then(|| Path::new(&value).canonicalize().ok()).flatten();
    match resolved {
        Some(path) => (name, path.to_string_lossy().into_owned()),
        None => (name, value),
    }
}

fn list(cx: &mut Cx) -> anyhow::Result<Exit> {
    let sources = cx.workspace()?.sources()?;
    if cx.out.format == Format::Json {
        let sources: Vec<_> = sources.values().collect();
        cx.out.json(&json!({"schema": "tenure.sources/v1", "sources": sources}))?;
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = sources
        .values()
        .map(|s| {
            let settings: Vec<_> = s.settings.iter().map(|(k, v)| format!("{k}={v}")).collect();
            vec![s.name.to_string(), s.kind.clone(), s.system.to_string(), settings.join(" ")]
        })
        .collect();
    cx.out.line(table(&["name", "kind", "system", "settings"], &rows))?;
    Ok(Exit::Ok)
}

fn test(name: &SourceName, cx: &mut Cx) -> anyhow::Result<Exit> {
    let mut sources = cx.workspace()?.sources()?;
    let body = sources.remove(name).ok_or_else(|| {
        hinted(format!("there is no source '{name}'"), "'tenure source list' lists the sources")
    })?;
    let configured = Configured::of(body)?;
    let seen = configured.source.test(&configured.settings)?;
    cx.out.line(format!("{name}: {seen}"))?;
    Ok(Exit::Ok)
}

fn kinds(cx: &mut Cx) -> anyhow::Result<Exit> {
    if cx.out.format == Format::Json {
        let kinds: Vec<_> = registry::ALL
            .iter()
            .map(|s| s.about())
            .map(|about| {
                let settings: BTreeMap<_, _> = about
                    .settings
                    .iter()
                    .chain(COMMON)
                    .map(|s| {
                        (
                            s.name,
                            json!({"doc": s.doc, "required": s.required, "default": s.default}),
                        )
                    })
                    .collect();
                json!({"kind": about.kind, "title": about.title, "settings": settings})
            })
            .collect();
        cx.out.json(&json!({"schema": "tenure.source-kinds/v1", "kinds": kinds}))?;
        return Ok(Exit::Ok);
    }
    for source in registry::ALL {
        let about = source.about();
        cx.out.line(format!("{} — {}", about.kind, about.title))?;
        for setting in about.settings {
            let need = if setting.required { " (required)" } else { "" };
            cx.out.line(format!("  {}{need}: {}", setting.name, setting.doc))?;
        }
    }
    cx.out.line("every kind")?;
    for setting in COMMON {
        cx.out.line(format!("  {}: {}", setting.name, setting.doc))?;
    }
    Ok(Exit::Ok)
}
