//! One file per system: how it is configured, how it is collected (I/O), how its bytes are read
//! (pure). A source is wired once, in [`registry`].
//!
//! This crate refuses to know about the timeline and controls. It never prints and never reads a
//! clock or the environment; only the client of AWS does, for credentials and signatures.

pub mod pipeline;
pub mod records;
pub mod registry;
pub mod settings;
pub mod source;

mod aws;
mod aws_iam;
mod cloudtrail;
mod git_access;
mod roster_csv;
