//! From the source to the workers and back, in order and with bounded memory.

use std::sync::Arc;

use hashbrown::HashSet;
use tenure_blobs::BlobError;
use tenure_model::Timestamp;
use tenure_model::digest::Digest;
use tenure_model::entry::{ArtifactBody, Gap};
use tenure_model::fact::Fact;
use tenure_model::usage::{Point, Sighting, Sightings};

use crate::source::{
    Artifact, Artifacts, Collect, CollectError, Collected, Payload, Source, SourceFile,
};

use super::pool::{self, Pool};
use super::read::{Item, LastJob, Reader, Readings};
use super::{Run, RunError, RunSink, SinkError, default_workers};

/// Longer names are refused: the artifact's entry has to hold them.
const LONGEST_NAME: usize = 4096;
/// Artifacts go to a worker together, at most so many …
const MOST_TOGETHER: usize = 64;
/// … with at most so many bytes: mostly two or more, which are hashed together.
const BYTES_TOGETHER: u64 = 1536 * 1024;
/// A thread is worth its while from this many sightings on.
const SIGHTINGS_TOGETHER: usize = 1024;

/// What came out of a collection.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) artifacts: Vec<ArtifactBody>,
    pub(super) facts: Vec<Arc<Fact>>,
    pub(super) gaps: Vec<Gap>,
}

/// Collects, with workers that store and read. The inner error is the source's own.
pub(super) fn collect(
    request: &Run<'_>,
    cx: &Collect<'_>,
    sink: &mut dyn RunSink,
) -> Result<(Result<Collected, CollectError>, Taken), RunError> {
    let reader = Reader {
        source: request.source,
        settings: request.settings,
        key: request.key,
        blobs: request.blobs,
        // Nobody can tell of what has not happened. A day is left for clocks that differ.
        latest: request.clock.now().plus_micros(Timestamp::DAY),
        last_job: LastJob::default(),
    };
    let work = |items| reader.receive(items);
    pool::with(request.workers.max(1), work, |pool| {
        let book = Book { request, sink, sightings: Sightings::default(), taken: Taken::default() };
        let mut feed = Feed {
            pool,
            book,
            names: HashSet::new(),
            together: Vec::new(),
            bytes: 0,
            broken: None,
        };
        let collected = request.source.collect(cx, &mut feed);
        feed.finish().map(|taken| (collected, taken))
    })
}

type Received = Result<Readings, BlobError>;

struct Feed<'a> {
    pool: Pool<Vec<Item>, Received>,
    book: Book<'a>,
    names: HashSet<String>,
    together: Vec<Item>,
    bytes: u64,
    broken: Option<RunError>,
}

impl Artifacts for Feed<'_> {
    fn put(&mut self, artifact: Artifact) -> Result<(), CollectError> {
        let bytes = match &artifact.payload {
            Payload::Bytes(bytes) => bytes.len() as u64,
            Payload::File(path) => path.metadata().map_or(0, |m| m.len()),
        };
        self.add(Item::Artifact(artifact), bytes)
    }

    fn put_file(&mut self, file: SourceFile) -> Result<(), CollectError> {
        let bytes = file.bytes;
        self.add(Item::File(file), bytes)
    }
}

impl Feed<'_> {
    fn add(&mut self, item: Item, bytes: u64) -> Result<(), CollectError> {
        let (Item::Artifact(Artifact { name, .. }) | Item::File(SourceFile { name, .. })) = &item;
        if let Some(gap) = self.refusal(name) {
            self.book.taken.gaps.push(gap);
            return Ok(());
        }
        if self.bytes + bytes > BYTES_TOGETHER {
            self.send()?;
        }
        self.bytes += bytes;
        self.together.push(item);
        if self.together.len() >= MOST_TOGETHER { self.send() } else { Ok(()) }
    }

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

    /// Hands out what is together.
    fn send(&mut self) -> Result<(), CollectError> {
        self.bytes = 0;
        if self.together.is_empty() {
            return Ok(());
        }
        let job = std::mem::take(&mut self.together);
        let (book, broken) = (&mut self.book, &mut self.broken);
        let sent = self.pool.put(job, &mut |readings| hand_on(book, broken, readings));
        if sent.is_ok() && self.broken.is_none() {
            return Ok(());
        }
        Err(CollectError {
            what: self.book.request.name.to_string(),
            cause: "the run cannot go on".to_owned(),
            hint: String::new(),
        })
    }

    fn finish(mut self) -> Result<Taken, RunError> {
        // What went wrong with sending is told below, or by the scope's panic.
        let _ = self.send();
        let Self { pool, mut book, mut broken, .. } = self;
        let _ = pool.finish(&mut |readings| hand_on(&mut book, &mut broken, readings));
        match broken {
            Some(error) => Err(error),
            None => book.close(),
        }
    }
}

