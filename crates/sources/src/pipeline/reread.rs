//! Reads the recorded artifacts of a run again, from their blobs. What the reader says must add up
//! to what the ledger recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use tenure_blobs::{BlobError, BlobStore, RecordKey};
use tenure_model::Timestamp;
use tenure_model::digest::Digest;
use tenure_model::entry::ArtifactBody;
use tenure_model::usage::Sightings;

use crate::settings::Settings;
use crate::source::Source;

use super::feed::sighted;
use super::pool;
use super::read::{LastJob, Reader, Reading, Readings};
use super::{RunSink, SinkError, default_workers};

/// Why recorded artifacts cannot be read again as they were recorded.
#[derive(Debug, thiserror::Error)]
pub enum RereadError {
    /// Its bytes are not there any more, or are others.
    #[error("cannot read artifact {artifact} again")]
    Blob {
        /// The artifact.
        artifact: String,
        /// Why.
        #[source]
        source: BlobError,
    },
    /// The records are counted differently.
    #[error("artifact {artifact} was recorded with {recorded}, and now has {found}")]
    Account {
        /// The artifact.
        artifact: String,
        /// The account in the ledger.
        recorded: String,
        /// The account now.
        found: String,
    },
    /// The records are not the same.
    #[error("the records of artifact {artifact} have root {found}, recorded is {recorded}")]
    Root {
        /// The artifact.
        artifact: String,
        /// The root in the ledger.
        recorded: Digest,
        /// The root now.
        found: Digest,
    },
    /// The facts could not be handed on.
    #[error("cannot take the facts of artifact {artifact}")]
    Sink {
        /// The artifact.
        artifact: String,
        /// Why.
        #[source]
        source: SinkError,
    },
}

/// Reads the recorded artifacts of a run again, in their order, and hands on what they say, each
/// once its account and the root over its records are found to be those that the ledger has.
///
/// The settings must be those of the recorded run where they bear on reading.
///
/// # Errors
/// When bytes are gone or changed, an account or root differs, or the sink takes no more.
pub fn reread(
    source: &dyn Source,
    settings: &Settings,
    recorded: &[&ArtifactBody],
    blobs: &BlobStore,
    key: &RecordKey,
    sink: &mut dyn RunSink,
) -> Result<(), RereadError> {
    // What is ahead of the collection was said when it was recorded.
    let latest = Timestamp::from_micros(i64::MAX);
    let last_job = LastJob::default();
    let reader = Reader { source, settings, key, blobs, latest, last_job };
    let mut again = Again { recorded, done: 0, sightings: Sightings::default(), sink };
    let mut broken = None;
    let mut hand_on = |readings: Result<Readings, (String, BlobError)>| {
        if broken.is_none() {
            broken = again.enter(readings).err();
        }
    };
    let work = |job: &[&ArtifactBody]| reader.again(job);
    pool::with(default_workers(), work, |mut pool| {
        for job in recorded.chunks(16) {
            if pool.put(job, &mut hand_on).is_err() {
                return; // A worker has panicked, and so does the scope.
            }
        }
        let _ = pool.finish(&mut hand_on);
    });
    match broken {
        Some(error) => Err(error),
        None => again.close(source),
    }
}

struct Again<'a> {
    recorded: &'a [&'a ArtifactBody],
    done: usize,
    sightings: Sightings,
    sink: &'a mut dyn RunSink,
}

impl Again<'_> {
    fn enter(
        &mut self,
        readings: Result<Readings, (String, BlobError)>,
    ) -> Result<(), RereadError> {
        let Readings { artifacts, said, .. } =
            readings.map_err(|(artifact, source)| RereadError::Blob { artifact, source })?;
        let first = self.done;
        for reading in &artifacts {
            compare(self.recorded[self.done], reading)?;
            self.done += 1;
        }
        let name = || self.recorded[first].name.clone();
        let refused = |source| RereadError::Sink { artifact: name(), source };
        for (artifact, record, fact) in said.facts {
            let digest = &artifacts[artifact as usize].digest;
            self.sink.fact(digest, record, Arc::new(fact)).map_err(refused)?;
        }
        let number = u32::try_from(first).expect("fewer artifacts than four billion");
        self.sightings.absorb(said.sightings, number);
        let digests: Vec<Digest> = artifacts.iter().map(|a| a.digest).collect();
        self.sink.usage(said.rows, &digests).map_err(refused)
    }

    fn close(self, source: &dyn Source) -> Result<(), RereadError> {
        self.sink.no_more_usage();
        for (point, fact) in sighted(source, &self.sightings) {
            let artifact = self.recorded[point.artifact as usize];
            self.sink
                .fact(&artifact.blob, point.record, fact)
                .map_err(|source| RereadError::Sink { artifact: artifact.name.clone(), source })?;
        }
        Ok(())
    }
}

fn compare(recorded: &ArtifactBody, reading: &Reading) -> Result<(), RereadError> {
    let account = &reading.account;
    let before =
        account_text(recorded.records, recorded.with_facts, &recorded.skipped, recorded.rejected);
    let now = account_text(account.records, account.with_facts, &account.skipped, account.rejected);
    if before != now {
        let artifact = recorded.name.clone();
        return Err(RereadError::Account { artifact, recorded: before, found: now });
    }
    if recorded.records_root != reading.records_root {
        return Err(RereadError::Root {
            artifact: recorded.name.clone(),
            recorded: recorded.records_root,
            found: reading.records_root,
        });
    }
    Ok(())
}

fn account_text(
    records: u64,
    with_facts: u64,
    skipped: &BTreeMap<String, u64>,
    rejected: u64,
) -> String {
    let skipped: Vec<_> = skipped.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
    format!(
        "{records} records ({with_facts} with facts, skipped: [{}], {rejected} rejected)",
        skipped.join(", ")
    )
}
