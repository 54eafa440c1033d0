//! The control library, its evaluation over every instant of a period, and SQL over the public
//! tables. The one crate that names a query engine; results leave as `tenure-model` values.
//!
//! This crate refuses to know about raw captures and the server.

mod cells;
mod chains;
pub mod check;
mod computed;
mod covered;
mod daily;
pub mod definition;
mod engine;
pub mod evaluate;
pub mod frameworks;
mod functions;
mod islands;
pub mod library;
mod mentions;
pub mod moved;
mod order;
mod people;
pub mod query;
pub mod readiness;
mod rotations;
pub mod session;
mod shown;
mod small_first;
mod spells;
mod steps;
