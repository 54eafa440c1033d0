//! Integration tests of `tenure-controls`.

mod agt_01;
mod aws;
mod aws_credentials;
mod aws_logs;
mod aws_people;
mod aws_privilege;
mod aws_retirement;
mod aws_services;
mod controls_doc;
mod evaluation;
mod gov_01;
mod inv_01;
mod jml_02;
mod jml_03;
mod jml_04;
mod jml_05;
mod people;
mod pra_03;
mod pra_04;
mod pra_05;
mod queries;
mod rotations;
mod session_chains;
mod staff;
mod world;
