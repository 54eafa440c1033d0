//! Integration tests of `tenure-timeline`.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up ends it")]

mod bitemporal;
mod intervals;
mod support;
mod usage;
