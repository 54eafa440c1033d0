//! Uses of access on disk: for each run one Parquet file with a row per event however often it was
//! delivered, and one with their daily roll-up.
//!
//! A file is written once. An event that an earlier run already told of is not told again, so the
//! files of a source together are the table. Memory is bounded: what does not fit waits on disk by
//! day, and days are put in order one after another. The bytes of a file follow from the rows alone:
//! neither memory nor the number of threads shows in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use tenure_model::Timestamp;
use tenure_model::digest::Digest;
use tenure_model::usage::UsageRows;

use crate::store::{Store, StoreError, io_error, list};

mod columns;
mod distinct;
mod export;
mod lots;
mod parts;
mod plan;
mod rollup;
mod spill;
mod work;

pub use export::{Exported, export};
pub use parts::{daily_schema, is_whole, usage_schema};

use distinct::{Kept, Lot};
use lots::Writing;
use parts::PartWriter;
use plan::Days;
use spill::Spill;

/// Takes the uses of one run.
pub struct UsageWriter {
    run: Run,
    directory: PathBuf,
    /// Rows may take so many bytes before they wait on disk.
    budget: usize,
    rows: UsageRows,
    spill: Option<Spill>,
    threads: NonZero<usize>,
}

/// The uses of one run, all of them here and put in order as far as they are in memory.
pub struct Arranged {
    writer: UsageWriter,
    /// The distinct events of each lot.
    lots: Vec<Vec<Kept>>,
}

/// What rows of a run have in common.
pub(crate) struct Run {
    pub(crate) source: String,
    pub(crate) system: String,
    pub(crate) artifacts: Vec<Digest>,
}

impl UsageWriter {
    /// For a run of a source. About `memory` bytes are used, whatever the number of events.
    #[must_use]
    pub fn new(store: &Store, source: &str, system: &str, memory: usize) -> Self {
        let run = Run { source: source.to_owned(), system: system.to_owned(), artifacts: vec![] };
        Self {
            run,
            directory: store.root().to_owned(),
            // Putting rows in order takes about as much again, and encoding them some more.
            budget: memory / 5 * 2,
            rows: UsageRows::default(),
            spill: None,
            threads: std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
        }
    }

    /// With so many threads instead of one for each processor.
    #[must_use]
    pub fn with_threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = threads;
        self
    }

    /// Takes uses; the artifacts of the rows are numbers in `artifacts`.
    ///
    /// # Errors
    /// When rows that do not fit into memory cannot be written.
    pub fn absorb(&mut self, rows: UsageRows, artifacts: &[Digest]) -> Result<(), StoreError> {
        let first = u32::try_from(self.run.artifacts.len()).expect("fewer than four billion");
        self.run.artifacts.extend_from_slice(artifacts);
        self.rows.absorb(rows, first);
        if self.rows.memory() <= self.budget {
            return Ok(());
        }
        self.spill()
    }

    /// Writes the files of the run whose entry has this ledger index; gives the number of rows.
    ///
    /// # Errors
    /// When files cannot be read or written.
    pub fn finish(self, store: &Store, seq: u64) -> Result<u64, StoreError> {
        self.arrange().finish(store, seq)
    }

    /// Does what needs no ledger index, once all uses are here.
    #[must_use]
    pub fn arrange(self) -> Arranged {
        let lots = match self.spill {
            None => distinct::of_each(&in_lots(&self.rows), self.threads.get()),
            Some(_) => Vec::new(),
        };
        Arranged { writer: self, lots }
    }

    fn spill(&mut self) -> Result<(), StoreError> {
        let rows = std::mem::take(&mut self.rows);
        let spill = match &mut self.spill {
            Some(spill) => spill,
            None => self.spill.insert(Spill::create(&self.directory)?),
        };
        spill.write(&rows)
    }
}

