//! The words and rules of Tenure: ids, times, intervals with uncertain ends, outcomes, facts,
//! and the bodies of ledger entries.
//!
//! This crate refuses to know about I/O, async, storage and hashing.
//! Everything in it is a value; everything that reads a clock takes one as a parameter.

pub mod bounds;
pub mod calendar;
pub mod clock;
pub mod digest;
pub mod entry;
pub mod evaluation;
pub mod evidence;
pub mod fact;
pub mod ids;
pub mod outcome;
pub mod outcomes;
pub mod tables;
pub mod text;
pub mod time;
#[cfg(feature = "usage")]
pub mod usage;

pub use bounds::{Held, Validity};
pub use digest::Digest;
pub use evidence::Evidence;
pub use outcome::Outcome;
pub use outcomes::Outcomes;
pub use text::Text;
pub use time::{Period, Timestamp};
