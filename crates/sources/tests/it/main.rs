//! Integration tests of the sources, one module per source.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up ends it")]

mod aws_iam;
mod aws_live;
mod aws_policy;
mod cloudtrail;
mod git_access;
mod github;
mod incidents_json;
mod jira;
mod kubernetes;
mod okta;
mod pipeline;
mod register_csv;
mod roster_csv;
mod support;
mod vault;
