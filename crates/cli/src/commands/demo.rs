//! `tenure demo`: the main job, end to end, on real data that the project ships.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};
use tenure_controls::query;
use tenure_controls::session::Session;
use tenure_ledger::NewEntry;
use tenure_model::evaluation::ControlResult;
use tenure_model::ids::Seq;
use tenure_model::outcome::Outcome;

use crate::cli::{Cx, instant};
use crate::commands::collect::collect;
use crate::commands::evaluate::What;
use crate::commands::pack::{Build, Written, build};
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::{BOLD, Format, GOOD, styled};
use crate::workspace::{Configured, KIND_SOURCE, SourceBody, Workspace};

/// A source that the program carries with it.
struct Shipped {
    name: &'static str,
    kind: &'static str,
    file: &'static str,
    settings: &'static [(&'static str, &'static str)],
    bytes: &'static [u8],
}

/// Half a year of the Kubernetes organisations, pseudonymised; see `fixtures/demo/README.md`.
/// The copy ends with the period, and its coverage with it.
const K8S: Shipped = Shipped {
    name: "k8s",
    kind: "git-access",
    file: "kubernetes-org-2025H2.bundle",
    settings: &[("as_of", "2026-01-01T00:00:00Z")],
    bytes: include_bytes!("../../../../fixtures/demo/kubernetes-org-2025H2.bundle"),
};
/// CloudTrail records of attack techniques; see `fixtures/cloudtrail/README.md`.
const AWS: Shipped = Shipped {
    name: "aws",
    kind: "cloudtrail",
    file: "stratus-detonation-logs.tar.gz",
    settings: &[],
    bytes: include_bytes!("../../../../fixtures/cloudtrail/stratus-detonation-logs.tar.gz"),
};
/// Tells a demo's directory from anybody's own.
const MARKER: &str = "made-by-tenure-demo";

/// Runs the main job on shipped data, end to end.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where to make the demo's workspace; an earlier demo there is replaced.
    #[arg(long, value_name = "DIR", default_value = "tenure-demo")]
    dir: PathBuf,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    prepare(&args.dir)?;
    cx.root = args.dir.clone();
    say(cx, "1", "a workspace: keys, an empty ledger with a signed checkpoint")?;
    let mut workspace = Workspace::create(&args.dir, Some("tenure.local/demo"), cx.now())?;
    fs::write(args.dir.join(MARKER), "")?;
    say(
        cx,
        "2",
        "two sources, real: half a year of the Kubernetes organisations on GitHub (access as code,",
    )?;
    say(cx, " ", "pseudonymised), and CloudTrail records of attack techniques")?;
    add(&mut workspace, cx, &K8S)?;
    add(&mut workspace, cx, &AWS)?;
    say(
        cx,
        "3",
        "collect: raw bytes into blobs, entries into the ledger, facts into the timeline",
    )?;
    for outcome in collect(&mut workspace, &[], cx)? {
        let line = format!(
            "{}: {} records, {} gaps recorded",
            outcome.source, outcome.records, outcome.gap_count
        );
        say(cx, " ", &line)?;
    }
    say(
        cx,
        "4",
        "evaluate every instant of two periods, anchor the results, write and verify two packs",
    )?;
    let github = pack(
        &mut workspace,
        cx,
        "2025-07-01",
        "2026-01-01",
        &["CFG-01", "GOV-02", "INV-02", "JML-01", "PRA-01", "UAR-01"],
        "kubernetes-2025H2.zip",
    )?;
    let aws = pack(
        &mut workspace,
        cx,
        "2024-07-01",
        "2025-01-01",
        &["AUT-01", "MON-01", "MON-02"],
        "aws-2024H2.zip",
    )?;
    let access = access(&workspace)?;
    match cx.out.format {
        Format::Json => cx.out.json(&json!({
            "schema": "tenure.demo/v1",
            "workspace": args.dir,
            "access": access,
            "evaluations": [github.evaluated.evaluation, aws.evaluated.evaluation],
            "packs": [args.dir.join("kubernetes-2025H2.zip"), args.dir.join("aws-2024H2.zip")],
        }))?,
        Format::Text | Format::Csv => tell(cx, &args.dir, &access, &[github, aws])?,
    }
    Ok(Exit::Ok)
}

