//! Examines the digests of a run, and those of earlier runs that may be settled now: form and
//! place, signature, and the log objects that they name.

use std::collections::{BTreeMap, BTreeSet};

use tenure_model::digest::Digest;
use tenure_model::entry::Gap;
use tenure_model::time::Timestamp;

use crate::source::Conclude;

use super::chain::{Chain, Refused, Segment};
use super::document::Document;
use super::finding::{Finding, Kind, events_of};
use super::inputs::{Inputs, log_objects};
use super::logs::{Decided, Logs};
use super::member::{self, Unhashed};
use super::metadata::{Metadata, SUFFIX};
use super::place::DigestName;
use super::{Digests, Unkeyed};

mod place;
mod signature;

use place::Expected;
use signature::{Candidates, Verdict};

/// A digest of a busy hour has a few thousand lines of some 400 bytes each.
const LARGEST_DIGEST: u64 = 256 * 1024 * 1024;

/// Takes in a run. Gives what is wrong with inputs that belong to no digest.
pub(super) fn run(digests: &mut Digests, cx: &Conclude<'_>, most: u64) -> Vec<Gap> {
    let inputs = Inputs::of(cx.artifacts);
    let had_keys = !digests.keys.is_empty();
    let gaps = take_keys(digests, cx, &inputs);
    let examine = Examine { cx, inputs, new_keys: !had_keys && !digests.keys.is_empty() };
    examine.misnamed(digests);
    let todo = examine.todo(digests);
    // Without digests, objects of earlier runs tell nothing new.
    let objects = log_objects(cx, digests.any() || !todo.is_empty());
    for copy in objects.values().flatten() {
        let (first, last) = digests.logs.entry(copy.region_name()).or_insert((copy.at, copy.at));
        (*first, *last) = ((*first).min(copy.at), (*last).max(copy.at));
    }
    let mut logs = Logs::new(cx.blobs, most, objects);
    logs.found(digests);
    let before = decided(digests);
    let formed = examine.formed(digests, todo);
    if digests.keys.is_empty() {
        set_aside(digests, &formed);
        return gaps;
    }
    digests.unkeyed.clear();
    examine.verify(digests, formed, &mut logs);
    let after = decided(digests);
    logs.unnamed(digests, &before, &after);
    logs.close(digests, &after);
    gaps
}

fn decided(digests: &Digests) -> Decided {
    let regions: BTreeSet<_> = digests.chains.values().map(|chain| chain.region.clone()).collect();
    regions.into_iter().map(|region| (region.clone(), digests.decided(&region))).collect()
}

fn take_keys(digests: &mut Digests, cx: &Conclude<'_>, inputs: &Inputs<'_>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (name, blob) in &inputs.lists {
        let Ok(bytes) = member::bytes(cx.blobs, blob, LARGEST_DIGEST) else { continue };
        let problems = digests.keys.take(&bytes).unwrap_or_default();
        gaps.extend(problems.into_iter().map(|cause| Gap {
            artifact: (*name).to_owned(),
            record: None,
            cause,
            hint: "fetch the list again with `aws cloudtrail list-public-keys`".to_owned(),
        }));
    }
    gaps
}

/// Digests of sound form that no key can verify: they wait.
fn set_aside(digests: &mut Digests, formed: &[Formed<'_>]) {
    for Formed { artifact, name, .. } in formed {
        let unkeyed = digests.unkeyed.entry(name.chain()).or_insert_with(|| Unkeyed {
            region: region_of(name),
            first: (*artifact).to_owned(),
            digests: 0,
        });
        unkeyed.digests += 1;
    }
}

/// A digest of sound form, where it should be.
struct Formed<'a> {
    artifact: &'a str,
    name: DigestName<'a>,
    document: Document,
    metadata: Option<Result<Metadata, String>>,
}

struct Examine<'a> {
    cx: &'a Conclude<'a>,
    inputs: Inputs<'a>,
    /// Whether these are the first keys: then everything that waited is examined.
    new_keys: bool,
}

type Fault = (Kind, String);

impl<'a> Examine<'a> {
    /// Digests of this run, and those of earlier runs that may be settled now.
    fn todo(&self, digests: &Digests) -> BTreeMap<&'a str, &'a Digest> {
        let mut todo = self.inputs.digests.clone();
        let refused: BTreeSet<&str> = digests
            .chains
            .values()
            .flat_map(|chain| &chain.refused)
            .filter(|(_, refused)| refused.kind.may_be_settled())
            .map(|(artifact, _)| artifact.as_str())
            .collect();
        let earlier = self.cx.known.iter().map(|(name, blob)| (name.as_str(), blob));
        todo.extend(earlier.filter(|(name, _)| {
            refused.contains(name) || self.new_keys && DigestName::parse(name).is_some()
        }));
        todo
    }

    /// Digest files whose names say nothing of a chain.
    fn misnamed(&self, digests: &mut Digests) {
        for (artifact, blob) in &self.inputs.misnamed {
            let (kind, cause) = match self.parsed(blob) {
                Err(fault) => fault,
                Ok(document) => (
                    Kind::Moved,
                    format!("it says that it is {}, and has another name here", document.place),
                ),
            };
            let never = Timestamp::from_seconds(0);
            digests.findings.insert(Finding {
                artifact: (*artifact).to_owned(),
                kind,
                cause,
                region: String::new(),
                from: never,
                to: never,
            });
        }
    }

