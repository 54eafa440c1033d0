//! Integration tests of `tenure-controls`.

mod aws;
mod aws_credentials;
mod aws_people;
mod aws_retirement;
mod controls_doc;
mod evaluation;
mod queries;
mod world;
