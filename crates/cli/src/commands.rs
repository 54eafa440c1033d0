//! One file per command: its arguments, and `run`.

pub(crate) mod as_of;
pub(crate) mod collect;
pub(crate) mod controls;
pub(crate) mod demo;
pub(crate) mod evaluate;
pub(crate) mod history;
pub(crate) mod ingest;
pub(crate) mod init;
pub(crate) mod intervals;
pub(crate) mod ledger;
pub(crate) mod pack;
pub(crate) mod query;
pub(crate) mod readiness;
pub(crate) mod show;
pub(crate) mod sim;
pub(crate) mod source;
pub(crate) mod verify;
pub(crate) mod who;
