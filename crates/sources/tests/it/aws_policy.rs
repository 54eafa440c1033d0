//! Effective privilege in AWS.

mod account;
mod support;
