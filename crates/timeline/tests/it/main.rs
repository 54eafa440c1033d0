//! Integration tests of `tenure-timeline`.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up ends it")]

mod as_of_index;
mod bitemporal;
mod intervals;
mod snapshots;
mod support;
mod usage;
