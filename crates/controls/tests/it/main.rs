//! Integration tests of `tenure-controls`.

mod aws;
mod aws_credentials;
mod aws_logs;
mod aws_people;
mod aws_privilege;
mod aws_retirement;
mod aws_services;
mod controls_doc;
mod evaluation;
mod queries;
mod rotations;
mod session_chains;
mod world;
