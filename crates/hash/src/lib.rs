//! SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104) of many independent messages at once.
//!
//! The rounds of one message wait for each other, so a processor's SHA instructions are idle for
//! half of the time. Two messages whose rounds take turns fill that half. What is hashed, and why,
//! this crate does not know.

mod batch;
mod hmac;
mod lanes;

pub use batch::{Batch, hashes};
pub use hmac::Hmac;

/// A SHA-256 value.
pub type Hash = [u8; 32];
