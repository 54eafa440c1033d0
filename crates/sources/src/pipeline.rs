//! Runs a source: stores what it receives before anyone interprets it, reads it, keeps the
//! accounts, and drafts the ledger entries. Nothing here is specific to a system.
//!
//! Artifacts are stored and read by worker threads, at most a few at a time; what they say comes
//! out in the order in which the source handed them over, whatever the number of threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tenure_blobs::{BlobError, BlobStore, RecordKey};
use tenure_model::clock::Clock;
use tenure_model::digest::Digest;
use tenure_model::entry::{ArtifactBody, CoverageBody, RunBody};
use tenure_model::fact::Fact;
use tenure_model::ids::{RunId, SourceName, SystemId};
use tenure_model::usage::UsageRows;

use crate::settings::Settings;
use crate::source::{Collect, Progress, Source};

mod disclose;
mod draft;
mod feed;
mod pool;
mod read;
mod reread;
mod said;

pub use disclose::{Disclosed, disclose};
pub use draft::Unconcluded;
pub use reread::{RereadError, reread};

/// Takes what a run says, artifact by artifact in the order of collection, in record order.
pub trait RunSink {
    /// A fact, with the artifact and the record it rests on.
    ///
    /// # Errors
    /// When it cannot be taken; the run stops.
    fn fact(&mut self, artifact: &Digest, record: u64, fact: Arc<Fact>) -> Result<(), SinkError>;
    /// Uses of access; the artifacts of the rows are numbers in `artifacts`.
    ///
    /// # Errors
    /// When they cannot be taken; the run stops.
    fn usage(&mut self, rows: UsageRows, artifacts: &[Digest]) -> Result<(), SinkError>;
    /// No use follows; facts may. Whoever has work to do on all uses can begin.
    fn no_more_usage(&mut self) {}
}

/// Why a sink takes nothing more.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// What a run needs.
pub struct Run<'a> {
    /// The kind of source.
    pub source: &'a dyn Source,
    /// The configured connection.
    pub name: &'a SourceName,
    /// The system it tells about.
    pub system: &'a SystemId,
    /// The run's id.
    pub id: RunId,
    /// The checked settings.
    pub settings: &'a Settings,
    /// The cursor that the last recorded run left.
    pub cursor: Option<&'a str>,
    /// Artifacts that the ledger has of this source, by native name.
    pub known: &'a BTreeMap<String, Digest>,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Where progress is shown.
    pub progress: &'a dyn Progress,
    /// Where raw bytes go.
    pub blobs: &'a BlobStore,
    /// The key of the record salts.
    pub key: &'a RecordKey,
    /// A directory of this source's own for what a killed collection should find again.
    pub scratch: &'a Path,
    /// Reading threads.
    pub workers: usize,
}

/// The ledger entries of a run, to be appended in this order: artifacts, coverage, run; but not
/// before [`BlobStore::sync`] has made the blobs durable that they name.
#[derive(Clone, PartialEq, Debug)]
pub struct RunDraft {
    /// The artifacts received, in order.
    pub artifacts: Vec<ArtifactBody>,
    /// What is known of the completeness of the streams.
    pub coverage: Vec<CoverageBody>,
    /// The run.
    pub run: RunBody,
    /// Whether the source had nothing that was not recorded before. The run's entry is written all
    /// the same: that collection happened on cadence is evidence too.
    pub nothing_new: bool,
}

/// What a source gave: stored and read, and not concluded yet.
pub struct Received {
    /// The artifacts, in order.
    pub artifacts: Vec<ArtifactBody>,
    /// What conclusions rest on beside them.
    pub rest: Unconcluded,
}

/// What follows from a run as a whole.
#[derive(Clone, PartialEq, Debug)]
pub struct Concluded {
    /// As in [`RunDraft`].
    pub coverage: Vec<CoverageBody>,
    /// As in [`RunDraft`].
    pub run: RunBody,
    /// As in [`RunDraft`].
    pub nothing_new: bool,
}

impl RunDraft {
    /// Of artifacts and what was concluded from them.
    #[must_use]
    pub fn new(artifacts: Vec<ArtifactBody>, concluded: Concluded) -> Self {
        let Concluded { coverage, run, nothing_new } = concluded;
        Self { artifacts, coverage, run, nothing_new }
    }
}

/// Why a run could not be recorded. What is wrong with the source is no error but a gap.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Raw bytes could not be stored or read back.
    #[error("cannot store what source {source_name} gave")]
    Blob {
        /// The source.
        source_name: SourceName,
        /// Why.
        #[source]
        source: BlobError,
    },
    /// The facts could not be handed on.
    #[error("cannot take the facts of source {source_name}")]
    Sink {
        /// The source.
        source_name: SourceName,
        /// Why.
        #[source]
        source: SinkError,
    },
    /// An entry's body is larger than an entry may be.
    #[error("the {kind} entry of {what} would have {bytes} bytes, more than an entry can hold")]
    TooLarge {
        /// The kind of entry.
        kind: &'static str,
        /// The artifact or run.
        what: String,
        /// The size of the body.
        bytes: usize,
    },
}

/// Collects from a source, reads what came, and concludes what follows.
///
/// # Errors
/// When bytes cannot be stored or facts not be handed on. A source that cannot be reached or gives
/// nothing is a draft with outcome `failed` and a gap, never an error and never an empty success.
pub fn run(request: &Run<'_>, sink: &mut dyn RunSink) -> Result<RunDraft, RunError> {
    let Received { artifacts, rest } = receive(request, sink)?;
    let concluded = rest.conclude(request, &artifacts)?;
    Ok(RunDraft::new(artifacts, concluded))
}

/// The first part of [`run`]: [`Unconcluded::conclude`] is the other, so that a caller can begin with
/// the artifacts' entries meanwhile.
///
/// # Errors
/// As [`run`].
pub fn receive(request: &Run<'_>, sink: &mut dyn RunSink) -> Result<Received, RunError> {
    let started = request.clock.now();
    let cx = Collect {
        settings: request.settings,
        clock: request.clock,
        cursor: request.cursor,
        known: request.known,
        progress: request.progress,
        scratch: request.scratch,
    };
    let (collected, taken) = feed::collect(request, &cx, sink)?;
    let feed::Taken { artifacts, facts, gaps } = taken;
    Ok(Received { artifacts, rest: Unconcluded { started, collected, facts, gaps } })
}

/// How many reading threads to use when nobody says otherwise: as many as processors, at most 8.
#[must_use]
pub fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(2, |n| n.get().min(8))
}
