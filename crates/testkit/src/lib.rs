//! Fixtures, real inputs and helpers for tests. Nothing here ships, and nothing here knows what a
//! control or an entry is.

pub mod aws;
pub mod datasets;
pub mod fixtures;
pub mod moto;
pub mod random;
pub mod tenure;
pub mod tree;

/// A trail's bucket with digests, as the simulator fills it.
pub use tenure_sim::{bucket as cloudtrail, time};