    /// Those of sound form; the others are refused.
    fn formed(
        &self,
        digests: &mut Digests,
        todo: BTreeMap<&'a str, &'a Digest>,
    ) -> Vec<Formed<'a>> {
        let expected = Expected::by(self.cx.settings);
        let mut formed = Vec::new();
        for (artifact, blob) in todo {
            let Some(name) = DigestName::parse(artifact) else { continue };
            match self.parsed(blob).and_then(|d| expected.in_place(artifact, &name, d)) {
                Ok(document) => {
                    let metadata = self.metadata(artifact);
                    formed.push(Formed { artifact, name, document, metadata });
                }
                Err(fault) => refuse(digests, artifact, &name, fault),
            }
        }
        formed
    }

    fn parsed(&self, blob: &Digest) -> Result<Document, Fault> {
        let bytes = member::bytes(self.cx.blobs, blob, LARGEST_DIGEST).map_err(|why| {
            let kind = match why {
                Unhashed::Trailing => Kind::DigestTrailing,
                _ => Kind::DigestUnreadable,
            };
            (kind, format!("the digest cannot be verified: {why}"))
        })?;
        Document::parse(&bytes)
            .map_err(|cause| (Kind::Malformed, format!("the digest cannot be verified: {cause}")))
    }

    fn metadata(&self, artifact: &str) -> Option<Result<Metadata, String>> {
        let known = || self.cx.known.get(&format!("{artifact}{SUFFIX}"));
        let blob = self.inputs.sidecars.get(artifact).copied().or_else(known)?;
        let bytes = member::bytes(self.cx.blobs, blob, LARGEST_DIGEST);
        Some(
            bytes
                .map_err(|why| format!("the object metadata cannot be read: {why}"))
                .and_then(|bytes| Metadata::parse(&bytes)),
        )
    }

    /// Signatures, and for digests that have one that verifies, their log objects.
    fn verify(&self, digests: &mut Digests, formed: Vec<Formed<'a>>, logs: &mut Logs<'_>) {
        let candidates = Candidates::of(digests, formed.iter().map(|formed| &formed.document));
        let mut verified: BTreeMap<(String, bool), Vec<Segment>> = BTreeMap::new();
        let mut hashes: BTreeMap<&str, Digest> = BTreeMap::new();
        let mut refused = Vec::new();
        for Formed { artifact, name, document, metadata } in formed {
            match candidates.verify(&digests.keys, &name, &document, metadata.as_ref()) {
                Err(fault) => refused.push((artifact, name, document, fault)),
                Ok(verdict) => {
                    let chain = chain_of(digests, &name);
                    chain.refused.remove(artifact);
                    let hour = (document.start, document.end);
                    let is_old = chain.covers(hour, name.backfill);
                    let is_new = hashes.insert(name.file, document.hash).is_none() && !is_old;
                    self.note(digests, artifact, &name, &document, &verdict);
                    if is_new {
                        logs.named_by(digests, &name, &document, artifact);
                        let segment = Segment::of(&document, verdict.signature);
                        verified.entry((name.chain(), name.backfill)).or_default().push(segment);
                    }
                }
            }
        }
        for ((chain, backfill), segments) in verified {
            digests.chains.entry(chain).or_default().absorb(segments, backfill);
        }
        for (artifact, name, document, fault) in refused {
            let chain = chain_of(digests, &name);
            if hashes.get(name.file) == Some(&document.hash) || chain.ends_with(&document) {
                chain.refused.remove(artifact); // A copy of one that verifies.
                continue;
            }
            let fault = second(chain, &name, fault);
            refuse(digests, artifact, &name, fault);
        }
    }

    /// What is to be said of a digest although its signature verifies.
    fn note(
        &self,
        digests: &mut Digests,
        artifact: &str,
        name: &DigestName<'_>,
        document: &Document,
        verdict: &Verdict,
    ) {
        let Some(cause) = verdict.metadata_differ.clone() else { return };
        let (from, to) = events_of((document.start, document.end));
        let (artifact, region) = (artifact.to_owned(), region_of(name));
        let kind = Kind::MetadataDiffer;
        digests.findings.insert(Finding { artifact, kind, cause, region, from, to });
    }
}

/// A digest that does not verify beside one of the same name that does.
fn second(chain: &Chain, name: &DigestName<'_>, (kind, cause): Fault) -> Fault {
    let same_kind = if name.backfill { &chain.backfill } else { &chain.hourly };
    let is_second = same_kind.iter().any(|s| s.start < name.at && name.at <= s.end);
    if is_second && matches!(kind, Kind::BadSignature | Kind::NoSignature) {
        let cause = format!("there is a second object of this digest, with other content: {cause}");
        return (Kind::DuplicateDigest, cause);
    }
    (kind, cause)
}

fn refuse(digests: &mut Digests, artifact: &str, name: &DigestName<'_>, (kind, cause): Fault) {
    let refused = Refused { kind, cause, at: name.at };
    chain_of(digests, name).refused.insert(artifact.to_owned(), refused);
}

fn chain_of<'d>(digests: &'d mut Digests, name: &DigestName<'_>) -> &'d mut Chain {
    digests.chains.entry(name.chain()).or_insert_with(|| Chain {
        region: region_of(name),
        trail: name.trail.to_owned(),
        ..Chain::default()
    })
}

fn region_of(name: &DigestName<'_>) -> String {
    format!("{}/{}", name.account, name.region)
}
