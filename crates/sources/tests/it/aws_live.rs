//! The live collector of `aws-iam`, against a server that misbehaves and against moto.
//!
//! Credentials come from the environment, as users give them, so each collection runs in a process
//! of its own: this test binary, started again.

mod accounts;
mod child;
mod credentials;
mod failures;
mod moto;
mod paging;
mod resume;
