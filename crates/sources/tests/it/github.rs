//! `github`, by the outside: files in; members, rights, credentials, changes and uses out.

mod bad_input;
mod captures;
mod listings;
mod log;
