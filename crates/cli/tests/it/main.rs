//! The `tenure` command, end to end.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it skips"
)]

mod accuracy;
mod aws_gaps;
mod bad_input;
mod determinism;
mod expected_access;
mod expected_cloudtrail;
mod expected_iam;
mod expected_okta;
mod expected_vault;
mod files;
mod help;
mod kill;
mod own_controls;
mod populations;
mod show;
mod support;
mod tamper;
