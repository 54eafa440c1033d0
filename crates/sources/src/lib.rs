//! One file per system: how it is configured, how it is collected (I/O), how its bytes are read
//! (pure). A source is wired once, in [`registry`].
//!
//! This crate refuses to know about the timeline and controls. It never prints. Only the client of AWS's
//! APIs reads the clock and the environment, for signatures and credentials.

pub mod aws_iam;
pub mod pipeline;
pub mod records;
pub mod registry;
pub mod settings;
pub mod source;

mod audit_files;
mod aws;
mod cloudtrail;
mod course;
mod csv_file;
mod dated_files;
mod declared;
mod file_tree;
mod git_access;
mod github;
mod incidents_json;
mod jira;
mod json_documents;
mod json_files;
mod kubernetes;
mod level;
mod local_time;
mod okta;
mod register_csv;
mod roster_csv;
mod vault;
