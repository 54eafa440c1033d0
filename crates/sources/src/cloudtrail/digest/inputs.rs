//! What a run brings: digests, the metadata of their objects, public keys, and log objects to
//! compare with.

use std::collections::BTreeMap;

use tenure_model::digest::Digest;
use tenure_model::entry::ArtifactBody;
use tenure_model::time::Timestamp;

use crate::records::CONTENT_HASH;
use crate::source::Conclude;

use super::super::names::{ObjectKind, ObjectName};
use super::metadata::SUFFIX;
use super::place::DigestName;

/// A list of keys is small; other files are not searched for one.
const LARGEST_LIST: u64 = 4 * 1024 * 1024;
/// Under which the reader counts a digest file.
const DIGEST_RECORD: &str = "digest file";

/// A log object that is here.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogCopy<'a> {
    pub(super) name: &'a str,
    pub(super) file: &'a str,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    /// The time of delivery that its name tells.
    pub(super) at: Timestamp,
    pub(super) blob: &'a Digest,
    pub(super) hash: Option<Digest>,
    /// Whether it came with this run.
    pub(super) is_new: bool,
}

impl<'a> LogCopy<'a> {
    fn of(name: &'a str, blob: &'a Digest) -> Option<Self> {
        let object = ObjectName::parse(name).filter(|object| object.kind == ObjectKind::Log)?;
        let ObjectName { file, account, region, at, .. } = object;
        // Digests name management and data events; insights have files of their own.
        let is_plain = file.split('_').nth(1) == Some("CloudTrail");
        is_plain.then_some(Self {
            name,
            file,
            account,
            region,
            at,
            blob,
            hash: None,
            is_new: false,
        })
    }

    pub(super) fn region_name(&self) -> String {
        format!("{}/{}", self.account, self.region)
    }
}

/// The artifacts that matter here.
#[derive(Default)]
pub(super) struct Inputs<'a> {
    /// Digests of this run, by artifact.
    pub(super) digests: BTreeMap<&'a str, &'a Digest>,
    /// Digest files of this run whose names are none of digests.
    pub(super) misnamed: Vec<(&'a str, &'a Digest)>,
    /// What may be a list of keys.
    pub(super) lists: Vec<(&'a str, &'a Digest)>,
    /// Metadata of digest objects of this run, by the artifact of the digest.
    pub(super) sidecars: BTreeMap<&'a str, &'a Digest>,
}

impl<'a> Inputs<'a> {
    pub(super) fn of(artifacts: &'a [ArtifactBody]) -> Self {
        let mut inputs = Self::default();
        for artifact in artifacts {
            let (name, blob) = (artifact.name.as_str(), &artifact.blob);
            if DigestName::parse(name).is_some() {
                inputs.digests.insert(name, blob);
            } else if let Some(object) = name.strip_suffix(SUFFIX) {
                inputs.sidecars.insert(object, blob);
            } else if artifact.skipped.contains_key(DIGEST_RECORD) {
                inputs.misnamed.push((name, blob));
            } else if may_be_list(artifact) {
                inputs.lists.push((name, blob));
            }
        }
        inputs
    }
}

/// A list of keys is one JSON object, which gives no facts.
fn may_be_list(artifact: &ArtifactBody) -> bool {
    ObjectName::parse(&artifact.name).is_none()
        && artifact.bytes <= LARGEST_LIST
        && artifact.records == 1
        && artifact.with_facts == 0
}

/// Every log object of this run, by file name, and if asked for those of earlier runs.
pub(super) fn log_objects<'a>(
    cx: &'a Conclude<'_>,
    with_earlier: bool,
) -> BTreeMap<&'a str, Vec<LogCopy<'a>>> {
    let mut objects: BTreeMap<&str, Vec<LogCopy<'_>>> = BTreeMap::new();
    let earlier =
        cx.known.iter().filter(|_| with_earlier).filter_map(|(name, blob)| LogCopy::of(name, blob));
    let new = cx.artifacts.iter().filter_map(|artifact| {
        let hash = artifact.integrity.get(CONTENT_HASH).and_then(|text| text.parse().ok());
        LogCopy::of(&artifact.name, &artifact.blob).map(|copy| LogCopy {
            hash,
            is_new: true,
            ..copy
        })
    });
    for copy in earlier.chain(new) {
        objects.entry(copy.file).or_default().push(copy);
    }
    objects
}
