//! Integration tests of `tenure-controls`.

mod alerts;
mod aws;
mod aws_credentials;
mod aws_logs;
mod aws_people;
mod aws_privilege;
mod aws_retirement;
mod aws_services;
mod changes;
mod controls_doc;
mod evaluation;
mod exposed_secrets;
mod incidents;
mod policy_exceptions;
mod queries;
mod review_population;
mod review_revocations;
mod reviewers;
mod rotations;
mod session_chains;
mod vendors;
mod world;
