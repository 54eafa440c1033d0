//! The checks, in the order in which they build on each other. Each claim is checked on its own and
//! reported, whatever became of the others, as long as it still means something.

mod container;
mod control;
mod deviations;
mod entries;
mod evaluation;
mod items;
mod limits;
mod log;
mod manifest;
mod population;
mod records;
mod timing;
mod wording;

use std::collections::BTreeMap;

use tenure_ledger::{Checkpoint, Entry, Policy};
use tenure_model::Digest;
use tenure_model::evaluation::Evaluation;
use tenure_model::ids::Seq;

use crate::canonical::sha256;
use crate::container::Archive;
use crate::format::{EvaluationEntry, Manifest};
use crate::report::Report;

pub use limits::LIMITS;
pub use records::SALT as SALT_BYTES;
pub use wording::{FORBIDDEN as FORBIDDEN_WORDS, forbidden_words};

/// The files of the pack under verification, each with its SHA-256.
struct Pack<'a> {
    archive: Archive<'a>,
    digests: BTreeMap<&'a str, Digest>,
}

impl<'a> Pack<'a> {
    fn new(archive: Archive<'a>) -> Self {
        let digests = archive.files().map(|(name, content)| (name, sha256(content))).collect();
        Self { archive, digests }
    }

    fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.archive.get(name)
    }
}

/// What has been proven so far, for the checks that build on it.
#[derive(Default)]
struct Proven {
    manifest: Option<Manifest>,
    checkpoint: Option<Checkpoint>,
    /// Entries whose inclusion under the checkpoint is proven.
    entries: BTreeMap<Seq, Entry>,
    anchor: Option<EvaluationEntry>,
    evaluation: Option<Evaluation>,
}

/// Verifies a pack offline. With `trust` the log's key and witnesses are the caller's own; without
/// it the key inside the pack is used, and the report says that nobody has vouched for it.
#[must_use]
pub fn verify_pack(bytes: &[u8], trust: Option<&Policy>) -> Report {
    let mut report = Report::new(sha256(bytes));
    let Some(archive) = container::check(bytes, &mut report) else {
        limits::nothing_else(&mut report);
        return report;
    };
    let pack = Pack::new(archive);
    let mut proven = Proven { manifest: manifest::check(&pack, &mut report), ..Proven::default() };
    report.subject = proven.manifest.as_ref().map(manifest::subject);
    let trusted = log::trust(&pack, trust, &mut report);
    let key = log::key(&pack, trusted.as_ref(), proven.manifest.as_ref(), &mut report);
    manifest::signature(&pack, proven.manifest.as_ref(), key, &mut report);
    proven.checkpoint = log::checkpoint(&pack, proven.manifest.as_ref(), key, &mut report);
    log::witnesses(&pack, trusted.as_ref(), key, &mut report);
    proven.entries = entries::check(&pack, proven.checkpoint.as_ref(), &mut report);
    proven.evaluation = evaluation::form(&pack, proven.manifest.as_ref(), &mut report);
    proven.anchor = evaluation::anchor(&pack, &proven, &mut report);
    log::consistency(&pack, &proven, &mut report);
    evaluation::csv(&pack, &proven, &mut report);
    let records = records::check(&pack, &proven.entries, &mut report);
    if let Some(evaluation) = &proven.evaluation {
        for result in &evaluation.controls {
            control::check(&pack, &proven, evaluation, result, &records, &mut report);
        }
        evaluation::files(&pack, evaluation, &mut report);
    }
    limits::note(&mut report);
    report.arrange();
    report
}
