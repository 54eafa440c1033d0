//! `okta`, by the outside: files in; users, grants, credentials and uses out.

mod bad_input;
mod captures;
mod listings;
mod log;
mod support;
