//! Shows chosen records of a recorded artifact, with what proves that they belong to it.

use std::collections::BTreeSet;

use tenure_blobs::{BlobStore, RecordKey, inclusion_proof, records_root};
use tenure_model::entry::ArtifactBody;

use super::read::payload;
use super::reread::RereadError;
use crate::records::{Heard, Records};
use crate::settings::Settings;
use crate::source::{Artifact, Source};

/// A record with its salt and its inclusion proof against the artifact's records root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disclosed {
    /// Its index in the artifact.
    pub index: u64,
    /// The record as it was committed to.
    pub record: Vec<u8>,
    /// Its salt.
    pub salt: [u8; 16],
    /// The proof, leaf upward.
    pub proof: Vec<[u8; 32]>,
}

/// Takes the wanted records out of an artifact. An index that the artifact does not have is left
/// out.
///
/// # Errors
/// When the bytes are gone or changed, or the records are not those that the ledger has.
pub fn disclose(
    source: &dyn Source,
    settings: &Settings,
    recorded: &ArtifactBody,
    blobs: &BlobStore,
    key: &RecordKey,
    wanted: BTreeSet<u64>,
) -> Result<Vec<Disclosed>, RereadError> {
    let name = || recorded.name.clone();
    let payload = payload(recorded, blobs)
        .map_err(|source| RereadError::Blob { artifact: name(), source })?;
    let artifact = Artifact { name: name(), media_type: "application/octet-stream", payload };
    let mut heard = Heard::default();
    let mut records = Records::new(&artifact.name, key.salts(&recorded.blob), &mut heard);
    records.disclose(wanted);
    if let Err(error) = source.read(settings, &artifact, &mut records) {
        // It stopped there when it was recorded too; the root tells whether it was the same place.
        records.stopped(error);
    }
    let disclosure = records.disclosed();
    let found = records_root(&disclosure.commitments);
    if found != recorded.records_root {
        return Err(RereadError::Root { artifact: name(), recorded: recorded.records_root, found });
    }
    let with_proof = |(index, (salt, record))| {
        let proof = inclusion_proof(&disclosure.commitments, index)?;
        Some(Disclosed { index, record, salt, proof })
    };
    Ok(disclosure.records.into_iter().filter_map(with_proof).collect())
}
