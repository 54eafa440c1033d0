//! Integration tests of `tenure-controls`.

mod controls_doc;
mod evaluation;
mod queries;
mod rotations;
mod session_chains;
mod world;
