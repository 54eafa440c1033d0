//! Facts to bitemporal versions, in Parquet.
//!
//! The timeline is a projection: delete it, build it again from the ledger and the blobs, and get
//! the same bytes. This crate refuses to know about query engines, controls, sources and the
//! ledger's storage; it takes recorded runs and their facts, and gives tables.

pub mod asof;
pub mod asof_index;
mod attrs;
pub mod build;
mod cells;
mod coverage;
pub mod facts;
mod fold;
pub mod intervals;
mod pages;
mod schema;
pub mod snapshots;
mod state;
pub mod store;
mod table_file;
pub mod usage;

pub use schema::arrow_schema;
