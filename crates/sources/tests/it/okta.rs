//! `okta`, by the outside: files in; users, grants, credentials and uses out.

pub(crate) mod bad_input;
mod captures;
mod listings;
mod log;
pub(crate) mod support;
