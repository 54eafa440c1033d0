//! What goes into a pack.

use std::collections::BTreeMap;

use tenure_ledger::merkle::Hash;
use tenure_ledger::{SigningKey, VerifierKey};
use tenure_model::evaluation::Evaluated;
use tenure_model::ids::Seq;
use tenure_model::{Digest, Timestamp};
use tenure_verify::SALT_BYTES;
use tenure_verify::format::Undisclosed;

/// Everything that a pack is made of.
#[derive(Clone, Copy, Debug)]
pub struct PackInput<'a> {
    /// The checkpoint as published: the very bytes of the signed note.
    pub checkpoint: &'a [u8],
    /// The log's public key; its name is the origin.
    pub log_key: &'a VerifierKey,
    /// `witness`, `group` and `quorum` lines (C2SP `tlog-policy`) for `trust.policy`, if there are
    /// witnesses; the `log` line is added.
    pub witnesses: Option<&'a str>,
    /// The log's private key: it signs the manifest.
    pub signer: &'a SigningKey,
    /// Results, items and definitions.
    pub evaluated: &'a Evaluated,
    /// The evaluation entry, every run and coverage entry up to `known_at`, and the artifact
    /// entries of disclosed records. In any order.
    pub entries: &'a [PackEntry],
    /// Which of them anchors the results.
    pub evaluation_entry: Seq,
    /// Consistency proof from size `known_at + 1` to the checkpoint's.
    pub consistency: &'a [Hash],
    /// Records to disclose. One above 256 KiB is left out and listed.
    pub records: &'a [PackRecord],
    /// Evidence that is left out on purpose. Whatever the results point at and is neither disclosed
    /// nor listed here, is listed all the same.
    pub undisclosed: &'a [Undisclosed],
    /// What the controls say, for people, by id.
    pub about: &'a BTreeMap<String, ControlAbout>,
    /// Access held over the period, by kind of entitlement, for the charts.
    pub access: &'a [AccessSeries],
}

/// A ledger entry with its inclusion proof against the checkpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackEntry {
    /// Its index.
    pub seq: Seq,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The proof, leaf upward.
    pub proof: Vec<Hash>,
}

/// A record to disclose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackRecord {
    /// SHA-256 of its artifact's bytes.
    pub artifact: Digest,
    /// Its index in the artifact.
    pub index: u64,
    /// Index of the artifact's entry.
    pub artifact_entry: Seq,
    /// The record as it was committed to.
    pub record: Vec<u8>,
    /// Its salt.
    pub salt: [u8; SALT_BYTES],
    /// Merkle root over the artifact's record commitments.
    pub records_root: Digest,
    /// Number of records in the artifact.
    pub records: u64,
    /// Inclusion proof of the commitment, leaf upward.
    pub proof: Vec<Hash>,
}

/// What a control says, for people.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ControlAbout {
    /// The control in one or two sentences.
    pub statement: String,
    /// Where it belongs in frameworks.
    pub mappings: Vec<Mapping>,
    /// What each attribute tests, by its letter.
    pub attributes: BTreeMap<String, String>,
}

/// A place in a framework.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mapping {
    /// The framework, e.g. `SOC 2`.
    pub framework: String,
    /// The id in it, e.g. `CC6.2`.
    pub id: String,
}

/// Access of one kind over the period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessSeries {
    /// The kind, for people, e.g. `repository role`.
    pub name: String,
    /// The days, in order, without holes.
    pub days: Vec<AccessDay>,
}

/// Access of one kind on one day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccessDay {
    /// Midnight UTC at which the day begins.
    pub day: Timestamp,
    /// Grants held at the end of the day.
    pub held: u64,
    /// Grants that began on it.
    pub granted: u64,
    /// Grants that ended on it.
    pub removed: u64,
}
