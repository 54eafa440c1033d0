//! The ledger against published vectors, independent implementations, and properties.

mod append;
mod entry;
mod kill;
mod merkle;
mod notes;
mod oracles;
mod parsers;
mod policy;
mod support;
mod tiles;
mod verify;
