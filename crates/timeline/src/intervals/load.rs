//! From Parquet tables to a store, with bounded memory: rows are scattered to the parts that their
//! keys belong to, and each part is put in order by itself.

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::IntervalsError;
use super::gather::gather;
use super::read::Source;
use super::scatter::{Blocks, Scatter, Spill};
use super::split::Splits;
use super::store::{Manifest, part_path};
use super::tables::Subject;

/// How many bytes may wait in each thread on their way to parts.
const WAITING: usize = 16 << 20;

/// How a store is made. The answers do not depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How many threads work; each needs some 30 MB.
    pub threads: NonZero<usize>,
    /// About how many rows a part has, over all tables of its subject. Rows of one key stay
    /// together, so a key with more makes a larger part.
    pub part_rows: NonZero<usize>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threads: NonZero::<usize>::MIN,
            part_rows: NonZero::<usize>::MIN.saturating_add(PART_ROWS - 1),
        }
    }
}

const PART_ROWS: usize = 1 << 18;

/// What was loaded of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// The table.
    pub table: &'static str,
    /// Its rows, those left out included.
    pub rows: u64,
    /// Rows without a key, or without a value that they must have; they answer no question.
    pub left_out: u64,
}

/// Loads tables that a directory has into a new store: those that are wanted, or all when no name
/// is given. Which a question reads is [`OLD_CREDENTIALS`](super::OLD_CREDENTIALS) and so on.
///
/// # Errors
/// When a file cannot be read or written, a table lacks a column, there is no table at all, or the
/// store's directory is not empty.
pub fn load(
    dir: &Path,
    store: &Path,
    wanted: &[&str],
    settings: Settings,
) -> Result<Vec<Loaded>, IntervalsError> {
    fs::create_dir_all(store).map_err(|e| IntervalsError::io(store, e))?;
    let mut entries = fs::read_dir(store).map_err(|e| IntervalsError::io(store, e))?;
    if entries.next().is_some() {
        return Err(IntervalsError::InUse { path: store.to_owned() });
    }
    let (mut loaded, mut parts) = (Vec::new(), Vec::new());
    for subject in Subject::ALL {
        let mut sources = Vec::new();
        for (number, table) in subject.tables().iter().enumerate() {
            if wanted.is_empty() || wanted.contains(&table.name) {
                sources.extend(Source::open(dir, table)?.map(|source| (number, source)));
            }
        }
        if !sources.is_empty() {
            parts.push((subject, load_subject(subject, &sources, store, settings, &mut loaded)?));
        }
    }
    if parts.is_empty() {
        return Err(IntervalsError::NotLoaded { path: dir.to_owned(), what: "table to load" });
    }
    Manifest::new(parts, loaded.iter().map(|l| l.table)).write(store)?;
    Ok(loaded)
}

/// Loads one subject; gives how many parts it has.
fn load_subject(
    subject: Subject,
    sources: &[(usize, Source)],
    store: &Path,
    settings: Settings,
    loaded: &mut Vec<Loaded>,
) -> Result<usize, IntervalsError> {
    let directory = store.join(subject.name());
    fs::create_dir(&directory).map_err(|e| IntervalsError::io(&directory, e))?;
    let rows: usize = sources.iter().map(|(_, source)| source.rows()).sum();
    let parts = rows.div_ceil(settings.part_rows.get()).max(1);
    let mut sample = Vec::new();
    if parts > 1 {
        for (_, source) in sources {
            source.sample(&mut sample)?;
        }
    }
    let splits = Splits::of(sample, parts);
    let spill = Spill::create(&directory)?;
    let (blocks, left_out) =
        scatter(sources, &spill, &splits, subject.tables().len(), settings.threads)?;
    for (number, source) in sources {
        let (rows, left_out) = (source.rows() as u64, left_out[*number]);
        loaded.push(Loaded { table: source.table.name, rows, left_out });
    }
    let tables = subject.tables();
    in_parallel(
        settings.threads,
        splits.parts(),
        || Ok(()),
        |(), part| {
            let blocks = &blocks[part * tables.len()..(part + 1) * tables.len()];
            gather(tables, &spill, blocks, &part_path(store, subject, part))
        },
    )?;
    Ok(splits.parts())
}

fn scatter(
    sources: &[(usize, Source)],
    spill: &Spill,
    splits: &Splits,
    tables: usize,
    threads: NonZero<usize>,
) -> Result<(Blocks, Vec<u64>), IntervalsError> {
    let groups: Vec<_> = sources
        .iter()
        .flat_map(|(table, source)| source.groups().map(move |group| (*table, source, group)))
        .collect();
    let done = in_parallel(
        threads,
        groups.len(),
        || Ok(Scatter::new(spill, splits, tables, WAITING)),
        |scatter, number| {
            let (table, source, group) = groups[number];
            source.read(group, |rows| scatter.push(table, rows))
        },
    )?;
    let (mut blocks, mut left_out) = (vec![Vec::new(); splits.parts() * tables], vec![0; tables]);
    for scatter in done {
        let (more, lacking) = scatter.finish()?;
        blocks.iter_mut().zip(more).for_each(|(blocks, more)| blocks.extend(more));
        left_out.iter_mut().zip(lacking).for_each(|(total, more)| *total += more);
    }
    Ok((blocks, left_out))
}

/// Does numbered work, some threads at a time, each with a state of its own; gives the states. After
/// an error nothing new is begun.
pub(super) fn in_parallel<S: Send>(
    threads: NonZero<usize>,
    count: usize,
    start: impl Fn() -> Result<S, IntervalsError> + Sync,
    work: impl Fn(&mut S, usize) -> Result<(), IntervalsError> + Sync,
) -> Result<Vec<S>, IntervalsError> {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(None));
    let run = || {
        let done = || {
            let mut state = start()?;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok(state);
                }
                work(&mut state, number)?;
            }
        };
        done().map_err(|error: IntervalsError| {
            next.store(count, Ordering::Relaxed);
            failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        })
    };
    let states = std::thread::scope(|scope| {
        let handles: Vec<_> =
            (0..threads.get().min(count.max(1))).map(|_| scope.spawn(run)).collect();
        let join = |handle: std::thread::ScopedJoinHandle<'_, Result<S, ()>>| {
            handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).ok()
        };
        handles.into_iter().filter_map(join).collect()
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(states),
    }
}
