//! What every source is: something to collect from, and a pure reader of what was collected.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tenure_blobs::BlobStore;
use tenure_model::clock::Clock;
use tenure_model::digest::Digest;
use tenure_model::entry::{ArtifactBody, CoverageStatus, Gap, RunKind};
use tenure_model::fact::Fact;
use tenure_model::time::Timestamp;
use tenure_model::usage::{Actor, Point, Texts};

use crate::records::Records;
use crate::settings::{SettingSpec, Settings};

mod file;

pub(crate) use file::give_back;
pub use file::{SourceFile, UNREADABLE_HINT};

/// A kind of source. One implementation per system, in a file of its own.
pub trait Source: Send + Sync {
    /// What it is, for `source kinds` and the documentation.
    fn about(&self) -> &'static About;

    /// Looks at the system without recording anything; says what it sees.
    ///
    /// # Errors
    /// When the source cannot be reached or is not what the settings say.
    fn test(&self, settings: &Settings) -> Result<String, CollectError>;

    /// Fetches what is new and hands it over as artifacts, in a deterministic order.
    ///
    /// # Errors
    /// When nothing can be collected at all. What is merely missing is a gap in [`Collected`].
    fn collect(&self, cx: &Collect<'_>, out: &mut dyn Artifacts)
    -> Result<Collected, CollectError>;

    /// Reads one artifact: every record is handed to `out` exactly once, with its facts or the
    /// reason that it has none. Pure: same bytes and settings, same calls.
    ///
    /// # Errors
    /// When the rest of the artifact cannot be read. Records handed over before count.
    fn read(
        &self,
        settings: &Settings,
        artifact: &Artifact,
        out: &mut Records<'_>,
    ) -> Result<(), ReadError>;

    /// What an actor's acting tells beside the use itself, such as that its key exists: handed to
    /// `note` as kind, name and detail, and told once per run by [`Self::sighted`].
    fn acted(&self, texts: &Texts, actor: &Actor, note: &mut dyn FnMut(u8, &str, &str)) {
        let _ = (texts, actor, note);
    }

    /// The facts that follow from the first and the last mention of something in a run, each with
    /// the mention that it rests on. Pure.
    fn sighted(
        &self,
        kind: u8,
        name: &str,
        detail: &str,
        first: Point,
        last: Point,
    ) -> Vec<(Point, Fact)> {
        let _ = (kind, name, detail, first, last);
        Vec::new()
    }

    /// Draws what follows from the run as a whole: coverage, the next cursor, further gaps.
    /// Not called when [`Self::collect`] fails.
    fn conclude(&self, cx: &Conclude<'_>, collected: Collected) -> Conclusion {
        let _ = cx;
        Conclusion {
            coverage: collected.coverage,
            cursor: collected.cursor,
            gaps: collected.gaps,
            totals: BTreeMap::new(),
            checks: collected.checks,
        }
    }
}

/// What a kind of source is and which settings it takes.
#[derive(Debug)]
pub struct About {
    /// The kind, as in `source add --kind`.
    pub kind: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// Version of the reader; raised whenever the same bytes give other facts.
    pub reader_version: u32,
    /// The settings it takes.
    pub settings: &'static [SettingSpec],
    /// How a run looks at the system.
    pub run_kind: RunKind,
}

/// What a collection may use.
pub struct Collect<'a> {
    /// The settings, checked against [`About::settings`].
    pub settings: &'a Settings,
    /// The time.
    pub clock: &'a dyn Clock,
    /// The cursor that the last recorded run left.
    pub cursor: Option<&'a str>,
    /// Artifacts of this source that the ledger already has, by native name.
    pub known: &'a BTreeMap<String, Digest>,
    /// Where progress is shown.
    pub progress: &'a dyn Progress,
    /// A directory of this source's own for what a killed collection should find again. It need
    /// not exist yet, and is removed once a run is recorded.
    pub scratch: &'a Path,
}

/// Told how far a long piece of work is.
pub trait Progress: Send + Sync {
    /// `done` of `total` (0 = not known) of `what` are through.
    fn report(&self, what: &str, done: u64, total: u64);
}

/// Progress that nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn report(&self, _what: &str, _done: u64, _total: u64) {}
}

/// Takes artifacts as they are received.
pub trait Artifacts {
    /// Hands one artifact over.
    ///
    /// # Errors
    /// When it cannot be stored; collection must stop.
    fn put(&mut self, artifact: Artifact) -> Result<(), CollectError>;

