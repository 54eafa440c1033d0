//! The last step: list the files, sign the list, put everything in a container.

use std::collections::BTreeMap;

use tenure_ledger::{SignedCheckpoint, SigningKey};
use tenure_model::ids::Seq;
use tenure_model::{Digest, Period};
use tenure_verify::canonical::{self, sha256};
use tenure_verify::container;
use tenure_verify::format::{Manifest, ManifestFile, PACK_SCHEMA, manifest_note_text};
use tenure_verify::layout::{FileKind, MANIFEST, MANIFEST_NOTE};

use crate::error::PackError;
use crate::input::PackInput;

/// The files of a pack by name, without manifest and note.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What the manifest says beside the list of files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seal {
    /// The log's origin.
    pub origin: String,
    /// The period tested.
    pub period: Period,
    /// The last ledger index taken into account.
    pub known_at: Seq,
    /// Number of entries under the checkpoint.
    pub checkpoint_size: u64,
    /// Root hash of the checkpoint.
    pub checkpoint_root: Digest,
    /// Index of the entry that anchors the results.
    pub evaluation_entry: Seq,
}

impl Seal {
    /// As an input says it.
    ///
    /// # Errors
    /// When the input's checkpoint cannot be read.
    pub fn of(input: &PackInput<'_>) -> Result<Self, PackError> {
        let checkpoint = SignedCheckpoint::parse(input.checkpoint)?.checkpoint;
        let evaluation = &input.evaluated.evaluation;
        Ok(Self {
            origin: checkpoint.origin,
            period: evaluation.period,
            known_at: evaluation.known_at,
            checkpoint_size: checkpoint.size,
            checkpoint_root: Digest(checkpoint.root),
            evaluation_entry: input.evaluation_entry,
        })
    }
}

/// Lists, signs and packs files.
///
/// # Errors
/// When a name is none of format v1's, the list cannot be signed, or there is too much of it.
pub fn seal(mut files: Files, seal: &Seal, signer: &SigningKey) -> Result<Vec<u8>, PackError> {
    let manifest = canonical::to_bytes(&manifest(&files, seal))?;
    let text = manifest_note_text(&seal.origin, &sha256(&manifest));
    let note = signer.sign_note(&seal.origin, &text)?.to_string();
    files.insert(MANIFEST.to_owned(), manifest);
    files.insert(MANIFEST_NOTE.to_owned(), note.into_bytes());
    let lengths = files.iter().map(|(name, content)| (name.as_str(), content.len() as u64));
    let length = container::encoded_len(lengths)?;
    let mut out = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    container::encode(
        files.iter().map(|(name, content)| (name.as_str(), content.as_slice())),
        &mut out,
    )?;
    Ok(out)
}

fn manifest(files: &Files, seal: &Seal) -> Manifest {
    let file = |(name, content): (&String, &Vec<u8>)| ManifestFile {
        name: name.clone(),
        bytes: content.len() as u64,
        sha256: sha256(content),
        what: FileKind::of(name).map_or("unknown", |kind| kind.what()).to_owned(),
    };
    Manifest {
        schema: PACK_SCHEMA.to_owned(),
        tenure: env!("CARGO_PKG_VERSION").to_owned(),
        origin: seal.origin.clone(),
        period: seal.period,
        known_at: seal.known_at,
        checkpoint_size: seal.checkpoint_size,
        checkpoint_root: seal.checkpoint_root,
        evaluation_entry: seal.evaluation_entry,
        files: files.iter().map(file).collect(),
    }
}