/// An empty directory, or an earlier demo's, which is removed.
fn prepare(dir: &Path) -> anyhow::Result<()> {
    if dir.join(MARKER).exists() {
        return fs::remove_dir_all(dir)
            .with_context(|| format!("cannot replace {}", dir.display()));
    }
    let taken = dir.exists()
        && fs::read_dir(dir)
            .with_context(|| format!("cannot read {}", dir.display()))?
            .next()
            .is_some();
    if taken {
        return Err(hinted(
            format!("{} is not empty and no earlier demo's", dir.display()),
            "name another directory with --dir",
        ));
    }
    Ok(())
}

fn say(cx: &mut Cx, step: &str, text: &str) -> anyhow::Result<()> {
    cx.out.say(format!("{} {text}", styled(BOLD, step)))
}

fn add(workspace: &mut Workspace, cx: &Cx, shipped: &Shipped) -> anyhow::Result<()> {
    let path = workspace.root.join(shipped.file);
    fs::write(&path, shipped.bytes).with_context(|| format!("cannot write {}", path.display()))?;
    let path = path.canonicalize()?.to_string_lossy().into_owned();
    let mut settings: BTreeMap<_, _> = shipped
        .settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    settings.insert("path".to_owned(), path);
    let body = SourceBody {
        name: shipped.name.parse()?,
        kind: shipped.kind.to_owned(),
        system: shipped.name.parse()?,
        settings,
    };
    let configured = Configured::of(body)?;
    let entry = NewEntry {
        kind: KIND_SOURCE.into(),
        at: cx.now(),
        actor: "tenure".into(),
        stream: format!("source/{}", shipped.name),
        rev: 0,
        body: serde_json::to_value(&configured.body)?,
    };
    workspace.ledger.append(vec![entry])?;
    Ok(())
}

fn pack(
    workspace: &mut Workspace,
    cx: &mut Cx,
    from: &str,
    to: &str,
    controls: &[&str],
    file: &str,
) -> anyhow::Result<Written> {
    let what = What {
        from: instant(from).map_err(anyhow::Error::msg)?,
        to: instant(to).map_err(anyhow::Error::msg)?,
        controls: controls.iter().map(|c| (*c).to_owned()).collect(),
        known_at: None,
    };
    let args = Build { what, out: workspace.root.join(file), disclose: 25 };
    let written = build(workspace, &args, cx)?;
    let report = tenure_verify::verify_pack(&fs::read(&args.out)?, None);
    anyhow::ensure!(
        report.ok(),
        "the pack {} does not verify: this is a bug, please report it",
        args.out.display()
    );
    let line = format!(
        "{file}: {} bytes, {} disclosed records, {}",
        written.bytes,
        written.records,
        styled(GOOD, "verified")
    );
    say(cx, " ", &line)?;
    Ok(written)
}

