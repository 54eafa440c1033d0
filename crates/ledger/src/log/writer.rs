//! Group commit: one thread drains a queue of batches and commits them in one transaction.
//!
//! A batch is answered only after its transaction is durable. Encoding and hashing happen in the
//! callers' threads; here is only what must be sequential.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::error::LedgerError;
use super::lock::Lock;
use crate::store::{NewCheckpoint, Row, Store};

/// A transaction takes no further batch from this many entries or bytes on, so that the first
/// caller in it does not wait for ever.
const GROUP_ENTRIES: usize = 8192;
const GROUP_BYTES: usize = 16 << 20;

/// What happens when an entry of a batch is already there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OnDuplicate {
    /// The batch fails.
    Refuse,
    /// The same bytes at the same place are the same entry; other bytes are a conflict.
    AcceptSame,
}

/// Entries that are written together.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) rows: Vec<Row>,
    pub(crate) on_duplicate: OnDuplicate,
    /// Gives the last ones, and so says that all may be committed; when it goes without a word, they
    /// are taken back.
    pub(crate) last: Option<Receiver<Vec<Row>>>,
}

type Reply<T> = Sender<Result<T, LedgerError>>;

#[derive(Debug)]
pub(crate) enum Job {
    Append(Batch, Reply<Vec<u64>>),
    Swap { old: String, new: NewCheckpoint, reply: Reply<bool> },
}

