//! Tests of the store and of record trees.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up ends it")]

mod packs;
mod records;
mod store;
