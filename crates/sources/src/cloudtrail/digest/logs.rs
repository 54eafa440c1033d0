//! Compares the log objects that digests name with those that are here.

use std::collections::{BTreeMap, BTreeSet};

use tenure_blobs::BlobStore;
use tenure_model::digest::Digest;

use super::super::names::{ObjectKind, ObjectName};
use super::super::state::{LONGEST_DELIVERY, LONGEST_SPAN, MINUTE};
use super::document::{Document, LogEntry};
use super::finding::{Finding, Kind, events_of};
use super::inputs::LogCopy;
use super::intervals::{self, Interval};
use super::member::{self, Unhashed};
use super::place::DigestName;
use super::{Digests, Missing};

/// Stretches of deliveries in which every object is named, by region.
pub(super) type Decided = BTreeMap<String, Vec<Interval>>;

/// The log objects here, and what a run learns of them.
pub(super) struct Logs<'a> {
    pub(super) blobs: &'a BlobStore,
    pub(super) most: u64,
    pub(super) here: BTreeMap<&'a str, Vec<LogCopy<'a>>>,
    /// Files that digests name.
    listed: BTreeSet<String>,
}

impl<'a> Logs<'a> {
    pub(super) fn new(
        blobs: &'a BlobStore,
        most: u64,
        here: BTreeMap<&'a str, Vec<LogCopy<'a>>>,
    ) -> Self {
        Self { blobs, most, here, listed: BTreeSet::new() }
    }

    /// Objects that were missing before and came with this run.
    pub(super) fn found(&mut self, digests: &mut Digests) {
        let here = |key: &String| self.here.contains_key(file_of(key));
        let found: Vec<_> = digests.missing.keys().filter(|key| here(key)).cloned().collect();
        for key in found {
            let Some(missing) = digests.missing.remove(&key) else { continue };
            self.listed.insert(file_of(&key).to_owned());
            let findings =
                self.compare(&key, &missing.hash, &missing.region, (missing.from, missing.to));
            digests.findings.extend(findings);
        }
    }

    /// The objects that a digest names; the digest verifies.
    pub(super) fn named_by(
        &mut self,
        digests: &mut Digests,
        name: &DigestName<'_>,
        document: &Document,
        artifact: &str,
    ) {
        let region = format!("{}/{}", name.account, name.region);
        let hour = events_of((document.start, document.end));
        let mut seen = BTreeSet::new();
        for entry in &document.logs {
            let file = file_of(&entry.key);
            let of = |kind, cause| finding(kind, artifact, cause, &region, hour);
            if !seen.insert(file) {
                let cause = format!("it names the log object {} twice", entry.key);
                digests.findings.insert(of(Kind::ListedTwice, cause));
                continue;
            }
            if !is_of(file, name) {
                let cause = format!("it names {}, which is no log object of {region}", entry.key);
                digests.findings.insert(of(Kind::ForeignLog, cause));
            }
            self.listed.insert(file.to_owned());
            let events = events_in(entry).unwrap_or(hour);
            if self.here.contains_key(file) {
                let findings = self.compare(&entry.key, &entry.hash, &region, events);
                digests.findings.extend(findings);
            } else {
                let (digest, hash) = (artifact.to_owned(), entry.hash);
                let missing =
                    Missing { region: region.clone(), digest, hash, from: events.0, to: events.1 };
                digests.missing.insert(entry.key.clone(), missing);
            }
        }
    }

    /// Every copy of an object with what it should be.
    fn compare(
        &self,
        key: &str,
        expected: &Digest,
        region: &str,
        events: Interval,
    ) -> Vec<Finding> {
        let copies = self.here.get(file_of(key)).into_iter().flatten();
        copies
            .filter_map(|copy| {
                let (kind, cause) = match self.hash(copy) {
                    Ok(found) if found == *expected => return None,
                    Ok(found) => (
                        Kind::LogAltered,
                        format!(
                            "it was altered: the digest says that its content has SHA-256 {expected}, and it has {found}"
                        ),
                    ),
                    Err(why) => unhashed(&why),
                };
                Some(finding(kind, copy.name, cause, region, events))
            })
            .collect()
    }

