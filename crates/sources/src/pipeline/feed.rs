//! From the source to the workers and back, in order and with bounded memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

use tenure_blobs::BlobError;
use tenure_model::Timestamp;
use tenure_model::digest::Digest;
use tenure_model::entry::{ArtifactBody, Gap};
use tenure_model::fact::Fact;

use crate::source::{Artifact, Artifacts, Collect, CollectError, Collected, Payload};

use super::read::{Reading, read};
use super::{Run, RunError, RunSink, SinkError};

/// Longer names are refused: the artifact's entry has to hold them.
const LONGEST_NAME: usize = 4096;

/// What came out of a collection.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) artifacts: Vec<ArtifactBody>,
    pub(super) facts: Vec<Fact>,
    pub(super) gaps: Vec<Gap>,
}

/// Collects, with workers that store and read. The inner error is the source's own.
pub(super) fn collect(
    request: &Run<'_>,
    cx: &Collect<'_>,
    sink: &mut dyn RunSink,
) -> Result<(Result<Collected, CollectError>, Taken), RunError> {
    let workers = request.workers.max(1);
    let (to_workers, jobs) = sync_channel(workers);
    // Results are never refused, so that a worker always gets free; what bounds memory is that no
    // artifact is handed out while too many are on their way.
    let (done, results) = channel();
    let jobs = Mutex::new(jobs);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (jobs, done) = (&jobs, done.clone());
            scope.spawn(move || work(request, jobs, &done));
        }
        drop(done);
        let mut feed = Feed {
            request,
            sink,
            to_workers,
            results,
            most: 2 * workers + 2,
            names: BTreeSet::new(),
            sent: 0,
            waiting: BTreeMap::new(),
            emitted: 0,
            taken: Taken::default(),
            broken: None,
            workers_gone: false,
        };
        let collected = request.source.collect(cx, &mut feed);
        feed.finish().map(|taken| (collected, taken))
    })
}

struct Job {
    number: u64,
    artifact: Artifact,
}

struct Done {
    number: u64,
    name: String,
    media_type: &'static str,
    result: Result<(Digest, u64, Reading), BlobError>,
}

fn work(request: &Run<'_>, jobs: &Mutex<Receiver<Job>>, done: &Sender<Done>) {
    loop {
        // The lock is held while waiting: the next free worker takes the next artifact.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { number, artifact }) = job else { return };
        let Artifact { name, media_type, payload } = artifact;
        let result = store(request, payload).map(|(digest, bytes, payload)| {
            let artifact = Artifact { name: name.clone(), media_type, payload };
            let reading = read(request.source, request.settings, request.key, &digest, &artifact);
            (digest, bytes, reading)
        });
        if done.send(Done { number, name, media_type, result }).is_err() {
            return; // The run has stopped.
        }
    }
}

/// Raw before parsed. A file is read from the store afterwards, so that exactly what was stored is
/// read, even when the file changes meanwhile.
fn store(request: &Run<'_>, payload: Payload) -> Result<(Digest, u64, Payload), BlobError> {
    match payload {
        Payload::Bytes(bytes) => {
            let digest = request.blobs.put(&bytes)?;
            Ok((digest, bytes.len() as u64, Payload::Bytes(bytes)))
        }
        Payload::File(path) => {
            let (digest, bytes) = request.blobs.put_file(path)?;
            Ok((digest, bytes, Payload::File(request.blobs.path_of(&digest))))
        }
    }
}

struct Feed<'a> {
    request: &'a Run<'a>,
    sink: &'a mut dyn RunSink,
    to_workers: SyncSender<Job>,
    results: Receiver<Done>,
    most: usize,
    names: BTreeSet<String>,
    sent: u64,
    waiting: BTreeMap<u64, Done>,
    emitted: u64,
    taken: Taken,
    broken: Option<RunError>,
    workers_gone: bool,
}

