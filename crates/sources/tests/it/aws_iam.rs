//! `aws-iam`, by the outside: answers of AWS in, identities and access out.

mod accounts;
mod bad_input;
mod captures;
mod expected_details;
mod expected_report;
mod hostile;
mod support;
