//! The checks, each of them seen to hold and seen to fail.

mod anchored;
mod bytes;
mod container;
mod dependencies;
mod files;
#[path = "../../../pack/tests/it/fixture.rs"]
mod fixture;
mod output;
mod program;
mod support;
mod trust;
