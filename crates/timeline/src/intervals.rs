//! Interval questions over sorted tables: how long something was too old, what began without an
//! approval, what stayed unused.
//!
//! [`load`] puts Parquet tables into a store: rows in order of their keys, cut into parts by ranges
//! of keys so that all rows of a key lie in one part, each column packed by itself. [`ask`] answers
//! a question in one pass over the parts, some threads at a time, and merges instead of joining.
//! A store is a projection: delete it and load it again.
//!
//! The operations are in [`ops`] and [`rules`]; they know nothing of files.

mod answer;
mod ask;
mod column;
mod error;
mod gather;
mod load;
pub mod ops;
mod part;
mod read;
pub mod rules;
mod scatter;
mod split;
mod store;
mod tables;

pub use ask::{OLD_CREDENTIALS, Question, UNAPPROVED_GRANTS, UNUSED_CREDENTIALS, ask};
pub use error::IntervalsError;
pub use load::{Loaded, Settings, load};
