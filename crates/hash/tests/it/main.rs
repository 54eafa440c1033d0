//! Tests of the crate's public face.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod batch;
mod hmac;
