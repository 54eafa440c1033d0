//! `cloudtrail`, by the outside: objects in, uses and facts out.

mod bad_input;
mod bucket;
mod deliveries;
mod digest;
mod iam;
mod panther;
mod sans504;
mod stratus;
mod support;
