//! An append-only verifiable log: entries, Merkle tree, tiles, checkpoints, cosignatures, proofs.
//!
//! Everything that leaves this crate follows a published format: RFC 6962 and RFC 9162 for the
//! tree, C2SP `signed-note`, `tlog-checkpoint`, `tlog-cosignature`, `tlog-tiles`, `tlog-proof` and
//! `tlog-policy` for the files. So anyone can verify them with code that is not ours.
//!
//! The crate refuses to know HTTP and what an entry means. Without the feature `store` it only
//! verifies, and brings neither SQL nor system calls.

pub mod merkle;

pub mod entry;
pub mod note;
pub mod signing;

pub mod checkpoint;
pub mod cosignature;
pub mod policy;
pub mod proof;
pub mod tiles;

#[cfg(feature = "store")]
pub mod log;
#[cfg(feature = "store")]
pub mod store;

mod canonical;
mod text;

pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use entry::{Entry, EntryError, NewEntry};
#[cfg(feature = "store")]
pub use log::{Ledger, LedgerError, Prepared, VerifyReport};
pub use merkle::Hash;
pub use note::{KeyType, Note, VerifierKey};
pub use policy::Policy;
pub use proof::TlogProof;
pub use signing::SigningKey;