    /// Hands over a file that is still to be read. The pipeline reads it in a worker, when its turn
    /// comes; a file that cannot be read then is a gap.
    ///
    /// # Errors
    /// As [`Self::put`].
    fn put_file(&mut self, file: SourceFile) -> Result<(), CollectError> {
        let what = file.path.display().to_string();
        let artifact = file.read().map_err(|e| CollectError {
            what,
            cause: format!("it cannot be read: {e}"),
            hint: UNREADABLE_HINT.to_owned(),
        })?;
        self.put(artifact)
    }
}

/// Bytes as received.
#[derive(Debug)]
pub struct Artifact {
    /// Its name at the source, unique within the source.
    pub name: String,
    /// What the bytes are, for people: readers go by the bytes.
    pub media_type: &'static str,
    /// The bytes.
    pub payload: Payload,
}

/// Where an artifact's bytes are. Large ones stay in a file.
#[derive(Debug)]
pub enum Payload {
    /// In memory.
    Bytes(Vec<u8>),
    /// In a file that nobody changes while the run lasts.
    File(PathBuf),
}

impl Payload {
    /// All bytes, read into memory if need be.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn bytes(&self) -> std::io::Result<Cow<'_, [u8]>> {
        match self {
            Self::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Self::File(path) => std::fs::read(path).map(Cow::Owned),
        }
    }
}

/// What a collection found beside the artifacts.
#[derive(Debug, Default)]
pub struct Collected {
    /// What was asked for, in the source's words.
    pub scope: String,
    /// How this run looked at the system, when that is not [`About::run_kind`].
    pub kind: Option<RunKind>,
    /// Files opened, pages fetched.
    pub requests: u64,
    /// What the source itself says the totals are.
    pub source_totals: BTreeMap<String, u64>,
    /// What could not be received.
    pub gaps: Vec<Gap>,
    /// Where the next run goes on.
    pub cursor: Option<String>,
    /// Checks that ran while collecting.
    pub checks: Vec<String>,
    /// Coverage that collecting itself establishes.
    pub coverage: Vec<Claim>,
}

/// What a conclusion may rest on.
#[derive(Debug)]
pub struct Conclude<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// The cursor that the last recorded run left.
    pub previous: Option<&'a str>,
    /// Artifacts of earlier runs, by native name.
    pub known: &'a BTreeMap<String, Digest>,
    /// Artifacts of this run, in order.
    pub artifacts: &'a [ArtifactBody],
    /// The run's facts without usage, in artifact order.
    pub facts: &'a [Arc<Fact>],
    /// What reading found missing or wrong. Recorded by the pipeline; not to be repeated.
    pub read_gaps: &'a [Gap],
    /// The bytes of this run's artifacts, and of those that earlier runs recorded.
    pub blobs: &'a BlobStore,
}

/// What follows from the run as a whole.
#[derive(Debug, Default)]
pub struct Conclusion {
    /// Completeness of the streams.
    pub coverage: Vec<Claim>,
    /// Where the next run goes on.
    pub cursor: Option<String>,
    /// Everything that could not be received or does not reconcile.
    pub gaps: Vec<Gap>,
    /// Totals as received, by the names of [`Collected::source_totals`].
    pub totals: BTreeMap<String, u64>,
    /// Checks that ran.
    pub checks: Vec<String>,
}

/// A statement on the completeness of one stream over `[from, to)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// What is covered.
    pub stream: String,
    /// Start.
    pub from: Timestamp,
    /// End.
    pub to: Timestamp,
    /// The verdict.
    pub status: CoverageStatus,
    /// What proves it.
    pub proof_kind: &'static str,
    /// Why, for people.
    pub detail: String,
}

/// Why a source could not be collected at all.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {cause}")]
pub struct CollectError {
    /// The file, URL or setting concerned.
    pub what: String,
    /// What happened, lower case, no full stop.
    pub cause: String,
    /// What to do about it.
    pub hint: String,
}

/// Why the rest of an artifact could not be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{cause}")]
pub struct ReadError {
    /// The record at which reading stopped, from 0, if it is a matter of one record.
    pub record: Option<u64>,
    /// What happened, lower case, no full stop.
    pub cause: String,
    /// What to do about it.
    pub hint: String,
}
