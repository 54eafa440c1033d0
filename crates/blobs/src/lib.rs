//! Content-addressed objects, durable before anything names them, and salted record trees.
//!
//! This crate refuses to know what it holds, and the ledger's entries; of the ledger it uses the
//! tree hashing only.

mod records;
mod store;

pub use records::{
    RecordKey, RecordSalts, RecordTree, inclusion_proof, record_commitment, records_root,
};
pub use store::{BlobError, BlobReader, BlobStore, BlobWriter};