fn hand_on(book: &mut Book<'_>, broken: &mut Option<RunError>, readings: Received) {
    if broken.is_none() {
        *broken = book.enter(readings).err();
    }
}

/// Takes what artifacts said, in their order.
struct Book<'a> {
    request: &'a Run<'a>,
    sink: &'a mut dyn RunSink,
    sightings: Sightings,
    taken: Taken,
}

impl Book<'_> {
    fn enter(&mut self, readings: Received) -> Result<(), RunError> {
        let source_name = || self.request.name.clone();
        let Readings { artifacts, unreadable, said } =
            readings.map_err(|source| RunError::Blob { source_name: source_name(), source })?;
        self.taken.gaps.extend(unreadable);
        let first = u32::try_from(self.taken.artifacts.len()).expect("fewer than four billion");
        let digests: Vec<Digest> = artifacts.iter().map(|a| a.digest).collect();
        for reading in artifacts {
            let account = reading.account;
            self.taken.gaps.extend(account.gaps);
            self.taken.artifacts.push(ArtifactBody {
                run: self.request.id.clone(),
                source: self.request.name.clone(),
                name: reading.name,
                blob: reading.digest,
                media_type: reading.media_type.to_owned(),
                bytes: reading.bytes,
                records: account.records,
                with_facts: account.with_facts,
                skipped: account.skipped,
                rejected: account.rejected,
                records_root: reading.records_root,
                integrity: account.integrity,
            });
        }
        let facts = said.facts.into_iter().map(|(a, r, fact)| (digests[a as usize], r, fact));
        for (artifact, record, fact) in facts {
            self.fact(&artifact, record, Arc::new(fact))?;
        }
        self.sightings.absorb(said.sightings, first);
        let source_name = || self.request.name.clone();
        self.sink
            .usage(said.rows, &digests)
            .map_err(|source| RunError::Sink { source_name: source_name(), source })
    }

    fn fact(&mut self, artifact: &Digest, record: u64, fact: Arc<Fact>) -> Result<(), RunError> {
        self.taken.facts.push(Arc::clone(&fact));
        self.sink.fact(artifact, record, fact).map_err(|source: SinkError| RunError::Sink {
            source_name: self.request.name.clone(),
            source,
        })
    }

    /// What was mentioned in passing becomes facts once all is known of it.
    fn close(mut self) -> Result<Taken, RunError> {
        self.sink.no_more_usage();
        let sightings = std::mem::take(&mut self.sightings);
        for (point, fact) in sighted(self.request.source, &sightings) {
            let artifact = self.taken.artifacts[point.artifact as usize].blob;
            self.fact(&artifact, point.record, fact)?;
        }
        Ok(self.taken)
    }
}

/// The facts that follow from sightings, in the order of the records that they rest on.
pub(super) fn sighted(source: &dyn Source, sightings: &Sightings) -> Vec<(Point, Arc<Fact>)> {
    let told = |some: &[&Sighting]| {
        let mut facts = Vec::with_capacity(some.len());
        for s in some {
            let (name, detail) = (sightings.text(s.name), sightings.text(s.detail));
            for (point, fact) in source.sighted(s.kind, name, detail, s.first, s.last) {
                debug_assert_eq!(fact.misfit(), None, "a sighting fits its table");
                facts.push((point, Arc::new(fact)));
            }
        }
        facts
    };
    let sorted = sightings.sorted();
    let each = sorted.len().div_ceil(default_workers()).max(SIGHTINGS_TOGETHER);
    let mut facts: Vec<(Point, Arc<Fact>)> = std::thread::scope(|scope| {
        let told = &told;
        let threads: Vec<_> =
            sorted.chunks(each).map(|some| scope.spawn(move || told(some))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(resumed)).collect()
    });
    facts.sort_by_key(|(point, _)| (point.artifact, point.record));
    facts
}

fn resumed<T>(panic: Box<dyn std::any::Any + Send>) -> T {
    std::panic::resume_unwind(panic)
}