/// What happened to access in the half-year, in figures.
fn access(workspace: &Workspace) -> anyhow::Result<Value> {
    let session = Session::open(&workspace.timeline, Seq::LATEST)?;
    let sql = "
        WITH people AS (SELECT * FROM grants WHERE version_no = 1 AND identity_id IS NOT NULL AND system = 'k8s')
        SELECT count(*) FILTER (WHERE valid_from_hi <= instant('2025-07-01') AND (valid_to_hi IS NULL OR valid_to_hi > instant('2025-07-01'))) AS at_start,
               count(*) FILTER (WHERE valid_from_hi > instant('2025-07-01') AND valid_from_hi < instant('2026-01-01')) AS granted,
               count(*) FILTER (WHERE valid_to_hi > instant('2025-07-01') AND valid_to_hi < instant('2026-01-01')) AS removed,
               count(*) FILTER (WHERE valid_to_hi IS NULL OR valid_to_hi >= instant('2026-01-01')) AS at_end
        FROM people";
    let totals = first(&session, sql)?;
    let sql = "SELECT removal_ref, CAST(min(valid_to_hi) AS DATE) AS day, count(*) AS removed FROM grants
               WHERE removal_ref IS NOT NULL AND identity_id IS NOT NULL GROUP BY removal_ref ORDER BY removed DESC, removal_ref LIMIT 1";
    let largest = first(&session, sql)?;
    let sql = "SELECT count(*) AS stretches, max(overlap_days(valid_from_hi, valid_to_hi, valid_from_hi, valid_to_hi)) AS longest
               FROM grants WHERE entitlement = 'team:etcd-io/release-etcd:member' AND valid_to_hi IS NOT NULL";
    let temporary = first(&session, sql)?;
    Ok(json!({"totals": totals, "largest_removal": largest, "temporary_elevation": temporary}))
}

/// The first row as an object.
fn first(session: &Session, sql: &str) -> anyhow::Result<Value> {
    let mut result = query::run(session, sql)?;
    let row = if result.rows.is_empty() { Vec::new() } else { result.rows.swap_remove(0) };
    Ok(Value::Object(result.columns.into_iter().map(|c| c.name).zip(row).collect()))
}

fn tell(cx: &mut Cx, dir: &Path, access: &Value, packs: &[Written]) -> anyhow::Result<()> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (totals, largest, temporary) =
        (&access["totals"], &access["largest_removal"], &access["temporary_elevation"]);
    cx.out.line("")?;
    cx.out.line(styled(BOLD, "What happened to access, 2025-07-01 to 2026-01-01"))?;
    cx.out.line(format!(
        "  {} grants at the start, {} granted, {} removed, {} at the end.",
        totals["at_start"], totals["granted"], totals["removed"], totals["at_end"]
    ))?;
    cx.out.line(format!(
        "  One change (pull request {}, {}) removed {} of them at once: a clean-up of inactive members.",
        text(&largest["removal_ref"]), text(&largest["day"]), largest["removed"]
    ))?;
    cx.out.line(format!(
        "  The right to release etcd was held {} times, for a few hours or days each: snapshots would miss that.",
        temporary["stretches"]
    ))?;
    cx.out.line("")?;
    cx.out.line(styled(BOLD, "What an auditor would note"))?;
    for control in packs.iter().flat_map(|p| &p.evaluated.evaluation.controls) {
        headline(cx, control)?;
    }
    let dir = dir.display();
    cx.out.line("")?;
    cx.out.line(styled(BOLD, "Where to look next"))?;
    cx.out.line(format!("  the packs: {dir}/kubernetes-2025H2.zip and {dir}/aws-2024H2.zip; index.html inside opens in any browser"))?;
    cx.out.line(format!("  tenure verify {dir}/kubernetes-2025H2.zip"))?;
    cx.out.line(format!(
        "  tenure --workspace {dir} who --on org:kubernetes:admin --at 2025-12-01"
    ))?;
    cx.out.line(format!("  tenure --workspace {dir} query \"SELECT action, outcome, count(*) AS n FROM usage GROUP BY action, outcome ORDER BY n DESC LIMIT 10\""))
}

/// A control in one or two lines: the conclusion, and the most frequent reason.
fn headline(cx: &mut Cx, control: &ControlResult) -> anyhow::Result<()> {
    cx.out.line(format!("  {} {}", styled(BOLD, &control.id), control.title))?;
    cx.out.line(format!("         {}", control.conclusion))?;
    let worst = control
        .deviations
        .list
        .iter()
        .filter(|d| d.outcome >= Outcome::Indeterminate)
        .max_by_key(|d| d.outcome);
    if let Some(worst) = worst {
        cx.out.line(format!("         e.g. {}: {}", worst.item, worst.reason))?;
    }
    Ok(())
}
