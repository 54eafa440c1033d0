//! Salted record trees: a pack can disclose single records of an artifact, each provable against
//! the artifact's entry, and nothing about the others.
//!
//! A record is committed to as `SHA-256(0x00 ‖ salt ‖ record)`. Without the salt a short record
//! could be guessed from its neighbour hashes in a proof; with it only a disclosed record, whose
//! salt is disclosed beside it, can be checked.

use std::fmt;
use std::ops::Range;

use hmac::{KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use tenure_hash::{Batch, Hmac};
use tenure_ledger::merkle;
use tenure_model::Digest;

mod tree;

pub use tree::RecordTree;

/// Domain of the per-artifact seed. A new derivation gets a new text.
const SEED_DOMAIN: &[u8] = b"tenure/record-salts/v1";

/// The workspace's secret from which every record salt is derived. Never written to the ledger.
#[derive(Clone)]
pub struct RecordKey([u8; 32]);

impl RecordKey {
    /// From 32 random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The salts of the artifact with these bytes.
    #[must_use]
    pub fn salts(&self, artifact: &Digest) -> RecordSalts {
        let mut mac = hmac::Hmac::<Sha256>::new_from_slice(&self.0)
            .expect("HMAC takes a key of any length (RFC 2104, section 2)");
        mac.update(SEED_DOMAIN);
        mac.update(artifact.as_bytes());
        RecordSalts { keyed: Hmac::new(&mac.finalize().into_bytes()) }
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordKey(****)")
    }
}

/// The salts of one artifact's records. One salt says nothing about another.
#[derive(Clone)]
pub struct RecordSalts {
    /// HMAC already keyed with the artifact's seed: keying costs as much as a salt.
    keyed: Hmac,
}

impl RecordSalts {
    /// The salt of the record with this number, from 0.
    #[must_use]
    pub fn salt(&self, index: u64) -> [u8; 16] {
        shortened(&self.keyed.code(&index.to_be_bytes()))
    }

    /// The salts of several records. What is lent is memory.
    fn each<'a>(
        &self,
        indices: Range<u64>,
        batch: &mut Batch,
        codes: &'a mut Vec<[u8; 32]>,
    ) -> impl Iterator<Item = [u8; 16]> + use<'a> {
        self.keyed.codes(indices.map(u64::to_be_bytes), batch, codes);
        codes.iter().map(shortened)
    }
}

/// A salt is the first half of its code.
fn shortened(code: &[u8; 32]) -> [u8; 16] {
    let mut salt = [0; 16];
    salt.copy_from_slice(&code[..16]);
    salt
}

impl fmt::Debug for RecordSalts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordSalts(****)")
    }
}

/// What the tree holds of a record: `SHA-256(0x00 ‖ salt ‖ record)`, an RFC 6962 leaf hash.
#[must_use]
pub fn record_commitment(salt: &[u8; 16], record: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(salt);
    hash.update(record);
    hash.finalize().into()
}

/// The root over commitments, in record order.
#[must_use]
pub fn records_root(commitments: &[[u8; 32]]) -> Digest {
    Digest(merkle::root_of(commitments))
}

/// The RFC 6962 audit path of a record, given the commitments of every record of its artifact;
/// `None` when there is no such record.
#[must_use]
pub fn inclusion_proof(commitments: &[[u8; 32]], record: u64) -> Option<Vec<[u8; 32]>> {
    let record = usize::try_from(record).ok().filter(|record| *record < commitments.len())?;
    Some(merkle::inclusion_proof_in(commitments, record))
}