impl Arranged {
    /// As [`UsageWriter::finish`].
    ///
    /// # Errors
    /// As there.
    pub fn finish(self, store: &Store, seq: u64) -> Result<u64, StoreError> {
        let Self { mut writer, lots } = self;
        if writer.spill.is_none() && writer.rows.rows.is_empty() {
            return Ok(0);
        }
        let earlier = store.usage_parts_before(&writer.run.source, seq)?;
        let path = store.usage_part(&writer.run.source, seq);
        let daily = store.usage_daily_part(&writer.run.source, seq);
        let mut to = PartWriter::create(&path, &daily)?;
        if writer.spill.is_some() {
            writer.spill()?;
        }
        let threads = writer.threads.get();
        let writing = Writing { run: &writer.run, seq, earlier: &earlier, threads };
        match &writer.spill {
            None => {
                let rows = std::mem::take(&mut writer.rows);
                let lots = lots.into_iter().map(|kept| (&rows, kept)).collect();
                writing.lots(lots, &mut to)?;
                // Giving so much memory back takes a while, and nobody has to wait for it.
                thread::spawn(move || drop(rows));
            }
            Some(spill) => {
                let per_batch = (writer.budget / size_of::<tenure_model::usage::Row>()) as u64 / 2;
                for days in batches(plan::lots(&spill.counts()), per_batch) {
                    writing.spilled(spill, &days, &mut to)?;
                }
            }
        }
        to.finish()
    }
}

/// Rows by the days that lie together.
fn in_lots(rows: &UsageRows) -> Vec<Lot<'_>> {
    let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
    for days in rows.rows.chunk_by(|a, b| day_of(a.event_time) == day_of(b.event_time)) {
        *counts.entry(day_of(days[0].event_time)).or_default() += days.len() as u64;
    }
    let planned = plan::lots(&counts);
    let of = |days: &Days| Vec::with_capacity(usize::try_from(days.rows).unwrap_or_default());
    let mut lots: Vec<_> = planned.iter().map(|days| Lot { rows, of: of(days) }).collect();
    let mut at = 0;
    for (row, index) in rows.rows.iter().zip(0_u32..) {
        let day = day_of(row.event_time);
        if !planned[at].days.contains(&day) {
            at = planned.partition_point(|days| *days.days.end() < day);
        }
        lots[at].of.push(index);
    }
    lots
}

/// Lots that fit into memory together.
fn batches(lots: Vec<Days>, rows: u64) -> Vec<Vec<Days>> {
    let mut batches: Vec<Vec<Days>> = Vec::new();
    let mut room = 0;
    for days in lots {
        match batches.last_mut().filter(|_| days.rows <= room) {
            Some(batch) => {
                room -= days.rows;
                batch.push(days);
            }
            None => {
                room = rows.saturating_sub(days.rows);
                batches.push(vec![days]);
            }
        }
    }
    batches
}

impl Store {
    /// The file of a run's uses.
    #[must_use]
    pub fn usage_part(&self, source: &str, seq: u64) -> PathBuf {
        self.root().join("usage").join(source).join(format!("{seq:012}.parquet"))
    }

    /// The file of the daily roll-up of a run's uses.
    #[must_use]
    pub fn usage_daily_part(&self, source: &str, seq: u64) -> PathBuf {
        self.root().join("usage_daily").join(source).join(format!("{seq:012}.parquet"))
    }

    /// Removes the files of other runs than these, by source and ledger index: a collection that
    /// was killed has written them for a run that was never recorded.
    pub(crate) fn keep_runs(&self, runs: &[(String, u64)]) -> Result<(), StoreError> {
        let mut kept: BTreeSet<PathBuf> = BTreeSet::new();
        for (source, seq) in runs {
            kept.extend([self.usage_part(source, *seq), self.usage_daily_part(source, *seq)]);
            kept.insert(self.facts_path(*seq));
        }
        let facts = self.root().join("facts");
        let complete = |path: &PathBuf| path.extension().is_some_and(|e| e == "zst");
        for path in if facts.exists() { list(&facts)? } else { Vec::new() } {
            if complete(&path) && !kept.contains(&path) {
                fs::remove_file(&path).map_err(|e| io_error(&path, e))?;
            }
        }
        for table in ["usage", "usage_daily"] {
            let root = self.root().join(table);
            fs::create_dir_all(&root).map_err(|e| io_error(&root, e))?;
            for source in list(&root)? {
                for path in list(&source)?.into_iter().filter(|path| !kept.contains(path)) {
                    fs::remove_file(&path).map_err(|e| io_error(&path, e))?;
                }
            }
        }
        Ok(())
    }

    /// The files of earlier runs of the source.
    fn usage_parts_before(&self, source: &str, seq: u64) -> Result<Vec<PathBuf>, StoreError> {
        let directory = self.root().join("usage").join(source);
        if !directory.exists() {
            return Ok(Vec::new());
        }
        let own = self.usage_part(source, seq);
        let parquet = |path: &Path| path.extension().is_some_and(|e| e == "parquet");
        Ok(list(&directory)?.into_iter().filter(|p| parquet(p) && *p < own).collect())
    }
}

/// The day of an instant, as a number.
fn day_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(Timestamp::DAY)
}
