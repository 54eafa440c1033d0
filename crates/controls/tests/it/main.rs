//! Integration tests of `tenure-controls`.

mod controls_doc;
mod evaluation;
mod queries;
mod world;
