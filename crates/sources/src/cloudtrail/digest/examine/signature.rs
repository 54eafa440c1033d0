//! Whether a digest is signed. Its signature stands in the metadata of its object and, once there
//! is a next digest, in that one, too; both must be the same.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Digests;
use super::super::document::{Document, Previous};
use super::super::finding::Kind;
use super::super::keys::{Key, Keys};
use super::super::metadata::Metadata;
use super::super::place::DigestName;
use super::Fault;

/// Signatures that digests name for the ones before them, by key.
pub(super) struct Candidates(BTreeMap<String, BTreeSet<String>>);

/// A signature that verifies.
pub(super) struct Verdict {
    pub(super) signature: String,
    /// What is wrong with the metadata nevertheless.
    pub(super) metadata_differ: Option<String>,
}

impl Candidates {
    /// Those that these digests name, and those that begin a stretch.
    pub(super) fn of<'d>(digests: &Digests, documents: impl Iterator<Item = &'d Document>) -> Self {
        let segments = digests.chains.values().flat_map(|chain| chain.segments());
        let before = segments.filter_map(|segment| segment.first.previous.as_ref());
        let named = documents.filter_map(|document| document.previous.as_ref());
        let mut candidates: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |previous: &Previous| {
            let of = candidates.entry(previous.place.key.clone()).or_default();
            of.insert(previous.signature.clone());
        };
        before.for_each(&mut add);
        named.for_each(&mut add);
        Self(candidates)
    }

    /// The signature of a digest, from wherever there is one that verifies.
    pub(super) fn verify(
        &self,
        keys: &Keys,
        name: &DigestName<'_>,
        document: &Document,
        metadata: Option<&Result<Metadata, String>>,
    ) -> Result<Verdict, Fault> {
        let key = key(keys, name, document, metadata.and_then(|m| m.as_ref().ok()))?;
        let message = document.string_to_sign();
        let verifies = |signature: &&String| key.verifies(&message, signature);
        let named = self.0.get(&document.place.key);
        let from_next = || named.into_iter().flatten().find(verifies).cloned();
        let (signature, problem) = match metadata {
            Some(Ok(metadata)) if verifies(&&metadata.signature) => {
                (Some(metadata.signature.clone()), None)
            }
            Some(Ok(_)) => {
                let problem = "the signature in the object metadata does not verify";
                (from_next(), Some(problem.to_owned()))
            }
            Some(Err(problem)) => (from_next(), Some(problem.clone())),
            None => (from_next(), None),
        };
        match (signature, problem) {
            (Some(signature), None) => Ok(Verdict { signature, metadata_differ: None }),
            (Some(signature), Some(problem)) => {
                let cause =
                    format!("{problem}, and the one that the next digest names does verify");
                Ok(Verdict { signature, metadata_differ: Some(cause) })
            }
            (None, problem) => Err(unsigned(document, named.is_some(), metadata, problem)),
        }
    }
}

fn unsigned(
    document: &Document,
    is_named: bool,
    metadata: Option<&Result<Metadata, String>>,
    problem: Option<String>,
) -> Fault {
    match (metadata, is_named) {
        (Some(Err(_)), _) => (Kind::MetadataDiffer, problem.unwrap_or_default()),
        (None, false) => {
            let cause = "it cannot be verified: its signature is neither in object metadata nor in a later digest";
            (Kind::NoSignature, cause.to_owned())
        }
        (_, _) => {
            let cause = format!(
                "its signature does not verify with the key {}: the digest or its signature was changed",
                document.fingerprint
            );
            (Kind::BadSignature, cause)
        }
    }
}

/// The key that a digest names, if it was valid. What was made later was signed later.
fn key<'k>(
    keys: &'k Keys,
    name: &DigestName<'_>,
    document: &Document,
    metadata: Option<&Metadata>,
) -> Result<&'k Key, Fault> {
    let fingerprint = &document.fingerprint;
    let Some(key) = keys.get(fingerprint) else {
        let cause = format!(
            "it cannot be verified: no public key with the fingerprint {fingerprint} is here"
        );
        return Err((Kind::UnknownKey, cause));
    };
    let generated = metadata.and_then(|metadata| metadata.generated);
    let signed_at = match generated.filter(|_| name.backfill) {
        Some(generated) => generated,
        None if name.backfill => document.end.max(key.from),
        None => document.end,
    };
    if !key.is_valid_at(signed_at) {
        let cause = format!(
            "it is signed at {signed_at} with the key {fingerprint}, which is valid from {} to {} only",
            key.from, key.to
        );
        return Err((Kind::KeyNotValid, cause));
    }
    Ok(key)
}