    fn hash(&self, copy: &LogCopy<'_>) -> Result<Digest, Unhashed> {
        match copy.hash {
            Some(hash) => Ok(hash),
            None => member::hash(self.blobs, copy.blob, self.most),
        }
    }

    /// Objects here that no digest names, although digests tell of all that was delivered then.
    pub(super) fn unnamed(&self, digests: &mut Digests, before: &Decided, after: &Decided) {
        for copies in self.here.values() {
            let Some(first) = copies.first() else { continue };
            let region = first.region_name();
            if !is_decided(after, first) {
                continue;
            }
            let was_here = copies.iter().any(|copy| !copy.is_new);
            if is_decided(before, first) && was_here {
                // Whether it is named was settled then; a copy of it may have come since.
                digests.findings.extend(self.copies(copies, &region));
                continue;
            }
            if self.listed.contains(first.file) || digests.listed.contains(first.file) {
                continue;
            }
            let cause = "no digest names it, although digests that verify tell of every log object delivered at its time".to_owned();
            let from = first.at.plus_micros(-LONGEST_SPAN);
            let events = (from, first.at.plus_micros(MINUTE));
            let of = |copy: &LogCopy<'_>| {
                finding(Kind::Inserted, copy.name, cause.clone(), &region, events)
            };
            digests.findings.extend(copies.iter().map(of));
        }
    }

    /// New copies of an object whose digest was verified before.
    fn copies(&self, copies: &[LogCopy<'_>], region: &str) -> Vec<Finding> {
        let Some(old) = copies.iter().find(|copy| !copy.is_new) else { return Vec::new() };
        let new: Vec<_> =
            copies.iter().filter(|copy| copy.is_new && copy.blob != old.blob).collect();
        if new.is_empty() {
            return Vec::new();
        }
        let Ok(expected) = self.hash(old) else { return Vec::new() };
        let from = old.at.plus_micros(-LONGEST_SPAN);
        let events = (from, old.at.plus_micros(MINUTE));
        new.iter().flat_map(|_| self.compare(old.name, &expected, region, events)).collect()
    }

    /// What the next run must know of the objects that digests name.
    pub(super) fn close(&self, digests: &mut Digests, after: &Decided) {
        digests.findings.retain(|finding| {
            finding.kind != Kind::Inserted || !self.listed.contains(file_of(&finding.artifact))
        });
        digests.listed.extend(self.listed.iter().cloned());
        digests.listed.retain(|file| {
            ObjectName::parse(file).is_some_and(|object| {
                let region = format!("{}/{}", object.account, object.region);
                let decided = after.get(&region);
                !decided.is_some_and(|decided| intervals::holds(decided, window(object.at)))
            })
        });
    }
}

fn is_decided(decided: &Decided, copy: &LogCopy<'_>) -> bool {
    let stretches = decided.get(&copy.region_name());
    stretches.is_some_and(|stretches| intervals::holds(stretches, window(copy.at)))
}

/// When an object of that name may have been delivered: names tell the minute, rounded down.
fn window(at: tenure_model::Timestamp) -> Interval {
    (at.plus_micros(-MINUTE), at.plus_micros(LONGEST_DELIVERY))
}

fn unhashed(why: &Unhashed) -> (Kind, String) {
    let kind = match why {
        Unhashed::Trailing => Kind::LogTrailing,
        _ => Kind::LogUnreadable,
    };
    (kind, format!("it cannot be compared with its digest: {why}"))
}

fn finding(
    kind: Kind,
    artifact: &str,
    cause: String,
    region: &str,
    (from, to): Interval,
) -> Finding {
    Finding { artifact: artifact.to_owned(), kind, cause, region: region.to_owned(), from, to }
}

fn file_of(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

fn is_of(file: &str, digest: &DigestName<'_>) -> bool {
    ObjectName::parse(file).is_some_and(|object| {
        object.kind == ObjectKind::Log
            && (object.account, object.region) == (digest.account, digest.region)
    })
}

/// Events of an object, by what its digest says of the oldest and the newest. Times are in whole
/// seconds.
fn events_in(entry: &LogEntry) -> Option<Interval> {
    entry.events.map(|(oldest, newest)| (oldest, newest.plus_micros(MINUTE / 60)))
}
