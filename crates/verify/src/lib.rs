//! Pack format v1 and every offline check.
//!
//! A pack is one file that an auditor takes home: results, populations, control definitions, ledger
//! entries with inclusion proofs, and disclosed records with salts and proofs. [`verify_pack`] says
//! of each claim in it whether it is verified, missing, a mismatch or not checked.
//! `docs/verification.md` describes format and checks for auditors.
//!
//! The crate refuses to know how packs are written, to touch network, clock or file system, and to
//! depend on more than an auditor's own build can take in. Signed notes, checkpoints, policies and
//! proofs are those of `tenure-ledger` (C2SP, RFC 6962).

pub mod canonical;
pub mod container;
pub mod csv;
pub mod format;
pub mod layout;

mod checks;
mod render;
mod report;

pub use checks::{FORBIDDEN_WORDS, LIMITS, SALT_BYTES, forbidden_words, verify_pack};
pub use render::{render_json, render_text};
pub use report::{Check, Report, SCHEMA, Subject, Verdict};