/// The one writer of a ledger: its lock, its connection and its thread.
#[derive(Debug)]
pub(crate) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(database: &Path, lock: Lock) -> Result<Self, LedgerError> {
        let store =
            Store::open(database)?.ok_or_else(|| LedgerError::NoLedger(database.to_owned()))?;
        Self::with_store(store, lock)
    }

    pub(super) fn with_store(store: Store, lock: Lock) -> Result<Self, LedgerError> {
        store.settle()?;
        let next = store.count()?;
        let (jobs, queue) = channel();
        let sequencer = Sequencer { store, next, stopped: None, unsettled: 0, _lock: lock };
        let thread = std::thread::Builder::new()
            .name("tenure-ledger".to_owned())
            .spawn(move || sequencer.run(&queue))
            .map_err(LedgerError::io(Path::new("thread")))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Queues a job and waits for its answer.
    pub(crate) fn call<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, LedgerError> {
        let gone = || LedgerError::Stopped { cause: "the writer has ended".to_owned() };
        let (reply, answer) = channel();
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job(reply)).map_err(|_| gone())?;
        answer.recv().map_err(|_| gone())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The thread ends when its queue does; waiting for it frees the lock before we return.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

struct Sequencer {
    store: Store,
    next: u64,
    /// The first failure after which nothing more is written.
    stopped: Option<String>,
    /// About how many entries were written since the database file was brought up to date.
    unsettled: usize,
    _lock: Lock,
}

struct Pending {
    seqs: Result<Vec<u64>, LedgerError>,
    reply: Reply<Vec<u64>>,
}

impl Sequencer {
    fn run(mut self, queue: &Receiver<Job>) {
        let mut held = None;
        while let Some(job) = held.take().or_else(|| queue.recv().ok()) {
            match job {
                Job::Swap { old, new, reply } => {
                    let swapped = self.guard(|this| Ok(this.store.swap_checkpoint(&old, &new)?));
                    let _caller_gone = reply.send(swapped);
                    held = queue.try_recv().ok();
                    if held.is_none() && self.unsettled >= GROUP_ENTRIES / 4 {
                        // The caller is writing tiles meanwhile.
                        self.store.relieve();
                        self.unsettled = 0;
                    }
                }
                append @ Job::Append(..) => held = self.group(append, queue),
            }
        }
    }

    /// Commits this batch and those that wait behind it. Gives back a job that is no batch.
    fn group(&mut self, first: Job, queue: &Receiver<Job>) -> Option<Job> {
        let before = self.next;
        let (mut pending, mut next_job) = (Vec::new(), Some(first));
        let committed = self.guard(|this| {
            this.store.begin()?;
            this.batches(&mut next_job, queue, &mut pending)?;
            Ok(this.store.commit()?)
        });
        if let Err(error) = &committed {
            self.store.rollback();
            self.next = before;
            // The batch that was not begun, because not even the transaction could be.
            if let Some(Job::Append(_, reply)) = next_job.take_if(|_| pending.is_empty()) {
                pending.push(Pending { seqs: Ok(Vec::new()), reply });
            }
            for batch in &mut pending {
                batch.seqs = Err(error.clone());
            }
        }
        for Pending { seqs, reply } in pending {
            let _caller_gone = reply.send(seqs);
        }
        next_job
    }

    /// Writes batches until the queue is empty, the group is large enough, or a write fails.
    fn batches(
        &mut self,
        next_job: &mut Option<Job>,
        queue: &Receiver<Job>,
        pending: &mut Vec<Pending>,
    ) -> Result<(), LedgerError> {
        let (mut entries, mut bytes) = (0, 0);
        while let Some(job) = next_job.take() {
            let Job::Append(batch, reply) = job else {
                *next_job = Some(job);
                break;
            };
            entries += batch.rows.len();
            self.unsettled += batch.rows.len();
            bytes += batch.rows.iter().map(|row| row.bytes.len()).sum::<usize>();
            let seqs = self.batch(&batch);
            let failure = seqs.as_ref().err().filter(|error| !is_of_batch(error)).cloned();
            pending.push(Pending { seqs, reply });
            if let Some(error) = failure {
                return Err(error);
            }
            if entries < GROUP_ENTRIES && bytes < GROUP_BYTES {
                *next_job = queue.try_recv().ok();
            }
        }
        Ok(())
    }

    /// One batch inside the open transaction: all of it, or nothing and the reason.
    fn batch(&mut self, batch: &Batch) -> Result<Vec<u64>, LedgerError> {
        let Batch { rows, on_duplicate, last } = batch;
        let before = self.next;
        // A single row that conflicts has written nothing, so it needs no mark.
        let marked = rows.len() > 1 || last.is_some();
        if marked {
            self.store.mark()?;
        }
        let mut seqs = self.rows(rows, *on_duplicate);
        if let (Ok(first), Some(last)) = (&mut seqs, last) {
            let last = last.recv().map_err(|_| LedgerError::Withdrawn);
            match last.and_then(|rows| self.rows(&rows, *on_duplicate)) {
                Ok(mut last) => first.append(&mut last),
                Err(error) => seqs = Err(error),
            }
        }
        if matches!(&seqs, Err(error) if is_of_batch(error)) && marked {
            self.store.take_back()?;
            self.next = before;
        }
        if marked && seqs.as_ref().err().is_none_or(is_of_batch) {
            self.store.unmark()?;
        }
        seqs
    }

    fn rows(&mut self, rows: &[Row], on_duplicate: OnDuplicate) -> Result<Vec<u64>, LedgerError> {
        let mut seqs = Vec::with_capacity(rows.len());
        for row in rows {
            if self.store.insert(self.next, row)? {
                seqs.push(self.next);
                self.next += 1;
                continue;
            }
            let existing = self.store.find(&row.stream, row.rev)?;
            match existing {
                Some((seq, bytes))
                    if on_duplicate == OnDuplicate::AcceptSame && bytes == row.bytes =>
                {
                    seqs.push(seq);
                }
                _ => {
                    let (stream, rev) = (row.stream.clone(), row.rev.cast_unsigned());
                    return Err(LedgerError::Conflict { stream, rev });
                }
            }
        }
        Ok(seqs)
    }

    /// Runs a write unless an earlier one failed. After a failure whose effect on the disk is
    /// unknown (a failed sync may have lost pages that the cache still shows) nothing more is
    /// written through this handle.
    fn guard<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        if let Some(cause) = &self.stopped {
            return Err(LedgerError::Stopped { cause: cause.clone() });
        }
        let result = write(self);
        if let Err(error @ LedgerError::Store(_)) = &result {
            self.stopped = Some(describe(error));
        }
        result
    }
}

/// Whether it concerns the batch alone, and others go on.
const fn is_of_batch(error: &LedgerError) -> bool {
    matches!(error, LedgerError::Conflict { .. } | LedgerError::Withdrawn)
}

/// The whole chain of causes in one line, because the error itself ends here.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
