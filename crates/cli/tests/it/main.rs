//! The `tenure` command, end to end.

mod bad_input;
mod determinism;
mod expected_access;
mod kill;
mod support;
mod tamper;
