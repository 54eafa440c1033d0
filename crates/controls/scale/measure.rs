//! What each control takes: seconds, and the most memory while it ran.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use datafusion::arrow::record_batch::RecordBatch;
use tenure_controls::evaluate::{Scope, Watch, evaluate_each};
use tenure_controls::library::Library;
use tenure_controls::session::Session;
use tenure_model::ids::Seq;
use tenure_model::{Period, Timestamp};
use tenure_timeline::store::Store;

use crate::company::{FROM, TO};

/// What to evaluate.
pub(crate) struct Asked {
    pub(crate) timeline: PathBuf,
    pub(crate) controls: Vec<String>,
    pub(crate) own: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) threads: usize,
}

pub(crate) fn evaluate(asked: &Asked) -> Result<(), Box<dyn Error>> {
    let store = Store::new(asked.timeline.clone());
    let library = Library::load(asked.own.as_deref())?;
    let as_of = Timestamp::parse_or_date(TO)?;
    let period = Period::new(Timestamp::parse_or_date(FROM)?, as_of)?;
    let scope = Scope { period, known_at: Seq(1_000), as_of, controls: asked.controls.clone() };
    let start = Instant::now();
    let stopwatch = Stopwatch::default();
    let mut kept = BTreeMap::new();
    evaluate_each(&store, &library, &scope, asked.threads, &stopwatch, &mut |one| {
        if let Some(why) = &one.result.not_evaluated {
            println!("{}: {why}", one.result.id);
        }
        if asked.json.is_some() {
            kept.insert(one.result.id.clone(), (one.result, one.items));
        }
    })?;
    println!(
        "{:.2} s of {:.2} s of processors, {} MB at most",
        start.elapsed().as_secs_f64(),
        processor(),
        peak() / 1_000
    );
    if let Some(path) = &asked.json {
        fs::write(path, serde_json::to_vec(&kept)?)?;
    }
    Ok(())
}

/// The most memory of this process since it was last asked to forget, in kilobytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Runs a query; prints its rows where they are few.
pub(crate) fn sql(timeline: PathBuf, text: &str) -> Result<(), Box<dyn Error>> {
    let session = Session::open(&Store::new(timeline), Seq(1_000))?;
    let start = Instant::now();
    let batches = session.sql(text)?;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    if rows <= 200 {
        println!("{}", datafusion::arrow::util::pretty::pretty_format_batches(&batches)?);
    }
    println!(
        "{rows} rows, {:.2} s, {:.2} s of processors, {} MB at most",
        start.elapsed().as_secs_f64(),
        processor(),
        peak() / 1_000
    );
    Ok(())
}

/// Tells what passed between the beginning and the end of each control. Processor time and memory
/// are the process's, so they are a control's own with one thread only.
#[derive(Default)]
struct Stopwatch(Mutex<BTreeMap<String, (Instant, f64)>>);

impl Watch for Stopwatch {
    fn begun(&self, control: &str) {
        // Makes the kernel forget the peak of what ran before.
        let _ = fs::write("/proc/self/clear_refs", "5");
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        begun.insert(control.to_owned(), (Instant::now(), processor()));
    }

    fn ended(&self, control: &str, items: usize, findings: usize) {
        let begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((at, used)) = begun.get(control) else { return };
        let (wall, used) = (at.elapsed().as_secs_f64(), processor() - used);
        println!(
            "{control:8} {wall:8.2} s {used:8.2} s cpu {:6} MB {items:9} items {findings:9} findings",
            peak() / 1_000
        );
    }
}

/// Seconds of processor time that this process took.
fn processor() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}