impl Artifacts for Feed<'_> {
    fn put(&mut self, artifact: Artifact) -> Result<(), CollectError> {
        if let Some(gap) = self.refusal(&artifact.name) {
            self.taken.gaps.push(gap);
            return Ok(());
        }
        while self.goes_on() && self.sent - self.emitted >= self.most as u64 {
            self.receive();
        }
        let job = Job { number: self.sent, artifact };
        if !self.goes_on() || self.to_workers.send(job).is_err() {
            return Err(CollectError {
                what: self.request.name.to_string(),
                cause: "the run cannot go on".to_owned(),
                hint: String::new(),
            });
        }
        self.sent += 1;
        Ok(())
    }
}

impl Feed<'_> {
    fn refusal(&mut self, name: &str) -> Option<Gap> {
        let gap = |artifact: String, cause: &str, hint: &str| Gap {
            artifact,
            record: None,
            cause: cause.to_owned(),
            hint: hint.to_owned(),
        };
        if name.len() > LONGEST_NAME {
            let short = name.chars().take(200).collect::<String>() + "…";
            let cause = "its name is longer than 4,096 bytes, so it was not read";
            return Some(gap(short, cause, "give it a shorter name"));
        }
        if !self.names.insert(name.to_owned()) {
            let cause = "there is a second artifact of that name, and it was not read";
            return Some(gap(name.to_owned(), cause, "give each artifact a name of its own"));
        }
        None
    }

    fn goes_on(&self) -> bool {
        self.broken.is_none() && !self.workers_gone
    }

    /// Waits for a worker, then hands on everything whose turn has come.
    fn receive(&mut self) {
        // Workers end only after this feed, so an error means that one of them panicked; the scope
        // then panics as well.
        let Ok(done) = self.results.recv() else {
            self.workers_gone = true;
            return;
        };
        self.waiting.insert(done.number, done);
        while self.broken.is_none() {
            let Some(next) = self.waiting.remove(&self.emitted) else { return };
            self.emitted += 1;
            self.broken = self.emit(next).err();
        }
    }

    fn emit(&mut self, done: Done) -> Result<(), RunError> {
        let source_name = || self.request.name.clone();
        let (digest, bytes, reading) =
            done.result.map_err(|source| RunError::Blob { source_name: source_name(), source })?;
        self.taken.facts.extend(reading.facts().cloned());
        let ahead = self.ahead(&done.name, &reading);
        let records_root = reading.records_root;
        let account = reading
            .tell(&digest, self.sink)
            .map_err(|source: SinkError| RunError::Sink { source_name: source_name(), source })?;
        self.taken.gaps.extend(account.gaps);
        self.taken.gaps.extend(ahead);
        self.taken.artifacts.push(ArtifactBody {
            run: self.request.id.clone(),
            source: self.request.name.clone(),
            name: done.name,
            blob: digest,
            media_type: done.media_type.to_owned(),
            bytes,
            records: account.records,
            with_facts: account.with_facts,
            skipped: account.skipped,
            rejected: account.rejected,
            records_root,
            integrity: account.integrity,
        });
        Ok(())
    }

    /// Nobody can tell of what has not happened. A day is left for clocks that differ.
    fn ahead(&self, name: &str, reading: &Reading) -> Option<Gap> {
        let latest = self.request.clock.now().plus_micros(Timestamp::DAY);
        let (record, at, count) = reading.ahead_of(latest)?;
        Some(Gap {
            artifact: name.to_owned(),
            record: Some(record),
            cause: format!("{count} records tell of times after the collection (this one of {at})"),
            hint: "they are kept as they stand; check the source's clock and this machine's"
                .to_owned(),
        })
    }

    fn finish(mut self) -> Result<Taken, RunError> {
        while self.goes_on() && self.emitted < self.sent {
            self.receive();
        }
        match self.broken {
            Some(error) => Err(error),
            None => Ok(self.taken),
        }
    }
}
