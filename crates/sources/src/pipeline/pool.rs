//! Workers that give their results in the order of the jobs, with few jobs on their way at a time.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Jobs go in here, results come out in their order.
pub(super) struct Pool<J, R> {
    to_workers: SyncSender<(u64, J)>,
    results: Receiver<(u64, R)>,
    most: u64,
    sent: u64,
    handed_on: u64,
    waiting: BTreeMap<u64, R>,
}

/// A worker has panicked; the scope around the pool panics as well.
#[derive(Debug)]
pub(super) struct Gone;

/// Runs `body` with a pool of workers that end with it.
pub(super) fn with<J: Send, R: Send, T>(
    workers: usize,
    work: impl Fn(J) -> R + Sync,
    body: impl FnOnce(Pool<J, R>) -> T,
) -> T {
    let (to_workers, jobs) = sync_channel(workers);
    // Results are never refused, so that a worker always gets free; what bounds memory is that no
    // job is handed out while too many are on their way.
    let (done, results) = channel();
    let jobs = Mutex::new(jobs);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (jobs, work, done) = (&jobs, &work, done.clone());
            scope.spawn(move || each(jobs, work, &done));
        }
        drop(done);
        let most = 2 * workers as u64 + 2;
        body(Pool { to_workers, results, most, sent: 0, handed_on: 0, waiting: BTreeMap::new() })
    })
}

fn each<J, R>(jobs: &Mutex<Receiver<(u64, J)>>, work: &impl Fn(J) -> R, done: &Sender<(u64, R)>) {
    loop {
        // The lock is held while waiting: the next free worker takes the next job.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, job)) = job else { return };
        if done.send((number, work(job))).is_err() {
            return; // Nobody waits for it any more.
        }
    }
}

impl<J, R> Pool<J, R> {
    /// Hands a job out once there is room, and results on as they become due.
    pub(super) fn put(&mut self, job: J, hand_on: &mut impl FnMut(R)) -> Result<(), Gone> {
        while self.sent - self.handed_on >= self.most {
            self.receive(hand_on)?;
        }
        self.to_workers.send((self.sent, job)).map_err(|_| Gone)?;
        self.sent += 1;
        Ok(())
    }

    /// Waits for everything that is on its way.
    pub(super) fn finish(mut self, hand_on: &mut impl FnMut(R)) -> Result<(), Gone> {
        while self.handed_on < self.sent {
            self.receive(hand_on)?;
        }
        Ok(())
    }

    fn receive(&mut self, hand_on: &mut impl FnMut(R)) -> Result<(), Gone> {
        let (number, result) = self.results.recv().map_err(|_| Gone)?;
        self.waiting.insert(number, result);
        while let Some(next) = self.waiting.remove(&self.handed_on) {
            self.handed_on += 1;
            hand_on(next);
        }
        Ok(())
    }
}
