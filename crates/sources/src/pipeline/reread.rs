//! Reads a recorded artifact again, from its blob. What the reader says must add up to what the
//! ledger recorded, or it says nothing.

use std::collections::BTreeMap;

use tenure_blobs::{BlobError, BlobStore, RecordKey};
use tenure_model::digest::Digest;
use tenure_model::entry::ArtifactBody;

use crate::settings::Settings;
use crate::source::{Artifact, Payload, Source};

use super::read::{Reading, read};
use super::{RunSink, SinkError};

/// Blobs up to this size are held in memory while they are read.
const IN_MEMORY: u64 = 8 * 1024 * 1024;

/// Why a recorded artifact cannot be read again as it was recorded.
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

/// Reads one recorded artifact again and hands its facts on once the account and the root over its
/// records are found to be those that the ledger has.
///
/// The settings must be those of the recorded run where they bear on reading.
///
/// # Errors
/// When the bytes are gone or changed, the account or the root differ, or the sink takes no more.
pub fn reread(
    source: &dyn Source,
    settings: &Settings,
    recorded: &ArtifactBody,
    blobs: &BlobStore,
    key: &RecordKey,
    sink: &mut dyn RunSink,
) -> Result<(), RereadError> {
    let name = || recorded.name.clone();
    let payload = payload(recorded, blobs)
        .map_err(|source| RereadError::Blob { artifact: name(), source })?;
    // Readers go by name and bytes; the media type is for people.
    let artifact = Artifact { name: name(), media_type: "application/octet-stream", payload };
    let reading = read(source, settings, key, &recorded.blob, &artifact);
    compare(recorded, &reading)?;
    match reading.tell(&recorded.blob, sink) {
        Ok(_) => Ok(()),
        Err(source) => Err(RereadError::Sink { artifact: name(), source }),
    }
}

pub(super) fn payload(recorded: &ArtifactBody, blobs: &BlobStore) -> Result<Payload, BlobError> {
    if recorded.bytes <= IN_MEMORY {
        return blobs.get(&recorded.blob).map(Payload::Bytes);
    }
    blobs.verify(&recorded.blob)?;
    Ok(Payload::File(blobs.path_of(&recorded.blob)))
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
